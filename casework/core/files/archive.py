"""Look inside a zip container before anybody opens it (R-70, R-71): declared sizes first, then the bytes.

An office document or an OFD is a zip. It may be a bomb, lie about its sizes, carry paths that climb out of
a folder, a second archive, a macro or an XML document type.
"""

import io
import posixpath
import zipfile
import zlib
from typing import BinaryIO

MAX_ENTRIES = 3000
MAX_TOTAL = 200 * 1024 * 1024  # bytes when unpacked
MAX_RATIO = 120  # unpacked : packed, over the whole file
RATIO_FROM = 4 * 1024 * 1024  # small files may be as regular as they like
MAX_DEPTH = 1  # an Excel table embedded in a Word document; nothing inside that
CHUNK = 65536
_LOCAL_HEADER = 30  # bytes before the name in a local file header
_END = b"PK\x05\x06"
_END_SIZE = 22
_MARKUP = (".xml", ".rels", ".vml")
_OFFICE = (".docx", ".xlsx", ".pptx")
_DOCTYPE = tuple(
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
)
_PROGRAMS = (
    ".exe",
    ".dll",
    ".com",
    ".scr",
    ".bat",
    ".cmd",
    ".ps1",
    ".vbs",
    ".js",
    ".jar",
    ".msi",
    ".lnk",
    ".hta",
    ".sh",
)
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".bz2", ".xz", ".tar", ".cab", ".iso")


class BadArchive(Exception):
    """The container may not be taken in; ``str()`` is a Chinese sentence."""


def look_inside(stream: BinaryIO, *, depth: int = 0) -> frozenset[str]:
    """Return the names of the entries. Raises ``BadArchive``.

    Never keeps more than one chunk in memory, except for an embedded document (capped by the same sizes).
    """
    _check_end(stream)
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            _check_declared(entries)
            for entry in entries:
                _check_entry(archive, entry, depth)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise BadArchive("文件已损坏或结构不正常，无法读取。请用原软件另存后再上传。") from error
    return frozenset(entry.filename for entry in entries)


def _check_end(stream: BinaryIO) -> None:
    """The directory's end record is the last thing in the file: nothing is appended behind it."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(size - _END_SIZE, 0))
    if stream.read(4) != _END:
        raise BadArchive("文件尾部夹带了其他内容或已损坏。请用原软件另存后再上传。")


def _check_declared(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise BadArchive("文件内没有内容。请检查后重新选择。")
    total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_TOTAL:
        raise BadArchive("文件展开后过大。请精简内容（如压缩图片）后再上传。")
    if total > RATIO_FROM and total > MAX_RATIO * max(packed, 1):
        raise BadArchive("文件压缩比异常，疑似压缩炸弹。请用原软件另存后再上传。")
    if len({e.filename for e in entries}) != len(entries):
        raise BadArchive("文件内有重名的部分，结构不正常。请用原软件另存后再上传。")
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end or (end == 0 and entry.header_offset != 0):
            raise BadArchive("文件内各部分互相重叠，疑似压缩炸弹。请用原软件另存后再上传。")
        end = entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, depth: int) -> None:
    name = entry.filename
    if entry.flag_bits & 0x1:
        raise BadArchive("文件设置了打开密码。请取消密码后再上传。")
    if _climbs(entry.orig_filename):
        raise BadArchive("文件内有不正常的路径。请用原软件另存后再上传。")
    lower = name.lower()
    if lower.endswith(_PROGRAMS) or "vbaproject" in lower:
        raise BadArchive("文件中含有宏或程序。请另存为不含宏的文档后再上传。")
    if lower.endswith(_ARCHIVES):
        raise BadArchive("文件中夹带了压缩包。请把其中的文件分别上传。")
    if lower.endswith(_OFFICE):
        if depth >= MAX_DEPTH:
            raise BadArchive("文件内嵌套的文档层数过多。请把其中的文件分别上传。")
        look_inside(io.BytesIO(archive.read(entry)), depth=depth + 1)
    else:
        _read_through(archive, entry, markup=lower.endswith(_MARKUP))


def _climbs(name: str) -> bool:
    if "\\" in name or "\0" in name or name.startswith("/") or ":" in name:
        return True
    return posixpath.normpath(name).startswith("..")


def _read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, markup: bool) -> None:
    """Unpack to nowhere: a size or a checksum that lies raises; XML must not define a document type."""
    seen, tail = 0, b""
    with archive.open(entry) as part:
        while chunk := part.read(CHUNK):
            if seen == 0 and chunk.startswith(b"PK\x03\x04"):
                raise BadArchive("文件中夹带了压缩包。请把其中的文件分别上传。")
            seen += len(chunk)
            window = tail + chunk
            if markup and any(word in window for word in _DOCTYPE):
                raise BadArchive("文件的XML中含有文档类型或实体定义，存在安全风险。请用原软件另存后再上传。")
            tail = chunk[-32:]
    if seen != entry.file_size:
        raise BadArchive("文件内声明的大小与实际不符。请用原软件另存后再上传。")
