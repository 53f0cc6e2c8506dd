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
from casework.core.clocks.models import (
    Digest,
    DueMove,
    Duty,
    DutyEvent,
    DutyState,
    Extension,
    Reminder,
    StagePassed,
)
from casework.core.files.models import KeptUpload, StoredFile
from casework.core.ledger.models import LedgerAnchor, LedgerCheck, LedgerEntry, LedgerHead
from casework.core.letters.models import (
    DocumentCounter,
    Letter,
    LetterFile,
    LetterKind,
    Notice,
    Objection,
    Recipient,
)
from casework.core.licences.models import Licence, LicenceState
from casework.core.once import SentForm
from casework.core.outbox.models import Attempt, Channel, Delivery, DeliveryState, Endpoint
from casework.core.rule_changes.models import ChangeKind, ChangeState, MoveDigest, RuleChange
from casework.core.rules_data.models import (
    DutyKind,
    EscalationStep,
    LimitRule,
    LimitSource,
    PeriodKind,
    StartFact,
)
from casework.core.subjects.models import CodeKind, Subject, SubjectKind
from casework.core.transitions import Transition
from casework.core.worktime.models import CalendarDay, CalendarNotice, OfficeHours
from casework.intake.correction_models import CorrectionItem, CorrectionRequest
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
    "ChangeKind",
    "ChangeState",
    "Channel",
    "CheckKind",
    "Circulation",
    "CirculationState",
    "CodeKind",
    "CorrectionItem",
    "CorrectionRequest",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Digest",
    "DocumentCounter",
    "DueMove",
    "Duty",
    "DutyEvent",
    "DutyKind",
    "DutyState",
    "Endpoint",
    "EscalationStep",
    "Extension",
    "HandlingKind",
    "IntakeRecord",
    "KeptUpload",
    "LedgerAnchor",
    "LedgerCheck",
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
    "MoveDigest",
    "Notice",
    "Objection",
    "OfficeHours",
    "Opinion",
    "OpinionOutcome",
    "Participation",
    "Party",
    "PeriodKind",
    "PushState",
    "Recipient",
    "RegisterEntry",
    "Reminder",
    "ResultPush",
    "RuleChange",
    "SentForm",
    "StagePassed",
    "StartFact",
    "StoredFile",
    "Subject",
    "SubjectKind",
    "SubmittedMaterial",
    "Transition",
]
