"""Every act of casework with a world in which it succeeds: dotted name → case. ``test_table.py`` finds a missing one."""

import uuid
from datetime import date, time
from decimal import Decimal

from casework.approval import actions as approval
from casework.approval import circulation
from casework.core import once, transitions
from casework.core.access import access_of
from casework.core.cases import actions as cases
from casework.core.clocks import actions as clocks
from casework.core.files import actions as files
from casework.core.files import kept
from casework.core.files.models import StoredFile
from casework.core.ledger import actions as ledger
from casework.core.ledger import checks
from casework.core.letters import actions as letters
from casework.core.outbox import actions as outbox
from casework.core.outbox.endpoints import add_endpoint
from casework.core.rules_data import actions as rules_data
from casework.core.subjects import actions as subjects
from casework.core.worktime import actions as worktime
from casework.core.worktime.calendar import DayHours
from casework.core.worktime.units import EndRule, Unit
from casework.intake import actions as intake
from casework.intake import rules as intake_rules
from casework.intake.events import CaseSubmitted
from casework.models import CaseState, Channel, CheckKind, DutyKind, LimitSource, Notice, Participation
from casework.supervision import actions as supervision
from tests import steps
from tests.cast import NOW
from tests.core.rooms import upload
from tests.faults import worlds
from tests.faults.account_table import ACCOUNT_ACTS
from tests.faults.clock_table import CLOCK_ACTS
from tests.faults.harness import Case
from tests.faults.later_table import LATER_ACTS
from tests.faults.worlds import on_case, on_duty, on_letter, on_push, on_unit, plain, with_file, within
from tests.supervision.world import Closed, closed_case

OPINION = {"outcome": "agree", "reasons": "经审查，符合条件", "basis": "《示例条例》第一条"}
WHY = {"reason": "需要鉴定", "basis": "《行政许可法》第四十五条"}
RULE = {
    "kind": DutyKind.CLAIM,
    "amount": Decimal(2),
    "unit": Unit.WORKDAY,
    "end_rule": EndRule.CLOSE_OF_BUSINESS,
    "warn_before": Decimal("0.5"),
    "start_event": "送达",
    "clause": "9.1",
    "source": LimitSource.MEASURE,
    "basis": "示例修订",
    "valid_from": date(2026, 10, 1),
}
PASSED = dict.fromkeys(CheckKind, (True, ""))

