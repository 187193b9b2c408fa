"""What is made for one recipient, in front of whoever is not that recipient."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from crypto.keys import database_key
from crypto.labels import Label
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, NotYet, Refused
from testimony.domain.purposes import Purpose
from testimony.services import disclosing
from testimony.services.derivatives import files_of
from testimony.services.finding import search
from testimony.services.handing_to_recipient import prepare_for_recipient, take_package
from testimony.services.recipient_files import files_for_recipient, open_for_recipient
from testimony.services.released_files import files_beside, release_copy
from testimony.services.search_requests import SearchRequest
from testimony.storage import disclosures, recipient_files
from testimony.storage.compartments import Compartment
from testimony.storage.derivatives import DERIVATIVES
from testimony.storage.errors import CompartmentClosed
from tests.decrypting import decrypted
from tests.file_copies import give_grant
from tests.recipients_room import (
    WANTED,
    account_with_file,
    approved_handing,
    approved_own_copy,
    handed,
    named,
    own_copy,
    prepared,
    sealed,
)
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


def told_everywhere_else(people: People) -> bytes:
    """Every page of the ledger and of the reading room in clear, free pages and indexes included."""
    held = people["reviewer"].archive
    return b"".join(
        decrypted(held.directory.file_of(each), database_key(held.secret(each), Label.COMPARTMENT_DATABASE))
        for each in (Compartment.LEDGER, Compartment.READING_ROOM)
    )


def test_a_recipients_copy_is_in_no_page_that_others_open_and_in_no_search(
    people: People, clock: Clock
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    own_copy(people, clock, code, who)
    handed(people, clock, code, kept)
    (copy,) = files_of(people["reviewer"], code, clock()).copies
    with people["reviewer"].reading() as connection:
        (package,) = recipient_files.packages_of(connection, code, kept)
    give_grant(people, clock)

    said = told_everywhere_else(people)

    # The attack is there: what is looked for is known, and what is looked through holds the disclosure.
    assert copy.sha256.encode() in package.manifest and who.encode() in said
    for secret in (copy.sha256, copy.object_id, copy.derivative_id, "Forensic team", "Adler"):
        assert secret.encode() not in said, secret
    assert copy.key not in said and package.manifest not in said
    found = search(people["investigator"], SearchRequest("wall"), Purpose.CP07, None, clock())
    assert found.total == 0
    with pytest.raises((NotFound, Refused)):
        files_beside(people["investigator"], code, Purpose.CP07, clock())


def test_a_recipients_copy_is_released_to_no_audience(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    sealed(people, clock, code, who)
    copy = approved_own_copy(people, clock, code, who)

    with pytest.raises(NotFound):
        release_copy(people["reviewer_b"], copy, clock())

    assert copy.encode() not in told_everywhere_else(people)


def test_a_copy_rewritten_to_another_recipient_goes_to_nobody(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    other = named(people, clock, name="Somebody else")
    kept, theirs = sealed(people, clock, code, who), sealed(people, clock, code, other)
    own_copy(people, clock, code, who)
    with people["reviewer"].work(clock()) as work:
        work.connection.execute(recipient_files.RECIPIENT_FILES.update().values(recipient_id=other))
        work.connection.execute(DERIVATIVES.update().values(recipient_id=other))

    (file,) = files_for_recipient(people["reviewer"], code, theirs, clock())
    assert file.own is not None
    with pytest.raises(IntegrityFailed):
        open_for_recipient(people["reviewer"], code, theirs, 1, clock())
    assert files_for_recipient(people["reviewer"], code, kept, clock()) == ()
    with pytest.raises(IntegrityFailed):
        take_package(people["reviewer"], approved_handing(people, clock, code, theirs), clock())


@pytest.mark.parametrize("moved", ["release", "layer"])
def test_a_disclosure_pointed_at_another_recipients_layer_hands_nothing_over(
    people: People, clock: Clock, moved: str
) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    other = named(people, clock, name="Somebody else")
    kept, theirs = sealed(people, clock, code, who), sealed(people, clock, code, other)
    disclosure_id = approved_handing(people, clock, code, kept)
    values: dict[str, str | int] = {"release_id": theirs}
    if moved == "layer":
        values = {"layer": f"partner/{other}"}
    with people["custodian"].work(clock()) as work:
        work.connection.execute(disclosures.DISCLOSURES.update().values(values))

    with pytest.raises(Conflict):
        take_package(people["reviewer"], disclosure_id, clock())


def test_a_manifest_rewritten_in_the_vault_is_noticed_by_the_ledger(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    disclosure_id = approved_handing(people, clock, code, kept)
    # A copy that nobody approved for this handing over, and a manifest that names it.
    own_copy(people, clock, code, who)
    with people["reviewer"].work(clock()) as work:
        (row,) = recipient_files.packages_of(work.connection, code, kept)
        digest = next(iter(files_for_rows(work.connection)))
        text = row.manifest.replace(b'"files":[]', b'"files":[' + digest + b"]")
        work.connection.execute(recipient_files.PACKAGES.update().values(manifest=text))

    with pytest.raises((IntegrityFailed, Conflict)):
        take_package(people["reviewer"], disclosure_id, clock())


def files_for_rows(connection: sa.Connection) -> list[bytes]:
    row = connection.execute(DERIVATIVES.select()).one()
    return [f'{{"name":"file-1.jpg","sha256":"{row.sha256}","size":{row.size}}}'.encode()]


def test_only_reviewers_who_did_not_hear_it_prepare_and_take(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    disclosure_id = approved_handing(people, clock, code, kept)

    for name in ("interviewer", "interviewer_b", "investigator", "custodian", "auditor"):
        with pytest.raises((Refused, CompartmentClosed)):
            take_package(people[name], disclosure_id, clock())
        with pytest.raises((Refused, CompartmentClosed)):
            prepare_for_recipient(people[name], code, kept, WANTED, clock())
    with pytest.raises(Refused):
        disclosing.approve(people["reviewer"], prepared(people, clock, code, kept), clock())


def test_a_recipient_of_the_state_is_refused_where_the_witness_said_so(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock, ("CC01",)), named(people, clock)
    kept = sealed(people, clock, code, who)

    with pytest.raises(Refused):
        prepared(people, clock, code, kept, replace(WANTED, of_the_state=True))

    assert prepared(people, clock, code, kept)


def test_an_audiences_handing_over_gives_no_package(people: People, clock: Clock) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    disclosure_id = approved_handing(people, clock, code, kept)
    with people["custodian"].work(clock()) as work:
        work.connection.execute(disclosures.DISCLOSURES.update().values(layer="partner"))

    with pytest.raises((NotFound, NotYet)):
        take_package(people["reviewer"], disclosure_id, clock())
