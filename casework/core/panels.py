"""Read-only panels that processes put on shared pages (case page, desk), so that no page knows them all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Context = dict[str, Any]
Builder = Callable[[Any, Any], Context | None]


@dataclass(frozen=True)
class Panel:
    """One registered panel: its slot, place in it, template and the function that fills it."""

    slot: str
    order: int
    template: str
    build: Builder


_panels: list[Panel] = []


@dataclass(frozen=True)
class Todo:
    """An act that the reader may do at this moment, as the top of the page offers it.

    ``url`` is where it is done: a place on the same page ("#intake-checks") or the act's own page.
    """

    label: str
    url: str


@dataclass(frozen=True)
class Filled:
    """A panel ready to be included: template name, its context, and what the reader has to do in it."""

    template: str
    context: Context
    todo: tuple[Todo, ...] = ()


def panel(slot: str, *, order: int, template: str) -> Callable[[Builder], Builder]:
    """Register ``build(request, subject) -> context or None`` for ``slot`` ("case", "desk", "intake")."""

    def decorate(build: Builder) -> Builder:
        _panels.append(Panel(slot, order, template, build))
        _panels.sort(key=lambda row: (row.slot, row.order))
        return build

    return decorate


def fill(slot: str, request: Any, subject: Any) -> list[Filled]:
    """Run every builder of ``slot`` in order; those that answer None stay away.

    A builder puts what the reader may do now under ``todo`` into its context (a sequence of ``Todo``).
    """
    filled = []
    for row in _panels:
        if row.slot == slot:
            context = row.build(request, subject)
            if context is not None:
                filled.append(Filled(row.template, context, tuple(context.get("todo", ()))))
    return filled
