"""Real receivers on loopback: an HTTP server that misbehaves on demand, and an SMTP server."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def silent(seconds: float) -> Behaviour:
    """Takes the message and says nothing for a while."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)

    return behave


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Takes the message and closes the connection without a word."""
    handler.close_connection = True


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Says yes and never stops talking."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 4096)
    except OSError:
        handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Says yes and then sends a byte every tenth of a second."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.1)
    except OSError:
        handler.close_connection = True


def drip_head(handler: BaseHTTPRequestHandler) -> None:
    """Never comes to the end of its first line: each byte keeps the reader hoping."""
    try:
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


def answer_and_leave(handler: BaseHTTPRequestHandler) -> None:
    """Says yes, keeps the connection by its words, and closes it."""
    answer(204)(handler)
    handler.close_connection = True


def by_path(**behaviours: Behaviour) -> Behaviour:
    """One behaviour for each path: ``by_path(slow=silent(2), ok=answer(204))``."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        behaviours[handler.path.strip("/").split("?")[0]](handler)

    return behave


def break_off(handler: BaseHTTPRequestHandler) -> None:
    """Says yes, announces more than it sends, and leaves."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half of ")
    handler.close_connection = True


def break_off_head(handler: BaseHTTPRequestHandler) -> None:
    """Leaves in the middle of its headers."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    handler.close_connection = True


def bad_status(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 yes OK\r\n\r\n")
    handler.close_connection = True


def endless_head(handler: BaseHTTPRequestHandler) -> None:
    """Headers without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        for number in range(1_000_000):
            handler.wfile.write(b"X-%d: x\r\n" % number)
    except OSError:
        handler.close_connection = True


def not_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"hello there\r\n\r\n")
    handler.close_connection = True


@dataclass
class Receiver:
    """An HTTP receiver. ``script`` is worked off one behaviour per request, its last one stays."""

    script: list[Behaviour] = field(default_factory=lambda: [answer(204)])
    got: list[Got] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, dict(self.headers.items()), body))
                behave = receiver.script.pop(0) if len(receiver.script) > 1 else receiver.script[0]
                behave(self)

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

            def handle_error(self, *args: Any) -> None:
                """A client that hangs up is what these tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/in?from=linkage"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Mailbox:
    """An SMTP receiver. ``refuse`` answers RCPT, ``reject`` answers DATA with these words."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.connections = 0
        self.refuse = self.reject = ""

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.reject:
            return self.reject
        self.got.append(envelope.content)
        return "250 OK"
