"""The tables of the demo city, and the working days it lives on."""

import csv
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from casework.core.cases.models import CaseResult
from casework.core.clocks.models import PauseCause
from casework.core.subjects.models import SubjectKind
from casework.core.worktime.calendar import SHANGHAI, WorkCalendar
from casework.core.worktime.queries import current_calendar
from casework.intake.models import HandlingKind
from portal.accounts.codes import org_code_ok, uscc_ok
from portal.accounts.roles import Role
from portal.demo import acts
from portal.demo.applicants import applicant, example_uscc
from portal.demo.catalogue import _promise, _statutory, read_items
from portal.demo.city import DEPARTMENTS, SURNAMES, people_rows
from portal.demo.materials import MATERIALS
from portal.demo.papers import upload
from portal.demo.stories import read_stories
from portal.demo.timeline import OutsideOfficeHours, Timeline
from tests.cast import at

CODES = {row.code for row in DEPARTMENTS}
DETAILS = CODES | set(acts.OPINIONS) | set(CaseResult.values) | set(PauseCause.values) | {"missing"}


def items() -> dict:
    return {row.name: row for row in read_items()}


def test_items_have_their_own_names_and_known_departments() -> None:
    rows = read_items()
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert {row.department, *(code for code, _ in row.units)} <= CODES
        assert row.enforcement in ("", "zhzf")
        assert row.materials in MATERIALS
        assert row.result


def test_no_column_of_another_city_is_carried() -> None:
    text = (Path(django_settings.BASE_DIR) / "portal/demo/data/items.csv").read_text("utf-8")
    assert "guangan" not in text
    assert "广安" not in text
    assert next(csv.reader([text.splitlines()[0]]))[0] == "name"


def test_a_permit_counts_the_days_of_its_law_as_working_days() -> None:
    limit = _statutory(items()["大型群众性活动安全许可"])
    assert (limit.amount, limit.unit) == (Decimal(7), "workday")
    assert "第十四条" in limit.basis
    assert "第八十二条" in limit.basis


def test_a_permit_whose_law_names_no_limit_has_that_of_the_licensing_law() -> None:
    limit = _statutory(items()["燃气经营许可"])
    assert (limit.amount, limit.unit, limit.extension) == (Decimal(20), "workday", Decimal(10))
    assert limit.basis == "《中华人民共和国行政许可法》第四十二条"


def test_a_limit_in_months_stays_in_months_and_is_promised_in_working_days() -> None:
    limit = _statutory(items()["民办职业培训学校设立审批"])
    assert (limit.amount, limit.unit) == (Decimal(3), "month")
    assert _promise(limit.amount, limit.unit) == (Decimal(30), "workday")


def test_a_limit_of_another_law_is_written_with_its_name() -> None:
    limit = _statutory(items()["占用、挖掘公路或者使公路改线审批"])
    assert limit.basis.startswith("《公路安全保护条例》第二十八条")


@pytest.mark.parametrize("name", ["校车使用许可", "中医诊所备案", "仅销售预包装食品备案"])
def test_what_the_law_leaves_open_stays_open(name: str) -> None:
    assert _statutory(items()[name]) is None


def test_a_promise_is_half_of_the_limit_and_at_least_one() -> None:
    assert _promise(Decimal(7), "workday") == (Decimal(4), "workday")
    assert _promise(Decimal(1), "workday") == (Decimal(1), "workday")


def test_stories_name_items_acts_and_departments_that_exist() -> None:
    known = items()
    for story in read_stories():
        assert story.item in known
        assert story.kind in SubjectKind.values
        assert story.handling in HandlingKind.values
        assert story.steps[0].act == "receive"
        for step in story.steps:
            assert step.act in acts.ACTS
            for detail in step.details:
                assert detail in DETAILS or (step.act == "ask_extension" and detail.isdecimal())


def test_nobody_has_the_user_name_of_another_and_names_suffice() -> None:
    rows = people_rows()
    assert len({username for username, _, _ in rows}) == len(rows) <= len(SURNAMES)
    assert len(set(SURNAMES)) == len(SURNAMES)
    assert {role for _, _, roles in rows for role in roles} == set(Role)


def test_example_codes_pass_their_checks_and_differ() -> None:
    codes = {example_uscc("91", number) for number in range(1, 100)}
    assert len(codes) == 99
    for code in codes:
        assert uscc_ok(code)
        assert org_code_ok(code[8:17])
        assert code.startswith("91460400DEM0")


def test_an_organisation_gets_a_credit_code_and_a_person_a_sample_number() -> None:
    assert applicant("business", "示例店", 3).code.startswith("92460400DEM0")
    assert applicant("person", "王示例", 3).code == "11010519491231002X"


def test_a_paper_is_a_pdf_that_names_its_material() -> None:
    paper = upload("申请书", "示例店")
    data = paper.read()
    assert paper.name == "申请书（示例）.pdf"
    assert data.startswith(b"%PDF-1.4")
    assert "申请书".encode("utf-16-be").hex().encode() in data
    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    assert data[start : start + 4] == b"xref"


def test_the_last_day_is_the_last_one_that_has_ended() -> None:
    cal = WorkCalendar()
    assert Timeline(at(9, 9, 10, 0), cal).day(0) == date(2026, 9, 8)
    assert Timeline(at(9, 9, 17, 30), cal).day(0) == date(2026, 9, 9)
    assert Timeline(at(9, 12, 10, 0), cal).day(0) == date(2026, 9, 11)  # a Saturday
    assert Timeline(at(9, 14, 5, 0), cal).day(1) == date(2026, 9, 10)


def test_holidays_are_left_out(db: None) -> None:
    timeline = Timeline(at(10, 9, 9, 0), current_calendar())
    assert timeline.day(0) == date(2026, 10, 8)
    assert timeline.day(1) == date(2026, 9, 30)


def test_a_moment_outside_office_hours_is_refused() -> None:
    timeline = Timeline(at(9, 9, 10, 0), WorkCalendar())
    assert timeline.moment(0, time(9, 0)).tzinfo == SHANGHAI
    for clock in (time(7, 59), time(12, 30), time(17, 31)):
        with pytest.raises(OutsideOfficeHours):
            timeline.moment(0, clock)
