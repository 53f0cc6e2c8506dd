"""The editor's form of an item: what the panels alone cannot check."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from wagtail.admin.forms import WagtailAdminModelForm

from cms_pages.catalogue import freezing
from cms_pages.catalogue.models import LimitVersion


class ServiceItemForm(WagtailAdminModelForm):
    """Checks between the item and its rows."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        self._check_unique("supervisors", ("department", "kind"), "同一部门的同一职责只填一行")
        self._check_unique("joint_units", ("department", "valid_from"), "同一单位同一生效日期只填一行")
        self._check_unique("limits", ("kind", "valid_from"), "同一类时限同一生效日期只填一行")
        self._check_published_limits()
        joint = bool(list(self._rows("joint_units")))
        if joint and not cleaned.get("joint_approval"):
            self.add_error("joint_approval", "已填联合审批单位，请勾选“联合审批事项”，或删去这些单位。")
        transferred = cleaned.get("transferred_on") or cleaned.get("transfer_batch")
        if transferred and not cleaned.get("transferred"):
            self.add_error("transferred", "已填划转批次或日期，请勾选“划转事项”，或清空这些内容。")
        return cleaned

    def _rows(self, name: str) -> Iterator[Any]:
        """The filled-in, kept forms of a formset."""
        formset = self.formsets.get(name)
        if formset is None:
            return
        formset.is_valid()
        for form in formset.forms:
            data = getattr(form, "cleaned_data", None)
            if data and not data.get("DELETE") and (form.has_changed() or form.instance.pk):
                yield form

    def _check_unique(self, name: str, fields: tuple[str, ...], message: str) -> None:
        """Say in words which row is doubled; Django's own message names columns of the table."""
        seen: set[tuple[str, ...]] = set()
        for form in self._rows(name):
            key = tuple(str(form[field].value() or "") for field in fields)
            if key in seen:
                form.errors.pop(NON_FIELD_ERRORS, None)
                form.add_error(fields[0], message)
            seen.add(key)

    def _check_published_limits(self) -> None:
        """A limit that a published guide has named stays as it was: a change is a new row (5.2, 14)."""
        formset = self.formsets.get("limits")
        if formset is None or self.instance.pk is None:
            return
        published = published_limits(self.instance)
        formset.is_valid()
        for form in formset.forms:
            touched = form.has_changed() and form.instance.pk
            if touched and _key(LimitVersion.objects.get(pk=form.instance.pk)) in published:
                form.add_error(
                    None, "该时限已随办事指南发布，不能修改或删除；时限有变化时请新增一行并填写生效日期。"
                )


def published_limits(item: Any) -> set[tuple[str, str, str, str]]:
    """Kind, amount, unit and first day of every limit that a published version of the guide has named."""
    found = set()
    for snapshot in item.guide_versions.values_list("snapshot", flat=True):
        for kind, limit in snapshot["limits"].items():
            if limit:
                found.add((kind, limit["amount"], limit["unit"], limit.get("valid_from", "")))
    return found


def _key(row: LimitVersion) -> tuple[str, str, str, str]:
    return (row.kind, freezing.plain(row.amount), row.unit, row.valid_from.isoformat())
