"""Know a legal subject by its code, once."""

from datetime import datetime

from django.db import transaction

from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.subjects.models import Subject
from casework.core.subjects.rules import normalise_name, why_not_code, why_not_pair
from portal.accounts.codes import normalise
from portal.accounts.encryption import blind_index
from portal.accounts.models import User


class BadSubject(Refusal):
    """Name, kind or code of the subject cannot stand; ``field`` says which."""


@transaction.atomic
def find_or_create(
    *, kind: str, name: str, code_kind: str, code: str, now: datetime, by: User | None = None
) -> Subject:
    """The subject with this code; registered when it is seen for the first time.

    The code is normalised (full-width, lower case, blanks). A subject that stands keeps its first name:
    what an application says is kept with the case. The number itself is stored encrypted and found by
    its blind index only. Raises ``BadSubject``.
    """
    name, code = normalise_name(name), normalise(code)
    if not name:
        raise BadSubject("请填写申请人名称。", field="name")
    if why := why_not_pair(kind, code_kind):
        raise BadSubject(why, field="code_kind")
    if why := why_not_code(code_kind, code):
        raise BadSubject(why, field="code")
    subject, is_new = Subject.objects.get_or_create(
        code_index=index_of(code_kind, code),
        defaults={"kind": kind, "name": name, "code_kind": code_kind, "code": code, "created_at": now},
    )
    if is_new:  # no number and no name in the ledger
        record("subject.registered", by=by, now=now, obj=subject, kind=kind, code_kind=code_kind)
    return subject


def index_of(code_kind: str, code: str) -> str:
    """The blind index under which a normalised code is found (64 hex characters)."""
    return blind_index(f"{code_kind}:{code}")
