"""Every model of casework, for Django's registry and for short imports. No code."""

from casework.approval.models import (
    Circulation,
    CirculationState,
    Decision,
    Opinion,
    OpinionOutcome,
)
from casework.core.cases.models import (
    Case,
    CaseCounter,
    CaseResult,
    CaseState,
    Participation,
    Party,
)
from casework.core.clocks.models import Duty, DutyEvent, DutyState, Reminder
from casework.core.files.models import StoredFile
from casework.core.ledger.models import LedgerEntry, LedgerHead
from casework.core.letters.models import (
    DocumentCounter,
    Letter,
    LetterFile,
    LetterKind,
    Notice,
    Recipient,
)
from casework.core.licences.models import Licence, LicenceState
from casework.core.outbox.models import Attempt, Channel, Delivery, DeliveryState, Endpoint
from casework.core.rules_data.models import DutyKind, LimitRule, LimitSource
from casework.core.subjects.models import CodeKind, Subject, SubjectKind
from casework.core.transitions import Transition
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.intake.models import (
    CheckKind,
    HandlingKind,
    IntakeRecord,
    MaterialCheck,
    SubmittedMaterial,
)
from casework.supervision.models import PushState, RegisterEntry, ResultPush

__all__ = [
    "Attempt",
    "CalendarDay",
    "CalendarNotice",
    "Case",
    "CaseCounter",
    "CaseResult",
    "CaseState",
    "Channel",
    "CheckKind",
    "Circulation",
    "CirculationState",
    "CodeKind",
    "Decision",
    "Delivery",
    "DeliveryState",
    "DocumentCounter",
    "Duty",
    "DutyEvent",
    "DutyKind",
    "DutyState",
    "Endpoint",
    "HandlingKind",
    "IntakeRecord",
    "LedgerEntry",
    "LedgerHead",
    "Letter",
    "LetterFile",
    "LetterKind",
    "Licence",
    "LicenceState",
    "LimitRule",
    "LimitSource",
    "MaterialCheck",
    "Notice",
    "OfficeHours",
    "Opinion",
    "OpinionOutcome",
    "Participation",
    "Party",
    "PushState",
    "Recipient",
    "RegisterEntry",
    "Reminder",
    "ResultPush",
    "StoredFile",
    "Subject",
    "SubjectKind",
    "SubmittedMaterial",
    "Transition",
]
