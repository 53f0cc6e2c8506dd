"""Files that the applicants of the demo city hand in: one-page PDFs that say what they stand for."""

from django.core.files.uploadedfile import SimpleUploadedFile

# A font every reader brings along for Chinese; nothing is embedded, so a file is about a kilobyte.
_OBJECTS = (
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    "",
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 7 0 R >>",
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
    " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
)


def example_pdf(lines: list[str]) -> bytes:
    """A one-page A4 PDF with ``lines`` of Chinese text."""
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj T*\n" for line in lines)
    stream = f"BT /F1 16 Tf 28 TL 72 760 Td\n{shown}ET"
    content = f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"
    parts, offsets = [b"%PDF-1.4\n"], []
    for number, body in enumerate(_OBJECTS, start=1):
        offsets.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj\n{body or content}\nendobj\n".encode("ascii"))
    start = sum(map(len, parts))
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    parts.append(
        f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
    )
    return b"".join(parts)


def upload(material: str, applicant: str) -> SimpleUploadedFile:
    """The file for one material."""
    data = example_pdf([material, f"申请人：{applicant}", "本文件为演示用的示例材料，内容不具有效力。"])
    return SimpleUploadedFile(f"{material}（示例）.pdf", data, content_type="application/pdf")
