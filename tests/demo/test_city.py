"""The demo city as it stands after the first start."""

import json
from datetime import datetime

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from casework.core.cases.models import Case, CaseResult, CaseState
from casework.core.clocks.models import (
    Duty,
    DutyEvent,
    DutyState,
    Extension,
    ExtensionState,
    PauseCause,
    Reminder,
    StagePassed,
)
from casework.core.ledger.models import LedgerEntry
from casework.core.ledger.queries import verify
from casework.core.letters.models import Letter, Notice, Objection, Recipient
from casework.core.licences.models import Licence
from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint, PaperDelivery
from casework.core.outbox.owners import owner_of
from casework.core.rule_changes.actions import approve
from casework.core.rule_changes.carrying import carry
from casework.core.rule_changes.models import ChangeState, RuleChange
from casework.core.rule_changes.queries import preview
from casework.core.rules_data.models import DutyKind, Stage
from casework.core.subjects.models import CodeKind, Subject
from casework.core.transitions import Transition
from casework.core.worktime.queries import current_calendar
from casework.supervision.models import PushState, RegisterEntry, ResultPush
from cms_pages.catalogue.codes import RowSource
from cms_pages.catalogue.models import GuideVersion, ServiceItem
from cms_pages.models import GuidePage
from portal import demo_logins
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from portal.demo.applicants import SAMPLE_CITIZEN_NUMBERS
from portal.demo.logins import demo_logins as rows_of_logins
from portal.receivers import REFUSE
from tests.demo.conftest import DemoCity


def test_it_has_the_size_that_was_asked_for(city: DemoCity) -> None:
    assert 14 <= Department.objects.count() <= 18
    assert 95 <= ServiceItem.objects.count() <= 110
    assert 20 <= Case.objects.count() <= 35
    assert city.built.cases == Case.objects.count()
    assert GuidePage.objects.count() == ServiceItem.objects.count()


def test_every_role_is_held_by_somebody(city: DemoCity) -> None:
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)


def test_cases_stand_in_every_state_with_both_results(city: DemoCity) -> None:
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)
    assert set(Case.objects.exclude(result="").values_list("result", flat=True)) == set(CaseResult.values)


def test_results_stand_in_every_state(city: DemoCity) -> None:
    assert set(ResultPush.objects.values_list("state", flat=True)) == set(PushState.values)
    unclaimed = Duty.objects.open().filter(kind=DutyKind.CLAIM)
    assert unclaimed.filter(due_at__gte=city.now).exists()
    assert unclaimed.filter(due_at__lt=city.now).exists()


def test_an_objection_waits_one_is_answered_and_one_came_late(city: DemoCity) -> None:
    found = Objection.objects.select_related("recipient")
    assert found.filter(answer_letter=None).exists()
    assert found.filter(answer_letter__isnull=False).exists()
    assert {row.is_late for row in found} == {False, True}


def test_every_kind_of_duty_was_owed(city: DemoCity) -> None:
    assert set(Duty.objects.values_list("kind", flat=True)) == set(DutyKind.values)


def test_late_duties_are_lapses_with_one_reminder_a_person(city: DemoCity) -> None:
    lapsed = Duty.objects.filter(events__kind=DutyEvent.Kind.LAPSED)
    assert lapsed.filter(closed_at=None).count() >= 5
    assert lapsed.exclude(closed_at=None).count() >= 3
    assert LedgerEntry.objects.filter(action="duty.lapsed").count() == lapsed.count()
    for duty in lapsed.filter(closed_at=None):
        people = list(
            duty.reminders.filter(milestone=Reminder.Milestone.LAPSED).values_list("recipient", flat=True)
        )
        assert people, duty
        assert len(people) == len(set(people))


def test_a_clock_stands_still_one_waits_for_more_time_and_a_late_one_climbed(city: DemoCity) -> None:
    paused = Duty.objects.get(state=DutyState.PAUSED)
    assert paused.events.get(kind=DutyEvent.Kind.PAUSED).cause == PauseCause.EXPERT_REVIEW
    asked = Extension.objects.get(state=ExtensionState.ASKED)
    assert asked.duty.due_at > city.now
    handed = DutyEvent.objects.get(kind=DutyEvent.Kind.REASSIGNED)
    assert handed.holder_after == handed.duty.holder != handed.holder_before
    climbed = Duty.objects.open().filter(reminders__milestone=Stage.EVALUATOR)
    assert climbed.filter(reminders__milestone=Stage.LEADER).exists()
    assert not StagePassed.objects.filter(reached="").exists()


def test_one_circulation_has_an_opinion_in_time_a_late_one_and_a_missing_one(city: DemoCity) -> None:
    duties = Duty.objects.filter(kind=DutyKind.OPINION, case__state=CaseState.CIRCULATING)
    seen: dict[int, set[tuple[bool, bool]]] = {}
    for duty in duties:
        seen.setdefault(duty.case_id, set()).add((duty.closed_at is None, duty.is_late(city.now)))
    assert {(False, False), (False, True), (True, True)} in seen.values()


