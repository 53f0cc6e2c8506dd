"""Object to a pushed result, answer the objection (疑义, 9.1). Exported by ``actions``."""

from datetime import datetime

from django.db import transaction

from casework.core.access import Can, check
from casework.core.letters import actions as letters
from casework.core.letters.models import Objection
from casework.core.letters.objections import Uploads
from casework.supervision.models import ResultPush
from portal.accounts.models import User


@transaction.atomic
def object_to_result(
    push: ResultPush, *, reason: str, uploads: Uploads = (), by: User, now: datetime
) -> Objection:
    """Object to a result in writing (疑义, 9.1), before or after its claim; the approver must answer.

    A late one is accepted and marked. Raises ``BadObjection`` without a reason or for a refused file,
    ``StaleState`` after the return or a colleague's objection, ``NotPermitted``.
    """
    check(by, Can.OBJECT_TO_RESULT, push.department_id, now)
    return letters.object_to(push.recipient, reason=reason, uploads=uploads, by=by, now=now)


@transaction.atomic
def answer_objection(
    push: ResultPush, *, text: str, uploads: Uploads = (), by: User, now: datetime
) -> Objection:
    """Answer the objection to a result in writing (9.1); the answer reaches the objector as a letter.

    Raises ``BadObjection`` without an objection or a text, or for a refused file, ``StaleState`` when a colleague answered
    first, ``NotPermitted``.
    """
    check(by, Can.ANSWER_OBJECTION, push.case.approver_id, now)
    rows = Objection.objects.select_related("asked__letter__case__item", "asked__duty")
    objection = rows.filter(recipient_id=push.recipient_id).first()
    if objection is None:
        raise letters.BadObjection("该办理结果没有待答复的疑义。")
    return letters.answer_objection(objection, text=text, uploads=uploads, by=by, now=now)
