"""Filters of the desk's lists: they live in the address, so that a list can be shared and reloaded."""

from django import forms

from casework.core.cases.models import CaseState
from casework.desk.labels import ACTIONS


class CaseFilter(forms.Form):
    """Which cases to list."""

    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *CaseState.choices])
    q = forms.CharField(
        label="办件编号或申请人",
        required=False,
        max_length=60,
        help_text="输入开头几个字符",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class LedgerFilter(forms.Form):
    """Which ledger entries to list."""

    action = forms.ChoiceField(
        label="行为",
        required=False,
        choices=[("", "全部行为"), *((code, label) for code, (label, _) in ACTIONS.items())],
    )
    case = forms.CharField(label="办件编号", required=False, max_length=30, help_text="输入开头几个字符")


def wanted(form: forms.Form, name: str) -> str:
    """The value of a filter; empty when it was left out or makes no sense."""
    form.is_valid()
    value: str = form.cleaned_data.get(name, "")
    return value.strip()
