"""Where a department can be reached off the platform (8.2, 9.1): registered, moved, re-keyed, paused, switched off.

The ledger keeps neither address nor secret of an endpoint, only which one it was.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from casework.core.access import Can, NotPermitted, access_of
from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.outbox.models import Channel, Delivery, DeliveryState, Endpoint
from casework.core.outbox.reasons import checked_reason
from casework.core.outbox.rules import TargetRefused, target_of
from casework.core.outbox.signing import BOTH_VALID, new_secret
from casework.core.transitions import StaleState
from portal.accounts.models import Department, User

LIST = "PUSH_ALLOWED_ENDPOINTS"
_LISTED = "名单由运行设置规定，请运维人员加入该接收方（主机:端口）并重新启动平台后再登记。"


class BadEndpoint(Refusal):
    """The endpoint cannot be made or changed as asked."""


@transaction.atomic
def add_endpoint(
    *, department: Department, channel: Channel, address: str, secret: str = "", by: User, now: datetime
) -> Endpoint:
    """Letters to ``department`` also go to ``address`` from now on. The caller checks the permission.

    ``secret`` ("whsec_" and base64) signs HTTP pushes. The ledger keeps neither address nor secret.
    Raises ``BadEndpoint``.
    """
    if channel == Channel.HTTP and not secret:
        raise BadEndpoint("平台接口须设置签名密钥。", field="secret")
    if channel == Channel.OA_MAIL:
        _check_mail(address)
    _check_new(department, channel, address)
    endpoint = Endpoint.objects.create(department=department, channel=channel, address=address, secret=secret)
    _record("outbox.endpoint_added", endpoint, by=by, now=now)
    return endpoint


@transaction.atomic
def create(
    *, department: Department, channel: Channel, address: str, by: User, now: datetime
) -> tuple[Endpoint, str]:
    """Register an endpoint on the desk; the endpoint and its key, to be shown once ("" for mail).

    Raises ``NotPermitted``, ``BadEndpoint`` for an address off the list or registered already.
    """
    _check_permission(by, now)
    address = checked_address(channel, address)
    secret = new_secret() if channel == Channel.HTTP else ""
    made = add_endpoint(
        department=department, channel=channel, address=address, secret=secret, by=by, now=now
    )
    return made, secret


@transaction.atomic
def move(endpoint: Endpoint, *, address: str, by: User, now: datetime) -> int:
    """Send to another address from now on; what waits or is dead goes there, too, under its old identity.

    How many deliveries moved along. Raises ``NotPermitted``, ``BadEndpoint``, ``StaleState`` when a
    colleague moved it meanwhile.
    """
    _check_permission(by, now)
    address = checked_address(endpoint.channel, address)
    if address == endpoint.address:
        raise BadEndpoint("新地址与现在的地址相同。", field="address")
    _check_new(endpoint.department, endpoint.channel, address)
    if not Endpoint.objects.filter(pk=endpoint.pk, address=endpoint.address).update(address=address):
        raise StaleState(f"endpoint {endpoint.pk} was moved")
    open_ones = (DeliveryState.NEW, DeliveryState.DEAD)
    moved = Delivery.objects.filter(endpoint=endpoint, state__in=open_ones).update(address=address)
    endpoint.address = address
    _record("endpoint.moved", endpoint, by=by, now=now, deliveries=moved)
    return moved


@transaction.atomic
def rotate(endpoint: Endpoint, *, by: User, now: datetime) -> str:
    """Give the endpoint a new key, to be shown once; for ``BOTH_VALID`` the old one signs along.

    Raises ``NotPermitted``, ``BadEndpoint`` for a mailbox and while a rotation is under way.
    """
    _check_permission(by, now)
    if endpoint.channel != Channel.HTTP:
        raise BadEndpoint("只有平台接口使用签名密钥。")
    present = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    if present.old_secret_until is not None and now < present.old_secret_until:
        raise BadEndpoint("上一次密钥轮换尚未结束，请先结束后再轮换。")
    secret = new_secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(
        secret=secret, old_secret=present.secret, old_secret_until=now + BOTH_VALID
    )
    _record("endpoint.rotated", endpoint, by=by, now=now)
    return secret


@transaction.atomic
def end_rotation(endpoint: Endpoint, *, by: User, now: datetime) -> None:
    """Forget the old key: the receiver has taken the new one over. Raises ``NotPermitted``, ``StaleState``."""
    _check_permission(by, now)
    rows = Endpoint.objects.filter(pk=endpoint.pk, old_secret_until__isnull=False)
    if not rows.update(old_secret="", old_secret_until=None):
        raise StaleState(f"endpoint {endpoint.pk} is not being re-keyed")
    _record("endpoint.rotation_ended", endpoint, by=by, now=now)


@transaction.atomic
def pause(endpoint: Endpoint, *, reason: str, by: User, now: datetime) -> None:
    """Let its deliveries wait; no try is spent. Raises ``NotPermitted``, ``BadEndpoint``, ``StaleState``."""
    _check_permission(by, now)
    reason = checked_reason(reason, BadEndpoint, "暂停投递")
    rows = Endpoint.objects.filter(pk=endpoint.pk, active=True, paused_at=None)
    if not rows.update(paused_at=now, paused_by=by, pause_reason=reason):
        raise StaleState(f"endpoint {endpoint.pk} is off or paused")
    _record("endpoint.paused", endpoint, by=by, now=now, reason=reason)


@transaction.atomic
def resume(endpoint: Endpoint, *, by: User, now: datetime) -> None:
    """Go on: the next sweep takes up what waits. Raises ``NotPermitted``, ``StaleState``."""
    _check_permission(by, now)
    rows = Endpoint.objects.filter(pk=endpoint.pk, paused_at__isnull=False)
    if not rows.update(paused_at=None, paused_by=None, pause_reason=""):
        raise StaleState(f"endpoint {endpoint.pk} is not paused")
    _record("endpoint.resumed", endpoint, by=by, now=now)


@transaction.atomic
def switch_off(endpoint: Endpoint, *, reason: str, by: User, now: datetime) -> None:
    """No more deliveries there; waiting ones die at their next try. Raises as ``pause``."""
    _check_permission(by, now)
    reason = checked_reason(reason, BadEndpoint, "停用投递地址")
    rows = Endpoint.objects.filter(pk=endpoint.pk, active=True)
    off = {"active": False, "off_reason": reason, "paused_at": None, "paused_by": None, "pause_reason": ""}
    if not rows.update(**off):
        raise StaleState(f"endpoint {endpoint.pk} is off")
    _record("endpoint.switched_off", endpoint, by=by, now=now, reason=reason)


@transaction.atomic
def switch_on(endpoint: Endpoint, *, reason: str, by: User, now: datetime) -> None:
    """Use an endpoint again that was switched off, by a person or by its own 410. Raises as ``pause``."""
    _check_permission(by, now)
    reason = checked_reason(reason, BadEndpoint, "重新启用投递地址")
    checked_address(endpoint.channel, endpoint.address)
    if not Endpoint.objects.filter(pk=endpoint.pk, active=False).update(active=True, off_reason=""):
        raise StaleState(f"endpoint {endpoint.pk} is on")
    _record("endpoint.switched_on", endpoint, by=by, now=now, reason=reason)


def checked_address(channel: str, address: str) -> str:
    """An address that the platform may send to. Raises ``BadEndpoint``; for one off the list with the setting's name."""
    address = address.strip()
    if channel != Channel.HTTP:
        _check_mail(address)
        return address
    try:
        target_of(address, settings.PUSH_ALLOWED_ENDPOINTS)
    except TargetRefused as error:
        raise BadEndpoint(f"{error}。{_LISTED if LIST in str(error) else ''}", field="address") from error
    return address


def _check_mail(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadEndpoint("OA邮箱地址格式不正确，请核对后重新填写。", field="address") from error


def _check_new(department: Department, channel: str, address: str) -> None:
    if Endpoint.objects.filter(department=department, channel=channel, address=address).exists():
        raise BadEndpoint("该单位已登记此投递地址，无需重复登记。", field="address")


def _check_permission(by: User, now: datetime) -> None:
    if not access_of(by, now).can(Can.MANAGE_ENDPOINTS):
        raise NotPermitted("您没有管理投递地址的权限。")


def _record(action: str, endpoint: Endpoint, *, by: User, now: datetime, **payload: Any) -> None:
    record(
        action,
        by=by,
        now=now,
        clause="9.1",
        department=endpoint.department,
        obj=endpoint,
        channel=endpoint.channel,
        **payload,
    )
