"""The page tree and the editor's permissions for the tests of the public side."""

import pytest

from cms_pages.models import GuidePage, HomePage, ServiceItem
from cms_pages.models.guides import slug_of, title_of
from cms_pages.site import guide_index


@pytest.fixture
def home(site: None, db: None) -> HomePage:
    """The site with its sections and the measure."""
    return HomePage.objects.get()


@pytest.fixture
def make_guide(home: HomePage):
    """``make_guide(item, live=True)`` adds a guide page and publishes it."""

    def make(item: ServiceItem, *, live: bool = True, **fields: object) -> GuidePage:
        page = GuidePage(
            title=title_of(item), slug=slug_of(item.platform_item_code), item=item, live=False, **fields
        )
        guide_index().add_child(instance=page)
        if live:
            page.save_revision().publish()
            page.refresh_from_db()
        return page

    return make
