"""Alarms at 50, 80 and 100 % of the other side's clock, once each, however late the sweep runs (R-03, R-09)."""

from datetime import datetime, timedelta

import pytest

from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Recipient
from casework.core.letters.sending import forward
from casework.core.outbox import alarms
from casework.core.outbox.alarm_rules import Threshold, office_time, reached
from casework.core.outbox.alarms import sweep_alarms
from casework.core.outbox.models import Channel, DeadLetter, Delivery, DeliveryAlarm, DeliveryState
from casework.core.worktime.queries import current_calendar
from tests.cast import NOW, Cast, at
from tests.core.outbox.letters import http_endpoint, letter_to
from tests.core.rooms import make_case

pytestmark = pytest.mark.django_db
DUE = at(9, 8, 17, 30)  # one working day from Monday 7 September: Tuesday, close of business


@pytest.fixture
def recipient(cast: Cast, version) -> Recipient:
    """A result pushed to the supervisor on Monday 9:30; its claim duty runs until Tuesday 17:30."""
    case = make_case(cast, version)
    http_endpoint(cast.competent)
    found = letter_to(cast, case, cast.competent)
    assert Duty.objects.get().due_at == DUE  # the claim: it began with the letter's delivery
    return found


def thresholds() -> list[int]:
    return list(DeliveryAlarm.objects.order_by("pk").values_list("threshold", flat=True))


def mails() -> list[Delivery]:
    return list(Delivery.objects.filter(reference__startswith="alarm:").order_by("pk"))


# -- the rule ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW, []),
        (at(9, 7, 17, 29), []),  # Monday has 5.5 of the 12.5 hours
        (at(9, 8, 8, 44), []),
        (at(9, 8, 8, 45), [50]),
        (at(9, 8, 14, 59), [50]),
        (at(9, 8, 15, 0), [50, 80]),
        (at(9, 8, 17, 29), [50, 80]),
        (DUE, [50, 80, 100]),
        (at(12, 1), [50, 80, 100]),
    ],
)
def test_only_office_hours_count(db, now: datetime, expected: list[int]) -> None:
    assert reached(NOW, DUE, now, current_calendar()) == expected


def test_a_weekend_moves_no_clock(db) -> None:
    cal, friday, monday = current_calendar(), at(9, 4, 16, 30), at(9, 7, 9, 0)
    assert office_time(friday, monday, cal) == timedelta(hours=2)
    assert reached(friday, at(9, 7, 17, 30), at(9, 6, 23, 0), cal) == []


def test_a_clock_without_an_office_hour_rings_at_its_end(db) -> None:
    cal, begin, end = current_calendar(), at(9, 5, 9), at(9, 5, 12)  # a Saturday
    assert reached(begin, end, at(9, 5, 11, 59), cal) == []
    assert reached(begin, end, end, cal) == list(Threshold)


# -- the sweep -----------------------------------------------------------------


def test_each_threshold_is_told_once(recipient: Recipient, cast: Cast) -> None:
    seen = []
    moment = NOW
    while moment <= DUE + timedelta(hours=1):
        sweep_alarms(now=moment)
        seen.append(tuple(thresholds()))
        moment += timedelta(minutes=15)
    assert list(dict.fromkeys(seen)) == [(), (50,), (50, 80), (50, 80, 100)]
    assert len(mails()) == 3  # to the one person in charge at the window
    assert {mail.address for mail in mails()} == {cast.clerk.email}
    assert LedgerEntry.objects.filter(action="delivery.alarm").count() == 3


def test_a_scheduler_that_stood_three_days_makes_all_of_it_at_its_first_run(
    recipient: Recipient, cast: Cast
) -> None:
    """R-09, R-12: rows decide, not when the sweep ran last. One mail speaks of the latest threshold."""
    assert sweep_alarms(now=NOW + timedelta(days=3)) == 3
    assert thresholds() == [50, 80, 100]
    (mail,) = mails()
    assert "时限已届满" in mail.subject
    assert sweep_alarms(now=NOW + timedelta(days=4)) == 0


