"""Sessions that know whose they are, so that a person can list them and end them.

Django's own database sessions with columns beside the data; ending one is deleting its row, and the very
next request with its cookie is nobody's.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

# Keys of the session data that the columns repeat.
HANDLE, STARTED, SEEN, ADDRESS, AGENT = (
    "session_handle",
    "session_started",
    "session_seen",
    "session_address",
    "session_agent",
)


class AccountSession(AbstractBaseSession):
    """A session; ``user`` is empty until somebody signed in. ``handle`` names it on screen, never its key."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="用户",
        null=True,
        on_delete=models.CASCADE,
        related_name="sessions",
    )
    handle = models.CharField("编号", max_length=32, blank=True, default="")
    started_at = models.DateTimeField("登录时间", null=True)
    seen_at = models.DateTimeField("最近操作", null=True)
    address = models.CharField("网络地址", max_length=45, blank=True, default="")
    agent = models.CharField("浏览器", max_length=200, blank=True, default="")

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "登录会话"
        indexes: ClassVar = [models.Index(fields=["user", "handle"], name="session_user_handle")]

    @classmethod
    def get_session_store_class(cls) -> type["SessionStore"]:
        return SessionStore


class SessionStore(DatabaseStore):
    """Reads and writes ``AccountSession``."""

    @classmethod
    def get_model_class(cls) -> type[AccountSession]:
        return AccountSession

    def create_model_instance(self, data: dict[str, Any]) -> AccountSession:
        row: AccountSession = super().create_model_instance(data)  # type: ignore[assignment]
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.handle = data.get(HANDLE, "")
        row.started_at = _moment(data.get(STARTED))
        row.seen_at = _moment(data.get(SEEN))
        row.address = data.get(ADDRESS, "")
        row.agent = data.get(AGENT, "")
        return row


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
