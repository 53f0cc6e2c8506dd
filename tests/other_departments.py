"""Every object route, and where its objects come from; a world with a case in each state (R-50, R-58)."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from casework.approval import timing
from casework.core.clocks.extension_models import Extension
from casework.core.clocks.models import Duty
from casework.core.files.models import StoredFile
from casework.core.letters.models import Recipient
from casework.core.outbox import actions as outbox
from casework.core.outbox import transports
from casework.core.outbox.models import Channel, DeadLetter, Delivery
from casework.core.rules_data.models import DutyKind
from casework.models import Case, Circulation, Letter, Notice, ResultPush
from casework.supervision import actions as supervision
from portal.accounts.models import Department, Membership, Substitution, User
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, Cast, guide
from tests.core.outbox.letters import REFUSED, http_endpoint
from tests.faults.clock_table import MORE
from tests.route_matrix import OFFICIALS, ROUTES, Route
from tests.test_routes import OURS, SAMPLES, address
from tests.test_safe_methods import read

Values = Callable[[], Iterable[Any]]


def _all(model: Any, field: str = "pk") -> Values:
    return lambda: model.objects.order_by("pk").values_list(field, flat=True)


NUMBERS, CIRCULATIONS, PUSHES, LETTERS, DUTIES = (
    _all(Case, "number"),
    _all(Circulation),
    _all(ResultPush),
    _all(Letter),
    _all(Duty),
)
_BY_BEGINNING: dict[str, Values] = {
    "casework:intake-": NUMBERS,
    "casework:approval-": NUMBERS,
    "casework:opinion-": CIRCULATIONS,
    "casework:push-": PUSHES,
    "casework:dead-letter-": _all(DeadLetter),
    "casework:clock-": DUTIES,
    "casework:extension-": _all(Extension),
}
# Object routes of departments: which objects they show.
OBJECTS: dict[str, Values] = {
    "casework:case": NUMBERS,
    "casework:duty": DUTIES,
    "casework:file": _all(StoredFile),
    "casework:letter": LETTERS,
    "casework:letter-open": LETTERS,
    "casework:notice": _all(Notice),
    "casework:substitution-revoke": _all(Substitution),
    "casework:push": PUSHES,
    "casework:dead-letter": _all(DeadLetter),
    "casework:paper-delivery": _all(Recipient),
    **{
        name: values
        for name in ROUTES
        for beginning, values in _BY_BEGINNING.items()
        if name.startswith(beginning) and OURS[name].pattern.converters
    },
    "casework:extension-ask": DUTIES,
}
# Object routes without a department, each with the reason.
NO_DEPARTMENT: dict[str, str] = {
    "casework:delivery": "the platform's deliveries; the system administrator sees all of them",
    "casework:delivery-retry": "the platform's deliveries; the system administrator sees all of them",
    **{
        name: "a department's endpoints, kept by the system administrator"
        for name in ROUTES
        if name.startswith("casework:endpoint") and OURS[name].pattern.converters
    },
    "session-end": "the person's own sessions, by person and not by department",
}
TOKEN = re.compile(r'(?<=csrftoken": ")\w+|(?<=csrfmiddlewaretoken" value=")\w+')
BACKEND = "django.contrib.auth.backends.ModelBackend"


def object_routes() -> Iterator[tuple[str, Route]]:
    """Routes of ours that name an object, by name."""
    for name, route in sorted(ROUTES.items()):
        if OURS[name].pattern.converters:
            yield name, route


STATES = (
    steps.received,
    steps.checked,
    steps.accepted,
    steps.submitted,
    steps.circulating,
    steps.answered,
    steps.proposed,
    steps.decided,
    steps.closed,
)


def build(cast: Cast) -> None:
    """A case in each state, one of them refused; a request for more time, a dead delivery, a substitution."""
    version = guide(cast)
    http_endpoint(cast.competent)
    for step in STATES:
        step(cast, version)
    deciding = Duty.objects.open().filter(kind=DutyKind.DECIDE, case__circulations__isnull=False).first()
    timing.ask_extension(deciding, **MORE, by=cast.handler, now=NOW)
    steps.closed(cast, version, granted=False)
    objected = ResultPush.objects.filter(department=cast.supervisor.memberships.get().department).first()
    supervision.object_to_result(objected, reason="经营范围与决定不符", by=cast.supervisor, now=NOW)
    steps.drafted(cast, steps.circulating(cast, version), "a")
    with mock.patch.object(transports, "send", return_value=REFUSED):
        outbox.deliver(Delivery.objects.filter(channel=Channel.HTTP).order_by("pk").first().pk, now=NOW)
    Substitution.objects.create(
        person=cast.reviewer_a,
        substitute=cast.leader_a,
        department=cast.unit_a,
        valid_from=NOW.date(),
        valid_to=NOW.date().replace(year=2099),
        reason="公出",
        made_at=NOW,
    )


def strangers(where: Department) -> dict[Role, Client]:
    """One person per role of the business, each with that role alone, in a department that has no part in any case."""
    found = {}
    for role in sorted(OFFICIALS):
        user = User.objects.create(username=f"other-{role}", name=f"外单位{role.label}")
        Membership.objects.create(user=user, department=where, role=role)
        found[role] = client_of(user)
    return found


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@dataclass(frozen=True)
class Seen:
    """What an answer tells: status and text, without tokens and without the object's own name."""

    status: int
    text: str


def seen(answer: HttpResponse, value: Any, made_up: str) -> Seen:
    if read(answer).streaming:
        return Seen(answer.status_code, "a file")
    text = TOKEN.sub("", answer.content.decode())
    return Seen(answer.status_code, text.replace(f"/{value}/", f"/{made_up}/"))


def ways(route: Route) -> list[tuple[str, dict[str, str]]]:
    """Methods that the route takes, plain and by htmx."""
    return [(method, headers) for method in route.methods.split() for headers in ({}, {"HX-Request": "true"})]


def differences(cast: Cast, names: Iterable[str] = OBJECTS, *, everything: bool = False) -> Iterator[str]:
    """Every way in which an object of another department answers otherwise than no object.

    ``everything`` shows each object to each role in each way; else each object is shown to one role and
    each role sees its share, which is quick enough for every test run.
    """
    people = strangers(cast.elsewhere)
    for name in names:
        route, made_up_address = ROUTES[name], address(name)
        parameter = next(iter(OURS[name].pattern.converters))
        made_up = _made_up(name, parameter)
        allowed = [role for role in people if not isinstance(route.who, str) and role in route.who]
        for place, role in enumerate(allowed):
            values = list(OBJECTS[name]())
            for method, headers in ways(route) if everything else ways(route)[place % 2 :: 2]:
                ask = getattr(people[role], method.lower())
                nothing = seen(ask(made_up_address, headers=headers), made_up, made_up)
                if nothing.status != 404:
                    yield f"{method} {name} as {role}: no object answers {nothing.status}"
                for value in values if everything else values[place :: len(allowed)]:
                    url = reverse(name, kwargs={parameter: value})
                    if seen(ask(url, headers=headers), value, made_up) != nothing:
                        yield f"{method} {name} {value} as {role}"


def _made_up(name: str, parameter: str) -> str:
    kind = type(OURS[name].pattern.converters[parameter]).__name__.removesuffix("Converter").lower()
    return str(SAMPLES["str" if kind == "string" else kind])
