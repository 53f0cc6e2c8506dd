"""Posting the editor's forms, as the browser would."""

from typing import Any

from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from cms_pages.models import GuidePage, ServiceItem
from tests.cast import Cast

FORMSETS = ("supervisors", "limits", "bases", "materials", "joint_units")


def item_form(item: ServiceItem, **changes: Any) -> dict[str, Any]:
    """The form of ``item`` with its own fields as they stand and empty rows; ``changes`` by field or formset."""
    fields = {
        "name": item.name,
        "main_item": item.main_item,
        "platform_item_code": item.platform_item_code,
        "basic_code": item.basic_code,
        "item_type": item.item_type,
        "state": item.state,
        "area_code": item.area_code,
        "org_code": item.org_code,
        "department": str(item.department_id),
        "approval_department": str(item.approval_department_id or ""),
        "boundary_basis": item.boundary_basis,
        "result_name": item.result_name,
        "service_object": item.service_object,
        "transfer_batch": "",
        "transferred_on": "",
        "transferred_from": "",
        "transfer_basis": "",
        "joint_reason": item.joint_reason,
    }
    for name in FORMSETS:
        stored = getattr(item, name).count()
        fields[name] = inline_formset(changes.pop(name, []), initial=stored)
    return nested_form_data(fields | changes)


def complete_rows(cast: Cast) -> dict[str, Any]:
    """What an editor fills in to complete a bare item for the main job."""
    return {
        "approval_department": str(cast.approver.pk),
        "boundary_basis": "示例职责分工办法",
        "result_name": "示例许可证",
        "joint_approval": "on",
        "joint_reason": "涉及消防与环保专业审查",
        "supervisors": [
            {"department": str(cast.competent.pk), "kind": "competent"},
            {"department": str(cast.enforcement.pk), "kind": "enforcement"},
        ],
        "limits": [
            limit_row("statutory", "20"),
            limit_row("promised", "8"),
        ],
        "bases": [{"law": "《示例法》", "article": "第一条", "text": ""}],
        "materials": [
            {"name": "申请书", "necessity": "1", "source": "10", "form": "原件", "copies": "1", "note": ""}
        ],
        "joint_units": [unit_row(cast.unit_a.pk, "3"), unit_row(cast.unit_b.pk, "2")],
    }


def limit_row(kind: str, amount: str, valid_from: str = "2022-09-25", **more: str) -> dict[str, str]:
    return {
        "kind": kind,
        "amount": amount,
        "unit": "workday",
        "extension": "0",
        "basis": "",
        "source": "law",
        "valid_from": valid_from,
    } | more


def unit_row(department: int, days: str) -> dict[str, str]:
    return {
        "department": str(department),
        "opinion_days": days,
        "reason": "审查消防安全条件",
        "valid_from": "2022-09-25",
        "valid_to": "",
    }


def save_item(client: Client, item: ServiceItem, data: dict[str, Any]) -> Any:
    return client.post(reverse("wagtailsnippets_cms_pages_serviceitem:edit", args=[item.pk]), data)


def save_guide(client: Client, page: GuidePage, *, publish: bool, **changes: Any) -> Any:
    """Post the guide's editor, as a draft or to be published."""
    fields = {
        "title": page.title,
        "slug": page.slug,
        "item": str(page.item_id),
        "summary": "",
        "conditions": rich_text("<p>有固定的经营场所</p>"),
        "steps": streamfield([("step", {"title": "受理", "note": "窗口当场核对"})]),
        "places": "综合窗口",
        "hours": "",
        "phones": "",
        "fees": "不收费",
        "visits": "1",
        "faq": streamfield([]),
        "checked_on": "",
        "review_by": "",
        "seo_title": "",
        "search_description": "",
        "go_live_at": "",
        "expire_at": "",
        "comments": inline_formset([]),
    } | changes
    if publish:
        fields["action-publish"] = "action-publish"
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), nested_form_data(fields))
