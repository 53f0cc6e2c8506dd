"""What operators and owners of deliveries fill in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from casework.core.files.fields import FilesField
from casework.core.files.rules import ALLOWED_WORDS
from casework.core.once import OnceForm
from casework.core.outbox.models import Channel, DeadLetter, Endpoint
from casework.core.outbox.owners import people_in_charge
from casework.core.outbox.paper import NAME_LENGTH
from casework.core.outbox.reasons import REASON_LENGTH
from casework.core.outbox.replaying import Range
from casework.core.versions import Stands, VersionedForm
from portal.accounts.models import Department, User

ADDRESS_LENGTH = 300
_CHANNELS = [(each.value, each.label) for each in (Channel.HTTP, Channel.OA_MAIL)]


def _moment(label: str, help_text: str = "", *, required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, help_text=help_text, required=required, widget=widget)


class PersonField(forms.ModelChoiceField):
    """People by name and account, so that two of the same name can be told apart."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()}（{obj.username}）"


class AboutOne(VersionedForm):
    """A form about an endpoint or a dead letter, on the page of that one."""

    @property
    def page_url(self) -> str:
        name = "dead-letter" if isinstance(self.about, DeadLetter) else "endpoint"
        return reverse(f"casework:{name}", args=[self.about.pk])


class ReasonForm(AboutOne):
    """Why something is done; the words go into the ledger."""

    reason = forms.CharField(
        label="原因",
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="记入存证，请勿写个人信息",
        error_messages={"required": "请说明原因。"},
    )

    def standing(self) -> Mapping[str, Stands]:
        """Why it was paused, switched off or closed."""
        about = self.about
        if isinstance(about, DeadLetter):
            stands = Stands(about.close_reason, about.closer, about.closed_at)
        elif about.pause_reason:
            stands = Stands(about.pause_reason, str(about.paused_by or ""), about.paused_at)
        else:
            stands = Stands(about.off_reason)
        return {"reason": stands} if stands.words else {}


class AssignForm(AboutOne):
    """Who answers for a dead delivery from now on."""

    person = PersonField(
        label="转交给",
        queryset=User.objects.none(),
        empty_label="请选择",
        error_messages={
            "required": "请选择责任人。",
            "invalid_choice": "该人员不能处理这条投递，请另选一位。",
        },
    )

    def __init__(self, *args: Any, dead: DeadLetter, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, about=dead, **kwargs)
        people = [person.pk for person in people_in_charge(dead.department, now)]
        self.fields["person"].queryset = User.objects.filter(pk__in=people).order_by("pk")  # type: ignore[attr-defined]

    def standing(self) -> Mapping[str, Stands]:
        """Who answers for it now."""
        person = self.about.person
        field = self.fields["person"]
        return {"person": Stands(field.label_from_instance(person) if person else "")}  # type: ignore[attr-defined]


class PaperForm(OnceForm):
    """A letter was handed over on paper: to whom, when, and the receipt."""

    receiver = forms.CharField(
        label="签收人",
        max_length=NAME_LENGTH,
        help_text="在签收凭证上签名的人",
        error_messages={"required": "请填写签收人姓名。"},
    )
    handed_at = _moment("签收时间", "以签收凭证上的时间为准")
    receipt = FilesField(
        label="签收凭证",
        help_text=f"扫描件或照片，一个文件（{ALLOWED_WORDS}）",
        error_messages={"required": "请上传签收凭证。"},
    )

    def __init__(self, *args: Any, keeper: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receipt"].keeper = keeper  # type: ignore[attr-defined]
        self.fields["receipt"].widget.attrs["multiple"] = False

    def clean_receipt(self) -> UploadedFile:
        """The one file."""
        found: list[UploadedFile] = self.cleaned_data["receipt"]
        if len(found) != 1:
            raise forms.ValidationError("签收凭证只能是一个文件，请合并后上传。")
        return found[0]

    def entered(self) -> dict[str, Any]:
        """Arguments of the action. Call after ``is_valid``."""
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class EndpointForm(OnceForm):
    """Where a department can be reached off the platform."""

    department = forms.ModelChoiceField(
        label="单位",
        queryset=Department.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选择单位。"},
    )
    channel = forms.ChoiceField(label="渠道", choices=_CHANNELS)
    address = forms.CharField(
        label="地址",
        max_length=ADDRESS_LENGTH,
        error_messages={"required": "请填写地址。"},
        help_text="接口网址或OA邮箱；接口的主机和端口须在允许投递的名单内（PUSH_ALLOWED_ENDPOINTS）",
    )

    def __init__(self, *args: Any, day: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = Department.objects.valid_on(day).order_by("code")  # type: ignore[attr-defined]


class AddressForm(AboutOne):
    """Another address for an endpoint."""

    address = forms.CharField(label="新地址", max_length=ADDRESS_LENGTH)

    def standing(self) -> Mapping[str, Stands]:
        """The address as it is now."""
        return {"address": Stands(self.about.address)}


class ReplayForm(forms.Form):
    """Which dead deliveries to try again."""

    endpoint = forms.ModelChoiceField(
        label="投递地址", queryset=Endpoint.objects.none(), empty_label="全部投递地址", required=False
    )
    since = _moment("失败时间自", required=False)
    until = _moment("至（不含）", required=False)
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)  # the last one seen

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Endpoint.objects.select_related("department").order_by("department__code", "pk")
        self.fields["endpoint"].queryset = rows  # type: ignore[attr-defined]
        self.fields["endpoint"].label_from_instance = lambda row: f"{row} {row.address}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", "结束时间须晚于开始时间。")
        return cleaned

    def chosen(self) -> Range:
        """The range. Call after ``is_valid``."""
        endpoint = self.cleaned_data["endpoint"]
        return Range(
            endpoint.pk if endpoint else None, self.cleaned_data["since"], self.cleaned_data["until"]
        )
