"""What may stand in a letter, how long one may object to it. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core.errors import Refusal
from casework.core.rules_data.models import LimitRule, StartFact
from casework.core.worktime.arithmetic import due
from casework.core.worktime.calendar import WorkCalendar
from casework.core.worktime.units import CountRule, EndRule, Unit
from portal.accounts.codes import citizen_id_ok
from portal.accounts.masking import MOBILE_PHONE

_CITIZEN_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(MOBILE_PHONE)
MAX_OBJECTION = MAX_ANSWER = 1000  # characters


class BadLetter(Refusal):
    """The letter cannot be sent as asked."""


@dataclass(frozen=True)
class Period:
    """The time for objections (9.1) as it stands: ``ends_at`` is None while it has not begun."""

    rule: LimitRule
    started_at: datetime | None
    ends_at: datetime | None
    provisional: bool = False

    def ended_by(self, moment: datetime) -> bool:
        """Whether an objection at ``moment`` is late. One before the period begins is not."""
        return self.ends_at is not None and moment > self.ends_at


def period_of(
    rule: LimitRule, *, delivered_at: datetime, claimed_at: datetime | None, cal: WorkCalendar
) -> Period:
    """The period under ``rule``, which says whether it begins with delivery or with the claim (9.1, 待确认)."""
    start = claimed_at if rule.start_fact == StartFact.CLAIM else delivered_at
    if start is None:
        return Period(rule, None, None)
    unit, end, counting = Unit(rule.unit), EndRule(rule.end_rule), CountRule(rule.counting)
    found = due(start, rule.amount, unit, end, cal, counting=counting)
    return Period(rule, start, found.at, found.provisional)


def why_not_object(reason: str) -> str:
    """Why one cannot object with ``reason`` (9.1: 以书面形式): a Chinese sentence, empty when one can."""
    if not reason.strip():
        return "请写明疑义的内容和理由。"
    if len(reason) > MAX_OBJECTION:
        return f"疑义内容不得超过{MAX_OBJECTION}字，请精简；详细材料可作为附件提交。"
    return why_not_said(reason)


def why_not_answer(text: str) -> str:
    """Why an objection cannot be answered with ``text``: a Chinese sentence, empty when it can."""
    if not text.strip():
        return "请写明答复内容。"
    if len(text) > MAX_ANSWER:
        return f"答复内容不得超过{MAX_ANSWER}字，请精简；详细材料可作为附件提交。"
    return why_not_said(text)


def fits_into_a_mail(sizes: Iterable[int], most: int) -> bool:
    """Whether files of these ``sizes`` (bytes) may travel with one mail: together at most ``most`` bytes."""
    return sum(sizes) <= most


def has_citizen_id(text: str) -> bool:
    """Whether an 18-character citizen number with a right check character stands in ``text``."""
    return any(citizen_id_ok(number.upper()) for number in _CITIZEN_ID.findall(text))


def personal_number_in(text: str) -> str:
    """What kind of personal number stands in ``text``, in Chinese; "" when there is none."""
    if has_citizen_id(text):
        return "居民身份证号码"
    return "手机号码" if _MOBILE.search(text) else ""


def why_not_said(text: str) -> str:
    """Why ``text`` cannot go into an official paper as it stands, "" when it can (R-100)."""
    found = personal_number_in(text)
    return f"其中含有{found}，请删去后再提交。" if found else ""


def check_facts(title: str, facts: Mapping[str, Any]) -> None:
    """Raise ``BadLetter`` when title or facts carry a personal number: a letter leaves the platform (R-100)."""
    for text in (title, *_texts(facts)):
        if found := personal_number_in(text):
            raise BadLetter(f"函件内容中含有{found}，不能对外发送。请在相关意见或理由中删去后再办理。")


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return [str(value)]
