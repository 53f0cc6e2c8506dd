"""Verification in the background, and the alarm when sealing stands still."""

from datetime import timedelta

import pytest
from django.db import transaction

from casework.core.access import NotPermitted, access_of
from casework.core.ledger import checks
from casework.core.ledger.actions import record, seal_all
from casework.core.ledger.models import LedgerCheck, LedgerEntry, LedgerHead
from casework.core.ledger.queries import unsealed_alarm
from portal import jobs
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_asking_needs_the_permission(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        checks.ask(access_of(cast.sysadmin, NOW), now=NOW)
    assert not LedgerCheck.objects.exists()


def test_a_check_is_asked_for_carried_out_and_on_record(cast: Cast) -> None:
    check = checks.ask(access_of(cast.auditor, NOW), now=NOW)
    seal_all()
    done = checks.carry_out(check, now=NOW)
    assert (done.checked, done.bad_seq, done.asked_by) == (1, None, cast.auditor)
    actions = list(LedgerEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["ledger.check_asked", "ledger.verified"]


def test_a_check_is_carried_out_once(cast: Cast) -> None:
    check = checks.ask(access_of(cast.auditor, NOW), now=NOW)
    for _ in range(2):
        jobs.check_ledger(check.pk)
    checks.carry_out(check, now=NOW)
    assert LedgerEntry.objects.filter(action="ledger.verified").count() == 1


def test_a_lost_doorbell_loses_no_check(cast: Cast) -> None:
    check = checks.ask(access_of(cast.auditor, NOW), now=NOW)
    jobs.check_ledger_nightly()
    check.refresh_from_db()
    assert check.done_at is not None
    assert LedgerCheck.objects.filter(asked_by=None).exclude(done_at=None).count() == 1


def test_what_is_wrong_stands_on_the_page(cast: Cast, sign_in) -> None:
    client = sign_in(cast.auditor)
    answer = client.post("/desk/ledger/verify/")
    assert answer.status_code == 302
    assert "核验中" in client.get("/desk/ledger/").content.decode()
    seal_all()
    LedgerHead.objects.update(seq=7)
    jobs.check_ledger(LedgerCheck.objects.get().pk)
    page = client.get("/desk/ledger/").content.decode()
    assert "未通过" in page
    assert "末尾记录缺失" in page


def test_the_anchors_page_shows_the_public_key(cast: Cast, sign_in) -> None:
    page = sign_in(cast.auditor).get("/desk/ledger/anchors/").content.decode()
    assert "验签公钥" in page
    assert "还没有对外留存的链首" in page
    assert sign_in(cast.sysadmin).get("/desk/ledger/anchors/").status_code == 403


def test_the_alarm_says_how_long(db: None) -> None:
    with transaction.atomic():
        record("a.one", by=None, now=NOW)
    assert unsealed_alarm(NOW + 5 * MINUTE) == ""
    assert "存证已有6分钟没有封存" in unsealed_alarm(NOW + 6 * MINUTE)
    seal_all()
    assert unsealed_alarm(NOW + 60 * MINUTE) == ""


def test_who_watches_sees_the_alarm(cast: Cast, sign_in) -> None:
    with transaction.atomic():
        record("a.one", by=None, now=NOW - timedelta(days=400))
    for person, seen in ((cast.auditor, True), (cast.sysadmin, True), (cast.clerk, False)):
        assert ("存证没有封存" in sign_in(person).get("/desk/").content.decode()) is seen
