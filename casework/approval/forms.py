"""What the approver and the units fill in (7.2, 7.3)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from casework.approval import queries, rules
from casework.approval.actions import UnitRequest, default_units
from casework.approval.models import Opinion, OpinionOutcome
from casework.core.cases.actions import lock
from casework.core.cases.models import Case, CaseResult
from casework.core.versions import Stands, VersionedForm

EXTRA_UNITS = 2  # rows for units beyond those that the item fixes
LONG_TEXT = 2000


class CirculateForm(VersionedForm):
    """The item's units are fixed; others may be added with days and a reason (7.2)."""

    def __init__(self, *args: Any, case: Case, departments: Any, **kwargs: Any) -> None:
        super().__init__(*args, about=case, **kwargs)
        now = timezone.now()
        self.fixed = default_units(case, now)
        taken = [queries.approver_today(case, now).pk, *(unit.department.pk for unit in self.fixed)]
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

    def standing(self) -> dict[str, Stands]:
        """The units that a colleague circulated to beyond those of the item."""
        fixed = {unit.department.pk for unit in self.fixed}
        rows = self.about.circulations.exclude(unit__in=fixed).select_related("unit").order_by("pk")
        found = {}
        for place, row in enumerate(rows[:EXTRA_UNITS], 1):
            found[f"unit_{place}"] = Stands(str(row.unit), "", row.sent_at)
            found[f"days_{place}"] = Stands(f"{row.opinion_days.normalize():f}", "", row.sent_at)
            found[f"reason_{place}"] = Stands(row.reason, "", row.sent_at)
        return found

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


class UnitForm(VersionedForm):
    """A form about one unit's opinion: its reader saw the state of case and circulation, and every draft."""

    def facts(self) -> Any:
        rows = self._drafts()
        return [
            self.about.case.state,
            self.about.state,
            [(row.version, row.sent_back_reason) for row in rows],
        ]

    def standing(self) -> dict[str, Stands]:
        """The newest draft, in the fields of the same names."""
        row = max(self._drafts(), key=lambda draft: draft.version, default=None)
        if row is None:
            return {}
        words = {"outcome": row.get_outcome_display(), "reasons": row.reasons, "basis": row.basis}
        return {name: Stands(text, row.drafter, row.drafted_at) for name, text in words.items()}

    def hold(self) -> None:
        """The case first, as the units' acts do."""
        lock(self.about.case)
        super().hold()

    def _drafts(self) -> Sequence[Opinion]:
        return sorted(self.about.opinions.all(), key=lambda draft: draft.version)


class OpinionForm(UnitForm):
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


def _send_back_reason() -> forms.CharField:
    return forms.CharField(
        label="退回修改意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明退回修改的意见。"},
    )


def _sent_back(versions: Iterable[Any]) -> dict[str, Stands]:
    """The reason of the newest version that went back; who and when say the words above the table."""
    reasons = [row.sent_back_reason for row in versions if row.sent_back_reason]
    return {"reason": Stands(reasons[-1])} if reasons else {}


class OpinionBackForm(UnitForm):
    """Why a unit's draft goes back."""

    reason = _send_back_reason()

    def standing(self) -> dict[str, Stands]:
        """Why it went back last."""
        return _sent_back(self._drafts())


class CaseDecisionForm(VersionedForm):
    """A form about the decision: its reader saw the case, its proposals, and the units' signed opinions."""

    def facts(self) -> Any:
        decisions = [(row.version, row.sent_back_reason) for row in self._decisions()]
        signed = Opinion.objects.filter(circulation__case=self.about, signed_at__isnull=False)
        return [self.about.state, decisions, list(signed.order_by("pk").values_list("pk", flat=True))]

    def standing(self) -> dict[str, Stands]:
        """The newest proposal, in the fields of the same names."""
        row = next(iter(self._decisions().reverse()), None)
        if row is None:
            return {}
        words = {
            "outcome": row.get_outcome_display(),
            "reasons": row.reasons,
            "basis": row.basis,
            "licence_name": row.licence_name,
            "scope": row.scope,
            "valid_years": str(row.valid_years or ""),
        }
        return {name: Stands(text, row.proposer, row.proposed_at) for name, text in words.items()}

    def _decisions(self) -> Any:
        return self.about.decisions.select_related("proposed_by", "proposed_for").order_by("version")


class DecisionBackForm(CaseDecisionForm):
    """Why a proposal goes back."""

    reason = _send_back_reason()

    def standing(self) -> dict[str, Stands]:
        """Why it went back last."""
        return _sent_back(self._decisions())


class DecisionForm(CaseDecisionForm):
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
