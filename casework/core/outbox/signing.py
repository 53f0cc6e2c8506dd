"""Keys and signatures of HTTP pushes, as Standard Webhooks 1.0.0 has them."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from standardwebhooks.webhooks import Webhook

from casework.core.outbox.models import Endpoint

BOTH_VALID = timedelta(days=7)  # after a rotation the old key signs along for so long


def new_secret() -> str:
    """A fresh key: "whsec_" and 32 random bytes in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def keys(endpoint: Endpoint | None, now: datetime) -> list[str]:
    """The keys that sign at ``now``: the present one and, during a rotation, the old one; [] without any."""
    if endpoint is None or not endpoint.secret:
        return []
    until = endpoint.old_secret_until
    rotating = bool(endpoint.old_secret) and until is not None and now < until
    return [endpoint.secret, endpoint.old_secret] if rotating else [endpoint.secret]


def signatures(with_keys: Sequence[str], identity: str, at: datetime, body: str) -> str:
    """One signature per key, parted by spaces: a receiver accepts the message when any of them is right.

    Raises ``ValueError`` or ``EmptyWebhookSecretError`` for a key that is none.
    """
    return " ".join(Webhook(key).sign(identity, at, body) for key in with_keys)
