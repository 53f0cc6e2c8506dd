"""Codes of legal subjects: how they are written and whether their check characters hold. Pure."""

import re
import unicodedata
from datetime import date

from casework.core.subjects.models import CodeKind, SubjectKind

# GB 32100-2015: digits and capitals without I, O, S, V, Z; weights are the powers of 3 modulo 31.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_SHAPE = re.compile(rf"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}", re.ASCII)
USCC_MODULUS = 31
# GB 11714-1997
ORG_CODE_SHAPE = re.compile(r"[0-9A-Z]{8}-?[0-9X]", re.ASCII)
ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORG_CODE_MODULUS = 11
# GB 11643-1999; 81, 82, 83 are the residence permits of Hong Kong, Macao and Taiwan people.
CITIZEN_SHAPE = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
CITIZEN_CHECKS = "10X98765432"
PROVINCES = frozenset(
    {
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
    }
)
OTHER_CODE_LENGTH = range(4, 41)

CODE_KINDS: dict[str, frozenset[str]] = {
    SubjectKind.ORGANISATION: frozenset({CodeKind.USCC, CodeKind.OTHER}),
    SubjectKind.BUSINESS: frozenset({CodeKind.USCC, CodeKind.OTHER}),
    SubjectKind.PERSON: frozenset({CodeKind.CITIZEN_ID, CodeKind.PASSPORT, CodeKind.OTHER}),
}


def normalise(text: str) -> str:
    """A code as its standard writes it: half-width, capitals, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def normalise_name(text: str) -> str:
    """A name without stray blanks; full-width brackets stay, for names are written with them."""
    return " ".join(text.split())


def check_uscc(code: str) -> bool:
    """Whether a normalised 统一社会信用代码 has the right form and check character (GB 32100)."""
    if not USCC_SHAPE.fullmatch(code):
        return False
    total = sum(
        USCC_ALPHABET.index(char) * pow(3, place, USCC_MODULUS) for place, char in enumerate(code[:-1])
    )
    return USCC_ALPHABET[-total % USCC_MODULUS] == code[-1]


def check_org_code(code: str) -> bool:
    """Whether a normalised 组织机构代码, with or without its hyphen, is right (GB 11714)."""
    if not ORG_CODE_SHAPE.fullmatch(code):
        return False
    total = sum(int(char, 36) * weight for char, weight in zip(code[:8], ORG_CODE_WEIGHTS, strict=True))
    return "0123456789X"[-total % ORG_CODE_MODULUS] == code[-1]


def check_citizen_id(code: str) -> bool:
    """Whether a normalised 公民身份号码 has a province, a birthday that exists and its check character.

    Every district and every year of birth is let through: both change, the check character does not.
    """
    if not CITIZEN_SHAPE.fullmatch(code) or int(code[:2]) not in PROVINCES:
        return False
    try:
        date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(code[:17]))
    return CITIZEN_CHECKS[total % 11] == code[17]


def why_not_code(code_kind: str, code: str) -> str:
    """Why a normalised code cannot stand, in Chinese; "" when it can."""
    if not code:
        return "请填写证件号码。"
    if code_kind == CodeKind.USCC and not check_uscc(code):
        return "统一社会信用代码不正确：应为18位，且校验位相符。请核对后重新填写。"
    if code_kind == CodeKind.CITIZEN_ID and not check_citizen_id(code):
        return "居民身份证号码不正确：应为18位，且校验位相符。请核对后重新填写。"
    if len(code) not in OTHER_CODE_LENGTH:
        return f"证件号码应为{OTHER_CODE_LENGTH.start}至{OTHER_CODE_LENGTH.stop - 1}位。"
    return ""


def why_not_pair(kind: str, code_kind: str) -> str:
    """Why a subject of ``kind`` cannot be known by ``code_kind``; "" when it can."""
    if code_kind in CODE_KINDS[kind]:
        return ""
    allowed = "、".join(str(CodeKind(each).label) for each in CodeKind.values if each in CODE_KINDS[kind])
    return f"{SubjectKind(kind).label}的证件类型应为：{allowed}。"
