"""Whoever signed out left nothing behind that the back button could show (R-55)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.city import City
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("options", [{}, {"phone": True}, {"javascript": False}], ids=str)
def test_the_back_button_leads_to_the_sign_in_page(
    city: City, visit: Callable[..., Visitor], options: dict[str, bool]
) -> None:
    (case,) = city.rows("SELECT number FROM casework_case WHERE state = 'circulating' ORDER BY id LIMIT 1")
    visitor = visit("handler1", **options)
    visitor.go(f"/desk/cases/{case['number']}/")
    visitor.sees(case["number"])
    visitor.press("退出", within=visitor.page.locator("header").first)
    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile("/accounts/login/"))
    assert case["number"] not in visitor.page.locator("main").inner_text()
