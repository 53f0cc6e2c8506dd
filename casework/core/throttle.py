"""Slow down who tries too often. Counts live in the cache, under a digest of the address."""

import hashlib
from datetime import datetime

from axes.helpers import get_client_ip_address
from django.core.cache import cache
from django.http import HttpRequest


def too_often(scope: str, request: HttpRequest, *, limit: int, seconds: int, now: datetime) -> bool:
    """Count one try of ``scope`` from this address; whether it is beyond ``limit`` in the present window.

    Windows of ``seconds`` follow each other; the address is found as the sign-in guard finds it.
    """
    address = hashlib.sha256(str(get_client_ip_address(request)).encode()).hexdigest()[:32]
    key = f"throttle:{scope}:{address}:{int(now.timestamp()) // seconds}"
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key) > limit
    except ValueError:  # it expired between the two lines
        cache.set(key, 1, timeout=seconds)
        return False
