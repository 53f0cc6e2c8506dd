"""Pushing the result when a case is closed (9.1)."""

import json
from datetime import date, timedelta

import pytest
from django.db import transaction

from casework.core.cases.models import Participation
from casework.core.clocks.models import Duty, DutyState
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.models import Letter, LetterKind, Recipient
from casework.core.outbox.models import Channel, Delivery, Endpoint
from casework.models import PushState, ResultPush
from casework.supervision import actions
from tests.cast import NOW, department
from tests.supervision.world import Closed, closed_case, pushed, stored_file, supervised_by

pytestmark = pytest.mark.django_db


def test_it_sends_one_letter_to_every_supervisor(cast, version):
    case = closed_case(cast, version)
    made = actions.push_result(Closed(case, NOW, cast.clerk))
    letter = Letter.objects.get(kind=LetterKind.RESULT)
    assert letter.sender == cast.window
    assert [push.department for push in made] == [cast.competent, cast.enforcement]
    assert {push.recipient.letter_id for push in made} == {letter.pk}
    assert {push.state for push in made} == {PushState.DELIVERED}
    assert set(letter.recipients.values_list("delivered_at", flat=True)) == {NOW}


def test_a_department_with_both_duties_gets_one_push(cast, version):
    rows = version.rows("supervisors")
    twice = {"department_id": cast.competent.pk, "name": cast.competent.name, "kind": "enforcement"}
    pushed(cast, supervised_by(version, [*rows, twice]))
    assert ResultPush.objects.filter(department=cast.competent).count() == 1


def test_a_department_that_ended_is_replaced_by_its_successor(cast, version):
    heir = department("heir", "示例市承接局", cast.competent.kind)
    cast.enforcement.valid_to, cast.enforcement.successor = date(2026, 8, 31), heir
    cast.enforcement.save()
    made = actions.push_result(Closed(closed_case(cast, version), NOW, cast.clerk))
    assert [push.department for push in made] == [cast.competent, heir]


def test_the_delivery_meets_the_push_duty_and_starts_a_claim_duty_for_each(cast, version):
    push = pushed(cast, version)
    window = Duty.objects.get(key=f"push:case:{push.case_id}")
    assert (window.holder, window.state, window.started_at) == (cast.window, DutyState.MET, NOW)
    claims = Duty.objects.filter(kind="claim")
    assert {duty.key for duty in claims} == {f"claim:push:{row.pk}" for row in ResultPush.objects.all()}
    assert {duty.due_at.date() for duty in claims} == {(NOW + timedelta(days=1)).date()}


def test_the_push_clock_runs_from_the_close_not_from_the_push(cast, version):
    case = closed_case(cast, version)
    actions.push_result(Closed(case, NOW + timedelta(days=3), cast.clerk))
    duty = Duty.objects.get(key=f"push:case:{case.pk}")
    assert duty.started_at == NOW
    assert duty.is_late(NOW)


def test_supervisors_take_part_in_the_case(cast, version):
    push = pushed(cast, version)
    found = Participation.objects.filter(case=push.case, capacity=Participation.Capacity.SUPERVISOR)
    assert {row.department for row in found} == {cast.competent, cast.enforcement}


def test_the_letter_says_what_was_decided_and_carries_the_materials_only(cast, version):
    case = closed_case(cast, version)
    stored_file(case, cast.approver, cast, name="内部审查意见.pdf")
    actions.push_result(Closed(case, NOW, cast.clerk))
    letter = Letter.objects.get(kind=LetterKind.RESULT)
    facts = letter.facts
    assert facts["办件编号"] == case.number
    assert facts["办理结果"] == "准予许可"
    assert facts["证件编号"] == case.licence.number
    assert facts["许可范围"] == "食品销售（示例）"
    assert facts["有效期"] == "2026年9月7日至2031年9月7日"
    assert facts["决定理由"] == "符合规定的条件、标准"
    assert facts["统一社会信用代码"] == case.applicant.code
    assert "第九条第一项" in facts["推送依据"]
    assert [file.name for file in letter.files.all()] == ["申请书.pdf"]


def test_a_natural_person_is_masked_and_no_number_leaves(cast, version):
    push = pushed(cast, version, person=True)
    letter = push.recipient.letter
    said = json.dumps(letter.facts, ensure_ascii=False) + letter.title
    assert "王示例" not in said
    assert letter.facts["行政相对人"].startswith("王*")
    assert push.case.applicant.code not in said
    assert "统一社会信用代码" not in letter.facts


def test_a_refusal_is_pushed_without_licence(cast, version):
    push = pushed(cast, version, granted=False)
    assert push.recipient.letter.facts["办理结果"] == "不予许可"
    assert "证件编号" not in push.recipient.letter.facts
    assert Duty.objects.filter(key=f"claim:push:{push.pk}").exists()


def test_it_owes_a_delivery_to_every_address_of_a_supervisor(cast, version):
    Endpoint.objects.create(department=cast.competent, channel=Channel.OA_MAIL, address="oa@example.test")
    pushed(cast, version)
    delivery = Delivery.objects.get()
    assert delivery.address == "oa@example.test"
    assert "示例食品经营许可证" in delivery.body


def test_it_writes_the_ledger(cast, version):
    push = pushed(cast, version)
    said = LedgerEntry.objects.filter(case_number=push.case.number)
    assert said.filter(action="letter.sent").count() == 1
    entries = said.filter(action="supervision.pushed")
    assert {entry.department for entry in entries} == {cast.competent, cast.enforcement}
    assert {entry.clause for entry in entries} == {"9.1"}
    assert push.case.applicant_name not in "".join(said.values_list("payload", flat=True))


def test_it_rejects_a_guide_without_supervisors_and_leaves_nothing(cast, version):
    case = closed_case(cast, supervised_by(version, []))
    with pytest.raises(actions.NoSupervisor, match="监管部门"), transaction.atomic():
        actions.push_result(Closed(case, NOW, cast.clerk))
    assert not Recipient.objects.exists()
    assert not Duty.objects.filter(case=case).exists()
