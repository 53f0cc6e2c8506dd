"""Read the stories of the demo city: what happened to each case, on which working day."""

from dataclasses import dataclass
from datetime import time
from pathlib import Path

STORIES_FILE = Path(__file__).parent / "data" / "stories.txt"


@dataclass(frozen=True)
class Step:
    """One act: ``days_ago`` counts finished working days (0 = the last one)."""

    days_ago: int
    clock: time
    act: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """One case: what is applied for, by whom, and its acts in order of time."""

    item: str
    applicant: str
    kind: str
    handling: str
    summary: str
    steps: tuple[Step, ...]


def read_stories() -> list[Story]:
    """The stories of the file. Raises ``ValueError`` for a line that cannot be read."""
    stories = []
    for block in STORIES_FILE.read_text("utf-8").split("\n== ")[1:]:
        heading, *lines = block.splitlines()
        item, applicant, kind, handling, summary = (part.strip() for part in heading.split("|"))
        steps = [_step(line) for line in lines if line.strip()]
        steps.sort(key=lambda step: (-step.days_ago, step.clock))
        stories.append(Story(item, applicant, kind, handling, summary, tuple(steps)))
    return stories


def _step(line: str) -> Step:
    days_ago, clock, act, *details = line.split()
    return Step(int(days_ago), time.fromisoformat(clock), act, tuple(details))
