"""The ladder of a late duty: rule rows say who hears of it when; vacant posts climb; days off are left out."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from casework.core.clocks import actions
from casework.core.clocks import sweep as room
from casework.core.clocks.digest import send_digests
from casework.core.clocks.models import Digest, Duty, DutyEvent, Reminder, StagePassed
from casework.core.clocks.sweep import sweep
from casework.core.outbox.models import Delivery
from casework.core.rules_data.models import DutyKind, EscalationStep, Stage, Tier
from casework.core.rules_data.queries import steps_for
from casework.core.worktime.units import Unit
from portal.accounts.models import Membership, Post, User
from portal.accounts.roles import PostKind, Role
from tests.cast import NOW, Cast, at, person

pytestmark = pytest.mark.django_db
LATE = at(9, 8, 17, 31)


@pytest.fixture
def posts(cast: Cast) -> dict[str, User]:
    """The supervisor's liaison and leader (8.1)."""
    found = {}
    for name, kind in (("liaison", PostKind.LIAISON), ("leader", PostKind.LEADER)):
        found[name] = person(name, f"示例{kind.label}", (cast.competent, Role.LIAISON))
        Post.objects.create(department=cast.competent, kind=kind, user=found[name])
    return found


def step(stage: Stage, offset: str | None, tier: Tier, **more: object) -> EscalationStep:
    given = {"duty_kind": "", "valid_from": date(2026, 9, 1), "created_at": NOW, "basis": "示例", **more}
    return EscalationStep.objects.create(
        stage=stage, offset=None if offset is None else Decimal(offset), tier=tier, **given
    )


def ladder(duty: Duty) -> list[tuple[str, str, datetime]]:
    """(stage, who, when it was owed) in the order in which it was told."""
    owed = dict(duty.stages.values_list("stage", "at"))
    rows = duty.reminders.order_by("id").values_list("milestone", "recipient__username")
    return [(stage, who, owed[stage]) for stage, who in rows]


def hourly(since: datetime, until: datetime) -> None:
    while since <= until:
        sweep(now=since)
        since += timedelta(hours=1)


def test_a_claim_that_nobody_makes_climbs_to_the_evaluator(claim, posts) -> None:
    """Silence on a letter climbs by the same rows (9.1)."""
    duty = claim()
    hourly(NOW, at(9, 20))
    assert ladder(duty) == [
        (Stage.SOON, "supervisor", at(9, 8, 14, 30)),
        (Stage.LAPSED, "supervisor", at(9, 8, 17, 30) + timedelta(microseconds=1)),
        (Stage.LIAISON, "liaison", at(9, 10, 8, 0)),  # the whole of the 9th has gone by
        (Stage.LEADER, "leader", at(9, 11, 8, 0)),
        (Stage.EVALUATOR, "evaluator", at(9, 14, 8, 0)),  # not on the weekend between
    ]


def test_a_long_duty_is_also_told_on_its_last_morning(decide) -> None:
    duty = decide()
    hourly(at(9, 15), at(9, 17, 18))
    stages = [(stage, when) for stage, who, when in ladder(duty) if who == "handler"]
    assert stages == [
        (Stage.SOON, at(9, 16, 8, 0)),
        (Stage.DUE, at(9, 17, 8, 0)),
        (Stage.LAPSED, at(9, 17, 17, 30) + timedelta(microseconds=1)),
    ]


def test_what_is_met_climbs_no_further(claim, posts) -> None:
    duty = claim()
    hourly(NOW, at(9, 10, 9))
    actions.meet(duty.key, by=None, now=at(9, 10, 10))
    duty.refresh_from_db()
    assert duty.next_at is None
    hourly(at(9, 10, 11), at(9, 20))
    assert [stage for stage, _, _ in ladder(duty)] == [Stage.SOON, Stage.LAPSED, Stage.LIAISON]


def test_a_vacant_post_climbs_one_step_and_is_on_record(claim, posts) -> None:
    Post.objects.filter(kind=PostKind.LIAISON).update(valid_to=date(2026, 9, 1))
    duty = claim()
    sweep(now=at(9, 10, 8))
    assert ladder(duty)[-1][:2] == (Stage.LIAISON, "leader")
    row = duty.stages.get(stage=Stage.LIAISON)
    assert (row.tier, row.reached) == (Tier.LIAISON, Tier.LEADER)


