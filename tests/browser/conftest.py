"""The real application behind a real server, seen with a real Chromium. Skipped where there is none.

`axe.min.js` is axe-core 4.14.1 (https://github.com/dequelabs/axe-core, Mozilla Public License 2.0), unchanged,
for tests only.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from testimony.services.archives import Archive
from testimony.services.session_store import SessionStore
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.web.factory import ROOMS, create_app
from testimony.web.rooms import Room
from testimony.web.wiring import DemoPerson, Services
from tests.services.conftest import HANDLES, PASSWORD, Clock, archive, clock, founded_template

__all__ = ["archive", "clock", "founded_template"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
AXE = Path(__file__).with_name("axe.min.js")

PHONE = (360, 740)
DESK = (1280, 900)

_QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    # One process for all pages, which stays from page to page: a fifth less work for each of them.
    "--renderer-process-limit=1",
    "--disable-features=RenderDocument,SpareRendererForSitePerProcess",
)

_FORGET: tuple[tuple[str, dict[str, object]], ...] = (
    ("Emulation.setScriptExecutionDisabled", {"value": False}),
    ("Emulation.setEmulatedMedia", {"media": "", "features": []}),
    ("Network.clearBrowserCookies", {}),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None or DRIVER is None:
                item.add_marker(pytest.mark.skip(reason="Chromium and chromedriver are not both installed"))


def is_gone(element: WebElement) -> bool:
    """Whether the page of this element was left. Between two pages the driver says so in more than one way."""
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False


def is_whole(driver: webdriver.Chrome) -> bool:
    """Whether the page that comes next is there to its end."""
    try:
        return bool(
            driver.execute_script("return document.readyState === 'complete' && document.body !== null")
        )
    except WebDriverException:
        return False


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


@dataclass
class Browser:
    """One person at a screen: what they do, in the words of the pages."""

    driver: webdriver.Chrome
    address: str
    folder: Path

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.address)

    @property
    def text(self) -> str:
        return self.find("body").text

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def find_all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label, in place of what was there."""
        xpath = f"//label[starts-with(normalize-space(.), '{label}')]"
        field = self.driver.find_element(By.ID, self._one(xpath).get_attribute("for") or "")
        field.clear()
        field.send_keys(text)

    def press(self, text: str) -> None:
        """Press the button, or follow the link, with this text, and wait for the page that it leads to."""
        page = self.find("html")
        self.click(text)
        WebDriverWait(self.driver, 30, poll_frequency=0.05).until(
            lambda driver: is_gone(page) and is_whole(driver)
        )

    def click(self, text: str) -> None:
        """Press the button or link with this text, which stays on this page."""
        found = self._one(f"//*[self::button or self::a][starts-with(normalize-space(.), '{text}')]")
        try:
            found.click()
        except ElementNotInteractableException:
            # The driver takes what is folded for hidden, also where a style keeps it open.
            assert self.is_seen(found)
            self.driver.execute_script("arguments[0].click()", found)

    def is_seen(self, element: WebElement) -> bool:
        """Whether the browser shows it, folds that a style keeps open included."""
        return bool(self.driver.execute_script("return arguments[0].checkVisibility()", element))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait, 30 seconds at most, for something that a script does."""
        patient = WebDriverWait(self.driver, 30, 0.1, ignored_exceptions=(StaleElementReferenceException,))
        patient.until(lambda _: condition())

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        self.open("/sign-in")
        self.fill("Name you sign in with", HANDLES.get(name, name))
        self.fill("Password", password)
        self.press("Sign in")

    def resize(self, size: tuple[int, int]) -> None:
        """Lay the page out for a screen of this many CSS pixels."""
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, **features: str) -> None:
        """Ask for a look, e.g. prefer(prefers_color_scheme="dark")."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def print_view(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})

    def without_script(self) -> None:
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    def screenshot(self, name: str) -> Path:
        """The whole page as a picture; the path is for whoever wants to look."""
        path = self.folder / f"{name}.png"
        width, height = self.driver.execute_script("return [innerWidth, innerHeight]")
        whole = self.driver.execute_script("return document.documentElement.scrollHeight")
        self.resize((width, max(height, whole)))
        self.driver.save_screenshot(str(path))
        self.resize((width, height))
        return path

    def assert_accessible(self) -> None:
        """axe-core finds nothing serious or critical on this page."""
        if not self.driver.execute_script("return 'axe' in window"):
            self.driver.execute_script(_axe())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations), e => done(String(e)));"
        )
        assert isinstance(found, list), found
        grave = [
            f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert grave == []

    def assert_no_horizontal_scroll(self) -> None:
        """On a narrow telephone nothing sticks out at the side."""
        self.resize(PHONE)
        wider = self.driver.execute_script(
            "const limit = document.documentElement.clientWidth;"
            "return [...document.querySelectorAll('body *')]"
            ".filter(e => e.checkVisibility() && !e.closest('.visually-hidden, .skip, .table-scroll, thead'))"
            ".filter(e => e.getBoundingClientRect().right > limit + 1 || e.getBoundingClientRect().left < -1)"
            ".map(e => e.tagName + '.' + e.className)"
        )
        width = self.driver.execute_script("return document.documentElement.scrollWidth")

        assert (width, wider) == (PHONE[0], [])

    def complaints(self) -> list[str]:
        """What the console said since it was last asked: broken policies, failed scripts, missing files."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]  # untyped in selenium
        return [str(entry["message"]) for entry in entries]

    def _one(self, xpath: str) -> WebElement:
        return self.driver.find_element(By.XPATH, xpath)


@pytest.fixture
def rooms() -> tuple[Room, ...]:
    """The rooms that the application is built with; a test file may give its own."""
    return ROOMS


@pytest.fixture
def demo() -> tuple[DemoPerson, ...] | None:
    """The people of a demonstration; a test file may give some."""
    return None


@pytest.fixture
def services(archive: Archive, clock: Clock, demo: tuple[DemoPerson, ...] | None) -> Services:
    throttle = Throttle()
    return Services(
        name="Test archive",
        archive=archive,
        door=SignIn(archive, throttle),
        throttle=throttle,
        store=SessionStore(archive),
        clock=clock,
        demo=demo,
    )


@pytest.fixture
def address(services: Services, rooms: tuple[Room, ...]) -> Iterator[str]:
    """Where the application is served, without a slash at the end."""
    server = make_server("127.0.0.1", 0, create_app(services, rooms), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for the whole run: starting one takes longer than most tests."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*_QUIET, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=DRIVER))
    driver.set_page_load_timeout(30)
    driver.set_script_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome, address: str, tmp_path: Path) -> Iterator[Browser]:
    """A browser as new: no cookies, a desk's screen, light, with script."""
    browser = Browser(driver, address, tmp_path)
    browser.resize(DESK)
    yield browser
    for command, arguments in _FORGET:
        driver.execute_cdp_cmd(command, arguments)
    driver.get("about:blank")
    browser.complaints()


@pytest.fixture
def sign_in(browser: Browser) -> Callable[[str], Browser]:
    """`sign_in("reviewer")` gives the browser with that person signed in, on their home page."""

    def enter(name: str) -> Browser:
        browser.sign_in(name)
        return browser

    return enter
