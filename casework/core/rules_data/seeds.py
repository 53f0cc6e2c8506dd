"""The limits of the measure and of the laws behind it, as they stood when it came into force."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from casework.core.rules_data.models import DutyKind, LimitSource, PeriodKind, Stage, StartFact, Tier
from casework.core.worktime.units import EndRule, Unit

IN_FORCE_SINCE = date(2022, 9, 25)  # 15: in force from the day of issue
SEEDED_AT = datetime(2022, 9, 25, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seed:
    """One limit in working days that end at close of business; ``warn_before`` in working days."""

    kind: DutyKind | PeriodKind
    amount: str
    start_event: str
    clause: str
    source: LimitSource
    basis: str
    warn_before: str = "1"
    to_confirm: bool = False
    start_fact: str = ""


# start_event is read aloud by the explanation of a due date: 自2026年9月25日「受理」次日起算.
SEEDS: tuple[Seed, ...] = (
    Seed(
        DutyKind.ACCEPT,
        "5",
        "收件",
        "7.1",
        LimitSource.LAW,
        "《行政许可法》第三十二条第一款第四项：五日内一次告知，逾期不告知的，自收到申请材料之日起即为受理",
    ),
    Seed(
        DutyKind.CORRECT,
        "15",
        "告知补正",
        "7.1",
        LimitSource.PLATFORM,
        "《行政许可法》第三十二条未规定补正期限，本平台设定；期限属于申请人，逾期退回",
        "3",
    ),
    Seed(
        DutyKind.SUBMIT,
        "1",
        "受理",
        "7.1",
        LimitSource.PLATFORM,
        "办法第七条第一项未规定数值，本平台设定",
        "0.5",
    ),
    Seed(
        DutyKind.CIRCULATE,
        "1",
        "提交",
        "7.2",
        LimitSource.PLATFORM,
        "办法第七条第二项未规定数值，本平台设定",
        "0.5",
    ),
    Seed(
        DutyKind.OPINION,
        "3",
        "收到申报材料",
        "7.3",
        LimitSource.MEASURE,
        "办法第七条第三项“在规定期限内”；默认天数为本平台设定，以事项的联合审批清单为准",
        to_confirm=True,
    ),
    Seed(
        DutyKind.DECIDE,
        "20",
        "受理",
        "7.3",
        LimitSource.LAW,
        "《行政许可法》第四十二条：自受理行政许可申请之日起二十日内；事项另有承诺时限或法定时限的从其规定",
        "2",
    ),
    Seed(
        DutyKind.ISSUE,
        "10",
        "决定",
        "7.4",
        LimitSource.LAW,
        "《行政许可法》第四十四条：自作出决定之日起十日内颁发、送达",
        "2",
    ),
    Seed(
        DutyKind.PUSH,
        "1",
        "办结",
        "9.1",
        LimitSource.MEASURE,
        "办法第九条第一项：业务办结后于1个工作日内推送",
        "0.5",
    ),
    Seed(
        DutyKind.REPUSH,
        "1",
        "退回",
        "9.1",
        LimitSource.PLATFORM,
        "办法第九条第一项未规定退回后的时限，本平台设定",
        "0.5",
    ),
    Seed(
        DutyKind.CLAIM,
        "1",
        "推送送达",
        "9.1",
        LimitSource.MEASURE,
        "办法第九条第一项：于1个工作日内完成认领",
        "0.5",
    ),
    Seed(
        DutyKind.REGISTER,
        "3",
        "认领",
        "9.1",
        LimitSource.MEASURE,
        "办法第九条第一项“及时”纳入监管范围；默认天数为本平台设定",
        to_confirm=True,
    ),
    Seed(
        DutyKind.ANSWER_OBJECTION,
        "3",
        "疑义送达",
        "9.1",
        LimitSource.PLATFORM,
        "办法第九条第一项未规定答复疑义的时限，本平台设定",
    ),
)

# Times within which one may do something; who does it later is heard all the same.
PERIOD_SEEDS: tuple[Seed, ...] = (
    Seed(
        PeriodKind.OBJECTION,
        "2",
        "推送送达",
        "9.1",
        LimitSource.MEASURE,
        "办法第九条第一项：有疑义的，于2个工作日内以书面形式反馈；自送达还是自认领起算待确认",
        "0.5",
        to_confirm=True,
        start_fact=StartFact.DELIVERY,
    ),
)


def seed_rules(apps: Any) -> None:
    """Register the first version of every limit; one that stands already is left alone.

    ``apps`` is the registry that a data migration is given: periods wait for the migration that lets a rule
    say what they begin with. Rows are only ever added.
    """
    rules = apps.get_model("casework", "LimitRule")
    periods = PERIOD_SEEDS if any(f.name == "start_fact" for f in rules._meta.get_fields()) else ()
    standing = set(rules.objects.filter(valid_from=IN_FORCE_SINCE).values_list("duty_kind", flat=True))
    rules.objects.bulk_create(
        rules(
            duty_kind=seed.kind.value,
            amount=Decimal(seed.amount),
            unit=Unit.WORKDAY.value,
            end_rule=EndRule.CLOSE_OF_BUSINESS.value,
            warn_before=Decimal(seed.warn_before),
            start_event=seed.start_event,
            clause=seed.clause,
            source=seed.source.value,
            basis=seed.basis,
            to_confirm=seed.to_confirm,
            valid_from=IN_FORCE_SINCE,
            created_at=SEEDED_AT,
            **({"start_fact": seed.start_fact} if seed.start_fact else {}),
        )
        for seed in (*SEEDS, *periods)
        if seed.kind.value not in standing
    )


ESCALATION_BASIS = "办法第十一条至第十三条；节点和天数为本平台设定"
# stage, working days from the due time (None: what the limit itself says), who is told
ESCALATION: tuple[tuple[Stage, str | None, Tier], ...] = (
    (Stage.SOON, None, Tier.HANDLERS),
    (Stage.DUE, "0", Tier.HANDLERS),
    (Stage.LAPSED, "0", Tier.HANDLERS),
    (Stage.LIAISON, "1", Tier.LIAISON),
    (Stage.LEADER, "2", Tier.LEADER),
    (Stage.EVALUATOR, "3", Tier.EVALUATOR),
)


def seed_escalation(apps: Any) -> None:
    """Register the first steps, for every kind of duty; those that stand already are left alone."""
    steps = apps.get_model("casework", "EscalationStep")
    standing = set(
        steps.objects.filter(valid_from=IN_FORCE_SINCE, duty_kind="").values_list("stage", flat=True)
    )
    steps.objects.bulk_create(
        steps(
            stage=stage.value,
            offset=None if offset is None else Decimal(offset),
            tier=tier.value,
            basis=ESCALATION_BASIS,
            valid_from=IN_FORCE_SINCE,
            created_at=SEEDED_AT,
        )
        for stage, offset, tier in ESCALATION
        if stage.value not in standing
    )
