"""What can happen to a case of the demo city. Each act calls the product's own action as the person in charge."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from casework.approval import actions as approval
from casework.approval import reassigning, timing
from casework.approval.models import Opinion, OpinionOutcome
from casework.approval.timing_forms import LAW_42, LAW_45
from casework.core.cases.models import Case, CaseResult
from casework.core.clocks.models import Duty
from casework.core.letters import actions as letters
from casework.core.outbox import paper
from casework.core.rules_data.models import DutyKind
from casework.intake import actions as intake
from casework.intake.correction_forms import MISSING
from casework.intake.correction_models import CorrectionItem
from casework.intake.models import CheckKind
from casework.supervision import actions as supervision
from cms_pages.models import GuideVersion
from portal.demo.applicants import applicant
from portal.demo.papers import upload
from portal.demo.telling import Telling

REQUIRED = "1"
AGENT = intake.Agent(name="示例经办人", phone="00000000000")
CHECKS_PASSED = dict.fromkeys(CheckKind, (True, ""))
SIGNATURE = "申请书第2页补盖公章。（示例）"
MISSING_REMARK = "缺少必要材料，已告知申请人补正（示例）"
OPINIONS = {
    OpinionOutcome.AGREE: "经审查，申请符合本行业规定的条件，同意。（示例）",
    OpinionOutcome.CONDITIONAL: "同意，附条件：开业前完成整改并自行复核，留存记录备查。（示例）",
    OpinionOutcome.DISAGREE: "现场容量核定低于申请人数，安全条件不具备，不同意。（示例）",
}
GRANT_REASONS = "申请材料齐全，符合法定条件。（示例）"
CONDITIONAL_REASONS = "申请材料齐全，符合法定条件；联合审批单位所附条件已由申请人书面承诺落实。（示例）"
REFUSAL_REASONS = "申请事项不具备法定条件，理由已逐项告知申请人。（示例）"
DOUBT = "随函材料中的经营场所面积与现场核查不一致，请核实许可范围。（示例）"
EXPLANATION = "经核实，面积差异为公摊部分，不影响许可范围，以决定书载明的内容为准。（示例）"
VALID_YEARS = 5


def receive(told: Telling, now: datetime, completeness: str = "") -> None:
    """``missing`` leaves the last required material out."""
    story = told.story
    version = GuideVersion.objects.select_related("item").get(current=True, item__name=story.item)
    wanted = [row for row in version.rows("materials") if row["necessity"] == REQUIRED]
    given = wanted[:-1] if completeness == "missing" else wanted
    case = intake.receive(
        guide_version=version,
        applicant=applicant(story.kind, story.applicant, told.number),
        handling_kind=story.handling,
        summary=f"{story.summary}（示例）",
        address=f"示例镇示例路{told.number}号（示例）",
        agent=AGENT,
        materials={row["position"]: [upload(row["name"], story.applicant)] for row in given},
        window=told.city.window,
        by=told.clerk,
        now=now,
    )
    told.case_ids[told.number] = case.pk


def supplement(told: Telling, now: datetime) -> None:
    case = told.case
    row = case.materials.filter(provided=False, necessity=REQUIRED).order_by("position")[0]
    files = {row.position: [upload(row.name, told.story.applicant)]}
    intake.add_materials(case, materials=files, by=told.clerk, now=now)


def correct(told: Telling, now: datetime) -> None:
    case = told.case
    missing = case.materials.filter(provided=False, necessity=REQUIRED).values_list("position", flat=True)
    wants = dict.fromkeys(missing, MISSING)
    intake.request_correction(case, wants=wants, other=SIGNATURE, by=told.clerk, now=now)


def resubmit(told: Telling, now: datetime) -> None:
    left = CorrectionItem.objects.filter(correction__case=told.case, material=None).values_list(
        "pk", flat=True
    )
    intake.resubmit(told.case, settled=list(left), by=told.clerk, now=now)


def check_failed(told: Telling, now: datetime) -> None:
    results = {**CHECKS_PASSED, CheckKind.COMPLETENESS: (False, MISSING_REMARK)}
    intake.record_checks(told.case, results=results, by=told.clerk, now=now)


def accept(told: Telling, now: datetime) -> None:
    case = told.case
    intake.record_checks(case, results=CHECKS_PASSED, by=told.clerk, now=now)
    intake.accept(case, by=told.clerk, now=now)


def refuse_acceptance(told: Telling, now: datetime) -> None:
    reasons = "申请事项依法不属于本行政机关职权范围，请向有关行政机关申请。（示例）"
    intake.refuse_acceptance(told.case, reasons=reasons, by=told.clerk, now=now)


def submit(told: Telling, now: datetime) -> None:
    intake.submit(told.case, by=told.clerk, now=now)


def circulate(told: Telling, now: datetime) -> None:
    approval.circulate(told.case, by=told.handler, now=now)


def reassign(told: Telling, now: datetime, code: str, target: str) -> None:
    duty = Duty.objects.get(case_id=told.case_ids[told.number], kind=DutyKind.OPINION, holder__code=code)
    reason = "拟挖掘路段属公路，占道施工的交通组织由该单位审查。（示例）"
    to = told.city.departments[target]
    reassigning.reassign(duty, to=to, reason=reason, by=told.of("unitleader", code), now=now)


def draft(told: Telling, now: datetime, code: str, outcome: str) -> None:
    approval.draft_opinion(
        told.circulation(code),
        outcome=outcome,
        reasons=OPINIONS[OpinionOutcome(outcome)],
        basis=told.basis(),
        by=told.of("reviewer", code),
        now=now,
    )


def sign(told: Telling, now: datetime, code: str) -> None:
    approval.sign_opinion(told.circulation(code), by=told.of("unitleader", code), now=now)


def return_opinion(told: Telling, now: datetime, code: str) -> None:
    reason = "请补充所附条件后重新报签。（示例）"
    approval.send_back_opinion(told.circulation(code), reason=reason, by=told.of("unitleader", code), now=now)


def propose(told: Telling, now: datetime, outcome: str) -> None:
    case, granted = told.case, outcome == CaseResult.GRANTED
    approval.propose_decision(
        case,
        outcome=outcome,
        reasons=_reasons(case) if granted else REFUSAL_REASONS,
        basis=told.basis(),
        licence_name=case.item.result_name if granted else "",
        scope=f"{told.story.summary}（示例）" if granted else "",
        valid_years=VALID_YEARS if granted else None,
        by=told.handler,
        now=now,
    )


def _reasons(case: Case) -> str:
    """Reasons of a grant: conditions of the units are answered."""
    signed = Opinion.objects.filter(circulation__case=case, signed_at__isnull=False)
    conditional = signed.filter(outcome=OpinionOutcome.CONDITIONAL).exists()
    return CONDITIONAL_REASONS if conditional else GRANT_REASONS


def approve(told: Telling, now: datetime) -> None:
    approval.approve_decision(told.case, by=told.city.people["leader1"], now=now)


def return_proposal(told: Telling, now: datetime) -> None:
    reason = "请在理由中逐项回应联合审批单位意见。（示例）"
    approval.send_back_decision(told.case, reason=reason, by=told.city.people["leader1"], now=now)


def issue(told: Telling, now: datetime) -> None:
    intake.issue_and_close(told.case, by=told.clerk, now=now)


def open_push(told: Telling, now: datetime, code: str) -> None:
    supervision.open_result(told.push(code), by=told.of("supervisor", code), now=now)


def claim(told: Telling, now: datetime, code: str) -> None:
    """Nobody claims unread: the first look is noted, too."""
    open_push(told, now, code)
    supervision.claim_result(told.push(code), by=told.of("supervisor", code), now=now)


def give_back(told: Telling, now: datetime, code: str) -> None:
    open_push(told, now, code)
    reason = "该事项的执法职责未划转本单位，请改推承担相应职责的部门。（示例）"
    supervision.return_result(told.push(code), reason=reason, by=told.of("supervisor", code), now=now)


def object_to(told: Telling, now: datetime, code: str) -> None:
    push, by = told.push(code), told.of("supervisor", code)
    supervision.object_to_result(push, reason=DOUBT, uploads=[_photo(told)], by=by, now=now)


def _photo(told: Telling) -> SimpleUploadedFile:
    return upload("现场核查照片", told.story.applicant)


def answer(told: Telling, now: datetime, code: str) -> None:
    """Nobody answers unread: the handler opens the objection's letter first."""
    push = told.push(code)
    letters.open_letter(push.recipient.objection.asked, by=told.handler, now=now)
    supervision.answer_objection(push, text=EXPLANATION, by=told.handler, now=now)


