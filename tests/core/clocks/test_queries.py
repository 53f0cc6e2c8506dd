"""What a duty says of itself, and who is shown which."""

from datetime import timedelta
from decimal import Decimal

import pytest

from casework.core.access import access_of
from casework.core.clocks import actions
from casework.core.clocks.models import Duty
from casework.core.clocks.queries import badge, explanation, open_duties, open_duties_for, people_for
from casework.core.rules_data.models import DutyKind
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.queries import current_calendar
from portal.accounts.models import Membership
from portal.accounts.roles import Role
from tests.cast import NOW, at, person

pytestmark = pytest.mark.django_db
BASIS = "《行政许可法》第四十五条"


@pytest.mark.parametrize(
    ("now", "text", "tone"),
    [
        (at(9, 14), "剩余3.5个工作日", "ok"),
        (at(9, 15, 7), "剩余3个工作日", "ok"),
        (at(9, 15, 13), "剩余2.5个工作日", "ok"),
        (at(9, 16, 8, 0), "即将到期，剩余2个工作日", "soon"),
        (at(9, 17, 8, 0), "即将到期，剩余1个工作日", "soon"),
        (at(9, 17, 13), "即将到期，剩余0.5个工作日", "soon"),
        (at(9, 17, 15), "今日到期", "soon"),
        (at(9, 17, 17, 30), "今日到期", "soon"),
        (at(9, 17, 17, 31), "已逾期0.5个工作日", "late"),
        (at(9, 18, 17), "已逾期1个工作日", "late"),
        (at(10, 7), "已逾期9个工作日", "late"),
    ],
)
def test_an_open_duty_counts_down_in_working_days(decide, cal, now, text, tone) -> None:
    shown = badge(decide(), now, cal)
    assert (shown.text, shown.tone) == (text, tone)
    assert shown.due_at == at(9, 17, 17, 30)


@pytest.mark.parametrize("now", [at(9, 7, 7), at(9, 7, 9, 30), at(9, 7, 20)])
def test_the_day_of_the_start_is_no_day_left(claim, cal, now) -> None:
    assert badge(claim(), now, cal).text.endswith("剩余1个工作日")


def test_late_needs_no_sweep(claim, cal) -> None:
    duty = claim()
    assert not duty.events.filter(kind="lapsed").exists()
    assert badge(duty, at(9, 9), cal).tone == "late"
    assert list(Duty.objects.late(at(9, 9))) == [duty]
    assert not Duty.objects.late(at(9, 8, 17, 30)).exists()


@pytest.mark.parametrize(
    ("now", "text", "tone"),
    [(at(9, 8), "按时完成", "done"), (at(9, 9), "逾期完成", "late_done")],
)
def test_a_closed_duty_says_how_it_ended_for_ever(claim, cal, now, text, tone) -> None:
    duty = actions.meet(claim().key, by=None, now=now)
    shown = badge(duty, at(12, 31), cal)
    assert (shown.text, shown.tone) == (text, tone)


def test_paused_and_void(decide, cal) -> None:
    duty = actions.pause(decide(), by=None, now=at(9, 9), cause="hearing", reason="听证", basis=BASIS)
    shown = badge(duty, at(12, 1), cal)
    assert (shown.text, shown.tone, shown.due_at) == ("暂停计时", "paused", None)
    shown = badge(actions.void(duty.key, by=None, now=at(9, 10), reason="撤回申请"), NOW, cal)
    assert (shown.text, shown.tone) == ("已终止", "void")


def test_a_badge_names_clause_and_source(claim, decide, cal) -> None:
    assert badge(claim(), NOW, cal).source_label == "条文"
    assert badge(claim("submit", kind=DutyKind.SUBMIT), NOW, cal).source_label == "本平台设定"
    assert badge(claim("opinion", kind=DutyKind.OPINION), NOW, cal).source_label == "条文（待确认）"
    shown = badge(decide(), NOW, cal)
    assert (shown.source_label, shown.clause, shown.provisional) == ("事项", "第七条第三项", False)


