"""find_or_create(): one subject per code, the number unreadable at rest, nothing personal in the ledger."""

import pytest
from django.db import connection

from casework.core.ledger.models import LedgerEntry
from casework.core.subjects.actions import BadSubject, find_or_create
from casework.core.subjects.models import CodeKind, Subject, SubjectKind
from tests.cast import NOW, at

pytestmark = pytest.mark.django_db
COMPANY = {
    "kind": SubjectKind.ORGANISATION,
    "name": "示例餐饮有限公司",
    "code_kind": CodeKind.USCC,
    "code": "91110000600037341L",
    "now": NOW,
}
CITIZEN = {
    "kind": SubjectKind.PERSON,
    "name": "示例人",
    "code_kind": CodeKind.CITIZEN_ID,
    "code": "11010519491231002X",
    "now": NOW,
}


def test_registered_once_however_it_is_written() -> None:
    first = find_or_create(**COMPANY)
    again = find_or_create(
        **{**COMPANY, "code": " ９1110000 600037341l", "name": "改名后公司", "now": at(9, 8)}
    )
    assert again.pk == first.pk
    assert (again.name, again.code, again.created_at) == ("示例餐饮有限公司", "91110000600037341L", NOW)
    assert LedgerEntry.objects.filter(action="subject.registered").count() == 1


def test_the_same_digits_of_another_kind_are_somebody_else() -> None:
    number = {**CITIZEN, "code": "E12345678"}
    passport = find_or_create(**{**number, "code_kind": CodeKind.PASSPORT})
    other = find_or_create(**{**number, "code_kind": CodeKind.OTHER})
    assert passport.pk != other.pk


def test_the_number_is_unreadable_at_rest_and_masked_on_screen() -> None:
    subject = find_or_create(**CITIZEN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, code_index FROM casework_subject")
        stored = cursor.fetchone()
    assert not any("19491231" in text for text in stored)
    assert Subject.objects.get().code == CITIZEN["code"]
    assert subject.shown_code == "110105********002X"


def test_neither_name_nor_number_is_in_the_ledger() -> None:
    find_or_create(**CITIZEN)
    entry = LedgerEntry.objects.get(action="subject.registered")
    assert "示例人" not in entry.payload
    assert "19491231" not in entry.payload


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"code": ""}, "code"),
        ({"code": "91110000600037341M"}, "code"),
        ({"kind": SubjectKind.PERSON}, "code_kind"),
    ],
)
def test_what_cannot_stand_is_refused_at_its_field(change, field) -> None:
    with pytest.raises(BadSubject) as refused:
        find_or_create(**{**COMPANY, **change})
    assert refused.value.field == field
    assert not Subject.objects.exists()