def test_the_ledger_is_sealed_and_holds(city: DemoCity) -> None:
    assert not LedgerEntry.objects.filter(seq=None).exists()
    verdict = verify()
    assert (verdict.bad_seq, verdict.checked) == (None, LedgerEntry.objects.count())


def test_no_act_falls_outside_office_hours(city: DemoCity) -> None:
    cal = current_calendar()
    moments: set[datetime] = set()
    for model, field in (
        (LedgerEntry, "at"),
        (Transition, "at"),
        (DutyEvent, "at"),
        (Duty, "started_at"),
        (Letter, "sent_at"),
        (Recipient, "delivered_at"),
        (Notice, "made_at"),
        (Licence, "issued_at"),
        (RegisterEntry, "taken_at"),
        (Reminder, "made_at"),
        (GuideVersion, "published_at"),
    ):
        found = set(model._default_manager.values_list(field, flat=True))
        assert found, model
        moments |= found
    outside = [
        moment
        for moment in moments
        if not any(
            half.start <= moment <= half.end
            for half in cal.halves_on(moment.astimezone(city.now.tzinfo).date())
        )
    ]
    assert outside == []
    assert max(moments) < city.now


def test_the_ledger_holds_no_personal_data(city: DemoCity) -> None:
    names = set(Case.objects.values_list("applicant_name", flat=True)) | set(
        User.objects.values_list("name", flat=True)
    )
    secrets = names | set(SAMPLE_CITIZEN_NUMBERS) | {"示例经办人", "00000000000"}
    secrets |= {subject.code for subject in Subject.objects.all()}
    for payload in LedgerEntry.objects.values_list("payload", flat=True):
        assert not [secret for secret in secrets if secret in payload], payload


def test_people_applicants_and_contacts_are_plainly_examples(city: DemoCity) -> None:
    assert all("示例" in name for name in User.objects.values_list("name", flat=True))
    assert all("示例" in name for name in Subject.objects.values_list("name", flat=True))
    assert all("示例" in phone for phone in Department.objects.values_list("phone", flat=True))
    citizens = Subject.objects.filter(code_kind=CodeKind.CITIZEN_ID)
    assert citizens
    assert {subject.code for subject in citizens} <= set(SAMPLE_CITIZEN_NUMBERS)


def test_nobody_is_a_superuser_or_django_staff(city: DemoCity) -> None:
    assert not User.objects.filter(is_superuser=True).exists()
    assert not User.objects.filter(is_staff=True).exists()


def test_limits_say_where_they_come_from(city: DemoCity) -> None:
    for item in ServiceItem.objects.prefetch_related("limits", "bases"):
        assert item.bases.all()
        for limit in item.limits.all():
            expected = RowSource.LAW if limit.kind == "statutory" else RowSource.EXAMPLE
            assert limit.source == expected
            assert limit.basis


def test_published_guides_are_frozen_once_before_the_first_case(city: DemoCity) -> None:
    live = GuidePage.objects.live()
    versions = GuideVersion.objects.filter(item__guide__in=live)
    assert live.count() == versions.count() == GuideVersion.objects.count()
    assert versions.filter(gaps=[]).count() >= 30
    assert versions.exclude(gaps=[]).exists()
    assert GuidePage.objects.filter(live=False).exists()
    first = Case.objects.order_by("received_at")[0].received_at
    assert max(versions.values_list("published_at", flat=True)) < first


def test_supervisors_can_be_reached_by_mail_and_two_by_interface(city: DemoCity) -> None:
    supervised = set(GuideVersion.objects.values_list("item__supervisors__department", flat=True))
    mail = Endpoint.objects.filter(channel=Channel.OA_MAIL)
    assert supervised <= set(mail.values_list("department", flat=True))
    assert all(address.endswith("@oa.demo.invalid") for address in mail.values_list("address", flat=True))
    http = Endpoint.objects.filter(channel=Channel.HTTP)
    assert http.exclude(address__contains=REFUSE).count() == 2
    assert all(endpoint.secret.startswith("whsec_") for endpoint in http)
    assert 0 < Delivery.objects.count() < 60


def test_a_second_start_changes_nothing(city: DemoCity, capsys: pytest.CaptureFixture[str]) -> None:
    before = LedgerEntry.objects.count()
    call_command("demo")
    assert "已经建立" in capsys.readouterr().out
    assert LedgerEntry.objects.count() == before


