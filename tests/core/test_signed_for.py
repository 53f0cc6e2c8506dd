"""Whatever a substitute does is shown with both names: 乙（代甲） (委托代理)."""

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.core.outbox import dead_letters
from casework.core.outbox.models import DeadLetter, Delivery
from casework.core.versions import last_change
from casework.intake import actions as intake
from casework.intake.correction_models import CorrectionRequest
from casework.intake.models import CheckKind
from casework.supervision import actions as supervision
from casework.supervision.models import RegisterEntry, ResultPush
from portal.accounts.models import Department, Substitution, User
from portal.accounts.roles import Role
from tests import steps
from tests.cast import NOW, Cast, person
from tests.core.outbox.letters import http_endpoint, kill, letter_to
from tests.core.rooms import make_case

pytestmark = pytest.mark.django_db


def deputy(principal: User, where: Department, now=NOW) -> User:
    """A colleague without a role of the business who stands in for ``principal`` today."""
    found = person(f"deputy-{principal.username}", "示例代理人", (where, Role.INSPECTOR))
    day = timezone.localdate(now)
    Substitution.objects.create(
        person=principal,
        substitute=found,
        department=where,
        valid_from=day,
        valid_to=day,
        reason="公出",
        made_at=now,
    )
    return found


def both(principal: User) -> str:
    return f"示例代理人（代{principal}）"


def test_the_four_checks_and_the_correction(cast: Cast, version, sign_in) -> None:
    now = timezone.now()
    case = steps.received(cast, version, now=now)
    colleague, page = deputy(cast.clerk, cast.window, now), reverse("casework:case", args=[case.number])
    results = {CheckKind.FORM: (False, "缺少签字")}
    intake.record_checks(case, results=results, by=colleague, now=now)
    assert case.checks.get().checker == both(cast.clerk)
    assert both(cast.clerk) in sign_in(cast.clerk).get(page).content.decode()
    intake.request_correction(case, wants={}, other="补签字", by=colleague, now=now)
    assert CorrectionRequest.objects.get().asker == both(cast.clerk)
    changed = last_change(case)
    assert changed is not None
    assert (changed.who, changed.words) == (both(cast.clerk), "状态由“已收件”变为“待补正”")
    shown = sign_in(cast.clerk).get(page).content.decode()
    assert shown.count(both(cast.clerk)) >= 2


def test_the_register(cast: Cast, version) -> None:
    case = steps.closed(cast, version)
    push, colleague = ResultPush.objects.get(case=case, department=cast.competent), None
    supervision.claim_result(push, by=cast.supervisor, now=NOW)
    colleague = deputy(cast.supervisor, cast.competent)
    supervision.register_holder(
        push, activity="餐饮服务（示例）", officer=cast.supervisor, by=colleague, now=NOW
    )
    assert RegisterEntry.objects.get().taker == both(cast.supervisor)


def test_a_dead_delivery(cast: Cast, version, monkeypatch) -> None:
    http_endpoint(cast.competent)
    letter_to(cast, make_case(cast, version), cast.competent)
    dead = kill(Delivery.objects.get(), monkeypatch)
    dead_letters.close(dead, reason="对方已当面签收", by=deputy(cast.clerk, cast.window), now=NOW)
    assert DeadLetter.objects.get().closer == both(cast.clerk)


def test_the_own_name_stands_alone(cast: Cast, version) -> None:
    case = steps.checked(cast, version)
    assert {row.checker for row in case.checks.all()} == {str(cast.clerk)}
