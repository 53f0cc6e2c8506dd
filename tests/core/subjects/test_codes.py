"""Codes of legal subjects against the table of vectors, a real list and altered characters."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.core.subjects.models import CodeKind, SubjectKind
from casework.core.subjects.rules import normalise_name, why_not_code, why_not_pair
from portal.accounts.codes import USCC_ALPHABET, citizen_id_ok, normalise, org_code_ok, uscc_ok

CHECKS = {"uscc": uscc_ok, "citizen_id": citizen_id_ok, "org_code": org_code_ok}
with (Path(__file__).parent / "id_vectors.csv").open(encoding="utf-8-sig") as handle:
    VECTORS = list(csv.DictReader(handle))


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['kind']} {row['value']}")
def test_vectors(row) -> None:
    assert CHECKS[row["kind"]](row["value"]) is (row["expected"] == "valid")
    if row["note"].endswith("normalise first") or "normalise (NFKC) first" in row["note"]:
        assert CHECKS[row["kind"]](normalise(row["value"]))


def test_the_table_was_read() -> None:
    assert {row["kind"] for row in VECTORS} == set(CHECKS)
    assert len(VECTORS) == 26


@pytest.mark.realdata
@pytest.mark.skipif(not os.environ.get("REAL_DATA_DIR"), reason="REAL_DATA_DIR is not set")
def test_codes_of_public_bodies() -> None:
    path = Path(os.environ["REAL_DATA_DIR"]) / "uscc_public_org_vectors.csv"
    with path.open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    value = next(name for name in rows[0] if name in {"value", "code", "uscc"})
    assert sum(uscc_ok(row[value]) for row in rows) == 40


@given(place=st.integers(0, 17), char=st.sampled_from(USCC_ALPHABET))
def test_one_wrong_character_is_always_found(place: int, char: str) -> None:
    good = "91110000600037341L"
    altered = good[:place] + char + good[place + 1 :]
    assert uscc_ok(altered) is (altered == good)


@given(place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_citizen_number_is_always_found(place: int, digit: str) -> None:
    good = "11010519491231002X"
    altered = good[:place] + digit + good[place + 1 :]
    assert citizen_id_ok(altered) is (altered == good)


@given(st.text(max_size=24))
def test_no_text_breaks_a_check(text: str) -> None:
    for check in CHECKS.values():
        assert check(text) in (True, False)
        assert check(normalise(text)) in (True, False)


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert not citizen_id_ok("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (" 9111 0000 6000 3734 1l ", "91110000600037341L"),
        ("９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("11010519491231002x\n", "11010519491231002X"),
    ],
)
def test_normalise(raw, code) -> None:
    assert normalise(raw) == code


def test_a_name_keeps_its_full_width_brackets() -> None:
    assert normalise_name("  示例（儋州） 有限公司 ") == "示例（儋州） 有限公司"


@pytest.mark.parametrize(
    ("code_kind", "code", "said"),
    [
        (CodeKind.USCC, "", "请填写证件号码"),
        (CodeKind.USCC, "91110000600037341M", "统一社会信用代码不正确"),
        (CodeKind.CITIZEN_ID, "110105194912310021", "居民身份证号码不正确"),
        (CodeKind.PASSPORT, "E1", "4至40位"),
        (CodeKind.OTHER, "1" * 41, "4至40位"),
        (CodeKind.PASSPORT, "E12345678", ""),
        (CodeKind.USCC, "91110000600037341L", ""),
    ],
)
def test_why_a_code_cannot_stand(code_kind, code, said) -> None:
    why = why_not_code(code_kind, code)
    assert why.startswith(said) or said in why
    assert bool(why) is bool(said)


@pytest.mark.parametrize(
    ("kind", "code_kind", "fits"),
    [
        (SubjectKind.ORGANISATION, CodeKind.USCC, True),
        (SubjectKind.BUSINESS, CodeKind.USCC, True),
        (SubjectKind.PERSON, CodeKind.CITIZEN_ID, True),
        (SubjectKind.PERSON, CodeKind.USCC, False),
        (SubjectKind.ORGANISATION, CodeKind.CITIZEN_ID, False),
    ],
)
def test_kinds_of_subject_and_of_code(kind, code_kind, fits) -> None:
    assert (why_not_pair(kind, code_kind) == "") is fits
