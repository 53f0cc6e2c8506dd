"""What the approver and the units fill in (7.2, 7.3)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from casework.approval import rules
from casework.approval.actions import UnitRequest, default_units
from casework.approval.models import OpinionOutcome
from casework.core.cases.models import Case, CaseResult

EXTRA_UNITS = 2  # rows for units beyond those that the item fixes
LONG_TEXT = 2000


class CirculateForm(forms.Form):
    """The item's units are fixed; others may be added with days and a reason (7.2)."""

    def __init__(self, *args: Any, case: Case, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fixed = default_units(case, timezone.now())
        taken = [case.approver_id, *(unit.department.pk for unit in self.fixed)]
        for place in range(1, EXTRA_UNITS + 1):
            self.fields[f"unit_{place}"] = forms.ModelChoiceField(
                label=f"增加单位{place}",
                queryset=departments.exclude(pk__in=taken),
                required=False,
                empty_label="不增加",
            )
            self.fields[f"days_{place}"] = forms.DecimalField(
                label=f"增加单位{place}的意见时限（工作日）",
                required=False,
                initial=Decimal(3),
                min_value=rules.MIN_DAYS,
                max_value=rules.MAX_DAYS,
                decimal_places=1,
                widget=forms.NumberInput(attrs={"step": "0.5"}),
            )
            self.fields[f"reason_{place}"] = forms.CharField(
                label=f"增加单位{place}的会办内容", max_length=300, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for place in range(1, EXTRA_UNITS + 1):
            if not cleaned.get(f"unit_{place}"):
                continue
            if not cleaned.get(f"reason_{place}", "").strip():
                self.add_error(f"reason_{place}", "增加联合审批单位的，请说明会办内容。")
            if cleaned.get(f"days_{place}") is None and f"days_{place}" not in self.errors:
                self.add_error(f"days_{place}", "请填写意见时限。")
        return cleaned

    def units(self) -> list[UnitRequest]:
        """The item's units and those that a valid form adds."""
        data = self.cleaned_data
        added = [
            UnitRequest(
                department=data[f"unit_{place}"],
                opinion_days=data[f"days_{place}"],
                reason=data[f"reason_{place}"],
            )
            for place in range(1, EXTRA_UNITS + 1)
            if data[f"unit_{place}"]
        ]
        return [*self.fixed, *added]


class OpinionForm(forms.Form):
    """A unit's opinion as the reviewer drafts it."""

    outcome = forms.ChoiceField(
        label="意见",
        choices=OpinionOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择意见：同意、附条件同意或不同意。"},
    )
    reasons = forms.CharField(
        label="理由",
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="附条件同意的，请写明所附条件；不要写入证件号码",
        error_messages={"required": "请写明理由。"},
    )
    basis = forms.CharField(
        label="法律依据",
        max_length=300,
        help_text="如：《中华人民共和国消防法》第十五条",
        error_messages={"required": "请写明法律依据。"},
    )


class SignForm(forms.Form):
    """Which version the leader saw and signs."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class SendBackForm(SignForm):
    """Why a draft or a proposal goes back."""

    reason = forms.CharField(
        label="退回修改意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明退回修改的意见。"},
    )


class DecisionForm(forms.Form):
    """The decision as the handler proposes it. Licence fields count for a grant only."""

    outcome = forms.ChoiceField(
        label="决定",
        choices=CaseResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择决定：准予许可或不予许可。"},
    )
    reasons = forms.CharField(
        label="理由",
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写入决定书；联合审批单位附有条件的，请说明条件如何落实",
        error_messages={"required": "请写明理由。联合审批单位附有条件的，请说明条件如何落实。"},
    )
    basis = forms.CharField(label="法律依据", max_length=300, error_messages={"required": "请写明法律依据。"})
    licence_name = forms.CharField(label="证件名称（准予时）", max_length=200, required=False)
    scope = forms.CharField(
        label="许可范围（准予时）",
        max_length=LONG_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    valid_years = forms.IntegerField(
        label="有效期（年，准予时）",
        required=False,
        min_value=1,
        max_value=rules.MAX_YEARS,
        help_text="留空为长期有效",
    )
