"""What happens to accounts stands on the ledger, in the same transaction."""

import json

import pytest
from django.db import transaction
from django.utils import timezone

from casework.core.ledger.models import LedgerEntry
from portal.accounts.facts import note, noted
from tests.cast import Cast


def test_a_fact_about_an_account_becomes_an_entry(cast: Cast) -> None:
    now = timezone.now()
    with transaction.atomic():
        note("account.disabled", by=cast.sysadmin, now=now, about=cast.clerk, reason="调离")
    entry = LedgerEntry.objects.get(action="account.disabled")
    assert (entry.actor, entry.object_type, entry.object_id) == (cast.sysadmin, "user", str(cast.clerk.pk))
    assert json.loads(entry.payload) == {"reason": "调离"}


def test_no_act_without_its_record(cast: Cast) -> None:
    def refuse(**_fact: object) -> None:
        raise ValueError("the ledger is closed")

    noted.connect(refuse)
    try:
        with pytest.raises(ValueError, match="closed"), transaction.atomic():
            note("account.disabled", by=None, now=timezone.now(), about=cast.clerk)
    finally:
        noted.disconnect(refuse)
    assert not LedgerEntry.objects.filter(action="account.disabled").exists()


def test_outside_a_transaction_nothing_is_told() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        note("account.disabled", by=None, now=timezone.now())
