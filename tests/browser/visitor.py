"""One person at one browser: what they click, and what must hold on every page they see."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
SIZES = {"desktop": DESKTOP, "phone": PHONE}

# Words of the frame underneath that would show when a text was left untranslated.
LEAKS = re.compile(
    r"\b(Submit|Search|Save|Delete|Cancel|Log ?in|Log ?out|Sign in|Password|Username|Required|Error|Errors|Next|"
    r"Previous|Choose|Select|Upload|Edit|None|True|False|undefined|null|NaN|Not Found|Forbidden|This field|"
    r"Traceback|gettext|Invalid)\b"
)
# Words that a reader meets, wherever they stand: text, button values, names for screen readers, tips.
VISIBLE_WORDS = """() => {
  const words = [document.title, document.body.innerText];
  for (const node of document.querySelectorAll('[aria-label],[placeholder],[title],[alt],input[type=submit]')) {
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) words.push(node.getAttribute(name) || '');
    if (node.type === 'submit') words.push(node.value || '');
  }
  return words.join('\\n');
}"""
OVERFLOW = """() => {
  const page = document.scrollingElement;
  if (page.scrollWidth <= page.clientWidth) return '';
  const wide = [...document.querySelectorAll('body *')]
    .filter(node => node.getBoundingClientRect().right > page.clientWidth + 1)
    .map(node => node.tagName.toLowerCase() + '.' + (node.getAttribute('class') || ''));
  return page.scrollWidth + ' > ' + page.clientWidth + ': ' + wide.slice(0, 6).join(', ');
}"""


class Visitor:
    """A browser of its own: cookies, size, with or without JavaScript. Notes everything that is not in order."""

    def __init__(
        self, browser: Browser, base: str, shots: Path, *, phone: bool = False, javascript: bool = True
    ) -> None:
        self.base, self.shots, self.javascript = base, shots, javascript
        self.size = "phone" if phone else "desktop"
        self.findings: list[str] = []
        self.context = browser.new_context(
            base_url=base,
            viewport=SIZES[self.size],
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
        )
        self.context.set_default_timeout(15_000)
        self.context.on("request", self._on_request)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self._note(f"script error: {error.error}"))
        self.page: Page = self.context.new_page()

    # -- what goes wrong ------------------------------------------------------
    def _note(self, finding: str) -> None:
        where = urlsplit(self.page.url).path if hasattr(self, "page") else ""
        self.findings.append(f"{where}: {finding}")

    def _on_request(self, request: Request) -> None:
        scheme = urlsplit(request.url).scheme
        if scheme not in ("data", "blob") and not request.url.startswith(f"{self.base}/"):
            self._note(f"request to a foreign origin: {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"console {message.type}: {message.text}")

    def check(self) -> None:
        """The page as it stands: no untranslated word; on a phone nothing to scroll sideways."""
        own = not urlsplit(self.page.url).path.startswith("/cms/")
        if own and (found := sorted(set(LEAKS.findall(self.page.evaluate(VISIBLE_WORDS))))):
            self._note(f"untranslated: {found}")
        if own and self.page.viewport_size == PHONE and (wide := self.page.evaluate(OVERFLOW)):
            self._note(f"scrolls sideways: {wide}")

    def look(self, step: str) -> None:
        """Check the page and keep a picture; whoever sits at a desk sees each page as a telephone shows it, too."""
        self.shots.mkdir(parents=True, exist_ok=True)
        own = urlsplit(self.page.url).path.startswith("/cms/") or not self.javascript
        for name in [self.size] if own or self.size == "phone" else list(SIZES):
            self.page.set_viewport_size(SIZES[name])
            self.check()
            self.page.screenshot(path=self.shots / f"{step}-{name}.png", full_page=True)
        if self.page.viewport_size != SIZES[self.size]:
            self.page.set_viewport_size(SIZES[self.size])

    def end(self) -> list[str]:
        """Close the browser; return what was not in order on the way."""
        self.context.close()
        return self.findings

    # -- what a person does ---------------------------------------------------
    def go(self, path: str) -> None:
        """Type an address."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        self.check()

    def sign_in(self, username: str, password: str, *, at: str = "/desk/") -> None:
        """Ask for ``at``, be sent to the sign-in page, come back."""
        self.go(at)
        self.fill("用户名", username)
        self.fill("密码", password)
        self.press("登录")
        expect(self.page).to_have_url(re.compile(re.escape(at)))

    def field(self, label: str, *, within: Locator | None = None) -> Locator:
        """The field of that label; a required one carries a star."""
        found = (within or self.main).get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))
        return found.and_(self.page.locator("input, select, textarea"))

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self.field(label, within=within).fill(text)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """Pick an option whose text begins with ``option``."""
        field = self.field(label, within=within)
        texts = field.locator("option").all_text_contents()
        field.select_option(label=next(text for text in texts if text.strip().startswith(option)))

    def press(self, name: str, *, then: str = "", within: Locator | None = None) -> None:
        """Press the one button of that name; wait for the words that must follow."""
        self._act(lambda: self.button(name, within=within).click(), then)

    def follow(
        self, name: str, *, then: str = "", within: Locator | None = None, exact: bool = False
    ) -> None:
        """Follow the first link whose name holds ``name``; ``exact``: that is called so."""
        self._act(
            lambda: (within or self.main).get_by_role("link", name=name, exact=exact).first.click(), then
        )

    def _act(self, act: Callable[[], None], then: str) -> None:
        act()
        self.settled()
        if then:
            expect(self.page.locator("body")).to_contain_text(then)
        self.check()

    def settled(self) -> None:
        """No page and no fragment is on its way."""
        self.page.wait_for_load_state("load")
        expect(self.page.locator(".htmx-request")).to_have_count(0)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def sees(self, text: str) -> None:
        expect(self.main).to_contain_text(text)

    def button(self, name: str, *, within: Locator | None = None) -> Locator:
        """The button of that name; screen readers may be told what it acts on, after a colon."""
        return (within or self.main).get_by_role(
            "button", name=re.compile(rf"^\s*{re.escape(name)}\s*(：.*)?$")
        )

    def can_press(self, name: str) -> bool:
        return self.button(name).count() > 0
