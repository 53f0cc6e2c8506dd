"""Who can sign in to the demo city: what ``up`` prints and the demo's sign-in page shows."""

from typing import TypedDict

from portal.accounts.roles import Role
from portal.demo.city import DEPARTMENTS, PASSWORD, SURNAMES, people_rows
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


def for_the_file() -> list[DemoLogin]:
    """The same as ``portal.demo_logins`` keeps them."""
    return [
        DemoLogin(
            label=f"{row['department']} · {row['role']} · {row['name']}",
            username=row["username"],
            password=row["password"],
        )
        for row in demo_logins()
    ]
