"""Reminders in the inbox and by mail: one row per duty, stage, person and occasion, and never a storm (R-11)."""

from datetime import datetime, timedelta

from django.utils import timezone

from casework.core.clocks.models import Duty, Reminder
from casework.core.outbox import actions as outbox
from casework.core.outbox.models import Channel
from casework.core.rules_data.models import Stage
from portal.accounts.models import User

PER_HOUR = 5  # mails of their own per person; what comes on top is told in one mail
HOUR = timedelta(hours=1)
CLOSING = "请登录审管联动平台工作台查看并办理。本邮件由平台自动发出，无需回复。"


def remind(duty: Duty, stage: Stage, person: User, *, occasion: datetime, now: datetime) -> int:
    """One reminder in the inbox and, where the person has an address, one mail. How many were made (0, 1).

    ``occasion`` is the due time that the stage belongs to, or the moment of a reassignment.
    The sixth reminder within an hour and those after it share one mail. Call it inside a transaction.
    """
    mail = _mail_for(person, now)
    reminder, created = Reminder.objects.get_or_create(
        duty=duty,
        milestone=stage,
        recipient=person,
        occasion=occasion,
        defaults={"made_at": now, "mail": mail},
    )
    if created and mail == Reminder.Mail.ALONE:
        reference = f"reminder:{reminder.pk}"
        send(person, reference, _subject(duty, stage), _body(duty, stage, person, now), now)
    elif created and mail == Reminder.Mail.BUNDLED:
        _bundle(person, now)
    return int(created)


def send(person: User, dedup: str, subject: str, body: str, now: datetime) -> None:
    """Owe one mail to a person, once per ``dedup``."""
    outbox.enqueue(
        dedup=dedup,
        reference=dedup,
        channel=Channel.MAIL,
        endpoint=None,
        address=person.email,
        subject=subject,
        body=body,
        now=now,
    )


def _mail_for(person: User, now: datetime) -> Reminder.Mail:
    if not person.email:
        return Reminder.Mail.NONE
    alone = Reminder.objects.filter(recipient=person, mail=Reminder.Mail.ALONE).order_by("-id")
    fifth = alone.values_list("made_at", flat=True)[PER_HOUR - 1 : PER_HOUR].first()
    return Reminder.Mail.BUNDLED if fifth is not None and fifth > now - HOUR else Reminder.Mail.ALONE


def _bundle(person: User, now: datetime) -> None:
    """One mail per clock hour for all that came on top; how many they are stands in the inbox."""
    hour = timezone.localtime(now)
    body = (
        f"{person}，您好：\n\n一小时内产生的时限提醒超过{PER_HOUR}条，其余提醒不再逐条发送邮件。\n\n{CLOSING}"
    )
    send(person, f"reminders:{person.pk}:{hour:%Y%m%d%H}", "【审管联动】另有多条时限提醒", body, now)


def _subject(duty: Duty, stage: Stage) -> str:
    case = f" {duty.case.number}" if duty.case else ""
    return f"【审管联动】{duty.get_kind_display()}{stage.label}{case}"


def _body(duty: Duty, stage: Stage, person: User, now: datetime) -> str:
    """The mail's text: numbers and dates only, nothing about the applicant."""
    due = f"{timezone.localtime(duty.due_at):%Y年%m月%d日 %H:%M}" if duty.due_at else "暂停计时"
    lines = [
        f"{person}，您好：",
        "",
        f"{duty.holder.acting_on(timezone.localdate(now))}有一项任务{stage.label}。",
        f"任务：{duty.get_kind_display()}（《实施办法》{duty.clause}）",
        f"届满时间：{due}{'（暂定）' if duty.provisional else ''}",
    ]
    if duty.case:
        lines.append(f"办件编号：{duty.case.number}")
    return "\n".join([*lines, "", CLOSING])
