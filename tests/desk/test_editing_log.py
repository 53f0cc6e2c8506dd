"""The auditor reads Wagtail's log beside the ledger, and changes neither; publishing stands in both (5.5)."""

import json

import pytest
from wagtail.log_actions import log

from casework.core.ledger.models import LedgerEntry
from cms_pages.models import PolicyIndexPage
from cms_pages.site import ensure_site
from portal.accounts import actions
from portal.accounts.groups import sync_groups
from tests.accounts.admins import make_admins
from tests.cast import NOW, Cast

ADDRESS = "/desk/ledger/editing/"


@pytest.fixture
def page(cast: Cast) -> PolicyIndexPage:
    """A page of the site that an editor publishes."""
    ensure_site("http://testserver")
    sync_groups(today=NOW.date())
    found = PolicyIndexPage.objects.get()
    found.save_revision(user=cast.editor).publish(user=cast.editor)
    return found


@pytest.mark.parametrize(
    ("wagtail", "ours"), [("wagtail.create", "cms.item_added"), ("wagtail.edit", "cms.item_changed")]
)
def test_changes_of_the_catalogue_stand_in_both_records(cast: Cast, version, wagtail: str, ours: str) -> None:
    item = version.item
    log(instance=item, action=wagtail, user=cast.editor)
    entry = LedgerEntry.objects.get(action=ours)
    assert (entry.actor, entry.clause, entry.department) == (cast.editor, "5.5", None)
    assert json.loads(entry.payload) == {"title": str(item), "item": str(item.pk)}


def test_publishing_stands_in_both_records(cast: Cast, page, sign_in) -> None:
    entry = LedgerEntry.objects.get(action="cms.published")
    assert (entry.actor, entry.clause, entry.object_id) == (cast.editor, "5.5", str(page.pk))
    text = sign_in(cast.auditor).get(f"{ADDRESS}?kind=pages").content.decode()
    assert page.title in text
    assert "示例编辑" in text
    page.unpublish(user=cast.editor)
    assert LedgerEntry.objects.filter(action="cms.unpublished", actor=cast.editor).count() == 1


def test_a_page_is_not_published_without_its_record(cast: Cast, page, monkeypatch) -> None:
    def refuse(*_args: object, **_facts: object) -> None:
        raise RuntimeError("the ledger is closed")

    monkeypatch.setattr("casework.core.ledger.publishing.record", refuse)
    from django.db import transaction

    with pytest.raises(RuntimeError, match="closed"), transaction.atomic():
        page.unpublish(user=cast.editor)
    page.refresh_from_db()
    assert page.live


def test_acts_on_accounts_are_named_in_chinese(cast: Cast, sign_in, django_assert_max_num_queries) -> None:
    city = make_admins(cast)
    actions.open_account(username="new", name="示例新人", by=city.guard, now=NOW)
    client = sign_in(cast.auditor)
    client.get(ADDRESS)
    with django_assert_max_num_queries(16):
        text = client.get(ADDRESS).content.decode()
    for words in ("开通账号", "设置初始密码", "示例新人", "示例安全管理员甲"):
        assert words in text
    assert client.get(f"{ADDRESS}?kind=nothing&after=x").status_code == 200


@pytest.mark.parametrize("who", ["sysadmin", "editor", "clerk"])
def test_nobody_else_reads_it(cast: Cast, sign_in, who: str) -> None:
    assert sign_in(getattr(cast, who)).get(ADDRESS).status_code == 403
