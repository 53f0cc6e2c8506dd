"""The database refuses to rewrite facts, whoever asks and however."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from casework.core.append_only import GUARDED, Guard, append_only, install, remove, trigger_names
from casework.core.clocks import actions
from casework.core.clocks.models import DutyEvent
from casework.core.ledger.actions import record, seal
from casework.core.ledger.models import LedgerEntry
from casework.core.ledger.queries import verify
from casework.core.rules_data.models import DutyKind, LimitRule
from cms_pages.catalogue.models import GuideVersion
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def run(sql: str) -> int:
    """Rows that a raw statement touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.rowcount


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        act()


def triggers() -> set[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def entry() -> LedgerEntry:
    with transaction.atomic():
        return record("test.noted", by=None, now=NOW, clause="9.1", what="示例")


@pytest.mark.parametrize("guard", GUARDED, ids=lambda guard: guard.table)
def test_every_guarded_table_still_has_its_triggers_after_all_migrations(guard) -> None:
    assert set(trigger_names(guard.table, connection.vendor)) <= triggers()


def test_a_rule_is_never_changed_or_deleted() -> None:
    before = list(LimitRule.objects.values())
    refused(lambda: run("UPDATE casework_limitrule SET amount = 30 WHERE duty_kind = 'claim'"))
    refused(lambda: run("UPDATE casework_limitrule SET to_confirm = to_confirm"))
    refused(lambda: run("DELETE FROM casework_limitrule"))
    refused(lambda: LimitRule.objects.filter(duty_kind=DutyKind.CLAIM).update(basis="x"))
    refused(lambda: LimitRule.objects.all().delete())
    assert list(LimitRule.objects.values()) == before


def test_a_fact_of_a_duty_is_never_changed_or_deleted(cast) -> None:
    actions.start(key="k", kind=DutyKind.CLAIM, holder=cast.competent, case=None, now=NOW, by=None)
    refused(lambda: run("UPDATE casework_dutyevent SET reason = 'x'"))
    refused(lambda: DutyEvent.objects.all().delete())
    assert DutyEvent.objects.get().reason == ""


@pytest.mark.parametrize(
    "change",
    [
        "payload = '{}x'",
        "at = NULL",
        "actor_name = '别人'",
        "action = 'x'",
        "seq = 1, clause = '1'",
        "id = 999",
    ],
)
def test_an_unsealed_entry_lets_nothing_but_its_seal_be_filled_in(entry, change) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"UPDATE casework_ledgerentry SET {change}")
    entry.refresh_from_db()
    assert (entry.action, entry.seq) == ("test.noted", None)


def test_the_sealer_fills_in_the_seal_once(entry) -> None:
    assert seal() == 1
    for change in ("seq = 7", "hash = 'x'", "prev_hash = 'x'", "seq = NULL"):
        refused(lambda change=change: run(f"UPDATE casework_ledgerentry SET {change}"))
    refused(lambda: run("DELETE FROM casework_ledgerentry"))
    assert verify().checked == 1
    assert verify().bad_seq is None


def test_an_unsealed_entry_cannot_be_deleted(entry) -> None:
    refused(lambda: run("DELETE FROM casework_ledgerentry"))


def test_a_guide_version_passes_on_but_keeps_its_words(version) -> None:
    assert GuideVersion.objects.filter(pk=version.pk).update(current=False) == 1
    refused(lambda: GuideVersion.objects.filter(pk=version.pk).update(snapshot={}))
    refused(lambda: GuideVersion.objects.filter(pk=version.pk).update(current=True, sha256="1" * 64))
    refused(version.delete)


def test_forward_and_backward_belong_together() -> None:
    editor = SimpleNamespace(connection=connection)
    forward, backward = append_only("casework_casecounter", mutable_columns=["last"])
    names = set(trigger_names("casework_casecounter", connection.vendor))
    run("INSERT INTO casework_casecounter (day, last) VALUES ('2026-09-07', 1)")
    forward(None, editor)
    forward(None, editor)  # a second time is the same as once
    assert names <= triggers()
    assert run("UPDATE casework_casecounter SET last = 2") == 1
    refused(lambda: run("UPDATE casework_casecounter SET day = '2026-09-08'"))
    refused(lambda: run("DELETE FROM casework_casecounter"))
    backward(None, editor)
    assert not names & triggers()
    assert run("DELETE FROM casework_casecounter") == 1


def test_a_column_that_is_not_there_is_said() -> None:
    with pytest.raises(ValueError, match="has no column seal"):
        install(connection, Guard("casework_limitrule", ("seal",)))


def test_an_engine_without_triggers_is_said() -> None:
    elsewhere = SimpleNamespace(
        vendor="oracle", cursor=connection.cursor, introspection=connection.introspection
    )
    with pytest.raises(NotImplementedError, match="oracle"):
        install(elsewhere, Guard("casework_casecounter"))


def test_removing_what_is_not_there_is_no_fault() -> None:
    remove(connection, Guard("casework_casecounter"))
