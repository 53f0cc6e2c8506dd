"""Initial passwords: made by the platform, shown once, good until the first sign-in."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from portal.accounts.models import User

_SIGNS = (
    "ABCDEFGHJKLMNPQRSTUVWXYZ",
    "abcdefghijkmnpqrstuvwxyz",
    "23456789",
)  # nothing that looks like another
_PART, _PARTS = 4, 4  # 16 signs, about 92 bits


def make_password(user: User) -> str:
    """A random password that both profiles accept, in groups of four for reading aloud."""
    while True:
        text = "-".join("".join(secrets.choice("".join(_SIGNS)) for _ in range(_PART)) for _ in range(_PARTS))
        if all(set(text) & set(signs) for signs in _SIGNS):
            try:
                validate_password(text, user)
            except ValidationError:  # by chance a word that the profile refuses
                continue
            return text
