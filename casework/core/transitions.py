"""A transition is a conditional update plus a history row: together or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction

Moves = Mapping[str, frozenset[str]]


class StaleState(Exception):
    """Somebody was faster: the row is no longer in the state this action starts from (→ 409)."""


class Transition(models.Model):
    """History of every state change."""

    object_type = models.CharField("对象", max_length=60)
    object_id = models.CharField("对象编号", max_length=60)
    old = models.CharField("原状态", max_length=20)
    new = models.CharField("新状态", max_length=20)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        app_label = "casework"
        verbose_name = verbose_name_plural = "状态变化"
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "id"], name="transition_object")
        ]


def move(
    obj: models.Model,
    *,
    new: str,
    moves: Moves,
    by: Any | None,
    now: datetime,
    **changes: Any,
) -> None:
    """Move ``obj.state`` to ``new`` and set ``changes`` with it.

    ``moves`` maps each state to the states it may go to. The update is conditional on the state the
    caller saw: when another request changed it meanwhile, or the table does not allow the move,
    ``StaleState`` is raised and nothing is written. Must run inside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a transition belongs into its action's transaction")
    old: str = obj.state  # type: ignore[attr-defined]
    if new not in moves.get(old, frozenset()):
        raise StaleState(f"{obj._meta.label} {obj.pk}: {old} → {new}")
    rows = type(obj)._default_manager.filter(pk=obj.pk, state=old)
    if not rows.update(state=new, **changes):
        raise StaleState(f"{obj._meta.label} {obj.pk}: {old} → {new}")
    Transition.objects.create(
        object_type=obj._meta.model_name or "", object_id=str(obj.pk), old=old, new=new, at=now, by=by
    )
    obj.state = new  # type: ignore[attr-defined]
    for name, value in changes.items():
        setattr(obj, name, value)
