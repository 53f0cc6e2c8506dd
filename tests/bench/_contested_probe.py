"""Run inside ``manage.py shell`` on an empty, migrated database: many people at the same acts."""

import json
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connections
from django.db.models import Count

from casework.approval import actions as approval
from casework.core.cases.actions import next_number
from casework.core.letters.actions import next_document_number
from casework.core.once import Sending, once
from casework.core.transitions import StaleState
from casework.intake import actions as intake
from casework.models import Case, Circulation, Decision, Duty, LedgerEntry, Opinion, ResultPush, Transition
from casework.supervision import actions as supervision
from tests import steps
from tests.cast import NOW, Cast, guide, make_cast
from tests.supervision.world import pushed

Act = Callable[[], object]
Row = dict[str, object]


def fight(people: int, acts: Sequence[Callable[[], Act]]) -> Counter[str]:
    """Every person prepares and does every act, all at once, each in another order."""
    barrier, found, lock = threading.Barrier(people), Counter[str](), threading.Lock()

    def person(place: int) -> None:
        mine = [acts[(place + step) % len(acts)]() for step in range(len(acts))]
        barrier.wait()
        for act in mine:
            try:
                act()
                outcome = "won"
            except StaleState:
                outcome = "told"
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"
            with lock:
                found[outcome] += 1
        connections.close_all()

    threads = [threading.Thread(target=person, args=(place,)) for place in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    strange = set(found) - {"won", "told"}
    if strange:
        raise RuntimeError(f"neither done nor told: {dict(found)}")
    return found


def beyond_one(rows: object, *keys: str) -> int:
    """Rows beyond the first of each key."""
    counted = rows.values(*keys).annotate(rows=Count("pk")).filter(rows__gt=1)  # type: ignore[attr-defined]
    return sum(row["rows"] - 1 for row in counted)


def row(act: str, contested: int, found: Counter[str], doubled: int) -> Row:
    return {
        "act": act,
        "contested": contested,
        "won": found["won"],
        "told": found["told"],
        "doubled": doubled,
    }


def claims(cast: Cast, version: object, people: int, results: int) -> Row:
    pushes = [
        pushed(cast, version, number).pk for number in range(90_001, 90_001 + results)
    ]  # no counted number
    rows = ResultPush.objects.select_related("case__item", "department", "recipient__letter")

    def act(pk: int) -> Act:
        push = rows.get(pk=pk)
        return lambda: supervision.claim_result(push, by=cast.supervisor, now=NOW)

    found = fight(people, [lambda pk=pk: act(pk) for pk in pushes])
    doubled = beyond_one(Transition.objects.filter(object_type="resultpush"), "object_id")
    doubled += beyond_one(LedgerEntry.objects.filter(action="letter.claimed"), "object_id")
    doubled += Duty.objects.filter(kind="register").count() - results
    return row("claim a result (9.1)", results, found, doubled)


def signatures(cast: Cast, version: object, people: int) -> Row:
    case = steps.circulating(cast, version)
    pk = steps.drafted(cast, case, "a").pk  # type: ignore[attr-defined]

    def act() -> Act:
        circulation = Circulation.objects.select_related("case", "unit").get(pk=pk)
        return lambda: approval.sign_opinion(circulation, by=cast.leader_a, now=NOW)

    found = fight(people, [act])
    doubled = (
        LedgerEntry.objects.filter(action="approval.opinion_signed", case_number=case.number).count() - 1
    )
    doubled += Opinion.objects.filter(circulation=pk, signed_at__isnull=False).count() - 1
    return row("sign an opinion (7.3)", 1, found, doubled)


def approvals(cast: Cast, version: object, people: int) -> Row:
    pk = steps.proposed(cast, version).pk

    def act() -> Act:
        case = Case.objects.get(pk=pk)
        return lambda: approval.approve_decision(case, by=cast.chief, now=NOW)

    found = fight(people, [act])
    doubled = Decision.objects.filter(case=pk, approved_at__isnull=False).count() - 1
    doubled += Duty.objects.filter(key=f"issue:case:{pk}").count() - 1
    return row("approve a decision (7.3)", 1, found, doubled)


def closings(cast: Cast, version: object, people: int) -> Row:
    pk = steps.decided(cast, version).pk

    def act() -> Act:
        case = Case.objects.get(pk=pk)
        return lambda: intake.issue_and_close(case, by=cast.clerk, now=NOW)

    found = fight(people, [act])
    case = Case.objects.get(pk=pk)
    doubled = case.notices.filter(kind="grant").count() - 1 + case.pushes.count() - 2
    return row("issue and close (7.4)", 1, found, doubled)


def numbers(people: int, now: datetime = NOW) -> list[Row]:
    """No gap and no double: as many numbers as were asked for, from 1 on."""
    given: list[str] = []
    rounds = 10

    def ask(act: Callable[[], str]) -> Callable[[], Act]:
        return lambda: lambda: given.append(act())

    series = [ask(lambda: next_document_number("示例字", now))] * rounds
    found = fight(people, series)
    last = sorted(int(re.search(r"(\d+)号", text).group(1)) for text in given)  # type: ignore[union-attr]
    wrong = len(last) - len(set(last)) + (last != list(range(1, people * rounds + 1)))
    first = row("number a document", people * rounds, found, wrong)
    given.clear()
    before = int(next_number(now)[-5:])
    found = fight(people, [ask(lambda: next_number(now))] * rounds)
    last = sorted(int(text[-5:]) for text in given)
    wrong = int(last != list(range(before + 1, before + 1 + people * rounds)))
    return [first, row("number a case", people * rounds, found, wrong)]


def sendings(cast: Cast, version: object, people: int) -> Row:
    """The same application sent by impatient clicks: one case, everybody gets its number."""
    sending, before, answers = Sending(uuid.uuid4(), ""), Case.objects.count(), set()

    def act() -> Act:
        def send() -> None:
            made = once(sending, lambda: steps.received(cast, version).number, by=cast.clerk, now=NOW)
            answers.add(made)

        return send

    found = fight(people, [act])
    doubled = Case.objects.count() - before - 1 + len(answers) - 1
    return {**row("send one application", people, found, doubled)}


def main(people: int, results: int) -> None:
    cast = make_cast()
    version = guide(cast)
    rows = [
        claims(cast, version, people, results),
        signatures(cast, version, people),
        approvals(cast, version, people),
        closings(cast, version, people),
        *numbers(people),
        sendings(cast, version, people),
    ]
    print(json.dumps(rows, ensure_ascii=False))  # noqa: T201
