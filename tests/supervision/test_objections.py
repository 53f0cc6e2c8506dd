"""Objecting to a result and the answer (疑义, 9.1): rights, facts, duties, letters, lateness."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from casework.core.access import NotPermitted
from casework.core.clocks.models import Duty, DutyState
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.actions import BadObjection
from casework.core.letters.models import Letter, LetterKind, Objection, Recipient
from casework.core.outbox.models import Channel, Delivery
from casework.core.rules_data.actions import new_version
from casework.core.rules_data.models import LimitSource, PeriodKind, StartFact
from casework.core.transitions import StaleState
from casework.core.worktime.units import EndRule, Unit
from casework.models import PushState
from casework.supervision import actions
from tests.cast import NOW, at
from tests.core.rooms import endpoint, upload
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
REASON = "许可范围与现场核查的经营项目不一致，请核实。"
ANSWER = "经核实，许可范围以决定书为准，经营项目已由申请人书面确认。"


def object_to(push, cast, **changes):
    given = {"reason": REASON, "by": cast.supervisor, "now": LATER}
    return actions.object_to_result(push, **(given | changes))


def answer(push, cast, **changes):
    given = {"text": ANSWER, "by": cast.handler, "now": LATER + timedelta(hours=1)}
    return actions.answer_objection(push, **(given | changes))


def facts_of(push):
    row = Recipient.objects.get(pk=push.recipient_id)
    return {name for name in ("opened", "claimed", "returned", "objected") if getattr(row, f"{name}_at")}


# -- object


def test_an_objection_is_a_letter_to_the_approver_and_starts_its_duty(cast, version):
    push = pushed(cast, version)
    endpoint(cast.approver, Channel.OA_MAIL, "oa@approval.test")
    objection = object_to(push, cast)
    letter = objection.asked.letter
    assert (letter.kind, letter.number) == (LetterKind.OBJECTION, "儋审异〔2026〕1号")
    assert (letter.sender, objection.asked.department) == (cast.competent, cast.approver)
    assert letter.facts["疑义内容"] == REASON
    assert letter.facts["针对函件"] == push.recipient.letter.number
    duty = Duty.objects.get(key=f"answer_objection:push:{push.pk}")
    assert (duty.holder, duty.state, duty.started_at) == (cast.approver, DutyState.OPEN, LATER)
    assert (duty.amount, duty.limit_source) == (3, LimitSource.PLATFORM)
    assert objection.asked.duty == duty
    assert Delivery.objects.get(reference=f"recipient:{objection.asked.pk}").address == "oa@approval.test"


def test_an_objection_is_a_fact_of_its_own_and_no_claim(cast, version):
    push = pushed(cast, version)
    object_to(push, cast)
    push = fresh(push)
    assert (push.recipient.objected_at, push.recipient.objected_by) == (LATER, cast.supervisor)
    assert facts_of(push) == {"objected"}
    assert push.state == PushState.DELIVERED
    assert Duty.objects.get(key=f"claim:push:{push.pk}").state == DutyState.OPEN


def test_the_ledger_tells_it_without_its_words(cast, version):
    push = pushed(cast, version)
    objection = object_to(push, cast)
    entry = LedgerEntry.objects.get(action="letter.objected")
    assert (entry.clause, entry.department, entry.actor) == ("9.1", cast.competent, cast.supervisor)
    payload = json.loads(entry.payload)
    assert (payload["letter"], payload["late"]) == (objection.asked.letter.number, False)
    assert payload["due_at"] == objection.due_at.isoformat()
    assert REASON not in entry.payload


def test_files_travel_with_it_and_reach_the_approver(cast, version):
    push = pushed(cast, version)
    objection = object_to(push, cast, uploads=[upload("现场照片.pdf")])
    (file,) = objection.asked.letter.files.all()
    assert (file.name, file.department, file.purpose) == ("现场照片.pdf", cast.competent, "疑义附件")


@pytest.mark.parametrize("who", ["enforcer", "clerk", "handler", "chief", "evaluator", "stranger"])
def test_objecting_requires_a_supervisor_of_that_department(cast, version, who):
    push = pushed(cast, version)
    with pytest.raises(NotPermitted):
        object_to(push, cast, by=getattr(cast, who))
    assert facts_of(push) == set()


@pytest.mark.parametrize(
    ("reason", "says"), [(" ", "疑义的内容"), ("由" * 1001, "1000字"), ("请电13800000000", "手机号码")]
)
def test_objecting_rejects_what_cannot_stand_in_a_letter(cast, version, reason, says):
    push = pushed(cast, version)
    with pytest.raises(BadObjection, match=says) as refused:
        object_to(push, cast, reason=reason)
    assert refused.value.field == "reason"
    assert not Objection.objects.exists()


def test_a_refused_file_leaves_nothing_behind(cast, version):
    push = pushed(cast, version)
    before = Letter.objects.count(), StoredFile.objects.count(), LedgerEntry.objects.count()
    with pytest.raises(BadObjection) as refused:
        object_to(push, cast, uploads=[upload("说明.pdf"), upload("程序.exe")])
    assert refused.value.field == "attachments"
    assert facts_of(push) == set()
    assert before == (Letter.objects.count(), StoredFile.objects.count(), LedgerEntry.objects.count())


def test_a_second_objection_is_stale(cast, version):
    push = pushed(cast, version)
    object_to(fresh(push), cast)
    with pytest.raises(StaleState):
        object_to(fresh(push), cast)
    assert Objection.objects.count() == 1


def test_objecting_is_possible_after_the_claim_not_after_the_return(cast, version):
    first, second = pushed(cast, version, 1), pushed(cast, version, 2)
    actions.claim_result(first, by=cast.supervisor, now=LATER)
    object_to(fresh(first), cast)
    actions.return_result(second, reason="不属于本部门监管", by=cast.supervisor, now=LATER)
    with pytest.raises(StaleState):
        object_to(fresh(second), cast)
    assert facts_of(first) == {"claimed", "objected"}
    assert facts_of(second) == {"returned"}


def test_what_was_objected_to_can_still_be_returned_and_is_still_answered(cast, version):
    push = pushed(cast, version)
    object_to(push, cast)
    actions.return_result(fresh(push), reason="不属于本部门监管", by=cast.supervisor, now=LATER)
    answer(fresh(push), cast)
    assert Duty.objects.get(key=f"answer_objection:push:{push.pk}").state == DutyState.MET


def test_the_database_knows_no_objection_after_a_return(cast, version):
    push = pushed(cast, version)
    actions.return_result(push, reason="不属于本部门监管", by=cast.supervisor, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.filter(pk=push.recipient_id).update(
            objected_at=LATER + timedelta(hours=1), objected_by=cast.supervisor
        )


# -- the period: a right with a time, no duty


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (at(9, 7, 9, 30), False),  # Monday, the day of delivery, is not counted
        (at(9, 9, 17, 29), False),
        (at(9, 9, 23, 59), True),  # Wednesday after close of business
        (at(9, 21), True),
    ],
)
def test_a_late_objection_is_accepted_and_marked(cast, version, now, late):
    objection = object_to(pushed(cast, version), cast, now=now)
    assert objection.is_late is late
    assert objection.due_at.astimezone(NOW.tzinfo).date() == at(9, 9).date()
    assert objection.asked.letter.facts["是否逾期提出"] is late
    assert Objection.objects.get().rule.to_confirm


def test_a_period_never_lapses(cast, version):
    push = pushed(cast, version)
    object_to(push, cast, now=at(9, 21))
    assert not LedgerEntry.objects.filter(action="duty.lapsed", payload__contains='"objection"').exists()
    assert {row.kind for row in Duty.objects.filter(case=push.case)} == {"push", "claim", "answer_objection"}


def from_the_claim(cast):
    new_version(
        kind=PeriodKind.OBJECTION,
        amount=Decimal(2),
        unit=Unit.WORKDAY,
        end_rule=EndRule.CLOSE_OF_BUSINESS,
        warn_before=Decimal("0.5"),
        start_event="认领",
        start_fact=StartFact.CLAIM,
        clause="9.1",
        source=LimitSource.MEASURE,
        basis="示例：经确认自认领起算",
        valid_from=NOW.date(),
        by=cast.sysadmin,
        now=NOW,
    )


def test_the_rule_may_let_the_period_begin_with_the_claim(cast, version):
    from_the_claim(cast)
    push = pushed(cast, version)
    actions.claim_result(push, by=cast.supervisor, now=at(9, 10))
    objection = object_to(fresh(push), cast, now=at(9, 14, 17, 0))
    assert (objection.due_at.astimezone(NOW.tzinfo).date(), objection.is_late) == (at(9, 14).date(), False)


def test_an_objection_before_that_period_begins_is_not_late(cast, version):
    from_the_claim(cast)
    objection = object_to(pushed(cast, version), cast, now=at(9, 28))
    assert (objection.due_at, objection.is_late) == (None, False)
    assert objection.asked.letter.facts["提出期限"] == "尚未起算"


# -- answer


def test_the_answer_reaches_the_objector_as_a_letter_and_meets_the_duty(cast, version):
    push = pushed(cast, version)
    endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    object_to(push, cast)
    objection = answer(fresh(push), cast, uploads=[upload("核实情况.pdf")])
    letter = objection.answer_letter
    assert (letter.kind, letter.number) == (LetterKind.OBJECTION_ANSWER, "儋审复〔2026〕1号")
    assert (letter.sender, letter.recipients.get().department) == (cast.approver, cast.competent)
    assert letter.facts["答复内容"] == ANSWER
    assert [file.purpose for file in letter.files.all()] == ["疑义答复附件"]
    duty = Duty.objects.get(key=f"answer_objection:push:{push.pk}")
    assert (duty.state, duty.closed_by) == (DutyState.MET, cast.handler)
    assert duty.events.get(kind="met").reason == letter.number
    asked = Recipient.objects.get(pk=objection.asked_id)
    assert (asked.answered_at, asked.answered_by) == (LATER + timedelta(hours=1), cast.handler)
    assert letter.recipients.get().duty is None  # an answer expects nothing
    assert Delivery.objects.filter(reference=f"recipient:{letter.recipients.get().pk}").count() == 1
    entry = LedgerEntry.objects.get(action="letter.answered")
    assert (entry.department, entry.actor, ANSWER in entry.payload) == (cast.approver, cast.handler, False)


@pytest.mark.parametrize("who", ["chief", "clerk", "supervisor", "reviewer_a", "stranger"])
def test_answering_requires_a_handler_of_the_approver(cast, version, who):
    push = pushed(cast, version)
    object_to(push, cast)
    with pytest.raises(NotPermitted):
        answer(fresh(push), cast, by=getattr(cast, who))
    assert Objection.objects.get().answer_letter is None


@pytest.mark.parametrize(
    ("text", "says"), [("", "答复内容"), ("由" * 1001, "1000字"), ("11010519491231002X", "身份证")]
)
def test_answering_rejects_what_cannot_stand_in_a_letter(cast, version, text, says):
    push = pushed(cast, version)
    object_to(push, cast)
    with pytest.raises(BadObjection, match=says) as refused:
        answer(fresh(push), cast, text=text)
    assert refused.value.field == "text"
    assert Duty.objects.get(key=f"answer_objection:push:{push.pk}").state == DutyState.OPEN


def test_answering_rejects_what_nobody_asked(cast, version):
    with pytest.raises(BadObjection, match="没有待答复的疑义"):
        answer(pushed(cast, version), cast)


def test_a_second_answer_is_stale_and_sends_nothing(cast, version):
    push = pushed(cast, version)
    object_to(push, cast)
    answer(fresh(push), cast)
    with pytest.raises(StaleState):
        answer(fresh(push), cast, text="另一份答复")
    assert Letter.objects.filter(kind=LetterKind.OBJECTION_ANSWER).count() == 1
    assert Objection.objects.get().answer == ANSWER


def test_a_late_answer_is_an_answer_and_a_lapse(cast, version):
    push = pushed(cast, version)
    object_to(push, cast)
    answer(fresh(push), cast, now=at(9, 30))
    duty = Duty.objects.get(key=f"answer_objection:push:{push.pk}")
    assert (duty.state, duty.is_late(at(9, 30))) == (DutyState.MET, True)
    assert LedgerEntry.objects.filter(action="duty.lapsed", case_number=push.case.number).exists()


def test_what_was_written_is_never_rewritten(cast, version):
    push = pushed(cast, version)
    object_to(push, cast)
    answer(fresh(push), cast)
    for change in ({"reason": "改"}, {"answer": "改"}, {"due_at": None}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Objection.objects.update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Objection.objects.all().delete()
