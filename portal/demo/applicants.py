"""Applicants of the demo city: invented names; numbers that nobody has, yet pass their checks."""

from functools import lru_cache

from casework.core.subjects.models import CodeKind, SubjectKind
from casework.intake.actions import Applicant
from portal.accounts.codes import USCC_ALPHABET, org_code_ok, uscc_ok

AREA = "460400"
ORGANISATION_PREFIX, BUSINESS_PREFIX = "91", "92"
# Sample numbers printed in GB 11643 and in the rules for residence permits: they belong to nobody.
SAMPLE_CITIZEN_NUMBERS = ("11010519491231002X", "810000199408230021", "830000199201300022")
ORG_CHECKS = "0123456789X"


@lru_cache(maxsize=256)
def example_uscc(prefix: str, number: int) -> str:
    """A well-formed credit code whose organisation part starts with DEM0, which is not in use."""
    body = f"DEM0{number:04d}"
    org = next(f"{body}{sign}" for sign in ORG_CHECKS if org_code_ok(f"{body}{sign}"))
    stem = f"{prefix}{AREA}{org}"
    return next(f"{stem}{sign}" for sign in USCC_ALPHABET if uscc_ok(f"{stem}{sign}"))


def applicant(kind: str, name: str, number: int) -> Applicant:
    """The applicant of story ``number`` (1, 2 …). Raises ``IndexError`` when sample numbers run out."""
    if kind == SubjectKind.PERSON:
        code = SAMPLE_CITIZEN_NUMBERS[number % len(SAMPLE_CITIZEN_NUMBERS)]
        return Applicant(kind=kind, name=name, code_kind=CodeKind.CITIZEN_ID, code=code)
    prefix = BUSINESS_PREFIX if kind == SubjectKind.BUSINESS else ORGANISATION_PREFIX
    return Applicant(kind=kind, name=name, code_kind=CodeKind.USCC, code=example_uscc(prefix, number))
