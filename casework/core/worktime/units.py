"""Units in which a time limit is written, how its count begins, and what ends its last day."""

from django.db.models import TextChoices


class Unit(TextChoices):
    """Unit of a limit as its law writes it (行政许可法 82 counts working days)."""

    WORKDAY = "workday", "工作日"
    NATURAL_DAY = "natural_day", "日（自然日）"
    MONTH = "month", "个月"


class EndRule(TextChoices):
    """Which moment of the last day ends the period (民法典 203)."""

    CLOSE_OF_BUSINESS = "close_of_business", "当日下班时"
    END_OF_DAY = "end_of_day", "当日24时"


class CountRule(TextChoices):
    """Where the count begins. 民法典 201: the day on which a period begins is not counted.

    Half working days always run from the half day after the start, unless the start itself counts.
    """

    NEXT_DAY = "next_day", "起算当日不计，次日起算"
    NEXT_HALF = "next_half", "自下一个半日起算"
    START_DAY = "start_day", "起算当日计入"
