"""The second factor (R-54): a TOTP app and ten recovery codes, each code good once.

The arithmetic is django-otp's. Its devices are not used: they keep keys and recovery codes readable in the
database and read the clock themselves (docs/adr: a second factor of our own).
"""

import secrets
from base64 import b32encode
from collections.abc import Collection
from datetime import date, datetime
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from portal.accounts import sessions
from portal.accounts.encryption import blind_index
from portal.accounts.errors import AccountRefused, NotAllowed
from portal.accounts.facts import note, note_and_log
from portal.accounts.models import Authenticator, RecoveryCode, User
from portal.accounts.notices import tell
from portal.accounts.roles import Role

KEY_BYTES = 20  # RFC 4226: as long as the digest
TOLERANCE = 1  # steps of 30 s to either side
CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else
_PART = 5  # a code is two parts: 10 signs, 49 bits
EVERYBODY = "all"
# Whoever could change the guards or the record: 等保三级 asks at least these (a deployment check says so).
ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.EDITOR})


class WrongCode(AccountRefused):
    """The code is not the app's of this minute, was used already, or is no recovery code."""


# -- who needs one, who has one ------------------------------------------------
def required_roles() -> frozenset[str]:
    """The roles of ``SECOND_FACTOR_ROLES``."""
    named: Collection[str] = settings.SECOND_FACTOR_ROLES
    return frozenset(Role.values) if EVERYBODY in named else frozenset(named)


def is_required(user: User, today: date) -> bool:
    """Whether a role that ``user`` holds today asks for one; no query while no role does."""
    roles = required_roles()
    return bool(roles) and user.memberships.valid_on(today).filter(role__in=roles).exists()


def is_enrolled(user: User) -> bool:
    """Whether the person signs in with a second factor."""
    return Authenticator.objects.filter(user=user, confirmed_at__isnull=False).exists()


def codes_left(user: User) -> int:
    """How many recovery codes are still good."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


# -- enrolment -----------------------------------------------------------------
@transaction.atomic
def begin(*, user: User, now: datetime) -> Authenticator:
    """A new secret that counts once it is confirmed. Raises ``AccountRefused`` when enrolled already."""
    found, _ = Authenticator.objects.get_or_create(
        user=user, defaults={"secret": _new_secret(), "created_at": now}
    )
    if found.confirmed_at is not None:
        raise AccountRefused("您已启用动态口令。")
    found.secret, found.created_at, found.last_step = _new_secret(), now, -1
    found.save(update_fields=["secret", "created_at", "last_step"])
    return found


def begun(user: User) -> Authenticator | None:
    """The authenticator that waits for its first code."""
    return Authenticator.objects.filter(user=user, confirmed_at=None).first()


@transaction.atomic
def confirm(*, user: User, code: str, keep: str, now: datetime) -> list[str]:
    """Enrol with the first code of the app; the ten recovery codes, which nobody can see again.

    ``keep`` is the handle of the session that stays, all others end. Raises ``WrongCode``.
    """
    found = begun(user)
    if found is None or not _take(found, code, now):
        raise WrongCode("动态口令不正确，请核对手机时间，并输入最新的6位数字。", field="code")
    if not Authenticator.objects.filter(pk=found.pk, confirmed_at=None).update(confirmed_at=now):
        raise AccountRefused("您已启用动态口令。")
    codes = _replace_codes(user)
    sessions.end_all(user=user, by=user, now=now, keep=keep)
    note("account.second_factor_enrolled", by=user, now=now, about=user)
    tell(user, "您的账号已启用动态口令，今后登录需要输入口令。", now=now)
    return codes


@transaction.atomic
def new_codes(*, user: User, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones are good no more. Raises ``AccountRefused`` when not enrolled."""
    if not is_enrolled(user):
        raise AccountRefused("请先启用动态口令。")
    codes = _replace_codes(user)
    note("account.recovery_codes_made", by=user, now=now, about=user)
    tell(user, "您的账号重新生成了恢复码，旧的恢复码已作废。", now=now)
    return codes


