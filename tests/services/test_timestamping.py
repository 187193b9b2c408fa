"""Checkpoints are stamped by a real authority (OpenSSL), queued while nobody answers, verified offline."""

from pathlib import Path

import pytest

from crypto.errors import BadSignature, CryptoError, Malformed
from crypto.opentimestamps import calendar_digest, ots_file
from crypto.ots_proofs import OTS_MAGIC
from crypto.timestamps import open_timestamp, timestamp_request
from testimony.domain.errors import Refused
from testimony.services.sessions import Session
from testimony.services.timestamping import Authority, Unanswered, read_authorities, stamp_queued
from testimony.services.verification import Fault, FaultKind, verify_log
from testimony.settings import BadSetting, read_settings
from testimony.storage import log_proofs
from tests.exported_logs import ExportedLog
from tests.services.conftest import Clock, People
from tests.time_authority import TimeAuthority, make_authority

TEXT = b"testimony/x\n5\n" + b"A" * 43 + b"=\n"
PENDING = bytes.fromhex("0083dfe30d2ef90c8e") + b"\x08\x07http://"
"""An answer of a calendar: one attestation that waits."""


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> TimeAuthority:
    return make_authority(tmp_path_factory.mktemp("tsa") / "authority")


@pytest.fixture
def auditor(people: People, clock: Clock) -> Session:
    """An auditor whose verified checkpoint waits for a time-stamp."""
    assert verify_log(people["auditor"], clock()).whole
    return people["auditor"]


def authority(tsa: TimeAuthority, url: str = "https://time.example") -> Authority:
    return Authority(url, log_proofs.RFC3161, tsa.chain)


def nobody(url: str, body: bytes, content_type: str) -> bytes:
    raise Unanswered


def stamps(session: Session) -> tuple[log_proofs.TimeStamp, ...]:
    with session.reading() as connection:
        return log_proofs.timestamps_between(connection, 0, 10**6)


def test_a_checkpoint_is_stamped_kept_and_verified_without_a_network(
    auditor: Session, tsa: TimeAuthority, clock: Clock
) -> None:
    done = stamp_queued(auditor, (authority(tsa),), tsa.answer, clock())

    (row,) = stamps(auditor)
    assert (done.taken, done.waiting, done.silent) == (1, 0, ())
    assert verify_log(auditor, clock()).timestamps == 1
    log = ExportedLog.of(auditor, clock())
    assert (log.fault(), log.verdict().timestamps) == (None, 1)
    with auditor.reading() as connection:
        checkpoints = connection.exec_driver_sql(
            "SELECT note FROM log_checkpoints WHERE size = ?", (row.size,)
        )
        text = checkpoints.scalar_one().partition("\n\n")[0] + "\n"
    assert tsa.verifies(row.token, text.encode())


def test_what_nobody_answered_waits_and_is_asked_again(
    auditor: Session, tsa: TimeAuthority, clock: Clock
) -> None:
    offline = stamp_queued(auditor, (authority(tsa),), nobody, clock())
    online = stamp_queued(auditor, (authority(tsa),), tsa.answer, clock())

    assert (offline.taken, offline.waiting, offline.silent) == (0, 1, ("https://time.example",))
    assert (online.taken, online.waiting) == (1, 0)


def test_an_authority_that_does_not_answer_is_asked_once_and_the_others_still_are(
    auditor: Session, tsa: TimeAuthority, clock: Clock
) -> None:
    verify_log(auditor, clock.forward(minutes=1))
    asked = []

    def post(url: str, body: bytes, content_type: str) -> bytes:
        asked.append(url)
        if "dead" in url:
            raise Unanswered
        return tsa.answer(url, body, content_type)

    both = (authority(tsa, "https://dead.example"), authority(tsa))
    done = stamp_queued(auditor, both, post, clock())

    assert asked.count("https://dead.example") == 1
    assert (done.taken, done.waiting) == (2, 2)


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"\x30\x03\x02\x01\x00"])
def test_an_answer_that_is_no_time_stamp_is_not_kept(
    auditor: Session, tsa: TimeAuthority, clock: Clock, answer: bytes
) -> None:
    done = stamp_queued(auditor, (authority(tsa),), lambda *_: answer, clock())

    assert (done.taken, done.waiting, stamps(auditor)) == (0, 1, ())


