"""Which files may come in, by name and size; what is inside them stands in ``content.py``. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from casework.core.errors import Refusal

NAME_LENGTH = 200  # characters
_SPACES = re.compile(r"\s+")
# Full-width letters, digits, dot and slashes; brackets and commas of Chinese names stay as they are.
_FOLDED = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_FOLDED |= {0xFF0E: ord("."), 0xFF0F: ord("/"), 0xFF3C: ord("/")}
# Other characters that have a meaning in paths or in a download header.
_UNSAFE = re.compile(r'[<>:"|?*;]')


class FileRefused(Refusal):
    """The file may not be taken in; the text says why and what to do."""


@dataclass(frozen=True)
class FileType:
    """A kind of file that is allowed: what it is served as, and how it is looked into."""

    label: str
    content_type: str
    family: str  # "pdf", "ooxml", "ofd", "ole", "image"
    part: str = ""  # the part without which a container is not what its name says


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_JPEG = FileType("JPG图片", "image/jpeg", "image")

ALLOWED: dict[str, FileType] = {
    "pdf": FileType("PDF文档", "application/pdf", "pdf"),
    "ofd": FileType("OFD版式文档", "application/ofd", "ofd", "OFD.xml"),
    "doc": FileType("Word文档", "application/msword", "ole", "WordDocument"),
    "docx": FileType("Word文档", _DOCX, "ooxml", "word/document.xml"),
    "xls": FileType("Excel表格", "application/vnd.ms-excel", "ole", "Workbook"),
    "xlsx": FileType("Excel表格", _XLSX, "ooxml", "xl/workbook.xml"),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": FileType("PNG图片", "image/png", "image"),
}
# Archives are not allowed: each file of an application is looked at, listed and served on its own.
ALLOWED_WORDS = "、".join(ALLOWED)
ACCEPT = ",".join(f".{extension}" for extension in ALLOWED)  # the accept attribute of file inputs


def clean_name(raw: str) -> str:
    """Return the name as it may be shown and offered for download: at most 200 characters.

    Path parts, NUL and other control characters, direction overrides and zero-width characters go;
    full-width letters are folded, so that ``．ｐｄｆ`` is ``.pdf``. A name of which nothing is left is 「未命名」.
    """
    text = unicodedata.normalize("NFC", raw).translate(_FOLDED)
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    text = _UNSAFE.sub("", _SPACES.sub(" ", text)).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot:
        return text[:NAME_LENGTH] or "未命名"
    extension = extension[:20]
    return f"{(stem.strip() or '未命名')[: NAME_LENGTH - len(extension) - 1]}.{extension}"


def type_of_name(name: str) -> FileType:
    """The allowed type that the (clean) name claims. Raises ``FileRefused``."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in ALLOWED:
        shown = f"「.{extension}」" if extension else "没有扩展名的"
        raise FileRefused(f"文件「{name}」未上传：不接受{shown}文件。请改用以下格式：{ALLOWED_WORDS}。")
    return ALLOWED[extension]


def check_size(name: str, size: int, limit: int) -> None:
    """Raise ``FileRefused`` for an empty file and for one over ``limit`` (bytes)."""
    if size <= 0:
        raise FileRefused(f"文件「{name}」未上传：文件是空的，请检查后重新选择。")
    if size > limit:
        raise FileRefused(
            f"文件「{name}」未上传：超过{limit // (1024 * 1024)}MB的上限，请压缩或拆分后再上传。"
        )


def check_count(present: int, coming: int, limit: int) -> None:
    """Raise ``FileRefused`` when a department would have more than ``limit`` files on one case."""
    if present + coming > limit:
        raise FileRefused(
            f"同一办件每个单位最多上传{limit}个文件，已有{present}个，本次{coming}个，请合并后再上传。"
        )
