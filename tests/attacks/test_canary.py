"""Marked words go into every field that the archive offers, through the real server; then every byte is searched.

Nothing of them, and no key, may be in the archive's folder, the temporary folder, the home, the working directory or
anything printed: while a file arrives, after a calm stop, and after a kill in the middle of a request (G1, G3).
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from crypto.keys import database_key, derive
from crypto.labels import Label
from crypto.passwords import Argon2Cost
from testimony.services.archives import Archive
from testimony.services.checking import check
from testimony.services.drafts import Step
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.served import FORM, Answer, Browser, Field, FormReader, Server, multipart, run, served
from tests.services.conftest import HANDLES, PASSWORD, make_archive
from tests.services.intake_answers import IDENTITY, WHOLE
from tests.traces import held_open, of_secrets, of_words, traces

PLAIN, FOREIGN = "qzumbrelavox", "Ωžkvärnmýłœд"
"""In every field stand both, with the number of the field: in no language, so that no dictionary holds them."""

LARGE = 3 * 1024 * 1024
FIXED = {"day": "", "breaks": "1", "text": f"{PLAIN} said it. {FOREIGN}account was there. {PLAIN} again."}
"""Lines in which only a number can stand, and the account."""

TYPED = ("text", "search", "tel", "email", "url", "textarea", "password")


def mark(place: object) -> str:
    return f"{PLAIN}{place} {FOREIGN}{place}"


@dataclass
class Visit:
    """One person's way through the archive. typed: in how many fields marked words were put."""

    browser: Browser
    typed: int = 0

    def page(self, path: str) -> Answer:
        answer = self.browser.get(path)
        assert answer.status == 200, (path, answer.status)
        return answer

    def fill(
        self, path: str, choices: Mapping[str, object], fixed: Mapping[str, str] | None = None
    ) -> Answer:
        """Open a page and send its form with marked words in whatever can be typed into it."""
        forms = FormReader(self.page(path).text).forms
        form = max((f for f in forms if f.method == "post"), key=lambda f: len(f.fields))
        sent = [pair for one in form.fields for pair in self._answer(one, choices, fixed or {})]
        return self.browser.post(form.action or path, sent)

    def _answer(
        self, one: Field, choices: Mapping[str, object], fixed: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        chosen = choices.get(one.name)
        if one.name == "csrf_token":
            return []
        if one.name in fixed:
            return [(one.name, fixed[one.name])]
        if one.kind in TYPED:
            self.typed += 1
            return [(one.name, mark(self.typed))]
        if one.kind in ("radio", "checkbox"):
            wanted = chosen if isinstance(chosen, list) else [chosen]
            return [(one.name, one.value)] if one.value in wanted else []
        if one.kind == "select":
            first = next((option for option in one.options if option), "")
            return [(one.name, chosen if isinstance(chosen, str) else first)]
        return [(one.name, chosen if isinstance(chosen, str) and one.kind != "hidden" else one.value)]


def choices_of(step: Step) -> dict[str, object]:
    """What is chosen, not typed, in a whole interview."""
    extra: dict[str, object] = {}
    if step is Step.CONSENT:
        today = datetime.now(UTC).date()
        extra = {f"decision-CP{n:02}": "granted" for n in (4, 5, 6, 21)}
        extra |= {"given_on": today.isoformat(), "review_due": (today + timedelta(days=90)).isoformat()}
    if step is Step.BEFORE:
        extra = {"month": f"{datetime.now(UTC).year - 1}-06"}
    answers = {**WHOLE.get(step, {}), **extra, **(IDENTITY if step is Step.IDENTITY else {})}
    rows = {
        f"{name}-{n}-{column}": text
        for name, value in answers.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
        for n in range(3)
        for column, text in value[0].items()
    }
    return {**answers, **rows}


@dataclass
class Left:
    """What a day in the archive left behind, and what was seen on the way."""

    archive: Path
    root: Path
    server: Server
    typed: int = 0
    during_upload: list[str] = field(default_factory=list)
    read: str = ""

    @property
    def places(self) -> tuple[Path, ...]:
        around = self.server.surroundings
        return (self.archive, *around.folders, around.printed)


def words() -> Mapping[str, bytes]:
    return of_words((PLAIN, FOREIGN))


def enter(server: Server, name: str) -> Visit:
    browser = server.browser()
    assert browser.sign_in(HANDLES.get(name, name), PASSWORD).status == 303
    return Visit(browser)


def keep_house(custodian: Visit, server: Server) -> None:
    """Everything that custodians type; somebody new comes in with marked words as name and password."""
    custodian.fill("/custody/cases/new", {}, {"case_id": "CASE-7"})
    closed = [("status", "closed"), ("reason", mark("why")), ("password", PASSWORD)]
    custodian.page("/custody/cases/CASE-7")
    assert custodian.browser.post("/custody/cases/CASE-7/status", closed).status == 303
    handle = f"{PLAIN}-newcomer"
    page = custodian.fill("/custody/accounts/new", {"roles": ["interviewer"]}, {"handle": handle})
    code = re.search(r"[A-Z0-9]{4,}(?:-[A-Z0-9]{4,})+", page.text)
    assert code is not None, page.text
    newcomer = server.browser()
    newcomer.get("/enrol")
    chosen = f"{PLAIN} {FOREIGN} 1"
    answer = newcomer.post(
        "/enrol",
        [("handle", handle), ("one_time_code", code[0]), ("password", chosen), ("password_again", chosen)],
    )
    assert answer.status == 303, answer.text
    newcomer.get("/account/password")
    changed = [("password", chosen), ("new_password", chosen + "2"), ("new_password_again", chosen + "2")]
    assert newcomer.post("/account/password", changed).status == 200
    grant = {
        "handle": "investigator-1",
        "case_id": "CASE-1",
        "purposes": "CP07",
        "reason": mark("need"),
        "part_S": mark("part"),
        "valid_from": time.strftime("%Y-%m-%d"),
        "valid_until": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400 * 20)),
    }
    custodian.page("/custody/grants/new")
    asked = custodian.browser.post("/custody/grants/new", list(grant.items()))
    assert asked.status == 303, asked.text
    second = enter(server, "custodian_b")
    (request,) = re.findall(
        r'href="(/custody/grants/[0-9a-f]+)/request"', second.page("/custody/grants").text
    )
    second.page(f"{request}/request")
    given = second.browser.post(f"{request}/approve", [("reason", mark("agreed")), ("password", PASSWORD)])
    assert given.status == 303, given.text
    (account,) = re.findall(
        rf'href="(/custody/accounts/[0-9a-f]+)">[^/]*{handle}', custodian.page("/custody/accounts").text
    )
    custodian.page(account)
    ended = custodian.browser.post(f"{account}/suspend", [("reason", mark("end")), ("password", PASSWORD)])
    assert ended.status == 303, ended.text


