"""Check digits of codes, against the standards' own examples and public bodies."""

import csv
import os
from pathlib import Path

import pytest

from portal.accounts.codes import citizen_id_ok, normalise, org_code_ok, uscc_ok, uscc_well_formed


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("11370800MB28559184", True),  # organisation part begins with letters
        ("91110000600037341L", True),
        ("N2460400MF0000001U", True),  # rural collectives begin with N
        ("11370800MB28559185", False),
        ("1151130108778239R", False),  # 17 characters
        ("11441700007280420I", False),  # I is not in the alphabet
        ("", False),
    ],
)
def test_uscc(code: str, ok: bool):
    assert uscc_ok(code) is ok


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("11010519491231002X", True),
        ("440524188001010014", True),  # born 1880, the standard's own example
        ("810000199408230021", True),  # residence permit
        ("110105194912310021", False),
        ("110105194902300020", False),  # 30 February
        ("11010519491231002x", False),  # not normalised
        ("٣" * 18, False),  # digits, but not ours
        ("", False),
    ],
)
def test_citizen_numbers(code: str, ok: bool):
    assert citizen_id_ok(code) is ok


@pytest.mark.parametrize(
    ("code", "ok"),
    [("00821984-0", True), ("76726532X", True), ("00821984-1", False), ("", False), ("-", False)],
)
def test_organisation_codes(code: str, ok: bool):
    assert org_code_ok(code) is ok


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("１１５１１３０１６８２３６４６７９５", "115113016823646795"),
        (" 1137 0800 mb28 5591-84 ", "11370800MB28559184"),
        ("00821984－0", "008219840"),
    ],
)
def test_normal_form(typed: str, normal: str):
    assert normalise(typed) == normal


def test_form_and_check_are_told_apart():
    assert uscc_well_formed("11370800MB28559185")
    assert not uscc_well_formed("11370800mb28559184")


@pytest.mark.realdata
def test_every_collected_vector_comes_out_as_expected():
    folder = os.environ.get("REAL_DATA_DIR", "")
    if not folder:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("REAL_DATA_DIR is unset")
        pytest.skip("REAL_DATA_DIR is unset")
    judges = {"uscc": uscc_ok, "org_code": org_code_ok, "citizen_id": citizen_id_ok}
    with (Path(folder) / "id_vectors.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    wrong = [row for row in rows if judges[row["kind"]](row["value"]) != (row["expected"] == "valid")]
    assert wrong == []
