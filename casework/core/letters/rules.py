"""What may stand in a letter. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from casework.core.errors import Refusal

_CITIZEN_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class BadLetter(Refusal):
    """The letter cannot be sent as asked."""


def has_citizen_id(text: str) -> bool:
    """Whether an 18-character citizen number with a right check character stands in ``text``."""
    for number in _CITIZEN_ID.findall(text):
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
        if "10X98765432"[total % 11] == number[17].upper():
            return True
    return False


def check_facts(title: str, facts: Mapping[str, Any]) -> None:
    """Raise ``BadLetter`` when title or facts carry a citizen number: a letter leaves the platform (R-100)."""
    if has_citizen_id(title) or any(has_citizen_id(text) for text in _texts(facts)):
        raise BadLetter(
            "函件内容中含有居民身份证号码，不能对外发送。请在相关意见或理由中删去证件号码后再办理。"
        )


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return [str(value)]
