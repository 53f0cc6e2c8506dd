"""Acts on calendar and limits under ``/cms/``, as ``tests/acts.py`` takes them: (who, scene → address, form, page)."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from casework.core.rule_changes import actions
from tests.cast import NOW
from tests.core.rule_changes.conftest import closure
from tests.operator_acts import Scene

NOTICE = "日期,类型,名称\n2027-01-01,放假,元旦\n2027-01-09,上班,元旦\n"
CLOSURE = {
    "title": "关于防御台风期间停止办公的通告（示例）",
    "published_on": "2026-09-06",
    "worked": "off",
    "first": "2026-12-31",
    "last": "2027-01-02",
    "name": "台风停止办公",
}
HOURS = {
    "title": "关于调整作息时间的通知（示例）",
    "published_on": "2026-05-20",
    "valid_from": "2026-06-01",
    "morning_start": "08:00",
    "morning_end": "12:00",
    "afternoon_start": "15:00",
    "afternoon_end": "18:00",
}
VERSION = {
    "amount": "2",
    "unit": "workday",
    "end_rule": "close_of_business",
    "warn_before": "0.5",
    "start_event": "推送送达",
    "clause": "9.1",
    "source": "measure",
    "basis": "儋府办〔2026〕示例号",
    "valid_from": "2099-01-01",
}


def _proposal(name: str, data: dict[str, Any], *parts: str) -> Callable[[Any], Scene]:
    def scene(_world: Any) -> Scene:
        url = reverse(name, args=parts)
        return url, data, url

    return scene


def _holidays(_world: Any) -> Scene:
    url = reverse("propose_holidays")
    file = SimpleUploadedFile("通知.csv", NOTICE.encode())
    return url, {"file": file, "published_on": "2026-11-05"}, url


def _waiting(name: str, data: dict[str, Any]) -> Callable[[Any], Scene]:
    """An act on a proposed closure."""

    def scene(world: Any) -> Scene:
        change = actions.propose(content=closure(), by=world.cast.sysadmin, now=NOW)
        return reverse(name, args=[change.pk]), data, reverse("rule_change", args=[change.pk])

    return scene


SCENES: dict[str, tuple[str, Callable[[Any], Scene]]] = {
    "propose_holidays": ("sysadmin", _holidays),
    "propose_closure": ("sysadmin", _proposal("propose_closure", CLOSURE)),
    "propose_hours": ("sysadmin", _proposal("propose_hours", HOURS)),
    "propose_limit": ("sysadmin", _proposal("propose_limit", VERSION, "claim")),
    "rule_change_approve": ("guard", _waiting("rule_change_approve", {})),
    "rule_change_reject": ("guard", _waiting("rule_change_reject", {"reason": "文号有误"})),
    "rule_change_withdraw": ("sysadmin", _waiting("rule_change_withdraw", {})),
}
