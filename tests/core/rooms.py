"""A case with people around it, made directly: what the kernel's rooms need to be tested by themselves."""

import io
import zipfile
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from casework.core.cases.models import Case, CaseState, Participation
from casework.core.files.actions import store
from casework.core.files.models import StoredFile
from casework.core.outbox.models import Channel, Endpoint
from casework.core.subjects.models import CodeKind, Subject, SubjectKind
from cms_pages.models import GuideVersion
from portal.accounts.encryption import blind_index
from portal.accounts.models import Department
from tests.cast import NOW, Cast

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def make_case(
    cast: Cast, version: GuideVersion, *, number: str = "460400202609070000001", now: datetime = NOW
) -> Case:
    """A closed-over case of an organisation, with window, approver and one unit taking part."""
    subject, _ = Subject.objects.get_or_create(
        code_index=blind_index("91460400MA5TEST00X"),
        defaults={
            "kind": SubjectKind.ORGANISATION,
            "name": "示例餐饮有限公司",
            "code_kind": CodeKind.USCC,
            "code": "91460400MA5TEST00X",
            "created_at": now,
        },
    )
    case = Case.objects.create(
        number=number,
        query_code="ABCD2345",
        item=version.item,
        guide_version=version,
        applicant=subject,
        applicant_name=subject.name,
        window=cast.window,
        approver=cast.approver,
        state=CaseState.ACCEPTED,
        received_at=now,
        accepted_at=now,
        created_by=cast.clerk,
    )
    capacity = Participation.Capacity
    for department, role in (
        (cast.window, capacity.WINDOW),
        (cast.approver, capacity.APPROVER),
        (cast.unit_a, capacity.UNIT),
        (cast.competent, capacity.SUPERVISOR),
    ):
        Participation.objects.create(case=case, department=department, capacity=role, since=now)
    return case


def upload(name: str = "营业执照.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def stored(case: Case, cast: Cast, *, name: str = "营业执照.pdf", data: bytes = PDF) -> StoredFile:
    return store(
        case=case,
        upload=upload(name, data),
        purpose="申请材料",
        department=cast.window,
        by=cast.clerk,
        now=NOW,
    )


def endpoint(
    department: Department, channel: Channel, address: str, *, secret: str = "", active: bool = True
) -> Endpoint:
    return Endpoint.objects.create(
        department=department, channel=channel, address=address, secret=secret, active=active
    )


def zipped(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these parts, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def office(part: str = "word/document.xml", *, extra: dict[str, bytes] | None = None) -> bytes:
    """A small but true office container."""
    return zipped(
        {"[Content_Types].xml": b"<Types/>", part: b"<?xml version='1.0'?><root/>", **(extra or {})}
    )
