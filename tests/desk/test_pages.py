"""Inbox by role, case list, case page, ledger page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.core.clocks import actions as clocks
from casework.core.clocks.models import Duty, Reminder
from casework.core.ledger.actions import seal
from casework.models import CaseState, DutyKind
from casework.supervision import actions
from tests.supervision.world import closed_case, fresh, pushed, stored_file

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(response):
    return response.content.decode()


def shown(response):
    return [row["duty"].key for row in response.context["rows"]]


def owe(kind, case, holder, *, days=0):
    now = timezone.now() - timedelta(days=days)
    return clocks.start(key=f"{kind}:case:{case.pk}", kind=kind, holder=holder, case=case, now=now, by=None)


# -- inbox


def test_everybody_sees_only_what_the_own_role_can_meet(cast, version, sign_in):
    case = closed_case(cast, version)
    decide = owe(DutyKind.DECIDE, case, cast.approver)
    submit = owe(DutyKind.SUBMIT, case, cast.window)
    expected = {
        "clerk": [submit.key],
        "handler": [decide.key],
        "chief": [decide.key],
        "reviewer_a": [],
        "supervisor": [],
        "stranger": [],  # the same roles, another department
        "evaluator": [],
        "auditor": [],
    }
    for who, keys in expected.items():
        assert shown(sign_in(getattr(cast, who)).get("/desk/")) == keys, who


def test_the_next_due_comes_first_and_paused_ones_last(cast, version, sign_in):
    now = timezone.now()
    cases = [closed_case(cast, version, number) for number in range(1, 4)]
    duties = [
        owe(DutyKind.SUBMIT, case, cast.window, days=days)
        for case, days in zip(cases, (0, 20, 0), strict=True)
    ]
    clocks.pause(
        duties[2],
        by=cast.clerk,
        now=now,
        cause="expert_review",
        reason="专家评审",
        basis="《行政许可法》第四十五条",
    )
    answer = sign_in(cast.clerk).get("/desk/")
    assert shown(answer) == [duties[1].key, duties[0].key, duties[2].key]
    assert "已逾期" in text(answer)
    assert "暂停计时" in text(answer)


def test_the_reckoning_is_told_on_request(cast, version, sign_in):
    """A list stays light: each row leads to its reckoning, as a page and as a fragment."""
    duty = owe(DutyKind.SUBMIT, closed_case(cast, version), cast.window)
    client, address = sign_in(cast.clerk), f"/desk/duties/{duty.pk}/"
    inbox = text(client.get("/desk/"))
    assert "day-strip" not in inbox
    assert f'href="{address}"' in inbox
    page = text(client.get(address))
    for words in ("怎么算的", "个工作日", "day-strip", "时限经过", "起算"):
        assert words in page
    part = text(client.get(address, {"use_partial": "reckoning"}, headers={"HX-Request": "true"}))
    assert "day-strip" in part
    assert "<h1>" not in part


def test_the_reckoning_of_another_departments_duty_is_not_found(cast, version, sign_in):
    duty = owe(DutyKind.SUBMIT, closed_case(cast, version), cast.window)
    client = sign_in(cast.stranger)
    assert client.get(f"/desk/duties/{duty.pk}/").status_code == 404
    assert client.get("/desk/duties/999999/").status_code == 404


def test_a_paused_clock_says_so(cast, version, sign_in):
    duty = owe(DutyKind.SUBMIT, closed_case(cast, version), cast.window)
    clocks.pause(
        duty,
        by=cast.clerk,
        now=duty.started_at,
        cause="expert_review",
        reason="专家评审",
        basis="《行政许可法》第四十五条",
    )
    page = text(sign_in(cast.clerk).get(f"/desk/duties/{duty.pk}/"))
    assert "恢复计时后重新计算" in page
    assert "《行政许可法》第四十五条" in page


def test_tabs_count_their_kind(cast, version, sign_in):
    for number in range(1, 4):
        owe(DutyKind.SUBMIT, closed_case(cast, version, number), cast.window)
    owe(DutyKind.ISSUE, closed_case(cast, version, 9), cast.window, days=60)
    client = sign_in(cast.clerk)
    tabs = {tab["label"]: tab for tab in client.get("/desk/").context["tabs"]}
    assert (tabs["全部"]["count"], tabs[DutyKind.SUBMIT.label]["count"]) == ("4", "3")
    assert (tabs[DutyKind.SUBMIT.label]["urgent"], tabs[DutyKind.ISSUE.label]["urgent"]) == (False, True)
    assert DutyKind.CLAIM.label not in tabs
    assert len(shown(client.get("/desk/?kind=submit"))) == 3


def test_pages_of_the_inbox_follow_without_gap(cast, version, sign_in):
    duties = [
        owe(DutyKind.SUBMIT, closed_case(cast, version, number), cast.window, days=number % 4)
        for number in range(1, 46)
    ]
    client, address, seen = sign_in(cast.clerk), "?", []
    while address:
        answer = client.get(f"/desk/{address}")
        seen += shown(answer)
        address = answer.context["page"].next_url
    ordered = Duty.objects.filter(pk__in=[duty.pk for duty in duties]).order_by("due_at", "id")
    assert seen == [duty.key for duty in ordered]
    assert shown(client.get(f"/desk/{answer.context['page'].prev_url}")) == seen[20:40]


def test_a_made_up_cursor_starts_from_the_beginning(cast, version, sign_in):
    owe(DutyKind.SUBMIT, closed_case(cast, version), cast.window)
    for cursor in ("x", "2026_1", "-_x", "2026-01-01T00:00:00_1"):
        assert len(shown(sign_in(cast.clerk).get("/desk/", {"after": cursor}))) == 1


def test_an_empty_inbox_is_friendly(cast, sign_in):
    assert "没有待办事项" in text(sign_in(cast.clerk).get("/desk/"))
    assert "没有限时办理的事项" in text(sign_in(cast.evaluator).get("/desk/"))


@pytest.mark.parametrize("address", ["/desk/", "/desk/cases/"])
def test_queries_do_not_grow_with_rows(cast, version, sign_in, address, django_assert_max_num_queries):
    client = sign_in(cast.clerk)

    def add(numbers):
        for number in numbers:
            owe(DutyKind.SUBMIT, closed_case(cast, version, number), cast.window)

    def measure():
        client.get(address)
        with django_assert_max_num_queries(11) as asked:
            client.get(f"{address}?size=50")
        return len(asked.captured_queries)

    add(range(1, 3))
    few = measure()
    add(range(3, 31))
    assert measure() == few


# -- reminders


@pytest.fixture
def reminder(cast, version):
    duty = owe(DutyKind.SUBMIT, closed_case(cast, version), cast.window)
    return Reminder.objects.create(
        duty=duty,
        milestone=Reminder.Milestone.LAPSED,
        recipient=cast.clerk,
        occasion=duty.due_at or timezone.now(),
        made_at=timezone.now(),
    )


def test_reminders_are_shown_until_they_are_read(cast, reminder, sign_in):
    client = sign_in(cast.clerk)
    assert "未读提醒" in text(client.get("/desk/"))
    answer = client.post("/desk/reminders/read/", {"up_to": reminder.pk}, follow=True)
    assert "未读提醒" not in text(answer)
    reminder.refresh_from_db()
    assert reminder.read_at is not None


def test_reading_reminders_leaves_later_ones_and_other_peoples(cast, reminder, sign_in):
    sign_in(cast.handler).post("/desk/reminders/read/", {"up_to": reminder.pk})
    sign_in(cast.clerk).post("/desk/reminders/read/", {"up_to": reminder.pk - 1})
    reminder.refresh_from_db()
    assert reminder.read_at is None
    assert sign_in(cast.clerk).post("/desk/reminders/read/", {"up_to": "x"}).status_code == 400


def test_htmx_gets_the_reminder_box_alone(cast, reminder, sign_in):
    posted = {"up_to": reminder.pk, "use_partial": "reminders"}
    answer = text(sign_in(cast.clerk).post("/desk/reminders/read/", posted, headers=HTMX))
    assert 'id="reminders"' in answer
    assert "<html" not in answer
    assert "提醒已标为已读" in answer


# -- case list


def test_cases_are_listed_for_those_who_take_part(cast, version, sign_in):
    push = pushed(cast, version)
    expected = {"clerk": 1, "handler": 1, "supervisor": 1, "evaluator": 1, "reviewer_a": 0, "stranger": 0}
    for who, count in expected.items():
        answer = sign_in(getattr(cast, who)).get("/desk/cases/")
        assert (push.case.number in text(answer)) == bool(count), who
    assert sign_in(cast.auditor).get("/desk/cases/").status_code == 403


def test_cases_are_found_by_state_number_and_applicant(cast, version, sign_in):
    first, second = closed_case(cast, version, 1), closed_case(cast, version, 2)
    type(second).objects.filter(pk=second.pk).update(state=CaseState.DECIDED, closed_at=None)
    client = sign_in(cast.clerk)

    def found(**filters):
        return {row["case"].pk for row in client.get("/desk/cases/", filters).context["rows"]}

    assert found() == {first.pk, second.pk}
    assert found(state="decided") == {second.pk}
    assert found(q=first.number) == {first.pk}
    assert found(q=first.number[:8]) == {first.pk, second.pk}
    assert found(q=second.applicant_name[:7]) == {second.pk}
    assert found(q="餐饮") == set()  # the beginning, not the middle
    assert found(state="nonsense") == {first.pk, second.pk}
    assert "没有符合条件的办件" in text(client.get("/desk/cases/?q=zzz"))


def test_natural_persons_are_masked(cast, version, sign_in):
    case = closed_case(cast, version, person=True)
    client = sign_in(cast.clerk)
    for page in ("/desk/cases/", reverse("casework:case", args=[case.number])):
        answer = text(client.get(page))
        assert case.applicant_name not in answer
        assert case.applicant.code not in answer


# -- case page


def case_page(case):
    return reverse("casework:case", args=[case.number])


def test_the_case_page_tells_the_whole_story(cast, version, sign_in):
    push = pushed(cast, version, now=timezone.now())
    actions.open_result(push, by=cast.supervisor, now=timezone.now())
    answer = text(sign_in(cast.handler).get(case_page(push.case)))
    for words in (
        push.case.number,
        "已办结",
        "准予许可",
        "认领办理结果（示例市市场监督管理局）",
        "截止",
        "怎么算的",
        "申请书.pdf",
        push.recipient.letter.number,
        "示例监管员",
        "办理结果推送监管部门",
        "参与单位",
    ):
        assert words in answer, words


def test_a_case_that_i_may_not_see_is_not_found_like_a_missing_one(cast, version, sign_in):
    case = closed_case(cast, version)
    for who in ("stranger", "supervisor", "reviewer_a"):
        client = sign_in(getattr(cast, who))
        assert client.get(case_page(case)).status_code == 404
        assert client.get("/desk/cases/460400209901010000/").status_code == 404


def test_a_supervisor_sees_what_its_letter_carries(cast, version, sign_in):
    push = pushed(cast, version)
    stored_file(push.case, cast.approver, cast, name="内部审查意见.pdf")
    assert "内部审查意见.pdf" in text(sign_in(cast.handler).get(case_page(push.case)))
    client = sign_in(cast.supervisor)
    assert "申请书.pdf" not in text(client.get(case_page(push.case)))  # the letter is not open yet
    actions.open_result(push, by=cast.supervisor, now=timezone.now())
    answer = text(client.get(case_page(push.case)))
    assert "申请书.pdf" in answer
    assert "内部审查意见.pdf" not in answer


def test_the_timeline_can_be_filtered_with_and_without_htmx(cast, version, sign_in):
    push = pushed(cast, version)
    client, address = sign_in(cast.handler), case_page(push.case)
    titles = [entry["title"] for entry in client.get(f"{address}?show=letters").context["entries"]]
    assert titles == ["发出函件并送达"]
    answer = client.get(f"{address}?show=duties&use_partial=timeline", headers=HTMX)
    assert "<html" not in text(answer)
    assert "时限起算：认领办理结果" in text(answer)
    assert client.get(f"{address}?use_partial=panels", headers=HTMX).status_code == 400


def test_queries_of_the_case_page_are_bounded(cast, version, sign_in, django_assert_max_num_queries):
    push = pushed(cast, version)
    client = sign_in(cast.handler)
    client.get(case_page(push.case))
    with django_assert_max_num_queries(40) as few:
        client.get(case_page(push.case))
    for number in range(30):
        stored_file(push.case, cast.window, cast, name=f"材料{number}.pdf")
    actions.claim_result(fresh(push), by=cast.supervisor, now=timezone.now())
    with django_assert_max_num_queries(40) as many:
        client.get(case_page(push.case))
    assert len(many.captured_queries) <= len(few.captured_queries) + 1


# -- navigation, ledger


def test_the_menu_holds_what_the_role_may_use(cast, version, sign_in):
    pushed(cast, version)
    answer = text(sign_in(cast.supervisor).get("/desk/"))
    assert 'href="/desk/supervision/"' in answer
    assert "市场监管局" in answer
    assert 'href="/desk/ledger/"' not in answer
    assert 'href="/desk/ledger/"' in text(sign_in(cast.auditor).get("/desk/"))


def test_the_desk_asks_for_a_sign_in(client):
    answer = client.get("/desk/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert client.get("/desk/", headers=HTMX).headers["HX-Redirect"].startswith("/accounts/login/")


def test_the_auditor_reads_the_ledger(cast, version, sign_in):
    push = pushed(cast, version)
    seal()
    client = sign_in(cast.auditor)
    answer = client.get("/desk/ledger/", {"case": push.case.number, "action": "letter.sent"})
    assert [row["title"] for row in answer.context["rows"]] == ["发出函件并送达"]
    assert answer.context["waiting"] == "0项"


@pytest.mark.parametrize("who", ["clerk", "supervisor", "evaluator", "sysadmin", "stranger"])
def test_only_the_auditor_reads_the_ledger(cast, sign_in, who):
    assert sign_in(getattr(cast, who)).get("/desk/ledger/").status_code == 403
    assert sign_in(getattr(cast, who)).post("/desk/ledger/verify/").status_code == 403
