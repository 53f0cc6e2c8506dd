"""Small item lists, and the real one where the environment names it."""

import os
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

HEADER = ("单位", "事项名称", "事项类型编码", "事项类型", "平台事项编码", "基本编码", "机构代码")
GOOD_USCC = "11370800MB28559184"
REAL_LIST = "items_guangan_district_sichuan_2025.csv"


def row(number: int, **changes: str) -> tuple[str, ...]:
    """A sound row of ``HEADER``; ``changes`` by heading."""
    values = {
        "单位": "示例市市场监督管理局",
        "事项名称": f"示例许可事项{number}",
        "事项类型编码": "01",
        "事项类型": "行政许可",
        "平台事项编码": f"460400-00000{number}-00",
        "基本编码": "000131001000",
        "机构代码": GOOD_USCC,
    } | changes
    return tuple(values[name] for name in HEADER)


@pytest.fixture
def csv_file(tmp_path: Path):
    """``csv_file(rows, header=…, encoding=…)`` writes a csv and gives its path."""

    def write(
        rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, encoding: str = "utf-8-sig"
    ) -> Path:
        path = tmp_path / "items.csv"
        text = "\n".join(",".join(cells) for cells in (header, *rows)) + "\n"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def xlsx_file(tmp_path: Path):
    """``xlsx_file(rows, header=…)`` writes a workbook and gives its path."""

    def write(rows: Sequence[Sequence[object]], header: Sequence[str] = HEADER) -> Path:
        path = tmp_path / "items.xlsx"
        book = openpyxl.Workbook()
        for cells in (header, *rows):
            book.active.append(list(cells))
        book.save(path)
        return path

    return write


@pytest.fixture
def tree(site: None, db: None) -> None:
    """The page tree with its guide index."""


@pytest.fixture
def real_list() -> Path:
    """A real city's item list, never copied into the repository."""
    folder = os.environ.get("REAL_DATA_DIR", "")
    path = Path(folder) / REAL_LIST
    if folder and path.is_file():
        return path
    reason = f"REAL_DATA_DIR is unset or has no {REAL_LIST}"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
