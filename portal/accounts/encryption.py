"""Fields that are unreadable in a stolen dump: Fernet at rest, HMAC for look-up.

``settings.FIELD_KEYS`` lists the keys, newest first: the first encrypts, all decrypt,
so a key is rotated by putting a new one in front.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


def _derive(key: str, purpose: bytes) -> bytes:
    return hmac.new(key.encode(), purpose, hashlib.sha256).digest()


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key, b"field"))) for key in keys])


def encrypt(text: str) -> str:
    """Return ``text`` encrypted with the newest field key; "" stays ""."""
    return _fernet(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """Return the clear text; raises ``cryptography.fernet.InvalidToken`` without the right key."""
    return _fernet(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode() if token else ""


def blind_index(text: str) -> str:
    """Return a keyed digest (64 hex characters) that finds equal texts without revealing them.

    It uses the *oldest* key, so that adding a newer one does not orphan existing rows.
    """
    key = _derive(settings.FIELD_KEYS[-1], b"index")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text encrypted at rest. It cannot be filtered on: keep a blind index beside it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else encrypt(str(prepared))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in ("isnull",):
            return super().get_lookup(lookup_name)
        return None  # a filter on ciphertext would silently find nothing
