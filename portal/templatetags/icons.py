"""Heroicons, each drawn once: a page of a list shows the same few icons a hundred times."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from heroicons.templatetags import heroicons

register = template.Library()
STYLES = ("micro", "mini", "outline", "solid")


@lru_cache(maxsize=1024)
def drawn(style: str, name: str, attributes: tuple[tuple[str, object], ...]) -> SafeString:
    """The icon as the library draws it; ``attributes`` (``size`` among them) are part of what is remembered."""
    draw = getattr(heroicons, f"heroicon_{style}")
    return SafeString(draw(name, **dict(attributes)))


def _tag(style: str) -> None:
    @register.simple_tag(name=f"heroicon_{style}")
    def icon(name: str, **attributes: object) -> SafeString:
        return drawn(style, name, tuple(attributes.items()))


for _style in STYLES:
    _tag(_style)
