"""What is inside must be what the name says: polyglots, wrong types, bombs (R-70, R-71, R-74)."""

import io
import struct
import time
import zipfile
import zlib

import pytest
from PIL import Image

from casework.core.files import archive
from casework.core.files.content import check_content, stream_of
from casework.core.files.rules import FileRefused, type_of_name
from tests.core.rooms import PDF, office, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, kind)
    return buffer.getvalue()


def utf16(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def huge_png() -> bytes:
    """A PNG of a few bytes that claims 30000 x 30000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def check(name: str, data: bytes) -> None:
    check_content(name, type_of_name(name), stream_of(data))


GOOD = {
    "a.pdf": PDF,
    "a.docx": office(),
    "a.xlsx": office("xl/workbook.xml"),
    "a.ofd": zipped({"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<Document/>"}),
    "a.jpg": picture("JPEG"),
    "a.jpeg": picture("JPEG"),
    "a.png": picture("PNG"),
    "a.doc": OLE + utf16("WordDocument"),
    "a.xls": OLE + utf16("Workbook"),
    "old.xls": OLE + utf16("Book"),
    "带表格.docx": office(extra={"word/embeddings/表格.xlsx": office("xl/workbook.xml")}),
    "带图.docx": office(extra={"word/media/image1.png": picture("PNG")}),
}


@pytest.mark.parametrize("name", GOOD)
def test_true_files_pass_and_the_stream_is_rewound(name: str) -> None:
    stream = stream_of(GOOD[name])
    check_content(name, type_of_name(name), stream)
    assert stream.tell() == 0


HTML = b"<!doctype html><script>alert(1)</script>"
WRONG = {
    "html.pdf": HTML,
    "html-then-pdf.pdf": HTML + PDF,
    "blank-then-pdf.pdf": b"\n" + PDF,
    "pdf-and-zip.pdf": PDF + zipped({"x.exe": b"MZ"}),
    "exe.pdf": b"MZ" + b"\0" * 200,
    "docx.pdf": office(),
    "pdf.docx": PDF,
    "xlsx.docx": office("xl/workbook.xml"),
    "docx.xlsx": office(),
    "plain-zip.docx": zipped({"word/document.xml": b"<a/>"}),
    "plain-zip.ofd": zipped({"readme.txt": b"x"}),
    "jar.docx": zipped({"META-INF/MANIFEST.MF": b"x", "A.class": b"\xca\xfe\xba\xbe"}),
    "pdf-then-zip.docx": PDF + office(),
    "zip-then-tail.docx": office() + HTML,
    "png.jpg": picture("PNG"),
    "jpg.png": picture("JPEG"),
    "gif.png": b"GIF89a" + b"\0" * 100,
    "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "gifar.jpg": picture("JPEG") + zipped({"A.class": b"\xca\xfe\xba\xbe"}),
    "half.png": picture("PNG", (300, 300))[:60],
    "bomb.png": huge_png(),
    "ppt.doc": OLE + utf16("PowerPoint Document"),
    "xls.doc": OLE + utf16("Workbook"),
    "rtf.doc": b"{\\rtf1 x}",
    "macro.doc": OLE + utf16("WordDocument") + utf16("_VBA_PROJECT"),
    "locked.docx": OLE + utf16("EncryptedPackage"),
    "empty-zip.docx": zipped({}),
    "text.doc": b"hello",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_types_and_polyglots_are_refused(name: str) -> None:
    with pytest.raises(FileRefused, match="未上传"):
        check(name, WRONG[name])


def test_reasons_say_what_to_do() -> None:
    for name, words in (
        ("locked.docx", "打开密码"),
        ("macro.doc", "宏"),
        ("pdf-and-zip.pdf", "压缩包"),
        ("zip-then-tail.docx", "尾部"),
    ):
        with pytest.raises(FileRefused, match=words):
            check(name, WRONG[name])


def lying_size() -> bytes:
    """The directory declares 10 bytes where 5 MB come out."""
    data = bytearray(office(extra={"word/media/a.bin": b"\0" * 5_000_000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def encrypted_entry() -> bytes:
    data = bytearray(office())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        data[at + offset] |= 1
    return bytes(data)


def overlapping() -> bytes:
    """Two directory rows that point at one local header: the quoted-overlap bomb in small."""
    data = bytearray(
        zipped(
            {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>", "word/document.xmm": b"<a/>"}
        )
    )
    first = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", first + 4)
    third = data.find(b"PK\x01\x02", second + 4)
    data[third + 42 : third + 46] = data[second + 42 : second + 46]
    return bytes(data)


BOMBS = {
    "ratio": office(extra={"word/big.bin": b"\0" * 30_000_000}),
    "total": office(extra={f"word/{n}.bin": b"\0" * 30_000_000 for n in range(8)}),
    "entries": office(extra={f"word/{n}.txt": b"x" for n in range(archive.MAX_ENTRIES + 1)}),
    "nested": office(extra={"word/embeddings/a.docx": office(extra={"word/big.bin": b"\0" * 30_000_000})}),
    "too deep": office(extra={"a.docx": office(extra={"b.docx": office(extra={"c.docx": office()})})}),
    "zip inside": office(extra={"word/media/x.zip": zipped({"a": b"b"})}),
    "disguised zip inside": office(extra={"word/media/x.png": zipped({"a": b"b"})}),
    "lying size": lying_size(),
    "overlap": overlapping(),
    "encrypted": encrypted_entry(),
    "climbs": office(extra={"../../evil.xml": b"<a/>"}),
    "absolute": office(extra={"/etc/passwd": b"x"}),
    "backslash": office(extra={"..\\evil.xml": b"<a/>"}),
    "macro": office(extra={"word/vbaProject.bin": b"x"}),
    "program": office(extra={"word/run.exe": b"MZ"}),
    "doctype": office(extra={"word/a.xml": b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"}),
    "doctype in utf-16": office(extra={"word/a.xml": "<!DOCTYPE a>".encode("utf-16")}),
    "doctype over two chunks": office(extra={"word/a.xml": b" " * (archive.CHUNK - 4) + b"<!DOCTYPE a>"}),
    "cut off": office()[:-40],
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_within_two_seconds(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(FileRefused, match="未上传"):
        check("bomb.docx", BOMBS[name])
    assert time.monotonic() - began < 2


def test_the_central_directory_is_believed_only_after_unpacking() -> None:
    with pytest.raises(FileRefused, match=r"损坏|不符"):
        check("lying.docx", lying_size())


def test_old_names_in_another_code_page_are_no_overlap() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("[Content_Types].xml", "<Types/>")
        container.writestr("word/document.xml", "<a/>")
        container.writestr("word/media/é图.txt", "x")
    check("names.docx", buffer.getvalue())
