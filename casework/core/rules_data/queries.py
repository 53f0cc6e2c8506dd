"""Which limit holds on a day."""

from datetime import date

from casework.core.errors import Refusal
from casework.core.rules_data.models import DutyKind, LimitRule


class MissingRule(Refusal):
    """No limit for this kind of duty was in force on that day."""


def rule_for(kind: str, day: date) -> LimitRule:
    """The rule for ``kind`` in force on ``day``: the newest ``valid_from`` not after it (14).

    Of two versions from the same day the later registered one holds. Raises ``MissingRule``.
    """
    rules = LimitRule.objects.filter(duty_kind=kind, valid_from__lte=day)
    rule = rules.order_by("-valid_from", "-id").first()
    if rule is None:
        label = DutyKind(kind).label
        raise MissingRule(f"{day:%Y-%m-%d}没有生效的“{label}”时限规则，请联系系统管理员补充。")
    return rule


def history(kind: str) -> list[LimitRule]:
    """Every version for ``kind``, the newest first: what changed, from when, on which basis (14)."""
    return list(LimitRule.objects.filter(duty_kind=kind).order_by("-valid_from", "-id"))
