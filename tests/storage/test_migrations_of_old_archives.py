"""Files made by the first version, with rows in them, are brought up and keep what they held."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from search.access import Access
from search.index import Index
from search.queries import parse
from search.results import PageRequest
from testimony.domain.events import EventFilter
from testimony.storage import log_pages, migrating
from testimony.storage.compartments import Compartment
from testimony.storage.database import PRAGMAS
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.migrating import upgrade
from testimony.storage.originals_index import FIELDS, document_of
from testimony.storage.room_queries import text_of

SECRET = Secret(bytes(range(32)))
MIGRATIONS = Path(migrating.__file__).parent / "migrations"

# Of more than one page of the filling, with versions that are no first ones, and one told nobody knows when.
ORIGINALS = tuple(
    (f"T-{number:04}", version, "fra" if version == 2 else "eng", f"telling{number:03} of version{version}")
    for number in range(230)
    for version in ((1, 2) if number % 3 == 0 else (1,))
)


@pytest.fixture
def directory(tmp_path: Path) -> ArchiveDirectory:
    directory = ArchiveDirectory(tmp_path / "archive")
    directory.create()
    return directory


def opened(directory: ArchiveDirectory, compartment: Compartment) -> Any:
    connection = dbapi2.connect(str(directory.file_of(compartment)), isolation_level=None)
    connection.execute(f'PRAGMA key = "{database_key(SECRET, Label.COMPARTMENT_DATABASE)}"')
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def made_by_the_first_version(directory: ArchiveDirectory, compartment: Compartment) -> Any:
    """A file as the first revision leaves it, open."""
    script = ScriptDirectory(str(MIGRATIONS / compartment.value))
    (first,) = (one for one in script.walk_revisions() if one.down_revision is None)
    connection = opened(directory, compartment)
    for statement in first.module.STATEMENTS:
        connection.execute(statement)
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute("INSERT INTO alembic_version VALUES (?)", (first.revision,))
    return connection


def newest(compartment: Compartment) -> str:
    return str(ScriptDirectory(str(MIGRATIONS / compartment.value)).get_current_head())


def revision(connection: Any) -> str:
    return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def put_original(connection: Any, code: str, version: int, language: str, text: str) -> None:
    told: dict[str, Any] = {"interview": None, "imported": {"told_on": "2025-06-17", "external_id": ""}}
    if code == "T-0001":
        told = {"interview": None, "imported": {"told_on": None, "external_id": ""}}
    if code == "T-0002":
        told = {"interview": {"month": "2024-11"}, "imported": None}
    document = json.dumps({"code": code, "case_id": f"CASE-{code[-1]}", **told}).encode()
    row = (code, f"s-{code}", document, "0" * 64, "a-interviewer", b"signed", "2026-01-01", "a-reviewer")
    connection.execute("INSERT OR IGNORE INTO originals VALUES (?,?,?,?,?,?,?,?)", row)
    connection.execute(
        "INSERT INTO original_versions VALUES (?,?,?,?,?,?,?,?,?)",
        (code, version, "verbatim", language, text, 3, "0" * 64, "a-interviewer", "2026-01-01"),
    )


@pytest.fixture
def vault(directory: ArchiveDirectory) -> Any:
    """A vault of the first version, brought up."""
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    connection.execute("BEGIN")
    for row in reversed(ORIGINALS):
        put_original(connection, *row)
    connection.execute("COMMIT")
    connection.close()
    upgrade(directory, Compartment.VAULT, SECRET)
    return opened(directory, Compartment.VAULT)


def test_every_version_in_an_old_vault_has_a_number_and_an_entry_of_its_own(vault: Any) -> None:
    numbered = vault.execute("SELECT id, code, version_no FROM original_documents ORDER BY id").fetchall()
    indexed = vault.execute("SELECT id, language FROM search_documents ORDER BY id").fetchall()

    assert revision(vault) == newest(Compartment.VAULT)
    assert [(code, version) for _, code, version in numbered] == [row[:2] for row in ORIGINALS]
    assert indexed == [(number, row[2]) for (number, _, _), row in zip(numbered, ORIGINALS, strict=True)]
    assert vault.execute("SELECT code, version_no, language, text FROM original_versions").fetchall()[0]
    assert vault.execute("SELECT count(*) FROM search_originals").fetchone() == (0,)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("telling007", {"T-0007"}),
        ("version2 telling006", {"T-0006"}),
        ("telling229", {"T-0229"}),
        ("code:T-0100", {"T-0100"}),
        ("case:CASE-1 telling001", {"T-0001"}),
        ("month:2024-11", {"T-0002"}),
        ("telling001 month:2025", set()),
        ("telling003 month:2025-06 language:fra", {"T-0003"}),
    ],
)
def test_what_an_old_vault_held_is_found_after_it(vault: Any, query: str, codes: set[str]) -> None:
    engine = sa.create_engine("sqlite://", creator=lambda: vault, module=dbapi2)
    everything = Access("o.code IS NOT NULL", {}, "JOIN original_documents o ON o.id = doc.id")
    with engine.connect() as connection:
        texts = connection.exec_driver_sql(
            "SELECT o.id, v.text, o.code FROM original_documents o JOIN original_versions v "
            "ON v.code = o.code AND v.version_no = o.version_no"
        ).all()
        index = Index("main", lambda _, ids: {row[0]: row[1] for row in texts})
        hits = index.search(connection, parse(query, FIELDS), everything, PageRequest()).hits

    assert {row[2] for row in texts for hit in hits if hit.id == row[0]} == codes


def test_what_is_written_of_an_old_vault_is_what_is_written_of_a_new_original(vault: Any) -> None:
    engine = sa.create_engine("sqlite://", creator=lambda: vault, module=dbapi2)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT o.id, v.code, v.language, v.text, w.document FROM original_documents o "
            "JOIN original_versions v ON v.code = o.code AND v.version_no = o.version_no "
            "JOIN originals w ON w.code = v.code"
        ).all()
        documents = [document_of(*row) for row in rows]

        assert len(documents) == len(ORIGINALS)
        assert Index("main", lambda _, ids: {}).differing(connection, documents) == ()


def test_a_second_run_leaves_an_upgraded_vault_as_it_is(directory: ArchiveDirectory, vault: Any) -> None:
    before = directory.file_of(Compartment.VAULT).read_bytes()

    upgrade(directory, Compartment.VAULT, SECRET)

    assert directory.file_of(Compartment.VAULT).read_bytes() == before


def test_marks_of_an_old_vault_stay_tokens(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    put_original(connection, "T-0001", 1, "eng", "telling of version1")
    connection.execute("INSERT INTO redaction_works VALUES ('T-0001', 1, 1, 'a-1', '2026-01-01', '')")
    old = ("T-0001", 1, "m-1", 0, 7, "X.2", "", "partner", "accepted", None, None, "a-1", "2026-01-01")
    connection.execute("INSERT INTO marks VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", old)
    connection.close()

    upgrade(directory, Compartment.VAULT, SECRET)

    assert opened(directory, Compartment.VAULT).execute("SELECT * FROM marks").fetchall() == [(*old, "")]


def test_a_set_of_an_old_vault_has_no_check_and_details_can_be_kept(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    put_original(connection, "T-0001", 1, "eng", "telling of version1")
    connection.execute("INSERT INTO redaction_works VALUES ('T-0001', 1, 1, 'a-1', '2026-01-01', '')")
    connection.execute(
        "INSERT INTO redaction_sets (set_id, code, version, audience, state, text_sha256, marks_sha256, statement,"
        " redactor_id, proposed_at, proposal_signature, note)"
        " VALUES ('s-1', 'T-0001', 1, 'partner', 'proposed', '', '', x'7b7d', 'a-1', '2026-01-01', x'00', '')"
    )
    connection.close()

    upgrade(directory, Compartment.VAULT, SECRET)

    upgraded = opened(directory, Compartment.VAULT)
    kept = upgraded.execute("SELECT state, statement, residual, recipient_id FROM redaction_sets").fetchall()
    assert kept == [("proposed", b"{}", "", "")]
    again = upgraded.execute("SELECT * FROM redaction_sets").fetchone()
    put = f"INSERT INTO redaction_sets VALUES ({','.join('?' * len(again))})"
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(put, ("s-2", *again[1:]))
    upgraded.execute(put, ("s-3", *again[1:-1], "r-1"))
    upgraded.execute("INSERT INTO residual_details VALUES ('T-0001', 'kin', 'widow')")
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute("INSERT INTO residual_details VALUES ('T-0009', 'kin', 'widow')")


def test_places_of_an_old_reading_room_stay_and_take_a_population(directory: ArchiveDirectory) -> None:
    script = ScriptDirectory(str(MIGRATIONS / Compartment.READING_ROOM.value))
    connection = made_by_the_first_version(directory, Compartment.READING_ROOM)
    for revision_id in ("reading_room_0002", "reading_room_0003"):
        for statement in script.get_revision(revision_id).module.STATEMENTS:
            connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision_id,))
    country = ("p-1", None, "PL1", None, "a-1", "2026-01-01")
    connection.execute("INSERT INTO places VALUES (?,?,?,?,?,?)", country)
    connection.close()

    upgrade(directory, Compartment.READING_ROOM, SECRET)

    upgraded = opened(directory, Compartment.READING_ROOM)
    assert revision(upgraded) == newest(Compartment.READING_ROOM)
    assert upgraded.execute("SELECT * FROM places").fetchall() == [(*country, None)]
    upgraded.execute("UPDATE places SET population_band = 'PB3'")
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute("UPDATE places SET population_band = 'PB9'")


def test_the_index_of_an_old_reading_room_says_the_same_in_another_order(directory: ArchiveDirectory) -> None:
    script = ScriptDirectory(str(MIGRATIONS / Compartment.READING_ROOM.value))
    connection = made_by_the_first_version(directory, Compartment.READING_ROOM)
    for number in range(2, 7):
        revision_id = f"reading_room_{number:04}"
        for statement in script.get_revision(revision_id).module.STATEMENTS:
            connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision_id,))
    rows = [(number, f"telling{number} wells", "well", "w·wells", "pillage") for number in range(1, 301)]
    put = "INSERT INTO search_text (rowid, exact, stem, name, label) VALUES (?,?,?,?,?)"
    connection.executemany(put, rows)
    connection.close()

    upgrade(directory, Compartment.READING_ROOM, SECRET)

    upgraded = opened(directory, Compartment.READING_ROOM)
    assert upgraded.execute("SELECT rowid, exact, stem, name, label FROM search_text").fetchall() == rows
    assert upgraded.execute("SELECT c0 FROM search_text_content WHERE id = 7").fetchone() == ("w·wells",)
    asked = "SELECT rowid FROM search_text WHERE search_text MATCH ?"
    assert upgraded.execute(asked, ("{exact} : telling7",)).fetchall() == [(7,)]
    assert upgraded.execute(asked, ("{exact} : well",)).fetchall() == []
    held = "SELECT count(*) FROM search_vocabulary WHERE col = 'stem'"
    assert upgraded.execute(held).fetchone() == (300,)
    settings = dict(upgraded.execute("SELECT k, v FROM search_text_config").fetchall())
    assert (settings["secure-delete"], settings["pgsz"], settings["hashsize"]) == (1, 3960, 33554432)


def test_cases_of_an_old_ledger_take_a_threshold(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.LEDGER)
    connection.execute("INSERT INTO cases VALUES ('CASE-1', 'One', 'open', '2026-01-01', 'a-1')")
    connection.close()

    upgrade(directory, Compartment.LEDGER, SECRET)

    upgraded = opened(directory, Compartment.LEDGER)
    assert revision(upgraded) == newest(Compartment.LEDGER)
    put = "INSERT INTO residual_thresholds VALUES (?, ?, ?, 'a-1', '2026-03-02')"
    upgraded.execute(put, ("CASE-1", "public", 20))
    for wrong in (("CASE-9", "public", 20), ("CASE-1", "partner", 0), ("CASE-1", "everybody", 5)):
        with pytest.raises(dbapi2.IntegrityError):
            upgraded.execute(put, wrong)


def test_what_an_old_ledger_handed_over_stays_and_tells_of_no_other_account(
    directory: ArchiveDirectory,
) -> None:
    upgrade(directory, Compartment.LEDGER, SECRET)
    connection = opened(directory, Compartment.LEDGER)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("ALTER TABLE disclosures DROP COLUMN helping_elsewhere")
    connection.execute("UPDATE alembic_version SET version_num = 'ledger_0015'")
    connection.execute(
        "INSERT INTO disclosures (disclosure_id, code, purpose, recipient_type, consent_version, layer, release_id,"
        " number, text_sha256, hides_named_details, of_the_state, death_penalty, fair_trial, protective, state,"
        " prepared_by, prepared_at) VALUES ('d-1', 'T-1', 'CP14', 'RT06', 1, 'court', 1, 1, 'aa', 0, 0, 0, 1, 1,"
        " 'prepared', 'a-1', '2026-03-02')"
    )
    connection.close()

    upgrade(directory, Compartment.LEDGER, SECRET)

    upgraded = opened(directory, Compartment.LEDGER)
    assert revision(upgraded) == newest(Compartment.LEDGER)
    kept = upgraded.execute("SELECT disclosure_id, state, helping_elsewhere FROM disclosures").fetchall()
    assert kept == [("d-1", "prepared", 0)]


def test_an_old_ledger_keeps_its_rows_and_takes_saved_searches(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.LEDGER)
    account = ("a-1", "ada", "Ada", "0" * 64, "active", 0, "2026-01-01", None)
    connection.execute("INSERT INTO accounts VALUES (?,?,?,?,?,?,?,?)", account)
    connection.close()

    upgrade(directory, Compartment.LEDGER, SECRET)

    upgraded = opened(directory, Compartment.LEDGER)
    assert upgraded.execute("SELECT * FROM accounts").fetchall() == [account]
    saved = ("s-1", "a-1", b"sealed", "2026-03-02")
    upgraded.execute("INSERT INTO saved_searches VALUES (?,?,?,?)", saved)
    assert upgraded.execute("SELECT * FROM saved_searches").fetchall() == [saved]
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute("INSERT INTO saved_searches VALUES ('s-2', 'nobody', x'00', '2026-03-02')")


def test_an_old_vault_takes_copies_of_the_files_it_holds(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    put_original(connection, "T-0003", 1, "eng", "telling")
    file = ("o-1", "T-0003", 1, b"key", "0" * 64, 3, "image/jpeg", "field.jpg", "cable", "XK01")
    connection.execute("INSERT INTO attachments VALUES (?,?,?,?,?,?,?,?,?,?)", file)
    connection.close()

    upgrade(directory, Compartment.VAULT, SECRET)

    upgraded = opened(directory, Compartment.VAULT)
    assert upgraded.execute("SELECT * FROM attachments").fetchall() == [file]
    insert = (
        "INSERT INTO derivatives (derivative_id, code, number, audience, state, object_id, key, sha256, size, mime, "
        "source_sha256, tool, parameters, statement, maker_id, made_at, proposal_signature) "
        "VALUES (?, ?, 1, 'partner', 'proposed', ?, x'00', '', 1, '', '', '', '{}', x'00', 'a-1', '', x'00')"
    )
    upgraded.execute(insert, ("d-1", "T-0003", "o-2"))
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(insert, ("d-2", "T-9999", "o-3"))
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(insert, ("d-3", "T-0003", "o-4"))
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute("UPDATE derivatives SET approver_id = maker_id")


def test_an_old_reading_room_takes_released_files(directory: ArchiveDirectory) -> None:
    made_by_the_first_version(directory, Compartment.READING_ROOM).close()

    upgrade(directory, Compartment.READING_ROOM, SECRET)

    upgraded = opened(directory, Compartment.READING_ROOM)
    insert = (
        "INSERT INTO released_files VALUES "
        "(?, 'T-0003', 'partner', 1, 'XK01', 'o-1', x'00', '', 1, '', 1, '', 'a-1', ?, 'a-3', x'00', x'00')"
    )
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(insert, ("f-1", "a-1"))
    upgraded.execute(insert, ("f-1", "a-2"))
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(insert, ("f-2", "a-2"))


def test_an_old_vault_keeps_its_sets_and_takes_the_words_of_witnesses(directory: ArchiveDirectory) -> None:
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    put_original(connection, "T-0001", 1, "eng", "telling")
    connection.execute("INSERT INTO redaction_works VALUES ('T-0001', 1, 4, 'a-1', '2026-01-01', 'a note')")
    proposed = (
        "s-1",
        "T-0001",
        1,
        "partner",
        "proposed",
        "0" * 64,
        "0" * 64,
        b"{}",
        "a-1",
        "2026-01-02",
        b"s",
    )
    connection.execute(
        "INSERT INTO redaction_sets (set_id, code, version, audience, state, text_sha256, marks_sha256, statement,"
        " redactor_id, proposed_at, proposal_signature, note) VALUES (?,?,?,?,?,?,?,?,?,?,?,'')",
        proposed,
    )
    connection.close()

    upgrade(directory, Compartment.VAULT, SECRET)

    upgraded = opened(directory, Compartment.VAULT)
    assert upgraded.execute("SELECT set_id, code, state FROM redaction_sets").fetchall() == [
        ("s-1", "T-0001", "proposed")
    ]
    columns = "(set_id, word, why_not, asked_on, asked_by, recorder_id, recorded_at)"
    said = ("s-1", "no", None, "2026-01-03", "recorder", "a-2", "2026-01-03")
    upgraded.execute(f"INSERT INTO witness_words {columns} VALUES (?,?,?,?,?,?,?)", said)
    assert upgraded.execute("SELECT set_id, word FROM witness_words").fetchall() == [("s-1", "no")]
    upgraded.execute("INSERT INTO redaction_drafts VALUES ('T-0001', 1, 'a-1', x'00', '2026-01-03')")
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(f"INSERT INTO witness_words {columns} VALUES ('none', 'yes', NULL, '', '', '', '')")
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(
            f"INSERT INTO witness_words {columns} VALUES ('s-1', 'not_asked', NULL, '', '', '', '')"
        )


def test_an_old_log_is_searched_by_time_as_a_new_one_is(directory: ArchiveDirectory) -> None:
    """Two stretches and a half, in the second of which the clock was a day behind for a while."""
    connection = made_by_the_first_version(directory, Compartment.LEDGER)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    times = [
        text_of(start + timedelta(minutes=seq) - (timedelta(days=1) if 1500 <= seq < 1600 else timedelta(0)))
        for seq in range(2500)
    ]
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO log_entries VALUES (?, ?, NULL, 'AA01', 'allowed', NULL, NULL, x'00')", enumerate(times)
    )
    connection.execute("COMMIT")
    connection.close()

    upgrade(directory, Compartment.LEDGER, SECRET)

    ledger = opened(directory, Compartment.LEDGER)
    stretches = ledger.execute("SELECT number, earliest, latest FROM log_stretches").fetchall()
    assert revision(ledger) == newest(Compartment.LEDGER)
    assert stretches == [
        (0, times[0], times[1023]),
        (1, min(times[1024:2048]), max(times[1024:2048])),
    ]
    until = start + timedelta(minutes=300)
    engine = sa.create_engine("sqlite://", creator=lambda: ledger, module=dbapi2)
    with engine.connect() as rows:
        alone = rows.execution_options(schema_translate_map={Compartment.LEDGER.value: None})
        wanted = EventFilter(until=until)
        found = log_pages.page_of(alone, wanted, before=None, limit=3000)
        counted = log_pages.count_of(alone, wanted, at_most=3000)

    expected = [seq for seq, at in enumerate(times) if at < text_of(until)]
    assert (len(expected), counted) == (400, 400)
    assert [row.seq for row in found] == expected[::-1]


def test_copies_of_an_old_vault_stay_those_of_an_audience_and_one_recipient_gets_their_own(
    directory: ArchiveDirectory,
) -> None:
    script = ScriptDirectory(str(MIGRATIONS / Compartment.VAULT.value))
    connection = made_by_the_first_version(directory, Compartment.VAULT)
    put_original(connection, "T-0003", 1, "eng", "telling")
    file = ("o-1", "T-0003", 1, b"key", "0" * 64, 3, "image/jpeg", "field.jpg", "cable", "XK01")
    connection.execute("INSERT INTO attachments VALUES (?,?,?,?,?,?,?,?,?,?)", file)
    copy = ("d-1", "T-0003", 1, "partner", "approved", "o-2", b"k", "1" * 64, 9, "text/plain", "0" * 64)
    signed = ("a tool", "{}", b"said", "a-1", "2026-01-01", b"s", "a-2", "a-2", b"t", "2026-01-02", "")
    for number in range(2, 8):
        for statement in script.get_revision(f"vault_{number:04}").module.STATEMENTS:
            connection.execute(statement)
        connection.execute("UPDATE alembic_version SET version_num = ?", (f"vault_{number:04}",))
    connection.execute(f"INSERT INTO derivatives VALUES ({','.join('?' * 22)})", (*copy, *signed))
    connection.close()

    upgrade(directory, Compartment.VAULT, SECRET)

    upgraded = opened(directory, Compartment.VAULT)
    assert revision(upgraded) == newest(Compartment.VAULT)
    assert upgraded.execute("SELECT * FROM derivatives").fetchall() == [(*copy, *signed, "", None)]
    put = f"INSERT INTO derivatives VALUES ({','.join('?' * 24)})"
    again = ("d-2", *copy[1:5], "o-3", *copy[6:], *signed)
    with pytest.raises(dbapi2.IntegrityError):
        upgraded.execute(put, (*again, "", None))
    upgraded.execute(put, (*again, "r-1", None))
    upgraded.execute("INSERT INTO recipients VALUES ('r-1', 'A', 'RT02', 'partner', 'a-1', '2026-01-01')")
    going = "INSERT INTO recipient_files VALUES (?, 'r-1', 'T-0003', 1, 'XK01', 1, '', 'a-2', x'00', x'00')"
    upgraded.execute(going, ("d-2",))
    for wrong in ("d-1", "d-9"):
        with pytest.raises(dbapi2.IntegrityError):
            upgraded.execute(going, (wrong,))


def test_an_old_reading_room_takes_what_counts_in_a_case(directory: ArchiveDirectory) -> None:
    made_by_the_first_version(directory, Compartment.READING_ROOM).close()

    upgrade(directory, Compartment.READING_ROOM, SECRET)

    upgraded = opened(directory, Compartment.READING_ROOM)
    put = "INSERT INTO case_populations VALUES (?, 'p-1', ?, 'a-1', '2026-03-02')"
    upgraded.execute(put, ("CASE-1", "PB2"))
    upgraded.execute(put, ("CASE-2", "PB5"))
    for wrong in (("CASE-1", "PB2"), ("CASE-3", "PB9")):
        with pytest.raises(dbapi2.IntegrityError):
            upgraded.execute(put, wrong)