def test_a_time_stamp_of_another_root_or_text_does_not_hold(tsa: TimeAuthority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other")
    token = tsa.answer("", timestamp_request(TEXT), "application/timestamp-query")

    assert open_timestamp(token, TEXT, tsa.chain).tzinfo is not None
    with pytest.raises(BadSignature):
        open_timestamp(token, TEXT, other.chain)
    with pytest.raises(BadSignature):
        open_timestamp(token, TEXT + b"x", tsa.chain)
    for chain in ("", "nonsense", other.chain.partition("-----END")[0]):
        with pytest.raises(Malformed):
            open_timestamp(token, TEXT, chain)


def test_a_forged_time_stamp_is_found_here_and_outside(
    auditor: Session, tsa: TimeAuthority, clock: Clock
) -> None:
    stamp_queued(auditor, (authority(tsa),), tsa.answer, clock())
    (row,) = stamps(auditor)
    forged = tsa.answer("", timestamp_request(TEXT), "application/timestamp-query")
    with auditor.archive.database.writing() as connection:
        connection.execute(log_proofs.TIMESTAMPS.update().values(token=forged))

    assert verify_log(auditor, clock()).fault == Fault(FaultKind.TIMESTAMP_FORGED, row.size)
    assert ExportedLog.of(auditor, clock()).fault() == ("timestamp-forged", row.size)


def test_only_auditors_may_ask(people: People, tsa: TimeAuthority, clock: Clock) -> None:
    with pytest.raises(Refused):
        stamp_queued(people["custodian"], (authority(tsa),), tsa.answer, clock())


def test_a_calendar_is_sent_a_blinded_digest_and_its_answer_becomes_a_file(
    auditor: Session, clock: Clock
) -> None:
    sent = {}

    def post(url: str, body: bytes, content_type: str) -> bytes:
        sent[url] = body
        return PENDING

    done = stamp_queued(auditor, read_authorities((), ("https://calendar.example/",)), post, clock())

    (row,) = stamps(auditor)
    assert (done.taken, row.kind, list(sent)) == (1, "opentimestamps", ["https://calendar.example/digest"])
    assert row.token.startswith(OTS_MAGIC)
    assert row.token.endswith(PENDING)
    nonce = row.token[len(OTS_MAGIC) + 35 : len(OTS_MAGIC) + 51]
    with auditor.reading() as connection:
        notes = connection.exec_driver_sql("SELECT note FROM log_checkpoints WHERE size = ?", (row.size,))
        text = notes.scalar_one().partition("\n\n")[0] + "\n"
    assert sent["https://calendar.example/digest"] == calendar_digest(text.encode(), nonce)
    log = ExportedLog.of(auditor, clock())
    assert (log.fault(), log.verdict().promised) == (None, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00",
        b"\x00" * 9,
        PENDING + b"x",
        b"\x08",
        b"\x55" + PENDING,
        b"\xf0\x05ab",
        b"\x08" * 9000,
        b"\x08" * 500 + PENDING,
    ],
)
def test_an_answer_of_a_calendar_that_is_none_is_refused(answer: bytes) -> None:
    with pytest.raises(CryptoError):
        ots_file(TEXT, bytes(16), answer)


def test_operations_and_forks_of_a_calendar_are_read_to_their_end() -> None:
    answer = b"\xf0\x04abcd\x08\xff" + PENDING + b"\xf1\x02xy\x08" + PENDING

    assert ots_file(TEXT, bytes(16), answer).endswith(answer)


def test_authorities_are_read_from_the_settings_and_a_wrong_one_is_said(tsa: TimeAuthority) -> None:
    path = tsa.path / "root.pem"
    settings = read_settings(
        {
            "TESTIMONY_TIMESTAMP_AUTHORITIES": f"https://a.example {path}; http://b.example/tsr {path}",
            "TESTIMONY_TIMESTAMP_CALENDARS": "https://c.example https://d.example",
        }
    )
    found = read_authorities(settings.timestamp_authorities, settings.timestamp_calendars)

    assert [one.url for one in found][:3] == [
        "https://a.example",
        "http://b.example/tsr",
        "https://c.example",
    ]
    for wrong in ("https://a.example", "ftp://a.example /x", "a.example /x"):
        with pytest.raises(BadSetting):
            read_settings({"TESTIMONY_TIMESTAMP_AUTHORITIES": wrong})
    with pytest.raises(BadSetting):
        read_settings({"TESTIMONY_TIMESTAMP_CALENDARS": "c.example"})
    with pytest.raises(Malformed):
        read_authorities((("https://a.example", tsa.path / "nothing.pem"),), ())
