"""The checklist of a case before acceptance, and what the window's acts share (7.1). Exported by ``actions``."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from casework.core.access import Can, check
from casework.core.cases.actions import lock
from casework.core.cases.models import Case, CaseState
from casework.core.errors import Refusal
from casework.core.files import actions as files
from casework.core.ledger.actions import record
from casework.core.transitions import StaleState
from casework.intake.correction_models import CorrectionItem
from portal.accounts.models import User

CLAUSE = "7.1"
Uploads = Mapping[int, Sequence[UploadedFile]]  # position of the material → its files


class BadMaterial(Refusal):
    """A file was given for a material that the case does not have, or none was given at all."""


@transaction.atomic
def add_materials(case: Case, *, materials: Uploads, by: User, now: datetime) -> None:
    """Add files to the checklist of a case that is not accepted yet, or waits for a correction (7.1).

    What a correction asked for about these materials is met.
    Raises ``BadMaterial`` when nothing was given or a position is unknown, ``FileRefused``,
    ``StaleState`` after acceptance, ``NotPermitted``.
    """
    check(by, Can.RECEIVE_CASE, case.window_id, now)
    if lock(case) not in (CaseState.RECEIVED, CaseState.CORRECTING):
        raise StaleState(f"case {case.pk} is no longer waiting for materials")
    count = store(case, materials, by=by, now=now)
    if not count:
        raise BadMaterial("请至少选择一个要补充的文件。")
    given = [position for position, uploads in materials.items() if uploads]
    items = CorrectionItem.objects.filter(correction__case=case, material__position__in=given)
    items.filter(met_at=None).update(met_at=now)
    note("intake.materials_added", case, by=by, now=now, files=count)


def still_received(case: Case) -> None:
    """Lock the case; ``StaleState`` unless it still waits for acceptance."""
    if lock(case) != CaseState.RECEIVED:
        raise StaleState(f"case {case.pk} is no longer waiting for acceptance")


def store(case: Case, materials: Uploads, *, by: User, now: datetime) -> int:
    """Keep the files at their materials; returns how many. A refused file names its field."""
    rows = {row.position: row for row in case.materials.all()}
    count = 0
    for position, uploads in materials.items():
        if position not in rows:
            raise BadMaterial("所选文件不属于该事项的申请材料，请刷新页面后重试。")
        row = rows[position]
        try:
            stored = files.store_all(
                case=case, uploads=uploads, purpose=row.name[:100], department=case.window, by=by, now=now
            )
        except Refusal as refusal:
            raise BadMaterial(str(refusal), field=f"material_{position}") from refusal
        if stored:
            row.files.add(*stored)
            row.provided = True
            row.save(update_fields=["provided"])
            count += len(stored)
    return count


def note(action: str, case: Case, *, by: User | None, now: datetime, **payload: object) -> None:
    record(
        action,
        by=by,
        now=now,
        clause=CLAUSE,
        department=case.window,
        case_number=case.number,
        obj=case,
        **payload,
    )
