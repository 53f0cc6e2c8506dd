"""The public pages: what they say, what they never say, and what they cost."""

from datetime import date

import pytest
from django.test import Client

from cms_pages.models import PolicyIndexPage, PolicyPage
from cms_pages.site import ensure_site
from tests import cast as people


@pytest.mark.parametrize("path", ["/", "/guides/", "/items/", "/joint-items/", "/policies/"])
def test_sections_open_for_anyone(home, client: Client, path: str):
    response = client.get(path)
    assert response.status_code == 200
    assert "default-src 'self'" in response["Content-Security-Policy"]
