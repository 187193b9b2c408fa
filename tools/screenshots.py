"""`make screenshots`: the README's pictures of the main pages, from a fresh demonstration in real Chromium."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tools.palette import with_fewer_colours

PICTURES = Path("docs/screenshots")
DESK, TALL, PHONE = (1280, 640), (1280, 1000), (390, 800)
START_SECONDS = 120
SETTLE_SECONDS = 1.5
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

TOLD = (
    "It was market day. I heard the engines before I saw anything, from the side of the wells. "
    "My brother said: leave the goats. We went up to the school and lay down behind the wall.\n\n"
    "I saw two grey pick-ups. What happened at the shops I did not see; my aunt told me that evening."
)

Step = Callable[[WebDriver], object]


def follow(text: str) -> Step:
    """Follow the first link or press the first button in the page that begins with this text."""
    path = f"//*[self::a or self::button][starts-with(normalize-space(.), {json.dumps(text)})]"
    return lambda driver: driver.find_element(By.XPATH, path).click()


def click(css: str) -> Step:
    return lambda driver: driver.find_element(By.CSS_SELECTOR, css).click()


def type_in(name: str, text: str) -> Step:
    return lambda driver: driver.find_element(By.NAME, name).send_keys(text)


def choose(name: str, value: str) -> Step:
    return lambda driver: driver.find_element(By.CSS_SELECTOR, f"[name='{name}'] [value='{value}']").click()


def scroll_to(css: str) -> Step:
    """Put this at the top, under the bar."""
    return lambda driver: driver.execute_script(
        "document.querySelector(arguments[0]).scrollIntoView({block: 'start'})", css
    )


def answer(purpose: str, which: int) -> Step:
    """0 yes, 1 yes if, 2 no, 3 later."""
    return click(f"label[for='decision-{purpose}-{which}']")


def open_undecided(driver: WebDriver) -> None:
    """Open the account in the queue that has suggestions to decide."""
    driver.find_element(By.XPATH, "//tr[contains(., 'to decide')]//td//a").click()


def open_proposed(driver: WebDriver) -> None:
    driver.find_element(By.XPATH, "//tr[contains(., 'Proposed for')]//td//a").click()


def check_for_partners(driver: WebDriver) -> None:
    driver.find_element(By.XPATH, "//a[starts-with(., 'Check it') and contains(., 'partners')]").click()


def code_the_ford(driver: WebDriver) -> None:
    """Code from the released account in English that was told first of those that came redacted."""
    driver.find_element(
        By.XPATH, "//tr[contains(., 'January 2025') and contains(., 'English')]//a[starts-with(., 'Code')]"
    ).click()
    driver.find_element(By.XPATH, "//a[starts-with(normalize-space(.), 'Code an act')]").click()


def step_of_draft(name: str) -> Step:
    def open_step(driver: WebDriver) -> None:
        # What was sent a moment ago still leads to the step after it: not before that one is there.
        time.sleep(SETTLE_SECONDS)
        driver.get(urljoin(driver.current_url, name))

    return open_step


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: who looks, in which language, and the way from their home page.

    name: empty when it only prepares the next one.
    """

    name: str
    handle: str
    steps: tuple[Step, ...]
    size: tuple[int, int] = DESK
    language: str = "en"


BEGIN = (follow("Intake"), follow("Begin a testimony"))
SCENES = (
    Scene(
        "consent",
        "interviewer",
        (
            *BEGIN,
            step_of_draft("consent"),
            answer("CP01", 0),
            answer("CP07", 1),
            answer("CP08", 0),
            answer("CP09", 2),
            answer("CP19", 3),
            scroll_to("#decision-CP07"),
        ),
    ),
    Scene(
        "account",
        "interviewer",
        (
            *BEGIN,
            click("label[for='earlier-0']"),
            follow("Save and go on"),
            follow("The witness gives no name"),
            step_of_draft("consent"),
            answer("CP01", 0),
            follow("Save and go on"),
            step_of_draft("account"),
            type_in("text", TOLD),
            scroll_to("h1"),
        ),
        size=PHONE,
    ),
    Scene("review", "reviewer", (follow("Review"), open_undecided, follow("Show the account"))),
    Scene(
        "", "reviewer", (follow("Review"), open_proposed, follow("Show"), follow("Propose it for partners"))
    ),
    Scene("compare", "reviewer-2", (follow("Review"), check_for_partners, follow("Show the account"))),
    Scene(
        "search",
        "investigator",
        (
            follow("Search"),
            click("#purpose-CP07"),
            follow("Read for this purpose"),
            type_in("query", 'name:"Mohamed ag Elmoctar"\n'),
            scroll_to(".search-form"),
        ),
        size=TALL,
    ),
    Scene(
        "coding",
        "reviewer",
        (
            follow("Review"),
            follow("Released accounts"),
            code_the_ford,
            choose("violation", "PRO.05"),
            type_in("begins", "He took two sacks from each cart"),
            type_in("ends", "francs from me"),
            scroll_to("html"),
        ),
    ),
    Scene("log", "auditor", (follow("Log"),)),
    Scene("custody", "custodian", (click(".bar-rooms a"),), language="ar"),
)


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demonstration(Path(folder) / "demo") as (address, people),
        browser() as driver,
    ):
        resize(driver, TALL)
        driver.get(address)
        save(driver, "sign-in")
        for scene in SCENES:
            resize(driver, scene.size)
            sign_in(driver, address, scene.handle, people[scene.handle])
            driver.get(urljoin(address, f"/?lang={scene.language}"))
            for step in scene.steps:
                step(driver)
            if scene.name:
                save(driver, scene.name)
    return 0


def resize(driver: WebDriver, size: tuple[int, int]) -> None:
    """Lay the page out for a screen of this many CSS pixels."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def sign_in(driver: WebDriver, address: str, handle: str, password: str) -> None:
    driver.delete_all_cookies()
    driver.get(urljoin(address, "/sign-in"))
    form = driver.find_element(By.CSS_SELECTOR, "main form")
    form.find_element(By.NAME, "handle").send_keys(handle)
    form.find_element(By.NAME, "password").send_keys(password)
    form.find_element(By.CSS_SELECTOR, "button[type=submit]").click()


def save(driver: WebDriver, name: str) -> None:
    picture = PICTURES / f"{name}.png"
    picture.write_bytes(with_fewer_colours(driver.get_screenshot_as_png()))
    print(picture, flush=True)


@contextmanager
def demonstration(archive: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a new demonstration; yield its address and the password of each account."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = (sys.executable, "-c", "from testimony.cli import main; main()")
    server = subprocess.Popen([*command, "demo", archive, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        accounts = json.loads((archive / "demo-accounts.json").read_text(encoding="utf-8"))
        people = {each["handle"]: each["password"] for each in accounts}
        yield f"http://127.0.0.1:{port}/", people
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            HTTPConnection("127.0.0.1", port, timeout=5).request("GET", "/")
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the demonstration did not start")


@contextmanager
def browser() -> Iterator[WebDriver]:
    binary = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    driver_binary = shutil.which("chromedriver")
    if binary is None or driver_binary is None:
        raise SystemExit("Chromium and chromedriver are needed for the pictures.")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-lcd-text",
        "--lang=en",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_binary))
    driver.implicitly_wait(5)
    try:
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    sys.exit(main())
