"""Connections to receivers, kept open from one message to the next while a courier is under way.

No database. A line is used by one thread at a time; the pool hands it on. Which address a name stands for
is judged once per pool: the one that is judged is the one that is connected to (R-10).
"""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any, Protocol

import certifi
from django.core.mail import EmailMessage, get_connection

from casework.core.outbox.rules import Target, TargetRefused

ANSWER_LIMIT = 64 * 1024  # bytes read of an answer
EXCERPT = 2000  # bytes of it that are looked at
SHORTEST_WAIT = 0.05  # seconds; a socket's time-out must not be nought


@dataclass(frozen=True)
class Answer:
    """What an HTTP receiver said."""

    status: int
    headers: Mapping[str, str]
    text: str  # the beginning, as far as it came in time


class Line(Protocol):
    """A connection: ``reused`` when it has carried a message before."""

    reused: bool

    def close(self) -> None: ...


class _PinnedTls(HTTPSConnection):
    """Connects to a fixed address, while certificate and SNI are those of the name."""

    def __init__(self, address: str, port: int, *, name: str, timeout: float) -> None:
        super().__init__(address, port, timeout=timeout)
        self._name = name

    def connect(self) -> None:
        HTTPConnection.connect(self)
        context = ssl.create_default_context(cafile=certifi.where())
        self.sock = context.wrap_socket(self.sock, server_hostname=self._name)


class HttpLine:
    """A connection to one judged address."""

    def __init__(self, target: Target, address: str, timeout: float) -> None:
        self.reused = False
        self._timeout = timeout
        self._connection = (
            _PinnedTls(address, target.port, name=target.host.strip("[]"), timeout=timeout)
            if target.scheme == "https"
            else HTTPConnection(address, target.port, timeout=timeout)
        )

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send and read the answer. No redirect is followed, no proxy asked.

        Raises ``OSError`` (``TimeoutError`` among them) and ``HTTPException``.
        """
        deadline = time.monotonic() + self._timeout
        if self._connection.sock is None:
            self._connection.connect()
        self._connection.sock.settimeout(max(deadline - time.monotonic(), SHORTEST_WAIT))
        with contextlib.suppress(BrokenPipeError):  # an answer may come before all has been read
            self._connection.request("POST", path, body, dict(headers))
        response = self._connection.getresponse()
        text, whole = _read_capped(response, deadline)
        self.reused = whole
        if not whole:
            self.close()  # what is left of the answer must not be taken for the next one
        return Answer(response.status, dict(response.headers.items()), text)

    def close(self) -> None:
        """Close; a thread that still reads from it gets an error at once."""
        sock: socket.socket | None = self._connection.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self.reused = False


def _read_capped(response: HTTPResponse, deadline: float) -> tuple[str, bool]:
    """At most 64 kB, no longer than the time-out, and whether that was all: the status has already decided."""
    data, whole = b"", False
    try:
        while len(data) < ANSWER_LIMIT and time.monotonic() < deadline:
            chunk = response.read1(min(8192, ANSWER_LIMIT - len(data)))
            if not chunk:
                whole = not response.length  # else the other side broke off
                break
            data += chunk
    except Exception:
        return "", False
    finally:
        response.close()  # its end of it: the connection stays
    return data[:EXCERPT].decode("utf-8", "replace"), whole


class MailLine:
    """A connection to the mail server that is set up."""

    def __init__(self, timeout: float) -> None:
        self.reused = False
        self._backend: Any = get_connection(timeout=timeout)

    def send(self, message: EmailMessage) -> None:
        """Raises ``smtplib.SMTPException``, ``OSError``, ``ValueError``; the line stays usable or is closed."""
        self._backend.open()
        try:
            message.connection = self._backend
            message.send()
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
            self.reused = True
            raise
        except Exception:
            self.close()
            raise
        self.reused = True

    def close(self) -> None:
        self.reused = False
        with contextlib.suppress(Exception):  # a server that is gone cannot be told goodbye
            self._backend.close()


class Lines:
    """The open connections of one courier, by where they lead. Safe for several threads."""

    def __init__(self, *, timeout: float) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._idle: dict[Target | None, list[Any]] = defaultdict(list)
        self._busy: set[Any] = set()
        self._addresses: dict[tuple[str, int], str] = {}

    def address_of(self, target: Target) -> str:
        """The judged address of ``target``, looked up once. Raises ``TargetRefused``, ``OSError``."""
        place = (target.host, target.port)
        if place not in self._addresses:
            self._addresses[place] = resolve(target)
        return self._addresses[place]

    @contextlib.contextmanager
    def http(self, target: Target) -> Iterator[HttpLine]:
        """A connection for ``target``. Raises ``TargetRefused``, ``OSError``."""
        address = self.address_of(target)
        place = Target(target.scheme, target.host, target.port, "")
        with self._lent(place, lambda: HttpLine(target, address, self.timeout)) as line:
            yield line

    @contextlib.contextmanager
    def mail(self) -> Iterator[MailLine]:
        """A connection to the mail server, made when the first message is sent."""
        with self._lent(None, lambda: MailLine(self.timeout)) as line:
            yield line

    @contextlib.contextmanager
    def _lent(self, place: Target | None, make: Any) -> Iterator[Any]:
        with self._lock:
            line = self._idle[place].pop() if self._idle[place] else make()
            self._busy.add(line)
        try:
            yield line
        finally:
            with self._lock:
                self._busy.discard(line)
                if line.reused:
                    self._idle[place].append(line)

    def close(self) -> None:
        """Close all, those in use as well: a thread that hangs on one ends."""
        with self._lock:
            lines = [line for kept in self._idle.values() for line in kept]
            lines += self._busy
            self._idle.clear()
        for line in lines:
            line.close()


def resolve(target: Target) -> str:
    """One address for the name.

    A listed *name* that suddenly points at this machine or at a link-local address (rebinding) is refused;
    who wants that lists the address itself. Raises ``TargetRefused``, ``OSError``.
    """
    literal = target.host.strip("[]")
    found = socket.getaddrinfo(literal, target.port, type=socket.SOCK_STREAM)
    address = ipaddress.ip_address(str(found[0][4][0]).split("%")[0])
    special = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    if special and literal != "localhost" and str(address) != literal:
        raise TargetRefused(f"接收方主机名 {target.host} 指向了不允许的地址")
    return str(address)
