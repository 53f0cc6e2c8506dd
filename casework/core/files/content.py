"""What is inside a file must be what its name says (R-74). Reads the stream, writes nothing."""

import io
import zipfile
from typing import BinaryIO

import filetype
from PIL import Image, UnidentifiedImageError

from casework.core.files.archive import BadArchive, look_inside
from casework.core.files.rules import FileRefused, FileType

HEAD = 8192  # bytes that a type is guessed from
MAX_PIXELS = 120_000_000  # a 100-megapixel phone photo passes, a decompression bomb does not
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FAMILY_MIMES = {
    "pdf": {"application/pdf"},
    "image": {"image/jpeg", "image/png"},
}


def check_content(name: str, kind: FileType, stream: BinaryIO) -> None:
    """Raise ``FileRefused`` unless the bytes of ``stream`` are of ``kind``; the stream ends at its start."""
    stream.seek(0)
    head = stream.read(HEAD)
    try:
        if kind.family in {"ooxml", "ofd"}:
            _check_container(name, kind, head, stream)
        elif kind.family == "ole":
            _check_ole(name, kind, head, stream)
        else:
            _check_plain(name, kind, head, stream)
    finally:
        stream.seek(0)


def _differs(name: str, kind: FileType) -> FileRefused:
    return FileRefused(f"文件「{name}」未上传：内容不是{kind.label}，与扩展名不符。请用原软件另存后再上传。")


def _check_plain(name: str, kind: FileType, head: bytes, stream: BinaryIO) -> None:
    found = filetype.guess(head)
    if found is None or found.mime != kind.content_type or found.mime not in _FAMILY_MIMES[kind.family]:
        raise _differs(name, kind)
    if _is_archive_too(stream):
        raise FileRefused(f"文件「{name}」未上传：文件中夹带了压缩包。请只上传{kind.label}本身。")
    if kind.family == "pdf":
        # The signature stands at the very start: a page of HTML with a PDF in it is not a PDF.
        if not head.startswith(b"%PDF-1.") and not head.startswith(b"%PDF-2."):
            raise _differs(name, kind)
    else:
        _check_image(name, kind, stream)


def _is_archive_too(stream: BinaryIO) -> bool:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def _check_image(name: str, kind: FileType, stream: BinaryIO) -> None:
    stream.seek(0)
    try:
        with Image.open(stream, formats=["JPEG", "PNG"]) as image:
            width, height = image.size
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _differs(name, kind) from error
    if width * height > MAX_PIXELS:
        raise FileRefused(f"文件「{name}」未上传：图片有{width}×{height}像素，尺寸过大。请缩小后再上传。")


def _check_container(name: str, kind: FileType, head: bytes, stream: BinaryIO) -> None:
    if head.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in _all(stream):
        raise FileRefused(f"文件「{name}」未上传：文件设置了打开密码。请取消密码后再上传。")
    if not head.startswith(b"PK\x03\x04"):
        raise _differs(name, kind)
    try:
        parts = look_inside(stream)
    except BadArchive as error:
        raise FileRefused(f"文件「{name}」未上传：{error}") from error
    if kind.part not in parts or (kind.family == "ooxml" and "[Content_Types].xml" not in parts):
        raise _differs(name, kind)


def _check_ole(name: str, kind: FileType, head: bytes, stream: BinaryIO) -> None:
    if not head.startswith(_OLE):
        raise _differs(name, kind)
    data = _all(stream)
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise FileRefused(f"文件「{name}」未上传：文件设置了打开密码。请取消密码后再上传。")
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise FileRefused(f"文件「{name}」未上传：文件含有宏。请另存为不含宏的文档后再上传。")
    streams = [kind.part, "Book"] if kind.part == "Workbook" else [kind.part]
    if not any(f"{part}\0".encode("utf-16-le") in data for part in streams):
        raise _differs(name, kind)


def _all(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read()


def stream_of(data: bytes) -> BinaryIO:
    """A readable stream over ``data``."""
    return io.BytesIO(data)
