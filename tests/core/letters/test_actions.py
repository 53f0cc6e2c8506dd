"""Send, open, claim, return; notices and numbers."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from casework.core.cases.models import Case
from casework.core.ledger.models import LedgerEntry
from casework.core.letters import actions
from casework.core.letters.models import Letter, LetterKind, Notice, Recipient
from casework.core.letters.rendering import letter_payload
from casework.core.letters.rules import BadLetter
from casework.core.outbox.models import Channel, Delivery
from casework.core.transitions import StaleState
from tests.cast import NOW, Cast, at
from tests.core.rooms import SECRET, endpoint, make_case, stored

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


@pytest.fixture
def send(case: Case, cast: Cast):
    def make(**changes: object) -> Letter:
        return actions.send(
            **{
                "kind": LetterKind.RESULT,
                "case": case,
                "sender": cast.window,
                "to": [cast.competent, cast.enforcement],
                "title": "关于示例餐饮有限公司\n食品经营许可的审批结果",
                "facts": {"办理结果": "准予许可", "证件编号": "JY14600000000001"},
                "files": [],
                "by": cast.clerk,
                "now": NOW,
                **changes,
            }
        )

    return make


def test_a_letter_is_delivered_in_the_transaction_of_its_birth(send, cast: Cast, case: Case) -> None:
    file = stored(case, cast)
    letter = send(files=[file, file])
    assert letter.number == "儋审推〔2026〕1号"
    assert letter.clause == "9.1"
    assert letter.title == "关于示例餐饮有限公司 食品经营许可的审批结果"
    recipients = list(letter.recipients.order_by("id"))
    assert [r.department for r in recipients] == [cast.competent, cast.enforcement]
    assert {r.delivered_at for r in recipients} == {NOW}
    assert [(row.file, row.sha256) for row in letter.attachments.all()] == [(file, file.sha256)]
    entry = LedgerEntry.objects.get(action="letter.sent")
    assert json.loads(entry.payload)["to"] == ["competent", "enforcement"]
    assert (entry.clause, entry.department, entry.actor) == ("9.1", cast.window, cast.clerk)


def test_every_active_address_gets_one_delivery(send, cast: Cast, case: Case) -> None:
    mail = endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    http = endpoint(cast.competent, Channel.HTTP, "http://127.0.0.1:9/in", secret=SECRET)
    endpoint(cast.competent, Channel.OA_MAIL, "old@competent.test", active=False)
    endpoint(cast.elsewhere, Channel.OA_MAIL, "oa@elsewhere.test")
    file = stored(case, cast)
    letter = send(files=[file])
    recipient = letter.recipients.get(department=cast.competent)
    rows = {row.endpoint: row for row in Delivery.objects.all()}
    assert set(rows) == {mail, http}
    assert rows[mail].dedup == f"letter:{letter.pk}:recipient:{recipient.pk}:endpoint:{mail.pk}"
    assert {row.reference for row in rows.values()} == {f"recipient:{recipient.pk}"}
    assert rows[mail].files == [str(file.pk)]
    assert rows[mail].headers == {"X-Letter-Number": letter.number, "X-Case-Number": letter.case.number}
    assert "办理结果：准予许可" in rows[mail].body
    assert file.sha256 in rows[mail].body
    assert rows[http].body == letter_payload(letter, recipient)
    assert rows[http].files == []


@pytest.mark.parametrize("attached", [True, False])
def test_files_too_big_for_a_mailbox_are_named_and_stay_here(
    send, cast: Cast, case: Case, settings, attached: bool
) -> None:
    endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    files = [stored(case, cast, name=f"{name}.pdf") for name in ("甲", "乙")]
    total = sum(file.size for file in files)
    settings.OUTBOX_MAIL_MAX_BYTES = total if attached else total - 1
    send(files=files)
    mail = Delivery.objects.get()
    assert mail.files == ([str(file.pk) for file in files] if attached else [])
    assert all(name in mail.body for name in ("甲.pdf", "乙.pdf", files[0].sha256))
    assert ("未随本邮件发送，请登录平台" in mail.body) is not attached


def test_the_payload_is_canonical_and_holds_no_personal_data(send, cast: Cast, case: Case) -> None:
    file = stored(case, cast, name="王小明身份证.pdf")
    letter = send(files=[file])
    recipient = letter.recipients.get(department=cast.competent)
    body = letter_payload(letter, recipient)
    assert body == letter_payload(Letter.objects.get(pk=letter.pk), Recipient.objects.get(pk=recipient.pk))
    told = json.loads(body)
    assert body == json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert told["letter"]["sent_at"] == "2026-09-07T01:30:00+00:00"
    assert told["recipient"]["id"] == recipient.pk
    assert told["files"] == [
        {"id": str(file.pk), "sha256": file.sha256, "size": file.size, "content_type": "application/pdf"}
    ]
    assert "王小明" not in body
    assert case.query_code not in body


def test_off_platform_can_be_left_out(send, cast: Cast) -> None:
    endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    send(deliver_off_platform=False)
    assert not Delivery.objects.exists()


def test_what_cannot_be_sent(send, cast: Cast, case: Case, version) -> None:
    foreign = stored(make_case(cast, version, number="460400202609070000002"), cast)
    for changes in (
        {"to": []},
        {"files": [foreign]},
        {"facts": {"理由": "11010519491231002X"}},
    ):
        with pytest.raises(BadLetter):
            send(**changes)
    assert not Letter.objects.exists()


def test_departments_named_twice_get_one_letter(send, cast: Cast) -> None:
    assert send(to=[cast.competent, cast.competent]).recipients.count() == 1


def test_numbers_run_per_series_and_shanghai_year(send) -> None:
    assert send().number == "儋审推〔2026〕1号"
    assert send().number == "儋审推〔2026〕2号"
    assert send(kind=LetterKind.CIRCULATION).number == "儋审联〔2026〕1号"
    assert send(now=at(12, 31, 23, 59)).number == "儋审推〔2026〕3号"
    assert send(now=at(1, 1, 0, 0, year=2027)).number == "儋审推〔2027〕1号"


def test_a_number_is_given_back_when_the_act_fails(send) -> None:
    with pytest.raises(BadLetter):
        send(facts={"x": "11010519491231002X"})
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    assert send().number == "儋审推〔2026〕1号"


def test_the_first_opening_counts(send, cast: Cast) -> None:
    recipient = send().recipients.get(department=cast.competent)
    assert actions.open_letter(recipient, by=cast.supervisor, now=LATER) is True
    assert actions.open_letter(recipient, by=cast.enforcer, now=LATER + timedelta(hours=1)) is False
    recipient.refresh_from_db()
    assert (recipient.opened_at, recipient.opened_by) == (LATER, cast.supervisor)
    assert (recipient.claimed_at, recipient.returned_at) == (None, None)
    assert LedgerEntry.objects.filter(action="letter.opened").count() == 1


def test_claim_once(send, cast: Cast) -> None:
    recipient = send().recipients.get(department=cast.competent)
    stale = Recipient.objects.get(pk=recipient.pk)
    actions.claim(recipient, by=cast.supervisor, now=LATER)
    recipient.refresh_from_db()
    assert (recipient.claimed_at, recipient.claimed_by) == (LATER, cast.supervisor)
    with pytest.raises(StaleState):
        actions.claim(stale, by=cast.supervisor, now=LATER)
    with pytest.raises(StaleState):
        actions.return_letter(stale, reason="不属于我局职责", by=cast.supervisor, now=LATER)
    assert LedgerEntry.objects.filter(action="letter.claimed").count() == 1


def test_return_with_a_reason(send, cast: Cast) -> None:
    recipient = send().recipients.get(department=cast.competent)
    for reason in ("", "   ", "长" * 501):
        with pytest.raises(actions.BadReturn) as refused:
            actions.return_letter(recipient, reason=reason, by=cast.supervisor, now=LATER)
        assert refused.value.field == "reason"
    actions.return_letter(recipient, reason=" 不属于我局职责 ", by=cast.supervisor, now=LATER)
    recipient.refresh_from_db()
    assert recipient.return_reason == "不属于我局职责"
    with pytest.raises(StaleState):
        actions.claim(recipient, by=cast.supervisor, now=LATER)
    assert LedgerEntry.objects.get(action="letter.returned").department == cast.competent


def test_a_circulation_is_answered_not_claimed(send, cast: Cast) -> None:
    recipient = send(kind=LetterKind.CIRCULATION).recipients.get(department=cast.competent)
    with pytest.raises(BadLetter):
        actions.claim(recipient, by=cast.supervisor, now=LATER)
    with pytest.raises(BadLetter):
        actions.return_letter(recipient, reason="x", by=cast.supervisor, now=LATER)


def test_the_database_forbids_claimed_and_returned(send, cast: Cast) -> None:
    recipient = send().recipients.get(department=cast.competent)
    actions.claim(recipient, by=cast.supervisor, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recipient.objects.filter(pk=recipient.pk).update(
            returned_at=LATER, returned_by=cast.supervisor, return_reason="x"
        )


def test_a_notice_is_numbered_dated_and_frozen(case: Case, cast: Cast) -> None:
    notice = actions.make_notice(
        kind=Notice.Kind.ACCEPTANCE,
        case=case,
        issuer=cast.window,
        paragraphs=["  示例餐饮有限公司：", "", "你单位的申请已受理。"],
        by=cast.clerk,
        now=NOW,
    )
    assert notice.number == "儋审受〔2026〕1号"
    assert notice.paragraphs == ["示例餐饮有限公司：", "你单位的申请已受理。"]
    assert LedgerEntry.objects.get(action="notice.made").object_id == str(notice.pk)
    with pytest.raises(BadLetter):
        actions.make_notice(
            kind=Notice.Kind.GRANT, case=case, issuer=cast.window, paragraphs=[" "], by=cast.clerk, now=NOW
        )
