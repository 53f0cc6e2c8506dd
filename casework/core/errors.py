"""Why an act was refused, in words for the person who tried it."""


class Refusal(Exception):
    """An act that the rules do not allow (→ 422). ``str()`` is a polite Chinese sentence.

    ``field`` names the form field to show it at, "" for the whole form. Each action defines its own
    subclasses beside itself.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
