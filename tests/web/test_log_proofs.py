"""Proofs, checkpoints that leave the house and come back, and an auditor's warning, in a browser without script."""

import email
import re
from collections.abc import Callable
from email import policy
from io import BytesIO
from pathlib import Path

import pytest
from segno import make_qr

from testimony.domain.audit import Action
from testimony.exports.log_keys import Keys
from testimony.exports.log_reading import verify_proof
from testimony.outward import get, post
from testimony.services.calendar_answers import ask_calendars
from testimony.services.timestamping import read_authorities, stamp_queued
from testimony.services.verification import verify_log
from testimony.storage import log
from tests.attacks.test_log_tampering import EDIT, rebuild_tree, sign_every_checkpoint_anew, tamper
from tests.calendar_server import calendar_server
from tests.exported_logs import ExportedLog
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def shown(people: People, clock: Clock) -> None:
    with people["reviewer"].work(clock()) as work:
        work.log(Action.ITEM_SHOWN, subject=("testimony", "T-7Q4K-29"), case="CASE-1", purpose="CP07")


def preformatted(page: str, name: str) -> str:
    found = re.search(rf'<pre[^>]*id="{name}"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return found[1]


def taken(visitor: Visitor) -> str:
    """The address of a checkpoint that was taken just now."""
    visitor.get("/log/checkpoints")
    return visitor.post("/log/checkpoints").headers["Location"]


def test_a_proof_of_an_event_is_a_text_that_others_verify(
    visit: Visit, people: People, clock: Clock, shown: None
) -> None:
    visitor = visit("auditor")
    keys = Keys(ExportedLog.of(people["auditor"], clock()).rows[0])

    page = visitor.get("/log/event/3/proof")
    file = visitor.get("/log/event/3/proof-file")

    assert 'href="/log/event/3/proof"' in visitor.get("/log/event/3").text
    assert verify_proof(file.text, keys)[0] == 3
    assert preformatted(page.text, "proof").startswith("c2sp.org/tlog-proof@v1")
    assert "attachment" in file.headers["Content-Disposition"]


def test_a_proof_of_growth_is_made_for_an_older_size_and_for_no_impossible_one(
    visit: Visit, shown: None
) -> None:
    visitor = visit("auditor")

    assert "old 5" in visitor.get("/log/growth?old=5").text
    for impossible in ("0", "-1", "99999", "x", ""):
        assert visitor.get(f"/log/growth?old={impossible}").status_code == 422


def test_a_checkpoint_leaves_as_a_message_and_comes_back_by_paste_and_by_file(
    visit: Visit, shown: None
) -> None:
    visitor = visit("auditor")
    address = taken(visitor)

    letter = visitor.get(f"{address}/letter")
    note = visitor.get(f"{address}/file").text
    message = email.message_from_bytes(letter.data, policy=policy.default)
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    attached = next(message.iter_attachments()).get_content()
    visitor.get("/log/kept")
    answers = [
        visitor.post("/log/kept", kept=given).text for given in (note, text, note.partition("\n\n")[0])
    ]
    answers.append(visitor.post("/log/kept-file", file=(BytesIO(letter.data), "kept.eml")).text)

    assert message["To"] is None
    assert attached.replace("\r\n", "\n") == note
    assert max(len(line) for line in letter.data.splitlines()) < 998
    assert all("The log continues your checkpoint" in answer for answer in answers)


@pytest.mark.parametrize("kept", ["nonsense", "a\nb\nc", "testimony/other\n5\n" + "A" * 43 + "="])
def test_a_text_without_a_checkpoint_of_this_log_is_told(visit: Visit, kept: str) -> None:
    visitor = visit("auditor")
    visitor.get("/log/kept")

    assert "there is no checkpoint of this log" in visitor.post("/log/kept", kept=kept).text


def test_a_kept_checkpoint_shows_that_history_was_rewritten(
    visit: Visit, people: People, shown: None
) -> None:
    visitor = visit("auditor")
    note = visitor.get(f"{taken(visitor)}/file").text
    tamper(people["auditor"], EDIT, at=6)
    rebuild_tree(people["auditor"])
    sign_every_checkpoint_anew(people["auditor"])
    visitor.get("/log/kept")

    assert "History was rewritten" in visitor.post("/log/kept", kept=note).text


def test_signing_out_with_a_checkpoint_shows_it_and_ends_the_session(
    visit: Visit, people: People, clock: Clock
) -> None:
    visitor = visit("auditor")
    visitor.get("/log/checkpoints")

    page = visitor.post("/log/sign-out")

    assert "testimony/" in page.text
    assert "<svg" in page.text
    assert visitor.get("/log/").status_code == 303
    lines = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    assert lines is not None
    assert verify_log(people["auditor"], clock(), lines[1]).kept is not None


def test_a_check_is_cosigned_and_the_checkpoint_says_by_whom(visit: Visit, people: People) -> None:
    visitor = visit("auditor")
    visitor.get("/log/check")
    checked = visitor.post("/log/check").text
    with people["auditor"].reading() as connection:
        sizes = [size for size, _, note in log.checkpoints(connection)]

    pages = [visitor.get(f"/log/checkpoints/{size}").text for size in sizes]

    assert "You co-signed it" in checked
    assert sum("Verified and co-signed by the auditor" in page for page in pages) == 1


def test_an_auditor_is_warned_at_sign_in_until_a_reason_is_given(
    visit: Visit, people: People, clock: Clock
) -> None:
    session = people["auditor"]
    assert verify_log(session, clock()).whole
    memory: Path = session.archive.directory.log_memories / session.account.id
    memory.unlink()

    visitor = visit()
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", handle="auditor-1", password=PASSWORD)
    assert answer.headers["Location"] == "/log/memory"
    page = visitor.get("/log/memory")
    assert "is missing, was put back" in page.text
    assert "is missing, was put back" in visitor.get("/").text
    assert "is missing, was put back" in visitor.get("/log/").text
    assert visitor.post("/log/memory", reason="", password=PASSWORD).status_code == 422
    assert (
        visitor.post("/log/memory", reason="a backup was put back on Monday", password="no").status_code
        == 422
    )
    assert (
        visitor.post("/log/memory", reason="a backup was put back on Monday", password=PASSWORD).status_code
        == 303
    )
    assert "is missing, was put back" not in visitor.get("/log/").text
    assert verify_log(session, clock()).whole


def test_what_is_drawn_for_a_telephone_are_the_three_lines(visit: Visit, shown: None) -> None:
    visitor = visit("auditor")
    address = taken(visitor)
    body = visitor.get(f"{address}/file").text.partition("\n\n")[0]
    page = visitor.get(address).text

    expected = make_qr(body, error="m").svg_inline(omitsize=True, dark="#000000", light="#ffffff", border=2)
    assert expected in page


def test_what_a_calendar_promised_and_what_names_a_block_are_not_told_as_checked(
    visit: Visit, people: People, clock: Clock
) -> None:
    assert verify_log(people["auditor"], clock()).whole
    with calendar_server() as calendar:
        asked = read_authorities((), (calendar.url,))
        stamp_queued(people["auditor"], asked, post, clock())
        visitor = visit("auditor")
        sizes = [int(n) for n in re.findall(r"/log/checkpoints/(\d+)", visitor.get("/log/checkpoints").text)]
        promised = [visitor.get(f"/log/checkpoints/{size}").text for size in sizes]
        first = visitor.post("/log/check", kept="").text
        calendar.height = 915_123
        ask_calendars(people["auditor"], asked, get, clock())
    named = [visitor.get(f"/log/checkpoints/{size}").text for size in sizes]
    second = visitor.post("/log/check", kept="").text

    assert sum("promised; it names no block of Bitcoin yet" in page for page in promised) == 1
    assert sum("names block 915123 of Bitcoin, which was not checked here" in page for page in named) == 1
    assert "Time-stamps promised by a calendar, without a block of Bitcoin yet" in first
    assert "Time-stamps that name a block of Bitcoin, which was not checked here" in second
