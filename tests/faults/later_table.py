"""Acts on the calendar and the limits, on endpoints and on dead deliveries; part of ``table.py``."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from casework.core.clocks import recomputing
from casework.core.clocks.models import Duty
from casework.core.outbox import alarms, dead_letters, endpoints, paper, replaying
from casework.core.outbox.models import DeadLetter, Delivery, DeliveryState, Endpoint
from casework.core.outbox.replaying import Range
from casework.core.rule_changes import actions as changes
from casework.core.rule_changes import carrying, digests
from casework.core.rule_changes.content import LimitDraft
from casework.core.rule_changes.importing import Reading, YearDays
from casework.core.rule_changes.models import MoveDigest, RuleChange
from casework.core.rule_changes.proposing import Words, propose_years
from casework.core.rules_data.models import DutyKind, LimitSource
from casework.core.worktime.notices import Draft, NamedDay, NoticeKind
from casework.core.worktime.queries import calendar_version, current_calendar
from casework.core.worktime.units import EndRule, Unit
from casework.models import Channel, Recipient
from portal.accounts.models import User
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, person
from tests.core.rooms import SECRET
from tests.faults import worlds
from tests.faults.harness import Act, Case, Scene
from tests.faults.worlds import plain

WHY = "接收平台维护"
CLOSURE = Draft(
    text=worlds.CLOSURE, kind=NoticeKind.LOCAL, days=(NamedDay(date(2026, 9, 8), False, "示例停办"),)
)
LIMIT = LimitDraft(
    kind=DutyKind.CLAIM,
    amount=Decimal(2),
    unit=Unit.WORKDAY,
    end_rule=EndRule.CLOSE_OF_BUSINESS,
    warn_before=Decimal("0.5"),
    start_event="推送送达",
    clause="9.1",
    source=LimitSource.MEASURE,
    basis="示例修订",
    valid_from=date(2026, 10, 1),
)


def second(scene: Scene) -> User:
    """The administrator who decides."""
    return person("secadmin", "示例安全管理员", (scene.cast.elsewhere, Role.SECURITY_ADMIN))


def on_change(
    act: Callable[[RuleChange, User, Scene], object], content: Draft | LimitDraft = CLOSURE
) -> Case:
    """An act on a change that waits for its decision."""

    def world(scene: Scene) -> Act:
        worlds.start(scene)
        pk = changes.propose(content=content, by=scene.cast.sysadmin, now=NOW).pk
        decider = second(scene)
        return lambda: act(RuleChange.objects.get(pk=pk), decider, scene)

    return Case(world)


def approve(change: RuleChange, by: User, _scene: Scene) -> object:
    return changes.approve(change, version=calendar_version(), confirmed=0, by=by, now=NOW)


def wrong_clock(scene: Scene) -> None:
    worlds.start(scene)
    Duty.objects.update(due_at=NOW + timedelta(days=9))


def _put_right(scene: Scene) -> Act:
    wrong_clock(scene)
    pk = Duty.objects.get().pk
    return lambda: recomputing.put_right(pk, current_calendar(), now=NOW)


def _put_all_right(scene: Scene) -> Act:
    wrong_clock(scene)
    return lambda: recomputing.put_all_right(now=NOW)


def _carry(scene: Scene) -> Act:
    worlds.start(scene)
    worlds.load_closure(scene)
    return lambda: carrying.carry(now=NOW)


def _digest(scene: Scene) -> Act:
    _carry(scene)()
    last = MoveDigest.objects.order_by("-pk").first()
    return lambda: digests.mark_read(up_to=last.pk, by=last.recipient, now=NOW)


def _years(scene: Scene) -> Act:
    days = (NamedDay(date(2027, 1, 1), False, "元旦"), NamedDay(date(2027, 1, 9), True, "元旦"))
    reading = Reading(years=[YearDays(2027, days, "", (), is_known=False)])
    return lambda: propose_years(
        reading, Words(NOW.date()), file_name="a.csv", by=scene.cast.sysadmin, now=NOW
    )


def http(scene: Scene) -> Endpoint:
    return Endpoint.objects.create(
        department=scene.cast.competent,
        channel=Channel.HTTP,
        address="https://a.example.test/x",
        secret=SECRET,
    )


def on_endpoint(
    act: Callable[[Endpoint, Scene], object],
    make: Callable[[Scene], Endpoint] = http,
    *before: Callable[[Endpoint, Scene], object],
) -> Case:
    """An act on an endpoint, after ``before``."""

    def world(scene: Scene) -> Act:
        pk = make(scene).pk
        for each in before:
            each(Endpoint.objects.get(pk=pk), scene)
        return lambda: act(Endpoint.objects.get(pk=pk), scene)

    return Case(world)


def rotate(one: Endpoint, scene: Scene) -> object:
    return endpoints.rotate(one, by=scene.cast.sysadmin, now=NOW)


def pause(one: Endpoint, scene: Scene) -> object:
    return endpoints.pause(one, reason=WHY, by=scene.cast.sysadmin, now=NOW)


def switch_off(one: Endpoint, scene: Scene) -> object:
    return endpoints.switch_off(one, reason=WHY, by=scene.cast.sysadmin, now=NOW)


def died(scene: Scene) -> DeadLetter:
    """A dead delivery of a letter that the window sent, with its owner."""
    worlds.letter_to(scene)
    Delivery.objects.update(state=DeliveryState.DEAD)
    dead_letters.adopt(now=NOW)
    return DeadLetter.objects.select_related("delivery").get()


def on_dead(act: Callable[[DeadLetter, Scene], object]) -> Case:
    def world(scene: Scene) -> Act:
        pk = died(scene).pk
        return lambda: act(DeadLetter.objects.select_related("delivery").get(pk=pk), scene)

    return Case(world)


def _assign(scene: Scene) -> Act:
    colleague = person("clerk-2", "示例窗口员乙", (scene.cast.window, Role.WINDOW_CLERK))
    pk = died(scene).pk
    return lambda: dead_letters.assign(
        DeadLetter.objects.get(pk=pk), person=colleague, by=scene.cast.sysadmin, now=NOW
    )


def _adopt(scene: Scene) -> Act:
    worlds.letter_to(scene)
    Delivery.objects.update(state=DeliveryState.DEAD)
    return lambda: dead_letters.adopt(now=NOW)


def _replay(scene: Scene) -> Act:
    pk = died(scene).pk
    return lambda: replaying.replay(Range(None, None, None), up_to=pk, by=scene.cast.sysadmin, now=NOW)


def _alarmed(scene: Scene) -> Act:
    worlds.endpoint(scene)
    steps.closed(scene.cast, scene.version)
    return lambda: alarms.sweep_alarms(now=NOW + timedelta(days=3))


def _paper(scene: Scene) -> Act:
    recipient = worlds.letter_to(scene)
    return lambda: paper.hand_over(
        Recipient.objects.get(pk=recipient.pk),
        receiver="示例签收人",
        handed_at=NOW + timedelta(hours=1),
        receipt=steps.pdf("签收.pdf"),
        by=scene.cast.clerk,
        now=NOW + timedelta(hours=2),
    )


LATER_ACTS: dict[str, Case] = {
    "core.clocks.recomputing.put_right": Case(_put_right),
    "core.clocks.recomputing.put_all_right": Case(_put_all_right, steps=True),
    "core.rule_changes.actions.propose": plain(
        lambda s: changes.propose(content=CLOSURE, by=s.cast.sysadmin, now=NOW)
    ),
    "core.rule_changes.actions.approve": on_change(approve),
    "core.rule_changes.actions.reject": on_change(
        lambda c, by, s: changes.reject(c, reason="日期有误", by=by, now=NOW)
    ),
    "core.rule_changes.actions.withdraw": on_change(
        lambda c, by, s: changes.withdraw(c, by=s.cast.sysadmin, now=NOW), LIMIT
    ),
    "core.rule_changes.carrying.carry": Case(_carry, steps=True),
    "core.rule_changes.digests.mark_read": Case(_digest),
    "core.rule_changes.proposing.propose_years": Case(_years),
    "core.outbox.endpoints.create": plain(
        lambda s: endpoints.create(
            department=s.cast.competent,
            channel=Channel.OA_MAIL,
            address="oa@example.test",
            by=s.cast.sysadmin,
            now=NOW,
        )
    ),
    "core.outbox.endpoints.move": on_endpoint(
        lambda e, s: endpoints.move(e, address="neu@example.test", by=s.cast.sysadmin, now=NOW),
        worlds.endpoint,
    ),
    "core.outbox.endpoints.rotate": on_endpoint(rotate),
    "core.outbox.endpoints.end_rotation": on_endpoint(
        lambda e, s: endpoints.end_rotation(e, by=s.cast.sysadmin, now=NOW), http, rotate
    ),
    "core.outbox.endpoints.pause": on_endpoint(pause),
    "core.outbox.endpoints.resume": on_endpoint(
        lambda e, s: endpoints.resume(e, by=s.cast.sysadmin, now=NOW), http, pause
    ),
    "core.outbox.endpoints.switch_off": on_endpoint(switch_off),
    "core.outbox.endpoints.switch_on": on_endpoint(
        lambda e, s: endpoints.switch_on(e, reason=WHY, by=s.cast.sysadmin, now=NOW),
        worlds.endpoint,
        switch_off,
    ),
    "core.outbox.dead_letters.adopt": Case(_adopt, steps=True),
    "core.outbox.dead_letters.assign": Case(_assign),
    "core.outbox.dead_letters.close": on_dead(
        lambda d, s: dead_letters.close(d, reason="已当面送达", by=s.cast.clerk, now=NOW)
    ),
    "core.outbox.replaying.replay": Case(_replay, steps=True),
    "core.outbox.alarms.sweep_alarms": Case(_alarmed, steps=True),
    "core.outbox.paper.hand_over": Case(_paper),
}
