"""Worlds for the acts of ``table.py``: each prepares everything and hands back the act."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from casework.approval.events import CaseDecided
from casework.core import once
from casework.core.access import access_of
from casework.core.clocks import actions as clocks
from casework.core.clocks import sweep as clock_sweep
from casework.core.clocks.events import DutyLapsed
from casework.core.clocks.models import Duty
from casework.core.files import actions as files
from casework.core.files import kept
from casework.core.files.models import StoredFile
from casework.core.ledger import actions as ledger
from casework.core.ledger import anchors, checks
from casework.core.letters import actions as letters
from casework.core.outbox import actions as outbox
from casework.core.worktime import actions as worktime
from casework.core.worktime.actions import NoticeText
from casework.core.worktime.notices import NamedDay
from casework.core.worktime.queries import current_calendar
from casework.desk import actions as desk
from casework.intake import actions as intake
from casework.models import (
    Case as CaseRow,
)
from casework.models import (
    Channel,
    Circulation,
    Delivery,
    DeliveryState,
    DutyKind,
    Endpoint,
    LetterKind,
    Recipient,
    Reminder,
    ResultPush,
)
from casework.supervision import actions as supervision
from portal.accounts import actions as accounts
from portal.accounts.models import Substitution
from portal.accounts.roles import DepartmentKind, Role
from tests import steps
from tests.cast import NOW, at, department, person
from tests.core.rooms import make_case, stored, upload
from tests.faults.harness import Act, Case, Scene
from tests.supervision.world import fresh, pushed

LATER = at(9, 9)  # two days on: a claim is late by then
CLOSURE = NoticeText(title="示例停办通告", document_no="", year=2026, published_on=NOW.date())


def on_case(step: Callable[..., CaseRow], act: Callable[[CaseRow, Scene], object]) -> Case:
    """An act on a case that ``step`` has brought so far."""

    def world(scene: Scene) -> Act:
        pk = step(scene.cast, scene.version).pk
        return lambda: act(CaseRow.objects.get(pk=pk), scene)

    return Case(world)


def on_unit(
    step: Callable[..., CaseRow], act: Callable[[Circulation, Scene], object], *, drafted: bool
) -> Case:
    """An act on the circulation of unit a."""

    def world(scene: Scene) -> Act:
        case = step(scene.cast, scene.version)
        if drafted:
            steps.drafted(scene.cast, case, "a")
        pk = case.circulations.get(unit=scene.cast.unit_a).pk
        return lambda: act(Circulation.objects.get(pk=pk), scene)

    return Case(world)


def on_push(
    act: Callable[[ResultPush, Scene], object], *before: Callable[[ResultPush, Scene], object]
) -> Case:
    """An act on a pushed result, after ``before``."""

    def world(scene: Scene) -> Act:
        push = pushed(scene.cast, scene.version)
        for each in before:
            each(fresh(push), scene)
        return lambda: act(fresh(push), scene)

    return Case(world)


def on_duty(act: Callable[[Duty, Scene], object], *before: Callable[[Duty, Scene], object]) -> Case:
    """An act on an open duty."""

    def world(scene: Scene) -> Act:
        duty = start(scene)
        for each in before:
            each(duty, scene)
        return lambda: act(Duty.objects.get(pk=duty.pk), scene)

    return Case(world)


def start(scene: Scene, key: str = "claim:push:1") -> Duty:
    kind = DutyKind.CLAIM
    return clocks.start(key=key, kind=kind, holder=scene.cast.competent, case=None, now=NOW, by=None)


def within(act: Callable[[], object]) -> Act:
    """An act that belongs into its caller's transaction, in one."""

    def run() -> object:
        with transaction.atomic():
            return act()

    return run


def plain(act: Callable[[Scene], object], *, steps: bool = False) -> Case:
    """An act that needs nothing but the city."""
    return Case(lambda scene: lambda: act(scene), steps=steps)


def letter_to(scene: Scene, kind: LetterKind = LetterKind.RESULT) -> Recipient:
    case = make_case(scene.cast, scene.version)
    endpoint(scene)
    return send(scene, case, kind).recipients.get()


def endpoint(scene: Scene) -> Endpoint:
    return Endpoint.objects.create(
        department=scene.cast.competent, channel=Channel.OA_MAIL, address="oa@example.test"
    )


def send(scene: Scene, case: CaseRow, kind: LetterKind = LetterKind.RESULT) -> Any:
    return letters.send(
        kind=kind,
        case=case,
        sender=scene.cast.window,
        to=[scene.cast.competent, scene.cast.enforcement][: 1 if kind == LetterKind.RESULT else 2],
        title="示例函件",
        facts={"事项名称": "示例"},
        files=list(StoredFile.objects.filter(case=case)),
        by=scene.cast.clerk,
        now=NOW,
    )


def on_letter(act: Callable[[Recipient, Scene], object]) -> Case:
    def world(scene: Scene) -> Act:
        pk = letter_to(scene).pk
        return lambda: act(Recipient.objects.get(pk=pk), scene)

    return Case(world)


def with_file(act: Callable[[CaseRow, Scene], object]) -> Case:
    """An act on a bare case that has one file."""

    def world(scene: Scene) -> Act:
        case = make_case(scene.cast, scene.version)
        stored(case, scene.cast)
        endpoint(scene)
        return lambda: act(CaseRow.objects.get(pk=case.pk), scene)

    return Case(world)


