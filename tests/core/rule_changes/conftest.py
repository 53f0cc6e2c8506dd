"""The two administrators, and notices to propose."""

from dataclasses import dataclass
from datetime import date

import pytest

from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from portal.accounts.models import User
from portal.accounts.roles import Role
from tests.cast import Cast, person
from tests.core.clocks.conftest import cal, case, claim, decide  # noqa: F401

TUESDAY = date(2026, 9, 8)  # the day on which a claim of the cast's Monday is due


@dataclass(frozen=True)
class Admins:
    """Who proposes, and who approves."""

    proposer: User
    approver: User
    other: User


@pytest.fixture
def admins(cast: Cast) -> Admins:
    where = cast.elsewhere
    return Admins(
        cast.sysadmin,
        person("secadmin", "示例安全管理员", (where, Role.SECURITY_ADMIN)),
        person("secadmin2", "示例安全管理员乙", (where, Role.SECURITY_ADMIN)),
    )


def closure(
    *days: date, worked: bool = False, title: str = "关于防御台风期间停止办公的通告（示例）"
) -> Draft:
    """A local notice that closes (or opens) the offices on ``days``."""
    text = NoticeText(title=title, document_no="", year=2026, published_on=date(2026, 9, 6))
    named = tuple(NamedDay(day, worked, "台风停止办公") for day in days or (TUESDAY,))
    return Draft(text=text, kind=NoticeKind.LOCAL, days=named)
