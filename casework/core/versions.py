"""What the person saw: every form carries it, and nothing is written over what somebody else changed (R-30).

A form that acts on something takes ``VersionedForm`` as its base and says in ``facts`` what must still be true;
its view acts inside ``with unchanged(form):``. What changed meanwhile raises ``Conflict``, which ``htmx.acts``
answers with both values. Forms that make something new take ``OnceForm`` (see ``once.py``).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import models, transaction
from django.urls import reverse

from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from casework.core.transitions import StaleState, Transition
from portal.accounts.seen import SeenForm


@dataclass(frozen=True)
class Stands:
    """What stands in a field now: the words, and by whom and when they were written, where that is known."""

    words: str
    who: str = ""
    at: datetime | None = None


class VersionedForm(SeenForm):
    """A form about an object, of a case or of the desk.

    Subclasses say in ``facts`` what the reader relied on, in ``standing`` what stands in a field now, and in
    ``page_url`` where they stand themselves.
    """

    permitted = False  # whether an action has found that the person may act here

    def standing(self) -> Mapping[str, Stands]:
        """What stands now in the fields, by name; a field that holds nothing yet is left out."""
        return {}

    @property
    def page_url(self) -> str:
        """The page that the form stands on: the case's, where there is one."""
        case = case_of(self.about)
        return reverse("casework:case", args=[case.number]) if case else reverse("casework:desk")


class Conflict(StaleState):
    """Somebody changed what the form is about, so nothing was done (→ 409, with both values).

    ``over``: the act is not possible any more; else it may be sent again over what stands now.
    """

    def __init__(self, form: VersionedForm, *, over: bool = False) -> None:
        super().__init__(f"{form.about._meta.label} {form.about.pk} changed under {type(form).__name__}")
        self.form, self.over = form, over


@contextmanager
def unchanged(form: VersionedForm) -> Iterator[None]:
    """Run an act in one transaction with the check that its reader saw what stands now.

    An outdated act is tried and taken back as a whole: so its own questions come first (who may do this at
    all, 403, before anybody is shown what stands now), and it is known whether it may be sent again. Raises
    ``Conflict`` for an outdated form and for an act that finds its object in another state.
    """
    try:
        with transaction.atomic():
            form.hold()
            current = form.is_current()
            yield
            if not current:
                raise Conflict(form)
    except Conflict:
        raise
    except StaleState as error:
        raise Conflict(form, over=True) from error


def last_change(about: models.Model) -> Stands | None:
    """The newest change of the object itself: what, by whom, when. None while nothing is known of any."""
    moved, entered = _transition(about), _entry(about)
    if moved and entered and moved.at == entered.at:  # the same act: the ledger knows in whose name it was
        return Stands(moved.words, entered.who, moved.at)
    found = [row for row in (moved, entered) if row is not None]
    return max(found, key=lambda row: row.at or datetime.min.replace(tzinfo=UTC)) if found else None


def notice_given(case: Case, kind: str) -> Stands | None:
    """The newest notice of that kind to the applicant, as what stands; None when there is none."""
    row = case.notices.filter(kind=kind).select_related("made_by").order_by("-id").first()
    return Stands(f"已出具{row}", str(row.made_by or "平台"), row.made_at) if row else None


def case_of(about: models.Model) -> Case | None:
    """The case that ``about`` is or belongs to."""
    return about if isinstance(about, Case) else getattr(about, "case", None)


def _transition(about: models.Model) -> Stands | None:
    rows = Transition.objects.filter(object_type=about._meta.model_name, object_id=str(about.pk))
    row = rows.select_related("by").order_by("-id").first()
    if row is None:
        return None
    labels = dict(about._meta.get_field("state").flatchoices)  # type: ignore[union-attr]
    words = f"状态由“{labels.get(row.old, row.old)}”变为“{labels.get(row.new, row.new)}”"
    return Stands(words, str(row.by) if row.by else "平台", row.at)


def _entry(about: models.Model) -> Stands | None:
    case, kind = case_of(about), about._meta.model_name
    entries = LedgerEntry.objects.filter(object_type=kind, object_id=str(about.pk))
    if case is not None:
        entries = entries.filter(case_number=case.number)
    else:  # acts on what belongs to no case are named after it: one walk along the index of actions
        entries = entries.filter(action__gte=f"{kind}.", action__lt=f"{kind}/")
    row = entries.order_by("-id").first()
    return Stands("", row.actor_name, row.at) if row else None
