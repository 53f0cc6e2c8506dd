"""Stop a clock by law, extend it with approval (7.3; 行政许可法 42, 45): actions and pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from casework.approval import timing
from casework.core.access import NotPermitted
from casework.core.clocks import actions as clocks
from casework.core.clocks.changes import AlreadyLate, BadCause, MissingReason, NotRunning
from casework.core.clocks.extensions import NotAllowed, SameAsker
from casework.core.clocks.models import Duty, DutyState, Extension, ExtensionState
from casework.core.clocks.shown import spent
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Notice
from casework.core.transitions import StaleState
from casework.core.worktime.queries import current_calendar
from portal.accounts.models import Membership, Substitution
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, at
from tests.seen import send

pytestmark = pytest.mark.django_db
LAW_45, LAW_42 = "《行政许可法》第四十五条", "《行政许可法》第四十二条"
HEARING = {"cause": "hearing", "reason": "9月10日举行听证会", "basis": LAW_45}
MORE = {"amount": Decimal(5), "reason": "材料专业性强，需要补充论证", "basis": LAW_42}


@pytest.fixture
def duty(cast, version) -> Duty:
    """The decision duty of a circulating case: 8 working days, statutory 20 + 10."""
    case = steps.circulating(cast, version)
    return Duty.objects.select_related("holder", "case__guide_version").get(key=f"decide:case:{case.pk}")


@pytest.fixture
def current(cast, version) -> Duty:
    """The same of today, for pages, which read the clock."""
    case = steps.circulating(cast, version, now=timezone.now())
    return Duty.objects.select_related("holder", "case__guide_version").get(key=f"decide:case:{case.pk}")


def test_the_handler_stops_and_resumes_the_clock(duty, cast) -> None:
    before = duty.due_at
    assert timing.pause(duty, **HEARING, by=cast.handler, now=at(9, 9)).due_at is None
    assert timing.resume(duty, by=cast.handler, now=at(9, 11)).due_at > before


@pytest.mark.parametrize("who", ["chief", "clerk", "reviewer_a", "supervisor", "stranger"])
def test_nobody_else_does(duty, cast, who) -> None:
    with pytest.raises(NotPermitted):
        timing.pause(duty, **HEARING, by=getattr(cast, who), now=at(9, 9))
    with pytest.raises(NotPermitted):
        timing.ask_extension(duty, **MORE, by=getattr(cast, who), now=at(9, 9))


def test_a_unit_may_stop_its_own_clock_only(duty, cast) -> None:
    opinion = Duty.objects.get(key__startswith="opinion:", holder=cast.unit_a)
    assert timing.pause(opinion, **HEARING, by=cast.reviewer_a, now=NOW).state == DutyState.PAUSED
    with pytest.raises(NotPermitted):
        timing.resume(opinion, by=cast.reviewer_b, now=at(9, 8))


def test_other_clocks_do_not_stop(cast, version) -> None:
    """The law leaves time out of a decision, not of a push or a claim."""
    steps.submitted(cast, version)
    circulate = Duty.objects.get(key__startswith="circulate:")
    with pytest.raises(timing.NotThisClock):
        timing.pause(circulate, **HEARING, by=cast.handler, now=NOW)
    with pytest.raises(timing.NotThisClock):
        timing.ask_extension(circulate, **MORE, by=cast.handler, now=NOW)


def test_more_time_is_asked_for_and_granted_by_two_people(duty, cast) -> None:
    due_at, red = duty.due_at, duty.red_line_at
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    duty.refresh_from_db()
    assert duty.due_at == due_at  # asking moves nothing
    longer = timing.approve_extension(asked, by=cast.chief, now=at(9, 10))
    assert longer.due_at > due_at
    assert longer.red_line_at > red
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.decided_at) == (
        ExtensionState.APPROVED,
        cast.chief,
        at(9, 10),
    )
    assert sum(spent(longer, now=at(9, 10), cal=current_calendar())) == 8 + 5
    notice = Notice.objects.get(kind=Notice.Kind.EXTENSION)
    assert MORE["reason"] in " ".join(notice.paragraphs)
    entry = LedgerEntry.objects.get(action="duty.extension_approved")
    assert (entry.actor, entry.department) == (cast.chief, cast.approver)
    assert MORE["reason"] not in LedgerEntry.objects.get(action="duty.extension_asked").payload


def test_only_once(duty, cast) -> None:
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    with pytest.raises(NotAllowed, match="请勿重复申请"):
        timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    timing.approve_extension(asked, by=cast.chief, now=at(9, 9))
    with pytest.raises(NotAllowed, match="已经批准延长过一次"):
        timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 10))


def test_after_a_refusal_it_may_be_asked_again(duty, cast) -> None:
    due_at = duty.due_at
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    with pytest.raises(MissingReason):
        timing.refuse_extension(asked, reason=" ", by=cast.chief, now=at(9, 9))
    timing.refuse_extension(asked, reason="可以按期办结", by=cast.chief, now=at(9, 9))
    duty.refresh_from_db()
    assert duty.due_at == due_at
    assert timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 10)).state == ExtensionState.ASKED


@pytest.mark.parametrize(
    ("amount", "why"), [("10.5", "最多可以延长10"), ("0", "大于零"), ("0.3", "0.5为单位"), ("-1", "大于零")]
)
def test_only_as_much_as_the_item_allows(duty, cast, amount, why) -> None:
    with pytest.raises(NotAllowed, match=why):
        timing.ask_extension(duty, **{**MORE, "amount": Decimal(amount)}, by=cast.handler, now=at(9, 9))
    assert not Extension.objects.exists()


@pytest.mark.parametrize(("microseconds", "late"), [(-1, False), (0, False), (1, True)])
def test_only_before_the_time_ran_out(duty, cast, microseconds, late) -> None:
    """R-25: the due moment itself is in time."""
    moment = duty.due_at + timedelta(microseconds=microseconds)
    if late:
        with pytest.raises(AlreadyLate):
            timing.ask_extension(duty, **MORE, by=cast.handler, now=moment)
    else:
        asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=moment)
        assert timing.approve_extension(asked, by=cast.chief, now=moment).due_at > duty.due_at


def test_a_request_that_waited_too_long_is_not_granted(duty, cast) -> None:
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    with pytest.raises(AlreadyLate):
        timing.approve_extension(asked, by=cast.chief, now=at(9, 30))
    asked.refresh_from_db()
    assert asked.state == ExtensionState.ASKED
    assert not Notice.objects.filter(kind=Notice.Kind.EXTENSION).exists()


def test_nobody_grants_what_they_asked_for_themselves(duty, cast) -> None:
    Membership.objects.create(user=cast.handler, department=cast.approver, role=Role.APPROVAL_LEADER)
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    with pytest.raises(SameAsker):
        timing.approve_extension(asked, by=cast.handler, now=at(9, 9))
    with pytest.raises(SameAsker):
        timing.refuse_extension(asked, reason="示例", by=cast.handler, now=at(9, 9))


@pytest.mark.parametrize("away", ["chief", "handler"])
def test_a_substitute_never_stands_on_both_sides(duty, cast, away) -> None:
    """The handler for the leader who is away, and the leader for the handler: neither may do both."""
    other = "handler" if away == "chief" else "chief"
    Substitution.objects.create(
        person=getattr(cast, away),
        substitute=getattr(cast, other),
        department=cast.approver,
        valid_from=NOW.date(),
        valid_to=at(9, 30).date(),
        reason="出差",
        made_at=NOW,
        made_by=cast.chief,
    )
    both = getattr(cast, other)
    asked = timing.ask_extension(duty, **MORE, by=both, now=at(9, 9))
    with pytest.raises(SameAsker):
        timing.approve_extension(asked, by=both, now=at(9, 9))


def test_the_database_says_so_too(duty, cast) -> None:
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.filter(pk=asked.pk).update(
            state=ExtensionState.APPROVED, decided_by=cast.handler, decided_at=NOW
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.create(
            duty=duty, amount=1, reason="x", basis="x", asked_by=cast.handler, asked_at=NOW
        )


def test_the_second_of_two_leaders_finds_it_decided(duty, cast) -> None:
    asked = timing.ask_extension(duty, **MORE, by=cast.handler, now=at(9, 9))
    seen_before = Extension.objects.get(pk=asked.pk)
    timing.approve_extension(asked, by=cast.chief, now=at(9, 9))
    with pytest.raises(StaleState):
        timing.refuse_extension(seen_before, reason="示例", by=cast.chief, now=at(9, 9))
    assert duty.events.filter(kind="extended").count() == 1


def test_refusals_of_the_kernel_come_through(duty, cast) -> None:
    with pytest.raises(BadCause):
        timing.pause(duty, cause="site_inspection", reason="现场踏勘", basis=LAW_45, by=cast.handler, now=NOW)
    with pytest.raises(NotRunning):
        timing.resume(duty, by=cast.handler, now=NOW)


# -- pages, without JavaScript -------------------------------------------------


def page_of(duty: Duty) -> str:
    return reverse("casework:duty", args=[duty.pk])


def test_stop_and_resume_on_the_page(current, cast, sign_in) -> None:
    client, page = sign_in(cast.handler), page_of(current)
    action = reverse("casework:clock-pause", args=[current.pk])
    assert send(client, page, action, HEARING).status_code == 302
    shown = client.get(page).content.decode()
    for words in (
        "</strong>（听证）",
        HEARING["reason"],
        "已用0个工作日，剩余8个工作日，共8个工作日",
        "恢复计时",
    ):
        assert words in shown
    assert send(client, page, reverse("casework:clock-resume", args=[current.pk])).status_code == 302
    assert "恢复计时" in client.get(page).content.decode()
    current.refresh_from_db()
    assert current.state == DutyState.OPEN


def test_a_site_visit_stops_no_clock_on_the_page(current, cast, sign_in) -> None:
    client, page = sign_in(cast.handler), page_of(current)
    action = reverse("casework:clock-pause", args=[current.pk])
    answer = send(client, page, action, {**HEARING, "cause": "site_inspection"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "现场踏勘不在其列，不能暂停计时" in shown
    assert HEARING["reason"] in shown
    assert current.events.count() == 1


def test_ask_and_grant_on_the_page(current, cast, sign_in) -> None:
    handler, chief, page = sign_in(cast.handler), sign_in(cast.chief), page_of(current)
    assert "最多10个工作日，只能延长一次" in handler.get(page).content.decode()
    action = reverse("casework:extension-ask", args=[current.pk])
    assert send(handler, page, action, {**MORE, "amount": "11"}).status_code == 422
    assert send(handler, page, action, MORE).status_code == 302
    asked = Extension.objects.get()
    assert "批准延期" not in handler.get(page).content.decode()
    case = chief.get(reverse("casework:case", args=[current.case.number])).content.decode()
    assert "审批延期申请" in case
    assert MORE["reason"] in chief.get(page).content.decode()
    assert send(chief, page, reverse("casework:extension-approve", args=[asked.pk])).status_code == 302
    assert "已批准" in handler.get(page).content.decode()


def test_refuse_on_the_page(current, cast, sign_in) -> None:
    asked = timing.ask_extension(current, **MORE, by=cast.handler, now=timezone.now())
    client, page = sign_in(cast.chief), page_of(current)
    action = reverse("casework:extension-refuse", args=[asked.pk])
    answer = send(client, page, action, {"refusal": ""})
    assert answer.status_code == 422
    assert "请写明不予批准的理由" in answer.content.decode()
    assert send(client, page, action, {"refusal": "可以按期办结"}).status_code == 302
    assert "可以按期办结" in client.get(page).content.decode()


def test_another_departments_clock_is_not_found(current, cast, sign_in) -> None:
    client = sign_in(cast.stranger)
    for name in ("clock-pause", "clock-resume", "extension-ask"):
        assert client.post(reverse(f"casework:{name}", args=[current.pk]), HEARING).status_code == 404
    asked = timing.ask_extension(current, **MORE, by=cast.handler, now=timezone.now())
    for name in ("extension-approve", "extension-refuse"):
        assert client.post(reverse(f"casework:{name}", args=[asked.pk])).status_code == 404


def test_a_closed_clock_offers_nothing(current, cast, sign_in) -> None:
    clocks.void(current.key, by=None, now=timezone.now(), reason="示例")
    shown = sign_in(cast.handler).get(page_of(current)).content.decode()
    assert 'action="/desk/approval/' not in shown
