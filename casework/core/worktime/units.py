"""Units in which a time limit is written, and what ends its last day."""

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
