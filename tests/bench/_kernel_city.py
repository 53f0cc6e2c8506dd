"""A city with many cases and duties, made by SQL in seconds; the same statements on SQLite and PostgreSQL.

Sixty departments; the first holds every sixth duty, gets every sixth result. Twelve in a hundred duties and
cases are open, the due times spread over the sixty days after ``NOW``. Each case has a letter, a push and a
mail, two in three pushes stand in the register. Every row copies one that the product made, but for the columns
named here. Used by ``_kernel_probe.py``; it is kept between runs.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Model

from casework.core.clocks import actions as clocks
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import Channel
from casework.core.rules_data.models import DutyKind
from casework.core.subjects.models import CodeKind, SubjectKind
from casework.models import Case, Duty, DutyEvent, LedgerEntry, Participation, RegisterEntry, Subject
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from tests.cast import Cast, guide, make_cast
from tests.supervision.world import pushed

NOW = datetime(2026, 9, 7, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
DEPARTMENTS = 60
DUTIES_PER_CASE = 5
EXAMPLE_CODE = "91460400DEM000022N"
# One duty of each kind per case, with the key that its page is found by.
KINDS = (
    (DutyKind.ACCEPT, "accept:case:"),
    (DutyKind.CIRCULATE, "circulate:case:"),
    (DutyKind.OPINION, "opinion:circulation:"),
    (DutyKind.DECIDE, "decide:case:"),
    (DutyKind.CLAIM, "claim:push:"),
)
OPEN_STATES = (
    "received",
    "accepted",
    "submitted",
    "circulating",
    "proposed",
    "decided",
)  # two in a hundred each
BUSINESS = (Role.WINDOW_CLERK, Role.APPROVAL_HANDLER, Role.APPROVAL_LEADER, Role.REVIEWER, Role.SUPERVISOR)


def fill(cases: int) -> None:
    """Make ``cases`` cases with five duties each, once: a filled database is left as it is.

    All or nothing: a fill that was interrupted begins again.
    """
    if Duty.objects.count() >= cases * DUTIES_PER_CASE:
        return
    with transaction.atomic():
        cast = make_cast()
        holders = [cast.approver, *(_department(n) for n in range(1, DEPARTMENTS))]
        people = [(_reader(f"worker-{n}"), place) for n, place in enumerate(holders)]
        people += [(_reader("reader"), holders[0]), (_reader("reader-small"), holders[-1])]
        for user, place in people:
            for role in BUSINESS:
                Membership.objects.create(user=user, department=place, role=role)
        _numbers(cases, holders)
        first = _cases(cast)
        _participations(first)
        _duties(first)
        _results(cast, first)
        _deliveries()
        _entries()
    _run("ANALYZE")  # PostgreSQL does in time, the nightly clean-up on SQLite


def _department(number: int) -> Department:
    return Department.objects.create(code=f"d{number:02d}", name=f"示例第{number:02d}局")


def _reader(username: str) -> User:
    return User.objects.create(username=username, name="示例阅读人", email=f"{username}@example.test")


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _multiply(template: Model, source: str, **columns: str) -> None:
    """One row for each row of ``source``: ``columns`` are SQL, every other column is the template's."""
    meta = template._meta
    names = [field.column for field in meta.concrete_fields if not field.primary_key]
    values = [columns.get(name, f"template.{name}") for name in names]
    _run(
        f"INSERT INTO {meta.db_table} ({', '.join(names)}) SELECT {', '.join(values)}"
        f" FROM {source} JOIN {meta.db_table} AS template ON template.id = {template.pk}"
    )


def _numbers(cases: int, holders: list[Department]) -> None:
    """Two helper tables: the numbers 0 … cases-1, and the holders by place."""
    _run("CREATE TEMPORARY TABLE holders (place INTEGER PRIMARY KEY, id BIGINT)")
    _run("INSERT INTO holders VALUES " + ", ".join(f"({n}, {row.pk})" for n, row in enumerate(holders)))
    _run("CREATE TEMPORARY TABLE numbers (n BIGINT PRIMARY KEY)")
    _run(
        "INSERT INTO numbers WITH RECURSIVE up(n) AS"
        f" (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n < {cases - 1}) SELECT n FROM up"
    )


def _moment(seconds: str) -> str:
    """SQL for ``NOW`` plus so many seconds, as the engine keeps moments."""
    at = NOW.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if connection.vendor == "sqlite":
        return f"datetime('{at}', ({seconds}) || ' seconds')"
    return f"(TIMESTAMPTZ '{at}+00' + ({seconds}) * INTERVAL '1 second')"


