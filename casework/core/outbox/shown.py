"""How a delivery is shown to people who may not read what is in it."""

from typing import Any

from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint

STATE_TONES = {
    DeliveryState.NEW: "open",
    DeliveryState.SENT: "good",
    DeliveryState.DEAD: "bad",
    DeliveryState.PAPER: "good",
    DeliveryState.CLOSED: "calm",
}


def shown_address(delivery: Delivery) -> str:
    """The address; of a personal mailbox only its first letter and its domain."""
    if delivery.channel != Channel.MAIL or "@" not in delivery.address:
        return delivery.address
    local, domain = delivery.address.rsplit("@", 1)
    return f"{local[:1]}***@{domain}"


def row_of(delivery: Delivery) -> dict[str, Any]:
    """What lists and pages show of a delivery."""
    endpoint = delivery.endpoint
    return {
        "delivery": delivery,
        "number": delivery.headers.get("X-Letter-Number", ""),
        "department": endpoint.department if endpoint else None,
        "address": shown_address(delivery),
        "tone": STATE_TONES[DeliveryState(delivery.state)],
        "endpoint_off": endpoint is not None and not endpoint.active,
        "paused": endpoint is not None and endpoint.paused_at is not None,
    }


def state_of(endpoint: Endpoint) -> tuple[str, str]:
    """Words and tone of an endpoint's state."""
    if not endpoint.active:
        return "已停用", "bad"
    if endpoint.paused_at is not None:
        return "已暂停", "warn"
    return "启用", "good"