def sealed_days(scene: Scene) -> Act:
    for day in range(3):
        with transaction.atomic():
            ledger.record(f"a.{day}", by=None, now=NOW + timedelta(days=day))
    ledger.seal_all()
    return lambda: anchors.hand_out(now=NOW + timedelta(days=4))


def asked_check(scene: Scene) -> Act:
    check = checks.ask(access_of(scene.cast.auditor, NOW), now=NOW)
    return lambda: checks.carry_out(check, now=NOW)


def dead_delivery(scene: Scene) -> Act:
    letter_to(scene)
    pk = Delivery.objects.get().pk
    Delivery.objects.update(state=DeliveryState.DEAD)
    return lambda: outbox.retry(Delivery.objects.get(pk=pk), by=scene.cast.sysadmin, now=NOW)


def reminded(scene: Scene) -> Act:
    start(scene)
    clock_sweep.sweep(now=LATER)
    last = Reminder.objects.order_by("-pk").first()
    return lambda: desk.read_reminders(up_to=last.pk, by=scene.cast.supervisor, now=LATER)


def late_duties(scene: Scene) -> Act:
    steps.received(scene.cast, scene.version)
    start(scene)
    # A lapse may begin a duty that is late itself: the third sweep has nothing to tell any more.
    return lambda: [clock_sweep.sweep(now=at(9, 21)) for _ in range(3)]


def lapsed_acceptance(scene: Scene) -> Act:
    case = steps.received(scene.cast, scene.version)
    now = at(9, 21)

    def act() -> object:
        duty = Duty.objects.get(key=f"accept:case:{case.pk}")
        return intake.deem_accepted(DutyLapsed(duty=duty, by=None, now=now))

    return act


def lapsed_correction(scene: Scene) -> Act:
    case = steps.correcting(scene.cast, scene.version)
    now = at(10, 30)

    def act() -> object:
        duty = Duty.objects.get(key=f"correct:case:{case.pk}")
        return intake.return_uncorrected(DutyLapsed(duty=duty, by=None, now=now))

    return act


def new_calendar(scene: Scene) -> Act:
    start(scene)
    start(scene, "claim:push:2")
    load_closure(scene)
    return lambda: clocks.recompute_all(current_calendar(), now=NOW)


def one_recomputed(scene: Scene) -> Act:
    new_calendar(scene)
    return lambda: clocks.recompute(Duty.objects.get(key="claim:push:1"), current_calendar(), now=NOW)


def load_closure(_scene: Scene) -> object:
    day = NamedDay(date(2026, 9, 8), is_workday=False, name="示例停办")
    return worktime.load_days(by=None, now=NOW, text=CLOSURE, days=[day], is_local=True)


def unsealed(act: Act) -> Callable[[Scene], Act]:
    """Five entries that wait for their seal."""

    def world(_scene: Scene) -> Act:
        with transaction.atomic():
            for number in range(5):
                ledger.record(f"a.{number}", by=None, now=NOW)
        return act

    return world


def claim(push: ResultPush, scene: Scene) -> object:
    return supervision.claim_result(push, by=scene.cast.supervisor, now=NOW)


def object_to(push: ResultPush, scene: Scene) -> object:
    uploads = [steps.pdf("疑义说明.pdf")]
    return supervision.object_to_result(
        push, reason="许可范围与场所不符", uploads=uploads, by=scene.cast.supervisor, now=NOW
    )


def old_file(scene: Scene) -> Act:
    kept.keep(upload(), by=scene.cast.clerk, now=NOW)
    return lambda: kept.forget(now=LATER)


def used_token(scene: Scene) -> Act:
    once.once(once.Sending(uuid.uuid4(), ""), lambda: "", by=scene.cast.clerk, now=NOW - timedelta(days=30))
    return lambda: once.forget(now=NOW)


def kept_file(scene: Scene) -> Act:
    row = kept.keep(upload(), by=scene.cast.clerk, now=NOW)
    case = make_case(scene.cast, scene.version)
    return lambda: files.store(
        case=case,
        upload=kept.KeptFile(row),
        purpose="",
        department=scene.cast.window,
        by=scene.cast.clerk,
        now=NOW,
    )


def returned_result(scene: Scene) -> Act:
    """A returned result and the department it should have gone to."""
    push = pushed(scene.cast, scene.version)
    supervision.return_result(fresh(push), reason="不属于本部门", by=scene.cast.supervisor, now=NOW)
    right = department("right", "示例市农业农村局", DepartmentKind.COMPETENT)
    return lambda: supervision.repush(fresh(push), department=right, by=scene.cast.handler, now=NOW)


def colleague(scene: Scene) -> dict[str, Any]:
    colleague = person("deputy", "示例副科长", (scene.cast.unit_a, Role.LIAISON))
    day = NOW.date()
    return {
        "person": scene.cast.leader_a,
        "substitute": colleague,
        "department": scene.cast.unit_a,
        "valid_from": day,
        "valid_to": day,
        "reason": "公出",
        "by": scene.cast.leader_a,
        "now": NOW,
    }


def substitution(scene: Scene) -> Act:
    asked = colleague(scene)
    return lambda: accounts.arrange_substitution(**asked)


def standing_substitution(scene: Scene) -> Act:
    made = accounts.arrange_substitution(**colleague(scene))
    return lambda: accounts.revoke_substitution(
        Substitution.objects.get(pk=made.pk), by=scene.cast.leader_a, now=NOW
    )


def decided_event(scene: Scene) -> Act:
    case = steps.proposed(scene.cast, scene.version)
    return within(lambda: intake.receive_decision(CaseDecided(case=case, by=scene.cast.chief, now=NOW)))
