"""A letter as words for a mailbox and as canonical JSON for another platform. The same facts, no more."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from casework.core.ledger.chain import canonical
from casework.core.letters.kinds import spec_of
from casework.core.letters.models import Letter, LetterFile, Recipient

MEASURE = "《儋州市行政审批与监管、执法协调联动实施办法（试行）》"
SCHEMA = "linkage.letter/1"


def letter_text(letter: Letter, recipient: Recipient, *, attached: bool = True) -> str:
    """The letter as a mail to one receiving department (Chinese, plain text).

    ``attached=False``: the files are too much for a mailbox; the mail names them and says where they are.
    """
    spec = spec_of(letter.kind)
    lines = [
        f"{recipient.department.name}：",
        "",
        f"    {letter.title}",
        "",
        f"函件编号：{letter.number}",
        f"函件类别：{letter.get_kind_display()}",
        f"依    据：{MEASURE}{spec.clause_words}",
        f"办件编号：{letter.case.number}",
        f"发函单位：{letter.sender.name}",
        f"送达时间：{_chinese(recipient.delivered_at)}",
        "",
        "一、函件要素",
        *(f"    {label}：{shown(value)}" for label, value in letter.facts.items()),
        "",
        "二、随函附件",
        *(_file_lines(letter) or ["    无"]),
        *(
            []
            if attached
            else ["    附件合计大小超过邮件上限，未随本邮件发送，请登录平台，在该函件页面查看和下载。"]
        ),
        "",
        "三、办理要求",
        f"    {spec.ask}",
        f"    办理地址：{settings.PUBLIC_URL}/desk/letters/{letter.pk}/",
        "",
        "本邮件由平台自动发送，是平台站内函件的副本；送达时间以平台站内送达为准，邮件到达与否不影响时限。",
        "请勿直接回复本邮件。",
    ]
    return "\n".join(lines) + "\n"


def letter_payload(letter: Letter, recipient: Recipient) -> str:
    """The letter as canonical JSON for another platform: ids, facts, files by digest.

    No personal data: no applicant, no contact, no file names. The same letter gives the same bytes.
    """
    return canonical(
        {
            "schema": SCHEMA,
            "letter": {
                "number": letter.number,
                "kind": letter.kind,
                "clause": letter.clause,
                "title": letter.title,
                "sent_at": _iso(letter.sent_at),
            },
            "case": {
                "number": letter.case.number,
                "item_code": letter.case.item.platform_item_code,
                "item_name": letter.case.item.name,
            },
            "sender": {"code": letter.sender.code, "name": letter.sender.name},
            "recipient": {
                "id": recipient.pk,
                "code": recipient.department.code,
                "name": recipient.department.name,
                "delivered_at": _iso(recipient.delivered_at),
            },
            "facts": letter.facts,
            "files": [
                {
                    "id": str(row.file_id),
                    "sha256": row.sha256,
                    "size": row.file.size,
                    "content_type": row.file.content_type,
                }
                for row in attachments(letter)
            ],
        }
    )


def attachments(letter: Letter) -> list[LetterFile]:
    """The letter's files in the order in which they were put to it."""
    return list(letter.attachments.select_related("file").order_by("id"))


def shown(value: Any) -> str:
    """A fact as words: lists by 、, pairs by ；, nothing as 无."""
    if isinstance(value, Mapping):
        return "；".join(f"{label}：{shown(part)}" for label, part in value.items()) or "无"
    if isinstance(value, list | tuple):
        return "、".join(shown(part) for part in value) or "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "无" if value is None or value == "" else str(value)


def _file_lines(letter: Letter) -> list[str]:
    return [
        f"    {place}. {row.file.name}（{filesizeformat(row.file.size)}，SHA-256：{row.sha256}）".replace(
            "\xa0", " "
        )
        for place, row in enumerate(attachments(letter), start=1)
    ]


def _chinese(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y年%m月%d日 %H:%M}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
