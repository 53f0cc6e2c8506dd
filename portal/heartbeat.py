"""The canary: a scheduled task stamps a row, so a hung queue shows itself (feasibility §3.3)."""

from datetime import datetime, timedelta

from django.conf import settings

from portal.models import Heartbeat

WORKER = "worker"


def stamp(name: str, now: datetime) -> None:
    """Note that ``name`` was alive at ``now``."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def last_beat(name: str) -> datetime | None:
    """When ``name`` was last alive; None if it never was."""
    return Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()


def is_stale(beat: datetime | None, now: datetime) -> bool:
    """Whether a beat is missing or older than ``CANARY_STALE_SECONDS``."""
    return beat is None or now - beat > timedelta(seconds=settings.CANARY_STALE_SECONDS)


def worker_alarm(now: datetime) -> str:
    """What staff must know about the background tasks, in Chinese; "" when they run."""
    beat = last_beat(WORKER)
    if not is_stale(beat, now):
        return ""
    if beat is None:
        return "后台任务自平台启用以来尚未运行过。"
    minutes = max(int((now - beat).total_seconds() // 60), 1)
    return f"后台任务已有 {minutes} 分钟没有响应。"