def test_who_took_the_duty_over_is_watched_by_the_clock_that_runs_on(
    recipient: Recipient, cast: Cast
) -> None:
    """The receipt there is younger than the duty; the former receiver's copy is nobody's matter any more (改派)."""
    http_endpoint(cast.enforcement, "http://127.0.0.1:9/other")
    duty, later = Duty.objects.get(), at(9, 7, 16)
    clocks.reassign(duty, to=cast.enforcement, by=None, now=later, reason="职责已划转")
    new = forward(recipient, to=cast.enforcement, by=None, now=later)
    assert sweep_alarms(now=later) == 0
    assert sweep_alarms(now=DUE) == 3
    watched = DeliveryAlarm.objects.values_list("delivery__reference", flat=True).distinct()
    assert list(watched) == [f"recipient:{new.pk}"]


def test_the_mail_names_numbers_and_nobody(recipient: Recipient, cast: Cast) -> None:
    sweep_alarms(now=DUE)
    (mail,) = mails()
    for words in (recipient.letter.number, "示例市市场监督管理局", "2026年09月08日 17:30", "9.1", "纸质送达"):
        assert words in mail.body
    for hidden in ("示例餐饮", "127.0.0.1"):
        assert hidden not in mail.body + mail.subject


def test_never_by_the_address_that_does_not_answer(recipient: Recipient, cast: Cast) -> None:
    Delivery.objects.update(channel=Channel.OA_MAIL, address=cast.clerk.email)
    assert sweep_alarms(now=DUE) == 3
    assert mails() == []


def test_an_alarm_raises_no_alarm(recipient: Recipient, cast: Cast) -> None:
    sweep_alarms(now=DUE)
    Delivery.objects.filter(reference__startswith="alarm:").update(state=DeliveryState.DEAD)
    assert sweep_alarms(now=DUE + timedelta(days=30)) == 0
    owned = DeadLetter.objects.get()  # but it has an owner
    assert owned.department is None


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.PAPER, DeliveryState.CLOSED])
def test_what_is_accepted_or_settled_is_silent(state: str, recipient: Recipient) -> None:
    Delivery.objects.update(state=state, sent_at=NOW if state == DeliveryState.SENT else None)
    assert sweep_alarms(now=DUE) == 0


def test_a_duty_that_is_met_or_paused_is_silent(recipient: Recipient, cast: Cast) -> None:
    Duty.objects.update(state="paused", due_at=None)
    assert sweep_alarms(now=DUE) == 0
    Duty.objects.update(state="open", due_at=DUE)
    clocks.meet(Duty.objects.get().key, by=cast.supervisor, now=NOW + timedelta(hours=1))
    assert sweep_alarms(now=DUE) == 0


def test_one_that_fails_holds_up_nothing(recipient: Recipient, cast: Cast, monkeypatch, caplog) -> None:
    second = http_endpoint(cast.competent, "http://127.0.0.1:9/second")
    first = Delivery.objects.get()
    Delivery.objects.create(
        dedup="second", reference=first.reference, channel=first.channel, endpoint=second, address="x",
        subject="x", body="x", headers=first.headers, born_at=NOW, next_at=NOW,
    )  # fmt: skip
    tell = alarms._tell

    def sometimes(delivery: Delivery, *rest: object) -> int:
        if delivery.pk == first.pk:
            raise OSError("broken")
        return tell(delivery, *rest)

    monkeypatch.setattr(alarms, "_tell", sometimes)
    assert sweep_alarms(now=DUE) == 3
    assert "no alarm could be made" in caplog.text
    monkeypatch.undo()
    assert sweep_alarms(now=DUE) == 3


def test_a_chunk_costs_the_same_however_many(
    recipient: Recipient, cast: Cast, django_assert_num_queries
) -> None:
    first = Delivery.objects.get()
    Delivery.objects.bulk_create(
        Delivery(
            dedup=f"d{n}", reference=first.reference, channel=first.channel, endpoint=first.endpoint, address="x",
            subject="x", body="x", headers=first.headers, born_at=NOW, next_at=NOW,
        )
        for n in range(20)
    )  # fmt: skip
    current_calendar()
    # Ownerless, calendar (2), chunk, recipients with their duties, told, next chunk … − cached.
    with django_assert_num_queries(6):
        sweep_alarms(now=NOW)
