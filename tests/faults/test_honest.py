"""The proofs notice what they are there to notice: each break below makes its proof fail."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.approval import opinions
from casework.core import versions
from casework.core.letters import facts as letter_facts
from casework.core.transitions import Transition
from casework.intake import actions as intake
from casework.models import CheckKind
from casework.supervision import actions as supervision
from tests import steps
from tests.cast import NOW
from tests.contested import claims, only_sqlite, winners
from tests.faults.harness import Case, Scene, sweep
from tests.faults.table import ACTS
from tests.faults.worlds import on_case
from tests.seen import hidden
from tests.supervision.world import pushed

pytestmark = pytest.mark.django_db


def test_an_act_without_its_transaction_is_found_half_done(cast, version) -> None:
    bare: Callable[..., Any] = intake.submit.__wrapped__
    broken = on_case(steps.accepted, lambda case, scene: bare(case, by=scene.cast.clerk, now=NOW))
    with pytest.raises(AssertionError, match="half done"):
        sweep(broken, Scene(cast, version), most=6)


def test_an_act_that_swallows_its_failure_is_found(cast, version) -> None:
    def quiet(scene: Scene) -> Callable[[], object]:
        act = ACTS["intake.actions.submit"].world(scene)

        def run() -> object:
            try:
                return act()
            except Exception:
                return None

        return run

    with pytest.raises(AssertionError, match="nobody was told"):
        sweep(Case(quiet), Scene(cast, version), most=4)


def careless_move(obj: Any, *, new: str, by: Any, now: Any, moves: Any, **changes: Any) -> None:
    """``transitions.move`` with the condition on the state left out."""
    old = obj.state
    type(obj)._default_manager.filter(pk=obj.pk).update(state=new, **changes)
    Transition.objects.create(
        object_type=obj._meta.model_name, object_id=str(obj.pk), old=old, new=new, at=now, by=by
    )


@only_sqlite
def test_a_move_without_its_condition_lets_two_people_win(cast, version, tmp_path, monkeypatch) -> None:
    push = pushed(cast, version)
    monkeypatch.setattr(supervision, "move", careless_move)
    monkeypatch.setattr(letter_facts, "set_once", lambda *args, **facts: None)
    monkeypatch.setattr(supervision.clocks, "meet", lambda *args, **kwargs: None)
    assert winners(claims(push, cast.supervisor, 4), tmp_path) > 1


@only_sqlite
def test_a_signature_without_its_condition_is_given_twice(cast, version, tmp_path, monkeypatch) -> None:
    from tests.contested import signatures

    case = steps.circulating(cast, version)
    circulation = steps.drafted(cast, case, "a")
    monkeypatch.setattr(opinions, "move", careless_move)
    monkeypatch.setattr(opinions, "_draft", lambda found, version: opinions.queries.latest(found))
    assert winners(signatures(circulation, cast.leader_a, 4), tmp_path) > 1


def overwritten(cast, version, sign_in) -> bool:
    """Whether a form that is out of date writes over what a colleague recorded."""
    case, clerk = steps.received(cast, version), sign_in(cast.clerk)
    action = reverse("casework:intake-checks", args=[case.number])
    seen = hidden(clerk, reverse("casework:case", args=[case.number]), action)
    failed = dict.fromkeys(CheckKind, (False, "缺少签字"))
    intake.record_checks(case, results=failed, by=cast.clerk, now=timezone.now())
    clerk.post(action, {f"{kind.value}_result": "pass" for kind in CheckKind} | seen)
    return case.checks.filter(passed=True).exists()


def test_a_skipped_version_check_writes_over_a_colleague(cast, version, sign_in, monkeypatch) -> None:
    assert not overwritten(cast, version, sign_in)
    monkeypatch.setattr(versions.VersionedForm, "is_current", lambda form: True)
    assert overwritten(cast, version, sign_in)
