"""What an administrator fills in under ``/cms/``: a holiday notice, a closure, office hours, a limit."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from casework.core.once import OnceForm
from casework.core.rule_changes.content import LimitDraft
from casework.core.rule_changes.proposing import Words
from casework.core.rule_changes.rules import year_of
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource
from casework.core.worktime.calendar import DayHours, HoursPeriod
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind, NoticeText
from casework.core.worktime.units import CountRule, EndRule, Unit

UPLOAD_BYTES = 2 * 1024 * 1024
LONGEST_CLOSURE = 31  # days of one local notice


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), **more)


def _clock(label: str, initial: str) -> forms.TimeField:
    return forms.TimeField(label=label, initial=initial, widget=forms.TimeInput(attrs={"type": "time"}))


class HolidayForm(OnceForm):
    """The State Council's notice as a file, and what stands on its head."""

    file = forms.FileField(
        label="放假通知表格",
        help_text="xlsx 或 csv，表头：日期、类型（放假或上班）、名称；可有：年份、原文网址",
    )
    published_on = _day("发布日期", help_text="同一日期有多份通知时，以后发布的为准")
    title = forms.CharField(
        label="标题",
        max_length=200,
        required=False,
        help_text="不填即「国务院办公厅关于某年部分节假日安排的通知」",
    )
    document_no = forms.CharField(
        label="文号", max_length=60, required=False, help_text="如：国办发明电〔2025〕7号"
    )
    url = forms.URLField(label="原文网址", max_length=300, required=False, assume_scheme="https")

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > UPLOAD_BYTES:
            raise forms.ValidationError("文件超过2兆字节，不像放假通知，请核对。")
        return given

    def words(self) -> Words:
        """Call after ``is_valid``."""
        found = self.cleaned_data
        return Words(found["published_on"], found["title"], found["document_no"], found["url"])


class ClosureForm(OnceForm):
    """A local notice: offices closed on these days, or open on days that were closed."""

    title = forms.CharField(label="通知标题", max_length=200, help_text="如：关于防御台风期间停止办公的通告")
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    published_on = _day("发布日期")
    worked = forms.ChoiceField(
        label="安排",
        choices=[("off", "停止办公"), ("work", "照常上班")],
        widget=forms.RadioSelect,
        initial="off",
    )
    first = _day("起始日期")
    last = _day("终止日期", help_text="含当日")
    name = forms.CharField(label="事由", max_length=60, help_text="显示在时限的推算过程中，如：台风停止办公")
    url = forms.URLField(label="原文网址", max_length=300, required=False, assume_scheme="https")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last:
            if last < first:
                self.add_error("last", "终止日期不能早于起始日期。")
            elif (last - first).days >= LONGEST_CLOSURE:
                self.add_error("last", f"一份通知最多{LONGEST_CLOSURE}天，请分开提出。")
        return found

    def draft(self) -> Draft:
        """Call after ``is_valid``."""
        found = self.cleaned_data
        first: date = found["first"]
        worked = found["worked"] == "work"
        days = [first + timedelta(days=n) for n in range((found["last"] - first).days + 1)]
        return Draft(
            text=_text(found, year_of(first, found["last"])),
            kind=NoticeKind.LOCAL,
            days=tuple(NamedDay(day, worked, found["name"]) for day in days),
        )


class HoursForm(OnceForm):
    """Office hours from a day on, for good or for a season."""

    title = forms.CharField(label="通知标题", max_length=200, help_text="如：关于调整夏季作息时间的通知")
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    published_on = _day("发布日期")
    valid_from = _day("自何日起")
    valid_to = _day("至何日止", required=False, help_text="含当日；不填即一直执行")
    morning_start = _clock("上午上班", "08:00")
    morning_end = _clock("上午下班", "12:00")
    afternoon_start = _clock("下午上班", "14:30")
    afternoon_end = _clock("下午下班", "17:30")
    url = forms.URLField(label="原文网址", max_length=300, required=False, assume_scheme="https")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("valid_from"), found.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", "终止日期不能早于起始日期。")
        names = ("morning_start", "morning_end", "afternoon_start", "afternoon_end")
        marks = [found[name] for name in names if name in found]
        if len(marks) == len(names):
            try:
                found["hours"] = DayHours(*marks)
            except ValueError:
                self.add_error("morning_start", "作息时间须依次为：上午上班、上午下班、下午上班、下午下班。")
        return found

    def draft(self) -> Draft:
        """Call after ``is_valid``."""
        found = self.cleaned_data
        return Draft(
            text=_text(found, found["valid_from"].year),
            kind=NoticeKind.HOURS,
            hours=HoursPeriod(found["valid_from"], found["hours"], found["valid_to"]),
        )


class LimitForm(OnceForm):
    """A new version of one kind of limit."""

    amount = forms.DecimalField(
        label="时限", max_digits=6, decimal_places=1, help_text="工作日以0.5为单位，自然日和月为整数"
    )
    unit = forms.ChoiceField(label="单位", choices=Unit.choices)
    end_rule = forms.ChoiceField(label="届满时刻", choices=EndRule.choices)
    counting = forms.ChoiceField(label="起算规则", choices=CountRule.choices, required=False)
    warn_before = forms.DecimalField(
        label="提前提醒（工作日）", max_digits=4, decimal_places=1, help_text="0即不提醒"
    )
    start_event = forms.CharField(label="起算事件", max_length=60, help_text="如：推送送达")
    clause = forms.CharField(label="条款", max_length=20, help_text="如：9.1")
    source = forms.ChoiceField(
        label="来源", choices=[row for row in LimitSource.choices if row[0] != LimitSource.ITEM]
    )
    basis = forms.CharField(label="依据", max_length=300, help_text="文件名称和条款")
    valid_from = _day("生效日期", help_text="不早于今天；已经起算的任务仍按原时限执行")
    to_confirm = forms.BooleanField(label="待确认", required=False, help_text="默认天数，等待主管部门确认")

    def __init__(self, data: Any = None, *, rule: LimitRule | None = None) -> None:
        initial: dict[str, Any] = {}
        if rule is not None:
            names = ("unit", "end_rule", "counting", "start_event", "clause", "source", "to_confirm")
            initial = {name: getattr(rule, name) for name in names}
            initial |= {name: _short(getattr(rule, name)) for name in ("amount", "warn_before")}
        super().__init__(data, initial=initial)

    def draft(self, kind: DutyKind) -> LimitDraft:
        """Call after ``is_valid``."""
        found = self.cleaned_data
        return LimitDraft(
            kind=kind,
            amount=found["amount"],
            unit=Unit(found["unit"]),
            end_rule=EndRule(found["end_rule"]),
            counting=CountRule(found["counting"] or CountRule.NEXT_DAY),
            warn_before=found["warn_before"],
            start_event=found["start_event"],
            clause=found["clause"],
            source=LimitSource(found["source"]),
            basis=found["basis"],
            valid_from=found["valid_from"],
            to_confirm=found["to_confirm"],
        )


class ApprovalForm(forms.Form):
    """What the approver has seen: the calendar of the preview, and the shortened duties that are confirmed."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    shortened = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    confirmed = forms.BooleanField(required=False)

    def asked(self) -> dict[str, int]:
        """Arguments of the action. Call after ``is_valid``."""
        found = self.cleaned_data
        return {"version": found["version"], "confirmed": found["shortened"] if found["confirmed"] else 0}


def _text(found: dict[str, Any], year: int) -> NoticeText:
    return NoticeText(
        title=found["title"],
        document_no=found["document_no"],
        year=year,
        url=found["url"],
        published_on=found["published_on"],
    )


def _short(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
