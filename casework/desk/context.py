"""What every desk page shows around its content; evaluated only when a whole page is drawn."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from casework.core.access import Access, Can, access_of
from casework.core.counting import capped, count
from casework.core.ledger.queries import unsealed_alarm
from casework.desk.queries import inbox
from casework.supervision.models import PushState
from casework.supervision.queries import pushes_for


@dataclass(frozen=True)
class NavItem:
    """One place of the desk, for those who hold any of ``permissions``."""

    label: str
    name: str
    icon: str
    permissions: tuple[Can, ...]


NAV: tuple[NavItem, ...] = (
    NavItem("待办事项", "casework:desk", "inbox", (Can.USE_DESK,)),
    NavItem(
        "窗口收件",
        "casework:intake",
        "clipboard-document-list",
        (Can.RECEIVE_CASE, Can.ACCEPT_CASE, Can.ISSUE_CASE),
    ),
    NavItem("办件查询", "casework:cases", "folder-open", (Can.READ_CASES, Can.READ_ALL_CASES)),
    NavItem("函件收发", "casework:letters", "envelope", (Can.READ_CASES,)),
    NavItem("办理结果认领", "casework:pushes", "inbox-arrow-down", (Can.CLAIM_RESULT, Can.REGISTER_HOLDER)),
    NavItem("监管台账", "casework:register", "book-open", (Can.CLAIM_RESULT, Can.REGISTER_HOLDER)),
    NavItem("投递情况", "casework:deliveries", "paper-airplane", (Can.READ_DELIVERIES,)),
    NavItem("投递失败处理", "casework:dead-letters", "exclamation-triangle", (Can.SETTLE_DELIVERY,)),
    NavItem("投递地址", "casework:endpoints", "globe-alt", (Can.READ_DELIVERIES,)),
    NavItem("提醒未达", "casework:unreached", "bell-alert", (Can.READ_UNREACHED,)),
    NavItem("委托代理", "casework:substitutions", "users", (Can.READ_CASES, Can.ARRANGE_SUBSTITUTIONS)),
    NavItem("账号管理", "people", "user-plus", (Can.ARRANGE_SUBSTITUTIONS,)),
    NavItem("存证查阅", "casework:ledger", "shield-check", (Can.READ_LEDGER,)),
    NavItem("编辑日志", "casework:editing-log", "pencil-square", (Can.READ_LEDGER,)),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """``desk_nav``, ``desk_department``, ``ledger_alarm`` for signed-in readers of desk and own account."""
    user = getattr(request, "user", None)
    if not request.path.startswith(("/desk/", "/accounts/")) or user is None or not user.is_authenticated:
        return {}
    return {
        "desk_nav": SimpleLazyObject(lambda: _nav(request)),
        "ledger_alarm": SimpleLazyObject(lambda: _ledger_alarm(_access(request))),
        "desk_department": SimpleLazyObject(lambda: "、".join(_access(request).names)),
    }


def _ledger_alarm(access: Access) -> str:
    """For those who watch over the ledger and the machine; everybody else reads nothing and asks nothing."""
    watches = access.can(Can.READ_LEDGER) or access.can(Can.READ_DELIVERIES)
    return unsealed_alarm(timezone.now()) if watches else ""


def _access(request: Any) -> Access:
    found: Access | None = getattr(request, "access", None)
    return found or access_of(request.user, timezone.now())


def _nav(request: HttpRequest) -> list[dict[str, Any]]:
    access = _access(request)
    allowed = [item for item in NAV if any(access.can(permission) for permission in item.permissions)]
    addresses = {item: reverse(item.name) for item in allowed}
    # The longest address that the page lies under is the current one: "/desk/" holds them all.
    under = [item for item in allowed if request.path.startswith(addresses[item])]
    current = max(under, key=lambda item: len(addresses[item]), default=None)
    if current is not None and current.name == "casework:desk" and request.path != addresses[current]:
        current = None
    return [
        {
            "label": item.label,
            "url": addresses[item],
            "icon": item.icon,
            "count": _count(request, item, access),
            "current": item is current,
        }
        for item in allowed
    ]


def _count(request: HttpRequest, item: NavItem, access: Access) -> str:
    """What waits there, in words; nothing for places that only hold records."""
    if item.name == "casework:desk":
        known: int | None = getattr(request, "waiting", None)
        waiting = count(inbox(access)) if known is None else known
    elif item.name == "casework:pushes":
        waiting = count(pushes_for(access).filter(state=PushState.DELIVERED))
    else:
        return ""
    return capped(waiting) if waiting else ""
