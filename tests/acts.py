"""Every state-changing address, done once so that it succeeds: who, in which situation, with what in the form.

``tests/test_recorded.py`` asks each for its ledger entry (R-42), ``tests/test_other_departments.py`` shows
each object to a stranger (R-58). A new POST address without a row fails the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from casework.approval import timing
from casework.core.clocks.models import Duty
from casework.core.letters import actions as letters
from casework.core.outbox import actions as outbox
from casework.core.outbox.models import Channel, Delivery
from casework.models import ResultPush
from casework.supervision import actions as supervision
from cms_pages.models import GuideVersion
from portal.accounts import actions as accounts
from portal.accounts import second_factor
from portal.accounts.models import AccountSession, Post, User
from portal.accounts.roles import PostKind, Role
from tests import steps
from tests.accounts.admins import confirmed, role_of
from tests.accounts.phone import enrol, shows
from tests.cast import NOW, PASSWORD, Cast, person
from tests.operator_acts import SCENES as OPERATOR_SCENES
from tests.operator_acts import Scene
from tests.rule_acts import SCENES as RULE_SCENES
from tests.seen import hidden
from tests.supervision.world import pushed

BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW_PASSWORD = "Ganz-anderes-77"


@dataclass
class World:
    """The city, its guide, and two security administrators."""

    cast: Cast
    version: GuideVersion
    guard: User
    other: User


@dataclass(frozen=True)
class Done:
    """A prepared act: the address and the form."""

    url: str
    data: dict[str, Any] = field(default_factory=dict)
    client: Client | None = None  # when the act wants a session of its own
    page: str = ""  # where the form stands: it carries hidden what its reader saw


@dataclass(frozen=True)
class Act:
    """``who`` acts (name in the cast; "" = nobody) after ``prepare`` set the scene."""

    who: str
    prepare: Callable[[World], Done]


def form_of(done: Done, client: Client) -> dict[str, Any]:
    """What a browser would send."""
    return {**(hidden(client, done.page, done.url.split("?")[0]) if done.page else {}), **done.data}


def client_of(world: World, who: str) -> Client:
    """Signed in, confirmed a moment ago."""
    client = Client()
    if who:
        client.force_login(getattr(world, who, None) or getattr(world.cast, who), backend=BACKEND)
        confirmed(client)
    return client


# -- intake and approval -------------------------------------------------------
def _case(name: str, step: Callable[..., Any], data: dict[str, Any] | None = None) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        case = step(world.cast, world.version)
        page = reverse("casework:case", args=[case.number])
        return Done(reverse(f"casework:{name}", args=[case.number]), dict(data or {}), page=page)

    return prepare


def _new(world: World) -> Done:
    data = {
        "kind": "organisation",
        "name": "示例餐饮有限公司",
        "code_kind": "uscc",
        "code": steps.USCC,
        "handling_kind": "new",
        "summary": "开办餐饮服务场所",
        "window": world.cast.window.pk,
        "version": world.version.pk,
        "material_1": [steps.pdf()],
        "material_2": [steps.pdf()],
    }
    url = f"{reverse('casework:intake-new')}?item={world.version.item_id}"
    return Done(url, data, page=url)


def _materials(world: World) -> Done:
    case = steps.received(world.cast, world.version)
    page = reverse("casework:case", args=[case.number])
    files = {"material_3": [steps.pdf("补.pdf")]}
    return Done(reverse("casework:intake-materials", args=[case.number]), files, page=page)


def _circulation(name: str, drafted: bool, data: dict[str, Any]) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        case = steps.circulating(world.cast, world.version)
        if drafted:
            steps.drafted(world.cast, case, "a")
        circulation = case.circulations.get(unit=world.cast.unit_a)
        page = reverse("casework:case", args=[case.number])
        return Done(reverse(f"casework:{name}", args=[circulation.pk]), data, page=page)

    return prepare


def _duty(world: World) -> Duty:
    case = steps.circulating(world.cast, world.version)
    return Duty.objects.get(key=f"decide:case:{case.pk}")


def _clock(name: str, data: dict[str, Any], *, stopped: bool = False) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        duty = _duty(world)
        if stopped:
            timing.pause(duty, **HEARING, by=world.cast.handler, now=NOW)
        page = reverse("casework:duty", args=[duty.pk])
        return Done(reverse(f"casework:{name}", args=[duty.pk]), data, page=page)

    return prepare


def _reassign(world: World) -> Done:
    """An opinion that its unit hands to another one."""
    steps.circulating(world.cast, world.version)
    duty = Duty.objects.get(kind="opinion", holder=world.cast.unit_a)
    page = reverse("casework:duty", args=[duty.pk])
    data = {"to": world.cast.elsewhere.pk, "reason": "职责已经划转"}
    return Done(reverse("casework:clock-reassign", args=[duty.pk]), data, page=page)


def _extension(name: str, data: dict[str, Any]) -> Callable[[World], Done]:
    """An act on a request for more time."""

    def prepare(world: World) -> Done:
        duty = _duty(world)
        asked = timing.ask_extension(duty, **MORE, by=world.cast.handler, now=NOW)
        page = reverse("casework:duty", args=[duty.pk])
        return Done(reverse(f"casework:{name}", args=[asked.pk]), data, page=page)

    return prepare


HEARING = {"cause": "hearing", "reason": "9月10日举行听证会", "basis": "《行政许可法》第四十五条"}
MORE = {"amount": Decimal(5), "reason": "需要补充论证", "basis": "《行政许可法》第四十二条"}
CHECKS = {f"{kind.value}_result": "pass" for kind in steps.CheckKind}
OPINION = {"outcome": "agree", "reasons": "经审查，符合条件。", "basis": "《示例条例》第一条"}
BACK = {"version": 1, "reason": "请补充理由"}


# -- supervision, letters, deliveries ------------------------------------------
def _push(name: str, *before: str, data: dict[str, Any] | None = None) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        push = pushed(world.cast, world.version, now=NOW)
        for step in before:
            _STEPS[step](world, push)
            push = ResultPush.objects.get(pk=push.pk)
        form = {key: value(world) if callable(value) else value for key, value in (data or {}).items()}
        number = push.case.number
        at_case = name == "push-repush"  # the approver's panel on the case page
        page = (
            reverse("casework:case", args=[number]) if at_case else reverse("casework:push", args=[push.pk])
        )
        return Done(reverse(f"casework:{name}", args=[push.pk]), form, page=page)

    return prepare


DOUBT = "许可范围与现场核查的经营项目不一致。"
_STEPS: dict[str, Callable[[World, ResultPush], Any]] = {
    "open": lambda world, push: supervision.open_result(push, by=world.cast.supervisor, now=NOW),
    "claim": lambda world, push: supervision.claim_result(push, by=world.cast.supervisor, now=NOW),
    "return": lambda world, push: supervision.return_result(
        push, reason="不属于本部门监管", by=world.cast.supervisor, now=NOW
    ),
}


def _answer(world: World) -> Done:
    push = pushed(world.cast, world.version, now=NOW)
    made = supervision.object_to_result(push, reason=DOUBT, by=world.cast.supervisor, now=NOW)
    letters.open_letter(made.asked, by=world.cast.handler, now=NOW)
    page = reverse("casework:letter", args=[made.asked.letter_id])
    return Done(reverse("casework:push-answer", args=[push.pk]), {"text": "以决定书为准。"}, page=page)


def _claim_many(world: World) -> Done:
    return Done(reverse("casework:pushes-claim"), {"push": [pushed(world.cast, world.version, now=NOW).pk]})


def _letter(world: World) -> Done:
    push = pushed(world.cast, world.version, now=NOW)
    return Done(reverse("casework:letter-open", args=[push.recipient.letter_id]))


def _delivery(world: World) -> Done:
    made = outbox.enqueue(
        dedup="act:1",
        reference="act:1",
        channel=Channel.MAIL,
        endpoint=None,
        address="somebody@example.test",
        subject="示例",
        body="示例",
        now=NOW,
    )
    Delivery.objects.filter(pk=made.pk).update(state="dead")
    return Done(reverse("casework:delivery-retry", args=[made.pk]))


# -- the own account -----------------------------------------------------------
def _substitution(world: World) -> Done:
    second = person("second", "示例窗口员乙", (world.cast.window, Role.WINDOW_CLERK))
    data = {
        "substitute": f"{world.cast.window.pk}:{second.pk}",
        "valid_from": "2026-09-08",
        "valid_to": "2026-09-09",
        "reason": "公出",
    }
    url = reverse("casework:substitutions")
    return Done(url, data, page=url)


def _revoke(world: World) -> Done:
    second = person("second", "示例窗口员乙", (world.cast.window, Role.WINDOW_CLERK))
    made = accounts.arrange_substitution(
        person=world.cast.clerk,
        substitute=second,
        department=world.cast.window,
        valid_from=NOW.date(),
        valid_to=NOW.date(),
        reason="公出",
        by=world.cast.clerk,
        now=NOW,
    )
    return Done(reverse("casework:substitution-revoke", args=[made.pk]))


def _contact(_world: World) -> Done:
    url = reverse("account-contact")
    return Done(url, {"email": "neu@example.test", "phone": ""}, page=url)


def _session(name: str) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        client_of(world, "clerk")
        other = AccountSession.objects.filter(user=world.cast.clerk).exclude(handle="").first()
        assert other is not None
        return Done(reverse(name, args=[other.handle] if name == "session-end" else []))

    return prepare


def _enrolled(name: str) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        codes, client = enrol(world.cast.clerk, NOW), Client()
        client.post(reverse("login"), {"username": "clerk", "password": PASSWORD})
        client.post(reverse("login-code"), {"code": codes[0]})
        return Done(reverse(name), client=client)

    return prepare


def _enrol(world: World) -> Done:
    second_factor.begin(user=world.cast.clerk, now=NOW)
    return Done(reverse("second-factor-enrol"), {"code": shows(world.cast.clerk, NOW)})


def _code(world: World) -> Done:
    codes = enrol(world.cast.clerk, NOW)
    client = Client()
    client.post(reverse("login"), {"username": "clerk", "password": PASSWORD})
    return Done(reverse("login-code"), {"code": codes[0]}, client)


# -- administration ------------------------------------------------------------
def _person(name: str, data: dict[str, Any] | None = None) -> Callable[[World], Done]:
    """An act on the clerk: a button, or a form of its own when there is something to fill in."""

    def prepare(world: World) -> Done:
        form = {key: value(world) if callable(value) else value for key, value in (data or {}).items()}
        url = reverse(name, args=[world.cast.clerk.pk])
        return Done(url, form, page=url if form else "")

    return prepare


def _enable(world: World) -> Done:
    accounts.disable(world.cast.clerk, reason="调离", by=world.guard, now=NOW)
    return Done(reverse("person-enable", args=[world.cast.clerk.pk]))


def _role_end(world: World) -> Done:
    row = role_of(world.cast.clerk, Role.WINDOW_CLERK)
    url = reverse("role-end", args=[row.pk])
    return Done(url, {"last_day": "2026-09-07"}, page=url)


def _post_end(world: World) -> Done:
    rows = [
        Post.objects.create(user=user, department=world.cast.unit_a, kind=PostKind.LIAISON)
        for user in (world.cast.reviewer_a, world.cast.leader_a)
    ]
    url = reverse("post-end", args=[rows[0].pk])
    return Done(url, {"last_day": "2026-09-07"}, page=url)


def _window(world: World) -> int:
    return world.cast.window.pk


FROM_TODAY = {"department": _window, "valid_from": "2026-09-07"}
ACTS: dict[str, Act] = {
    # the own account
    "login": Act("", lambda world: Done(reverse("login"), {"username": "clerk", "password": PASSWORD})),
    "login-code": Act("", _code),
    "logout": Act("clerk", lambda world: Done(reverse("logout"))),
    "password_change": Act(
        "clerk",
        lambda world: Done(
            reverse("password_change"),
            {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD},
        ),
    ),
    "account-contact": Act("clerk", _contact),
    "sessions-end-others": Act("clerk", _session("sessions-end-others")),
    "session-end": Act("clerk", _session("session-end")),
    "second-factor-enrol": Act("clerk", _enrol),
    "second-factor-codes": Act("clerk", _enrolled("second-factor-codes")),
    "second-factor-remove": Act("clerk", _enrolled("second-factor-remove")),
    "casework:substitutions": Act("clerk", _substitution),
    "casework:substitution-revoke": Act("clerk", _revoke),
    # the ledger, letters, deliveries
    "casework:ledger-verify": Act("auditor", lambda world: Done(reverse("casework:ledger-verify"))),
    "casework:letter-open": Act("supervisor", _letter),
    "casework:delivery-retry": Act("sysadmin", _delivery),
    # intake 7.1, 7.4
    "casework:intake-new": Act("clerk", _new),
    "casework:intake-materials": Act("clerk", _materials),
    "casework:intake-checks": Act("clerk", _case("intake-checks", steps.received, CHECKS)),
    "casework:intake-accept": Act("clerk", _case("intake-accept", steps.checked)),
    "casework:intake-refuse": Act(
        "clerk", _case("intake-refuse", steps.received, {"reasons": "不属于本部门职权范围"})
    ),
    "casework:intake-correct": Act(
        "clerk", _case("intake-correct", steps.received, {"other": "法定代表人签字页缺盖章"})
    ),
    "casework:intake-resubmit": Act("clerk", _case("intake-resubmit", steps.corrected)),
    "casework:intake-submit": Act("clerk", _case("intake-submit", steps.accepted)),
    "casework:intake-close": Act("clerk", _case("intake-close", steps.decided)),
    "casework:intake-withdraw": Act(
        "clerk", _case("intake-withdraw", steps.received, {"reason": "经营计划调整"})
    ),
    # approval 7.2, 7.3
    "casework:approval-circulate": Act("handler", _case("approval-circulate", steps.submitted)),
    "casework:approval-propose": Act("handler", _case("approval-propose", steps.answered, steps.GRANT)),
    "casework:approval-approve": Act("chief", _case("approval-approve", steps.proposed, {"version": 1})),
    "casework:approval-send-back": Act("chief", _case("approval-send-back", steps.proposed, BACK)),
    "casework:opinion-draft": Act("reviewer_a", _circulation("opinion-draft", False, OPINION)),
    "casework:opinion-sign": Act("leader_a", _circulation("opinion-sign", True, {"version": 1})),
    "casework:opinion-send-back": Act("leader_a", _circulation("opinion-send-back", True, BACK)),
    "casework:clock-pause": Act("handler", _clock("clock-pause", HEARING)),
    "casework:clock-resume": Act("handler", _clock("clock-resume", {}, stopped=True)),
    "casework:clock-reassign": Act("leader_a", _reassign),
    "casework:extension-ask": Act("handler", _clock("extension-ask", MORE)),
    "casework:extension-approve": Act("chief", _extension("extension-approve", {})),
    "casework:extension-refuse": Act("chief", _extension("extension-refuse", {"refusal": "可以按期办结"})),
    # supervision 9.1
    "casework:pushes-claim": Act("supervisor", _claim_many),
    "casework:push-open": Act("supervisor", _push("push-open")),
    "casework:push-claim": Act("supervisor", _push("push-claim")),
    "casework:push-return": Act("supervisor", _push("push-return", data={"reason": "不属于本部门监管"})),
    "casework:push-register": Act(
        "supervisor",
        _push(
            "push-register",
            "claim",
            data={"activity": "食品销售", "officer": lambda world: world.cast.supervisor.pk},
        ),
    ),
    "casework:push-repush": Act(
        "handler",
        _push("push-repush", "return", data={"department": lambda world: world.cast.unit_a.pk}),
    ),
    "casework:push-object": Act("supervisor", _push("push-object", "open", data={"reason": DOUBT})),
    "casework:push-answer": Act("handler", _answer),
    # accounts, under /cms/
    "person-open": Act(
        "guard", lambda world: Done(reverse("person-open"), {"username": "new", "name": "示例"})
    ),
    "person-role": Act("guard", _person("person-role", {**FROM_TODAY, "role": "liaison"})),
    "person-post": Act("guard", _person("person-post", {**FROM_TODAY, "kind": "liaison"})),
    "person-password": Act("guard", _person("person-password")),
    "person-second-factor": Act("guard", _person("person-second-factor")),
    "person-unlock": Act("guard", _person("person-unlock")),
    "person-enable": Act("guard", _enable),
    "person-disable": Act("guard", _person("person-disable", {"reason": "调离"})),
    "role-end": Act("guard", _role_end),
    "post-end": Act("guard", _post_end),
}


def _scene(scene: Callable[[World], Scene]) -> Callable[[World], Done]:
    def prepare(world: World) -> Done:
        url, data, page = scene(world)
        return Done(url, data, page=page)

    return prepare


ACTS |= {name: Act(who, _scene(scene)) for name, (who, scene) in (OPERATOR_SCENES | RULE_SCENES).items()}

# POST addresses that leave no entry, reviewed by hand, each with the reason.
UNRECORDED: dict[str, str] = {
    "preferences": "two display cookies of the caller",
    "progress": "a look-up; by POST so that the query code stands in no address",
    "confirm": "only the own session remembers it; signing in and wrong passwords are noted elsewhere",
    "sessions-keep": "moves the idle limit of the own session",
    "second-factor-begin": "a secret that counts for nothing until enrolment is confirmed",
    "casework:due-moves-read": "a private convenience without legal weight",
    "casework:reminders-read": "a private convenience without legal weight",
}
