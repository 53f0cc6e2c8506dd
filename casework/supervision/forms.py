"""What a supervisor and an approver fill in (9.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from casework.core.files.fields import FilesField
from casework.core.letters.models import Objection
from casework.core.letters.rules import MAX_ANSWER, MAX_OBJECTION
from casework.core.paging import number_in
from casework.core.versions import Stands, VersionedForm
from casework.supervision.models import RegisterEntry, ResultPush
from casework.supervision.queries import officers_of, push_targets
from casework.supervision.rules import MAX_ACTIVITY, MAX_REASON
from portal.accounts.models import Department, User

MAX_AT_ONCE = 50


class PersonChoice(forms.ModelChoiceField):
    """People by name and account, so that two of the same name can be told apart."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()}（{obj.username}）"


class PushForm(VersionedForm):
    """A form about one pushed result, on the page of that result."""

    @property
    def page_url(self) -> str:
        return reverse("casework:push", args=[self.about.pk])


class ReturnForm(PushForm):
    """Why the result is not this department's business."""

    reason = forms.CharField(
        label="退回理由",
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="说明为何不属于本部门监管，如有可写明应推送的部门。理由将送审批部门。",
        error_messages={"required": "请填写退回理由，说明为何不属于本部门监管。"},
    )

    def standing(self) -> Mapping[str, Stands]:
        recipient = self.about.recipient
        if recipient.returned_at is None:
            return {}
        return {"reason": Stands(recipient.return_reason, str(recipient.returned_by), recipient.returned_at)}


class ObjectForm(PushForm):
    """What the department doubts, in writing. A colleague's claim meanwhile changes nothing for it."""

    reason = forms.CharField(
        label="疑义内容",
        max_length=MAX_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写明对哪项内容有疑义、理由和依据。将作为书面反馈送审批部门，由其书面答复。",
        error_messages={"required": "请写明疑义的内容和理由。"},
    )
    attachments = FilesField(
        label="疑义附件", required=False, help_text="可选，如现场照片、相关文件；每个文件都会检查类型和大小"
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        # The form of the return stands on the same page and asks for a reason, too.
        super().__init__(*args, auto_id="id_objection_%s", **kwargs)
        self.fields["attachments"].keeper = person  # type: ignore[attr-defined]

    def facts(self) -> Any:
        recipient = self.about.recipient
        return [recipient.objected_at, recipient.returned_at]

    def standing(self) -> Mapping[str, Stands]:
        """The doubt that a colleague raised, or why the result was returned."""
        recipient = self.about.recipient
        doubt = Objection.objects.filter(recipient=recipient).first()
        if doubt is not None:
            return {"reason": Stands(doubt.reason, recipient.objector, recipient.objected_at)}
        if recipient.returned_at is not None:
            return {"reason": Stands(recipient.return_reason, recipient.settler, recipient.returned_at)}
        return {}


class AnswerForm(VersionedForm):
    """The approver's answer to an objection, in writing; it stands on the letter that carries the objection."""

    text = forms.CharField(
        label="答复内容",
        max_length=MAX_ANSWER,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="逐项回应所提疑义，写明理由和依据。将作为书面答复送监管部门。",
        error_messages={"required": "请写明答复内容。"},
    )
    attachments = FilesField(label="答复附件", required=False, help_text="可选；每个文件都会检查类型和大小")

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attachments"].keeper = person  # type: ignore[attr-defined]

    def facts(self) -> Any:
        return [self.about.answer]

    def standing(self) -> Mapping[str, Stands]:
        asked = self.about.asked
        if not self.about.answer:
            return {}
        return {"text": Stands(self.about.answer, asked.answerer, asked.answered_at)}

    @property
    def page_url(self) -> str:
        return reverse("casework:letter", args=[self.about.asked.letter_id])


class RegisterForm(PushForm):
    """The activity taken into supervision, and who is in charge of it."""

    activity = forms.CharField(
        label="监管事项",
        max_length=MAX_ACTIVITY,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：食品销售活动是否符合许可条件",
        error_messages={"required": "请填写监管事项。"},
    )
    officer = PersonChoice(
        label="监管责任人",
        queryset=User.objects.none(),
        empty_label="请选择",
        help_text="本部门在任的监管人员",
        error_messages={
            "required": "请选择监管责任人。",
            "invalid_choice": "监管责任人须为本部门在任的监管人员。",
        },
    )

    def __init__(self, *args: Any, push: ResultPush, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, about=push, **kwargs)
        self.fields["officer"].queryset = officers_of(push.department_id, now)  # type: ignore[attr-defined]

    def standing(self) -> Mapping[str, Stands]:
        """What a colleague registered."""
        entry = (
            RegisterEntry.objects.filter(push=self.about)
            .select_related("officer", "taken_by", "taken_for")
            .first()
        )
        if entry is None:
            return {}
        who, at = entry.taker, entry.taken_at
        officer = self.fields["officer"].label_from_instance(entry.officer)  # type: ignore[attr-defined]
        return {"activity": Stands(entry.activity, who, at), "officer": Stands(officer, who, at)}


class RepushForm(VersionedForm):
    """The department that should have got the returned result."""

    department = forms.ModelChoiceField(
        label="改推给",
        queryset=Department.objects.none(),
        empty_label="请选择监管部门",
        error_messages={
            "required": "请选择要推送的监管部门。",
            "invalid_choice": "该单位不能接收此办理结果，请重新选择。",
        },
    )

    def __init__(self, *args: Any, push: ResultPush, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, about=push, **kwargs)
        self.fields["department"].queryset = push_targets(push.case, timezone.localdate(now))  # type: ignore[attr-defined]

    def standing(self) -> Mapping[str, Stands]:
        """To whom a colleague pushed it again."""
        rows = ResultPush.objects.filter(replaces=self.about).select_related(
            "department", "recipient__letter__sent_by", "recipient__letter__sent_for"
        )
        again = rows.first()
        if again is None:
            return {}
        return {
            "department": Stands(str(again.department), again.recipient.letter.handled_by, again.pushed_at)
        }


def chosen_ids(values: list[str]) -> list[int]:
    """Ids out of the ticked boxes of a list, at most 50; what is no number is left out."""
    found = (number_in(value) for value in dict.fromkeys(values))
    return [number for number in found if number is not None][:MAX_AT_ONCE]
