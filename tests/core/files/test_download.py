"""``/desk/files/<uuid>/``: who gets the bytes, and how they are served."""

import uuid

import pytest
from django.core.files.storage import storages

from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from casework.core.letters.actions import open_letter, send
from casework.core.letters.models import LetterKind, Recipient
from tests.cast import NOW, Cast
from tests.core.rooms import PDF, make_case, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


def url(file) -> str:
    return f"/desk/files/{file.pk}/"


@pytest.mark.parametrize("who", ["clerk", "handler", "chief", "reviewer_a", "leader_a"])
def test_those_who_handle_the_case_read_its_files(who: str, case: Case, cast: Cast, sign_in) -> None:
    file = stored(case, cast, name="营业执照（副本）.pdf")
    response = sign_in(getattr(cast, who)).get(url(file))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == PDF  # read to its end, the test client closes it
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert "%E8%90%A5%E4%B8%9A" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert "no-store" in response["Cache-Control"]
    entry = LedgerEntry.objects.get(action="file.read")
    assert (entry.actor, entry.case_number) == (getattr(cast, who), case.number)


@pytest.mark.parametrize("who", ["supervisor", "enforcer", "reviewer_b", "stranger"])
def test_others_find_nothing(who: str, case: Case, cast: Cast, sign_in) -> None:
    file = stored(case, cast)
    client = sign_in(getattr(cast, who))
    assert client.get(url(file)).status_code == 404
    assert client.get(f"/desk/files/{uuid.uuid4()}/").status_code == 404
    assert not LedgerEntry.objects.filter(action="file.read").exists()


@pytest.mark.parametrize("who", ["auditor", "sysadmin", "editor"])
def test_roles_without_cases_are_refused(who: str, case: Case, cast: Cast, sign_in) -> None:
    assert sign_in(getattr(cast, who)).get(url(stored(case, cast))).status_code == 403


def test_a_supervisor_reads_what_its_letter_carries_and_nothing_else(case: Case, cast: Cast, sign_in) -> None:
    carried, other = stored(case, cast, name="决定书.pdf"), stored(case, cast, name="其他.pdf")
    send(
        kind=LetterKind.RESULT,
        case=case,
        sender=cast.window,
        to=[cast.enforcement],
        title="结果",
        facts={},
        files=[carried],
        by=cast.clerk,
        now=NOW,
    )
    client = sign_in(cast.enforcer)
    assert (
        client.get(url(carried)).status_code == 404
    )  # nothing is read before the opening is on record (9.1)
    open_letter(Recipient.objects.get(), by=cast.enforcer, now=NOW)
    response = client.get(url(carried))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == PDF
    assert client.get(url(other)).status_code == 404


def test_only_reading_is_possible_and_only_signed_in(case: Case, cast: Cast, sign_in, client) -> None:
    file = stored(case, cast)
    assert sign_in(cast.clerk).post(url(file)).status_code == 405
    response = client.get(url(file))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_missing_bytes_are_said_and_not_noted_as_read(case: Case, cast: Cast, sign_in) -> None:
    file = stored(case, cast)
    storages["private"].delete(file.storage_name)
    assert sign_in(cast.clerk).get(url(file)).status_code == 404
    assert not LedgerEntry.objects.filter(action="file.read").exists()