def test_nobody_at_all_is_on_record_too(claim, cast) -> None:
    Membership.objects.filter(role=Role.EVALUATOR).update(valid_to=date(2026, 9, 1))
    duty = claim()
    sweep(now=at(9, 20))
    assert set(duty.stages.exclude(tier=Tier.HANDLERS).values_list("reached", flat=True)) == {""}


def test_the_page_names_vacant_posts_nobody_and_people_without_address(claim, posts, cast, sign_in) -> None:
    client = sign_in(cast.sysadmin)
    assert "没有未达的提醒" in client.get(reverse("casework:unreached")).content.decode()
    Post.objects.filter(kind=PostKind.LIAISON).update(valid_to=date(2026, 9, 1))
    Membership.objects.filter(role=Role.EVALUATOR).update(valid_to=date(2026, 9, 1))
    User.objects.filter(pk=cast.supervisor.pk).update(email="")
    claim()
    sweep(now=at(9, 20))
    page = client.get(reverse("casework:unreached"))
    rows = {row.stage: row.get_reached_display() for row in page.context["rows"]}
    assert rows == {Stage.LIAISON: "分管领导", Stage.EVALUATOR: ""}
    shown = page.content.decode()
    for words in ("逾期未办，报联络员", "分管领导", "无人可提醒", cast.competent.name, str(cast.supervisor)):
        assert words in shown


def test_a_row_of_the_kind_goes_before_the_row_of_all_and_the_newest_before_the_rest(claim, posts) -> None:
    step(Stage.LEADER, "0.5", Tier.LEADER, duty_kind=DutyKind.CLAIM)
    step(Stage.LIAISON, "1", Tier.LIAISON, duty_kind=DutyKind.CLAIM, enabled=False)
    step(Stage.LEADER, "9", Tier.LEADER, valid_from=date(2026, 9, 2))
    step(Stage.LEADER, "5", Tier.LEADER, duty_kind=DutyKind.CLAIM, valid_from=date(2026, 9, 8))
    duty = claim()
    hourly(NOW, at(9, 13))
    assert ladder(duty)[2:] == [(Stage.LEADER, "leader", at(9, 9, 14, 30))]
    offsets = {row.stage: row.offset for row in steps_for(DutyKind.PUSH, date(2026, 9, 7))}
    assert offsets[Stage.LEADER] == 9


def test_a_duty_keeps_the_steps_it_began_under(claim, posts) -> None:
    duty = claim()
    step(Stage.LIAISON, "0", Tier.LIAISON, valid_from=date(2026, 9, 8))
    sweep(now=LATE)
    assert Stage.LIAISON not in {stage for stage, _, _ in ladder(duty)}
    assert [
        row.offset for row in steps_for(DutyKind.CLAIM, date(2026, 9, 8)) if row.stage == Stage.LIAISON
    ] == [0]


def test_nothing_is_told_at_midnight_or_on_a_holiday(claim, posts) -> None:
    """A limit of natural days ends at 24:00: the lapse is of that moment, the word comes when offices open."""
    duty = claim(kind=DutyKind.CLAIM, amount=Decimal(5), unit=Unit.NATURAL_DAY, now=at(9, 25))
    assert duty.due_at.date() == date(2026, 9, 30)
    hourly(at(9, 30), at(10, 14))
    assert duty.events.get(kind=DutyEvent.Kind.LAPSED).at == duty.due_at
    told = {stage: when for stage, _, when in ladder(duty)}
    assert told[Stage.LAPSED] == at(10, 8, 8, 0)  # the national holiday ends on the 7th
    assert told[Stage.LIAISON] == at(10, 9, 8, 0)
    assert told[Stage.LEADER] == at(10, 10, 8, 0)  # a Saturday that is worked
    assert told[Stage.EVALUATOR] == at(10, 12, 8, 0)


def outage(
    silent: tuple[datetime, datetime] | None, make: Callable[[], object]
) -> list[tuple[str, str, str]]:
    """Every reminder in its order, after hourly sweeps with none between the two moments of ``silent``."""
    first = Reminder.objects.order_by("-id").values_list("id", flat=True).first() or 0
    make()
    moment = at(9, 22)
    while moment <= at(10, 16):
        if silent is None or not silent[0] <= moment < silent[1]:
            sweep(now=moment)
        moment += timedelta(hours=1)
    rows = Reminder.objects.filter(pk__gt=first).order_by("id")
    return [
        (key.partition(":")[2], stage, who)
        for key, stage, who in rows.values_list("duty__key", "milestone", "recipient__username")
    ]


