"""Duties for the tests of this room."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from casework.core.cases.models import Case
from casework.core.clocks import actions
from casework.core.clocks.models import Duty
from casework.core.rules_data.models import DutyKind
from casework.core.subjects.actions import find_or_create
from casework.core.subjects.models import CodeKind, SubjectKind
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import current_calendar
from cms_pages.catalogue.models import GuideVersion
from tests.cast import NOW, Cast

Make = Callable[..., Duty]


@pytest.fixture
def cal(db: None) -> WorkCalendar:
    """The seeded calendar."""
    return current_calendar()


@pytest.fixture
def claim(cast: Cast) -> Make:
    """``claim(key=…, now=…)``: a claim duty of the supervisor, due the next working day at 17:30 (9.1)."""

    def make(key: str = "claim:push:1", now: datetime = NOW, **more: Any) -> Duty:
        given = {"kind": DutyKind.CLAIM, "holder": cast.competent, "case": None, "by": None}
        return actions.start(key=key, now=now, **{**given, **more})

    return make


@pytest.fixture
def decide(claim: Make, cast: Cast) -> Make:
    """A decision duty with a promised limit of 8 and a statutory one of 20 working days (7.3)."""

    def make(key: str = "decide:case:1", now: datetime = NOW, **more: Any) -> Duty:
        given = {"kind": DutyKind.DECIDE, "holder": cast.approver, "amount": 8, "red_amount": 20}
        return claim(key, now, **{**given, **more})

    return make


@pytest.fixture
def case(cast: Cast, version: GuideVersion) -> Case:
    """A bare case, for what a duty says of its case."""
    applicant = find_or_create(
        kind=SubjectKind.ORGANISATION,
        name="示例餐饮有限公司",
        code_kind=CodeKind.USCC,
        code="91110000600037341L",
        now=NOW,
    )
    return Case.objects.create(
        number="4604002026090700001",
        query_code="ABCD2345",
        item=version.item,
        guide_version=version,
        applicant=applicant,
        applicant_name=applicant.name,
        window=cast.window,
        approver=cast.approver,
        received_at=NOW,
        created_by=cast.clerk,
    )