def knock(server: Server) -> None:
    """Doors that stay shut: failed sign-ins, failed enrolments, pages and addresses that are not there."""
    stranger = server.browser()
    for path, names in (
        ("/sign-in", ("handle", "password", "code")),
        ("/enrol", ("handle", "one_time_code", "password", "password_again")),
    ):
        stranger.get(path)
        assert stranger.post(path, [(name, mark(9)) for name in names]).status == 422
    stranger.get(f"/{PLAIN}?{PLAIN}={PLAIN}")
    stranger.request("GET", f"/sign-in?next={PLAIN}", headers={"User-Agent": PLAIN, "Referer": PLAIN})
    stranger.request(PLAIN.upper(), "/")


def tell(visit: Visit, left: Left) -> str:
    """A whole interview, marked words in every field of every step, and a large file; return its code."""
    visit.page("/intake/")
    draft = visit.browser.post("/intake/drafts").location.removesuffix("/before")
    for step in Step:
        if step is Step.FILES:
            attach_slowly(visit, f"{draft}/files/add", left)
            continue
        if step is Step.ACCOUNT:
            assert visit.fill(f"{draft}/earlier", {"agreed": "yes", "go": "ask"}).status == 303
        answer = visit.fill(f"{draft}/{step}", choices_of(step), FIXED)
        assert answer.status == 303, (step, answer.status, answer.text)
        if step is Step.CONSENT:
            answer = visit.fill(f"{draft}/consent/conditions", {"conditions-CP10": ["CC04"]})
            assert answer.status == 303
        if step is Step.ACCOUNT:
            visit.fill(f"{draft}/account/basis", {f"basis-{n}": "BA03" for n in range(9)})
    autosaved = visit.browser.post(f"{draft}/before", [("place", mark(0))], Accept="application/json")
    assert autosaved.status == 409
    check = visit.page(f"{draft}/check")
    sealed = visit.browser.post(f"{draft}/seal")
    assert sealed.status == 303, re.findall(r"<li><a href=\"[^\"]+(?:missing=)[^<]+</a>", check.text)
    code = re.search(r"T-[0-9A-Z]{4,6}-[0-9A-Z]{2}", visit.page(sealed.location).text)
    assert code is not None
    visit.page("/intake/")
    thrown = visit.browser.post("/intake/drafts").location.removesuffix("/before")
    visit.fill(f"{thrown}/account", choices_of(Step.ACCOUNT))
    visit.page(f"{thrown}/discard")
    assert visit.browser.post(f"{thrown}/discard").status == 303
    return code[0]


