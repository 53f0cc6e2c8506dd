"""Two people at one clock (R-30): the second sees what stands, by whom, and keeps what was entered."""

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.approval import reassigning, timing
from casework.core.clocks.models import Duty
from portal.accounts.roles import Role
from tests import steps
from tests.approval.test_timing import HEARING, MORE
from tests.cast import person
from tests.seen import hidden

pytestmark = pytest.mark.django_db
MINE = {"reason": "我写的理由", "basis": "《行政许可法》"}


@pytest.fixture
def decide(cast, version) -> Duty:
    case = steps.circulating(cast, version, now=timezone.now())
    return Duty.objects.select_related("holder", "case").get(key=f"decide:case:{case.pk}")


def shown(client, duty: Duty, name: str, of: object, data: dict[str, object], meanwhile) -> dict[str, tuple]:
    """Open the form, let somebody be faster, send it: label → what stands now and by whom."""
    action = reverse(f"casework:{name}", args=[of.pk])
    seen = hidden(client, reverse("casework:duty", args=[duty.pk]), action)
    assert seen
    meanwhile()
    answer = client.post(action, {**data, **seen})
    assert answer.status_code == 409
    assert answer.context["change"].who
    entered = [row["entered"] for row in answer.context["rows"] if row["entered"]]
    assert len(entered) == len(data)
    assert all(words in answer.content.decode() for words in entered)
    rows = [row for row in answer.context["rows"] if row["now"]]
    return {row["label"]: (row["now"].words, row["now"].who) for row in rows}


def test_a_pause_beside_a_pause(decide, cast, sign_in) -> None:
    colleague = person("handler-two", "示例承办人乙", (cast.approver, Role.APPROVAL_HANDLER))
    found = shown(
        sign_in(cast.handler),
        decide,
        "clock-pause",
        decide,
        {"cause": "tender", **MINE},
        lambda: timing.pause(decide, **HEARING, by=colleague, now=timezone.now()),
    )
    who = str(colleague)
    assert found == {
        "法定情形": ("听证", who),
        "说明": (HEARING["reason"], who),
        "依据": (HEARING["basis"], who),
    }


def test_a_request_beside_a_request(decide, cast, sign_in) -> None:
    colleague = person("handler-two", "示例承办人乙", (cast.approver, Role.APPROVAL_HANDLER))
    found = shown(
        sign_in(cast.handler),
        decide,
        "extension-ask",
        decide,
        {"amount": 3, **MINE},
        lambda: timing.ask_extension(decide, **MORE, by=colleague, now=timezone.now()),
    )
    who = str(colleague)
    assert found == {
        "延长（工作日）": ("5", who),
        "理由": (MORE["reason"], who),
        "依据": (MORE["basis"], who),
    }


def test_a_refusal_beside_a_refusal(decide, cast, sign_in) -> None:
    asked = timing.ask_extension(decide, **MORE, by=cast.handler, now=timezone.now())
    second = person("chief-two", "示例审批负责人乙", (cast.approver, Role.APPROVAL_LEADER))
    found = shown(
        sign_in(cast.chief),
        decide,
        "extension-refuse",
        asked,
        {"refusal": "我写的理由"},
        lambda: timing.refuse_extension(asked, reason="材料已经齐备", by=second, now=timezone.now()),
    )
    assert found == {"不予批准的理由": ("材料已经齐备", str(second))}


def test_a_handing_on_beside_a_handing_on(decide, cast, sign_in) -> None:
    duty = Duty.objects.select_related("holder", "case").get(case=decide.case, holder=cast.unit_a)
    second = person("leader-two", "示例分管领导乙", (cast.unit_a, Role.UNIT_LEADER))
    found = shown(
        sign_in(cast.leader_a),
        duty,
        "clock-reassign",
        duty,
        {"to": cast.competent.pk, "reason": "我写的理由"},
        lambda: reassigning.reassign(
            duty, to=cast.elsewhere, reason="职责已划转", by=second, now=timezone.now()
        ),
    )
    assert found == {"改派给": (str(cast.elsewhere), str(second)), "改派理由": ("职责已划转", str(second))}
