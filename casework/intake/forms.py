"""What the window fills in (7.1)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from casework.core.files.fields import FilesField
from casework.core.letters.models import Notice
from casework.core.once import OnceForm
from casework.core.subjects.models import CodeKind, SubjectKind
from casework.core.subjects.rules import normalise_name, why_not_code, why_not_pair
from casework.core.versions import Stands, VersionedForm, notice_given
from casework.intake.actions import Agent, Applicant
from casework.intake.models import CheckKind, HandlingKind
from casework.intake.rules import REQUIRED
from portal.accounts.codes import normalise
from portal.accounts.models import Department, User

PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|400-?\d{3}-?\d{4}", re.ASCII)
NECESSITIES = {REQUIRED: "必要", "2": "非必要", "3": "容缺后补"}
PASS, FAIL = "pass", "fail"


class ApplicationForm(OnceForm):
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

    def __init__(
        self,
        *args: Any,
        materials: Sequence[dict[str, Any]],
        windows: Any,
        person: User | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.materials = materials
        self.fields["window"].queryset = windows  # type: ignore[attr-defined]
        if len(windows) == 1:
            self.fields["window"].widget = forms.HiddenInput()
            self.fields["window"].initial = windows[0]
        for row in materials:
            note = "；".join(part for part in (row.get("form", ""), row.get("note", "")) if part)
            words = f"{NECESSITIES.get(row['necessity'], '')}{f'；{note}' if note else ''}"
            self.fields[f"material_{row['position']}"] = FilesField(
                label=row["name"], required=False, help_text=words, keeper=person
            )

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


class MaterialsForm(VersionedForm):
    """More files for the checklist, before acceptance. Two people may add at once: nothing is replaced."""

    def standing(self) -> dict[str, Stands]:
        """The files that each material has."""
        rows = self.about.materials.prefetch_related("files")
        words = {row.position: "、".join(file.name for file in row.files.all()) for row in rows}
        return {f"material_{position}": Stands(names) for position, names in words.items() if names}

    def __init__(self, *args: Any, rows: Iterable[Any], person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            words = (
                f"{NECESSITIES.get(row.necessity, '')}；{'已提交，可补充' if row.provided else '尚未提交'}"
            )
            self.fields[f"material_{row.position}"] = FilesField(
                label=row.name, required=False, help_text=words, keeper=person
            )


class ChecksForm(VersionedForm):
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

    def facts(self) -> Any:
        """The state of the case, and the four checks as they are recorded."""
        return [self.about.state, [(row.kind, row.passed, row.remark) for row in self._recorded()]]

    def standing(self) -> dict[str, Stands]:
        """The recorded checks, with who made them."""
        found = {}
        for row in self._recorded():
            who, words = row.checker, "通过" if row.passed else "不通过"
            found[f"{row.kind}_result"] = Stands(words, who, row.at)
            found[f"{row.kind}_remark"] = Stands(row.remark, who, row.at)
        return found

    def _recorded(self) -> Any:
        return self.about.checks.select_related("by", "made_for").order_by("kind")

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


class WithdrawForm(VersionedForm):
    """What the applicant said when taking the application back."""

    reason = forms.CharField(
        label="撤回事由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="按申请人的书面撤回申请填写；不要写入证件号码",
        error_messages={"required": "请写明申请人撤回的事由。"},
    )

    def standing(self) -> dict[str, Stands]:
        """The notice of a withdrawal that a colleague recorded."""
        given = notice_given(self.about, Notice.Kind.WITHDRAWAL)
        return {"reason": given} if given else {}


class RefuseForm(VersionedForm):
    """Why an application is not accepted (行政许可法 32, 38)."""

    reasons = forms.CharField(
        label="不予受理的理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写入不予受理决定书，请写明事实和依据",
        error_messages={"required": "请写明不予受理的理由。"},
    )

    def standing(self) -> dict[str, Stands]:
        """The refusal that a colleague gave."""
        given = notice_given(self.about, Notice.Kind.REFUSED_ACCEPTANCE)
        return {"reasons": given} if given else {}
