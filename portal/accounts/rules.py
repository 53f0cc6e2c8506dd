"""Who may hold what together, and who may stand in for whom. Pure: facts in, verdicts out.

Every function answers why not in Chinese, "" when it may be.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from portal.accounts.roles import Role

# 三员分立: each of the three is watched by the others, and none takes part in the business.
SEPARATED = frozenset({Role.AUDITOR, Role.SYSADMIN, Role.SECURITY_ADMIN})
SEPARATE = "安全审计员、系统管理员、安全管理员须由专人担任，不得兼任其他角色。"
LONGEST_DAYS = 366  # a substitution is for an absence; a lasting one is an appointment


@dataclass(frozen=True)
class Span:
    """From a day to a day, both included; without ``last`` it has no end."""

    first: date
    last: date | None = None

    def overlaps(self, other: "Span") -> bool:
        """Whether there is a day that lies in both."""
        return (self.last is None or other.first <= self.last) and (
            other.last is None or self.first <= other.last
        )

    def holds_on(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class HeldRole:
    """A role that somebody holds, and when."""

    role: str
    span: Span


def refuses_role(role: str, span: Span, held: Iterable[HeldRole]) -> str:
    """Why nobody who holds ``held`` may hold ``role`` too, on any common day (三员分立)."""
    others = {row.role for row in held if row.role != role and row.span.overlaps(span)}
    return SEPARATE if others and (role in SEPARATED or others & SEPARATED) else ""


def is_separated(roles: Collection[str]) -> bool:
    """Whether the roles keep 三员分立: one of the three stands alone."""
    return len(set(roles)) < 2 or not set(roles) & SEPARATED


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A substitution as the rules see it: who is away, who acts, when, and what else holds on those days.

    ``person_roles`` and ``substitute_roles`` are the roles that each holds in the department on the first
    day; ``person_acts`` says that the absent person stands in for somebody then, ``substitute_away`` that
    the substitute is being stood in for.
    """

    person_id: int
    substitute_id: int
    span: Span
    person_roles: Collection[str]
    substitute_roles: Collection[str]
    person_acts: bool = False
    substitute_away: bool = False
    is_taken: bool = False


def refuses_stand_in(asked: StandIn, *, today: date) -> tuple[str, str]:
    """(field, why) a substitution cannot be, ("", "") when it can: same department, no chain, no 三员."""
    for field, broken, why in (
        ("substitute", asked.person_id == asked.substitute_id, "不能由本人代理本人。"),
        *_bad_days(asked.span, today),
        ("person", not asked.person_roles, "被代理人在该单位没有任职角色，没有可以代理的职责。"),
        ("substitute", not asked.substitute_roles, "代理人须在同一单位任职。请先由安全管理员授予角色。"),
        (
            "substitute",
            bool((set(asked.person_roles) | set(asked.substitute_roles)) & SEPARATED),
            "安全审计员、系统管理员、安全管理员的职责不能委托代理，也不能代理他人；请另行任命专人。",
        ),
        ("valid_from", asked.is_taken, "这段时间已经委托了代理人。请先撤销原有委托，或另选时间。"),
        (
            "substitute",
            asked.substitute_away,
            "代理人在这段时间已委托他人代理，不能再作代理人：代理不得转委托。",
        ),
        ("person", asked.person_acts, "被代理人在这段时间正代理他人，不能再委托代理：代理不得转委托。"),
    ):
        if broken:
            return field, why
    return "", ""


def _bad_days(span: Span, today: date) -> list[tuple[str, bool, str]]:
    last = span.last or span.first
    return [
        ("valid_to", span.last is None or last < span.first, "请填写终止日期，且不早于起始日期。"),
        ("valid_to", last < today, "终止日期已过，不能补办委托代理。"),
        ("valid_from", span.first < today, "起始日期不能早于今天：代理自设立之日起才有效。"),
        (
            "valid_to",
            (last - span.first).days >= LONGEST_DAYS,
            f"一次委托代理不超过{LONGEST_DAYS}天。长期调整请由安全管理员变更角色。",
        ),
    ]
