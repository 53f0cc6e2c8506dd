"""Tries to sign in: count them, and say how long the next one has to wait."""

import math
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from portal.accounts import throttling
from portal.accounts.encryption import blind_index
from portal.accounts.facts import note
from portal.accounts.models import SignInTry, User


def _account(username: str) -> str:
    return blind_index(f"sign-in:{unicodedata.normalize('NFKC', username).casefold()}")


def _address(address: str) -> str:
    return blind_index(f"address:{address}")


def wait(*, username: str, address: str, now: datetime) -> timedelta:
    """How long this account has to wait before its next try from this address; zero = not at all."""
    account, place = _account(username), _address(address)
    since = now - throttling.MEMORY
    limit = settings.SIGN_IN_FAILURES_PER_ACCOUNT
    tries = list(
        SignInTry.objects.filter(account=account, at__gte=now - throttling.KNOWN, at__lte=now)
        .order_by("at", "pk")
        .values_list("at", "address", "succeeded")
    )
    mine = [(at, ok) for at, where, ok in tries if where == place]
    waits = [
        throttling.account_wait(_since_success(mine, since), throttling.here(limit), now),
        throttling.address_wait(_failures_of(place, now), settings.SIGN_IN_FAILURES_PER_ADDRESS, now),
    ]
    if not any(ok for _, ok in mine):
        strange = [at for at, _, ok in tries if not ok and at >= since]
        waits.append(throttling.account_wait(strange, throttling.elsewhere(limit), now))
    return max(waits)


def _since_success(tries: list[tuple[datetime, bool]], since: datetime) -> list[datetime]:
    failures: list[datetime] = []
    for at, succeeded in tries:
        failures = [] if succeeded else [*failures, at]
    return [at for at in failures if at >= since]


def _failures_of(place: str, now: datetime) -> list[datetime]:
    rows = SignInTry.objects.filter(
        address=place, succeeded=False, at__gt=now - throttling.ADDRESS_WINDOW, at__lte=now
    )
    return list(rows.order_by("at", "pk").values_list("at", flat=True))


@transaction.atomic
def failed(*, username: str, address: str, now: datetime) -> timedelta:
    """Count a failure; the wait that follows. The one that begins a wait for a person's account is noted."""
    SignInTry.objects.create(account=_account(username), address=_address(address), at=now, succeeded=False)
    left = wait(username=username, address=address, now=now)
    person = User.objects.filter(username=username).first() if left else None
    if person is not None:
        note("account.locked", by=None, now=now, about=person, minutes=math.ceil(left.total_seconds() / 60))
    return left


def succeeded(*, username: str, address: str, now: datetime) -> None:
    """Count a success: failures before it no longer count here, and the address is known from now on."""
    SignInTry.objects.create(account=_account(username), address=_address(address), at=now, succeeded=True)


def forgive(*, username: str) -> int:
    """Remove the failures of an account, whatever address they came from; return how many."""
    removed, _ = SignInTry.objects.filter(account=_account(username), succeeded=False).delete()
    return removed


def forget(*, now: datetime) -> int:
    """Remove tries that count for nothing any more; return how many."""
    removed, _ = SignInTry.objects.filter(at__lt=now - throttling.KNOWN).delete()
    return removed
