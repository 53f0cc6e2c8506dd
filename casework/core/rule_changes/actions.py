"""Propose a change, put it in force, reject it, take it back: the only writers (14).

Nobody edits or deletes a notice or a limit. The calendar changes in the transaction of the approval; the open
duties follow it by ``carrying``, which a sweep guarantees.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django_q.tasks import async_task
from wagtail.log_actions import log

from casework.core.access import Can, NotPermitted, access_of
from casework.core.background import LONG
from casework.core.clocks.impact import impact
from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.rule_changes import rules
from casework.core.rule_changes.content import Content, LimitDraft, draft_of, kind_of, limit_of, to_json
from casework.core.rule_changes.models import ChangeState, RuleChange
from casework.core.rule_changes.queries import standing_version
from casework.core.rules_data.actions import check_version, new_version
from casework.core.rules_data.models import LimitRule
from casework.core.transitions import Moves, StaleState, move
from casework.core.worktime.actions import check_days, load_days, set_office_hours
from casework.core.worktime.models import CalendarNotice
from casework.core.worktime.notices import Draft, NoticeKind
from casework.core.worktime.queries import calendar_version, calendar_with, current_calendar, is_loaded
from portal.accounts.models import User

logger = logging.getLogger(__name__)
JOB = "portal.jobs.carry_calendar"
MOVES: Moves = {
    ChangeState.PROPOSED: frozenset(
        {ChangeState.APPROVED, ChangeState.REJECTED, ChangeState.WITHDRAWN},
    ),
}


class AlreadyProposed(Refusal):
    """The same change waits for its decision, or is in force already."""


class NotASecondPerson(Refusal):
    """Whoever proposed it cannot decide it (four eyes)."""


class ShorteningNotConfirmed(Refusal):
    """Due times would move forward, more of them than the approver has seen and confirmed (R-22)."""


class ReasonMissing(Refusal):
    """A rejection says why."""


class NotOwnChange(NotPermitted):
    """Only the one who proposed a change takes it back (→ 403)."""


@transaction.atomic
def propose(
    *, content: Content, by: User, now: datetime, warnings: Sequence[str] = (), file_name: str = ""
) -> RuleChange:
    """Propose a notice or a limit. Nothing is in force by this.

    Raises ``NotPermitted``, ``AlreadyProposed``, and what the content itself breaks: ``EmptyNotice``,
    ``DoubledDay``, ``DayOutsideYear``, ``BadRule``.
    """
    if not access_of(by, now).can(Can.PROPOSE_RULE_CHANGE):
        raise NotPermitted("您没有提出日历与时限变更的权限。")
    _check(content, now)
    kind = kind_of(content)
    title = content.title if isinstance(content, LimitDraft) else content.text.title
    try:
        with transaction.atomic():
            change = RuleChange.objects.create(
                kind=kind,
                title=title[:200],
                content=to_json(content),
                digest=content.digest,
                warnings=list(warnings),
                file_name=file_name[:200],
                proposed_at=now,
                proposed_by=by,
            )
    except IntegrityError as taken:
        raise AlreadyProposed(f"《{title}》已经提出，正在等待审定，无需重复提出。") from taken
    _tell("rules.change_proposed", change, by=by, now=now, content=to_json(content))
    return change


def approve(change: RuleChange, *, version: int, confirmed: int, by: User, now: datetime) -> RuleChange:
    """Put ``change`` in force: notice or limit, ledger entries and decision in one transaction.

    ``version`` is what the approver compared with (``queries.standing_version``): the calendar, or the limit of
    that day; ``confirmed`` the number of shortened duties that the approver has confirmed. Open duties follow by
    a job. Raises ``NotPermitted``, ``NotASecondPerson``, ``ShorteningNotConfirmed``, ``StaleState`` (decided
    meanwhile, or another notice or limit came into force), ``AlreadyLoaded``, ``BadRule``.
    """
    _may_decide(change, by, now)
    shortened = _shortened(change, confirmed, now) if change.is_calendar else None
    with transaction.atomic():
        change = _locked(change)
        _same_version(change, version)
        if change.is_calendar:
            notice = _load(draft_of(change), by=by, now=now)
            made: dict[str, Any] = {
                "notice": notice,
                "calendar_version": calendar_version(),
                "shortened": shortened,
            }
            transaction.on_commit(_ring)
        else:
            made = {"rule": _new_version(limit_of(change), by=by, now=now)}
        _decide(change, ChangeState.APPROVED, "rules.change_approved", by=by, now=now, **made)
    return change


@transaction.atomic
def reject(change: RuleChange, *, reason: str, by: User, now: datetime) -> RuleChange:
    """Turn ``change`` down, with the reason. Raises ``NotPermitted``, ``NotASecondPerson``, ``ReasonMissing``,
    ``StaleState``."""
    _may_decide(change, by, now)
    if not reason.strip():
        raise ReasonMissing("请填写驳回的理由。", field="reason")
    change = _locked(change)
    _decide(
        change, ChangeState.REJECTED, "rules.change_rejected", by=by, now=now, reason=reason.strip()[:300]
    )
    return change


@transaction.atomic
def withdraw(change: RuleChange, *, by: User, now: datetime) -> RuleChange:
    """Take the own proposal back. Raises ``NotPermitted``, ``NotOwnChange``, ``StaleState``."""
    if not access_of(by, now).can(Can.PROPOSE_RULE_CHANGE):
        raise NotPermitted("您没有提出日历与时限变更的权限。")
    if change.proposed_by_id != by.pk:
        raise NotOwnChange("只能撤回自己提出的变更。")
    change = _locked(change)
    _decide(change, ChangeState.WITHDRAWN, "rules.change_withdrawn", by=by, now=now)
    return change


def _check(content: Content, now: datetime) -> None:
    if isinstance(content, LimitDraft):
        check_version(
            amount=content.amount,
            unit=content.unit,
            counting=content.counting,
            warn_before=content.warn_before,
            start_event=content.start_event,
            clause=content.clause,
            basis=content.basis,
            valid_from=content.valid_from,
            now=now,
        )
        return
    if content.kind != NoticeKind.HOURS:
        check_days(content.text.year, content.days)
    if is_loaded(content):
        raise AlreadyProposed(f"《{content.text.title}》已经载入，内容相同，无需重复提出。")


def _may_decide(change: RuleChange, by: User, now: datetime) -> None:
    access = access_of(by, now)
    if not access.can(Can.APPROVE_RULE_CHANGE):
        raise NotPermitted("您没有审定日历与时限变更的权限。")
    hands = {by.pk} | {row.principal.id for row in access.lent}
    if why := rules.why_not_decide(proposed_by=change.proposed_by_id, hands=hands):
        raise NotASecondPerson(why)


def _shortened(change: RuleChange, confirmed: int, now: datetime) -> int:
    """How many open duties the change would shorten, all of them confirmed. Reckoned before the transaction,
    so that nobody waits for it."""
    old, new = current_calendar(), calendar_with(draft_of(change))
    found = impact(old, new, now=now).shortened if rules.may_shorten(old, new) else 0
    if found > confirmed:
        raise ShorteningNotConfirmed(
            f"有{found}项未结任务的届满时间将提前。请核对下方清单，勾选确认后再批准。", field="confirmed"
        )
    return found


def _locked(change: RuleChange) -> RuleChange:
    """The change, held until the transaction ends; still waiting. Raises ``StaleState``."""
    found = RuleChange.objects.select_for_update().get(pk=change.pk)
    if found.state != ChangeState.PROPOSED:
        raise StaleState(f"rule change {change.pk} was decided")
    return found


def _same_version(change: RuleChange, version: int) -> None:
    """One after the other: what the approver compared must still be what happens. Raises ``StaleState``."""
    rows: Any = CalendarNotice if change.is_calendar else LimitRule
    rows.objects.select_for_update().order_by("id").first()
    if standing_version(change) != version:
        raise StaleState(f"rule change {change.pk} was compared with version {version}, which is out of date")


def _load(draft: Draft, *, by: User, now: datetime) -> CalendarNotice:
    if draft.hours is not None:
        period = draft.hours
        return set_office_hours(
            by=by,
            now=now,
            text=draft.text,
            hours=period.hours,
            valid_from=period.valid_from,
            valid_to=period.valid_to,
        )
    is_local = draft.kind == NoticeKind.LOCAL
    return load_days(by=by, now=now, text=draft.text, days=draft.days, is_local=is_local)


def _new_version(draft: LimitDraft, *, by: User, now: datetime) -> Any:
    return new_version(
        kind=draft.kind,
        amount=draft.amount,
        unit=draft.unit,
        end_rule=draft.end_rule,
        warn_before=draft.warn_before,
        start_event=draft.start_event,
        clause=draft.clause,
        source=draft.source,
        basis=draft.basis,
        valid_from=draft.valid_from,
        to_confirm=draft.to_confirm,
        counting=draft.counting,
        by=by,
        now=now,
    )


def _decide(
    change: RuleChange, state: ChangeState, action: str, *, by: User, now: datetime, **changes: Any
) -> None:
    move(change, new=state, moves=MOVES, by=by, now=now, decided_at=now, decided_by=by, **changes)
    said = {"reason": change.reason} if change.reason else {}
    if change.shortened is not None:
        said["shortened"] = str(change.shortened)
    _tell(action, change, by=by, now=now, proposed_by=change.proposed_by_id, **said)


def _tell(action: str, change: RuleChange, *, by: User, now: datetime, **payload: Any) -> None:
    """Both records of an act: the sealed ledger, and the editors' desk's own log."""
    record(
        action,
        by=by,
        now=now,
        clause="14",
        obj=change,
        kind=change.kind,
        title=change.title,
        digest=change.digest,
        **payload,
    )
    log(change, action, user=by, title=change.title, timestamp=now)


def _ring() -> None:
    try:
        async_task(JOB, cluster=LONG)
    except Exception:
        logger.exception("the queue was not told of a new calendar; the sweep will find the duties")
