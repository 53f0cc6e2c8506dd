"""The other side of demo mode: a mail and an HTTP receiver on loopback that note what reaches them.

They run inside ``manage.py up`` and stand in for a department's OA mail and for another platform. Raw
bytes are kept under ``var/received/``, one line per message in ``var/receivers.jsonl``.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP as SMTP_POLICY
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from django.conf import settings

HOST = "127.0.0.1"
REFUSE = "/refuse/"  # this part of the demo receiver refuses every push for good
MAX_BYTES = 30 * 1024 * 1024
KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent")


def http_address(path: str) -> str:
    """Address of the demo HTTP receiver for ``path`` ("/receive/…"), as stored in an endpoint."""
    return f"http://{HOST}:{settings.DEMO_HTTP_PORT}{path}"


class Journal:
    """Raw bytes in files, one JSON line per message, newest last. Safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = folder / "receivers.jsonl"
        self._lock = threading.Lock()

    def note(self, kind: str, raw: bytes, suffix: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Keep one message and return its line: at, kind, raw (file), sha256, duplicate and ``facts``."""
        digest = hashlib.sha256(raw).hexdigest()
        with self._lock:
            known = self.read()
            name = f"{len(known) + 1:06}-{digest[:12]}{suffix}"
            store = self.folder / "received"
            store.mkdir(parents=True, exist_ok=True)
            (store / name).write_bytes(raw)
            line = {"at": datetime.now(UTC).isoformat(), "kind": kind, "raw": name, "sha256": digest, **facts}
            line["duplicate"] = any(row["id"] == line["id"] and row["kind"] == kind for row in known)
            with self.lines.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        return line

    def read(self) -> list[dict[str, Any]]:
        """Every line, oldest first."""
        if not self.lines.exists():
            return []
        return [json.loads(line) for line in self.lines.read_text("utf-8").splitlines()]

    def raw(self, line: Mapping[str, Any]) -> bytes:
        """The bytes of one message exactly as they came."""
        return (self.folder / "received" / str(line["raw"])).read_bytes()


def mail_facts(raw: bytes) -> dict[str, Any]:
    """What the journal says of a mail: id, to, subject, text, files with their digests."""
    message = message_from_bytes(raw, policy=SMTP_POLICY)
    body = message.get_body(("plain",))
    files = []
    for part in message.iter_attachments():
        data = part.get_payload(decode=True)
        data = data if isinstance(data, bytes) else b""
        files.append(
            {
                "name": part.get_filename() or "",
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    return {
        "id": str(message["Message-ID"] or ""),
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "text": body.get_content() if body is not None else "",
        "files": files,
    }


class MailHandler:
    """What aiosmtpd calls for each mail."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        raw = bytes(envelope.content)
        self.journal.note("mail", raw, ".eml", mail_facts(raw))
        return "250 Message accepted for delivery"


class PushHandler(BaseHTTPRequestHandler):
    """Takes POSTs, answers 200 with the id it saw. Judging the signature is left to the desk page."""

    journal: Journal
    server_version = "linkage-demo-receiver"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= MAX_BYTES:
            self._answer(413, {"error": "size"})
            return
        raw = self.rfile.read(length)
        headers = {name: self.headers.get(name, "") for name in KEPT_HEADERS}
        facts = {
            "id": headers["webhook-id"],
            "to": f"http://{self.headers.get('Host', '')}{self.path}",
            "headers": headers,
            "text": raw.decode("utf-8", "replace"),
            "files": [],
        }
        if self.path.startswith(REFUSE):
            self._answer(400, {"error": "示例接口：报文版本不受支持"})
            return
        line = self.journal.note("http", raw, ".bin", facts)
        self._answer(200, {"received": line["id"], "duplicate": line["duplicate"]})

    def do_GET(self) -> None:
        self._answer(405, {"error": "method"})

    def _answer(self, status: int, content: Mapping[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The journal is the log."""


class Receivers:
    """Both receivers, started and stopped together."""

    def __init__(self, folder: Path, *, smtp_port: int, http_port: int) -> None:
        journal = Journal(folder)
        handler = type("BoundPushHandler", (PushHandler,), {"journal": journal})
        self._smtp = Controller(
            MailHandler(journal), hostname=HOST, port=smtp_port, data_size_limit=MAX_BYTES, ready_timeout=15
        )
        self._http = ThreadingHTTPServer((HOST, http_port), handler, bind_and_activate=False)
        self._http.daemon_threads = True
        self._http.allow_reuse_address = True
        self._thread = threading.Thread(target=self._http.serve_forever, name="demo-http", daemon=True)

    def start(self) -> None:
        """Listen. Raises ``OSError`` when a port is taken."""
        self._http.server_bind()
        self._http.server_activate()
        self._smtp.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; what came in is kept."""
        self._smtp.stop()
        self._http.shutdown()
        self._http.server_close()


def journal() -> Journal:
    """The journal of this installation."""
    return Journal(Path(settings.VAR_DIR))
