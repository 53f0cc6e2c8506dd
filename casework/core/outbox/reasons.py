"""A reason that an operator gives: one line, fit for the ledger. Pure."""

from casework.core.errors import Refusal
from casework.core.letters.rules import why_not_said

REASON_LENGTH = 200


def checked_reason(reason: str, refusal: type[Refusal], act: str) -> str:
    """``reason`` in one line; raises ``refusal`` when it is missing, too long or carries a personal number."""
    reason = " ".join(reason.split())
    if not reason:
        raise refusal(f"{act}须说明原因。", field="reason")
    if len(reason) > REASON_LENGTH:
        raise refusal(f"原因不超过{REASON_LENGTH}字，请精简。", field="reason")
    if why := why_not_said(reason):
        raise refusal(why, field="reason")
    return reason
