"""From a read file to proposals: what the command and the page under ``/cms/`` share."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from casework.core.rule_changes.actions import AlreadyProposed, propose
from casework.core.rule_changes.importing import Reading, draft_for
from casework.core.rule_changes.models import RuleChange
from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the notice; an empty title takes the standard one of its year."""

    published_on: date
    title: str = ""
    document_no: str = ""
    url: str = ""


@transaction.atomic
def propose_years(
    reading: Reading, words: Words, *, file_name: str, by: User, now: datetime
) -> tuple[list[RuleChange], list[int]]:
    """Propose every new year of the file: (changes made, years that wait for a decision already).

    Running it again proposes nothing twice. Raises what ``propose`` raises, and then nothing is proposed.
    """
    made: list[RuleChange] = []
    waiting: list[int] = []
    for found in reading.new_years:
        draft = draft_for(
            found,
            title=words.title,
            document_no=words.document_no,
            url=words.url,
            published_on=words.published_on,
        )
        try:
            made.append(propose(content=draft, warnings=found.warnings, file_name=file_name, by=by, now=now))
        except AlreadyProposed:
            waiting.append(found.year)
    return made, waiting
