"""Where a department can be reached off the platform (8.2, 9.1)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from casework.core.errors import Refusal
from casework.core.ledger.actions import record
from casework.core.outbox.models import Channel, Endpoint
from portal.accounts.models import Department, User


class BadEndpoint(Refusal):
    """The address cannot be used for that channel."""


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
        try:
            validate_email(address)
        except ValidationError as error:
            raise BadEndpoint("OA邮箱地址格式不正确，请核对后重新填写。", field="address") from error
    if Endpoint.objects.filter(department=department, channel=channel, address=address).exists():
        raise BadEndpoint("该单位已登记此投递地址，无需重复登记。", field="address")
    endpoint = Endpoint.objects.create(department=department, channel=channel, address=address, secret=secret)
    record(
        "outbox.endpoint_added",
        by=by,
        now=now,
        clause="9.1",
        department=department,
        obj=endpoint,
        channel=channel,
    )
    return endpoint
