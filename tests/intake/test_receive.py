"""Receive an application, add materials, record checks (7.1)."""

import dataclasses
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from casework.core.access import NotPermitted
from casework.core.subjects.actions import BadSubject
from casework.core.transitions import StaleState
from casework.intake import actions
from casework.intake.models import CheckKind
from casework.models import Case, CaseState, Duty, LedgerEntry, Participation, StoredFile
from cms_pages.catalogue import freezing
from cms_pages.catalogue.codes import ItemState
from tests import steps
from tests.cast import at


def test_receipt_makes_a_numbered_case_with_its_checklist_files_and_clock(cast, version):
    case = steps.received(cast, version)
    assert case.state == CaseState.RECEIVED
    assert case.number == "4604002026090700001"
    assert len(case.query_code) == 8
    assert case.guide_version == version
    assert case.approver == cast.approver
    provided = list(case.materials.values_list("name", "provided"))
    assert provided == [("申请书", True), ("场所平面图", True), ("补充说明", False)]
    assert case.files.count() == 2
    duty = Duty.objects.get(key=f"accept:case:{case.pk}")
    assert (duty.holder, duty.clause, duty.due_at) == (cast.window, "7.1", at(9, 14, 17, 30))
    assert list(case.participations.values_list("department", "capacity")) == [
        (cast.window.pk, Participation.Capacity.WINDOW)
    ]
    entry = LedgerEntry.objects.get(action="intake.received")
    assert (entry.clause, entry.actor, entry.case_number) == ("7.1", cast.clerk, case.number)


def test_missing_materials_do_not_prevent_receipt(cast, version):
    case = steps.received(cast, version, materials={})
    assert not case.materials.filter(provided=True).exists()


