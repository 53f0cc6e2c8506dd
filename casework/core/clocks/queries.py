"""Read duties: what a badge says, why a time is what it is, who owes what, who can meet it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from casework.core.access import DUTY_PERMISSIONS, ROLE_PERMISSIONS, Access
from casework.core.clauses import clause_in_words
from casework.core.clocks.models import Duty, DutyEvent, DutyQuerySet, DutyState, Reminder, StagePassed
from casework.core.clocks.rules import extensions_of, pauses_of
from casework.core.clocks.stages import TIERS
from casework.core.rules_data.models import LimitSource, Tier
from casework.core.worktime.arithmetic import remaining
from casework.core.worktime.calendar import SHANGHAI, WorkCalendar, to_local
from casework.core.worktime.explain import explain, moment_in_words
from casework.core.worktime.strip import Explanation
from casework.core.worktime.units import CountRule, EndRule, Unit
from portal.accounts.models import Membership, Post, Substitution, User
from portal.accounts.roles import PostKind, Role

Tone = Literal["ok", "soon", "late", "done", "late_done", "paused", "void"]


@dataclass(frozen=True, slots=True)
class Badge:
    """What a duty's clock says at a moment: words and tone together, never colour alone."""

    text: str
    tone: Tone
    due_at: datetime | None
    provisional: bool
    clause: str
    source_label: str


def badge(duty: Duty, now: datetime, cal: WorkCalendar) -> Badge:
    """The badge of ``duty`` at ``now``, in working days. Reads no table when ``rule`` came with the duty.

    Late is computed here: no sweep needs to have run.
    """
    text, tone = _words(duty, now, cal)
    return Badge(text, tone, duty.due_at, duty.provisional, clause_in_words(duty.clause), source_label(duty))


def source_label(duty: Duty) -> str:
    """Where the duty's limit comes from; limits that are still to be confirmed say so."""
    label = str(LimitSource(duty.limit_source).label)
    unconfirmed = duty.limit_source != LimitSource.ITEM and duty.rule.to_confirm
    return f"{label}（待确认）" if unconfirmed else label


def _words(duty: Duty, now: datetime, cal: WorkCalendar) -> tuple[str, Tone]:
    if duty.state == DutyState.VOID:
        return "已终止", "void"
    if duty.state == DutyState.MET:
        return ("逾期完成", "late_done") if duty.is_late(now) else ("按时完成", "done")
    if duty.due_at is None:
        return "暂停计时", "paused"
    left = remaining(max(now, _counted_from(duty)), duty.due_at, cal)
    if left < 0:
        return f"已逾期{days(-left)}个工作日", "late"
    if left == 0:
        return "今日到期", "soon"
    if duty.soon_at is not None and duty.soon_at <= now:
        return f"即将到期，剩余{days(left)}个工作日", "soon"
    return f"剩余{days(left)}个工作日", "ok"


def _counted_from(duty: Duty) -> datetime:
    """The day on which a limit of whole days begins is not counted, so it never has more days left than its limit."""
    if duty.amount % 1 or duty.counting != CountRule.NEXT_DAY:
        return duty.started_at
    day = to_local(duty.started_at).date() + timedelta(days=1)
    return datetime.combine(day, time.min, SHANGHAI)


def days(amount: Decimal) -> str:
    """A number of days without idle zeros: 3, 0.5."""
    return f"{amount.normalize():f}"


def events_of(duty: Duty) -> list[DutyEvent]:
    """What happened to ``duty``, in the order in which it was noted; asks nothing when the events came with it."""
    return sorted(duty.events.all(), key=lambda event: event.pk)


def explanation(duty: Duty, cal: WorkCalendar) -> Explanation | None:
    """Why the duty is due when it is; None while its clock stands still, for there is no due time then.

    Needs the duty's events (prefetch ``events``) and rule. A duty that was judged under an earlier
    calendar says so.
    """
    if duty.due_at is None:
        return None
    events = events_of(duty)
    found = explain(
        duty.started_at,
        duty.amount,
        Unit(duty.unit),
        EndRule(duty.end_rule),
        cal,
        pauses_of(events),
        extensions_of(events),
        event=duty.rule.start_event,
        counting=CountRule(duty.counting),
    )
    if found.due.at == duty.due_at:
        return found
    remark = f"届满时间以认定时的工作日历为准：{moment_in_words(duty.due_at)}。"
    return replace(found, remark=remark)


