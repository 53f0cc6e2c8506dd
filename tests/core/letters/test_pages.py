"""The pages of a letter and of a notice: who reads them, what opening means."""

import json

import pytest
from django.utils import timezone

from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.actions import make_notice, send
from casework.core.letters.models import Letter, LetterKind, Notice
from casework.core.outbox.models import Channel
from portal.accounts.models import Substitution
from portal.accounts.roles import Role
from tests.cast import NOW, Cast, person
from tests.core.rooms import endpoint, make_case, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


@pytest.fixture
def letter(case: Case, cast: Cast) -> Letter:
    endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    return send(
        kind=LetterKind.RESULT,
        case=case,
        sender=cast.window,
        to=[cast.competent],
        title="示例餐饮有限公司的审批结果",
        facts={"证件编号": "JY14600000000001"},
        files=[stored(case, cast)],
        by=cast.clerk,
        now=NOW,
    )


def url(letter: Letter) -> str:
    return f"/desk/letters/{letter.pk}/"


def test_the_sender_reads_it_without_opening_it(letter: Letter, cast: Cast, sign_in) -> None:
    page = sign_in(cast.clerk).get(url(letter))
    assert page.status_code == 200
    for words in ("JY14600000000001", "营业执照.pdf", "尚未打开", "OA邮箱", "待投递", "第九条第一项"):
        assert words in page.content.decode()
    assert letter.recipients.get().opened_at is None


def test_looking_is_not_opening(letter: Letter, cast: Cast, sign_in) -> None:
    page = sign_in(cast.supervisor).get(url(letter)).content.decode()
    assert "这份函件尚未打开" in page
    assert "JY14600000000001" not in page
    assert "示例餐饮有限公司的审批结果" not in page
    assert letter.recipients.get().opened_at is None


def test_opening_is_recorded_once_and_shows_what_is_in_it(letter: Letter, cast: Cast, sign_in) -> None:
    client = sign_in(cast.supervisor)
    response = client.post(f"{url(letter)}open/")
    assert response.status_code == 302
    assert response["Location"] == url(letter)
    recipient = letter.recipients.get()
    assert recipient.opened_by == cast.supervisor
    client.post(f"{url(letter)}open/")
    assert LedgerEntry.objects.filter(action="letter.opened").count() == 1
    page = client.get(url(letter)).content.decode()
    assert "JY14600000000001" in page
    assert "这份函件尚未打开" not in page


@pytest.mark.parametrize(
    ("own", "name"), [(Role.LIAISON, "示例乙（代示例监管员）"), (Role.SUPERVISOR, "示例乙")]
)
def test_a_substitute_opens_in_the_name_of_whoever_is_away(
    own: Role, name: str, letter: Letter, cast: Cast, sign_in
) -> None:
    """What the letter asks for is not the substitute's own: both names, in the fact and on the ledger."""
    substitute, today = person("substitute", "示例乙", (cast.competent, own)), timezone.localdate()
    Substitution.objects.create(
        person=cast.supervisor,
        substitute=substitute,
        department=cast.competent,
        valid_from=today,
        valid_to=today,
        reason="公出",
        made_at=NOW,
    )
    client = sign_in(substitute)
    client.post(f"{url(letter)}open/")
    principal = cast.supervisor if own == Role.LIAISON else None
    recipient = letter.recipients.get()
    assert (recipient.opened_by, recipient.opened_for, recipient.opener) == (substitute, principal, name)
    payload = json.loads(LedgerEntry.objects.get(action="letter.opened").payload)
    assert payload.get("acting_for") == (principal.pk if principal else None)
    for page in (url(letter), "/desk/letters/"):
        assert name in client.get(page).content.decode()


def test_opening_by_htmx_answers_with_the_body_of_the_page(letter: Letter, cast: Cast, sign_in) -> None:
    response = sign_in(cast.supervisor).post(
        f"{url(letter)}open/", {"use_partial": "body"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    body = response.content.decode()
    assert "JY14600000000001" in body
    assert "<html" not in body
    assert "函件已打开" in body


@pytest.mark.parametrize("who", ["enforcer", "reviewer_a", "stranger", "handler"])
def test_other_departments_find_nothing(who: str, letter: Letter, cast: Cast, sign_in) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get(url(letter)).status_code == 404
    assert client.post(f"{url(letter)}open/").status_code == 404
    assert client.get("/desk/letters/999999/").status_code == 404


def test_the_sender_cannot_open_for_the_receiver(letter: Letter, cast: Cast, sign_in) -> None:
    assert sign_in(cast.clerk).post(f"{url(letter)}open/").status_code == 404
    assert letter.recipients.get().opened_at is None


@pytest.mark.parametrize("who", ["auditor", "sysadmin", "editor"])
def test_roles_without_cases_are_refused(who: str, letter: Letter, cast: Cast, sign_in) -> None:
    assert sign_in(getattr(cast, who)).get(url(letter)).status_code == 403


def test_the_page_costs_a_fixed_number_of_queries(
    letter: Letter, cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    client = sign_in(cast.clerk)
    client.get(url(letter))
    with django_assert_max_num_queries(20):
        client.get(url(letter))


@pytest.fixture
def acceptance(case: Case, cast: Cast) -> Notice:
    return make_notice(
        kind=Notice.Kind.ACCEPTANCE,
        case=case,
        issuer=cast.window,
        paragraphs=["示例餐饮有限公司：", "<b>已受理</b>"],
        by=cast.clerk,
        now=NOW,
    )


def test_a_notice_prints_with_heading_number_and_date(acceptance: Notice, cast: Cast, sign_in) -> None:
    page = sign_in(cast.clerk).get(f"/desk/notices/{acceptance.pk}/").content.decode()
    for words in (
        "行政许可申请受理通知书",
        "儋审受〔2026〕1号",
        "2026年9月7日",
        cast.window.name,
        "&lt;b&gt;已受理",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("handler", 200),
        ("leader_a", 200),
        ("evaluator", 200),
        ("supervisor", 404),
        ("stranger", 404),
        ("sysadmin", 403),
    ],
)
def test_who_reads_a_notice_of_the_handling(
    who: str, status: int, acceptance: Notice, cast: Cast, sign_in
) -> None:
    assert sign_in(getattr(cast, who)).get(f"/desk/notices/{acceptance.pk}/").status_code == status


def test_a_supervisor_reads_the_decision(case: Case, cast: Cast, sign_in) -> None:
    grant = make_notice(
        kind=Notice.Kind.GRANT,
        case=case,
        issuer=cast.approver,
        paragraphs=["准予许可。"],
        by=cast.clerk,
        now=NOW,
    )
    assert sign_in(cast.supervisor).get(f"/desk/notices/{grant.pk}/").status_code == 200
    assert sign_in(cast.stranger).get(f"/desk/notices/{grant.pk}/").status_code == 404