def test_numbers_and_phones_are_encrypted_and_absent_from_the_ledger(cast, version):
    case = steps.received(cast, version, applicant=steps.PERSON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM casework_subject WHERE id = %s", [case.applicant_id])
        stored_code = cursor.fetchone()[0]
        cursor.execute("SELECT phone FROM casework_party WHERE case_id = %s", [case.pk])
        stored_phone = cursor.fetchone()[0]
        cursor.execute("SELECT query_code FROM casework_case WHERE id = %s", [case.pk])
        stored_query_code = cursor.fetchone()[0]
    assert steps.CITIZEN_ID not in stored_code
    assert steps.PHONE not in stored_phone
    assert case.query_code not in stored_query_code
    said = " ".join(LedgerEntry.objects.values_list("payload", flat=True))
    for secret in (steps.CITIZEN_ID, steps.PHONE, case.query_code, "示例王小明"):
        assert secret not in said


def test_the_same_number_is_the_same_subject(cast, version):
    first, second = steps.received(cast, version), steps.received(cast, version)
    assert first.applicant == second.applicant
    assert first.number != second.number


def test_receipt_requires_the_window_clerk_of_that_window(cast, version):
    for person in (cast.handler, cast.stranger, cast.evaluator):
        with pytest.raises(NotPermitted):
            steps.received(dataclasses.replace(cast, clerk=person), version)
    assert not Case.objects.exists()


def test_receipt_rejects_a_guide_with_gaps(cast, version):
    version.item.supervisors.all().delete()
    gappy = freezing.freeze(version.item, by=cast.editor, now=at(9, 7))
    with pytest.raises(actions.GuideClosed, match="监管部门"):
        steps.received(cast, gappy)


def test_receipt_rejects_a_guide_version_that_was_replaced(cast, version):
    version.item.result_name = "另一种证"
    version.item.save()
    freezing.freeze(version.item, by=cast.editor, now=at(9, 7))
    version.refresh_from_db()
    with pytest.raises(actions.GuideClosed, match="新版本"):
        steps.received(cast, version)


@pytest.mark.parametrize("state", [ItemState.SUSPENDED, ItemState.ABOLISHED])
def test_receipt_rejects_an_item_that_is_no_longer_in_use(cast, version, state):
    version.item.state = state
    version.item.save()
    with pytest.raises(actions.GuideClosed, match="暂停或取消"):
        steps.received(cast, version)


def test_receipt_rejects_a_wrong_number_and_keeps_nothing(cast, version):
    wrong = dataclasses.replace(steps.COMPANY, code="91110000802100433X")
    with pytest.raises(BadSubject) as refused:
        steps.received(cast, version, applicant=wrong)
    assert refused.value.field == "code"
    assert not Case.objects.exists()


def test_receipt_rejects_a_disguised_file_names_its_field_and_keeps_nothing(cast, version):
    bad = SimpleUploadedFile("申请书.pdf", b"MZ\x90\x00 not a pdf")
    with pytest.raises(actions.BadMaterial) as refused:
        steps.received(cast, version, materials={1: [steps.pdf()], 2: [bad]})
    assert refused.value.field == "material_2"
    assert not Case.objects.exists()
    assert not StoredFile.objects.exists()


def test_added_materials_complete_the_checklist(cast, version):
    case = steps.received(cast, version, materials={1: [steps.pdf()]})
    actions.add_materials(case, materials={2: [steps.pdf("图.pdf")]}, by=cast.clerk, now=at(9, 8))
    assert case.materials.get(position=2).provided
    assert LedgerEntry.objects.filter(action="intake.materials_added").count() == 1


def test_added_materials_reject_nothing_an_unknown_row_and_an_accepted_case(cast, version):
    case = steps.received(cast, version)
    with pytest.raises(actions.BadMaterial):
        actions.add_materials(case, materials={}, by=cast.clerk, now=at(9, 8))
    with pytest.raises(actions.BadMaterial):
        actions.add_materials(case, materials={9: [steps.pdf()]}, by=cast.clerk, now=at(9, 8))
    done = steps.accepted(cast, version)
    with pytest.raises(StaleState):
        actions.add_materials(done, materials={3: [steps.pdf()]}, by=cast.clerk, now=at(9, 8))
    with pytest.raises(NotPermitted):
        actions.add_materials(case, materials={3: [steps.pdf()]}, by=cast.stranger, now=at(9, 8))


def test_checks_keep_person_time_and_remark(cast, version):
    case = steps.received(cast, version)
    results = dict.fromkeys(CheckKind, (True, "")) | {CheckKind.FORM: (False, " 缺少签字 ")}
    actions.record_checks(case, results=results, by=cast.clerk, now=at(9, 8))
    row = case.checks.get(kind=CheckKind.FORM)
    assert (row.passed, row.remark, row.by, row.at) == (False, "缺少签字", cast.clerk, at(9, 8))
    assert case.checks.count() == 4
    entry = LedgerEntry.objects.get(action="intake.checked")
    assert json.loads(entry.payload)["results"]["form"] is False


def test_a_check_made_again_replaces_the_former_and_the_ledger_keeps_both(cast, version):
    case = steps.received(cast, version)
    for passed, remark in ((False, "缺少签字"), (True, "")):
        actions.record_checks(case, results={CheckKind.FORM: (passed, remark)}, by=cast.clerk, now=at(9, 8))
    assert case.checks.get().passed
    assert LedgerEntry.objects.filter(action="intake.checked").count() == 2


def test_checks_reject_silence_contradiction_strangers_and_accepted_cases(cast, version):
    case = steps.received(cast, version, materials={})
    with pytest.raises(actions.BadCheck) as refused:
        actions.record_checks(case, results={CheckKind.FORM: (False, "")}, by=cast.clerk, now=at(9, 8))
    assert refused.value.field == "form_remark"
    with pytest.raises(actions.BadCheck, match="场所平面图"):
        actions.record_checks(case, results={CheckKind.COMPLETENESS: (True, "")}, by=cast.clerk, now=at(9, 8))
    with pytest.raises(NotPermitted):
        actions.record_checks(case, results={CheckKind.FORM: (True, "")}, by=cast.stranger, now=at(9, 8))
    assert not case.checks.exists()
    done = steps.accepted(cast, version)
    with pytest.raises(StaleState):
        actions.record_checks(done, results={CheckKind.FORM: (False, "反悔")}, by=cast.clerk, now=at(9, 8))