def test_five_days_of_outage_over_a_holiday_change_nothing(claim, decide, posts) -> None:
    """R-24: the same reminders to the same people in the same order, from 30 September to 9 October at noon."""

    def make(prefix: str) -> None:
        for number, (day, hour) in enumerate([(22, 10), (23, 16), (24, 9), (28, 9), (29, 17), (30, 8)]):
            claim(f"{prefix}:claim {number}", at(9, day, hour))
            decide(f"{prefix}:decide {number}", at(9, 22 - number), amount=Decimal(2 + number))

    without = outage(None, lambda: make("none"))
    with_one = outage((at(9, 29, 18), at(10, 9, 12)), lambda: make("five"))
    assert with_one == without
    assert len(without) == len(set(without)) > 60


def test_a_sweep_that_looks_back_an_hour_only_fails_the_comparison(claim, decide, posts, monkeypatch) -> None:
    """The deliberate break: what came due while no worker ran would never be told."""

    def make(prefix: str) -> None:
        claim(f"{prefix}:claim", at(9, 28, 9))
        decide(f"{prefix}:decide", at(9, 22), amount=Decimal(5))

    without = outage(None, lambda: make("none"))
    everything = room.waiting
    monkeypatch.setattr(
        room, "waiting", lambda now: everything(now).filter(next_at__gt=now - timedelta(hours=1))
    )
    with_one = outage((at(9, 29, 18), at(10, 9, 12)), lambda: make("five"))
    assert with_one != without


def test_the_sixth_reminder_of_an_hour_shares_a_mail(claim) -> None:
    """R-11: five mails of their own, one for the rest; every reminder stands in the inbox."""
    for number in range(9):
        claim(f"key {number}")
    sweep(now=at(9, 8, 15))
    assert Reminder.objects.count() == 9
    assert Delivery.objects.count() == 6
    assert [row.mail for row in Reminder.objects.order_by("id")] == ["alone"] * 5 + ["bundled"] * 4
    claim("later", at(9, 8, 10))
    for number in range(9):
        actions.meet(f"key {number}", by=None, now=at(9, 8, 16))
    sweep(now=at(9, 9, 15))
    assert Reminder.objects.filter(duty__key="later", mail="alone").count() == 1


def test_without_an_address_it_stands_in_the_inbox_and_on_record(claim, cast) -> None:
    User.objects.filter(pk=cast.supervisor.pk).update(email="")
    claim()
    sweep(now=at(9, 8, 15))
    assert Reminder.objects.get().mail == Reminder.Mail.NONE
    assert not Delivery.objects.exists()


def test_a_digest_a_day_with_counts(claim, cast) -> None:
    claim("late", at(9, 3))
    claim("today", at(9, 4))
    claim("tomorrow")
    sweep(now=at(9, 7, 8))
    assert send_digests(now=at(9, 7, 10)) == 1
    row = Digest.objects.get()
    assert (row.recipient, row.day) == (cast.supervisor, date(2026, 9, 7))
    assert (row.waiting, row.due_today, row.late) == (3, 1, 1)
    assert row.unread == Reminder.objects.filter(recipient=cast.supervisor).count()
    mail = Delivery.objects.get(dedup=f"digest:{cast.supervisor.pk}:20260907")
    assert "共3项，其中今日到期1项，已逾期1项" in mail.body
    assert send_digests(now=at(9, 7, 11)) == 0
    assert send_digests(now=at(9, 8, 8)) == 1


@pytest.mark.parametrize("now", [at(9, 12), at(9, 13), at(10, 1)])
def test_no_digest_on_a_day_off(claim, now) -> None:
    claim()
    assert send_digests(now=now) == 0


def test_a_make_up_day_is_a_day_for_digests(claim) -> None:
    claim()
    assert send_digests(now=at(9, 20)) == 1


def test_nobody_without_anything_waiting_gets_a_digest(cast) -> None:
    assert send_digests(now=NOW) == 0
    assert not StagePassed.objects.exists()
