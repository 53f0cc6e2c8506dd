"""The head of each day, signed and handed outside: as a file and by mail (R-41).

The signature is Ed25519; its key lies beside the database, never in it. Whoever rewrites the whole chain
cannot rewrite what others hold.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from casework.core.ledger.actions import record
from casework.core.ledger.chain import START, Anchor, canonical
from casework.core.ledger.models import LedgerAnchor, LedgerEntry
from casework.core.outbox.actions import enqueue
from casework.core.outbox.models import Channel
from portal.accounts.models import Membership, User
from portal.accounts.roles import Role

ONE_DAY = timedelta(days=1)


class BadAnchor(ValueError):
    """An anchor file that cannot be read, or whose signature does not hold; ``str()`` says why, in Chinese."""


def signing_key() -> Ed25519PrivateKey:
    """The platform's key; its 32 bytes are the digest of the text in the key file."""
    seed = hashlib.sha256(settings.LEDGER_SIGNING_KEY.encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key() -> str:
    """The public half, base64 of 32 bytes: publish it, outsiders verify with it."""
    raw = signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def hand_out(*, now: datetime) -> list[LedgerAnchor]:
    """Sign the head of every finished day that has none yet, and hand it outside; what was made, oldest first.

    A day whose entries are not all sealed waits, and the days after it with it. Files that are missing
    in the folder are written again, so that a failed disk loses nothing.
    """
    try:
        made = _sign_all(now)
    except IntegrityError:  # another worker was faster; it hands them out
        made = []
    write_files()
    return made


@transaction.atomic
def _sign_all(now: datetime) -> list[LedgerAnchor]:
    """All or nothing, and one mail for all: after a long stop nobody gets a mail per day."""
    made: list[LedgerAnchor] = []
    last = LedgerAnchor.objects.order_by("-day").first()
    while (day := _next_day(last, now)) is not None:
        end = timezone.make_aware(datetime.combine(day + ONE_DAY, time.min))
        if LedgerEntry.objects.filter(seq=None, at__lt=end).exists():
            break
        last = _sign(day, end, before=last.seq if last else 0, now=now)
        made.append(last)
    if made:
        _mail(made, now)
    return made


def _next_day(last: LedgerAnchor | None, now: datetime) -> date | None:
    """The first finished day after ``last``; the day of the first entry where there is none yet."""
    if last is not None:
        day = last.day + ONE_DAY
    else:
        first = LedgerEntry.objects.order_by("id").values_list("at", flat=True).first()
        if first is None:
            return None
        day = timezone.localdate(first)
    return day if day < timezone.localdate(now) else None


def _sign(day: date, end: datetime, *, before: int, now: datetime) -> LedgerAnchor:
    until = LedgerEntry.objects.filter(seq__isnull=False, at__lt=end).order_by("-seq").first()
    seq, digest = (until.seq or 0, until.hash) if until else (0, START)
    anchor = LedgerAnchor(
        day=day, seq=seq, hash=digest, entries=seq - before, made_at=now, public_key=public_key()
    )
    anchor.signature = base64.b64encode(signing_key().sign(canonical(facts_of(anchor)).encode())).decode()
    anchor.save(force_insert=True)
    record("ledger.anchored", by=None, now=now, obj=anchor, day=day.isoformat(), head=seq)
    return anchor


def _mail(made: list[LedgerAnchor], now: datetime) -> None:
    last = made[-1]
    text = "\n\n".join(
        [
            f"{settings.SITE_NAME}的存证链首如下，请妥善留存，以备日后核对存证是否被改动。",
            *(as_text(anchor) for anchor in made),
            "本邮件由平台自动发出，无需回复。",
        ]
    )
    for address in _addresses(now):
        enqueue(
            dedup=f"anchor:{last.day}:{hashlib.sha256(address.encode()).hexdigest()[:16]}",
            reference=f"anchor:{last.day}",
            channel=Channel.MAIL,
            endpoint=None,
            address=address,
            subject=f"【存证链首】{last.day} 第{last.seq}项",
            body=text,
            now=now,
        )


def _addresses(now: datetime) -> list[str]:
    """The addresses of the setting, else those of whoever is an auditor today."""
    if settings.LEDGER_ANCHOR_EMAILS:
        return list(settings.LEDGER_ANCHOR_EMAILS)
    auditing = Membership.objects.valid_on(timezone.localdate(now)).filter(role=Role.AUDITOR)
    auditors = User.objects.filter(is_active=True, pk__in=auditing.values("user_id")).exclude(email="")
    return sorted(set(auditors.values_list("email", flat=True)))


# -- files ---------------------------------------------------------------------------


def facts_of(anchor: LedgerAnchor) -> dict[str, Any]:
    """What the signature is over."""
    return {
        "day": anchor.day.isoformat(),
        "seq": anchor.seq,
        "hash": anchor.hash,
        "entries": anchor.entries,
        "made_at": timezone.localtime(anchor.made_at).isoformat(),
    }


def as_text(anchor: LedgerAnchor) -> str:
    """The anchor as it leaves the platform: its facts, the signature over them, the key to check it with."""
    said = {"anchor": facts_of(anchor), "signature": anchor.signature, "public_key": anchor.public_key}
    return json.dumps(said, ensure_ascii=False, indent=1)


def write_files() -> int:
    """Write the file of every anchor that has none in LEDGER_ANCHOR_DIR; how many were written."""
    folder = Path(settings.LEDGER_ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name for path in folder.glob("anchor-*.json")}
    written = 0
    for anchor in LedgerAnchor.objects.order_by("day").iterator():
        name = f"anchor-{anchor.day}.json"
        if name not in there:
            draft = folder / f".{name}.draft"
            draft.write_text(as_text(anchor), "utf-8")
            draft.rename(folder / name)
            written += 1
    return written


def read_files(folder: Path, key: str = "") -> list[Anchor]:
    """The anchors of a folder, oldest first, each with its signature checked against ``key`` (base64).

    Without ``key`` the platform's own is taken: never the one that stands in the file. Raises ``BadAnchor``.
    """
    return [_read(path, key or public_key()) for path in _files(folder)]


def _files(folder: Path) -> Iterable[Path]:
    found = sorted(folder.glob("anchor-*.json"))
    if not found:
        raise BadAnchor(f"{folder} 中没有链首文件（anchor-日期.json）")
    return found


def _read(path: Path, key: str) -> Anchor:
    try:
        said = json.loads(path.read_text("utf-8"))
        facts = said["anchor"]
        anchor = Anchor(str(facts["day"]), int(facts["seq"]), str(facts["hash"]))
        signature = base64.b64decode(said["signature"])
        verifier = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadAnchor(f"{path.name} 无法读取，或公钥不正确") from error
    try:
        verifier.verify(signature, canonical(facts).encode())
    except InvalidSignature as error:
        raise BadAnchor(f"{path.name} 的签名不符，不是本平台签发或已被改动") from error
    return anchor
