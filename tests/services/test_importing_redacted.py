"""What two reviewers bring that was redacted elsewhere: released as if it had been redacted here, and honestly so."""

import json

import pytest

from testimony.domain.errors import Invalid, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.testimony import State
from testimony.services.approving import Tick
from testimony.services.checking import check
from testimony.services.finding import search
from testimony.services.importing_redacted import BATCH_ROWS, import_redacted
from testimony.services.mark_acts import Turn
from testimony.services.reading import read_release
from testimony.services.redacted_rows import Pair
from testimony.services.redacting import Cover, mark_words
from testimony.services.releasing import release
from testimony.services.review import open_desk, released_accounts
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.storage import originals, redaction_sets, register, releases
from testimony.storage.log import StoredEntry, entries_from, size
from tests.grants import GrantRequest, grant
from tests.redacted_rows import TEXT, brought, lines, pair_of, problems_of, row
from tests.review_room import approved
from tests.services.conftest import Clock, People


def open_to(people: People, clock: Clock) -> Session:
    """An investigator with a grant to the case."""
    request = GrantRequest(
        handle="investigator-1",
        case_id="CASE-1",
        purposes=frozenset({Purpose.CP07}),
        closed_parts=frozenset(),
        valid_from=clock(),
        valid_until=clock.now.replace(month=clock.now.month + 1),
    )
    grant(people["custodian"], request, clock())
    return people["investigator"]


def log_of(people: People) -> list[StoredEntry]:
    with people["reviewer"].reading() as connection:
        return list(entries_from(connection, 0, size(connection)))


def subjects(entries: list[StoredEntry], action: str, first_field: str) -> list[str]:
    """The testimonies that entries of one kind are about."""
    return [
        entry.subject[1]
        for entry in entries
        if entry.action == action and entry.subject and json.loads(entry.leaf)["fields"][0] == first_field
    ]


def test_a_row_is_found_and_read_by_whom_consent_and_grant_allow(people: People, clock: Clock) -> None:
    (report,) = brought(people, clock, lines(row()))
    reader = open_to(people, clock)

    found = search(reader, SearchRequest("granary"), Purpose.CP07, None, clock())
    shown = read_release(reader, str(report.code), Purpose.CP07, clock())

    assert [hit.code for hit in found.hits] == [report.code]
    assert shown.text == TEXT


def test_what_a_row_warns_of_stands_before_its_text(people: People, clock: Clock) -> None:
    brought(people, clock, lines(row(warning="CW02"), row("field-2")))
    reader = open_to(people, clock)

    found = search(reader, SearchRequest("granary"), Purpose.CP07, None, clock())

    assert {(hit.warning, hit.is_graphic) for hit in found.hits} == {("CW02", True), ("CW00", False)}


def test_what_was_brought_is_whole(people: People, clock: Clock) -> None:
    brought(people, clock, lines(*(row(f"field-{n}") for n in range(3))))

    assert check(people["reviewer"], clock()) == ()
    assert check(people["auditor"], clock()) == ()


def test_both_signed_and_nobody_stands_as_interviewer(people: People, clock: Clock) -> None:
    (report,) = brought(people, clock, lines(row()))
    code = str(report.code)

    with people["reviewer"].reading() as connection:
        original = originals.find_original(connection, code)
        (layer,) = redaction_sets.sets_of(connection, code)
        shown = releases.current_release(connection, code, Audience.PARTNER.rank)
        registered = register.find_row(connection, code)
    assert original is not None and shown is not None and registered is not None
    said = json.loads(original.document)
    redactor, approver = people["reviewer"].account.id, people["reviewer_b"].account.id

    assert (layer.redactor_id, layer.approver_id, layer.state) == (redactor, approver, "released")
    assert (layer.compared_by, layer.read_alone_by) == (None, None)
    assert (shown.redactor_id, shown.approver_id, shown.releaser_id) == (redactor, approver, approver)
    assert registered.state == State.RELEASED
    assert said["interview"] is None
    assert said["imported"] == {"told_on": "2025-05", "external_id": "field-1", "redacted_for": "partner"}
    assert said["consent"]["explained_by"] == "elsewhere"
    assert open_desk(people["reviewer_b"], code, clock()).account.interviewer is None


