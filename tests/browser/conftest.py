"""Fixtures of the browser tests: the running city, Chromium, people who sign in."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.city import ROOT, City, fresh_city
from tests.browser.visitor import Visitor
from tests.skips import chromium

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    "--lang=zh-CN",  # the browser's own words, e.g. on a file button
]
SCREENSHOTS = ROOT / "var" / "screenshots"


@pytest.fixture(autouse=True)
def isolated() -> None:
    """These tests have no database of their own: they look at a running product from outside."""


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demo city with web and receivers running, and no worker yet."""
    running = fresh_city(tmp_path_factory.mktemp("city"))
    try:
        running.start()
        yield running
    finally:
        left = running.stop()
    assert not left, f"still running after the end: {left}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium, headless; gone with its file, because playwright's event loop runs in this
    thread and Django refuses the database to whatever test the process takes up next."""
    with sync_playwright() as playwright:
        own = playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS, env=os.environ | {"LANGUAGE": "zh_CN"}
        )
        yield own
        own.close()


@pytest.fixture
def visit(city: City, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """``visit("handler1", phone=True)``: a browser, signed in if named; everything noted in it fails the test."""
    folder = SCREENSHOTS / request.node.name.removeprefix("test_")
    password = city.password()
    open_ones: list[Visitor] = []

    def make(username: str = "", *, at: str = "/desk/", shots: Path = folder, **options: bool) -> Visitor:
        visitor = Visitor(browser, city.base, shots, **options)
        open_ones.append(visitor)
        if username:
            visitor.sign_in(username, password, at=at)
        return visitor

    yield make
    findings = [finding for visitor in open_ones for finding in visitor.end()]
    assert not findings, "\n".join(dict.fromkeys(findings))
