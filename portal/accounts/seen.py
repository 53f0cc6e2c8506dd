"""What the reader of a form saw, in a hidden field: nothing is written over what somebody else changed (R-30).

``SeenForm`` is the pure part, which ``casework.core.versions`` builds on. Here a view acts inside
``with unchanged(form):``; what changed meanwhile raises ``ChangedMeanwhile``, which says at each field what
stands now. What was entered stays in the form, and the next sending is meant to go over it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

SEEN = "seen"  # the hidden field
CHANGED = "您打开页面之后，内容已有变动，本次提交没有执行，您填写的内容没有丢失。请核对；再次提交的，以您提交的为准。"


def row_of(about: models.Model) -> list[Any]:
    """The whole row as plain values."""
    return [field.value_from_object(about) for field in about._meta.concrete_fields]


def version_of(about: models.Model, facts: Any) -> str:
    """The version of what stands now; it tells nothing about the facts themselves."""
    text = json.dumps([about._meta.label, about.pk, facts], default=_plain)
    return salted_hmac("portal.accounts.seen", text, algorithm="sha256").hexdigest()[:32]


class SeenForm(forms.Form):
    """A form about an object. It remembers in a hidden field what its reader saw.

    ``about`` is the object as the page shows it. Subclasses say in ``facts`` what the reader relied on.
    """

    # No id: several such forms stand on one page.
    seen = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"id": False, "autocomplete": "off"})
    )

    def __init__(self, *args: Any, about: models.Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about: Any = about
        self.fields[SEEN].initial = self.current  # asked when the field is drawn

    def facts(self) -> Any:
        """What the reader relied on, as plain values: when it differs, the form is out of date. Default: the row."""
        return row_of(self.about)

    def hold(self) -> None:
        """Lock what the form is about to the end of the transaction and read it anew.

        Where actions lock a parent first (a case before its circulations), lock it first here too.
        """
        self.about = self.about._meta.default_manager.select_for_update().get(pk=self.about.pk)

    def current(self) -> str:
        """The version of what stands now."""
        return version_of(self.about, self.facts())

    def is_current(self) -> bool:
        """Whether the reader saw what stands now. A form without its version saw nothing."""
        return constant_time_compare(self.data.get(self.add_prefix(SEEN), ""), self.current())

    def entered(self) -> dict[str, Any]:
        """What a valid form says, without the version: the arguments of its action."""
        return {name: value for name, value in self.cleaned_data.items() if name != SEEN}

    def renew(self) -> None:
        """Take what stands now as seen: the next sending is meant to go over it."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data[self.add_prefix(SEEN)] = self.current()  # type: ignore[index]


class ChangeForm(SeenForm):
    """A form of the account pages. ``standing``: what stands now, by the field or the words that it belongs to."""

    outdated = False

    def standing(self) -> Mapping[str, str]:
        return {}


class ChangedMeanwhile(ValidationError):
    """Somebody changed what the form is about, so nothing was done (→ 409)."""

    def __init__(self, form: ChangeForm) -> None:
        found = form.standing()
        fields = {name: words for name, words in found.items() if name in form.fields}
        others = "".join(f"{name}：{words}。" for name, words in found.items() if name not in fields)
        said = {
            name: f"现在的内容：{words or '（空）'}"
            for name, words in fields.items()
            if words != form.data.get(form.add_prefix(name), "")
        }
        super().__init__({NON_FIELD_ERRORS: CHANGED + others, **said})


@contextmanager
def unchanged(form: ChangeForm) -> Iterator[None]:
    """Run an act in one transaction with the check that its reader saw what stands now.

    Raises ``ChangedMeanwhile`` before the act: ending sessions cannot be taken back. The callers are guarded.
    """
    with transaction.atomic():
        form.hold()
        if not form.is_current():
            form.outdated = True
            form.renew()
            raise ChangedMeanwhile(form)
        yield


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
