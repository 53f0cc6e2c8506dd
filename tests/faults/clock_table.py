"""Acts on the clocks of an approval, withdrawal and digests; part of ``table.py``."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from casework.approval import reassigning, timing
from casework.core.clocks import extensions
from casework.core.clocks.digest import send_digests
from casework.core.clocks.models import Duty, Extension
from casework.intake import actions as intake
from tests import steps
from tests.cast import NOW
from tests.faults import worlds
from tests.faults.harness import Act, Case, Scene
from tests.faults.worlds import on_case

HEARING = {"cause": "hearing", "reason": "举行听证会", "basis": "《行政许可法》第四十五条"}
MORE = {"amount": Decimal(2), "reason": "需要补充论证", "basis": "《行政许可法》第四十二条"}


def decision(scene: Scene) -> Duty:
    """The open decision clock of a circulating case."""
    case = steps.circulating(scene.cast, scene.version)
    return Duty.objects.get(key=f"decide:case:{case.pk}")


def on_decision(act: Callable[[Duty, Scene], object], *, paused: bool = False) -> Case:
    def world(scene: Scene) -> Act:
        duty = decision(scene)
        if paused:
            timing.pause(duty, **HEARING, by=scene.cast.handler, now=NOW)
        return lambda: act(Duty.objects.get(pk=duty.pk), scene)

    return Case(world)


def on_request(act: Callable[[Extension, Scene], object]) -> Case:
    """An act on a request for more time that waits."""

    def world(scene: Scene) -> Act:
        duty = decision(scene)
        asked = timing.ask_extension(duty, **MORE, by=scene.cast.handler, now=NOW)
        return lambda: act(Extension.objects.get(pk=asked.pk), scene)

    return Case(world)


def _digests(scene: Scene) -> Act:
    worlds.start(scene)
    return lambda: send_digests(now=NOW + timedelta(hours=1))


def _reassign(scene: Scene) -> Act:
    steps.circulating(scene.cast, scene.version)
    pk = Duty.objects.get(kind="opinion", holder=scene.cast.unit_a).pk
    return lambda: reassigning.reassign(
        Duty.objects.get(pk=pk), to=scene.cast.elsewhere, reason="职责划转", by=scene.cast.leader_a, now=NOW
    )


CLOCK_ACTS: dict[str, Case] = {
    "approval.reassigning.reassign": Case(_reassign),
    "approval.timing.approve_extension": on_request(
        lambda a, s: timing.approve_extension(a, by=s.cast.chief, now=NOW)
    ),
    "approval.timing.ask_extension": on_decision(
        lambda d, s: timing.ask_extension(d, **MORE, by=s.cast.handler, now=NOW)
    ),
    "approval.timing.pause": on_decision(lambda d, s: timing.pause(d, **HEARING, by=s.cast.handler, now=NOW)),
    "approval.timing.refuse_extension": on_request(
        lambda a, s: timing.refuse_extension(a, reason="可以按期办结", by=s.cast.chief, now=NOW)
    ),
    "approval.timing.resume": on_decision(
        lambda d, s: timing.resume(d, by=s.cast.handler, now=NOW), paused=True
    ),
    "core.clocks.digest.send_digests": Case(_digests, steps=True),
    "core.clocks.extensions.approve": on_request(
        lambda a, s: extensions.approve(a, by=s.cast.chief, now=NOW)
    ),
    "core.clocks.extensions.ask": on_decision(
        lambda d, s: extensions.ask(d, allowed=Decimal(5), **MORE, by=s.cast.handler, now=NOW)
    ),
    "core.clocks.extensions.refuse": on_request(
        lambda a, s: extensions.refuse(a, reason="可以按期办结", by=s.cast.chief, now=NOW)
    ),
    "intake.withdrawing.withdraw": on_case(
        steps.circulating,
        lambda c, s: intake.withdraw(c, reason="经营计划调整", by=s.cast.clerk, now=NOW),
    ),
}
