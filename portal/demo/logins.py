"""Who can sign in to the demo city."""

from typing import TypedDict

from portal.accounts.roles import Role
from portal.demo.city import CORE_PEOPLE, DEPARTMENTS, PASSWORD, SURNAMES, people_rows
from portal.demo_logins import DemoLogin


class LoginRow(TypedDict):
    """One account: ``department`` and ``role`` are Chinese labels."""

    username: str
    name: str
    department: str
    role: str
    password: str


def demo_logins() -> list[LoginRow]:
    """Every account of the demo city, the window and the approval department first."""
    names = {row.code: row.name for row in DEPARTMENTS}
    return [
        LoginRow(
            username=username,
            name=f"{surname}示例",
            department=names[code],
            role="、".join(str(Role(role).label) for role in roles),
            password=PASSWORD,
        )
        for surname, (username, code, roles) in zip(SURNAMES, people_rows(), strict=False)
    ]


# Enough to play every part; the others follow the same pattern (reviewer_, unitleader_, supervisor_ + code).
SHOWN = (
    *(username for username, _, _ in CORE_PEOPLE),
    *("reviewer_scjg", "unitleader_scjg", "supervisor_scjg", "reviewer_gaj", "unitleader_gaj"),
    *("reviewer_lwt", "unitleader_lwt", "supervisor_lwt", "supervisor_zjj", "supervisor_zhzf"),
)


def for_the_file() -> list[DemoLogin]:
    """The accounts that ``up`` prints and the sign-in page shows, with short labels."""
    short = {row.name: row.short for row in DEPARTMENTS}
    return [
        DemoLogin(
            label=f"{short[row['department']]} {row['role'].partition('、')[0]}",
            username=row["username"],
            password=row["password"],
        )
        for row in demo_logins()
        if row["username"] in SHOWN
    ]
