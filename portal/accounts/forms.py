"""Forms of signing in and of the account pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts

from portal.accounts.codes import normalise
from portal.accounts.models import User
from portal.accounts.seen import ChangeForm

_CODE = {"autocomplete": "one-time-code", "spellcheck": "false", "autofocus": True}


class CodeForm(forms.Form):
    """The second step: what the app shows, or a recovery code."""

    code = forms.CharField(
        label="动态口令或恢复码",
        max_length=40,
        help_text="手机应用上显示的6位数字；手机不在身边时，输入一个恢复码。",
        widget=forms.TextInput(attrs=_CODE),
    )


class EnrolForm(forms.Form):
    """The first code of a new app."""

    code = forms.CharField(
        label="动态口令",
        max_length=10,
        help_text="手机应用上现在显示的6位数字。",
        widget=forms.TextInput(attrs={**_CODE, "inputmode": "numeric"}),
    )


class OwnPasswordForm(PasswordChangeForm):
    """The old password and the new one twice; the profile's rules stand beside the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = "".join(password_validators_help_texts())


class ContactForm(ChangeForm, forms.ModelForm):
    """Where the person is reached."""

    class Meta:
        model = User
        fields = ("email", "phone")
        labels = {"email": "邮箱", "phone": "手机号码"}  # noqa: RUF012
        help_texts = {"email": "接收提醒，如：name@example.gov.cn", "phone": "只有您本人看得到完整号码"}  # noqa: RUF012
        widgets = {  # noqa: RUF012
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        }

    def facts(self) -> Any:
        return [self.about.email, self.about.phone]

    def standing(self) -> Mapping[str, str]:
        return {"email": self.about.email, "phone": self.about.phone}

    def clean_phone(self) -> str:
        phone = normalise(self.cleaned_data["phone"]).removeprefix("+86")
        if phone and not (phone.isascii() and phone.isdigit() and 7 <= len(phone) <= 12):
            raise forms.ValidationError("请填写11位手机号码，或带区号的座机号码。")
        return phone
