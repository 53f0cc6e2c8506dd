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
ANSWERERS = WINDOW | HANDLER | frozenset({Role.LIAISON})  # for what their department sent
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
    # the own account
    "confirm": both(SIGNED_IN),
    "account": get(SIGNED_IN),
    "account-contact": both(SIGNED_IN),
    "sessions": get(SIGNED_IN),
    "sessions-keep": post(SIGNED_IN),
    "sessions-end-others": post(SIGNED_IN),
    "session-end": post(SIGNED_IN),
    "second-factor-begin": post(SIGNED_IN),
    "second-factor-enrol": both(SIGNED_IN),
    "second-factor-codes": both(SIGNED_IN),
    "second-factor-remove": both(SIGNED_IN),
    # the desk
    "casework:desk": get(DESK),
    "casework:reminders-read": post(DESK),
    "casework:cases": get(READERS),
    "casework:case": get(READERS),
    "casework:duty": get(READERS),
    "casework:ledger": get(AUDITOR),
    "casework:editing-log": get(AUDITOR),
    "casework:ledger-verify": post(AUDITOR),
    "casework:ledger-anchors": get(AUDITOR),
    "casework:file": get(OFFICIALS),
    "casework:letters": get(OFFICIALS),
    "casework:letter": get(OFFICIALS),
    "casework:letter-open": post(OFFICIALS),
    "casework:notice": get(READERS),
    "casework:deliveries": get(SYSADMIN),
    "casework:delivery": get(SYSADMIN),
    "casework:delivery-retry": post(SYSADMIN),
    "casework:due-moves": get(OFFICIALS),
    "casework:due-moves-read": post(OFFICIALS),
    "casework:deliveries-replay": both(SYSADMIN),
    "casework:dead-letters": get(ANSWERERS | SYSADMIN),
    "casework:dead-letter": get(ANSWERERS | SYSADMIN),
    "casework:dead-letter-assign": post(ANSWERERS | SYSADMIN),
    "casework:dead-letter-replay": post(ANSWERERS | SYSADMIN),
    "casework:dead-letter-close": post(ANSWERERS | SYSADMIN),
    "casework:paper-delivery": both(ANSWERERS),
    "casework:endpoints": get(SYSADMIN),
    "casework:endpoint-new": both(SYSADMIN),
    "casework:endpoint": get(SYSADMIN),
    "casework:endpoint-move": post(SYSADMIN),
    "casework:endpoint-rotate": post(SYSADMIN),
    "casework:endpoint-rotation-end": post(SYSADMIN),
    "casework:endpoint-pause": post(SYSADMIN),
    "casework:endpoint-resume": post(SYSADMIN),
    "casework:endpoint-switch-off": post(SYSADMIN),
    "casework:endpoint-switch-on": post(SYSADMIN),
    "casework:unreached": get(SYSADMIN),
    "casework:substitutions": both(DESK),
    "casework:substitution-revoke": post(DESK),
    # intake 7.1, 7.4
    "casework:intake": get(WINDOW),
    "casework:intake-new": both(WINDOW),
    "casework:intake-materials": post(WINDOW),
    "casework:intake-checks": post(WINDOW),
    "casework:intake-correct": post(WINDOW),
    "casework:intake-resubmit": post(WINDOW),
    "casework:intake-accept": both(WINDOW),
    "casework:intake-refuse": post(WINDOW),
    "casework:intake-submit": post(WINDOW),
    "casework:intake-withdraw": post(WINDOW),
    "casework:intake-close": both(WINDOW),
    # approval 7.2, 7.3: drafting and signing are never one person's
    "casework:approval-circulate": post(HANDLER),
    "casework:approval-propose": post(HANDLER),
    "casework:approval-approve": post(LEADER),
    "casework:approval-send-back": post(LEADER),
    "casework:clock-pause": post(HANDLER | REVIEWER),
    "casework:clock-resume": post(HANDLER | REVIEWER),
    "casework:clock-reassign": post(UNIT_LEADER),
    "casework:extension-ask": post(HANDLER),
    "casework:extension-approve": post(LEADER),
    "casework:extension-refuse": post(LEADER),
    "casework:opinion-draft": post(REVIEWER),
    "casework:opinion-sign": post(UNIT_LEADER),
    "casework:opinion-send-back": post(UNIT_LEADER),
    # supervision 9.1
    "casework:pushes": get(SUPERVISOR),
    "casework:pushes-claim": post(SUPERVISOR),
    "casework:pushes-claimed": get(SUPERVISOR),
    "casework:register": get(SUPERVISOR),
    "casework:push": get(SUPERVISOR),
    "casework:push-open": post(SUPERVISOR),
    "casework:push-claim": post(SUPERVISOR),
    "casework:push-return": post(SUPERVISOR),
    "casework:push-register": post(SUPERVISOR),
    "casework:push-repush": post(HANDLER),
    "casework:push-object": post(SUPERVISOR),
    "casework:push-objection": get(HANDLER),
    "casework:push-answer": post(HANDLER),
}

# Views that are not ours, or that guard themselves; each with the reason why it may go without a marker.
REVIEWED: dict[str, str] = {
    "sitemap": "Wagtail: live public pages only",
    "preferences": "two display cookies of the caller",
    "login": "the first step of signing in, throttled",
    "login-code": "the second step; without the first one it leads back there",
    "page-login": "leads to the sign-in page, in place of Wagtail's own",
    "logout": "signing out, POST only",
    "password_change": "Django's own login_required",
    "password_change_done": "Django's own login_required",
    "wagtaildocs_serve": "Wagtail checks the collection's privacy",
    "wagtaildocs_authenticate_with_password": "Wagtail: password of a private collection",
    "wagtailcore_authenticate_with_password": "Wagtail: password of a private page",
    "wagtailcore_login": "never reached: page-login stands before it",
    "wagtail_serve": "Wagtail: live pages, privacy checked",
}
