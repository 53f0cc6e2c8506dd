"""The two sets of password rules that are in force somewhere, and which one is ours (``PASSWORD_PROFILE``).

They contradict each other: 等保三级 asks for complexity and regular change, OWASP ASVS 5 forbids to ask for
either and wants length instead. docs/adr (two password profiles) says what each choice costs. Both refuse known passwords.
"""

from dataclasses import dataclass
from typing import Any

_HERE = "portal.accounts.password_validators."


@dataclass(frozen=True)
class PasswordProfile:
    """``max_age_days`` = 0: no expiry. ``history``: so many earlier passwords do not come back."""

    name: str
    min_length: int
    kinds: int
    max_age_days: int
    history: int

    def validators(self) -> list[dict[str, Any]]:
        """The value of ``AUTH_PASSWORD_VALIDATORS``."""
        length = {"min_length": self.min_length}
        return [
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": length},
            {"NAME": f"{_HERE}LongestValidator"},
            {"NAME": f"{_HERE}KindsValidator", "OPTIONS": {"kinds": self.kinds}},
            {"NAME": f"{_HERE}OwnNameValidator"},
            {"NAME": f"{_HERE}KnownPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
            {"NAME": f"{_HERE}HistoryValidator", "OPTIONS": {"count": self.history}},
        ]


PROFILES: dict[str, PasswordProfile] = {
    "dengbao3": PasswordProfile("dengbao3", min_length=8, kinds=3, max_age_days=90, history=5),
    "asvs": PasswordProfile("asvs", min_length=12, kinds=0, max_age_days=0, history=0),
}
