"""What the window fills in (7.1)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from casework.core.errors import Refusal
from casework.core.files import content
from casework.core.files import rules as file_rules
from casework.core.subjects.models import CodeKind, SubjectKind
from casework.core.subjects.rules import normalise_name, why_not_code, why_not_pair
from casework.intake.actions import Agent, Applicant
from casework.intake.models import CheckKind, HandlingKind
from casework.intake.rules import REQUIRED
from portal.accounts.codes import normalise
from portal.accounts.models import Department

PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|400-?\d{3}-?\d{4}", re.ASCII)
NECESSITIES = {REQUIRED: "必要", "2": "非必要", "3": "容缺后补"}
PASS, FAIL = "pass", "fail"


class FilesInput(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several uploads, each looked at before the form counts as valid (R-74)."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The uploads; every refused one is named with its reason."""
        uploads = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        errors = [why for why in map(_why_not_file, uploads) if why]
        if errors:
            raise forms.ValidationError(errors)
        return uploads


def _why_not_file(upload: UploadedFile) -> str:
    try:
        name = file_rules.clean_name(upload.name or "")
        kind = file_rules.type_of_name(name)
        file_rules.check_size(name, upload.size or 0, settings.UPLOAD_MAX_BYTES)
        content.check_content(name, kind, upload.file)  # type: ignore[arg-type]
    except Refusal as refusal:
        return str(refusal)
    return ""


def _files_field(name: str, help_text: str) -> FilesField:
    accepted = ",".join(f".{extension}" for extension in file_rules.ALLOWED)
    return FilesField(
        label=name,
        required=False,
        help_text=help_text,
        widget=FilesInput(attrs={"multiple": True, "accept": accepted}),
    )


class ApplicationForm(forms.Form):
    """An application as the window takes it in: applicant, agent, content, materials of the guide."""

    kind = forms.ChoiceField(label="申请人类别", choices=SubjectKind.choices)
    name = forms.CharField(label="申请人名称", max_length=200, help_text="单位全称或个人姓名，与证件一致")
    code_kind = forms.ChoiceField(label="证件类型", choices=CodeKind.choices)
    code = forms.CharField(
        label="证件号码",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="统一社会信用代码、居民身份证号码将核对校验位；号码加密保存",
    )
    agent_name = forms.CharField(label="经办人姓名", max_length=60, required=False)
    agent_phone = forms.CharField(
        label="经办人联系电话",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text="手机号码或带区号的固定电话；加密保存，页面仅显示部分数字",
    )
    handling_kind = forms.ChoiceField(label="办理项", choices=HandlingKind.choices)
    summary = forms.CharField(label="申请内容", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    address = forms.CharField(label="生产经营或活动地址", max_length=200, required=False)
    window = forms.ModelChoiceField(
        label="收件窗口",
        queryset=Department.objects.none(),
        empty_label=None,
        help_text="您在多个窗口任职，请选择本次收件的窗口",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, materials: Sequence[dict[str, Any]], windows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.materials = materials
        self.fields["window"].queryset = windows  # type: ignore[attr-defined]
        if len(windows) == 1:
            self.fields["window"].widget = forms.HiddenInput()
            self.fields["window"].initial = windows[0]
        for row in materials:
            note = "；".join(part for part in (row.get("form", ""), row.get("note", "")) if part)
            words = f"{NECESSITIES.get(row['necessity'], '')}{f'；{note}' if note else ''}"
            self.fields[f"material_{row['position']}"] = _files_field(row["name"], words)

    def clean_name(self) -> str:
        return normalise_name(self.cleaned_data["name"])

    def clean_agent_phone(self) -> str:
        phone = normalise(self.cleaned_data["agent_phone"])
        if phone and not PHONE.fullmatch(phone):
            raise forms.ValidationError("联系电话不正确：请填写11位手机号码，或带区号的固定电话。")
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, code_kind = cleaned.get("kind"), cleaned.get("code_kind")
        if kind and code_kind and (why := why_not_pair(kind, code_kind)):
            self.add_error("code_kind", why)
        elif code_kind and "code" in cleaned:
            cleaned["code"] = normalise(cleaned["code"])
            if why := why_not_code(code_kind, cleaned["code"]):
                self.add_error("code", why)
        if cleaned.get("agent_phone") and not cleaned.get("agent_name"):
            self.add_error("agent_name", "请填写经办人姓名。")
        return cleaned

    def applicant(self) -> Applicant:
        """The applicant of a valid form."""
        data = self.cleaned_data
        return Applicant(kind=data["kind"], name=data["name"], code_kind=data["code_kind"], code=data["code"])

    def agent(self) -> Agent | None:
        """The agent of a valid form, None when nobody was named."""
        data = self.cleaned_data
        return Agent(name=data["agent_name"], phone=data["agent_phone"]) if data["agent_name"] else None

    def uploads(self) -> dict[int, list[UploadedFile]]:
        """Position of each material that came with files → the files."""
        return uploads_of(self.cleaned_data)


def uploads_of(cleaned: dict[str, Any]) -> dict[int, list[UploadedFile]]:
    """Position → files, of the material fields that were filled."""
    prefix = "material_"
    return {
        int(name.removeprefix(prefix)): rows
        for name, rows in cleaned.items()
        if name.startswith(prefix) and rows
    }


class MaterialsForm(forms.Form):
    """More files for the checklist, before acceptance."""

    def __init__(self, *args: Any, rows: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            words = (
                f"{NECESSITIES.get(row.necessity, '')}；{'已提交，可补充' if row.provided else '尚未提交'}"
            )
            self.fields[f"material_{row.position}"] = _files_field(row.name, words)


class ChecksForm(forms.Form):
    """The four checks, each 通过 or 不通过 with a remark (7.1)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CheckKind:
            self.fields[f"{kind.value}_result"] = forms.ChoiceField(
                label=kind.label,
                choices=[(PASS, "通过"), (FAIL, "不通过")],
                widget=forms.RadioSelect,
                error_messages={"required": f"请选择{kind.label}是否通过。"},
            )
            self.fields[f"{kind.value}_remark"] = forms.CharField(
                label=f"{kind.label}说明", max_length=300, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for kind in CheckKind:
            failed = cleaned.get(f"{kind.value}_result") == FAIL
            if failed and not cleaned.get(f"{kind.value}_remark", "").strip():
                self.add_error(f"{kind.value}_remark", f"{kind.label}未通过的，请说明原因。")
        return cleaned

    def rows(self) -> list[dict[str, Any]]:
        """One row per check, as the page draws them: kind, and the two bound fields."""
        return [
            {
                "kind": kind.value,
                "result": self[f"{kind.value}_result"],
                "remark": self[f"{kind.value}_remark"],
            }
            for kind in CheckKind
        ]

    def results(self) -> dict[CheckKind, tuple[bool, str]]:
        """What a valid form says: check → (passed, remark)."""
        data = self.cleaned_data
        return {
            kind: (data[f"{kind.value}_result"] == PASS, data[f"{kind.value}_remark"]) for kind in CheckKind
        }


class RefuseForm(forms.Form):
    """Why an application is not accepted (行政许可法 32, 38)."""

    reasons = forms.CharField(
        label="不予受理的理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写入不予受理决定书，请写明事实和依据",
        error_messages={"required": "请写明不予受理的理由。"},
    )
