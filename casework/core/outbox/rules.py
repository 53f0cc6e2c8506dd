"""When a delivery is tried again, what an answer means, where a push may go. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from urllib.parse import SplitResult, urlsplit

# Gaps between the tries, in minutes: 12 tries over 91.7 hours, 73 when every jitter falls short.
GAPS = (0.5, 2, 10, 30, 60, 180, 480, 960, 1200, 1260, 1320)
MAX_TRIES = len(GAPS) + 1
JITTER = 0.2
LONGEST_WAIT = timedelta(days=1)  # a receiver cannot put us off for ever with Retry-After

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
# The receiver says that this very message is wrong: the same bytes cannot do better later.
_PERMANENT = frozenset({400, 413, 415, 422})


class TargetRefused(ValueError):
    """A push may not go to this address; ``str()`` says why, in Chinese."""


@dataclass(frozen=True)
class Outcome:
    """What became of one try. ``wait`` is what the receiver asked for (Retry-After)."""

    ok: bool
    status: str = ""
    error: str = ""
    permanent: bool = False
    wait: timedelta | None = None
    disables_endpoint: bool = False
    slow: bool = False  # no answer in time: the next message to this address may wait as long


@dataclass(frozen=True)
class Target:
    """An address that is on the list: where to connect and what to ask for there."""

    scheme: str
    host: str  # as written, brackets around IPv6
    port: int
    path: str  # with the query

    @property
    def host_header(self) -> str:
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def gap_after(tries: int, random: Random) -> timedelta:
    """Time until the next try after ``tries`` tries (1 or more), with 20 % jitter either way."""
    minutes = GAPS[min(max(tries, 1), len(GAPS)) - 1]
    return timedelta(minutes=minutes * random.uniform(1 - JITTER, 1 + JITTER))


def is_last(tries: int) -> bool:
    """Whether the try with this number was the last one."""
    return tries >= MAX_TRIES


def http_outcome(status: int, headers: Mapping[str, str], excerpt: str, now: datetime) -> Outcome:
    """What an HTTP answer means, as Standard Webhooks 1.0.0 has it: only 2xx is success.

    A redirect fails; 410 closes the endpoint for good; 429 and 503 may say when to come back.
    """
    if 200 <= status < 300:
        return Outcome(ok=True, status=str(status))
    said = f"：{excerpt}" if excerpt else ""
    if status == 410:
        return Outcome(
            ok=False,
            status="410",
            error="接收方声明此接口已永久停用（410），已停用该投递地址",
            permanent=True,
            disables_endpoint=True,
        )
    if 300 <= status < 400:
        return Outcome(ok=False, status=str(status), error=f"接收方要求跳转（{status}），平台不跟随跳转")
    wait = retry_after(headers.get("Retry-After", ""), now) if status in {429, 503} else None
    error = f"接收方答复{status}{said}"
    return Outcome(ok=False, status=str(status), error=error, permanent=status in _PERMANENT, wait=wait)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for (seconds or an HTTP date), at most a day; None if unreadable."""
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
        wait = until - now
    except (ValueError, TypeError):  # not a date, or a date without its zone
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def target_of(url: str, allowed: Collection[str]) -> Target:
    """Read ``url`` and let it through only when its exact host:port is in ``allowed`` (R-10).

    Raises ``TargetRefused`` for anything that two programs could read differently: user information,
    control characters, backslashes, percent signs or letters beyond ASCII in the host.
    """
    if _CONTROL.search(url) or not url.isascii():
        raise TargetRefused("接口地址含有不允许的字符")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetRefused("接口地址无法识别") from error
    if parts.scheme not in _PORTS:
        raise TargetRefused("接口地址须以 http 或 https 开头")
    if "@" in parts.netloc or parts.fragment or "#" in url:
        raise TargetRefused("接口地址不能含有用户名、口令或片段")
    return _on_list(parts, _PORTS[parts.scheme] if port is None else port, allowed)


def _on_list(parts: SplitResult, port: int, allowed: Collection[str]) -> Target:
    host = _host(parts.netloc).lower()
    if not _HOST.fullmatch(host) or ".." in host:
        raise TargetRefused("接口地址的主机名无法识别")
    if f"{host}:{port}" not in {entry.strip().lower() for entry in allowed}:
        raise TargetRefused(f"接口地址 {host}:{port} 不在允许投递的名单内（PUSH_ALLOWED_ENDPOINTS）")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _host(netloc: str) -> str:
    if netloc.startswith("["):
        return netloc[: netloc.find("]") + 1]
    return netloc.split(":", 1)[0]


def message_id(dedup: str, domain: str) -> str:
    """The Message-ID of a mail: the same for every try, so that a receiver can tell a repeated one."""
    local = re.sub(r"[^A-Za-z0-9_-]+", ".", dedup).strip(".")
    return f"<{local}@{domain}>"


def one_line(text: str, limit: int = 120) -> str:
    """Text from outside, fit for a list: printable characters, one line, at most ``limit`` characters."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:limit]
