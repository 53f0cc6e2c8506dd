"""The main job by clicking: from the editor's completed item to the claimed result, over the wire and back.

Once on a demo item, once on an item of a real list with telephones only, once without JavaScript. The worker
is killed before the case is closed and started again afterwards: what it missed arrives, once.
"""

import csv
import hashlib
import json
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.browser import editor, people
from tests.browser.city import City
from tests.browser.people import Papers
from tests.browser.stories import KARAOKE, SCHOOL_BUS, Story, imported
from tests.browser.visitor import Visitor
from tests.skips import real_data

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
REAL_LIST = "items_guangan_district_sichuan_2025.csv"
ARRIVAL_SECONDS = 90


def test_demo_item(city: City, visit: Visit) -> None:
    desk = visit("editor1", at="/cms/")
    editor.complete_item(desk, SCHOOL_BUS)
    editor.publish_guide(desk, SCHOOL_BUS)
    journey(city, visit, SCHOOL_BUS)


@pytest.mark.realdata
def test_imported_item_on_a_phone(city: City, visit: Visit) -> None:
    story = imported(*wanted_item())
    said = city.manage("import_items", str(real_data() / REAL_LIST))
    assert "1135" in said, said
    desk = visit("editor1", at="/cms/")
    editor.complete_item(desk, story)
    editor.publish_guide(desk, story)
    journey(city, visit, story, phone=True)


def test_without_javascript(city: City, visit: Visit) -> None:
    journey(city, visit, KARAOKE, javascript=False)


def wanted_item() -> tuple[str, str]:
    """The first item of the real list that grants a food business permit, and a word to find it by."""
    with (real_data() / REAL_LIST).open(encoding="utf-8-sig", newline="") as stream:
        names = [row["item_name"] for row in csv.DictReader(stream)]
    return next(name for name in names if "食品" in name and name.endswith("核发")), "食品经营许可核发"


def journey(city: City, visit: Visit, story: Story, **options: bool) -> None:
    """Everybody's part, in order."""
    citizen, clerk = visit(**options), visit("window1", **options)
    handler = visit("handler1", **options)
    city.start_worker()
    people.find_guide(citizen, story)
    number = people.receive(clerk, story)
    papers = people.check_and_accept(clerk, number)
    people.submit(clerk, number)
    people.ask_progress(citizen, papers, "13-progress", "审批部门正在接收办件")
    decide(visit, story, number, handler, options)

    city.kill_worker()
    people.issue(clerk, number)
    assert nothing_arrived(city, number)
    city.start_worker()

    supervise(visit, story, number, handler, options)
    people.ask_progress(citizen, papers, "60-progress", "办理结果：准予许可", number)
    claims = [(row["state"], row["in_time"]) for row in city.rows(CLAIM_DUTIES, number)]
    assert claims == [("met", 1), ("met", 1), ("void", 1)], claims
    compare_with_letters(city, story, papers)


def decide(visit: Visit, story: Story, number: str, handler: Visitor, options: dict[str, bool]) -> None:
    """Joint approval and the decision: two people for every word that counts (7.2, 7.3)."""
    people.circulate(handler, story, number)
    for step, (unit, _) in enumerate(story.units, start=31):
        people.give_opinion(visit(f"reviewer_{unit}", **options), number, str(step))
        people.sign_opinion(visit(f"unitleader_{unit}", **options), number, str(step))
    people.propose(handler, number)
    people.approve(visit("leader1", **options), number)


def supervise(visit: Visit, story: Story, number: str, handler: Visitor, options: dict[str, bool]) -> None:
    """One supervisor claims and registers, one returns, a third gets what was returned (9.1)."""
    keeper = visit(f"supervisor_{story.keeper[0]}", **options)
    people.open_result(keeper, number, "50-opened")
    people.claim(keeper, "51-claimed")
    people.register(keeper)
    stranger = visit(f"supervisor_{story.stranger[0]}", **options)
    people.open_result(stranger, number, "53-opened")
    people.give_back(stranger)
    people.repush(handler, story, number)
    right_one = visit(f"supervisor_{story.right_one[0]}", **options)
    people.open_result(right_one, number, "56-opened")
    people.claim(right_one, "57-claimed")


