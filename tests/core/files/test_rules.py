"""Names and sizes."""

import pytest

from casework.core.files.rules import (
    ALLOWED,
    FileRefused,
    check_count,
    check_size,
    clean_name,
    type_of_name,
)

ODD_NAMES = [
    ("报告.pdf", "报告.pdf"),
    ("../../etc/passwd.pdf", "passwd.pdf"),
    ("..\\..\\windows\\win.pdf", "win.pdf"),
    ("/绝对/路径.pdf", "路径.pdf"),
    ("C:\\桌面\\材料.docx", "材料.docx"),
    ("a\x00b.pdf", "ab.pdf"),
    ("a\x00.exe\x00.pdf", "a.exe.pdf"),
    ("发票\u202efdp.exe", "发票fdp.exe"),  # right-to-left override
    ("\u2066甲\u2069.pdf", "甲.pdf"),
    ("零\u200b宽\ufeff.pdf", "零宽.pdf"),
    ("换\r\n行: x.pdf", "换行 x.pdf"),
    ("全角．ｐｄｆ", "全角.pdf"),
    ("平面图（一层）：甲，乙.pdf", "平面图（一层）：甲，乙.pdf"),
    ("..／..＼秘密.pdf", "秘密.pdf"),
    ("引\"号';<>|?*.pdf", "引号'.pdf"),
    ("  空  格 .pdf", "空 格.pdf"),
    (".pdf", "pdf"),
    ("...", "未命名"),
    ("", "未命名"),
    ("/", "未命名"),
    ("。.png", "。.png"),
    ("尾点.pdf.", "尾点.pdf"),
    ("尾空格.pdf   ", "尾空格.pdf"),
]


@pytest.mark.parametrize(("raw", "cleaned"), ODD_NAMES)
def test_odd_names_become_harmless(raw: str, cleaned: str) -> None:
    assert clean_name(raw) == cleaned


@pytest.mark.parametrize("raw", ["长" * 4096 + ".pdf", "x" * 300, "a." + "b" * 500])
def test_long_names_keep_to_200_characters(raw: str) -> None:
    assert 0 < len(clean_name(raw)) <= 200


def test_a_long_name_keeps_its_extension() -> None:
    assert clean_name("长" * 4096 + ".pdf").endswith(".pdf")


@pytest.mark.parametrize("extension", sorted(ALLOWED))
def test_allowed_extensions_in_any_case(extension: str) -> None:
    assert type_of_name(f"材料.{extension.upper()}") is ALLOWED[extension]


@pytest.mark.parametrize(
    "name",
    [
        "x.exe",
        "x.html",
        "x.svg",
        "x.zip",
        "x.docm",
        "x.pdf.exe",
        "x.php",
        "无扩展名",
        "x.",
        "pdf",
        "x.js",
        "x.rar",
    ],
)
def test_other_extensions_are_refused(name: str) -> None:
    with pytest.raises(FileRefused, match="未上传"):
        type_of_name(name)


def test_empty_and_oversized_files_are_refused() -> None:
    with pytest.raises(FileRefused, match="空的"):
        check_size("a.pdf", 0, 10)
    check_size("a.pdf", 10, 10)
    with pytest.raises(FileRefused, match="20MB"):
        check_size("a.pdf", 20 * 1024 * 1024 + 1, 20 * 1024 * 1024)


def test_the_number_of_files_is_capped() -> None:
    check_count(29, 1, 30)
    with pytest.raises(FileRefused, match="已有29个"):
        check_count(29, 2, 30)
