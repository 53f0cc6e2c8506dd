"""The database itself refuses a state that the tables of moves do not know (R-32)."""

from collections.abc import Iterable

from django.db import models
from django.db.models import Q


def known(states: type[models.TextChoices], *, name: str) -> models.CheckConstraint:
    """``state`` is one of ``states``. Every model with a state carries it (a test walks them)."""
    return models.CheckConstraint(condition=Q(state__in=states.values), name=name)


def dated_from(
    field: str, states: Iterable[str], *, name: str, either: Iterable[str] = ()
) -> models.CheckConstraint:
    """``field`` (a moment) is filled in exactly in ``states``: no step is there without its fact, none before it.

    In the states of ``either`` it may be there or not: they can be reached from both sides.
    """
    reached, open_to_both = sorted(states), sorted(either)
    condition = Q(state__in=reached, **{f"{field}__isnull": False}) | (
        ~Q(state__in=reached) & Q(**{field: None})
    )
    if open_to_both:
        condition |= Q(state__in=open_to_both)
    return models.CheckConstraint(condition=condition, name=name)
