"""What a page's form carries hidden, as a browser would send it: the version that its reader saw."""

from html.parser import HTMLParser

from django.test import Client

TOKEN = "csrfmiddlewaretoken"


class Forms(HTMLParser):
    """Hidden inputs of every POST form of a page: address → name → value."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self._open = self.found.setdefault(given.get("action", "").split("?")[0], {})
        elif tag == "input" and given.get("type") == "hidden" and self._open is not None:
            self._open[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def hidden(client: Client, page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form on ``page`` that posts to ``action``; none where it is not offered."""
    found = Forms(client.get(page).content.decode()).found.get(action, {})
    return {name: value for name, value in found.items() if name != TOKEN}


def send(client: Client, page: str, action: str, data: dict[str, object] | None = None, **how: object):
    """Fill in the form on ``page`` that posts to ``action`` and send it."""
    return client.post(action, {**hidden(client, page, action), **(data or {})}, **how)
