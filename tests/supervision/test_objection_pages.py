"""疑义 on the screen (9.1): the supervisor objects, the approver reads and answers, both see what stands."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from casework.core.letters.models import Letter, LetterKind, Objection
from casework.models import StoredFile
from casework.supervision import actions
from tests.core.rooms import stored, upload
from tests.seen import hidden, send
from tests.supervision.world import fresh, pushed

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
REASON = "许可范围与现场核查的经营项目不一致"
ANSWER = "经核实，以决定书载明的许可范围为准"


def page_of(push):
    return reverse("casework:push", args=[push.pk])


def letter_of(push):
    return reverse("casework:letter", args=[Objection.objects.get(recipient=push.recipient).asked.letter_id])


def text(response):
    return response.content.decode()


@pytest.fixture
def push(cast, version):
    made = pushed(cast, version, now=timezone.now())
    actions.open_result(made, by=cast.supervisor, now=timezone.now())
    return fresh(made)


@pytest.fixture
def desk(cast, sign_in):
    return sign_in(cast.supervisor)


def objected(push, cast, **changes):
    given = {"reason": REASON, "by": cast.supervisor, "now": timezone.now()}
    return actions.object_to_result(push, **(given | changes))


# -- the whole way, without JavaScript


def test_objection_and_answer_without_javascript(cast, push, desk, sign_in):
    before = text(desk.get(page_of(push)))
    assert "疑义期限内" in before
    assert "自送达还是自认领起算待确认" not in before
    assert "条文（待确认）" in before
    form = {"reason": REASON, "attachments": [upload("现场照片.pdf")]}
    answer = send(desk, page_of(push), f"{page_of(push)}object/", form, follow=True)
    assert answer.redirect_chain == [(page_of(push), 302)]
    for words in (REASON, "待审批部门答复", "儋审异", "现场照片.pdf", "已提出疑义"):
        assert words in text(answer)
    assert 'name="reason"' in text(answer)  # it can still be returned
    assert f"{page_of(push)}object/" not in text(answer)

    approver = sign_in(cast.handler)
    inbox = text(approver.get("/desk/?kind=answer_objection"))
    assert f"{page_of(push)}objection/" in inbox
    assert f"{page_of(push)}objection/" in text(
        approver.get(reverse("casework:case", args=[push.case.number]))
    )
    closed = approver.get(f"{page_of(push)}objection/", follow=True)
    assert closed.redirect_chain == [(letter_of(push), 302)]
    assert REASON not in text(closed)  # reading is a fact: it is opened first
    opened = text(approver.post(f"{letter_of(push)}open/", follow=True))
    assert REASON in opened
    assert "现场照片.pdf" in opened
    assert f"{page_of(push)}answer/" in opened
    answer = send(approver, letter_of(push), f"{page_of(push)}answer/", {"text": ANSWER}, follow=True)
    assert answer.redirect_chain == [(letter_of(push), 302)]
    assert ANSWER in text(answer)
    assert f"{page_of(push)}answer/" not in text(answer)
    assert not approver.get("/desk/?kind=answer_objection").context["rows"]

    shown = text(desk.get(page_of(push)))
    for words in (ANSWER, "已答复", "儋审复", cast.handler.name):
        assert words in shown


def test_the_answer_letter_is_a_letter_like_any_other(cast, push, desk):
    objected(push, cast)
    actions.answer_objection(push, text=ANSWER, by=cast.handler, now=timezone.now())
    letter = Letter.objects.get(kind=LetterKind.OBJECTION_ANSWER)
    url = reverse("casework:letter", args=[letter.pk])
    assert ANSWER not in text(desk.get(url))
    assert ANSWER in text(desk.post(f"{url}open/", follow=True))


def test_a_late_objection_says_so_to_both(cast, version, desk, sign_in):
    push = pushed(cast, version, now=timezone.now() - timedelta(days=30))
    actions.open_result(push, by=cast.supervisor, now=timezone.now())
    before = text(desk.get(page_of(push)))
    assert "疑义期限已过" in before
    assert "期限已过，仍可提出" in before
    answer = send(desk, page_of(push), f"{page_of(push)}object/", {"reason": REASON}, follow=True)
    assert "疑义已逾期提出" in text(answer)
    assert "逾期提出" in text(answer)
    approver = sign_in(cast.handler)
    assert "逾期提出的疑义同样受理" in text(approver.post(f"{letter_of(push)}open/", follow=True))
    assert "逾期提出" in text(approver.get(reverse("casework:case", args=[push.case.number])))


# -- bad input


def test_every_field_of_the_page_has_an_id_of_its_own(push, desk):
    """Return and objection both ask for a reason: a label must lead to its own field."""
    for page in (
        desk.get(page_of(push)),
        send(desk, page_of(push), f"{page_of(push)}object/", {"reason": ""}),
    ):
        ids = re.findall(r' id="([^"]+)"', text(page))
        assert sorted(ids) == sorted(set(ids))


def test_an_empty_objection_comes_back_with_the_error(cast, push, desk):
    answer = send(desk, page_of(push), f"{page_of(push)}object/", {"reason": " "})
    assert answer.status_code == 422
    assert "请写明疑义的内容和理由。" in text(answer)
    assert "错误：办理结果" in text(answer)


@pytest.mark.parametrize("name", ["程序.exe", "空.pdf"])
def test_a_refused_file_keeps_what_was_typed(cast, push, desk, name):
    bad = upload(name, b"" if name == "空.pdf" else b"MZ\x90")
    form = {"reason": REASON, "attachments": [upload("好的.pdf"), bad]}
    answer = send(desk, page_of(push), f"{page_of(push)}object/", form)
    assert "好的.pdf" in text(answer)  # a good file stays chosen
    assert answer.status_code == 422
    assert REASON in text(answer)
    assert not Objection.objects.exists()
    assert not StoredFile.objects.filter(department=cast.competent).exists()


def test_a_bad_answer_comes_back_on_the_letter_with_what_was_typed(cast, push, sign_in):
    objected(push, cast)
    approver = sign_in(cast.handler)
    approver.post(f"{letter_of(push)}open/")
    said = "请与13800000000联系"
    answer = send(approver, letter_of(push), f"{page_of(push)}answer/", {"text": said})
    assert answer.status_code == 422
    assert said in text(answer)
    assert "手机号码" in text(answer)
    assert "<title>错误：" in text(answer)
    fragment = approver.post(f"{page_of(push)}answer/", {"text": "", "use_partial": "body"}, headers=HTMX)
    assert fragment.status_code == 422
    assert "<html" not in text(fragment)


def test_somebody_else_answered_first(cast, push, sign_in):
    objected(push, cast)
    approver = sign_in(cast.handler)
    approver.post(f"{letter_of(push)}open/")
    seen = hidden(approver, letter_of(push), f"{page_of(push)}answer/")
    actions.answer_objection(push, text=ANSWER, by=cast.handler, now=timezone.now())
    again = approver.post(f"{page_of(push)}answer/", {**seen, "text": "另一份"})
    assert again.status_code == 409
    assert ANSWER in text(again)  # both stand side by side
    assert "另一份" in text(again)
    assert Objection.objects.get().answer == ANSWER


def test_a_colleagues_claim_does_not_stop_an_objection_but_a_return_does(cast, version, desk):
    for number, act, status in ((1, "claim", 302), (2, "return", 409)):
        push = pushed(cast, version, number, now=timezone.now())
        actions.open_result(push, by=cast.supervisor, now=timezone.now())
        seen = hidden(desk, page_of(push), f"{page_of(push)}object/")
        if act == "claim":
            actions.claim_result(fresh(push), by=cast.supervisor, now=timezone.now())
        else:
            actions.return_result(fresh(push), reason="不属于", by=cast.supervisor, now=timezone.now())
        answer = desk.post(f"{page_of(push)}object/", {**seen, "reason": REASON})
        assert answer.status_code == status, act


# -- who


@pytest.mark.parametrize("act", ["object/", "answer/", "objection/"])
def test_another_departments_objection_is_not_found(cast, push, sign_in, act):
    objected(push, cast)
    other = sign_in(cast.stranger)  # holds every role, elsewhere
    method = other.get if act == "objection/" else other.post
    assert method(f"{page_of(push)}{act}").status_code == 404


@pytest.mark.parametrize(
    ("who", "act", "status"),
    [
        ("handler", "object/", 403),
        ("clerk", "answer/", 403),
        ("supervisor", "answer/", 403),
        ("chief", "answer/", 403),
        ("enforcer", "object/", 404),
    ],
)
def test_who_may_object_and_answer(cast, push, sign_in, who, act, status):
    assert sign_in(getattr(cast, who)).post(f"{page_of(push)}{act}", {"reason": "x"}).status_code == status


def test_the_other_supervisor_reads_nothing_of_it(cast, push, sign_in):
    objected(push, cast)
    other = sign_in(cast.enforcer)
    case_page = text(other.get(reverse("casework:case", args=[push.case.number])))
    assert "儋审异" not in case_page
    assert other.get(letter_of(push)).status_code == 404


# -- what a return takes away


def test_who_returned_a_result_keeps_no_access_to_its_files(cast, version, desk):
    push = pushed(cast, version, now=timezone.now())
    file = stored(push.case, cast, name="申请书二.pdf")
    push.recipient.letter.files.add(file, through_defaults={"sha256": file.sha256})
    url = reverse("casework:file", args=[file.pk])
    assert desk.get(url).status_code == 404  # nothing before the opening
    desk.post(f"{page_of(push)}open/")
    answer = desk.get(url)
    assert answer.status_code == 200
    b"".join(answer.streaming_content)
    send(desk, page_of(push), f"{page_of(push)}return/", {"reason": "不属于本部门监管"})
    assert desk.get(url).status_code == 404
    letter = reverse("casework:letter", args=[push.recipient.letter_id])
    for page in (page_of(push), letter, reverse("casework:case", args=[push.case.number])):
        assert str(file.pk) not in text(desk.get(page)), page
    assert "附件不再提供" in text(desk.get(letter))
    assert "随函材料不再提供" in text(desk.get(page_of(push)))


def test_what_comes_again_can_be_read_again(cast, version, desk):
    push = pushed(cast, version, now=timezone.now())
    actions.open_result(push, by=cast.supervisor, now=timezone.now())
    actions.return_result(push, reason="不属于本部门监管", by=cast.supervisor, now=timezone.now())
    new = actions.repush(fresh(push), department=cast.competent, by=cast.handler, now=timezone.now())
    assert "申请书.pdf" not in text(desk.get(page_of(new)))
    desk.post(f"{page_of(new)}open/")
    assert "申请书.pdf" in text(desk.get(page_of(new)))


# -- cost


@pytest.mark.parametrize("state", ["none", "objected", "answered"])
def test_the_push_page_costs_a_fixed_number_of_queries(
    cast, push, desk, state, django_assert_max_num_queries
):
    if state != "none":
        objected(push, cast, uploads=[upload("甲.pdf"), upload("乙.pdf")])
    if state == "answered":
        actions.answer_objection(push, text=ANSWER, by=cast.handler, now=timezone.now())
    desk.get(page_of(push))
    with django_assert_max_num_queries(26):
        assert desk.get(page_of(push)).status_code == 200
