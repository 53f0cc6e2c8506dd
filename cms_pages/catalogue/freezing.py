"""Freezing: what a guide says on the day it is published becomes an immutable version (5.5).

A case points at the version it began with, so a later change of the item never rewrites a running case.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from cms_pages.catalogue.codes import ItemState
from cms_pages.catalogue.models import GuideVersion, JointUnit, LimitVersion, ServiceItem
from portal.accounts.models import Department, User

SYSTEM = "系统"
GAP_LIMIT = "办理时限"
GAP_BASIS = "设定依据"
GAP_MATERIALS = "申请材料"
GAP_SUPERVISORS = "监管部门"
GAP_APPROVER = "审批部门"
GAP_JOINT_UNITS = "联合审批单位"
GAP_IN_USE = "在用状态"


def plain(amount: Decimal) -> str:
    """A decimal as text without trailing noughts: ``20``, ``0.5``."""
    return f"{amount.normalize():f}"


def snapshot_of(item: ServiceItem, on: date) -> dict[str, Any]:
    """What the guide of ``item`` says on day ``on``: JSON-ready, amounts as text, absent limits as None."""
    return {
        "item": _item(item),
        "limits": {kind: _limit(item.limit_on(kind, on)) for kind in LimitVersion.Kind.values},
        "bases": [
            {"law": row.law, "article": row.article, "text": row.text} for row in _by_pk(item.bases.all())
        ],
        "materials": [
            {
                "position": position,
                "name": row.name,
                "necessity": row.necessity,
                "source": row.source,
                "form": row.form,
                "copies": row.copies,
                "note": row.note,
            }
            for position, row in enumerate(_by_pk(item.materials.all()), start=1)
        ],
        "joint_units": [
            {
                "department_id": row.department_id,
                "name": row.department.name,
                "opinion_days": plain(row.opinion_days),
                "reason": row.reason,
            }
            for row in _by_pk(item.joint_units.all())
            if _in_force(row, on)
        ],
        "supervisors": [
            {"department_id": row.department_id, "name": row.department.name, "kind": row.kind}
            for row in _by_pk(item.supervisors.all())
        ],
    }


def gaps_of(snapshot: dict[str, Any]) -> list[str]:
    """Chinese names of what is missing before applications may be taken; empty when nothing is.

    The promised limit is the one that the decision duty runs on (7.3); the statutory one may be absent,
    since not every law names one.
    """
    item = snapshot["item"]
    wanted = (
        (GAP_LIMIT, snapshot["limits"]["promised"]),
        (GAP_BASIS, snapshot["bases"]),
        (GAP_MATERIALS, snapshot["materials"]),
        (GAP_SUPERVISORS, snapshot["supervisors"]),
        (GAP_APPROVER, item["approval_department"]),
        (GAP_JOINT_UNITS, snapshot["joint_units"] or not item["joint_approval"]),
        (GAP_IN_USE, item["state"] == ItemState.IN_USE),
    )
    return [name for name, there in wanted if not there]


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON of ``snapshot``."""
    text = json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(item: ServiceItem, *, by: User | None, now: datetime) -> GuideVersion:
    """The current version of the guide of ``item``; a new one only when its content has changed (5.5).

    The item's row is locked meanwhile, so that two editors who publish at once make one version, not two.
    """
    with transaction.atomic():
        locked = ServiceItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
        snapshot = snapshot_of(locked, timezone.localdate(now))
        digest = digest_of(snapshot)
        newest = locked.guide_versions.order_by("-version").first()
        if newest is not None and newest.sha256 == digest and newest.current:
            return newest
        locked.guide_versions.filter(current=True).update(current=False)
        return GuideVersion.objects.create(
            item=locked,
            version=newest.version + 1 if newest else 1,
            snapshot=snapshot,
            sha256=digest,
            gaps=gaps_of(snapshot),
            published_at=now,
            published_by=str(by) if by else SYSTEM,
        )


def close(item: ServiceItem) -> None:
    """The item has no current version any more: no applications, until its guide is published again (5.5)."""
    item.guide_versions.filter(current=True).update(current=False)


def _item(item: ServiceItem) -> dict[str, Any]:
    return {
        "name": item.name,
        "main_item": item.main_item,
        "platform_item_code": item.platform_item_code,
        "basic_code": item.basic_code,
        "item_type": item.item_type,
        "state": item.state,
        "result_name": item.result_name,
        "service_object": item.service_object,
        "department": _department(item.department),
        "approval_department": _department(item.approval_department),
        "boundary_basis": item.boundary_basis,
        "transferred": item.transferred,
        "transfer_batch": item.transfer_batch,
        "transferred_on": item.transferred_on.isoformat() if item.transferred_on else "",
        "transferred_from": _department(item.transferred_from),
        "transfer_basis": item.transfer_basis,
        "joint_approval": item.joint_approval,
        "joint_reason": item.joint_reason,
        "site_inspection": item.site_inspection,
    }


def _department(department: Department | None) -> dict[str, Any] | None:
    if department is None:
        return None
    return {"id": department.pk, "code": department.code, "name": department.name}


def _limit(row: LimitVersion | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "amount": plain(row.amount),
        "unit": row.unit,
        "extension": plain(row.extension),
        "basis": row.basis,
        "source": row.source,
        "valid_from": row.valid_from.isoformat(),
    }


def _in_force(row: JointUnit, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or row.valid_to >= on)


def _by_pk(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.pk or 0)