def open_duties(departments: Iterable[int]) -> DutyQuerySet:
    """Open duties held by the departments (ids), the most urgent first, paused ones last."""
    return _listed(Duty.objects.open().held_by(list(departments)))


def open_duties_for(access: Access) -> DutyQuerySet:
    """Open duties that the person can help to meet: the kinds that each own role allows, there."""
    wanted = Q(pk__in=[])
    for department in access.all_departments():
        if kinds := access.duty_kinds(department):
            wanted |= Q(holder_id=department, kind__in=kinds)
    return _listed(Duty.objects.open().filter(wanted))


def _listed(duties: DutyQuerySet) -> DutyQuerySet:
    """With everything a row and its badge show, in one query."""
    return duties.select_related("rule", "holder", "case__item").order_by(
        F("due_at").asc(nulls_last=True), "id"
    )


def people_for(duty: Duty, now: datetime) -> list[User]:
    """Active people who can meet the duty today: members of its holder with a role that allows it, and
    their substitutes of that day."""
    wanted, day = DUTY_PERMISSIONS[duty.kind], timezone.localdate(now)
    roles = [role for role, held in ROLE_PERMISSIONS.items() if held & wanted]
    holder = duty.holder.acting_on(day)
    members = holder.memberships.valid_on(day).filter(role__in=roles).values_list("user_id", flat=True)
    found = set(members)
    standing = Substitution.objects.valid_on(day).filter(department=holder, revoked_at=None)
    found |= {
        row.substitute_id
        for row in standing.filter(person__in=found, person__is_active=True)
        if not row.chosen or wanted & set(row.chosen)
    }
    return list(User.objects.filter(is_active=True, pk__in=found).order_by("pk"))


def told(duty: Duty, tier: Tier, now: datetime) -> tuple[Tier | None, list[User]]:
    """Who hears of the duty when ``tier`` should: that tier, or the next one above that is not vacant.

    (None, []) when there is nobody at all.
    """
    for candidate in TIERS[TIERS.index(tier) :]:
        if people := _people_of(duty, candidate, now):
            return candidate, people
    return None, []


def _people_of(duty: Duty, tier: Tier, now: datetime) -> list[User]:
    if tier == Tier.HANDLERS:
        return people_for(duty, now)
    if tier == Tier.EVALUATOR:
        evaluators = Membership.objects.valid_on(timezone.localdate(now)).filter(role=Role.EVALUATOR)
        return list(User.objects.filter(is_active=True, pk__in=evaluators.values("user_id")).order_by("pk"))
    return _in_post(duty, PostKind.LIAISON if tier == Tier.LIAISON else PostKind.LEADER, now)


def leaders_of(duty: Duty, now: datetime) -> list[User]:
    """Whoever leads the holding department today (8.1): the leader, else the substitute (AB角)."""
    return _in_post(duty, PostKind.LEADER, now)


def _in_post(duty: Duty, kind: PostKind, now: datetime) -> list[User]:
    """Whoever fills the post of the holding department today (8.1): its holder, else the substitute (AB角)."""
    day = timezone.localdate(now)
    posts = Post.objects.valid_on(day).filter(department=duty.holder.acting_on(day), kind=kind)
    found: dict[int, User] = {}
    for post in posts.select_related("user", "substitute").order_by("pk"):
        for person in (post.user, post.substitute):
            if person is not None and person.is_active:
                found[person.pk] = person
                break
    return list(found.values())


def stages_that_climbed() -> QuerySet[StagePassed]:
    """Stages that another tier heard of than the rule names, or nobody at all."""
    return StagePassed.objects.exclude(reached=F("tier")).select_related("duty__holder", "duty__case")


WITHOUT_ADDRESS = 50  # people shown


def people_without_address() -> list[User]:
    """Active people with unread reminders that no mail carried, for want of an address."""
    unread = Reminder.objects.filter(mail=Reminder.Mail.NONE, read_at=None, recipient__email="")
    rows = User.objects.filter(is_active=True, pk__in=unread.values("recipient_id"))
    return list(rows.prefetch_related("memberships__department").order_by("pk")[:WITHOUT_ADDRESS])