def _cases(cast: Cast) -> Case:
    version = guide(cast)
    subject = Subject.objects.create(
        kind=SubjectKind.ORGANISATION,
        name="示例有限公司",
        code_kind=CodeKind.USCC,
        code=EXAMPLE_CODE,
        code_index="example",
        created_at=NOW,
    )
    first = Case.objects.create(
        number="4604002026000000000",
        query_code="EXAMPLE2",
        item=version.item,
        guide_version=version,
        applicant=subject,
        applicant_name=subject.name,
        window=cast.window,
        approver=cast.approver,
        received_at=NOW,
        created_by=cast.clerk,
    )
    states = " ".join(f"WHEN numbers.n % 100 < {2 * n + 2} THEN '{row}'" for n, row in enumerate(OPEN_STATES))
    _multiply(
        first,
        "numbers",
        number="CAST(4604002026100000000 + numbers.n AS TEXT)",
        applicant_name="'示例' || numbers.n || '号有限公司'",
        received_at=_moment("(numbers.n % 60 - 60) * 86400"),
        state=f"CASE {states} ELSE 'closed' END",
        accepted_at=f"CASE WHEN numbers.n % 100 < 2 THEN NULL ELSE {_moment('-9000')} END",
        decided_at=f"CASE WHEN numbers.n % 100 < 10 THEN NULL ELSE {_moment('-7200')} END",
        result="CASE WHEN numbers.n % 100 < 10 THEN '' ELSE 'granted' END",
        closed_at=f"CASE WHEN numbers.n % 100 < 12 THEN NULL ELSE {_moment('-3600')} END",
    )
    _run(
        "CREATE TEMPORARY TABLE numbered AS SELECT id, number, row_number() OVER (ORDER BY id) - 1 AS n"
        f" FROM casework_case WHERE id <> {first.pk}"
    )
    _run("ANALYZE numbered")
    return first


def _holder(number: str) -> str:
    """SQL for the holder's place of row ``number``: every sixth belongs to the first department."""
    return f"CASE WHEN ({number}) % 6 = 0 THEN 0 ELSE 1 + (({number}) * 7919) % {DEPARTMENTS - 1} END"


def _participations(first: Case) -> None:
    for step, capacity in enumerate(("window", "approver", "unit")):
        template = Participation.objects.create(
            case=first, department=first.window, capacity=capacity, since=NOW
        )
        source = f"numbered JOIN holders ON holders.place = {_holder(f'numbered.n + {step}')}"
        _multiply(template, source, case_id="numbered.id", department_id="holders.id")


def _duties(first: Case) -> None:
    for step, (kind, key) in enumerate(KINDS):
        template = clocks.start(
            key=f"{key}{first.pk}", kind=kind, holder=first.window, case=first, now=NOW, by=None
        )
        i = f"(numbered.n * 5 + {step})"
        is_open, due = f"{i} * 31 % 100 < 12", f"{i} * 48611 % 5184000"
        _multiply(
            template,
            f"numbered JOIN holders ON holders.place = {_holder(i)}",
            key=f"'{key}' || numbered.id",
            holder_id="holders.id",
            case_id="numbered.id",
            started_at=_moment("-2592000"),
            due_at=_moment(due),
            soon_at=_moment(f"{due} - 86400"),
            next_at=f"CASE WHEN {is_open} THEN {_moment(f'{due} - 86400')} ELSE NULL END",
            state=f"CASE WHEN {is_open} THEN 'open' ELSE 'met' END",
            closed_at=f"CASE WHEN {is_open} THEN NULL ELSE {_moment('-3600')} END",
        )
    started = DutyEvent.objects.filter(kind=DutyEvent.Kind.STARTED).order_by("pk").first()
    _multiply(started, "casework_duty AS duty", duty_id="duty.id", at="duty.started_at")


def _results(cast: Cast, first: Case) -> None:
    """Letter, receipt and push of each case; two in three pushes are registered."""
    push = pushed(cast, first.guide_version, 1)
    entry = RegisterEntry.objects.create(
        push=push,
        department=push.department,
        subject=push.case.applicant,
        licence=push.case.licence,
        activity="示例",
        officer=cast.supervisor,
        taken_at=NOW,
        taken_by=cast.supervisor,
    )
    letter, receipt = push.recipient.letter, push.recipient
    _multiply(letter, "numbered", number="'示例函' || numbered.id", case_id="numbered.id")
    _multiply(
        receipt,
        f"casework_letter AS letter JOIN numbered ON letter.number = '示例函' || numbered.id"
        f" JOIN holders ON holders.place = {_holder('numbered.n')}"
        " LEFT JOIN casework_duty AS duty ON duty.key = 'claim:push:' || numbered.id"
        f" AND duty.id NOT IN ({', '.join(str(row.duty_id) for row in letter.recipients.all())})",
        letter_id="letter.id",
        department_id="holders.id",
        duty_id="duty.id",
    )
    _multiply(
        push,
        "casework_recipient AS receipt JOIN casework_letter AS letter ON letter.id = receipt.letter_id"
        " JOIN numbered ON letter.number = '示例函' || numbered.id",
        case_id="letter.case_id",
        department_id="receipt.department_id",
        recipient_id="receipt.id",
        state="CASE numbered.n % 3 WHEN 0 THEN 'delivered' ELSE 'registered' END",
    )
    _multiply(
        entry,
        "casework_resultpush AS push JOIN numbered ON numbered.id = push.case_id AND push.state = 'registered'",
        push_id="push.id",
        department_id="push.department_id",
    )


def _deliveries() -> None:
    """A mail for each case: all but one in a hundred were received."""
    template = enqueue(
        dedup="city", reference="city", channel=Channel.MAIL, endpoint=None, address="a@example.test",
        subject="示例", body="示例", now=NOW,
    )  # fmt: skip
    waits = "numbered.n % 100 = 0"
    _multiply(
        template,
        "numbered",
        dedup="'city:' || numbered.id",
        reference="'city:' || numbered.id",
        state=f"CASE WHEN {waits} THEN 'new' ELSE 'sent' END",
        sent_at=f"CASE WHEN {waits} THEN NULL ELSE {_moment('-3600')} END",
    )


def _entries() -> None:
    """Five entries per case on the ledger, not sealed."""
    template = LedgerEntry.objects.order_by("pk").first()
    for _ in range(5):
        _multiply(template, "numbered", case_number="numbered.number")
