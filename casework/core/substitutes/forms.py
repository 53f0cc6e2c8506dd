"""Who stands in for whom, on which days, for what."""

from datetime import date
from typing import Any

from django import forms

from casework.core.access import ROLE_PERMISSIONS, Can
from casework.core.once import OnceForm
from casework.core.permissions import BASE
from portal.accounts.models import Department, Membership, User
from portal.accounts.substitutions import REASON_LENGTH, candidates


def permissions_of(person: User, day: date) -> list[Can]:
    """What the person may do by own roles on ``day``, beyond entering and reading; in the table's order."""
    roles = Membership.objects.valid_on(day).filter(user=person).values_list("role", flat=True)
    held: frozenset[Can] = frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
    return [permission for permission in Can if permission in held - BASE]


class SubstitutionForm(OnceForm):
    """A substitution of ``person``; the choices are colleagues of that day and what the person may do."""

    substitute = forms.ChoiceField(label="代理人", help_text="同一单位的在职人员")
    valid_from = forms.DateField(label="起始日期", widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label="终止日期", widget=forms.DateInput(attrs={"type": "date"}), help_text="含当日"
    )
    permissions = forms.MultipleChoiceField(
        label="代理的权限",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="不勾选即代理全部权限",
    )
    reason = forms.CharField(label="事由", max_length=REASON_LENGTH, help_text="如：公出、年休假、外出培训")

    def __init__(self, data: Any = None, *, person: User, day: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.day = day
        self.people: dict[str, tuple[User, Department]] = {}
        labels: dict[str, str] = {}
        for row in candidates(person, day):
            key = f"{row.department_id}:{row.user_id}"
            self.people[key] = (row.user, row.department)
            labels[key] = f"{row.department.label}　{row.user}"
        self.fields["substitute"].choices = [("", "请选择"), *labels.items()]  # type: ignore[attr-defined]
        chosen = [(name.value, name.label) for name in permissions_of(person, day)]
        self.fields["permissions"].choices = chosen  # type: ignore[attr-defined]
        self.fields["valid_from"].initial = day

    def asked(self) -> dict[str, Any]:
        """Arguments of the action. Call after ``is_valid``."""
        substitute, department = self.people[self.cleaned_data["substitute"]]
        said = {name: value for name, value in self.cleaned_data.items() if name != "once"}
        return {**said, "substitute": substitute, "department": department}