# -- over the wire -----------------------------------------------------------------------
LETTERS = """
SELECT d.id, d.channel, d.address, d.body, d.state, d.subject, l.id AS letter, l.number, dep.code
FROM casework_delivery d
JOIN casework_recipient r ON d.reference = 'recipient:' || r.id
JOIN casework_letter l ON l.id = r.letter_id
JOIN casework_case c ON c.id = l.case_id
JOIN accounts_department dep ON dep.id = r.department_id
WHERE l.kind = 'result' AND c.number = ?
"""
FILES = "SELECT sha256 FROM casework_letterfile WHERE letter_id = ?"
CLAIM_DUTIES = """
SELECT d.state, d.closed_at <= d.due_at AS in_time FROM casework_duty d JOIN casework_case c ON c.id = d.case_id
WHERE c.number = ? AND d.kind = 'claim' ORDER BY d.state
"""


def nothing_arrived(city: City, number: str) -> bool:
    """Close stands, the letters stand in the inboxes, and nobody has carried anything outside yet."""
    rows = city.rows(LETTERS, number)
    assert len(rows) >= 3, "mail for two supervisors, HTTP for one at least"
    assert {row["state"] for row in rows} == {"new"}
    return not [line for line in city.journal() if number in line["text"] and "审批结果推送" in line["text"]]


def compare_with_letters(city: City, story: Story, papers: Papers) -> None:
    """Each letter arrived once, byte for byte, signed where it is signed, its files unharmed."""
    rows = wait_for_arrival(city, papers.number)
    assert {row["code"] for row in rows} == {story.keeper[0], story.stranger[0], story.right_one[0]}
    assert {row["channel"] for row in rows} == {"oa_mail", "http"}
    for row in rows:
        got = [line for line in city.journal() if is_of(line, row)]
        assert len(got) == 1, f"{row['channel']} to {row['address']}: {len(got)} arrivals"
        raw = city.received(got[0])
        compare = compare_http if row["channel"] == "http" else compare_mail
        compare(city, row, got[0], raw)
        assert story.applicant.code.encode() not in raw or story.applicant.kind != "自然人"
        assert papers.query_code.encode() not in raw


def wait_for_arrival(city: City, number: str) -> list[Any]:
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while True:
        rows = city.rows(LETTERS, number)
        if all(row["state"] == "sent" for row in rows):
            return rows
        assert time.monotonic() < deadline, [(row["address"], row["state"]) for row in rows]
        assert city.worker_runs()
        time.sleep(0.5)


def is_of(line: dict[str, Any], row: Any) -> bool:
    """Whether this message is that delivery: same receiver, same letter."""
    return row["address"] in line["to"] and row["number"] in line["text"]


def compare_http(city: City, row: Any, line: dict[str, Any], raw: bytes) -> None:
    """The body is the stored letter; the signature holds over these very bytes (Standard Webhooks)."""
    assert raw == row["body"].encode()
    secret = secret_of(city, row["address"])
    assert Webhook(secret).verify(raw, line["headers"]) == json.loads(raw)
    with pytest.raises(Exception, match=r"(?i)signature"):
        Webhook(secret).verify(raw + b" ", line["headers"])
    sent = {file["sha256"] for file in json.loads(raw)["files"]}
    assert sent == {each["sha256"] for each in city.rows(FILES, row["letter"])}


def compare_mail(city: City, row: Any, line: dict[str, Any], raw: bytes) -> None:
    """Subject, words and attachments, taken from the raw message."""
    message = message_from_bytes(raw, policy=SMTP)
    assert message["Subject"].strip() == row["subject"]  # a folded header begins with a blank
    words = message.get_body(("plain",)).get_content()
    assert words.replace("\r\n", "\n").rstrip("\n") == row["body"].rstrip("\n")
    parts = [part.get_payload(decode=True) for part in message.iter_attachments()]
    wanted = sorted(each["sha256"] for each in city.rows(FILES, row["letter"]))
    assert wanted, "the result goes with its files"
    assert sorted(hashlib.sha256(part).hexdigest() for part in parts) == wanted


def secret_of(city: City, address: str) -> str:
    """The signing key, which the database keeps encrypted: asked of the product itself."""
    code = (
        "from casework.core.outbox.models import Endpoint;"
        f"print('key:', Endpoint.objects.get(address={address!r}).secret)"
    )
    return city.manage("shell", "--no-imports", "-c", code).split("key:")[1].strip()
