"""The list of letters sent and received: an unopened one is seen as such by both sides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from casework.core.letters import actions
from casework.core.letters.models import LetterKind, Recipient
from casework.models import Case
from tests.cast import NOW, Cast
from tests.core.rooms import make_case

pytestmark = pytest.mark.django_db
URL = "/desk/letters/"


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


def send(case: Case, cast: Cast, to: str = "competent", **changes: object) -> Recipient:
    given = {"kind": LetterKind.RESULT, "case": case, "sender": cast.window, "to": [getattr(cast, to)]}
    given |= {"title": "示例", "facts": {}, "files": [], "by": cast.clerk, "now": timezone.now()}
    letter = actions.send(**(given | changes))
    return letter.recipients.select_related("letter__case", "duty", "department").get()


def shown(client, **filters: str) -> list[int]:
    return [row["recipient"].pk for row in client.get(URL, filters).context["rows"]]


def test_both_sides_see_the_same_facts(case: Case, cast: Cast, sign_in) -> None:
    row = send(case, cast)
    sender, receiver = sign_in(cast.clerk), sign_in(cast.supervisor)
    for client, filters in ((sender, {"box": "sent"}), (receiver, {})):
        page = client.get(URL, filters).content.decode()
        assert row.letter.number in page
        assert "未打开" in page
        assert "未认领" in page
    actions.open_letter(row, by=cast.supervisor, now=timezone.now())
    actions.claim(row, by=cast.supervisor, now=timezone.now())
    page = sender.get(URL, {"box": "sent"}).content.decode()
    assert page.count(cast.supervisor.name) == 2
    assert shown(sender, box="sent", show="unopened") == shown(sender, box="sent", show="unclaimed") == []


def test_filters_tell_who_is_silent(case: Case, cast: Cast, sign_in) -> None:
    old, month_ago = {}, timezone.now() - timedelta(days=30)
    for name in ("silent", "read", "claimed"):
        old[name] = send(case, cast, now=month_ago)
    young = send(case, cast)
    circulation = send(case, cast, "unit_a", kind=LetterKind.CIRCULATION)
    for name in ("read", "claimed"):
        actions.open_letter(old[name], by=cast.supervisor, now=month_ago)
    actions.claim(old["claimed"], by=cast.supervisor, now=month_ago)
    clerk = sign_in(cast.clerk)
    pk = {name: row.pk for name, row in old.items()} | {"young": young.pk, "asked": circulation.pk}
    expected = {
        "": ["asked", "young", "claimed", "read", "silent"],
        "unopened": ["asked", "young", "silent"],
        "unclaimed": ["young", "read", "silent"],
        "late": ["read", "silent"],
        "nonsense": ["asked", "young", "claimed", "read", "silent"],
    }
    for show, names in expected.items():
        assert shown(clerk, box="sent", show=show) == [pk[name] for name in names], show
    counts = {tab["label"]: tab["count"] for tab in clerk.get(URL, {"box": "sent"}).context["filters"]}
    assert counts == {"全部": None, "未打开": "3", "未认领": "3", "逾期": "2"}
    receiver = sign_in(cast.reviewer_a)
    assert "count--bad" not in receiver.get(URL).content.decode()  # nothing of theirs is late
    assert shown(sign_in(cast.supervisor), show="late") == [pk["read"], pk["silent"]]


@pytest.mark.parametrize(
    ("who", "box", "count"),
    [
        ("clerk", "sent", 1),
        ("clerk", "received", 0),
        ("supervisor", "received", 1),
        ("supervisor", "sent", 0),
        ("enforcer", "received", 0),
        ("stranger", "sent", 0),
    ],
)
def test_everybody_sees_the_own_departments_letters(
    who: str, box: str, count: int, case: Case, cast: Cast, sign_in
) -> None:
    send(case, cast)
    assert len(shown(sign_in(getattr(cast, who)), box=box)) == count


@pytest.mark.parametrize("who", ["evaluator", "auditor", "sysadmin", "editor"])
def test_who_handles_no_cases_has_no_letters(who: str, cast: Cast, sign_in) -> None:
    assert sign_in(getattr(cast, who)).get(URL).status_code == 403


def test_nothing_to_show_says_so(cast: Cast, sign_in) -> None:
    client = sign_in(cast.supervisor)
    assert "还没有函件" in client.get(URL).content.decode()
    assert "没有符合条件的函件" in client.get(URL, {"show": "late"}).content.decode()


def test_pages_follow_each_other_and_the_cost_stays(
    case: Case, cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    made = [send(case, cast, now=NOW).pk for _ in range(45)]
    client, address, seen = sign_in(cast.clerk), "?box=sent", []
    client.get(URL)
    while address:
        with django_assert_max_num_queries(16):
            answer = client.get(f"{URL}{address}")
        seen += [row["recipient"].pk for row in answer.context["rows"]]
        address = answer.context["page"].next_url
    assert seen == made[::-1]
    assert "box=sent" in answer.context["page"].prev_url


def test_looking_at_the_list_opens_nothing(case: Case, cast: Cast, sign_in) -> None:
    row = send(case, cast)
    sign_in(cast.supervisor).get(URL)
    row.refresh_from_db()
    assert row.opened_at is None
