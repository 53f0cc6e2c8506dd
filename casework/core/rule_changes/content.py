"""What a change says: typed in the code, JSON in its row."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from casework.core.rule_changes.models import ChangeKind, RuleChange
from casework.core.rules_data.models import DutyKind, LimitSource, limit_in_words
from casework.core.worktime.calendar import DayHours, HoursPeriod
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from casework.core.worktime.units import CountRule, EndRule, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDraft:
    """A new version of a limit: the arguments of ``rules_data.actions.new_version``."""

    kind: DutyKind
    amount: Decimal
    unit: Unit
    end_rule: EndRule
    warn_before: Decimal
    start_event: str
    clause: str
    source: LimitSource
    basis: str
    valid_from: date
    to_confirm: bool = False
    counting: CountRule = CountRule.NEXT_DAY

    @property
    def title(self) -> str:
        """As the lists name it."""
        return (
            f"{self.kind.label}：自{self.valid_from:%Y年%m月%d日}起{limit_in_words(self.amount, self.unit)}"
        )

    @property
    def digest(self) -> str:
        """Fingerprint of everything it says."""
        said = json.dumps(to_json(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()


Content = Draft | LimitDraft


def kind_of(content: Content) -> ChangeKind:
    """The kind of the change that says ``content``."""
    return ChangeKind.LIMIT if isinstance(content, LimitDraft) else ChangeKind(content.kind.value)


def to_json(content: Content) -> dict[str, Any]:
    """Plain values, days and times in ISO form, amounts as text."""
    if isinstance(content, LimitDraft):
        return {name: _plain(value) for name, value in asdict(content).items()}
    text, period = content.text, content.hours
    return {
        "title": text.title,
        "document_no": text.document_no,
        "year": text.year,
        "url": text.url,
        "published_on": _plain(text.published_on),
        "days": [[day.date.isoformat(), day.is_workday, day.name] for day in sorted(content.days)],
        "hours": None
        if period is None
        else {
            "valid_from": period.valid_from.isoformat(),
            "valid_to": _plain(period.valid_to),
            **{name: _plain(value) for name, value in asdict(period.hours).items()},
        },
    }


def draft_of(change: RuleChange) -> Draft:
    """The notice that a change of the calendar would load."""
    said = change.content
    return Draft(
        text=NoticeText(
            title=said["title"],
            document_no=said["document_no"],
            year=said["year"],
            url=said["url"],
            published_on=_day(said["published_on"]),
        ),
        kind=NoticeKind(change.kind),
        days=tuple(NamedDay(date.fromisoformat(day), worked, name) for day, worked, name in said["days"]),
        hours=_period(said["hours"]),
    )


def limit_of(change: RuleChange) -> LimitDraft:
    """The version that a change of a limit would add."""
    said = change.content
    return LimitDraft(
        kind=DutyKind(said["kind"]),
        amount=Decimal(said["amount"]),
        unit=Unit(said["unit"]),
        end_rule=EndRule(said["end_rule"]),
        warn_before=Decimal(said["warn_before"]),
        start_event=said["start_event"],
        clause=said["clause"],
        source=LimitSource(said["source"]),
        basis=said["basis"],
        valid_from=date.fromisoformat(said["valid_from"]),
        to_confirm=said["to_confirm"],
        counting=CountRule(said.get("counting", CountRule.NEXT_DAY)),
    )


def _period(said: dict[str, Any] | None) -> HoursPeriod | None:
    if said is None:
        return None
    marks = ("morning_start", "morning_end", "afternoon_start", "afternoon_end")
    hours = DayHours(*(time.fromisoformat(said[name]) for name in marks))
    return HoursPeriod(date.fromisoformat(said["valid_from"]), hours, _day(said["valid_to"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _short(value)
    return value.value if isinstance(value, DutyKind | Unit | EndRule | LimitSource) else value


def _short(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
