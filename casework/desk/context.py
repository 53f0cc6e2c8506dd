"""What every desk page shows around its content; evaluated only when a whole page is drawn."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from casework.core.access import Access, Can, access_of
from casework.desk.queries import department_names, inbox
from casework.desk.rules import COUNT_CAP, capped
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
    NavItem("办理结果认领", "casework:pushes", "inbox-arrow-down", (Can.CLAIM_RESULT, Can.REGISTER_HOLDER)),
    NavItem("监管台账", "casework:register", "book-open", (Can.CLAIM_RESULT, Can.REGISTER_HOLDER)),
    NavItem("投递情况", "casework:deliveries", "paper-airplane", (Can.READ_DELIVERIES,)),
    NavItem("存证查阅", "casework:ledger", "shield-check", (Can.READ_LEDGER,)),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """``desk_nav`` and ``desk_department`` for signed-in readers of ``/desk/``; nothing elsewhere."""
    user = getattr(request, "user", None)
    if not request.path.startswith("/desk/") or user is None or not user.is_authenticated:
        return {}
    return {
        "desk_nav": SimpleLazyObject(lambda: _nav(request)),
        "desk_department": SimpleLazyObject(lambda: department_names(_access(request))),
    }


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
            "count": _count(item, access),
            "current": item is current,
        }
        for item in allowed
    ]


def _count(item: NavItem, access: Access) -> str:
    """What waits there, in words; nothing for places that only hold records."""
    if item.name == "casework:desk":
        waiting = inbox(access).order_by()[:COUNT_CAP].count()
    elif item.name == "casework:pushes":
        waiting = pushes_for(access).filter(state=PushState.DELIVERED).order_by()[:COUNT_CAP].count()
    else:
        return ""
    return capped(waiting) if waiting else ""
