"""Wagtail's own addresses × role × GET and POST, against a table reviewed by hand (R-50, R-52)."""

import pytest
from django.test import Client
from django.utils import timezone

from cms_pages.site import ensure_site
from portal.accounts.groups import RIGHTS, sync_groups
from portal.accounts.models import Department, Membership, User
from portal.accounts.roles import Role
from tests.wagtail_walk import addresses, opened

BACKEND = "django.contrib.auth.backends.ModelBackend"
# What everybody gets: words and icons of the sign-in page, and the redirect that adds a slash.
EVERYBODY = {"cms/jsi18n/", "cms/sprite/", "cms/.*/"}
# What entering the editors' desk opens: the empty home page, the own settings, choosers that list what is
# public anyway (departments, items; pages and files only within the person's rights), forms without a row behind.
ENTERING = (
    *(
        "cms/account/",
        "cms/dismissibles/",
        "cms/test404/",
        "cms/api/main/",
        "cms/choose-",
        "cms/tag-autocomplete/",
    ),
    *("cms/workflows/task_chooser/", "cms/reports/site-history/", "cms/searchpicks/queries/chooser/"),
    *("cms/snippets/choose/", "cms/documents/chooser/", "cms/images/chooser/"),
    *("cms/pages/<int:page_id>/revisions/", "cms/editing-sessions/release/"),
)
CALENDAR_AND_LIMITS = (
    "cms/calendar/",
    "cms/rule-changes/",
    "cms/limits/",
)  # the one proposes, the other approves (14)
# Beginnings of what a role's own rights open, beyond entering.
OPEN: dict[Role, tuple[str, ...]] = {
    Role.EDITOR: (
        *("cms/pages/", "cms/images/", "cms/documents/", "cms/guides/publish/"),
        *("cms/reports/aging-pages/", "cms/reports/locked/", "cms/reports/page-types-usage/"),
        *("cms/reports/workflow/", "cms/reports/workflow_tasks/"),
        *("cms/snippets/cms_pages/serviceitem/", "cms/snippets/cms_pages/importbatch/"),
        "cms/snippets/accounts/department/",  # to look at: tests/accounts/test_groups.py
    ),
    Role.SYSADMIN: ("cms/snippets/accounts/department/", *CALENDAR_AND_LIMITS),
    Role.SECURITY_ADMIN: ("cms/people/", *CALENDAR_AND_LIMITS),
}
WITHOUT = sorted(set(Role) - set(RIGHTS))


def person(role: Role) -> Client:
    """Somebody who holds ``role`` alone, with the groups of the role."""
    ensure_site("http://testserver")
    where = Department.objects.create(code="one", name="示例单位")
    user = User.objects.create(username=role.value, name=str(role.label))
    Membership.objects.create(user=user, department=where, role=role)
    sync_groups(today=timezone.localdate())
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def unreviewed(role: Role, method: str) -> set[str]:
    """Patterns that open for the role and stand in no table."""
    found = opened(person(role), addresses(), method)
    reviewed = (*ENTERING, *OPEN[role])
    return {each for each in found - EVERYBODY - {"cms/"} if not each.startswith(reviewed)}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", list(RIGHTS))
def test_who_has_rights_there_opens_only_what_the_table_says(db: None, role: Role, method: str) -> None:
    assert sorted(unreviewed(role, method)) == []


@pytest.mark.parametrize("place", range(len(WITHOUT)), ids=WITHOUT)
def test_who_has_no_rights_there_opens_nothing(db: None, place: int) -> None:
    """Each address for one role; ``make prove PART=access`` walks every address with every role."""
    client = person(WITHOUT[place])
    share = dict(list(addresses().items())[place :: len(WITHOUT)])
    for method in ("get", "post"):
        assert opened(client, share, method) <= EVERYBODY


def test_the_walk_notices_rights_that_were_added(db: None, monkeypatch) -> None:
    """The deliberate break: a security administrator with the editor's rights must fail the proof."""
    monkeypatch.setitem(RIGHTS, Role.SECURITY_ADMIN, RIGHTS[Role.EDITOR])
    assert unreviewed(Role.SECURITY_ADMIN, "get")


def test_the_walk_reaches_the_editors_desk() -> None:
    found = addresses()
    assert len(found) > 200
    assert [url for url in found if not url.startswith("/cms/") or "<" in url or "(" in url] == []
