"""Send one delivery to the outside and say what became of it. No database writes, no transaction."""

import hashlib
import smtplib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.client import HTTPException, RemoteDisconnected
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from standardwebhooks.webhooks import EmptyWebhookSecretError

from casework.core.files.actions import FileMissing, open_bytes
from casework.core.files.models import StoredFile
from casework.core.outbox import signing
from casework.core.outbox.lines import Answer, Lines
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

LONGEST_TIMEOUT = 15  # seconds for an HTTP answer; for mail, to connect and for each word of the server
NO_ANSWER = "接收方未在规定时间内答复"


def new_lines() -> Lines:
    """Connections with the time-out of the settings, never more than 15 seconds. Close them after use."""
    return Lines(timeout=float(min(settings.OUTBOX_TIMEOUT_SECONDS, LONGEST_TIMEOUT)))


def attach(deliveries: Sequence[Delivery]) -> None:
    """Read from the database what ``send`` will need (one query), so that ``send`` needs none."""
    wanted = {pk for delivery in deliveries for pk in delivery.files}
    found = {str(file.pk): file for file in StoredFile.objects.filter(pk__in=wanted)} if wanted else {}
    for delivery in deliveries:
        delivery.attached = [found[pk] for pk in delivery.files if pk in found]


def send(delivery: Delivery, *, now: datetime, lines: Lines) -> Outcome:
    """Send ``delivery``, with its files attached, over its channel. Reads and writes no database.

    Never raises for what the other side does.
    """
    if delivery.endpoint is not None and not delivery.endpoint.active:
        return Outcome(ok=False, error="投递地址已停用", permanent=True)
    return _CHANNELS[delivery.channel](delivery, now, lines)


# -- mail ----------------------------------------------------------------------


def _send_mail(delivery: Delivery, now: datetime, lines: Lines) -> Outcome:
    try:
        _post_mail(_message(delivery), lines)
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


def _post_mail(message: EmailMessage, lines: Lines) -> None:
    """One mail. A kept connection that the server has closed meanwhile is no failure: once more, on a new one."""
    with lines.mail() as line:
        reused = line.reused
        try:
            line.send(message)
        except smtplib.SMTPServerDisconnected:
            if not reused:
                raise
            line.send(message)


def _smtp_answer(code: int, text: bytes | str, *, permanent: bool) -> Outcome:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Outcome(
        ok=False, status=str(code), error=f"邮件服务器答复{code}：{one_line(said)}", permanent=permanent
    )


def _message(delivery: Delivery) -> EmailMessage:
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
    )
    if len(delivery.attached) != len(delivery.files):
        raise FileMissing(delivery.dedup)
    for file in delivery.attached:
        with open_bytes(file) as handle:
            data = handle.read()
        _check_digest(file, data)
        message.attach(file.name, data, file.content_type)
    return message


class _Tampered(Exception):
    """The stored bytes are not those that were put in."""


def _check_digest(file: StoredFile, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise _Tampered(f"附件「{file.name}」与登记的摘要不符，未发送")


# -- HTTP ----------------------------------------------------------------------


def _send_http(delivery: Delivery, now: datetime, lines: Lines) -> Outcome:
    try:
        target = target_of(delivery.address, settings.PUSH_ALLOWED_ENDPOINTS)
        headers = _headers(delivery, target, now)
        lines.address_of(target)
    except TargetRefused as error:
        return Outcome(ok=False, error=str(error), permanent=True)
    except (OSError, UnicodeError):
        return Outcome(ok=False, error="接收方主机名无法解析")
    try:
        answer = _post(target, delivery.body.encode(), headers, lines)
    except TimeoutError:
        return Outcome(ok=False, error=NO_ANSWER, slow=True)
    except (HTTPException, OSError) as error:
        return Outcome(ok=False, error=f"与接收方的连接失败（{type(error).__name__}）")
    return http_outcome(answer.status, answer.headers, one_line(answer.text), now)


def _post(target: Target, body: bytes, headers: dict[str, str], lines: Lines) -> Answer:
    """One push. A kept connection that the other side has closed meanwhile is no failure: once more, on a new one."""
    with lines.http(target) as line:
        reused = line.reused
        try:
            return line.post(target.path, body, headers)
        except (RemoteDisconnected, ConnectionResetError):
            line.close()
            if not reused:
                raise
            return line.post(target.path, body, headers)
        except BaseException:
            line.close()
            raise


def _headers(delivery: Delivery, target: Target, now: datetime) -> dict[str, str]:
    """Headers of Standard Webhooks 1.0.0: id, time and signature over "id.time.body"."""
    keys = signing.keys(delivery.endpoint, now)
    if not keys:
        raise TargetRefused("投递地址没有设置签名密钥")
    # The library reads the clock face and takes it for UTC, whatever zone it is in.
    at = now.astimezone(UTC)
    try:
        signature = signing.signatures(keys, delivery.dedup, at, delivery.body)
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


_CHANNELS: dict[str, Callable[[Delivery, datetime, Lines], Outcome]] = {
    Channel.OA_MAIL: _send_mail,
    Channel.MAIL: _send_mail,
    Channel.HTTP: _send_http,
}