ACTS: dict[str, Case] = {
    # intake 7.1, 7.4
    "intake.actions.receive": plain(lambda s: steps.received(s.cast, s.version)),
    "intake.materials.add_materials": on_case(
        steps.received,
        lambda c, s: intake.add_materials(c, materials={2: [steps.pdf()]}, by=s.cast.clerk, now=NOW),
    ),
    "intake.actions.record_checks": on_case(
        steps.received, lambda c, s: intake.record_checks(c, results=PASSED, by=s.cast.clerk, now=NOW)
    ),
    "intake.actions.accept": on_case(steps.checked, lambda c, s: intake.accept(c, by=s.cast.clerk, now=NOW)),
    "intake.actions.deem_accepted": Case(worlds.lapsed_acceptance),
    "intake.actions.refuse_acceptance": on_case(
        steps.received,
        lambda c, s: intake.refuse_acceptance(c, reasons="不属于职权", by=s.cast.clerk, now=NOW),
    ),
    "intake.correcting.request_correction": on_case(
        steps.received,
        lambda c, s: intake.request_correction(
            c, wants={1: "请补盖公章"}, other="说明用途", by=s.cast.clerk, now=NOW
        ),
    ),
    "intake.correcting.resubmit": on_case(
        steps.corrected, lambda c, s: intake.resubmit(c, by=s.cast.clerk, now=NOW)
    ),
    "intake.correcting.return_uncorrected": Case(worlds.lapsed_correction),
    "intake.actions.submit": on_case(steps.accepted, lambda c, s: intake.submit(c, by=s.cast.clerk, now=NOW)),
    "intake.closing.receive_decision": Case(worlds.decided_event),
    "intake.closing.issue_and_close": on_case(
        steps.decided, lambda c, s: intake.issue_and_close(c, by=s.cast.clerk, now=NOW)
    ),
    # approval 7.2, 7.3
    "approval.circulation.receive_case": on_case(
        steps.accepted,
        lambda c, s: within(
            lambda: circulation.receive_case(CaseSubmitted(case=c, by=s.cast.clerk, now=NOW))
        )(),
    ),
    "approval.circulation.circulate": on_case(
        steps.submitted, lambda c, s: approval.circulate(c, by=s.cast.handler, now=NOW)
    ),
    "approval.opinions.draft_opinion": on_unit(
        steps.circulating,
        lambda c, s: approval.draft_opinion(c, **OPINION, by=s.cast.reviewer_a, now=NOW),
        drafted=False,
    ),
    "approval.opinions.sign_opinion": on_unit(
        steps.circulating, lambda c, s: approval.sign_opinion(c, by=s.cast.leader_a, now=NOW), drafted=True
    ),
    "approval.opinions.send_back_opinion": on_unit(
        steps.circulating,
        lambda c, s: approval.send_back_opinion(c, reason="补充依据", by=s.cast.leader_a, now=NOW),
        drafted=True,
    ),
    "approval.actions.propose_decision": on_case(
        steps.answered, lambda c, s: approval.propose_decision(c, **steps.GRANT, by=s.cast.handler, now=NOW)
    ),
    "approval.actions.approve_decision": on_case(
        steps.proposed, lambda c, s: approval.approve_decision(c, by=s.cast.chief, now=NOW)
    ),
    "approval.actions.send_back_decision": on_case(
        steps.proposed,
        lambda c, s: approval.send_back_decision(c, reason="补充理由", by=s.cast.chief, now=NOW),
    ),
    # supervision 9.1
    "supervision.actions.push_result": on_case(
        lambda cast, version: closed_case(cast, version),
        lambda c, s: supervision.push_result(Closed(c, NOW, s.cast.clerk)),
    ),
    "supervision.actions.open_result": on_push(
        lambda p, s: supervision.open_result(p, by=s.cast.supervisor, now=NOW)
    ),
    "supervision.actions.claim_result": on_push(worlds.claim),
    "supervision.actions.return_result": on_push(
        lambda p, s: supervision.return_result(p, reason="不属于本部门", by=s.cast.supervisor, now=NOW)
    ),
    "supervision.objections.object_to_result": on_push(worlds.object_to),
    "supervision.objections.answer_objection": on_push(
        lambda p, s: supervision.answer_objection(p, text="已核对，决定正确", by=s.cast.handler, now=NOW),
        worlds.object_to,
    ),
    "supervision.actions.repush": Case(worlds.returned_result),
    "supervision.actions.register_holder": on_push(
        lambda p, s: supervision.register_holder(
            p, activity="食品销售", officer=s.cast.supervisor, by=s.cast.supervisor, now=NOW
        ),
        worlds.claim,
    ),
    # the desk
    "desk.actions.read_reminders": Case(worlds.reminded),
    # kernel: clocks
    "core.clocks.actions.start": plain(worlds.start),
    "core.clocks.actions.meet": on_duty(lambda d, s: clocks.meet(d.key, by=s.cast.supervisor, now=NOW)),
    "core.clocks.actions.void": on_duty(lambda d, s: clocks.void(d.key, by=None, now=NOW, reason="不再需要")),
    "core.clocks.changes.pause": on_duty(
        lambda d, s: clocks.pause(d, by=s.cast.handler, now=NOW, cause="appraisal", **WHY)
    ),
    "core.clocks.changes.resume": on_duty(
        lambda d, s: clocks.resume(d, by=s.cast.handler, now=NOW),
        lambda d, s: clocks.pause(d, by=s.cast.handler, now=NOW, cause="appraisal", **WHY),
    ),
    "core.clocks.changes.extend": on_duty(
        lambda d, s: clocks.extend(d, by=s.cast.handler, now=NOW, amount=Decimal(1), **WHY)
    ),
    "core.clocks.changes.reassign": on_duty(
        lambda d, s: clocks.reassign(d, to=s.cast.elsewhere, by=None, now=NOW, reason="机构改革")
    ),
    "core.clocks.changes.recompute": Case(worlds.one_recomputed),
    "core.clocks.changes.recompute_all": Case(worlds.new_calendar, steps=True),
    "core.clocks.sweep.sweep": Case(worlds.late_duties, steps=True),
    # kernel: files
    "core.files.actions.store": Case(worlds.kept_file),
    "core.files.actions.store_all": with_file(
        lambda c, s: files.store_all(
            case=c,
            uploads=[upload("甲.pdf"), upload("乙.pdf")],
            purpose="",
            department=s.cast.window,
            by=s.cast.clerk,
            now=NOW,
        )
    ),
    "core.files.actions.read": with_file(
        lambda c, s: files.read(StoredFile.objects.get(case=c), by=s.cast.clerk, now=NOW).close()
    ),
    "core.files.kept.keep": plain(lambda s: kept.keep(upload(), by=s.cast.clerk, now=NOW)),
    "core.files.kept.forget": Case(worlds.old_file),
    # kernel: ledger
    "core.ledger.actions.record": plain(lambda s: within(lambda: ledger.record("a.b", by=None, now=NOW))()),
    "core.ledger.actions.seal": Case(worlds.unsealed(lambda: ledger.seal())),
    "core.ledger.actions.seal_all": Case(worlds.unsealed(lambda: ledger.seal_all(limit=2)), steps=True),
    "core.ledger.anchors.hand_out": Case(worlds.sealed_days, steps=True),
    "core.ledger.checks.ask": plain(lambda s: checks.ask(access_of(s.cast.auditor, NOW), now=NOW)),
    "core.ledger.checks.carry_out": Case(worlds.asked_check, steps=True),
    # kernel: letters
    "core.letters.sending.send": with_file(lambda c, s: worlds.send(s, c)),
    "core.letters.sending.forward": on_letter(
        lambda r, s: letters.forward(r, to=s.cast.elsewhere, by=None, now=NOW)
    ),
    "core.letters.facts.open_letter": on_letter(
        lambda r, s: letters.open_letter(r, by=s.cast.supervisor, now=NOW)
    ),
    "core.letters.facts.open_all": on_letter(
        lambda r, s: letters.open_all(list(r.letter.recipients.all()), by=s.cast.supervisor, now=NOW)
    ),
    "core.letters.facts.claim": on_letter(lambda r, s: letters.claim(r, by=s.cast.supervisor, now=NOW)),
    "core.letters.facts.return_letter": on_letter(
        lambda r, s: letters.return_letter(r, reason="不属于", by=s.cast.supervisor, now=NOW)
    ),
    "core.letters.actions.make_notice": with_file(
        lambda c, s: letters.make_notice(
            kind=Notice.Kind.ACCEPTANCE,
            case=c,
            issuer=s.cast.window,
            paragraphs=["示例"],
            by=s.cast.clerk,
            now=NOW,
        )
    ),
    # kernel: the rest
    "core.once.once": plain(
        lambda s: once.once(
            once.Sending(uuid.uuid4(), ""),
            lambda: steps.received(s.cast, s.version).number,
            by=s.cast.clerk,
            now=NOW,
        )
    ),
    "core.once.forget": Case(worlds.used_token),
    "core.transitions.move": on_case(
        steps.accepted,
        lambda c, s: within(
            lambda: transitions.move(
                c, new=CaseState.SUBMITTED, moves=intake_rules.MOVES, by=s.cast.clerk, now=NOW
            )
        )(),
    ),
    "core.cases.actions.take_part": on_case(
        steps.received,
        lambda c, s: within(
            lambda: cases.take_part(c, s.cast.elsewhere, Participation.Capacity.UNIT, now=NOW)
        )(),
    ),
    "core.outbox.actions.enqueue": plain(
        lambda s: outbox.enqueue(
            dedup="a",
            reference="a",
            channel=Channel.MAIL,
            endpoint=None,
            address="a@example.test",
            subject="示例",
            body="示例",
            now=NOW,
        )
    ),
    "core.outbox.endpoints.add_endpoint": plain(
        lambda s: add_endpoint(
            department=s.cast.competent,
            channel=Channel.OA_MAIL,
            address="oa@example.test",
            by=s.cast.sysadmin,
            now=NOW,
        )
    ),
    "core.outbox.actions.retry": Case(worlds.dead_delivery),
    "core.rules_data.actions.new_version": plain(
        lambda s: rules_data.new_version(**RULE, by=s.cast.sysadmin, now=NOW)
    ),
    "core.subjects.actions.find_or_create": plain(
        lambda s: subjects.find_or_create(
            kind="organisation", name="示例公司", code_kind="uscc", code=steps.USCC, now=NOW
        )
    ),
    "core.worktime.actions.load_days": plain(worlds.load_closure),
    "core.worktime.actions.set_office_hours": plain(
        lambda s: worktime.set_office_hours(
            by=None,
            now=NOW,
            text=worlds.CLOSURE,
            hours=DayHours(afternoon_start=time(15, 0)),
            valid_from=date(2026, 10, 1),
        )
    ),
    # accounts: who acts for whom
    "accounts.substitutions.arrange_substitution": Case(worlds.substitution),
    "accounts.substitutions.revoke_substitution": Case(worlds.standing_substitution),
    **LATER_ACTS,
    **CLOCK_ACTS,
    **ACCOUNT_ACTS,
}
