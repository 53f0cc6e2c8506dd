"""Acts on endpoints and dead deliveries, as ``tests/acts.py`` takes them: (who, scene → address, form, page)."""

from collections.abc import Callable
from typing import Any
from unittest import mock

from django.urls import reverse

from casework.core.letters.models import Recipient
from casework.core.outbox import actions as outbox
from casework.core.outbox import endpoints, transports
from casework.core.outbox.models import Channel, DeadLetter, Delivery, Endpoint
from cms_pages.models import GuideVersion
from tests.cast import NOW, Cast
from tests.core.outbox.letters import REFUSED, http_endpoint, letter_to
from tests.core.rooms import make_case, upload

ADDRESS = "http://127.0.0.1:9/neu"
REASON = {"reason": "对方检修"}
Scene = tuple[str, dict[str, Any], str]  # address, form, page that carries the hidden fields


def dead_letter(cast: Cast, version: GuideVersion) -> DeadLetter:
    """A letter of the window whose delivery the receiver refused for good."""
    http_endpoint(cast.competent)
    letter_to(cast, make_case(cast, version), cast.competent)
    with mock.patch.object(transports, "send", return_value=REFUSED):
        outbox.deliver(Delivery.objects.get().pk, now=NOW)
    return DeadLetter.objects.get()


def _endpoint(name: str, data: dict[str, Any], **state: object) -> Callable[[Any], Scene]:
    def scene(world: Any) -> Scene:
        made = http_endpoint(world.cast.competent)
        Endpoint.objects.filter(pk=made.pk).update(
            **{key: world.cast.sysadmin if value == "sysadmin" else value for key, value in state.items()}
        )
        return (
            reverse(f"casework:{name}", args=[made.pk]),
            data,
            reverse("casework:endpoint", args=[made.pk]),
        )

    return scene


def _rotated(world: Any) -> Scene:
    made = http_endpoint(world.cast.competent)
    endpoints.rotate(made, by=world.cast.sysadmin, now=NOW)
    return reverse("casework:endpoint-rotation-end", args=[made.pk]), {}, ""


def _new(world: Any) -> Scene:
    url = reverse("casework:endpoint-new")
    form = {"department": world.cast.competent.pk, "channel": Channel.OA_MAIL, "address": "oa@example.test"}
    return url, form, url


def _dead(name: str, data: dict[str, Any]) -> Callable[[Any], Scene]:
    def scene(world: Any) -> Scene:
        dead = dead_letter(world.cast, world.version)
        form = {key: value(world) if callable(value) else value for key, value in data.items()}
        page = reverse("casework:dead-letter", args=[dead.pk])
        return reverse(f"casework:{name}", args=[dead.pk]), form, page

    return scene


def _replay(world: Any) -> Scene:
    dead = dead_letter(world.cast, world.version)
    return (
        reverse("casework:deliveries-replay"),
        {"version": dead.pk, "endpoint": dead.delivery.endpoint_id},
        "",
    )


def _paper(world: Any) -> Scene:
    dead_letter(world.cast, world.version)
    url = reverse("casework:paper-delivery", args=[Recipient.objects.get().pk])
    form = {"receiver": "示例签收人", "handed_at": "2026-09-07T09:30", "receipt": upload("回执.pdf")}
    return url, form, url


PAUSED = {"paused_at": NOW, "paused_by": "sysadmin", "pause_reason": "检修"}
SCENES: dict[str, tuple[str, Callable[[Any], Scene]]] = {
    "casework:endpoint-new": ("sysadmin", _new),
    "casework:endpoint-move": ("sysadmin", _endpoint("endpoint-move", {"address": ADDRESS})),
    "casework:endpoint-rotate": ("sysadmin", _endpoint("endpoint-rotate", {})),
    "casework:endpoint-rotation-end": ("sysadmin", _rotated),
    "casework:endpoint-pause": ("sysadmin", _endpoint("endpoint-pause", REASON)),
    "casework:endpoint-resume": ("sysadmin", _endpoint("endpoint-resume", {}, **PAUSED)),
    "casework:endpoint-switch-off": ("sysadmin", _endpoint("endpoint-switch-off", REASON)),
    "casework:endpoint-switch-on": ("sysadmin", _endpoint("endpoint-switch-on", REASON, active=False)),
    "casework:dead-letter-assign": (
        "clerk",
        _dead("dead-letter-assign", {"person": lambda world: world.cast.clerk.pk}),
    ),
    "casework:dead-letter-replay": ("clerk", _dead("dead-letter-replay", {})),
    "casework:dead-letter-close": ("clerk", _dead("dead-letter-close", {"close-reason": "已当面送达"})),
    "casework:deliveries-replay": ("sysadmin", _replay),
    "casework:paper-delivery": ("clerk", _paper),
}