def test_the_sign_ins_are_written_once_it_is_committed(
    city: DemoCity, settings: object, tmp_path: object
) -> None:
    settings.VAR_DIR, settings.DEMO = tmp_path, True
    assert demo_logins.read() == []
    for callback in city.after_commit:
        if getattr(callback, "__name__", "") == "write_logins":
            callback()
    logins = demo_logins.read()
    shown = Membership.objects.filter(user__username__in=[login.username for login in logins])
    assert set(shown.values_list("role", flat=True)) == set(Role.values)
    assert len(logins) == shown.values("user").distinct().count() <= 20
    assert demo_logins.path().stat().st_mode & 0o077 == 0


def test_everybody_can_sign_in(city: DemoCity) -> None:
    for row in rows_of_logins():
        user = User.objects.get(username=row["username"])
        assert user.name == row["name"]
        assert user.check_password(row["password"])


def test_every_case_page_renders(city: DemoCity) -> None:
    client = _signed_in("evaluator1")
    for case in Case.objects.select_related("item"):
        response = client.get(reverse("casework:case", args=[case.number]))
        assert response.status_code == 200, case.number
        assert case.item.name in response.content.decode()


@pytest.mark.parametrize("username", ["window1", "window2", "handler1", "handler2", "leader1"])
def test_a_case_page_of_each_state_renders_for_those_who_work_on_it(city: DemoCity, username: str) -> None:
    client = _signed_in(username)
    mine = Membership.objects.filter(user__username=username).values_list("department", flat=True)
    cases = Case.objects.of_departments(list(mine))
    states = set(cases.values_list("state", flat=True))
    assert states >= {
        CaseState.ACCEPTED,
        CaseState.CIRCULATING,
        CaseState.PROPOSED,
        CaseState.DECIDED,
        CaseState.CLOSED,
    }
    for state in states:
        case = cases.filter(state=state).order_by("-id")[0]
        assert client.get(reverse("casework:case", args=[case.number])).status_code == 200, case.number


@pytest.mark.parametrize(
    "username",
    [
        *("window1", "handler1", "leader1", "editor1", "evaluator1", "auditor1", "sysadmin1", "secadmin1"),
        *("reviewer_gaj", "unitleader_scjg", "supervisor_zjj", "supervisor_zhzf"),
    ],
)
def test_every_desk_renders(city: DemoCity, username: str) -> None:
    roles = set(Membership.objects.filter(user__username=username).values_list("role", flat=True))
    expected = 403 if roles == {Role.EDITOR} else 200
    assert _signed_in(username).get("/desk/").status_code == expected


def test_a_supervisor_sees_only_what_was_pushed_to_it(city: DemoCity) -> None:
    client = _signed_in("supervisor_wsjk")
    seen = {
        case.number
        for case in Case.objects.all()
        if client.get(reverse("casework:case", args=[case.number])).status_code == 200
    }
    pushed = Case.objects.filter(participations__department__code="wsjk").values_list("number", flat=True)
    assert seen == set(pushed)


def test_public_pages_render(city: DemoCity) -> None:
    client = Client()
    for path in ("/", "/guides/", "/items/", "/joint-items/", "/policies/"):
        assert client.get(path).status_code == 200, path
    for page in GuidePage.objects.live()[:5]:
        assert page.title in client.get(page.url).content.decode()


def test_payloads_are_canonical(city: DemoCity) -> None:
    entry = LedgerEntry.objects.get(action="demo.founded")
    assert json.loads(entry.payload) == {"departments": city.built.departments, "people": city.built.people}


def _signed_in(username: str) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def test_a_closure_waits_for_a_second_person_and_would_move_open_duties(city: DemoCity) -> None:
    change = RuleChange.objects.get()
    assert (change.state, change.proposed_by.username) == (ChangeState.PROPOSED, "sysadmin1")
    found = preview(change, now=city.now, first=0, size=5)
    assert found.impact.total >= 1
    assert found.impact.shortened == 0
    approver = User.objects.get(username="secadmin1")
    approve(change, version=found.version, confirmed=0, by=approver, now=city.now)
    assert carry(now=city.now).moved == found.impact.total


def test_a_mailbox_is_paused_and_a_letter_was_handed_over_on_paper(city: DemoCity) -> None:
    (paused,) = Endpoint.objects.filter(paused_at__isnull=False)
    assert "检修" in paused.pause_reason
    (paper,) = PaperDelivery.objects.all()
    assert Recipient.objects.get(pk=paper.recipient_id).delivered_at < paper.handed_at
    assert Delivery.objects.filter(
        reference=f"recipient:{paper.recipient_id}", state=DeliveryState.PAPER
    ).exists()


def test_a_letter_goes_to_an_interface_that_refuses(city: DemoCity) -> None:
    """The worker's first try makes it a dead letter with its owner."""
    waiting = Delivery.objects.filter(address__contains=REFUSE, state=DeliveryState.NEW)
    assert waiting.exists()
    assert owner_of(waiting[0], city.now).department == Department.objects.get(code="zhck")
