"""Steps of a case, taken by calling the actions: ``received`` … ``closed`` each build on the one before."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from casework.approval import actions as approval
from casework.core.cases.models import Case, CaseResult
from casework.intake import actions as intake
from casework.intake.actions import Agent, Applicant
from casework.intake.models import CheckKind, HandlingKind
from cms_pages.models import GuideVersion
from tests.cast import NOW, Cast

USCC = "91110000802100433B"  # an example that passes its check character
CITIZEN_ID = "11010519491231002X"  # the example of GB 11643 itself
PHONE = "13800000000"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
COMPANY = Applicant(kind="organisation", name="示例餐饮有限公司", code_kind="uscc", code=USCC)
PERSON = Applicant(kind="person", name="示例王小明", code_kind="citizen_id", code=CITIZEN_ID)


def pdf(name: str = "申请书.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """A small PDF as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def required_files(version: GuideVersion) -> dict[int, list[SimpleUploadedFile]]:
    """One file for each required material."""
    rows = version.rows("materials")
    return {row["position"]: [pdf(f"{row['name']}.pdf")] for row in rows if row["necessity"] == "1"}


def received(
    cast: Cast,
    version: GuideVersion,
    *,
    applicant: Applicant = COMPANY,
    materials: Mapping[int, Sequence[SimpleUploadedFile]] | None = None,
    now: datetime = NOW,
) -> Case:
    """A case at the window, with every required material unless ``materials`` says otherwise."""
    return intake.receive(
        guide_version=version,
        applicant=applicant,
        handling_kind=HandlingKind.NEW,
        summary="在示例路开办餐饮服务场所，经营面积120平方米",
        address="示例市示例路1号",
        agent=Agent(name="示例经办人", phone=PHONE),
        materials=required_files(version) if materials is None else materials,
        window=cast.window,
        by=cast.clerk,
        now=now,
    )


def correcting(
    cast: Cast, version: GuideVersion, *, other: str = "", now: datetime = NOW, **kwargs: object
) -> Case:
    """A case whose applicant was told to hand in the first material; nothing but that material is wanting."""
    files = required_files(version)
    first = min(files)
    case = received(
        cast, version, materials={key: files[key] for key in files if key != first}, now=now, **kwargs
    )
    intake.request_correction(case, wants={first: "请提交该材料。"}, other=other, by=cast.clerk, now=now)
    return case


def corrected(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """A case that waits for the note that everything is there."""
    case = correcting(cast, version, now=now, **kwargs)
    first = case.materials.filter(provided=False, necessity="1").get().position
    intake.add_materials(case, materials={first: [pdf()]}, by=cast.clerk, now=now)
    return case


def checked(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """A case whose four checks passed."""
    case = received(cast, version, now=now, **kwargs)
    passed = dict.fromkeys(CheckKind, (True, ""))
    intake.record_checks(case, results=passed, by=cast.clerk, now=now)
    return case


def accepted(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """An accepted case."""
    case = checked(cast, version, now=now, **kwargs)
    intake.accept(case, by=cast.clerk, now=now)
    return case


def submitted(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """A case that waits to be circulated."""
    case = accepted(cast, version, now=now, **kwargs)
    intake.submit(case, by=cast.clerk, now=now)
    return case


def circulating(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """A case before its units."""
    case = submitted(cast, version, now=now, **kwargs)
    approval.circulate(case, by=cast.handler, now=now)
    return case


def drafted(
    cast: Cast, case: Case, which: str = "a", *, outcome: str = "agree", now: datetime = NOW
) -> object:
    """The circulation of unit ``which`` with a draft opinion."""
    unit = getattr(cast, f"unit_{which}")
    circulation = case.circulations.get(unit=unit)
    approval.draft_opinion(
        circulation,
        outcome=outcome,
        reasons="经审查，符合条件；如附条件，应于开业前落实。",
        basis="《示例条例》第一条",
        by=getattr(cast, f"reviewer_{which}"),
        now=now,
    )
    return circulation


def signed(
    cast: Cast, case: Case, which: str = "a", *, outcome: str = "agree", now: datetime = NOW
) -> object:
    """The circulation of unit ``which`` with a signed opinion."""
    circulation = drafted(cast, case, which, outcome=outcome, now=now)
    approval.sign_opinion(circulation, by=getattr(cast, f"leader_{which}"), now=now)
    return circulation


def answered(cast: Cast, version: GuideVersion, *, now: datetime = NOW, **kwargs: object) -> Case:
    """A case to which every unit has agreed."""
    case = circulating(cast, version, now=now, **kwargs)
    for circulation in case.circulations.all():
        signed(cast, case, "a" if circulation.unit_id == cast.unit_a.pk else "b", now=now)
    return case


GRANT = {
    "outcome": CaseResult.GRANTED,
    "reasons": "各联合审批单位均同意，申请符合法定条件。",
    "basis": "《中华人民共和国食品安全法》第三十五条",
    "licence_name": "示例食品经营许可证",
    "scope": "餐饮服务（热食类食品制售）",
    "valid_years": 5,
}
REFUSAL = {
    "outcome": CaseResult.REFUSED,
    "reasons": "经营场所不符合法定条件。",
    "basis": "《中华人民共和国食品安全法》第三十三条",
}


def proposed(
    cast: Cast, version: GuideVersion, *, granted: bool = True, now: datetime = NOW, **kwargs: object
) -> Case:
    """A case whose decision waits for approval."""
    case = answered(cast, version, now=now, **kwargs)
    approval.propose_decision(case, **(GRANT if granted else REFUSAL), by=cast.handler, now=now)
    return case


def decided(
    cast: Cast, version: GuideVersion, *, granted: bool = True, now: datetime = NOW, **kwargs: object
) -> Case:
    """A decided case, back at the window."""
    case = proposed(cast, version, granted=granted, now=now, **kwargs)
    approval.approve_decision(case, by=cast.chief, now=now)
    return case


def closed(
    cast: Cast, version: GuideVersion, *, granted: bool = True, now: datetime = NOW, **kwargs: object
) -> Case:
    """A closed case; its result has been pushed."""
    case = decided(cast, version, granted=granted, now=now, **kwargs)
    intake.issue_and_close(case, by=cast.clerk, now=now)
    return case
