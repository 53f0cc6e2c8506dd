"""Codes of the national item standard and of our own rows (domain §1)."""

from django.db import models


class ItemType(models.TextChoices):
    """Codes of the national item standard (domain §1)."""

    PERMIT = "01", "行政许可"
    PENALTY = "02", "行政处罚"
    COERCION = "03", "行政强制"
    LEVY = "04", "行政征收"
    GRANT = "05", "行政给付"
    INSPECTION = "06", "行政检查"
    CONFIRMATION = "07", "行政确认"
    AWARD = "08", "行政奖励"
    RULING = "09", "行政裁决"
    OTHER = "10", "其他行政权力"
    PUBLIC_SERVICE = "20", "公共服务"


class ItemState(models.TextChoices):
    IN_USE = "1", "在用"
    SUSPENDED = "2", "暂停"
    ABOLISHED = "3", "取消"


class LimitUnit(models.TextChoices):
    """Unit of a limit as written in the item's law; the values are those of the working-time room."""

    WORKDAY = "workday", "工作日"
    NATURAL_DAY = "natural_day", "自然日"
    MONTH = "month", "月"


class RowSource(models.TextChoices):
    """Where a figure comes from; the last two are labelled so on screen."""

    LAW = "law", "上位法"
    MEASURE = "measure", "条文"
    PLATFORM = "platform", "本平台设定"
    EXAMPLE = "example", "示例"
