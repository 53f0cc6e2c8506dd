"""What is filled in to tell the applicant what to correct, and to record that it was done (7.1; 行政许可法 32)."""

from collections.abc import Iterable
from typing import Any

from django import forms

from casework.core.versions import Stands, VersionedForm
from casework.intake.correction_models import CorrectionItem, CorrectionRequest
from casework.intake.forms import NECESSITIES
from casework.intake.models import SubmittedMaterial
from casework.intake.rules import MAX_ITEM, REQUIRED

MISSING = "请提交该材料。"


class CorrectionForm(VersionedForm):
    """One line per material, empty where nothing is wanted, and the rest one thing a line."""

    def __init__(
        self, *args: Any, materials: Iterable[SubmittedMaterial], failed: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for row in materials:
            state = "已提交" if row.provided else "尚未提交"
            wanted = row.necessity == REQUIRED and not row.provided
            self.fields[f"what_{row.position}"] = forms.CharField(
                label=row.name,
                max_length=MAX_ITEM,
                required=False,
                initial=MISSING if wanted else "",
                help_text=f"{NECESSITIES.get(row.necessity, '')}；{state}；不需要补正的留空",
            )
        self.fields["other"] = forms.CharField(
            label="其他需要补正的内容",
            max_length=2000,
            required=False,
            initial="\n".join(failed),
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="每行一项；写入补正告知书，不要写入证件号码",
        )

    def facts(self) -> Any:
        """The state, what was handed in, and the checks: the notice must name everything."""
        given = self.about.materials.order_by("position").values_list("position", "provided")
        checks = self.about.checks.order_by("kind").values_list("kind", "passed", "remark")
        return [self.about.state, list(given), list(checks)]

    def standing(self) -> dict[str, Stands]:
        """What a colleague told the applicant."""
        found = (
            CorrectionRequest.objects.select_related("asked_by", "asked_for").filter(case=self.about).first()
        )
        if found is None:
            return {}
        items = list(found.items.select_related("material"))
        words = {f"what_{item.material.position}": item.what for item in items if item.material}
        words["other"] = "\n".join(item.what for item in items if item.material is None)
        return {name: Stands(text, found.asker, found.asked_at) for name, text in words.items()}

    def wants(self) -> dict[int, str]:
        """Position of each material that a valid form names → what is wanted."""
        prefix = "what_"
        return {
            int(name.removeprefix(prefix)): text
            for name, text in self.cleaned_data.items()
            if name.startswith(prefix) and text
        }


class ResubmissionForm(VersionedForm):
    """Everything is corrected. What no material stands for is ticked off one by one."""

    def __init__(self, *args: Any, items: Iterable[CorrectionItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in items:
            if item.material_id is None and item.met_at is None:
                self.fields[f"item_{item.pk}"] = forms.BooleanField(label=item.what, required=False)

    def facts(self) -> Any:
        """The state, and what was met so far."""
        items = CorrectionItem.objects.filter(correction__case=self.about).order_by("pk")
        return [self.about.state, list(items.values_list("pk", "met_at"))]

    def standing(self) -> dict[str, Stands]:
        """When a colleague found it settled."""
        found = CorrectionRequest.objects.select_related("resubmitted_by").filter(case=self.about).first()
        if found is None or found.resubmitted_at is None:
            return {}
        stands = Stands("已登记补正齐全", str(found.resubmitted_by), found.resubmitted_at)
        return {name: stands for name in self.fields if name.startswith("item_")}

    def settled(self) -> list[int]:
        """Ids of the items that a valid form ticks off."""
        prefix = "item_"
        return [
            int(name.removeprefix(prefix))
            for name, done in self.cleaned_data.items()
            if name.startswith(prefix) and done
        ]
