"""A process of the proof about clocks: ``python -m tests.bench._clocks_probe make|sweep|state …``.

``make N`` founds a small city with N claims and N decisions. ``sweep MOMENT SEED`` sweeps up to a moment, hour
by hour, and is killed in the middle. ``state MOMENT`` sweeps to the end and tells what was told to whom.
``break`` takes away what keeps a reminder from being made twice, to show that the proof then fails.
``histories N`` writes N random histories, ``check`` runs the command's check over them, ``spoil`` alters four columns.
"""

import json
import os
import sys
from datetime import datetime, timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from casework.core.clocks import actions as clocks  # noqa: E402
from casework.core.clocks import sweep as room  # noqa: E402
from casework.core.clocks.sweep import sweep  # noqa: E402
from casework.core.rules_data.models import DutyKind  # noqa: E402
from casework.models import Delivery, Duty, DutyEvent, Reminder, StagePassed  # noqa: E402
from portal.accounts.models import Post, User  # noqa: E402
from portal.accounts.roles import PostKind, Role  # noqa: E402
from tests.bench import _histories as histories  # noqa: E402
from tests.cast import NOW, make_cast, person  # noqa: E402

HOUR = timedelta(hours=1)


def make(number: int) -> None:
    cast = make_cast()
    for name, kind in (("liaison", PostKind.LIAISON), ("boss", PostKind.LEADER)):
        user = person(name, "示例任职人", (cast.competent, Role.LIAISON))
        Post.objects.create(department=cast.competent, kind=kind, user=user)
    for n in range(number):
        start = NOW + timedelta(hours=n % 30)
        given = {"case": None, "now": start, "by": None}
        clocks.start(key=f"claim:{n}", kind=DutyKind.CLAIM, holder=cast.competent, **given)
        clocks.start(
            key=f"decide:{n}", kind=DutyKind.DECIDE, holder=cast.approver, amount=Decimal(2 + n % 4), **given
        )


def hourly(until: datetime) -> None:
    """Sweep as the scheduler does: whatever was told before is not told again."""
    moment = NOW
    while moment <= until:
        while sweep(now=moment, limit=20).more:
            pass
        moment += HOUR * 6


def break_guard() -> None:
    """A stage that passed is forgotten, and the database no longer minds a second reminder."""
    with connection.schema_editor() as editor:
        for model, name in ((Reminder, "one_reminder"), (StagePassed, "one_stage")):
            constraint = next(row for row in model._meta.constraints if row.name == name)
            model._meta.constraints.remove(constraint)  # SQLite makes the table anew, as the model has it
            editor.remove_constraint(model, constraint)


def forgetful() -> None:
    """Replace the look at what was told by one that never remembers."""
    room.remind = lambda duty, stage, who, *, occasion, now: bool(
        Reminder.objects.create(duty=duty, milestone=stage, recipient=who, occasion=occasion, made_at=now)
    )
    real = room._tell_of

    def twice(pk: int, now: datetime):
        found = real(pk, now)
        for row in StagePassed.objects.filter(duty_id=pk, made_at=now):
            for who in User.objects.filter(reminders__duty_id=pk, reminders__milestone=row.stage).distinct():
                room.remind(row.duty, row.stage, who, occasion=row.due_at, now=now)
        return found

    room._tell_of = twice


def state() -> dict[str, object]:
    told = Reminder.objects.values("duty", "milestone", "recipient", "occasion").annotate(times=Count("pk"))
    stages = StagePassed.objects.values("duty", "stage", "due_at").annotate(times=Count("pk"))
    lapses = DutyEvent.objects.filter(kind="lapsed").values("duty").annotate(times=Count("pk"))
    rows = sorted(Reminder.objects.values_list("duty__key", "milestone", "recipient__username"))
    return {
        "duties": Duty.objects.count(),
        "reminders": len(rows),
        "twice": sum(row["times"] > 1 for row in told) + sum(row["times"] > 1 for row in stages),
        "lapses": lapses.count(),
        "lapsed twice": sum(row["times"] > 1 for row in lapses),
        "mails": Delivery.objects.filter(dedup__startswith="reminder:").count(),
        "alone": Reminder.objects.filter(mail="alone").count(),
        "waiting": room.waiting(NOW + timedelta(days=40)).count(),
        "rows": rows,
    }


HISTORIES = {"histories": histories.make, "check": histories.check, "spoil": histories.spoil}


def main(command: str, *rest: str) -> None:
    if command in HISTORIES:
        print(json.dumps(HISTORIES[command](*map(int, rest)), ensure_ascii=False))  # noqa: T201
        return
    if command == "make":
        make(int(rest[0]))
    elif command == "sweep":
        print("begins", flush=True)  # noqa: T201
        hourly(NOW + timedelta(days=30))
    elif command == "break":
        break_guard()
    elif command == "forgetful":
        forgetful()
        hourly(NOW + timedelta(days=30))
    print(json.dumps(state(), ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
