"""A form that makes something new is carried out once, however often it is sent (OF-14).

Its page gives each form a token. The first sending does the act and keeps its answer; a second one, by double
click or after an answer that was lost on the way, gets the same answer. A second one that says something else
is refused, so that nobody takes the first answer for an answer to it.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db import models, transaction

from casework.core.errors import Refusal
from portal.accounts.models import User

KEPT_FOR = timedelta(days=7)  # a token that is older counts as new: nobody's form stays open that long


class SentOtherwise(Refusal):
    """The form was carried out before, with other content."""

    def __init__(self) -> None:
        super().__init__(
            "这份表单此前已经提交并办理，本次填写的内容与上次不同，因此没有办理。请先核对已经登记的内容；"
            "确需另行登记的，请再次提交。",
            field="once",
        )


@dataclass(frozen=True)
class Sending:
    """One sending of a form: its token, and a digest of everything that was entered."""

    token: uuid.UUID
    content: str


class SentForm(models.Model):
    """A form that was carried out: by whom, and what was answered."""

    token = models.UUIDField("令牌")
    content = models.CharField("内容摘要（SHA-256）", max_length=64, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提交人", on_delete=models.CASCADE, related_name="+"
    )
    sent_at = models.DateTimeField("提交时间", db_index=True)
    answer = models.CharField("应答", max_length=300, blank=True)

    class Meta:
        app_label = "casework"
        verbose_name = verbose_name_plural = "已提交的表单"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "token"], name="one_sending_per_form")
        ]


class OnceForm(forms.Form):
    """A form with a token of its own."""

    once = forms.UUIDField(
        widget=forms.HiddenInput(attrs={"id": False, "autocomplete": "off"}),
        error_messages={
            "required": "表单已过期，请核对后再次提交。",
            "invalid": "表单已过期，请核对后再次提交。",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid.uuid4

    def add_error(self, field: str | None, error: Any) -> None:
        """What is wrong with the token concerns the whole form, which is shown again with a new one."""
        if field == "once":
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data[self.add_prefix("once")] = str(uuid.uuid4())  # type: ignore[index]
        super().add_error(None if field == "once" else field, error)

    def sending(self) -> Sending:
        """The valid form as ``once`` knows it; files count by name and size."""
        own = {self.add_prefix("once"), "csrfmiddlewaretoken"}
        entered = [[name, self.data.getlist(name)] for name in sorted(set(self.data) - own)]  # type: ignore[attr-defined]
        files = [
            [name, [[file.name, file.size] for file in self.files.getlist(name)]]
            for name in sorted(self.files)
        ]
        told = json.dumps([entered, files], ensure_ascii=False)
        return Sending(self.cleaned_data["once"], hashlib.sha256(told.encode()).hexdigest())


def once(sending: Sending, act: Callable[[], str], *, by: User, now: datetime) -> str:
    """Carry out ``act``, which answers an address or a sentence, unless the form was sent before: answer the same.

    Two sendings at once wait for each other; what ``act`` raises leaves the token unused. Raises
    ``SentOtherwise`` when the same form was sent with other content (R-06).
    """
    with transaction.atomic():
        row, first = SentForm.objects.get_or_create(
            person=by, token=sending.token, defaults={"sent_at": now, "content": sending.content}
        )
        if not first:
            if row.content != sending.content:
                raise SentOtherwise
            return row.answer
        row.answer = act()[:300]
        row.save(update_fields=["answer"])
        return row.answer


def forget(*, now: datetime) -> int:
    """Remove tokens that count no more; return how many."""
    removed, _ = SentForm.objects.filter(sent_at__lt=now - KEPT_FOR).delete()
    return removed
