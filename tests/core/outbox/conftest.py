"""Receivers, and settings that let the outbox reach them."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from casework.core.outbox import actions
from tests.core.outbox.receivers import Mailbox, Receiver


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the doorbell would have told the queue."""
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr(actions, "async_task", lambda *args, **options: rung.append(args))
    return rung


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    made = Receiver()
    settings.PUSH_ALLOWED_ENDPOINTS = [made.place]
    settings.OUTBOX_TIMEOUT_SECONDS = 1
    yield made
    made.stop()


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield box
    controller.stop()
