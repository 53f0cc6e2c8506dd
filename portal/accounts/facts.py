"""What happens to accounts, told to whoever keeps the record. A leaf imports no ledger, so it says it aloud."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from wagtail.log_actions import log

from portal.accounts.models import Department, User

noted = Signal()


def note(
    action: str,
    *,
    by: User | None,
    now: datetime,
    about: User | None = None,
    department: Department | None = None,
    **payload: Any,
) -> None:
    """Tell that ``action`` ("account." and a verb) happened to ``about``, in the caller's transaction.

    ``by=None`` is the platform itself. ``payload`` must hold no personal data. A listener that raises
    takes the transaction with it: no act without its record. Raises ``RuntimeError`` outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a fact about an account belongs into its action's transaction")
    noted.send(User, action=action, by=by, now=now, about=about, department=department, payload=payload)


# What administrators do to accounts and departments stands in Wagtail's log too, under these names.
LOGGED: dict[str, str] = {
    "account.opened": "开通账号",
    "account.enabled": "启用账号",
    "account.disabled": "停用账号",
    "account.unlocked": "解除登录暂停",
    "account.role_given": "授予角色",
    "account.role_ended": "终止角色",
    "account.post_given": "任命职务",
    "account.post_ended": "免去职务",
    "account.handed_over": "移交未办结职责",
    "account.password_given": "设置初始密码",
    "account.second_factor_reset": "重置动态口令",
}


def note_and_log(
    action: str,
    *,
    by: User | None,
    now: datetime,
    about: User | None = None,
    department: Department | None = None,
    **payload: Any,
) -> None:
    """``note`` for an act of administration (``LOGGED``), and the same in Wagtail's log, in one transaction."""
    note(action, by=by, now=now, about=about, department=department, **payload)
    data = {name: value if isinstance(value, int) else str(value) for name, value in payload.items()}
    log(about or department, action, user=by, timestamp=now, data=data)
