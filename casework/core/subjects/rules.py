"""Codes of legal subjects: which a subject may have and whether they can stand. Pure.

Form and check characters of the national codes stand in ``portal/accounts/codes.py``.
"""

from casework.core.subjects.models import CodeKind, SubjectKind
from portal.accounts.codes import citizen_id_ok, uscc_ok

OTHER_CODE_LENGTH = range(4, 41)

CODE_KINDS: dict[str, frozenset[str]] = {
    SubjectKind.ORGANISATION: frozenset({CodeKind.USCC, CodeKind.OTHER}),
    SubjectKind.BUSINESS: frozenset({CodeKind.USCC, CodeKind.OTHER}),
    SubjectKind.PERSON: frozenset({CodeKind.CITIZEN_ID, CodeKind.PASSPORT, CodeKind.OTHER}),
}


def normalise_name(text: str) -> str:
    """A name without stray blanks; full-width brackets stay, for names are written with them."""
    return " ".join(text.split())


def why_not_code(code_kind: str, code: str) -> str:
    """Why a normalised code cannot stand, in Chinese; "" when it can."""
    if not code:
        return "请填写证件号码。"
    if code_kind == CodeKind.USCC and not uscc_ok(code):
        return "统一社会信用代码不正确：应为18位，且校验位相符。请核对后重新填写。"
    if code_kind == CodeKind.CITIZEN_ID and not citizen_id_ok(code):
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
