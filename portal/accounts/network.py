"""Where a request comes from, and where a reader may be sent: neither is taken from a stranger's word."""

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FORWARDED = "HTTP_X_FORWARDED_FOR"
MOST_HOPS = 20  # a longer chain is no chain of ours


def client_address(request: HttpRequest) -> str:
    """The address of the person's machine; "" when the server does not say.

    Only a peer listed in ``TRUSTED_PROXIES`` may speak for another: then the nearest address to us that is
    none of our proxies counts. Whatever stands further left was written by the sender and changes nothing.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if not _is_proxy(peer, settings.TRUSTED_PROXIES):
        return peer
    for hop in reversed(request.META.get(FORWARDED, "").split(",")[-MOST_HOPS:]):
        address = _plain(hop)
        if address is None:
            return peer  # our proxy would not write this
        if not _is_proxy(address, settings.TRUSTED_PROXIES):
            return address
    return peer


def _plain(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def _is_proxy(address: str, proxies: Sequence[str]) -> bool:
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(own in ipaddress.ip_network(each, strict=False) for each in proxies)


def safe_next(request: HttpRequest, target: str | None, default: str) -> str:
    """``target`` if it is a plain path of this site, else ``default`` (R-59)."""
    if not target or not target.startswith("/") or any(ord(sign) < 33 for sign in target):
        return default
    own = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if own else default