def repush(told: Telling, now: datetime, code: str, target: str) -> None:
    department = told.city.departments[target]
    supervision.repush(told.push(code), department=department, by=told.handler, now=now)


def register(told: Telling, now: datetime, code: str) -> None:
    officer = told.of("supervisor", code)
    activity = f"{told.story.item}：{told.story.summary}（示例）"
    supervision.register_holder(told.push(code), activity=activity, officer=officer, by=officer, now=now)


def withdraw(told: Telling, now: datetime) -> None:
    reason = "经营计划调整，申请人书面撤回申请。（示例）"
    intake.withdraw(told.case, reason=reason, by=told.clerk, now=now)


def pause(told: Telling, now: datetime, cause: str) -> None:
    reason = "组织专家对储存设施进行评审，评审结论作出后恢复。（示例）"
    timing.pause(told.decision_duty, cause=cause, reason=reason, basis=LAW_45, by=told.handler, now=now)


def ask_extension(told: Telling, now: datetime, amount: str) -> None:
    reason = "管线交叉情况复杂，需要补充论证。（示例）"
    timing.ask_extension(
        told.decision_duty, amount=Decimal(amount), reason=reason, basis=LAW_42, by=told.handler, now=now
    )


def hand_over(told: Telling, now: datetime, code: str) -> None:
    """The letter went over the counter an hour before it was recorded."""
    paper.hand_over(
        told.push(code).recipient,
        receiver="示例签收人",
        handed_at=now - timedelta(hours=1),
        receipt=upload("函件签收单", told.story.applicant),
        by=told.clerk,
        now=now,
    )


ACTS: Mapping[str, Callable[..., None]] = {
    "receive": receive,
    "supplement": supplement,
    "check_failed": check_failed,
    "correct": correct,
    "resubmit": resubmit,
    "accept": accept,
    "refuse_acceptance": refuse_acceptance,
    "submit": submit,
    "circulate": circulate,
    "reassign": reassign,
    "draft": draft,
    "sign": sign,
    "return_opinion": return_opinion,
    "propose": propose,
    "approve": approve,
    "return_proposal": return_proposal,
    "issue": issue,
    "open": open_push,
    "claim": claim,
    "return": give_back,
    "object": object_to,
    "answer": answer,
    "repush": repush,
    "register": register,
    "withdraw": withdraw,
    "pause": pause,
    "ask_extension": ask_extension,
    "paper": hand_over,
}
