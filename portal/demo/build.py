"""Build the demo city: all or nothing, by the product's own acts, with times relative to the first start."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.clocks.sweep import sweep
from casework.core.ledger.actions import record, seal_all
from casework.core.ledger.models import LedgerEntry
from casework.core.outbox.endpoints import add_endpoint, pause
from casework.core.outbox.models import Channel, Endpoint
from casework.core.worktime.queries import current_calendar
from cms_pages.models import GuideIndexPage, ServiceItem
from cms_pages.site import ensure_site
from portal import demo_logins
from portal.accounts import actions as accounts
from portal.accounts.groups import sync_groups
from portal.accounts.models import Department
from portal.demo import acts, logins
from portal.demo.catalogue import make_items, publish_guides
from portal.demo.changes import propose_closure
from portal.demo.city import MAIL_DOMAIN, SUPERVISING, City, found_city
from portal.demo.stories import Story, read_stories
from portal.demo.timeline import Timeline
from portal.receivers import REFUSE, http_address

FOUNDED = "demo.founded"
FOUNDING = (42, time(8, 30))  # before the first case
PUBLISHING = (42, time(10, 0))
# Off-platform delivery is connected late, so that the first start has few old messages to send.
CONNECTING = (2, time(8, 30))
PROPOSING = (0, time(16, 40))
EXTRA_GUIDES = 12  # every twelfth item is complete and published without a case of its own
WITH_HTTP = ("scjg", "zhzf")
REFUSING, PAUSED = "rsj", "swj"


class NotEmpty(Exception):
    """The database belongs to a real city, or to somebody's trials. ``str()`` is Chinese."""


class SweepFailed(Exception):
    """A duty could not be swept: the demo city would stand on a defect."""


@dataclass(frozen=True)
class Built:
    """What stands afterwards."""

    departments: int
    people: int
    items: int
    cases: int
    entries: int


def stands() -> bool:
    """Whether the demo city was built here before."""
    return LedgerEntry.objects.filter(action=FOUNDED).exists()


def build(*, now: datetime) -> Built:
    """Build the city as it would stand at ``now``; nothing is left behind when anything fails.

    Raises ``NotEmpty`` when the database holds departments, items or cases already.
    """
    if Department.objects.exists() or Case.objects.exists() or ServiceItem.objects.exists():
        raise NotEmpty("数据库中已有单位、事项或办件，不能再建立演示城市。请使用空数据库。")
    with transaction.atomic():
        built = _build(now)
        transaction.on_commit(write_logins)
    return built


def write_logins() -> None:
    """Keep the sign-ins for ``up`` and the sign-in page. Runs when the city is committed."""
    demo_logins.write(logins.for_the_file())


def _build(now: datetime) -> Built:
    timeline = Timeline(now, current_calendar())
    founded_at = timeline.moment(*FOUNDING)
    city = found_city()
    record(FOUNDED, by=None, now=founded_at, departments=len(city.departments), people=len(city.people))
    ensure_site(settings.PUBLIC_URL)
    sync_groups(today=timezone.localdate(now))
    items = make_items(city)
    stories = read_stories()
    index = GuideIndexPage.objects.get()
    names = {story.item for story in stories} | set(list(items)[::EXTRA_GUIDES])
    publish_guides(index, items, names, city=city, now=timeline.moment(*PUBLISHING))
    _live_through(_agenda(timeline, stories, city))
    seal_all()
    return Built(
        departments=len(city.departments),
        people=len(city.people),
        items=len(items),
        cases=Case.objects.count(),
        entries=LedgerEntry.objects.count(),
    )


Entry = tuple[datetime, Callable[[datetime], None]]


def _agenda(timeline: Timeline, stories: list[Story], city: City) -> list[Entry]:
    """Every act and, at the close of each day, a sweep; in order of time."""
    case_ids: dict[int, int] = {}
    entries: list[Entry] = [(timeline.moment(*CONNECTING), lambda now: connect(city, now=now))]
    for number, story in enumerate(stories, start=1):
        told = acts.Telling(story=story, number=number, city=city, case_ids=case_ids)
        for step in story.steps:
            act, details = acts.ACTS[step.act], step.details
            entries.append(
                (
                    timeline.moment(step.days_ago, step.clock),
                    lambda now, act=act, told=told, details=details: act(told, now, *details),  # type: ignore[misc]
                )
            )
    entries.append((timeline.moment(*PROPOSING), lambda now: propose_closure(city, timeline.cal, now=now)))
    entries += [(timeline.close_of(days_ago), _sweep) for days_ago in range(FOUNDING[0])]
    return sorted(entries, key=lambda entry: entry[0])


def _live_through(agenda: list[Entry]) -> None:
    for moment, act in agenda:
        act(moment)


def _sweep(now: datetime) -> None:
    result = sweep(now=now)
    if result.failed or result.more:
        raise SweepFailed(str(result))


def connect(city: City, *, now: datetime) -> None:
    """Connect OA mail for every supervising department, the HTTP interface for two, mail for the people."""
    admin = city.people["sysadmin1"]
    for code in SUPERVISING:
        department = city.departments[code]
        address = f"{code}@{MAIL_DOMAIN}"
        add_endpoint(department=department, channel=Channel.OA_MAIL, address=address, by=admin, now=now)
        if code in WITH_HTTP:
            add_endpoint(
                department=department,
                channel=Channel.HTTP,
                address=http_address(f"/receive/{code}"),
                secret=_new_secret(),
                by=admin,
                now=now,
            )
    _connect_with_trouble(city, now=now)
    for username, user in city.people.items():
        accounts.set_email(user, email=f"{username}@{MAIL_DOMAIN}")


def _connect_with_trouble(city: City, *, now: datetime) -> None:
    """One interface refuses what it gets, so that its first letter dies and finds its owner; one mailbox is paused."""
    admin = city.people["sysadmin1"]
    add_endpoint(
        department=city.departments[REFUSING],
        channel=Channel.HTTP,
        address=http_address(f"{REFUSE}{REFUSING}"),
        secret=_new_secret(),
        by=admin,
        now=now,
    )
    mailbox = Endpoint.objects.get(department=city.departments[PAUSED], channel=Channel.OA_MAIL)
    pause(mailbox, reason="对方邮箱系统检修，预计三天（示例）", by=admin, now=now)


def _new_secret() -> str:
    """A signing key as Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
