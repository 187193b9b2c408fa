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

PICTURES = Path("docs/screenshots")
DESK, PHONE = (1280, 900), (390, 844)
START_SECONDS = 120
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

Step = Callable[[WebDriver], None]


def follow(text: str) -> Step:
    """Follow the first link or press the first button with this text."""
    path = f"//*[self::a or self::button][contains(normalize-space(.), {json.dumps(text)})]"
    return lambda driver: driver.find_element(By.XPATH, path).click()


def type_in(name: str, text: str) -> Step:
    return lambda driver: driver.find_element(By.NAME, name).send_keys(text)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: who looks, and the way from their home page."""

    name: str
    role: str
    steps: tuple[Step, ...] = ()
    size: tuple[int, int] = DESK


SCENES = (
    Scene("interviewer-home", "interviewer"),
    Scene("reviewer-home", "reviewer"),
    Scene("investigator-home", "investigator"),
    Scene("auditor-home", "auditor"),
    Scene("custodian-home", "custodian"),
)


def main() -> int:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demonstration(Path(folder) / "demo") as (address, people),
        browser() as driver,
    ):
        driver.set_window_size(*DESK)
        driver.get(address)
        save(driver, "sign-in")
        for scene in SCENES:
            driver.set_window_size(*scene.size)
            sign_in(driver, address, *people[scene.role])
            for step in scene.steps:
                step(driver)
            save(driver, scene.name)
    return 0


def sign_in(driver: WebDriver, address: str, handle: str, password: str) -> None:
    driver.delete_all_cookies()
    driver.get(urljoin(address, "/sign-in"))
    form = driver.find_element(By.CSS_SELECTOR, "main form")
    form.find_element(By.NAME, "handle").send_keys(handle)
    form.find_element(By.NAME, "password").send_keys(password)
    form.find_element(By.CSS_SELECTOR, "button[type=submit]").click()


def save(driver: WebDriver, name: str) -> None:
    picture = PICTURES / f"{name}.png"
    driver.save_screenshot(str(picture))
    print(picture, flush=True)


@contextmanager
def demonstration(archive: Path) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """Serve a new demonstration; yield its address and one handle and password a role."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = Path(sys.executable).with_name("testimony")
    server = subprocess.Popen([command, "demo", archive, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        accounts = json.loads((archive / "demo-accounts.json").read_text(encoding="utf-8"))
        people = {each["role"]: (each["handle"], each["password"]) for each in reversed(accounts)}
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
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--lang=en"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_binary))
    driver.implicitly_wait(5)
    try:
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    sys.exit(main())
