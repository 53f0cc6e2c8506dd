"""A letter to another department with a delivery off the platform, and what can become of it."""

from datetime import datetime

from casework.core.cases.models import Case
from casework.core.letters import actions as letters
from casework.core.letters.models import LetterKind, Recipient
from casework.core.outbox import actions, transports
from casework.core.outbox.models import Channel, DeadLetter, Delivery
from casework.core.outbox.rules import Outcome
from portal.accounts.models import Department
from tests.cast import NOW, Cast
from tests.core.rooms import SECRET, endpoint

REFUSED = Outcome(ok=False, status="400", error="接收方答复400", permanent=True)


def letter_to(cast: Cast, case: Case, to: Department, *, now: datetime = NOW) -> Recipient:
    """A result sent by the window: delivered in the inbox, and one delivery to each endpoint of ``to``."""
    letter = letters.send(
        kind=LetterKind.RESULT,
        case=case,
        sender=cast.window,
        to=[to],
        title="审批结果",
        facts={},
        files=[],
        by=cast.clerk,
        now=now,
    )
    return letter.recipients.get()


def http_endpoint(department: Department, address: str = "http://127.0.0.1:9/in"):
    return endpoint(department, Channel.HTTP, address, secret=SECRET)


def kill(delivery: Delivery, monkeypatch, *, now: datetime = NOW) -> DeadLetter:
    """Let the receiver refuse it for good, by the engine itself."""
    with monkeypatch.context() as patched:
        patched.setattr(transports, "send", lambda *_args, **_kwargs: REFUSED)
        actions.deliver(delivery.pk, now=now)
    return DeadLetter.objects.get(delivery=delivery, closed_at=None)
