"""Which limit holds on a day."""

from datetime import date

from casework.core.errors import Refusal
from casework.core.rules_data.models import DutyKind, EscalationStep, LimitRule, PeriodKind


class MissingRule(Refusal):
    """No limit for this kind of duty was in force on that day."""


def rule_for(kind: str, day: date) -> LimitRule:
    """The rule for ``kind`` in force on ``day``: the newest ``valid_from`` not after it (14).

    Of two versions from the same day the later registered one holds. Raises ``MissingRule``.
    """
    rules = LimitRule.objects.filter(duty_kind=kind, valid_from__lte=day)
    rule = rules.order_by("-valid_from", "-id").first()
    if rule is None:
        label = dict([*DutyKind.choices, *PeriodKind.choices])[kind]
        raise MissingRule(f"{day:%Y-%m-%d}没有生效的“{label}”时限规则，请联系系统管理员补充。")
    return rule


def history(kind: str) -> list[LimitRule]:
    """Every version for ``kind``, the newest first: what changed, from when, on which basis (14)."""
    rows = LimitRule.objects.filter(duty_kind=kind).select_related("created_by")
    return list(rows.order_by("-valid_from", "-id"))


def steps_for(kind: str, day: date) -> list[EscalationStep]:
    """Who is told when about a duty of ``kind`` that began on ``day``: one row per stage, switched-off ones left out.

    A row for the kind goes before one for all kinds, of those the newest ``valid_from`` not after ``day``.
    """
    rows = EscalationStep.objects.filter(duty_kind__in=(kind, ""), valid_from__lte=day)
    found = {row.stage: row for row in rows.order_by("duty_kind", "valid_from", "id")}  # "" sorts first
    return [row for row in found.values() if row.enabled]
