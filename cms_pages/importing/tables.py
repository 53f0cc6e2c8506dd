"""Reading a table file: xlsx or csv in, numbered rows of text out."""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

ENCODINGS = ("utf-8-sig", "gb18030")  # what spreadsheet programs in China write
MAX_BYTES = 50 * 1024 * 1024


class FileUnreadable(Exception):
    """The file is not a table that can be read; the text says why, in Chinese."""


@dataclass(frozen=True)
class TableRow:
    """A row as it stands in the file: its number (the header is row 1) and its cells, trimmed."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header and the rows below it that are not blank."""

    file_name: str
    sha256: str
    header: tuple[str, ...]
    rows: list[TableRow]


def read_table(path: Path) -> Table:
    """Read the first sheet of an xlsx file, or a csv file in UTF-8 or GB18030.

    Raises ``FileUnreadable`` with a Chinese reason.
    """
    if not path.is_file():
        raise FileUnreadable(f"找不到文件：{path}")
    if path.stat().st_size > MAX_BYTES:
        raise FileUnreadable(f"文件超过{MAX_BYTES // 1024 // 1024}兆字节，请拆分后导入。")
    return table_of(path.name, path.read_bytes())


def table_of(file_name: str, content: bytes) -> Table:
    """The table in the bytes of a file of that name. Raises ``FileUnreadable`` with a Chinese reason."""
    readers = {".xlsx": _xlsx, ".csv": _csv}
    reader = readers.get(Path(file_name).suffix.lower())
    if reader is None:
        raise FileUnreadable("只能导入 xlsx 或 csv 文件。")
    numbered = [
        TableRow(number, cells) for number, cells in enumerate(reader(content), start=1) if any(cells)
    ]
    if not numbered:
        raise FileUnreadable("文件是空的，没有表头。")
    header, *rows = numbered
    return Table(file_name, hashlib.sha256(content).hexdigest(), header.cells, rows)


def column_letter(position: int) -> str:
    """The letter of a column as spreadsheets show it: 0 is A, 26 is AA."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _csv(content: bytes) -> Iterator[tuple[str, ...]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            yield from (
                tuple(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text, newline=""))
            )
        except csv.Error as error:
            raise FileUnreadable(f"csv 文件格式有误：{error}") from error
        return
    raise FileUnreadable("文件的文字编码无法识别，请另存为 UTF-8 编码的 csv 或 xlsx。")


def _xlsx(content: bytes) -> Iterator[tuple[str, ...]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise FileUnreadable("xlsx 文件打不开：可能已加密或已损坏。") from error
    for row in rows:
        yield tuple(_text(cell) for cell in row)


def _text(cell: object) -> str:
    """A cell as text: whole numbers without a point, dates as 2026-09-07."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()