def test_words_to_protect_are_not_brought_into_the_archive(people: People, clock: Clock) -> None:
    protect = [{"text": "Zenobia Amastan", "kind": "WITNESS_NAME"}]

    (report,) = brought(people, clock, lines(row(protect=protect)))

    with people["reviewer"].reading() as connection:
        original = originals.find_original(connection, str(report.code))
    assert original is not None
    assert b"Zenobia" not in original.document


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Zenobia Amastan saw it.", "Zenobia Amastan"),
        ("ZENOBIA  amastan saw it.", "Zenobia Amastan"),
        ("Zénobia-Amastàn saw it.", "Zenobia Amastan"),
        ("وقالت فاطمة ذلك", "فاطمه"),
        ("call 00 223 76-12-34-56 at night", "76123456"),
        ("call ٧٦١٢٣٤٥٦ at night", "76123456"),
    ],
)
def test_words_to_protect_that_still_stand_however_written_make_the_row_bad(
    people: People, clock: Clock, said: str, word: str
) -> None:
    protect = [
        {"text": "nobody of this name", "kind": "WITNESS_NAME"},
        {"text": word, "kind": "WITNESS_NAME"},
    ]

    bad, good = brought(people, clock, lines(row(text=said, protect=protect), row("field-2")))

    assert problems_of(bad) == {("protect.1", "still_in_text")}
    assert good.code is not None


@pytest.mark.parametrize(
    ("audience", "consent", "reasons"),
    [
        ("partner", None, {"DR04"}),
        ("partner", {}, {"DR04"}),
        ("partner", {"CP01": "granted"}, {"DR04"}),
        ("partner", {"CP01": "granted", "CP07": "refused"}, {"DR04"}),
        ("partner", {"CP01": "withdrawn", "CP07": "withdrawn"}, {"DR04"}),
        ("court", {"CP01": "granted", "CP07": "granted"}, {"DR04"}),
    ],
)
def test_a_row_without_consent_to_any_use_by_its_audience_is_refused_by_code(
    people: People, clock: Clock, audience: str, consent: object, reasons: set[str]
) -> None:
    (report,) = brought(people, clock, lines(row(audience=audience, consent=consent)))

    assert report.code is None
    assert problems_of(report) == {("consent", reason) for reason in reasons}
    with people["reviewer"].reading() as connection:
        assert originals.all_codes(connection) == ()


def test_a_refused_row_is_in_the_log_with_its_reasons_and_its_name_for_auditors_alone(
    people: People, clock: Clock
) -> None:
    brought(people, clock, lines(row(consent={"CP01": "granted"})))

    (denied,) = [entry for entry in log_of(people) if entry.action == "AA18"]
    leaf = json.loads(denied.leaf)
    assert leaf["reasons"] == ["DR04"]
    assert leaf["fields"] == ["redacted-elsewhere", "partner", "line:1"]
    assert denied.detail is not None and b"field-1" not in denied.detail


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"audience": None}, ("audience", "required")),
        ({"audience": "everyone"}, ("audience", "unknown_code")),
        ({"warning": "gore"}, ("warning", "unknown_code")),
        ({"text": "  "}, ("text", "required")),
        ({"text": "a\0b"}, ("text", "bad_character")),
        ({"language": "English"}, ("language", "unknown_code")),
        ({"interview_date": "last winter"}, ("interview_date", "bad_date")),
        ({"case": "CASE-9"}, ("case", "unknown_code")),
        ({"consent": {"CP99": "granted"}}, ("consent", "unknown_field")),
        ({"consent": {"CP07": "granted"}}, ("decisions.CP07", "depends_on")),
        ({"colour": "red"}, ("", "unknown_field")),
    ],
    ids=str,
)
def test_a_bad_row_is_named_and_the_rows_around_it_are_kept(
    people: People, clock: Clock, fields: dict[str, object], problem: tuple[str, str]
) -> None:
    before, bad, after = brought(
        people, clock, lines(row("field-1"), row("field-2", **fields), row("field-3"))
    )

    assert before.code and after.code
    assert problem in problems_of(bad)


