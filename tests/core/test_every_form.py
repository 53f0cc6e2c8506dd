"""Every form of casework knows what its reader saw (R-30): versions for acts on something, tokens for new things."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest
from django import forms
from django.urls import resolve, reverse

from casework.core.once import OnceForm
from casework.core.versions import VersionedForm
from tests import steps
from tests.route_matrix import ROUTES
from tests.seen import Forms
from tests.test_routes import OURS

# POST addresses without a form that somebody fills in: what settles two at once there.
ONE_SHOT: dict[str, str] = {
    "casework:reminders-read": "own reminders up to the newest one shown",
    "casework:due-moves-read": "own digests up to the newest one shown",
    "casework:ledger-verify": "asks for a verification, changes nothing",
    "casework:letter-open": "conditional update; the first opening counts",
    "casework:delivery-retry": "conditional update on a dead delivery",
    "casework:dead-letter-replay": "conditional update on a dead delivery",
    "casework:endpoint-rotate": "locks the endpoint; refused while a rotation is under way",
    "casework:endpoint-rotation-end": "conditional update",
    "casework:endpoint-resume": "conditional update",
    "casework:substitution-revoke": "conditional update; revoking twice changes nothing",
    "casework:intake-accept": "conditional update; the action examines checks and materials again",
    "casework:intake-submit": "conditional update",
    "casework:intake-close": "conditional update; a decision does not change once it is approved",
    "casework:pushes-claim": "conditional update of each ticked result",
    "casework:push-open": "conditional update; the first opening counts",
    "casework:push-claim": "conditional update",
    "casework:clock-resume": "conditional on a clock that stands still",
    "casework:extension-approve": "conditional update; a request never changes once it is made",
}
# Forms that read and write nothing.
READING: dict[str, str] = {"progress": "a citizen's question by number and code"}


def forms_of(view: Callable[..., object], seen: set[str] | None = None) -> Iterator[type[forms.BaseForm]]:
    """Form classes that a view names, itself or in functions of its own module that it calls."""
    seen = set() if seen is None else seen
    function = inspect.unwrap(view)
    module = sys.modules[function.__module__]
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        found = getattr(module, node.id, None) if isinstance(node, ast.Name) else None
        if inspect.isclass(found) and issubclass(found, forms.BaseForm):
            yield found
        elif inspect.isfunction(found) and found.__module__ == module.__name__ and node.id not in seen:
            seen.add(node.id)
            yield from forms_of(found, seen)


def carries_version(form: type[forms.BaseForm]) -> bool:
    return issubclass(form, VersionedForm | OnceForm) or "version" in form.base_fields


POSTS = sorted(
    name
    for name, route in ROUTES.items()
    if "POST" in route.methods and (name.startswith("casework:") or name in READING)
)


@pytest.mark.parametrize("name", POSTS)
def test_a_form_that_acts_carries_what_its_reader_saw(name: str) -> None:
    found = {form for form in forms_of(OURS[name].callback) if not issubclass(form, forms.BaseModelForm)}
    bare = {form.__name__ for form in found if not carries_version(form)}
    if name in READING:
        return
    assert bare == set(), f"{name}: take VersionedForm or OnceForm as the base (docs/design-system.md)"
    assert found or name in ONE_SHOT, f"{name} has no form: say in ONE_SHOT what settles two at once"


def test_no_reason_outlives_its_address() -> None:
    assert set(ONE_SHOT) | set(READING) <= set(POSTS)
    assert not [name for name in ONE_SHOT if list(forms_of(OURS[name].callback))]


def test_the_walk_sees_a_form_without_version() -> None:
    """The proof itself: a view with a bare form would be found."""

    class Bare(forms.Form):
        reason = forms.CharField()

    assert not carries_version(Bare)
    assert len({form for name in POSTS for form in forms_of(OURS[name].callback)}) >= 10


def test_every_form_on_the_pages_sends_its_version_with_it(cast, version, sign_in) -> None:
    """The hidden field stands in the markup, also where a template draws its fields one by one."""
    pages = [
        (cast.clerk, steps.received(cast, version)),
        (cast.handler, steps.submitted(cast, version)),
        (cast.reviewer_a, steps.circulating(cast, version)),
        (cast.handler, steps.answered(cast, version)),
        (cast.chief, steps.proposed(cast, version)),
    ]
    push = steps.closed(cast, version).pushes.get(department=cast.competent)
    asked = [(person, reverse("casework:case", args=[case.number])) for person, case in pages]
    asked += [
        (cast.supervisor, reverse("casework:push", args=[push.pk])),
        (cast.clerk, f"{reverse('casework:intake-new')}?item={version.item_id}"),
        (cast.clerk, reverse("casework:substitutions")),
    ]
    found = {}
    for person, page in asked:
        found |= Forms(sign_in(person).get(page).content.decode()).found
    one_shot = {name.removeprefix("casework:") for name in ONE_SHOT}
    ours = {
        action: names
        for action, names in found.items()
        if action.startswith("/desk/") and _route(action) not in one_shot
    }
    assert len(ours) >= 8
    bare = [action for action, names in ours.items() if not {"seen", "once", "version"} & set(names)]
    assert bare == []


def _route(action: str) -> str:
    return resolve(action).url_name or ""