def test_a_provisional_date_is_marked(claim, cal) -> None:
    assert badge(claim(amount=Decimal(90)), NOW, cal).provisional


def test_the_explanation_says_what_the_clock_says(decide, cal) -> None:
    duty = actions.pause(decide(), by=None, now=at(9, 9), cause="hearing", reason="听证", basis=BASIS)
    assert explanation(duty, cal) is None
    duty = actions.resume(duty, by=None, now=at(9, 11))
    duty = actions.extend(duty, by=None, now=at(9, 11), amount=Decimal(1), reason="复杂", basis=BASIS)
    found = explanation(duty, cal)
    assert found.due.at == duty.due_at
    assert found.in_words.startswith("自2026年9月7日受理次日起算8个工作日（另延长1个工作日）")
    assert "暂停计时2个工作日" in found.in_words
    assert sum(day.counted for day in found.days) == 9


def test_a_verdict_keeps_its_calendar_and_says_so(claim, cal) -> None:
    duty = actions.meet(claim().key, by=None, now=at(9, 8))
    changed = WorkCalendar(
        overrides={**cal.overrides, at(9, 8).date(): False}, covered=cal.covered, version=cal.version + 1
    )
    found = explanation(duty, changed)
    assert found.due.at != duty.due_at
    assert found.remark == "届满时间以认定时的工作日历为准：2026年9月8日17:30。"


def test_open_duties_most_urgent_first_paused_last(claim, cast) -> None:
    third = claim("a", at(9, 9))
    paused = actions.pause(claim("b"), by=None, now=NOW, cause="hearing", reason="听证", basis=BASIS)
    first = claim("c")
    claim("d", holder=cast.enforcement)
    actions.meet(claim("e").key, by=None, now=NOW)
    assert list(open_duties([cast.competent.pk])) == [first, third, paused]


def test_a_person_sees_the_duties_that_the_own_role_can_meet(claim, decide, cast) -> None:
    own, other = claim("a"), decide("b")
    claim("c", holder=cast.enforcement)
    assert list(open_duties_for(access_of(cast.supervisor, NOW))) == [own]
    assert list(open_duties_for(access_of(cast.chief, NOW))) == [other]
    for nobody in (cast.evaluator, cast.sysadmin, cast.auditor, cast.stranger):
        assert not open_duties_for(access_of(nobody, NOW)).exists()


def test_who_can_meet_a_duty(claim, cast) -> None:
    duty = claim()
    gone = person("gone", "示例已调离", (cast.competent, Role.SUPERVISOR))
    Membership.objects.filter(user=gone).update(valid_to=at(9, 6).date())
    off = person("off", "示例停用", (cast.competent, Role.SUPERVISOR))
    off.is_active = False
    off.save()
    person("other", "示例联络员", (cast.competent, Role.LIAISON))
    twice = person("twice", "示例兼任", (cast.competent, Role.SUPERVISOR), (cast.competent, Role.REVIEWER))
    assert people_for(duty, NOW) == [cast.supervisor, twice]


@pytest.mark.parametrize("many", [1, 25])
def test_a_list_of_badges_costs_the_same_for_one_and_for_many(
    claim, case, cast, django_assert_num_queries, many
) -> None:
    for number in range(many):
        claim(f"key {number}", NOW - timedelta(hours=number), case=case)
    current_calendar()
    access = access_of(cast.supervisor, NOW)
    with django_assert_num_queries(2):  # the calendar's fingerprint, the duties
        cal = current_calendar()
        rows = [
            (badge(duty, NOW, cal), duty.holder.label, duty.case.item.name)
            for duty in open_duties_for(access)
        ]
    assert len(rows) == many
    with django_assert_num_queries(2):  # the duties, their events
        told = [explanation(duty, cal) for duty in open_duties_for(access).prefetch_related("events")]
    assert all(told)