# -- use -----------------------------------------------------------------------
@transaction.atomic
def accept(*, user: User, code: str, now: datetime) -> bool:
    """Use up ``code``, of the app or a recovery code; whether it was good. No code is accepted twice."""
    typed = code.replace(" ", "").replace("-", "").lower()
    if len(typed) == 6 and typed.isascii() and typed.isdigit():
        found = Authenticator.objects.filter(user=user, confirmed_at__isnull=False).first()
        return found is not None and _take(found, typed, now)
    return is_enrolled(user) and _take_recovery(user, typed, now)


def _take(authenticator: Authenticator, code: str, now: datetime) -> bool:
    """Whether ``code`` is the app's of now and its step newer than every accepted one; then the step is used up."""
    typed = code.replace(" ", "")
    if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return False
    totp = TOTP(bytes.fromhex(authenticator.secret))
    totp.time = now.timestamp()
    if not totp.verify(int(typed), tolerance=TOLERANCE, min_t=authenticator.last_step + 1):
        return False
    newer = Authenticator.objects.filter(pk=authenticator.pk, last_step__lt=totp.t())
    return bool(newer.update(last_step=totp.t()))


def _take_recovery(user: User, typed: str, now: datetime) -> bool:
    rows = RecoveryCode.objects.filter(user=user, digest=_digest(user, typed), used_at=None)
    if not rows.update(used_at=now):
        return False
    left = codes_left(user)
    note("account.recovery_code_used", by=user, now=now, about=user, left=left)
    tell(user, f"您的账号使用了一个恢复码，还剩{left}个。", now=now)
    return True


# -- the end of one ------------------------------------------------------------
@transaction.atomic
def remove(*, user: User, keep: str, now: datetime) -> None:
    """The person does without, or is about to change telephones: whoever's role asks for one enrols again at once."""
    if _drop(user):
        sessions.end_all(user=user, by=user, now=now, keep=keep)
        note("account.second_factor_removed", by=user, now=now, about=user)
        tell(user, "您的账号已停用动态口令。", now=now)


@transaction.atomic
def reset(*, user: User, by: User, now: datetime) -> None:
    """A security administrator takes a lost second factor off ``user``, who is signed out everywhere.

    Whoever's role asks for one enrols again at the next sign-in. Raises ``NotAllowed``.
    """
    held = by.memberships.valid_on(timezone.localdate(now)).filter(role=Role.SECURITY_ADMIN)
    if not by.is_active or by.pk == user.pk or not held.exists():
        raise NotAllowed("只有安全管理员可以重置他人的动态口令；本人的口令须由另一名安全管理员重置。")
    _drop(user)
    sessions.end_all(user=user, by=by, now=now)
    note_and_log("account.second_factor_reset", by=by, now=now, about=user)
    tell(user, "安全管理员重置了您的动态口令。如不是您提出的，请立即报告安全管理员。", now=now)


def _drop(user: User) -> int:
    RecoveryCode.objects.filter(user=user).delete()
    return Authenticator.objects.filter(user=user).delete()[0]


# -- secrets -------------------------------------------------------------------
def typed_secret(authenticator: Authenticator) -> str:
    """The key as a person types it into an app: base 32 in groups of four."""
    text = b32encode(bytes.fromhex(authenticator.secret)).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def app_address(authenticator: Authenticator) -> str:
    """The ``otpauth://`` address that a QR code carries."""
    issuer = settings.SITE_NAME.replace(":", "")
    label = quote(f"{issuer}:{authenticator.user.username}")
    query = urlencode(
        {"secret": typed_secret(authenticator).replace(" ", ""), "issuer": issuer}, quote_via=quote
    )
    return f"otpauth://totp/{label}?{query}"


def qr_svg(authenticator: Authenticator) -> str:
    """The same as an inline SVG without style or script, black on white."""
    code = segno.make(app_address(authenticator), error="m", micro=False)
    return code.svg_inline(scale=5, border=4, light="#fff", svgclass="qr", lineclass=None, omitsize=True)


def _new_secret() -> str:
    return secrets.token_hex(KEY_BYTES)


def _replace_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["-".join(_part() for _ in range(2)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, code.replace("-", ""))) for code in codes
    )
    return codes


def _part() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PART))


def _digest(user: User, code: str) -> str:
    return blind_index(f"recovery:{user.pk}:{code}")
