"""A copy of a file for one recipient alone, and the handing over of their layer: that, to them, by two people."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import pytest

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, NotFound, NotYet, Refused
from testimony.domain.purposes import Audience, Purpose
from testimony.services import disclosing, recalling
from testimony.services.checking import check
from testimony.services.derivatives import files_of, make
from testimony.services.handing_to_recipient import handed_over, take_package
from testimony.services.recipient_files import (
    files_for_recipient,
    open_for_recipient,
    release_copy_to_recipient,
)
from testimony.services.recipients import read_sealed
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import disclosures, forgetting, log
from tests.file_copies import released_copy
from tests.later_consents import IN_PERSON
from tests.recipients_room import (
    OTHER_BOX,
    WANTED,
    YESTERDAY,
    account_with_file,
    approved_handing,
    approved_own_copy,
    handed,
    named,
    own_copy,
    prepared,
    sealed,
)
from tests.services.conftest import Clock, People


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def entries(people: People) -> list[dict[str, object]]:
    with people["auditor"].reading() as connection:
        return [json.loads(e.leaf) for e in log.entries_from(connection, 0, log.size(connection))]


def test_what_is_handed_over_is_the_text_and_the_files_of_this_recipient_and_no_more(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    copy = own_copy(people, clock, code, who)
    disclosure_id = approved_handing(people, clock, code, kept)

    package = take_package(people["reviewer"], disclosure_id, clock())

    held = unzipped(package.content)
    text = read_sealed(people["reviewer"], code, kept, clock()).text
    row = next(row for row in files_of(people["reviewer"], code, clock()).copies if row.derivative_id == copy)
    assert set(held) == {"manifest.json", "text.txt", "file-1.jpg"}
    assert held["text.txt"].decode() == text and hashlib.sha256(held["file-1.jpg"]).hexdigest() == row.sha256
    manifest = json.loads(held["manifest.json"])
    assert (manifest["recipient"], manifest["disclosure"], manifest["code"]) == (who, disclosure_id, code)
    with people["custodian"].reading() as connection:
        ledger = disclosures.find_disclosure(connection, disclosure_id)
    assert ledger is not None and ledger.text_sha256 == hashlib.sha256(held["manifest.json"]).hexdigest()
    assert b"Adler" not in package.content and "Adler" not in package.name


def test_a_handing_over_is_prepared_approved_taken_and_sent_in_the_log(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)

    disclosure_id = handed(people, clock, code, kept)

    told = [(e["action"], e["fields"]) for e in entries(people)]
    assert (Action.ITEM_SHOWN, ["recipient-package", who]) in told
    about = [a for a, _ in told if a in {"AA12", "AA13", "AA14"}]
    assert about == ["AA12", "AA13", "AA14"]
    view = disclosing.find_disclosure(people["custodian"], disclosure_id, clock())
    assert (view.row.state, view.row.layer, view.name) == (
        "sent",
        f"partner/{who}",
        "Forensic team, Ms Adler",
    )


def test_an_own_copy_goes_in_place_of_the_one_of_the_audience(people: People, clock: Clock) -> None:
    code, of_audience = released_copy(people, clock)
    who, other = named(people, clock), named(people, clock, name="Archive of the valley")
    kept, theirs = sealed(people, clock, code, who), sealed(people, clock, code, other)

    copy = own_copy(people, clock, code, who)

    (file,) = files_for_recipient(people["reviewer"], code, kept, clock())
    (shared,) = files_for_recipient(people["reviewer"], code, theirs, clock())
    assert file.own is not None and file.own.file_id == copy and shared.own is None
    assert file.sha256 != shared.sha256
    opened = open_for_recipient(people["reviewer"], code, kept, 1, clock())
    assert hashlib.sha256(opened.content).hexdigest() == file.sha256
    states = {row.derivative_id: row.state for row in files_of(people["reviewer"], code, clock()).copies}
    assert states == {of_audience: "released", copy: "released"}


def test_a_copy_for_one_recipient_leaves_what_waits_for_the_audience_standing(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    me = people["reviewer"]
    waiting = make(me, code, 1, Audience.PARTNER, (OTHER_BOX,), clock())

    first = make(me, code, 1, Audience.PARTNER, (OTHER_BOX,), clock(), recipient_id=who)
    second = make(me, code, 1, Audience.PARTNER, (OTHER_BOX,), clock(), recipient_id=who)

    states = {row.derivative_id: row.state for row in files_of(me, code, clock()).copies}
    assert states == {waiting: "proposed", first: "superseded", second: "proposed"}


def test_a_copy_is_made_for_a_recipient_who_is_known_and_at_their_audience(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)

    with pytest.raises(NotFound):
        make(people["reviewer"], code, 1, Audience.PARTNER, (OTHER_BOX,), clock(), recipient_id="nobody")
    with pytest.raises(Invalid):
        make(people["reviewer"], code, 1, Audience.COURT, (OTHER_BOX,), clock(), recipient_id=who)
    assert files_of(people["reviewer"], code, clock()).copies == ()


def test_a_copy_waits_until_a_layer_is_sealed_for_its_recipient(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    copy = approved_own_copy(people, clock, code, who)

    with pytest.raises(NotYet):
        release_copy_to_recipient(people["reviewer_b"], copy, clock())
    sealed(people, clock, code, who)
    assert release_copy_to_recipient(people["reviewer_b"], copy, clock()) == code


def test_only_the_newest_layer_of_a_recipient_is_handed_over(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    earlier = sealed(people, clock, code, who)
    waiting = approved_handing(people, clock, code, earlier)
    newer = sealed(people, clock, code, who)

    with pytest.raises(Refused) as refusal:
        prepared(people, clock, code, earlier)

    assert refusal.value.reasons == (DenyReason.NOT_APPROVED,)
    with pytest.raises(Conflict):
        take_package(people["reviewer"], waiting, clock())
    assert take_package(people["reviewer"], approved_handing(people, clock, code, newer), clock()).content


def test_what_changed_since_it_was_prepared_is_prepared_anew(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    disclosure_id = approved_handing(people, clock, code, kept)

    own_copy(people, clock, code, who)

    with pytest.raises(Conflict):
        take_package(people["reviewer"], disclosure_id, clock())


def test_nothing_is_taken_before_a_custodian_approved_it_or_after_it_left(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    disclosure_id = prepared(people, clock, code, kept)

    with pytest.raises(NotYet):
        take_package(people["reviewer"], disclosure_id, clock())
    disclosing.approve(people["custodian"], disclosure_id, clock())
    disclosing.mark_sent(people["custodian"], disclosure_id, "in_person", clock())
    with pytest.raises(NotYet):
        take_package(people["reviewer"], disclosure_id, clock())


def test_a_purpose_that_the_recipient_does_not_serve_is_refused(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)

    with pytest.raises(Refused) as refusal:
        prepared(people, clock, code, kept, replace(WANTED, purpose=Purpose.CP10))

    assert DenyReason.RECIPIENT_CONDITION in refusal.value.reasons


def test_a_layer_made_from_a_courts_is_not_handed_over_for_a_use_of_partners(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock, "RT02", Audience.COURT)
    with pytest.raises(Refused):
        prepared(people, clock, code, sealed(people, clock, code, who))


def test_a_day_to_give_it_back_lies_ahead(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)

    with pytest.raises(Invalid):
        prepared(people, clock, code, kept, replace(WANTED, expires_on=YESTERDAY))


def test_a_withdrawal_cancels_what_waits_and_calls_back_what_left(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    left, waiting = handed(people, clock, code, kept), prepared(people, clock, code, kept)

    withdraw(people["interviewer_b"], code, ALL, IN_PERSON, clock())

    with people["custodian"].reading() as connection:
        (due,) = disclosures.unanswered(connection)
        cancelled = disclosures.find_disclosure(connection, waiting)
    assert due[1].disclosure_id == left and cancelled is not None and cancelled.state == "cancelled"
    recalling.send_recall(people["custodian"], left, clock())
    with pytest.raises((NotYet, NotFound)):
        take_package(people["reviewer"], waiting, clock())


def test_a_reviewer_sees_how_far_a_handing_over_is(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    own_copy(people, clock, code, who)
    disclosure_id = handed(people, clock, code, kept)

    (view,) = handed_over(people["reviewer"], code, kept, clock())

    assert (view.row.disclosure_id, view.row.state, view.files, view.mine) == (disclosure_id, "sent", 1, True)


def test_an_archive_with_copies_for_one_recipient_checks_out(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    sealed(people, clock, code, who)
    own_copy(people, clock, code, who)

    assert check(people["reviewer"], clock()) == ()


def test_with_a_testimony_goes_all_that_was_made_and_handed_over_of_it_for_a_recipient(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    own_copy(people, clock, code, who)
    handed(people, clock, code, kept)

    with people["reviewer"].work(clock()) as work:
        held = forgetting.remains(work.connection, code)
        forgetting.forget_everywhere(work.connection, code)
        left = forgetting.remains(work.connection, code)

    assert {"vault.recipient_files", "vault.recipient_packages"} <= set(held)
    assert left == ()
