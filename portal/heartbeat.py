"""The canaries: scheduled tasks stamp a row per cluster, so a hung queue shows itself (feasibility §3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from casework.core.background import LONG as LONG_QUEUE
from portal.models import Heartbeat

WORKER, LONG = "worker", "long"


@dataclass(frozen=True)
class Cluster:
    """One cluster of the queue: the name of its beat, how it is called in Chinese, the job that stamps it."""

    name: str
    label: str
    canary: str

    @property
    def queue(self) -> str:
        """The queue that it works off."""
        return LONG_QUEUE if self.name == LONG else str(settings.Q_CLUSTER["name"])

    @property
    def patience(self) -> int:
        """Seconds after which silence means that it stands still; long tasks may keep the canary waiting."""
        return int(settings.LONG_STALE_SECONDS if self.name == LONG else settings.CANARY_STALE_SECONDS)


PUSHES = Cluster(WORKER, "后台任务", "portal.jobs.stamp_canary")
LONG_WORK = Cluster(LONG, "长任务（检索索引、核验、导入导出）", "portal.jobs.stamp_long_canary")
CLUSTERS = (PUSHES, LONG_WORK)


def stamp(name: str, now: datetime) -> None:
    """Note that ``name`` was alive at ``now``."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def last_beat(name: str) -> datetime | None:
    """When ``name`` was last alive; None if it never was."""
    return Heartbeat.objects.filter(name=name).values_list("beat_at", flat=True).first()


def is_stale(beat: datetime | None, now: datetime, patience: int | None = None) -> bool:
    """Whether a beat is missing or older than ``patience`` seconds (default: ``CANARY_STALE_SECONDS``)."""
    seconds = settings.CANARY_STALE_SECONDS if patience is None else patience
    return beat is None or now - beat > timedelta(seconds=seconds)


def silent(now: datetime) -> list[str]:
    """Names of the clusters that stand still (one query)."""
    return [cluster.name for cluster, _ in _standing(now)]


# What this process has read. A beat never goes back, so while it is not stale nothing newer could say more.
known: dict[str, datetime] = {}


def worker_alarm(now: datetime) -> str:
    """What staff must know about the background tasks, in Chinese; "" when they run.

    Every page of the desk asks: one query when a beat could be stale by now, else none.
    """
    if not any(is_stale(known.get(cluster.name), now, cluster.patience) for cluster in CLUSTERS):
        return ""
    return "".join(_words(cluster, beat, now) for cluster, beat in _standing(now))


def _standing(now: datetime) -> Iterable[tuple[Cluster, datetime | None]]:
    beats = dict(Heartbeat.objects.filter(name__in=[WORKER, LONG]).values_list("name", "beat_at"))
    known.update(beats)
    rows = [(cluster, beats.get(cluster.name)) for cluster in CLUSTERS]
    return [(cluster, beat) for cluster, beat in rows if is_stale(beat, now, cluster.patience)]


def _words(cluster: Cluster, beat: datetime | None, now: datetime) -> str:
    if beat is None:
        return f"{cluster.label}自平台启用以来尚未运行过。"
    minutes = max(int((now - beat).total_seconds() // 60), 1)
    return f"{cluster.label}已有 {minutes} 分钟没有响应。"
