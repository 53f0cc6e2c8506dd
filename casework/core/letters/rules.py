"""What may stand in a letter. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from casework.core.errors import Refusal
from portal.accounts.codes import citizen_id_ok
from portal.accounts.masking import MOBILE_PHONE

_CITIZEN_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(MOBILE_PHONE)


class BadLetter(Refusal):
    """The letter cannot be sent as asked."""


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
