"""The head of each day, signed and handed outside (R-41)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from casework.core import append_only
from casework.core.ledger import anchors, chain
from casework.core.ledger.actions import record, seal_all
from casework.core.ledger.models import LedgerAnchor, LedgerEntry
from casework.core.ledger.queries import verify
from casework.core.outbox.models import Channel, Delivery
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.LEDGER_ANCHOR_DIR = tmp_path / "anchors"
    return tmp_path / "anchors"


def note(day: int, count: int = 2) -> None:
    with transaction.atomic():
        for number in range(count):
            record(f"a.{number}", by=None, now=NOW + day * DAY)
    seal_all()


def test_each_finished_day_is_signed_once(cast: Cast, folder: Path) -> None:
    note(0, 3)
    note(1)
    assert anchors.hand_out(now=NOW) == []  # today is not over
    made = anchors.hand_out(now=NOW + 2 * DAY)
    assert [(anchor.seq, anchor.entries) for anchor in made] == [(3, 3), (5, 2)]
    assert anchors.hand_out(now=NOW + 2 * DAY) == []
    assert [path.name for path in sorted(folder.iterdir())] == [
        f"anchor-{anchor.day}.json" for anchor in made
    ]
    assert LedgerEntry.objects.filter(action="ledger.anchored").count() == 2


def test_days_without_a_worker_are_made_up_for_with_one_mail(cast: Cast) -> None:
    note(0)
    note(3)
    made = anchors.hand_out(now=NOW + 6 * DAY)
    assert [anchor.entries for anchor in made] == [2, 0, 0, 2, 0, 0]
    (mail,) = Delivery.objects.filter(reference__startswith="anchor:")
    assert mail.address == cast.auditor.email
    assert mail.channel == Channel.MAIL
    assert all(anchor.hash in mail.body for anchor in made)


def test_the_setting_names_who_gets_the_mail(cast: Cast, settings) -> None:
    settings.LEDGER_ANCHOR_EMAILS = ["a@example.test", "b@example.test"]
    note(0)
    anchors.hand_out(now=NOW + DAY)
    sent = Delivery.objects.filter(reference__startswith="anchor:").order_by("address")
    assert [mail.address for mail in sent] == settings.LEDGER_ANCHOR_EMAILS


def test_a_day_waits_until_all_its_entries_are_sealed(cast: Cast) -> None:
    with transaction.atomic():
        record("a.one", by=None, now=NOW)
    assert anchors.hand_out(now=NOW + DAY) == []
    seal_all()
    assert len(anchors.hand_out(now=NOW + DAY)) == 1


def test_an_empty_ledger_has_no_head() -> None:
    assert anchors.hand_out(now=NOW) == []


def test_a_lost_file_is_written_again(cast: Cast, folder: Path) -> None:
    note(0)
    (anchor,) = anchors.hand_out(now=NOW + DAY)
    path = folder / f"anchor-{anchor.day}.json"
    before = path.read_text("utf-8")
    path.unlink()
    anchors.hand_out(now=NOW + DAY)
    assert path.read_text("utf-8") == before


def test_the_signature_holds_for_what_was_signed_and_nothing_else(cast: Cast, folder: Path) -> None:
    note(0)
    (anchor,) = anchors.hand_out(now=NOW + DAY)
    path = folder / f"anchor-{anchor.day}.json"
    assert anchors.read_files(folder) == [chain.Anchor(anchor.day.isoformat(), anchor.seq, anchor.hash)]
    whole = json.loads(path.read_text("utf-8"))
    for field, value in (("seq", 1), ("hash", "0" * 64), ("day", "2026-09-06"), ("entries", 9)):
        path.write_text(json.dumps({**whole, "anchor": {**whole["anchor"], field: value}}), "utf-8")
        with pytest.raises(anchors.BadAnchor, match="签名不符"):
            anchors.read_files(folder)


def test_another_platforms_key_does_not_count(cast: Cast, folder: Path, settings) -> None:
    """A forger may sign with a key of his own and put it into the file: it is not the one we ask."""
    note(0)
    anchors.hand_out(now=NOW + DAY)
    settings.LEDGER_SIGNING_KEY = "another"
    with pytest.raises(anchors.BadAnchor, match="签名不符"):
        anchors.read_files(folder)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"anchor": {}}', "no json"])
def test_an_unreadable_file_is_named(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "anchor-2026-09-07.json").write_text(text, "utf-8")
    with pytest.raises(anchors.BadAnchor, match="无法读取"):
        anchors.read_files(folder)


def test_an_anchor_is_never_changed(cast: Cast) -> None:
    note(0)
    anchors.hand_out(now=NOW + DAY)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        LedgerAnchor.objects.update(hash="0" * 64)


# -- the command --------------------------------------------------------------------


def rewrite() -> None:
    append_only.remove(connection, append_only.Guard("casework_ledgerentry"))
    append_only.remove(connection, append_only.Guard("casework_ledgeranchor"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM casework_ledgeranchor")
        cursor.execute("UPDATE casework_ledgerentry SET payload = '{}', seq = NULL")
        cursor.execute(f"UPDATE casework_ledgerhead SET seq = 0, hash = '{chain.START}'")
    LedgerEntry.objects.filter(pk=LedgerEntry.objects.order_by("pk").first().pk).update(action="a.other")
    seal_all()


def test_the_command_finds_a_rewrite_by_the_files_outside(cast: Cast, folder: Path, capsys) -> None:
    note(0)
    anchors.hand_out(now=NOW + DAY)
    seal_all()
    call_command("verify_ledger", anchors=folder)
    assert "核验通过" in capsys.readouterr().out
    rewrite()
    call_command("verify_ledger")
    assert "只有与其比对才能发现" in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"第2项.*整体改写"):
        call_command("verify_ledger", anchors=folder)


def test_an_export_is_verified_elsewhere(cast: Cast, folder: Path, tmp_path: Path, capsys) -> None:
    note(0, 5)
    anchors.hand_out(now=NOW + DAY)
    seal_all()
    export = tmp_path / "ledger.jsonl"
    call_command("verify_ledger", export=export)
    call_command("verify_ledger", show_public_key=True)
    key = capsys.readouterr().out.splitlines()[-1]
    call_command("verify_ledger", source=export, anchors=folder, public_key=key)
    assert "6项存证完整，与1个链首一致" in capsys.readouterr().out
    lines = export.read_text("utf-8").splitlines(keepends=True)
    export.write_text("".join(lines[:3]), "utf-8")
    with pytest.raises(CommandError, match="第4项末尾记录缺失"):
        call_command("verify_ledger", source=export, anchors=folder, public_key=key)


def test_unusable_input_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="链首不可用"):
        call_command("verify_ledger", anchors=tmp_path)
    with pytest.raises(CommandError, match="无法读取"):
        call_command("verify_ledger", source=tmp_path / "none")


def test_anchors_kept_here_are_compared_too(cast: Cast) -> None:
    note(0)
    anchors.hand_out(now=NOW + DAY)
    assert verify().anchors == 1
