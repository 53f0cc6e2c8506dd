"""Check digits of national codes: pure functions, shared by the catalogue and the subjects room (domain §5).

Each ``*_ok`` looks at the text as it stands: call ``normalise`` first when it comes from a person or a file.
Area codes are never judged: Danzhou alone has had four (domain §5).
"""

import unicodedata
from datetime import date

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
USCC_LENGTH = 18
_USCC_WEIGHTS = tuple(pow(3, position, 31) for position in range(USCC_LENGTH - 1))
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_DIGITS = frozenset("0123456789")
_STRIPPED = str.maketrans("", "", " \t\r\n\u3000-‐‑–—－")


def normalise(text: str) -> str:
    """Normal form of a code: NFKC, without blanks and hyphens, upper case."""
    return unicodedata.normalize("NFKC", text).translate(_STRIPPED).upper()


def uscc_well_formed(code: str) -> bool:
    """Whether ``code`` has the 18 characters of a unified social credit code (GB 32100-2015)."""
    return len(code) == USCC_LENGTH and set(code) <= set(USCC_ALPHABET)


def uscc_ok(code: str) -> bool:
    """Whether ``code`` is a unified social credit code with a right check character (GB 32100-2015)."""
    if not uscc_well_formed(code):
        return False
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(code, _USCC_WEIGHTS, strict=False))
    return USCC_ALPHABET[(31 - total % 31) % 31] == code[-1]


def org_code_ok(code: str) -> bool:
    """Whether ``code`` is an organisation code (GB 11714): eight signs, an optional hyphen, a check character."""
    body, check = code[:-1].removesuffix("-"), code[-1:]
    if len(body) != len(_ORG_WEIGHTS) or not set(body) <= set(_ORG_ALPHABET):
        return False
    total = sum(_ORG_ALPHABET.index(sign) * weight for sign, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11] == check


def citizen_id_ok(code: str) -> bool:
    """Whether ``code`` is a citizen number (GB 11643-1999): 18 characters, a real birth date, a right check."""
    if len(code) != len(_CITIZEN_WEIGHTS) + 1 or not set(code[:-1]) <= _DIGITS:
        return False
    try:
        date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    total = sum(int(sign) * weight for sign, weight in zip(code, _CITIZEN_WEIGHTS, strict=False))
    return _CITIZEN_CHECKS[total % 11] == code[-1]
