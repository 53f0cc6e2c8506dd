"""Which process starts which: event → functions, in order, in the same transaction.

The only place where one process calls another.
"""

from casework.approval import actions as approval
from casework.approval.events import CaseDecided, OpinionGiven
from casework.core.clocks.events import DutyLapsed
from casework.core.events import Handoffs
from casework.intake import actions as intake
from casework.intake.events import CaseAccepted, CaseClosed, CaseReceived, CaseSubmitted, CaseWithdrawn
from casework.supervision import actions as supervision
from casework.supervision.events import ResultClaimed, ResultReturned

HANDOFFS: Handoffs = {
    # clocks
    DutyLapsed: (intake.deem_accepted, intake.return_uncorrected),  # 行政许可法 32
    # intake
    CaseReceived: (),
    CaseAccepted: (),
    CaseSubmitted: (approval.receive_case,),  # 7.2
    CaseClosed: (supervision.push_result,),  # 9.1
    CaseWithdrawn: (),
    # approval
    OpinionGiven: (),
    CaseDecided: (intake.receive_decision,),  # 7.4
    # supervision
    ResultReturned: (),
    ResultClaimed: (),
}
