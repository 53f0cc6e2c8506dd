"""What stands now, beside what the second of two people entered (R-30): every form that can be overtaken knows it."""

from decimal import Decimal

import pytest

from casework.approval import actions as approval
from casework.approval import queries as approval_queries
from casework.approval.forms import CirculateForm, DecisionBackForm, OpinionBackForm
from casework.core.outbox import endpoints
from casework.core.outbox.forms import ReasonForm
from casework.core.outbox.models import Endpoint
from casework.core.versions import Stands, VersionedForm
from casework.intake import actions as intake
from casework.intake.correction_forms import CorrectionForm, ResubmissionForm
from casework.intake.correction_models import CorrectionItem
from casework.intake.forms import MaterialsForm, RefuseForm, WithdrawForm
from casework.supervision import actions as supervision
from casework.supervision.forms import ObjectForm, RepushForm
from casework.supervision.models import ResultPush
from tests import steps
from tests.cast import NOW
from tests.core.outbox.letters import http_endpoint

pytestmark = pytest.mark.django_db


def leaves(base: type = VersionedForm) -> set[type]:
    """Every form that is used: those that no other form builds on."""
    below = base.__subclasses__()
    return set().union(*(leaves(each) for each in below)) if below else {base}


def test_every_versioned_form_says_what_stands() -> None:
    ours = {form for form in leaves() if form.__module__.startswith(("casework.", "portal."))}
    assert len(ours) >= 20
    assert {form.__name__ for form in ours if form.standing is VersionedForm.standing} == set()


def test_the_walk_sees_a_form_that_says_nothing() -> None:
    class Silent(VersionedForm):
        pass

    assert Silent in leaves()
    assert Silent.standing is VersionedForm.standing


def words(form: VersionedForm) -> dict[str, str]:
    return {name: stands.words for name, stands in form.standing().items()}


def test_at_the_window(cast, version) -> None:
    case = steps.received(cast, version)
    assert WithdrawForm(about=case).standing() == RefuseForm(about=case).standing() == {}
    files = MaterialsForm(about=case, rows=case.materials.all()).standing()
    assert files["material_1"] == Stands("申请书.pdf")
    refused = steps.received(cast, version)
    notice = intake.refuse_acceptance(refused, reasons="不属于职权", by=cast.clerk, now=NOW)
    assert RefuseForm(about=refused).standing() == {
        "reasons": Stands(f"已出具{notice}", str(cast.clerk), NOW)
    }
    intake.withdraw(case, reason="不办了", by=cast.clerk, now=NOW)
    assert words(WithdrawForm(about=case))["reason"].startswith("已出具终止办理告知书")


def test_of_a_correction(cast, version) -> None:
    case = steps.correcting(cast, version, other="补盖公章")
    form = CorrectionForm(about=case, materials=case.materials.all())
    assert words(form) == {"what_1": "请提交该材料。", "other": "补盖公章"}
    assert {stands.who for stands in form.standing().values()} == {str(cast.clerk)}
    items = list(CorrectionItem.objects.all())
    assert ResubmissionForm(about=case, items=items).standing() == {}
    form = ResubmissionForm(about=case, items=items)
    intake.add_materials(case, materials={1: [steps.pdf()]}, by=cast.clerk, now=NOW)
    intake.resubmit(case, settled=[items[1].pk], by=cast.clerk, now=NOW)
    assert words(form) == {f"item_{items[1].pk}": "已登记补正齐全"}


def test_in_the_approval_department(cast, version) -> None:
    case = steps.submitted(cast, version)
    departments = approval_queries.units_to_add(NOW)
    form = CirculateForm(case=case, departments=departments)
    assert form.standing() == {}
    added = approval.UnitRequest(department=cast.elsewhere, opinion_days=Decimal(2), reason="文物保护")
    approval.circulate(case, units=[*form.fixed, added], by=cast.handler, now=NOW)
    assert words(form) == {"unit_1": str(cast.elsewhere), "days_1": "2", "reason_1": "文物保护"}
    circulation = steps.drafted(cast, case, "a")
    assert OpinionBackForm(about=circulation).standing() == {}
    approval.send_back_opinion(circulation, reason="请补充条件", by=cast.leader_a, now=NOW)
    circulation.refresh_from_db()
    assert words(OpinionBackForm(about=circulation)) == {"reason": "请补充条件"}
    proposed = steps.proposed(cast, version)
    approval.send_back_decision(proposed, reason="请回应意见", by=cast.chief, now=NOW)
    assert words(DecisionBackForm(about=proposed)) == {"reason": "请回应意见"}


def test_at_the_supervisor_and_of_an_endpoint(cast, version) -> None:
    case = steps.closed(cast, version)
    push, back = (
        ResultPush.objects.get(case=case, department=one) for one in (cast.competent, cast.enforcement)
    )
    assert ObjectForm(about=push).standing() == {}
    supervision.object_to_result(push, reason="面积不符", uploads=[], by=cast.supervisor, now=NOW)
    assert ObjectForm(about=ResultPush.objects.get(pk=push.pk)).standing()["reason"].who == str(
        cast.supervisor
    )
    supervision.return_result(back, reason="不属于本单位", by=cast.enforcer, now=NOW)
    assert words(ObjectForm(about=ResultPush.objects.get(pk=back.pk))) == {"reason": "不属于本单位"}
    form = RepushForm(push=back, now=NOW)
    assert form.standing() == {}
    supervision.repush(back, department=cast.unit_a, by=cast.handler, now=NOW)
    assert form.standing() == {"department": Stands(str(cast.unit_a), str(cast.handler), NOW)}
    where = http_endpoint(cast.competent)
    assert ReasonForm(about=where).standing() == {}
    endpoints.pause(where, reason="对方检修", by=cast.sysadmin, now=NOW)
    paused = Endpoint.objects.get(pk=where.pk)
    assert ReasonForm(about=paused).standing() == {"reason": Stands("对方检修", str(cast.sysadmin), NOW)}
