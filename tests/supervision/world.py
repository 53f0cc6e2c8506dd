"""Closed cases and their pushes, made in one step: what intake and approval leave behind when a case ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework.core.cases.actions import take_part
from casework.core.cases.models import Case, CaseResult, CaseState, Participation
from casework.core.files.models import StoredFile
from casework.core.licences.models import Licence
from casework.core.subjects.models import CodeKind, Subject, SubjectKind
from casework.models import Decision, ResultPush, SubmittedMaterial
from casework.supervision import actions
from cms_pages.models import GuideVersion
from portal.accounts.models import Department
from tests.cast import NOW, Cast


@dataclass(frozen=True)
class Closed:
    """What the event of a closed case carries."""

    case: Case
    now: datetime
    by: object


def subject(number: int, *, person: bool = False, now: datetime = NOW) -> Subject:
    """An organisation (示例) or a natural person, different for each ``number``."""
    kind = SubjectKind.PERSON if person else SubjectKind.ORGANISATION
    return Subject.objects.create(
        kind=kind,
        name=f"王示例{number}" if person else f"示例餐饮{number:03d}有限公司",
        code_kind=CodeKind.CITIZEN_ID if person else CodeKind.USCC,
        code=f"46040019900101{number:04d}" if person else f"91460400MA5T{number:06d}",
        code_index=f"{kind}-{number}",
        created_at=now,
    )


def closed_case(
    cast: Cast,
    version: GuideVersion,
    number: int = 1,
    *,
    granted: bool = True,
    person: bool = False,
    now: datetime = NOW,
) -> Case:
    """A decided and closed case with its licence and one submitted file; nothing pushed yet."""
    result = CaseResult.GRANTED if granted else CaseResult.REFUSED
    holder = subject(number, person=person, now=now)
    case = Case.objects.create(
        number=f"46040020260907{number:05d}",
        query_code="ABCD2345",
        item=version.item,
        guide_version=version,
        applicant=holder,
        applicant_name=holder.name,
        window=cast.window,
        approver=cast.approver,
        state=CaseState.CLOSED,
        result=result,
        received_at=now,
        accepted_at=now,
        decided_at=now,
        closed_at=now,
        created_by=cast.clerk,
    )
    take_part(case, cast.window, Participation.Capacity.WINDOW, now=now)
    take_part(case, cast.approver, Participation.Capacity.APPROVER, now=now)
    Decision.objects.create(
        case=case,
        version=1,
        outcome=result,
        reasons="符合规定的条件、标准" if granted else "场所不符合卫生要求",
        basis="《中华人民共和国食品安全法》第三十五条",
        proposed_by=cast.handler,
        proposed_at=now,
        approved_by=cast.chief,
        approved_at=now,
    )
    if granted:
        Licence.objects.create(
            number=f"示例许〔2026〕{number}号",
            name="示例食品经营许可证",
            case=case,
            item=version.item,
            holder=holder,
            holder_name=holder.name,
            scope="食品销售（示例）",
            issued_by=cast.approver,
            issued_at=now,
            valid_from=now.date(),
            valid_to=now.date().replace(year=now.year + 5),
        )
    material = SubmittedMaterial.objects.create(
        case=case, position=1, name="申请书", necessity="1", provided=True
    )
    material.files.add(stored_file(case, cast.window, cast, name="申请书.pdf", now=now))
    return case


def stored_file(
    case: Case, department: Department, cast: Cast, *, name: str, now: datetime = NOW
) -> StoredFile:
    """A row of a private file; nothing lies on disk."""
    return StoredFile.objects.create(
        case=case,
        name=name,
        storage_name=f"{case.number}-{name}",
        content_type="application/pdf",
        size=1234,
        sha256="a" * 64,
        purpose="申请材料",
        uploaded_by=cast.clerk,
        department=department,
        uploaded_at=now,
    )


def pushed(
    cast: Cast, version: GuideVersion, number: int = 1, *, now: datetime = NOW, **how: bool
) -> ResultPush:
    """A case whose result was just pushed; returns the push in the competent department's inbox."""
    case = closed_case(cast, version, number, now=now, **how)
    made = actions.push_result(Closed(case, now, cast.clerk))
    return next(push for push in made if push.department_id == cast.competent.pk)


def supervised_by(version: GuideVersion, rows: list[dict[str, Any]]) -> GuideVersion:
    """An earlier version of the same guide that names other supervisors."""
    return GuideVersion.objects.create(
        item=version.item,
        version=version.version + 1,
        snapshot={**version.snapshot, "supervisors": rows},
        sha256="1" * 64,
        published_at=version.published_at,
        current=False,
    )


def fresh(push: ResultPush) -> ResultPush:
    """The push as another request would load it."""
    return ResultPush.objects.select_related("case__item", "department", "recipient__letter").get(pk=push.pk)
