"""Send one delivery to the outside and say what became of it. No database writes, no transaction."""

import hashlib
import ipaddress
import smtplib
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from requests.adapters import HTTPAdapter
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from casework.core.files.actions import FileMissing, open_bytes
from casework.core.files.models import StoredFile
from casework.core.outbox.models import Channel, Delivery
from casework.core.outbox.rules import (
    Outcome,
    Target,
    TargetRefused,
    http_outcome,
    message_id,
    one_line,
    target_of,
)

ANSWER_LIMIT = 64 * 1024  # bytes read of an answer
LONGEST_TIMEOUT = 15  # seconds, to connect and between two reads


def send(delivery: Delivery, *, now: datetime) -> Outcome:
    """Send ``delivery`` over its channel. Never raises for what the other side does."""
    if delivery.endpoint is not None and not delivery.endpoint.active:
        return Outcome(ok=False, error="投递地址已停用", permanent=True)
    return _CHANNELS[delivery.channel](delivery, now)


def _timeout() -> float:
    return float(min(settings.OUTBOX_TIMEOUT_SECONDS, LONGEST_TIMEOUT))


# -- mail ----------------------------------------------------------------------


def _send_mail(delivery: Delivery, now: datetime) -> Outcome:
    try:
        message = _message(delivery, now)
        message.send()
    except FileMissing:
        return Outcome(ok=False, error="附件在存储中读取不到")
    except _Tampered as error:
        return Outcome(ok=False, error=str(error), permanent=True)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _smtp_answer(code, text, permanent=500 <= code < 600)
    except smtplib.SMTPDataError as error:
        return _smtp_answer(error.smtp_code, error.smtp_error, permanent=500 <= error.smtp_code < 600)
    except smtplib.SMTPResponseException as error:
        # Greeting, login, sender: that is our set-up, not this message; an operator can mend it.
        return _smtp_answer(error.smtp_code, error.smtp_error, permanent=False)
    except (smtplib.SMTPException, OSError) as error:
        return Outcome(ok=False, error=f"邮件服务器连接失败（{type(error).__name__}）")
    except ValueError as error:  # an address or a header that cannot be written into a mail
        return Outcome(ok=False, error=f"邮件无法组成（{one_line(str(error), 80)}）", permanent=True)
    return Outcome(ok=True, status="250")


def _smtp_answer(code: int, text: bytes | str, *, permanent: bool) -> Outcome:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Outcome(
        ok=False, status=str(code), error=f"邮件服务器答复{code}：{one_line(said)}", permanent=permanent
    )


def _message(delivery: Delivery, now: datetime) -> EmailMessage:
    domain = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        **delivery.headers,
        "Message-ID": message_id(delivery.dedup, domain),
        "Auto-Submitted": "auto-generated",
    }
    message = EmailMessage(
        subject=delivery.subject,
        body=delivery.body,
        to=[delivery.address],
        headers=headers,
        connection=get_connection(timeout=_timeout()),
    )
    for file in _files(delivery):
        with open_bytes(file) as handle:
            data = handle.read()
        _check_digest(file, data)
        message.attach(file.name, data, file.content_type)
    return message


def _files(delivery: Delivery) -> list[StoredFile]:
    found = {str(file.pk): file for file in StoredFile.objects.filter(pk__in=delivery.files)}
    return [found[pk] for pk in delivery.files]


class _Tampered(Exception):
    """The stored bytes are not those that were put in."""


def _check_digest(file: StoredFile, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise _Tampered(f"附件「{file.name}」与登记的摘要不符，未发送")


# -- HTTP ----------------------------------------------------------------------


class _PinnedAdapter(HTTPAdapter):
    """Connects to a fixed address, while certificate and SNI are those of the name."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, server_hostname=self._name, assert_hostname=self._name)


def _send_http(delivery: Delivery, now: datetime) -> Outcome:
    try:
        target = target_of(delivery.address, settings.PUSH_ALLOWED_ENDPOINTS)
        address = _resolve(target)
        headers = _headers(delivery, target, now)
    except TargetRefused as error:
        return Outcome(ok=False, error=str(error), permanent=True)
    except OSError:
        return Outcome(ok=False, error="接收方主机名无法解析")
    try:
        return _post(target, address, delivery.body.encode(), headers, now)
    except requests.Timeout:
        return Outcome(ok=False, error="接收方未在规定时间内答复")
    except (requests.RequestException, OSError) as error:
        return Outcome(ok=False, error=f"与接收方的连接失败（{type(error).__name__}）")


def _resolve(target: Target) -> str:
    """One address for the name, looked up once: the one that is judged is the one that is connected to.

    A listed *name* that suddenly points at this machine or at a link-local address (rebinding) is refused;
    who wants that lists the address itself. Raises ``TargetRefused``, ``OSError``.
    """
    literal = target.host.strip("[]")
    found = socket.getaddrinfo(literal, target.port, type=socket.SOCK_STREAM)
    address = ipaddress.ip_address(str(found[0][4][0]).split("%")[0])
    special = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    if special and literal != "localhost" and str(address) != literal:
        raise TargetRefused(f"接收方主机名 {target.host} 指向了不允许的地址")
    return f"[{address}]" if address.version == 6 else str(address)


def _headers(delivery: Delivery, target: Target, now: datetime) -> dict[str, str]:
    """Headers of Standard Webhooks 1.0.0: id, time and signature over "id.time.body"."""
    secret = delivery.endpoint.secret if delivery.endpoint is not None else ""
    if not secret:
        raise TargetRefused("投递地址没有设置签名密钥")
    # The library reads the clock face and takes it for UTC, whatever zone it is in.
    at = now.astimezone(UTC)
    try:
        signature = Webhook(secret).sign(delivery.dedup, at, delivery.body)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise TargetRefused("投递地址的签名密钥格式不正确") from error
    return {
        "Host": target.host_header,
        "Content-Type": "application/json; charset=utf-8",
        "Accept-Encoding": "identity",
        "User-Agent": "linkage-outbox/1",
        "webhook-id": delivery.dedup,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }


def _post(target: Target, address: str, body: bytes, headers: dict[str, str], now: datetime) -> Outcome:
    deadline = time.monotonic() + _timeout()
    with requests.Session() as session:
        session.trust_env = False  # no proxy, no .netrc: the pinned address is where the bytes go
        session.mount("https://", _PinnedAdapter(target.host.strip("[]")))
        with session.post(
            f"{target.scheme}://{address}:{target.port}{target.path}",
            data=body,
            headers=headers,
            timeout=(_timeout(), _timeout()),
            allow_redirects=False,
            stream=True,
        ) as answer:
            text = _read_capped(answer, deadline)
            return http_outcome(answer.status_code, answer.headers, one_line(text), now)


def _read_capped(answer: requests.Response, deadline: float) -> str:
    """At most 64 kB of the answer, and no longer than the time-out: the status has already decided."""
    data = b""
    try:
        while len(data) < ANSWER_LIMIT and time.monotonic() < deadline:
            chunk = answer.raw.read1(min(8192, ANSWER_LIMIT - len(data)))
            if not chunk:
                break
            data += chunk
    except Exception:
        return ""
    return data[:2000].decode("utf-8", "replace")


_CHANNELS: dict[str, Callable[[Delivery, datetime], Outcome]] = {
    Channel.OA_MAIL: _send_mail,
    Channel.MAIL: _send_mail,
    Channel.HTTP: _send_http,
}
