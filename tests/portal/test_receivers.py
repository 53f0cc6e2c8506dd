"""The loopback receivers of demo mode take real mail and real pushes and tell what they got."""

import json
import smtplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from standardwebhooks import Webhook

from casework.core.outbox.models import Channel, Endpoint
from portal.demo_logins import DemoLogin, read, write
from portal.receivers import Journal, Receivers, http_address
from portal.receivers_page import signature_holds
from tests.cast import Cast

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    def __init__(self, folder: Path) -> None:
        self.smtp, self.http = free_port(), free_port()
        self.journal = Journal(folder)
        self.receivers = Receivers(folder, smtp_port=self.smtp, http_port=self.http)


@pytest.fixture
def running(tmp_path: Path, settings: object) -> Iterator[Running]:
    settings.VAR_DIR = tmp_path
    made = Running(tmp_path)
    settings.DEMO_HTTP_PORT = made.http
    made.receivers.start()
    yield made
    made.receivers.stop()


def push(address: str, message_id: str, body: str) -> requests.Response:
    at = datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(message_id, at, body),
    }
    return requests.post(address, data=body.encode(), headers=headers, timeout=5)


def test_it_keeps_a_mail_with_its_attachment_byte_for_byte(running: Running) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "linkage@example.test", "oa@example.test"
    message["Subject"], message["Message-ID"] = "办理结果推送", "<letter-1@example.test>"
    message.set_content("推送正文")
    data = bytes(range(256)) * 40
    message.add_attachment(data, maintype="application", subtype="pdf", filename="决定书.pdf")
    with smtplib.SMTP("127.0.0.1", running.smtp) as smtp:
        smtp.send_message(message)
    (line,) = running.journal.read()
    assert (line["kind"], line["id"], line["subject"]) == ("mail", "<letter-1@example.test>", "办理结果推送")
    assert line["text"].strip() == "推送正文"
    assert line["files"][0]["name"] == "决定书.pdf"
    assert line["files"][0]["size"] == len(data)
    assert b"letter-1@example.test" in running.journal.raw(line)


def test_it_keeps_a_push_byte_for_byte_and_names_a_repetition(running: Running) -> None:
    address, body = http_address("/receive/one"), json.dumps({"标题": "结果"}, ensure_ascii=False)
    assert push(address, "letter:1", body).json() == {"received": "letter:1", "duplicate": False}
    assert push(address, "letter:1", body).json() == {"received": "letter:1", "duplicate": True}
    first, second = running.journal.read()
    assert running.journal.raw(first) == body.encode()
    assert first["to"] == address
    assert second["duplicate"] is True


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_refuses_what_is_no_push(running: Running, method: str) -> None:
    answer = getattr(requests, method)(http_address("/x"), timeout=5)
    assert answer.status_code in {405, 413}
    assert running.journal.read() == []


def test_a_signature_holds_for_these_bytes_and_this_secret_only(running: Running) -> None:
    push(http_address("/receive/one"), "letter:1", '{"a":1}')
    (line,) = running.journal.read()
    raw = running.journal.raw(line)
    assert signature_holds(line, raw, SECRET)
    assert not signature_holds(line, raw + b" ", SECRET)
    assert not signature_holds(line, raw, "whsec_" + "A" * 32)
    assert not signature_holds(line, raw, "")
    assert not signature_holds(
        {**line, "headers": {**line["headers"], "webhook-id": "letter:2"}}, raw, SECRET
    )


def test_the_desk_shows_what_arrived_and_judges_its_signature(
    running: Running, cast: Cast, sign_in: object, settings: object
) -> None:
    good, bad = http_address("/receive/good"), http_address("/receive/bad")
    Endpoint.objects.create(department=cast.competent, channel=Channel.HTTP, address=good, secret=SECRET)
    push(good, "letter:1", '{"a":1}')
    client = sign_in(cast.supervisor)
    assert client.get("/desk/receivers/").status_code == 404
    settings.DEMO = True
    page = client.get("/desk/receivers/").content.decode()
    assert "letter:1" in page
    assert "签名有效" in page
    assert "签名无效" not in page
    push(bad, "letter:2", "<script>alert(1)</script>")
    page = client.get("/desk/receivers/").content.decode()
    assert "签名无效" in page
    assert "<script>alert(1)" not in page


def test_demo_logins_are_read_in_demo_mode_only(tmp_path: Path, settings: object) -> None:
    settings.VAR_DIR = tmp_path
    settings.DEMO = True
    assert read() == []
    rows = [DemoLogin("综合窗口工作人员", "window1", "示例密码")]
    write(rows)
    assert read() == rows
    assert (tmp_path / "demo_logins.json").stat().st_mode & 0o077 == 0
    settings.DEMO = False
    assert read() == []
