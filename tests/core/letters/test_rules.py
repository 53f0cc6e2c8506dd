"""What may stand in a letter, and its numbers."""

import pytest

from casework.core.letters.kinds import LETTER_KINDS, NOTICE_KINDS, document_number, spec_of
from casework.core.letters.models import LetterKind, Notice
from casework.core.letters.rendering import shown
from casework.core.letters.rules import BadLetter, check_facts, has_citizen_id

TRUE_NUMBER = "11010519491231002X"  # the specimen printed in GB 11643


def test_every_kind_is_described_and_series_do_not_collide() -> None:
    assert set(LETTER_KINDS) == set(LetterKind.values)
    assert set(NOTICE_KINDS) == set(Notice.Kind.values)
    series = [spec.series for spec in LETTER_KINDS.values()] + [spec.series for spec in NOTICE_KINDS.values()]
    assert len(series) == len(set(series))


def test_only_a_result_can_be_claimed_or_returned() -> None:
    assert spec_of(LetterKind.RESULT).may_claim
    assert spec_of(LetterKind.RESULT).may_return
    assert not spec_of(LetterKind.CIRCULATION).may_claim
    assert not spec_of(LetterKind.CIRCULATION).may_return


def test_numbers_are_written_as_offices_write_them() -> None:
    assert document_number("儋审联", 2026, 12) == "儋审联〔2026〕12号"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TRUE_NUMBER, True),
        (TRUE_NUMBER.lower(), True),
        (f"申请人身份证{TRUE_NUMBER}，", True),
        ("110105194912310021", False),  # wrong check character
        ("4604002026090700001", False),  # a case number
        ("91460400MA5TEST00X", False),  # an organisation's code
        (f"9{TRUE_NUMBER}", False),
        ("", False),
    ],
)
def test_citizen_numbers_are_recognised(text: str, found: bool) -> None:
    assert has_citizen_id(text) is found


@pytest.mark.parametrize(
    ("title", "facts"),
    [
        (TRUE_NUMBER, {}),
        ("x", {"决定理由": f"经核验{TRUE_NUMBER}"}),
        ("x", {"a": [{"b": TRUE_NUMBER}]}),
        ("x", {TRUE_NUMBER: 1}),
    ],
)
def test_a_citizen_number_never_leaves_the_platform(title: str, facts: dict) -> None:
    with pytest.raises(BadLetter, match="身份证"):
        check_facts(title, facts)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "无"),
        ("", "无"),
        ([], "无"),
        ({}, "无"),
        (True, "是"),
        (False, "否"),
        (0, "0"),
        (["甲", "乙"], "甲、乙"),
        ({"甲": 1, "乙": None}, "甲：1；乙：无"),
    ],
)
def test_facts_as_words(value: object, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize("text", ["13800000000", "电话13800000000。", "1：19912345678，2"])
def test_a_mobile_phone_never_leaves_the_platform(text: str) -> None:
    with pytest.raises(BadLetter, match="手机号码"):
        check_facts("x", {"决定理由": text})


@pytest.mark.parametrize(
    "text", ["4604002026090713800", "12800000000", "138000000001", "0898-12345678", "A13800000000"]
)
def test_other_numbers_may_stand_in_a_letter(text: str) -> None:
    check_facts(text, {"a": text})