def test_a_row_is_taken_once_and_a_second_run_goes_on(people: People, clock: Clock) -> None:
    first = brought(people, clock, lines(row("field-1"), row(None)))

    second = brought(people, clock, lines(row("field-1"), row("field-2"), row("field-2"), row(None)))

    assert [report.already_there for report in second] == [True, False, True, False]
    assert second[0].code == first[0].code
    assert second[2].code == second[1].code
    assert check(people["reviewer"], clock()) == ()


def test_the_same_row_for_another_audience_is_not_taken_for_the_one_that_is_there(
    people: People, clock: Clock
) -> None:
    consent = {"CP01": "granted", "CP07": "granted", "CP10": "granted"}

    reports = brought(
        people, clock, lines(*(row(audience=a, consent=consent) for a in ("partner", "public")))
    )
    again = brought(people, clock, lines(row(audience="public", consent=consent)))

    assert problems_of(reports[1]) == problems_of(again[0]) == {("audience", "not_as_before")}


def test_an_import_of_many_files_reports_every_row_and_audits_each_id(people: People, clock: Clock) -> None:
    """PEERS.md, regression 9: a large import that loses rows silently and leaves no record of what came."""
    wanted = 8 * BATCH_ROWS + 3
    rows = [row(f"file-{n}", text=f"{TEXT} Number {n}.") for n in range(wanted)]
    rows[7] = row("file-7", audience=None)
    rows[120] = row("file-120", consent={})

    reports = brought(people, clock, lines(*rows[:50], b"", *rows[50:]))

    assert [report.line for report in reports] == [*range(1, 51), *range(52, wanted + 2)]
    assert [at for at, report in enumerate(reports) if report.code is None] == [7, 120]
    codes = [report.code for report in reports if report.code is not None]
    entries = log_of(people)
    for action, what in (
        ("AA08", "redacted-elsewhere"),
        ("AA10", "proposed"),
        ("AA10", "approved"),
        ("AA10", "released"),
    ):
        assert subjects(entries, action, what) == codes
    assert json.loads(entries[-1].leaf)["count"] == len(codes)
    assert check(people["reviewer"], clock()) == ()


def test_a_batch_is_on_disk_before_any_of_its_rows_is_reported(people: People, clock: Clock) -> None:
    reports = import_redacted(
        pair_of(people), lines(*(row(f"field-{n}") for n in range(60))), frozenset(Tick), clock
    )

    first = next(reports)

    with people["reviewer"].reading() as connection:
        assert register.find_row(connection, str(first.code)) is not None
        assert len(originals.all_codes(connection)) == BATCH_ROWS


def test_without_the_word_of_both_nothing_is_read(people: People, clock: Clock) -> None:
    with pytest.raises(Invalid):
        next(import_redacted(pair_of(people), lines(row()), frozenset(), clock))


@pytest.mark.parametrize("second", ["reviewer", "interviewer", "investigator", "auditor", "custodian"])
def test_the_second_person_is_another_reviewer_or_nothing_is_read(
    people: People, clock: Clock, second: str
) -> None:
    unread = iter(lines(row()))

    with pytest.raises(Refused):
        next(import_redacted(Pair(people["reviewer"], people[second]), unread, frozenset(Tick), clock))

    assert len(list(unread)) == 1
    assert log_of(people)[-1].outcome == "denied"


def test_the_first_person_is_a_reviewer(people: People, clock: Clock) -> None:
    with pytest.raises(Refused):
        next(
            import_redacted(
                Pair(people["interviewer"], people["reviewer"]), lines(row()), frozenset(Tick), clock
            )
        )


def test_what_was_brought_can_be_redacted_further_and_released_again(people: People, clock: Clock) -> None:
    """Who brought it is its redactor, not its interviewer: the queue shows it, and the room lets them go on."""
    (report,) = brought(people, clock, lines(row()))
    code, redactor, approver = str(report.code), people["reviewer"], people["reviewer_b"]

    assert [line.code for line in released_accounts(redactor, clock()).lines] == [code]
    revision = open_desk(redactor, code, clock()).revision
    mark_words(redactor, Turn(code, revision), "granary", 0, Cover("X.1", Audience.PARTNER), clock())
    approved(redactor, approver, code, clock())
    made = release(approver, code, Audience.PARTNER, clock())

    assert made.number == 2
    assert check(redactor, clock()) == ()
    with pytest.raises(Refused):
        approved(redactor, redactor, code, clock())
