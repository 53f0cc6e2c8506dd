"""Who may use which address: written by hand, reviewed like law, never derived from the code it judges.

A new address without a row fails ``tests/test_routes.py``. Own and other department are judged by each
process's own tests; here it is the role that counts.
"""

from dataclasses import dataclass

from portal.accounts.roles import Role

PUBLIC = "public"  # everybody, signed in or not
SIGNED_IN = "signed in"  # any account

WINDOW = frozenset({Role.WINDOW_CLERK})
HANDLER = frozenset({Role.APPROVAL_HANDLER})
LEADER = frozenset({Role.APPROVAL_LEADER})
REVIEWER = frozenset({Role.REVIEWER})
UNIT_LEADER = frozenset({Role.UNIT_LEADER})
SUPERVISOR = frozenset({Role.SUPERVISOR})
AUDITOR = frozenset({Role.AUDITOR})
SYSADMIN = frozenset({Role.SYSADMIN})
# Whoever handles or supervises cases reads those of the own department.
OFFICIALS = (
    WINDOW
    | HANDLER
    | LEADER
    | REVIEWER
    | UNIT_LEADER
    | SUPERVISOR
    | frozenset({Role.LIAISON, Role.INSPECTOR})
)
READERS = OFFICIALS | frozenset({Role.EVALUATOR})
DESK = READERS | AUDITOR | SYSADMIN | frozenset({Role.SECURITY_ADMIN})


@dataclass(frozen=True)
class Route:
    """Methods that the address takes, and who may use it."""

    methods: str
    who: str | frozenset[Role]


def get(who: str | frozenset[Role]) -> Route:
    return Route("GET", who)


def post(who: str | frozenset[Role]) -> Route:
    return Route("POST", who)


def both(who: str | frozenset[Role]) -> Route:
    return Route("GET POST", who)


ROUTES: dict[str, Route] = {
    # the platform
    "healthz": get(PUBLIC),
    "readyz": get(PUBLIC),
    "preferences": both(PUBLIC),
    "styleguide": get(SIGNED_IN),
    "styleguide-desk": get(SIGNED_IN),
    "receivers": get(DESK),
    # the public
    "search": get(PUBLIC),
    "progress": both(PUBLIC),
    # the desk
    "casework:desk": get(DESK),
    "casework:reminders-read": post(DESK),
    "casework:cases": get(READERS),
    "casework:case": get(READERS),
    "casework:ledger": get(AUDITOR),
    "casework:ledger-verify": post(AUDITOR),
    "casework:file": get(OFFICIALS),
    "casework:letter": get(OFFICIALS),
    "casework:letter-open": post(OFFICIALS),
    "casework:notice": get(READERS),
    "casework:deliveries": get(SYSADMIN),
    "casework:delivery": get(SYSADMIN),
    "casework:delivery-retry": post(SYSADMIN),
    # intake 7.1, 7.4
    "casework:intake": get(WINDOW),
    "casework:intake-new": both(WINDOW),
    "casework:intake-materials": post(WINDOW),
    "casework:intake-checks": post(WINDOW),
    "casework:intake-accept": both(WINDOW),
    "casework:intake-refuse": post(WINDOW),
    "casework:intake-submit": post(WINDOW),
    "casework:intake-close": both(WINDOW),
    # approval 7.2, 7.3: drafting and signing are never one person's
    "casework:approval-circulate": post(HANDLER),
    "casework:approval-propose": post(HANDLER),
    "casework:approval-approve": post(LEADER),
    "casework:approval-send-back": post(LEADER),
    "casework:opinion-draft": post(REVIEWER),
    "casework:opinion-sign": post(UNIT_LEADER),
    "casework:opinion-send-back": post(UNIT_LEADER),
    # supervision 9.1
    "casework:pushes": get(SUPERVISOR),
    "casework:pushes-claim": post(SUPERVISOR),
    "casework:register": get(SUPERVISOR),
    "casework:push": get(SUPERVISOR),
    "casework:push-open": post(SUPERVISOR),
    "casework:push-claim": post(SUPERVISOR),
    "casework:push-return": post(SUPERVISOR),
    "casework:push-register": post(SUPERVISOR),
    "casework:push-repush": post(HANDLER),
}

# Views that are not ours, or that guard themselves; each with the reason why it may go without a marker.
REVIEWED: dict[str, str] = {
    "sitemap": "Wagtail: live public pages only",
    "preferences": "two display cookies of the caller",
    "login": "Django's sign-in, throttled by axes",
    "logout": "Django's sign-out, POST only",
    "password_change": "Django's own login_required",
    "password_change_done": "Django's own login_required",
    "wagtaildocs_serve": "Wagtail checks the collection's privacy",
    "wagtaildocs_authenticate_with_password": "Wagtail: password of a private collection",
    "wagtailcore_authenticate_with_password": "Wagtail: password of a private page",
    "wagtailcore_login": "Wagtail: sign-in for private pages",
    "wagtail_serve": "Wagtail: live pages, privacy checked",
}
