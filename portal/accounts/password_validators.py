"""What a new password must not be. ``password_profiles.py`` says which of these apply."""

import re
import unicodedata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

LONGEST = 128  # characters; a longer one only costs hashing time
_KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
_LOOKALIKES = str.maketrans("@$0134578!", "asoieastbi")
SHORTEST_NAME = 4  # a shorter user name is in too many words


class LongestValidator:
    """Not endlessly long."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(f"密码不能超过{LONGEST}个字符。", code="too_long")

    def get_help_text(self) -> str:
        return f"不超过{LONGEST}个字符，可以使用空格和汉字。"


class KindsValidator:
    """Signs of at least ``kinds`` of four kinds (等保); 0 asks for nothing (ASVS 6.2.5)."""

    def __init__(self, kinds: int = 0) -> None:
        self.kinds = kinds

    def validate(self, password: str, user: Any = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in _KINDS) < self.kinds:
            raise ValidationError(self.get_help_text(), code="too_plain")

    def get_help_text(self) -> str:
        if not self.kinds:
            return "不要求混用字符类别，越长越好。"
        return f"大写字母、小写字母、数字、其他符号，至少包含其中{self.kinds}类。"


class OwnNameValidator:
    """Neither the user name nor the name, forwards or backwards, with nothing much around it."""

    def validate(self, password: str, user: Any = None) -> None:
        text = password.casefold()
        for name in (getattr(user, "username", ""), getattr(user, "name", "")):
            own = str(name).casefold()
            if not own:
                continue
            if text in (own, own[::-1]) or (
                len(own) >= SHORTEST_NAME and (own in text or own[::-1] in text) and len(text) - len(own) < 8
            ):
                raise ValidationError(
                    "密码不能是您的用户名或姓名，也不能只在其前后添加几个字符。", code="own_name"
                )

    def get_help_text(self) -> str:
        return "不能是用户名或姓名。"


class KnownPasswordValidator(CommonPasswordValidator):
    """Not one that guessers try first: Django's list of 20,000 and the operator's own list of leaked ones.

    Compared as typed and as meant: ``P@ssw0rd2024!`` is "password" with the usual decoration.
    ``PASSWORD_DENYLIST_FILE`` holds one password a line, in clear, UTF-8.
    """

    def __init__(self) -> None:
        super().__init__()
        if settings.PASSWORD_DENYLIST_FILE:
            lines = Path(settings.PASSWORD_DENYLIST_FILE).read_text("utf-8").splitlines()
            self.passwords = self.passwords | {line.strip().casefold() for line in lines if line.strip()}

    def validate(self, password: str, user: Any = None) -> None:
        if any(form in self.passwords for form in _forms(password)):
            raise ValidationError(
                "这个密码出现在常用或已泄露的密码表中，很容易被猜到，请另选一个。", code="password_too_common"
            )

    def get_help_text(self) -> str:
        return "不能是常用的或已经泄露过的密码。"


def _forms(password: str) -> set[str]:
    """What a guesser's rules would reach the password from."""
    text = unicodedata.normalize("NFKC", password).casefold().strip()
    bare = re.sub(r"[^a-z]+$|^[^a-z]+", "", text)
    meant = re.sub(r"[^a-z]+$|^[^a-z]+", "", re.sub(r"[\d\W_]{1,6}$", "", text).translate(_LOOKALIKES))
    letters = re.sub(r"[\W_]+", "", text)
    # A short remainder ("a1b2") says nothing about the whole.
    return {text, letters} | {form for form in (bare, meant) if len(form) >= 6 and len(text) - len(form) <= 6}


class HistoryValidator:
    """None of the ``count`` latest passwords of the person."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def validate(self, password: str, user: Any = None) -> None:
        if not self.count or user is None or user.pk is None:
            return
        from portal.accounts.models import PasswordRecord

        rows = PasswordRecord.objects.filter(user=user).order_by("-pk")[: self.count]
        if any(check_password(password, each) for each in {user.password, *(row.encoded for row in rows)}):
            raise ValidationError(f"不能与当前密码或最近{self.count}次用过的密码相同。", code="used_before")

    def get_help_text(self) -> str:
        return f"不能与最近{self.count}次用过的密码相同。" if self.count else "可以长期使用，不必定期更换。"
