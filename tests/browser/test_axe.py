"""Accessibility of every kind of page: axe finds nothing serious or critical, on a desk and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.city import City
from tests.browser.visitor import DESKTOP, PHONE, SIZES, Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
AXE = Axe()
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
}
GRAVE = ("serious", "critical")
PUBLIC = {
    "home": "/",
    "guides": "/guides/",
    "guide": "/guides/460400-sl0057/",
    "items": "/items/",
    "joint-items": "/joint-items/",
    "policy": "/policies/danfuban-2022-44/",
    "search": "/search/?q=许可",
    "progress": "/progress/",
    "login": "/accounts/login/",
}
ELDER = ("home", "guide", "progress")


def grave_findings(page: Page) -> list[str]:
    """What axe calls serious or critical, each with the first places."""
    found: list[dict[str, Any]] = AXE.run(page, options=OPTIONS).response["violations"]
    return [
        f"{row['id']}: {row['help']} – {[node['target'] for node in row['nodes'][:3]]}"
        for row in found
        if row["impact"] in GRAVE
    ]


def judge(visitor: Visitor, name: str, path: str) -> list[str]:
    """The page at both sizes, with its pictures."""
    visitor.go(path)
    found = []
    for size, area in SIZES.items():
        visitor.page.set_viewport_size(area)
        visitor.check()
        visitor.page.screenshot(path=visitor.shots / f"{name}-{size}.png", full_page=True)
        found += [f"{name} {size}: {finding}" for finding in grave_findings(visitor.page)]
    visitor.page.set_viewport_size(DESKTOP)
    return found


def test_public_pages(visit: Visit) -> None:
    visitor = visit()
    found = [finding for name, path in PUBLIC.items() for finding in judge(visitor, name, path)]
    assert not found, "\n".join(found)
    expect(visitor.page.locator(".masthead__title")).to_have_text("审管联动平台")


def test_elder_mode(visit: Visit) -> None:
    """Switched on by the reader; larger type, still nothing to scroll sideways (check looks)."""
    visitor = visit()
    visitor.go("/")
    plain = font_size(visitor.page)
    visitor.press("长辈版", within=visitor.page.locator("header").first)
    assert font_size(visitor.page) > plain
    found = [finding for name in ELDER for finding in judge(visitor, f"elder-{name}", PUBLIC[name])]
    assert not found, "\n".join(found)


def font_size(page: Page) -> float:
    return float(
        page.evaluate(
            "() => parseFloat(getComputedStyle(document.querySelector('main p, main dd')).fontSize)"
        )
    )


def test_desk_pages(city: City, visit: Visit) -> None:
    """Inbox, cases, a case in the middle of things, a push that waits, the register."""
    (case,) = city.rows("SELECT number FROM casework_case WHERE state = 'circulating' ORDER BY id LIMIT 1")
    (push,) = city.rows(
        "SELECT p.id FROM casework_resultpush p JOIN accounts_department d ON d.id = p.department_id"
        " WHERE d.code = 'zhzf' ORDER BY p.id LIMIT 1"
    )
    pages = {
        "handler1": {"inbox": "/desk/", "cases": "/desk/cases/", "case": f"/desk/cases/{case['number']}/"},
        "supervisor_zhzf": {
            "pushes": "/desk/supervision/",
            "push": f"/desk/supervision/{push['id']}/",
            "register": "/desk/supervision/register/",
        },
        "window1": {"intake": "/desk/intake/?q=许可"},
        "auditor1": {"ledger": "/desk/ledger/"},
    }
    found = []
    for username, addresses in pages.items():
        visitor = visit(username)
        found += [finding for name, path in addresses.items() for finding in judge(visitor, name, path)]
    assert not found, "\n".join(found)


def test_the_check_of_a_page_can_fail(visit: Visit) -> None:
    """The harness itself: each of its findings is found when it is there."""
    visitor = visit()
    visitor.go("/")
    assert not grave_findings(visitor.page)
    visitor.page.set_viewport_size(PHONE)
    visitor.page.evaluate(
        """() => {
          const main = document.querySelector('main');
          main.insertAdjacentHTML('beforeend', '<button></button><p id=wide>Submit</p>');
          document.querySelector('#wide').style.width = '900px';
          console.error('loud');
        }"""
    )
    visitor.check()
    assert any("button-name" in finding for finding in grave_findings(visitor.page))
    noted = "\n".join(visitor.findings)
    assert "untranslated: ['Submit']" in noted
    assert "scrolls sideways" in noted
    assert "console error: loud" in noted
    visitor.findings.clear()
