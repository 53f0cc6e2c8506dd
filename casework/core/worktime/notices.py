"""What a notice says, and its fingerprint, so that one notice is loaded once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from casework.core.worktime.calendar import DayHours, HoursPeriod


class NoticeKind(TextChoices):
    """Whose notice it is, and so what it may move."""

    NATIONAL = "national", "国务院办公厅放假通知"
    LOCAL = "local", "本地停止办公通知"
    HOURS = "hours", "作息时间通知"


@dataclass(frozen=True, slots=True, order=True)
class NamedDay:
    """A day as a notice names it."""

    date: date
    is_workday: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """What stands on the document."""

    title: str
    document_no: str
    year: int
    url: str = ""
    published_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A notice that is not in force: what `actions` would load. `hours` only for notices of that kind."""

    text: NoticeText
    kind: NoticeKind
    days: tuple[NamedDay, ...] = ()
    hours: HoursPeriod | None = None

    @property
    def digest(self) -> str:
        """The fingerprint that the loaded notice will bear."""
        period = self.hours
        return digest_of(
            kind=self.kind,
            title=self.text.title,
            document_no=self.text.document_no,
            days=self.days,
            hours=None if period is None else (period.valid_from, period.valid_to, period.hours),
        )


def digest_of(
    *,
    kind: str,
    title: str,
    document_no: str,
    days: Iterable[NamedDay] = (),
    hours: tuple[date, date | None, DayHours] | None = None,
) -> str:
    """SHA-256 over what the notice says, whatever the order of its days."""
    said = {
        "kind": kind,
        "title": title,
        "document_no": document_no,
        "days": [[day.date.isoformat(), day.is_workday, day.name] for day in sorted(days)],
        "hours": None if hours is None else [str(part) for part in hours],
    }
    canonical = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
