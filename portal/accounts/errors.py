"""What account administration refuses, in Chinese."""

from django.core.exceptions import PermissionDenied, ValidationError


class AccountRefused(ValidationError):
    """The rules do not allow it. ``field`` is the form field that the reader can mend, "" for none."""

    def __init__(self, text: str, *, field: str = "") -> None:
        super().__init__(text)
        self.field = field


class SeparatedRole(AccountRefused):
    """The person holds a role that cannot be combined with the new one (三员分立)."""


class NotAllowed(PermissionDenied):
    """The person may not administer this account (→ 403)."""
