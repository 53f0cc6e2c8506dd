"""Every form of ours knows what its reader saw (R-30): versions for acts on something, tokens for new things."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest
from django import forms
from django.urls import resolve, reverse

from casework.core.once import OnceForm
from casework.core.rule_changes import urls as rule_changes
from portal.accounts import people_urls as people
from portal.accounts.seen import SeenForm
from tests import steps
from tests.route_matrix import ROUTES
from tests.seen import Forms
from tests.test_recorded import OWN_REVIEWED, READ_ONLY, RULES_READ_ONLY
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
    # calendar and limits: what a proposal says never changes
    "rule_change_reject": "locked and decided once; the second is told and its reason kept",
    "rule_change_withdraw": "locked and decided once",
    # the own account
    "logout": "ends the own session",
    "sessions-keep": "moves the idle limit of the own session",
    "sessions-end-others": "ends what is open; twice changes nothing",
    "session-end": "conditional; ended twice is said so",
    "second-factor-begin": "a secret that counts for nothing until enrolment is confirmed",
    "second-factor-codes": "the newest codes count, and they are shown to whoever made them",
    "second-factor-remove": "nothing to fill in; without a second factor it leads back",
    # the buttons of the account screens
    "person-password": "the newest initial password counts; locks the account",
    "person-second-factor": "reset twice changes nothing; locks the account",
    "person-unlock": "forgets failed tries; twice changes nothing",
    "person-enable": "conditional update; the second is refused with words",
}
# Forms that carry neither version nor token, each with the reason.
BARE: dict[str, str] = {
    "progress": "a citizen's question by number and code: reads and writes nothing",
    "preferences": "two display cookies of the caller",
    "login": "the password itself is the proof; there is no state of another person in it",
    "login-code": "a code is used up by its first use",
    "confirm": "only the own session remembers it",
    "password_change": "the old password says what the person knew; it changes with the first sending",
    "second-factor-enrol": "the code proves the newest secret; refused once enrolled",
    "person-open": "the user name is unique: a second sending is refused at its field, what was typed is kept",
}


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
    return issubclass(form, SeenForm | OnceForm) or "version" in form.base_fields


VIEWS: dict[str, Callable[..., object]] = {
    **{name: OURS[name].callback for name, route in ROUTES.items() if "POST" in route.methods},
    **{name: OURS[name].callback for name in OWN_REVIEWED},
    **{str(entry.name): entry.callback for entry in people.urlpatterns if entry.name not in READ_ONLY},
    **{
        str(entry.name): entry.callback
        for entry in rule_changes.urlpatterns
        if entry.name not in RULES_READ_ONLY
    },
}
POSTS = sorted(VIEWS)


@pytest.mark.parametrize("name", POSTS)
def test_a_form_that_acts_carries_what_its_reader_saw(name: str) -> None:
    found = set(forms_of(VIEWS[name]))
    bare = {form.__name__ for form in found if not carries_version(form)}
    if name in BARE:
        return
    assert bare == set(), (
        f"{name}: take VersionedForm, ChangeForm or OnceForm as the base (docs/design-system.md)"
    )
    assert found or name in ONE_SHOT, f"{name} has no form: say in ONE_SHOT what settles two at once"


def test_no_reason_outlives_its_address() -> None:
    assert set(ONE_SHOT) | set(BARE) <= set(POSTS)
    assert not set(ONE_SHOT) & set(BARE)
    assert not [name for name in ONE_SHOT if list(forms_of(VIEWS[name]))]


def test_the_walk_sees_a_form_without_version() -> None:
    """The proof itself: a view with a bare form would be found."""

    class Bare(forms.Form):
        reason = forms.CharField()

    assert not carries_version(Bare)
    assert len({form for name in POSTS for form in forms_of(VIEWS[name])}) >= 10


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
