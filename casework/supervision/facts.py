"""What the letter that carries a result says: facts by Chinese label, as they are shown and sent (9.1)."""

from typing import Any

from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.licences.models import Licence
from casework.core.subjects.models import CodeKind
from casework.supervision.rules import CLAUSE, validity

BASIS = "《儋州市行政审批与监管、执法协调联动实施办法（试行）》第九条第一项"


def result_facts(case: Case, decision: Any, licence: Licence | None) -> dict[str, str]:
    """Facts of the case, the decision and, when granted, the licence. No citizen number, no phone.

    A natural person's name is masked; only an organisation's code is named, in full.
    ``decision`` is None only for a case that was closed without one.
    """
    holder = case.applicant
    facts = {
        "办件编号": case.number,
        "事项名称": case.item.name,
        "事项编码": case.item.platform_item_code,
        "办理结果": case.get_result_display(),
        "行政相对人": holder.public_name,
    }
    if holder.code_kind == CodeKind.USCC:
        facts["统一社会信用代码"] = holder.code
    if licence is not None:
        facts |= {
            "证件名称": licence.name,
            "证件编号": licence.number,
            "许可范围": licence.scope,
            "有效期": validity(licence.valid_from, licence.valid_to),
        }
    if decision is not None:
        facts |= {"决定理由": decision.reasons, "决定依据": decision.basis}
    decided_on = timezone.localdate(case.decided_at) if case.decided_at else None
    approver = case.approver.acting_on(decided_on) if decided_on else case.approver
    facts |= {"审批部门": approver.name, "推送依据": f"{BASIS}（{CLAUSE}）"}
    return facts
