"""What is filled in to stop a clock, to ask for more time (行政许可法 42, 45) or to hand a duty on (7.2)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from casework.core.cases.actions import lock
from casework.core.clocks.changes import CAUSES_IN_WORDS
from casework.core.clocks.models import Duty, DutyEvent, DutyState, PauseCause
from casework.core.versions import Stands, VersionedForm
from portal.accounts.models import Department

LAW_45 = "《中华人民共和国行政许可法》第四十五条"
LAW_42 = "《中华人民共和国行政许可法》第四十二条"
TEXT = 300


class ClockForm(VersionedForm):
    """A form about a clock: its reader saw whether it runs, and what was asked for."""

    def facts(self) -> list[Any]:
        """The state and the requests; what the sweep notes meanwhile does not matter."""
        requests = self.about.extensions.order_by("id").values_list("id", "state")
        return [self.about.state, self.about.closed_at, list(requests)]

    @property
    def page_url(self) -> str:
        return reverse("casework:duty", args=[self.about.pk])

    def _last(self, kind: DutyEvent.Kind) -> DutyEvent | None:
        """The newest fact of that kind."""
        return self.about.events.filter(kind=kind).select_related("by").order_by("-id").first()


class PauseForm(ClockForm):
    """Why the clock stands still."""

    cause = forms.ChoiceField(
        label="法定情形",
        choices=PauseCause.choices,
        widget=forms.RadioSelect,
        help_text="现场踏勘不在其列，不停止计时",
        error_messages={"required": "请选择法定情形。", "invalid_choice": CAUSES_IN_WORDS},
    )
    reason = forms.CharField(
        label="说明",
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明由谁、何时、就什么进行；不要写入证件号码",
        error_messages={"required": "请填写说明。"},
    )
    basis = forms.CharField(
        label="依据", max_length=TEXT, initial=LAW_45, error_messages={"required": "请填写依据。"}
    )

    def standing(self) -> dict[str, Stands]:
        """The pause that holds now."""
        event = self._last(DutyEvent.Kind.PAUSED)
        if event is None or self.about.state != DutyState.PAUSED:
            return {}
        words = {"cause": event.get_cause_display(), "reason": event.reason, "basis": event.basis}
        return {name: Stands(str(text), str(event.by or ""), event.at) for name, text in words.items()}


class ExtensionForm(ClockForm):
    """How much more time, and why."""

    amount = forms.DecimalField(
        label="延长",
        min_value=Decimal("0.5"),
        decimal_places=1,
        error_messages={"required": "请填写延长的时限。"},
    )
    reason = forms.CharField(
        label="理由",
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="批准后写入告知申请人的文书；不要写入证件号码",
        error_messages={"required": "请填写理由。"},
    )
    basis = forms.CharField(
        label="依据", max_length=TEXT, initial=LAW_42, error_messages={"required": "请填写依据。"}
    )

    def __init__(self, *args: Any, unit: str, allowed: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = f"延长（{unit.removeprefix('个')}）"
        self.fields["amount"].help_text = f"最多{allowed.normalize():f}{unit}，只能延长一次"

    def standing(self) -> dict[str, Stands]:
        """The newest request."""
        asked = self.about.extensions.order_by("-id").first()
        if asked is None:
            return {}
        words = {"amount": f"{asked.amount.normalize():f}", "reason": asked.reason, "basis": asked.basis}
        return {name: Stands(text, asked.asker, asked.asked_at) for name, text in words.items()}


class ReassignForm(ClockForm):
    """Which department owes the duty from now on, and why. ``offered`` are those to choose from."""

    to = forms.ModelChoiceField(
        label="改派给",
        queryset=Department.objects.all(),  # the action says in words why one cannot be taken
        error_messages={"required": "请选择接收单位。", "invalid_choice": "没有这个单位，请重新选择。"},
    )
    reason = forms.CharField(
        label="改派理由",
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明职责依据；不要写入证件号码。改派不停止计时",
        error_messages={"required": "请填写改派理由。"},
    )

    def __init__(self, *args: Any, offered: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "请选择单位"), *((row.pk, str(row)) for row in offered)]
        self.fields["to"].widget.choices = choices  # type: ignore[attr-defined]

    def facts(self) -> list[Any]:
        """Who holds it, too."""
        return [*super().facts(), self.about.holder_id]

    def standing(self) -> dict[str, Stands]:
        """To whom it was handed last, and why."""
        event = self._last(DutyEvent.Kind.REASSIGNED)
        if event is None:
            return {}
        words = {"to": str(event.holder_after), "reason": event.reason}
        return {name: Stands(text, str(event.by or ""), event.at) for name, text in words.items()}

    def hold(self) -> None:
        """The case first, as the units' acts do."""
        lock(self.about.case)
        super().hold()


class RefusalForm(VersionedForm):
    """Why more time is refused; about the request (``Extension``)."""

    refusal = forms.CharField(
        label="不予批准的理由",
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明不予批准的理由。"},
    )

    def standing(self) -> dict[str, Stands]:
        """The refusal that was given."""
        about = self.about
        return {"refusal": Stands(about.refusal, about.decider, about.decided_at)} if about.refusal else {}

    def hold(self) -> None:
        """The clock first, as the acts on it do."""
        Duty.objects.select_for_update().get(pk=self.about.duty_id)
        super().hold()

    @property
    def page_url(self) -> str:
        return reverse("casework:duty", args=[self.about.duty_id])