def attach_slowly(visit: Visit, path: str, left: Left) -> None:
    """Send a file that any server would put aside, stop in its middle, and look at what lies there."""
    visit.page(path.removesuffix("/add"))
    fields = [("csrf_token", visit.browser.token), ("kind", "XK01"), ("acquired", "cable")]
    content = (mark("f").encode() + b"\n") * (LARGE // len(mark("f").encode()))
    kind, body = multipart(fields, f"{mark('n')}.jpg", content)
    head = visit.browser.headers(len(body), {"Content-Type": kind, "Connection": "close"})
    connection = visit.browser.open_socket("POST", path, head)
    connection.sendall(body[: LARGE - 100_000])
    time.sleep(0.7)
    left.during_upload = traces(left.places, words())
    for name, held in held_open(left.server.process.pid, left.archive):
        left.during_upload += [f"{name}: {what}" for what, form in words().items() if form in held]
    connection.sendall(body[LARGE - 100_000 :])
    answer = connection.recv(4096)
    connection.close()
    assert b" 303 " in answer.split(b"\r\n")[0], answer


def redact_and_release(redactor: Visit, second: Visit, code: str) -> None:
    redactor.page("/review/")
    desk = f"/review/{code}"

    def act(what: str, *sent: tuple[str, str]) -> Answer:
        page = redactor.page(f"{desk}/")
        turn = re.search(r'name="revision" value="(\d+)"', page.text)
        revision = [("revision", turn[1])] if turn else []
        return redactor.browser.post(f"{desk}/{what}", [*revision, *sent])

    for person in (redactor, second):
        person.page(f"{desk}/warning")
        assert person.browser.post(f"{desk}/warning").status == 303
    assert act("take").status == 303
    hidden = [
        ("words", f"{FOREIGN}account"),
        ("category", "X.1"),
        ("replacement", f"{PLAIN}r"),
        ("entity", f"{PLAIN}e"),
    ]
    assert act("mark", *hidden).status == 303
    while waiting := re.search(r'name="(reject(?:_alike)?)" value="([^"]+)"', redactor.page(f"{desk}/").text):
        answer = act("decide", (waiting[1], waiting[2]))
        assert answer.status == 303, answer.text
    assert act("note", ("note", mark("note"))).status == 303
    assert act("propose", ("audience", "partner")).status == 303
    back = layer_of(second, code)
    second.page(f"{back}/compare")
    assert second.browser.post(f"{back}/send-back", [("answer", mark("answer"))]).status == 303
    assert act("propose", ("audience", "partner")).status == 303
    layer = layer_of(second, code)
    second.page(f"{layer}/compare")
    second.page(f"{layer}/alone")
    ticks = [(tick, "y") for tick in ("no_one_pointed_at", "named_details_hidden", "remaining_seen")]
    assert second.browser.post(f"{layer}/approve", ticks).status == 303
    assert second.browser.post(f"{desk}/release/partner").status == 303


def layer_of(reviewer: Visit, code: str) -> str:
    found = re.findall(r'href="(/review/layers/[^/]+)/compare"', reviewer.page(f"/review/{code}/").text)
    assert found
    return str(found[-1])


def find(investigator: Visit, code: str) -> str:
    browser = investigator.browser
    browser.get("/finding/purpose")
    assert browser.post("/finding/purpose", [("purpose", "CP07")]).status == 303
    for query in (PLAIN, f'"{FOREIGN}"', mark("q"), f"{PLAIN}* NEAR"):
        browser.get("/finding/")
        shown = browser.post("/finding/search", [("query", query)])
        browser.get(shown.location)
    browser.get(f"/finding/testimony/{code}")
    browser.post(f"/finding/testimony/{code}/open")
    return browser.get(f"/finding/testimony/{code}").text


def look_into_the_log(auditor: Visit) -> None:
    auditor.browser.get(f"/log/?about={PLAIN}")
    auditor.page("/log/check")
    auditor.browser.post("/log/check", [("kept", mark("kept"))])


def bring_by_hand(left: Left) -> None:
    """One import and one search by the command line. What the person holds in their hand lies outside."""
    given = left.root / "given"
    given.mkdir()
    row: dict[str, object] = {"text": mark("import"), "language": "eng", "external_id": mark("id")}
    row |= {"consent": {"CP01": "granted"}, "protect": [{"text": PLAIN, "kind": "WITNESS_NAME"}]}
    bad = {"text": mark("bad"), "language": mark("language"), mark("field"): mark("value")}
    lines = [json.dumps(row), json.dumps(bad, ensure_ascii=False), mark("no json")]
    (given / "rows.jsonl").write_text(
        "\n".join([*lines, json.dumps({**row, "case": mark("case"), "external_id": mark("other")})])
    )
    (given / "password").write_text(PASSWORD)
    secret = ["--password-file", str(given / "password")]
    around, where = left.server.surroundings, str(left.archive)
    imported = run(around, "import", where, str(given / "rows.jsonl"), "--as", "interviewer-1", *secret)
    assert b"1 kept, 3 not kept." in imported.stdout, imported
    bring_redacted(left, given, secret)
    wrong = run(around, "search", where, "nothing-like-it", "--as", mark("who"), "--purpose", "CP07", *secret)
    assert wrong.returncode == 1


def bring_redacted(left: Left, given: Path, secret: list[str]) -> None:
    """What was redacted elsewhere, by two reviewers; then the index made anew. Words to protect are kept nowhere."""
    row: dict[str, object] = {"text": mark("redacted"), "language": "eng", "external_id": mark("their id")}
    row |= {"audience": "partner", "consent": {"CP01": "granted", "CP07": "granted"}}
    row |= {"protect": [{"text": f"{PLAIN}protected", "kind": "WITNESS_NAME"}]}
    refused = {**row, "consent": {}, "external_id": mark("refused")}
    still = {**row, "text": f"{PLAIN}protected", "external_id": mark("still")}
    (given / "redacted.jsonl").write_text("\n".join(json.dumps(each) for each in (row, refused, still)))
    around, where = left.server.surroundings, str(left.archive)
    call = ["import", where, str(given / "redacted.jsonl"), "--redacted", "--we-both-checked"]
    pair = ["--as", "reviewer-1", "--approved-by", "reviewer-2", "--approver-password-file", secret[1]]
    brought = run(around, *call, *pair, *secret)
    assert b"1 kept, 2 not kept." in brought.stdout, brought
    made_anew = run(around, "reindex", where, "--as", "reviewer-1", *secret)
    assert made_anew.returncode == 0, made_anew


def break_off(visit: Visit, left: Left) -> None:
    """Kill the server while a file is on its way and answers are being saved."""
    visit.page("/intake/")
    draft = visit.browser.post("/intake/drafts").location.removesuffix("/before")
    visit.fill(f"{draft}/consent", choices_of(Step.CONSENT))
    visit.page(f"{draft}/files")
    fields = [("csrf_token", visit.browser.token), ("kind", "XK01"), ("acquired", "cable")]
    kind, body = multipart(fields, mark("cut"), mark("c").encode() * 60_000)
    upload = visit.browser.open_socket(
        "POST", f"{draft}/files/add", visit.browser.headers(len(body), {"Content-Type": kind})
    )
    upload.sendall(body[: len(body) // 2])
    form = urlencode(
        [("csrf_token", visit.browser.token), ("version", "0"), ("text", mark("k") * 9000)]
    ).encode()
    saving = visit.browser.open_socket(
        "POST", f"{draft}/account", visit.browser.headers(len(form), {"Content-Type": FORM})
    )
    saving.sendall(form)
    time.sleep(0.02)
    left.server.kill()
    upload.close()
    saving.close()


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    root = tmp_path_factory.mktemp("canary")
    archive = root / "archive"
    make_archive(archive, lambda: datetime.now(UTC))
    with served(archive, root) as server:
        left = Left(archive, root, server)
        people = {
            name: enter(server, name) for name in ("custodian", "interviewer", "reviewer", "reviewer_b")
        }
        knock(server)
        keep_house(people["custodian"], server)
        code = tell(people["interviewer"], left)
        redact_and_release(people["reviewer"], people["reviewer_b"], code)
        left.read = find(enter(server, "investigator"), code)
        look_into_the_log(enter(server, "auditor"))
        bring_by_hand(left)
        left.typed = sum(visit.typed for visit in people.values())
        yield left


@pytest.fixture(scope="module")
def calm(left: Left) -> Left:
    """After Ctrl-C."""
    assert left.server.interrupt() == 0
    return left


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: f"...{text}...".encode(),
        lambda text: text.encode("utf-16"),
        lambda text: base64.b64encode(b"x" + text.encode()),
        lambda text: base64.b64encode(b"xy" + text.encode()),
        lambda text: base64.urlsafe_b64encode(b"xyz" + text.encode()),
        lambda text: text.encode().hex().encode(),
        lambda text: json.dumps({"text": text}).encode(),
        lambda text: quote(text).encode(),
    ],
)
@pytest.mark.parametrize("word", [PLAIN, FOREIGN])
def test_the_search_finds_a_word_that_was_left_behind(
    tmp_path: Path, hide: Callable[[str], bytes], word: str
) -> None:
    assert traces([tmp_path], words()) == []

    (tmp_path / "left.bin").write_bytes(b"\0" * 5000 + hide(word))

    assert traces([tmp_path], words()) != []


def test_the_marked_words_were_taken_in_and_came_out_again(left: Left) -> None:
    assert left.typed > 40
    assert PLAIN in left.read


def test_nothing_is_put_aside_in_clear_while_a_large_file_arrives(left: Left) -> None:
    assert left.during_upload == []


def test_a_running_archive_leaves_no_word_anywhere(left: Left) -> None:
    assert traces(left.places, words()) == []


def test_a_stopped_archive_leaves_no_word_anywhere(calm: Left) -> None:
    assert traces(calm.places, words()) == []


def test_no_key_lies_anywhere(calm: Left) -> None:
    assert traces(calm.places, of_secrets(dict(keys_of(calm.archive)))) == []


def test_a_server_killed_in_the_middle_of_requests_leaves_no_word_and_a_whole_archive(calm: Left) -> None:
    with served(calm.archive, calm.root) as server:
        calm.server = server
        break_off(enter(server, "interviewer"), calm)

    assert traces(calm.places, words()) == []
    for name in ("reviewer", "auditor", "interviewer"):
        assert check(open_session(calm.archive, name), datetime.now(UTC)) == ()


def open_session(path: Path, name: str) -> Session:
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    return SignIn(archive, Throttle()).sign_in(HANDLES[name], PASSWORD, None, datetime.now(UTC))


def keys_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every secret that these people's sign-in opens: their own, the compartments', what the files are locked with."""
    for name in ("custodian", "reviewer", "investigator", "auditor", "interviewer"):
        session = open_session(path, name)
        yield f"{name} sealing seed", session.keys.sealing.seed.raw
        yield f"{name} signing seed", session.keys.signing.seed.raw
        for compartment, secret in session.archive.secrets.items():
            yield f"{compartment} secret", secret.raw
            for label in Label:
                yield f"{compartment} {label}", derive(secret, label).raw
                yield f"{compartment} {label} file", bytes.fromhex(database_key(secret, label)[2:-1])[:32]
