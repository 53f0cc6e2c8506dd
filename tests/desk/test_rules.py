"""Where duties lead; every action of the ledger has a Chinese name."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from casework.desk.labels import ACTIONS
from casework.desk.rules import TIMELINE_FILTERS, Place, place_of

ROOMS = "intake|approval|supervision|duty|letter|notice|file|delivery|outbox|endpoint|ledger|subject|rules|worktime|account|cms"
ACTION = re.compile(rf'"((?:{ROOMS})\.[a-z_]+)"')


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("accept:case:3", Place("casework:case", "N1", "intake-panel")),
        ("issue:case:3", Place("casework:case", "N1", "intake-panel")),
        ("decide:case:3", Place("casework:case", "N1", "approval-panel")),
        ("opinion:circulation:9", Place("casework:case", "N1", "opinion-9")),
        ("claim:push:12", Place("casework:push", "12")),
        ("register:push:12", Place("casework:push", "12")),
        ("repush:push:12", Place("casework:case", "N1", "repush-12")),
        ("push:case:3", Place("casework:case", "N1")),
    ],
)
def test_a_duty_leads_to_its_page(key, place):
    assert place_of(key, "N1") == place


def recorded():
    base = Path(settings.BASE_DIR)
    sources = [*(base / "casework").rglob("*.py"), *(base / "portal" / "accounts").rglob("*.py")]
    texts = [path.read_text("utf-8") for path in sources if "desk" not in path.parts]
    return {action for text in texts for action in ACTION.findall(text)} | {"duty.met", "duty.voided"}


def test_every_action_of_the_ledger_has_a_label():
    assert len(recorded()) > 25
    assert recorded() - set(ACTIONS) == set()


def test_no_label_is_left_over():
    assert set(ACTIONS) == recorded()


def test_every_case_action_stands_under_a_filter():
    beginnings = tuple(start for _, starts in TIMELINE_FILTERS.values() for start in starts)
    about_cases = {
        action
        for action in ACTIONS
        if not action.startswith(("ledger.", "rules.", "worktime.", "account.", "cms."))
    }
    assert {action for action in about_cases if not action.startswith(beginnings)} == set()
