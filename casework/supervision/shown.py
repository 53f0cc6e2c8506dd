"""Pushes as pages show them: clocks, files, receipts, what was objected and answered (9.1)."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from casework.core.clocks.models import Duty
from casework.core.clocks.shown import ShownDuty, show
from casework.core.letters.models import Letter, Objection
from casework.core.letters.queries import objection_period
from casework.core.letters.shown import ShownPeriod, show_period
from casework.core.worktime.queries import current_calendar
from casework.supervision import queries
from casework.supervision.models import PushState, ResultPush
from casework.supervision.panel import TONES

# Which duty's clock a row shows, by the state of its push.
_CLOCKS: dict[str, tuple[str, ...]] = {
    PushState.DELIVERED: ("claim",),
    PushState.CLAIMED: ("register", "claim"),
    PushState.REGISTERED: ("register",),
    PushState.RETURNED: ("repush",),
    PushState.REPUSHED: ("repush",),
}


def rows(pushes: list[ResultPush], now: datetime) -> list[dict[str, Any]]:
    """Each push with the clock that matters for its state."""
    duties, cal = queries.duties_of(pushes), current_calendar()
    found = []
    for row in pushes:
        duty = _running(row, duties[row.pk])
        clock = show([duty], now=now, cal=cal)[0] if duty else None
        found.append({"push": row, "clock": clock, "tone": TONES[PushState(row.state)]})
    return found


def _running(push: ResultPush, duties: dict[str, Duty]) -> Duty | None:
    return next((duties[kind] for kind in _CLOCKS[push.state] if kind in duties), None)


def clocks_of(push: ResultPush, now: datetime) -> list[ShownDuty]:
    """Every clock of one push, in the order in which they began."""
    duties = queries.duties_of([push])[push.pk]
    return show(sorted(duties.values(), key=lambda duty: duty.started_at), now=now, cal=current_calendar())


def period_of(push: ResultPush, now: datetime) -> ShownPeriod | None:
    """The time for objections to a result that none was made to; None once it was returned."""
    cal = current_calendar()
    period = None if push.recipient.returned_at else objection_period(push.recipient, cal)
    return show_period(period, now=now, cal=cal) if period else None


def files_of(letter: Letter) -> list[dict[str, Any]]:
    """The letter's files for ``components/file_list.html``."""
    return [
        {
            "name": file.name,
            "url": reverse("casework:file", args=[file.pk]),
            "size": file.size,
            "note": file.purpose,
        }
        for file in letter.files.all()
    ]


def said_of(objection: Objection | None) -> dict[str, Any]:
    """Files and answerer of an objection, as its page parts show them; empty without one."""
    if objection is None:
        return {}
    answer = objection.answer_letter
    return {
        "files": files_of(objection.asked.letter),
        "answerer": objection.asked.answerer,
        "answer_files": files_of(answer) if answer else [],
    }


def receipts(push: ResultPush, objection: Objection | None) -> list[dict[str, Any]]:
    """Delivered, opened, claimed or returned, objected, answered: separate facts, each with person and time."""
    recipient = push.recipient
    facts = [
        ("已送达", recipient.delivered_at, recipient.letter.handled_by, ""),
        ("已打开", recipient.opened_at, recipient.opener, ""),
        ("已认领", recipient.claimed_at, recipient.settler, ""),
        ("已退回", recipient.returned_at, recipient.settler, recipient.return_reason),
    ]
    if objection is not None:
        late = "逾期提出" if objection.is_late else ""
        facts.append(("已提出疑义", recipient.objected_at, recipient.objector, late))
        facts.append(("审批部门已答复", objection.asked.answered_at, objection.asked.answerer, ""))
    found = [{"title": title, "at": at, "who": who, "text": text} for title, at, who, text in facts if at]
    return sorted(found, key=lambda row: row["at"])
