"""OA mail through a real SMTP receiver."""

import email
import email.policy
import hashlib
from pathlib import Path

import pytest
from django.core.files.storage import storages

from casework.core.cases.models import Case
from casework.core.letters.actions import send
from casework.core.letters.models import LetterKind
from casework.core.outbox import actions
from casework.core.outbox.models import Channel, Delivery, DeliveryState
from tests.cast import NOW, Cast
from tests.core.outbox.receivers import Mailbox
from tests.core.rooms import PDF, endpoint, make_case, office, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: Cast, version) -> Case:
    return make_case(cast, version)


@pytest.fixture
def owed(case: Case, cast: Cast) -> Delivery:
    endpoint(cast.competent, Channel.OA_MAIL, "oa@competent.test")
    files = [stored(case, cast), stored(case, cast, name="平面图（一层）.docx", data=office())]
    send(
        kind=LetterKind.RESULT,
        case=case,
        sender=cast.window,
        to=[cast.competent],
        title="示例餐饮有限公司的审批结果",
        facts={"办理结果": "准予许可"},
        files=files,
        by=cast.clerk,
        now=NOW,
    )
    return Delivery.objects.get()


def deliver(delivery: Delivery) -> None:
    actions.deliver(delivery.pk, now=NOW)
    delivery.refresh_from_db()


def test_the_receiver_gets_the_letter_and_its_files(owed: Delivery, mailbox: Mailbox, settings) -> None:
    settings.PUBLIC_URL = "https://linkage.example"
    deliver(owed)
    assert owed.state == DeliveryState.SENT
    (raw,) = mailbox.got
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["To"] == "oa@competent.test"
    assert mail["Subject"].strip() == "【儋审推〔2026〕1号】示例餐饮有限公司的审批结果"
    assert mail["X-Letter-Number"].strip() == "儋审推〔2026〕1号"
    assert mail["Message-ID"] == f"<{owed.dedup.replace(':', '.')}@linkage.example>"
    assert mail.get_body().get_content().replace("\r\n", "\n") == owed.body
    first, second = mail.iter_attachments()
    assert (first.get_filename(), first.get_content()) == ("营业执照.pdf", PDF)
    assert second.get_filename() == "平面图（一层）.docx"
    assert hashlib.sha256(second.get_content()).hexdigest() in owed.body


def test_a_repeated_mail_carries_the_same_identity(owed: Delivery, mailbox: Mailbox) -> None:
    deliver(owed)
    Delivery.objects.update(state=DeliveryState.NEW, sent_at=None, next_at=NOW)
    deliver(owed)
    ids = {email.message_from_bytes(raw)["Message-ID"] for raw in mailbox.got}
    assert len(mailbox.got) == 2
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("refuse", "reject", "state"),
    [
        ("550 no such mailbox", "", DeliveryState.DEAD),
        ("450 mailbox busy", "", DeliveryState.NEW),
        ("", "554 looks like spam", DeliveryState.DEAD),
        ("", "452 disk full", DeliveryState.NEW),
    ],
)
def test_permanent_and_temporary_answers(
    refuse: str, reject: str, state: str, owed: Delivery, mailbox: Mailbox
) -> None:
    mailbox.refuse, mailbox.reject = refuse, reject
    deliver(owed)
    assert (owed.state, mailbox.got) == (state, [])
    answer = refuse or reject
    assert owed.tries.get().status == answer[:3]
    assert answer[4:] in owed.last_error


def test_no_mail_server(owed: Delivery, mailbox: Mailbox, settings) -> None:
    settings.EMAIL_PORT = 1
    deliver(owed)
    assert owed.state == DeliveryState.NEW
    assert "连接失败" in owed.last_error


def test_changed_bytes_are_never_sent(owed: Delivery, mailbox: Mailbox, case: Case) -> None:
    file = case.files.get(name="营业执照.pdf")
    Path(storages["private"].path(file.storage_name)).write_bytes(PDF + b"x")
    deliver(owed)
    assert (owed.state, mailbox.got) == (DeliveryState.DEAD, [])
    assert "摘要不符" in owed.last_error


def test_missing_bytes_wait_for_the_storage(owed: Delivery, mailbox: Mailbox, case: Case) -> None:
    storages["private"].delete(case.files.get(name="营业执照.pdf").storage_name)
    deliver(owed)
    assert (owed.state, mailbox.got) == (DeliveryState.NEW, [])


def test_a_header_cannot_be_smuggled_in(mailbox: Mailbox) -> None:
    delivery = actions.enqueue(
        dedup="x",
        reference="reminder:1",
        channel=Channel.MAIL,
        endpoint=None,
        address="a@example.test",
        subject="提醒\r\nBcc: evil@example.test",
        body="正文",
        now=NOW,
    )
    deliver(delivery)
    mail = email.message_from_bytes(mailbox.got[0], policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"].strip() == "提醒 Bcc: evil@example.test"
    bad = actions.enqueue(
        dedup="y",
        reference="reminder:2",
        channel=Channel.MAIL,
        endpoint=None,
        address="a@example.test\nBcc: evil@example.test",
        subject="x",
        body="x",
        now=NOW,
    )
    deliver(bad)
    assert bad.state == DeliveryState.DEAD
    assert len(mailbox.got) == 1
