"""Attacks on the blind question, on second accounts and on links: each is shown to be there, and then to fail."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import sqlalchemy as sa

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.earlier_accounts import Because, NameTags, Told, may_be_one
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Refused
from testimony.domain.purposes import Purpose
from testimony.services import account_links as linking
from testimony.services import matching_key as keys
from testimony.services import second_account_decisions as deciding
from testimony.services import second_accounts
from testimony.services.account_link_statements import LinkKind, LinkState, Source, open_link, sign_link
from testimony.services.certificates import certified_account, sign_statement
from testimony.services.checking import check
from testimony.services.earlier_answers import answer_waiting
from testimony.services.earlier_questions import (
    FORMAT,
    MOST_IN_A_DAY,
    EarlierQuestion,
    ask_archive,
    own_question,
)
from testimony.services.intake import start_draft, submit_draft
from testimony.services.kept_tags import kept_sets
from testimony.services.matching_key import MatchingKey, matching_key
from testimony.services.name_tags import KnownOfWitness, tags_of
from testimony.services.opened_links import opened_links
from testimony.services.receiving import receive_inbox
from testimony.services.sealed_words import hash_of
from testimony.services.second_account_statements import DECISION_FORMAT
from testimony.services.sessions import Session, timestamp
from testimony.storage import account_links
from testimony.storage import earlier_accounts as rows
from testimony.storage import second_accounts as requests
from testimony.storage.compartments import Compartment
from testimony.storage.earlier_accounts import QuestionRow
from tests.earlier import NAME, TELEPHONE, TOLD_BEFORE, approved, named, told
from tests.released_testimonies import Shelf
from tests.review_room import received
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.intake_answers import type_draft

__all__ = ["archive", "clock", "founded_template", "people"]

STUDY = Purpose.CP07


@pytest.fixture
def shelf(people: People, clock: Clock) -> Iterator[Shelf]:
    yield Shelf(people, clock, Random(6))


def key_of(session: Session, clock: Clock) -> MatchingKey:
    with session.work(clock()) as work:
        key = matching_key(session, work)
    assert key is not None
    return key


def guesses(key: MatchingKey) -> dict[str, NameTags]:
    names = ("Bilal ag Sidi", NAME, "Moussa Traore")
    return {name: tags_of(KnownOfWitness((name,), (TELEPHONE,)), key.secret, key.key_id) for name in names}


def test_an_interviewer_with_a_copy_of_the_directory_tries_names_on_the_tags(
    people: People, clock: Clock
) -> None:
    """Holds the key that tags are made with, the ledger, and every row; the tags lie sealed to the vault."""
    interviewer = people["interviewer_b"]
    named(people["interviewer"], clock)
    answer_waiting(people["reviewer"], clock())
    tried = guesses(key_of(interviewer, clock))
    # The attack: with the tags open, one guess is right.
    with people["reviewer"].reading() as connection:
        open_tags = tuple(dict(kept_sets(people["reviewer"], connection)).values())
    assert [name for name, tags in tried.items() if may_be_one(tags, open_tags[0])] == [NAME]

    with interviewer.reading() as connection:
        (row,) = connection.execute(rows.TAGS.select()).all()

    assert Compartment.VAULT not in interviewer.archive.secrets
    for tags in tried.values():
        for tag in (*tags.names, *tags.reached):
            assert tag not in row.sealed and tag.hex().encode() not in row.sealed
    for label in (Label.NAME_TAGS_HANDED_IN, Label.NAME_TAGS_KEPT):
        with pytest.raises(CryptoError):
            open_sealed(interviewer.keys.sealing, row.sealed, label, row.code.encode())


def test_a_reviewer_tries_names_on_the_tags_that_they_open(people: People, clock: Clock) -> None:
    """Opens every tag, and can make none: the key is sealed to interviewers."""
    reviewer = people["reviewer"]
    named(people["interviewer"], clock)
    answer_waiting(reviewer, clock())
    with reviewer.reading() as connection:
        ((_, kept),) = kept_sets(reviewer, connection)
    assert any(may_be_one(tags, kept) for tags in guesses(key_of(people["interviewer"], clock)).values())

    with reviewer.work(clock()) as work:
        assert matching_key(reviewer, work) is None
    with reviewer.reading() as connection:
        slots = rows.all_slots(connection)

    context = reviewer.archive.keyring().archive_id
    for slot in slots:
        with pytest.raises(CryptoError):
            open_sealed(
                reviewer.keys.sealing,
                slot.sealed,
                Label.MATCHING_KEY,
                f"{context}/{slot.key_id}/{slot.account_id}".encode(),
            )
    # With a key of their own, or none that is a key, every guess fails.
    mine = MatchingKey(kept.key_id, clock(), Secret.random())
    assert not any(may_be_one(tags, kept) for tags in guesses(mine).values())


def test_a_thief_of_the_disk_who_has_the_ledger_finds_nothing_to_compare(
    people: People, clock: Clock
) -> None:
    """Two accounts of one witness: no row, slot, question or entry of the ledger says that they belong together."""
    first = named(people["interviewer"], clock)
    second = named(people["interviewer"], clock, text="Again.")
    answer_waiting(people["reviewer"], clock())
    (view,) = linking.list_witness_links(people["custodian"], None, clock())
    assert view.link.codes == tuple(sorted((first, second)))

    with people["interviewer"].reading() as connection:
        (link,) = account_links.links(connection)
        sealed = [row.sealed for row in connection.execute(rows.TAGS.select())]
        found = "SELECT leaf FROM log_entries e JOIN log_subjects s ON s.seq = e.seq WHERE s.kind = 'link'"
        leaves = connection.execute(sa.text(found)).scalars().all()

    assert len(set(sealed)) == 2 and len(leaves) == 1
    for code in (first, second):
        for place in (link.for_readers, link.for_custodians or b"", *leaves):
            assert code.encode() not in place


def test_a_reviewer_plants_a_key_of_their_own(people: People, clock: Clock) -> None:
    """Were tags made with it, the reviewer could try names on them."""
    reviewer, interviewer = people["reviewer"], people["interviewer"]
    keyring, planted = reviewer.archive.keyring(), Secret.random()
    to = certified_account(keyring, interviewer.account.id)
    key = MatchingKey("f" * 16, clock.forward(seconds=1), planted)
    with reviewer.work(clock()) as work:
        forged = keys.slot_for(reviewer, keyring, key, to)
        rows.insert_slot(work.connection, forged)
    # It is there, the newest, and opens for the interviewer.
    assert keys.open_slot(interviewer, keyring, forged) is not None

    assert key_of(interviewer, clock).secret.raw != planted.raw


def test_a_slot_is_signed_in_an_interviewers_name(people: People, clock: Clock) -> None:
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    true = key_of(interviewer, clock)
    with reviewer.work(clock()) as work:
        slot = next(s for s in rows.all_slots(work.connection) if s.account_id == interviewer.account.id)
        context = f"{reviewer.archive.keyring().archive_id}/{slot.key_id}/{slot.account_id}".encode()
        sealed = seal(interviewer.keys.sealing.public, bytes(32), Label.MATCHING_KEY, context)
        rows.delete_slot(work.connection, slot.key_id, slot.account_id)
        rows.insert_slot(work.connection, replace(slot, sealed=sealed))

    with interviewer.work(clock()) as work:
        found = matching_key(interviewer, work)

    assert found is None or found.secret.raw != bytes(32)
    assert true.secret.raw != bytes(32)


def asked_past_the_pages(session: Session, clock: Clock, key: MatchingKey, name: str, number: int) -> str:
    """A question put straight into the ledger by a program of the interviewer's own; its id."""
    question_id, at = f"{number:016x}", timestamp(clock())
    document = {
        "format": FORMAT,
        "archive": session.archive.keyring().archive_id,
        "id": question_id,
        "draft": f"{number:032x}",
        "asked_at": at,
        "key_made_on": "2026-01-01",
        "tags": tags_of(KnownOfWitness((name,)), key.secret, key.key_id).to_document(),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.EARLIER_QUESTION_SIGNED)
    whole = canonical_json({"statement": signed.statement.decode(), "signature": signed.signature.hex()})
    sealed = seal(
        session.archive.public(Compartment.VAULT), whole, Label.EARLIER_QUESTION, question_id.encode()
    )
    with session.work(clock()) as work:
        row = QuestionRow(question_id, f"{number:032x}", session.account.id, at, sealed)
        rows.insert_question(work.connection, row)
    return question_id


def answers(people: People) -> dict[str, tuple[str | None, str | None]]:
    with people["reviewer"].reading() as connection:
        found = connection.execute(rows.QUESTIONS.select()).all()
    return {row.question_id: (row.answer, row.because) for row in found}


def test_an_interviewer_uses_the_reviewers_session_as_an_oracle(people: People, clock: Clock) -> None:
    """With a program of their own they ask without end, past the pages and their count."""
    named(people["interviewer"], clock)
    asker = people["interviewer_b"]
    key = key_of(asker, clock)
    ids = [
        asked_past_the_pages(asker, clock, key, f"Guess{number} Name{number}", number)
        for number in range(MOST_IN_A_DAY)
    ]
    clock.forward(seconds=1)
    last = asked_past_the_pages(asker, clock, key, NAME, MOST_IN_A_DAY)
    while any(answer is None for answer, _ in answers(people).values()):
        answer_waiting(people["reviewer"], clock())

    given = answers(people)

    # The first are answered, each with an entry; the one that would have been right is not.
    assert {given[question_id][0] for question_id in ids} == {Told.NO.value}
    assert given[last] == (Told.CANNOT_TELL.value, Because.LIMIT.value)
    with people["auditor"].reading() as connection:
        leaves = connection.execute(sa.text("SELECT leaf FROM log_entries WHERE action = 'AA08'")).scalars()
        noted = [
            fields for leaf in leaves if (fields := json.loads(leaf)["fields"])[:1] == ["earlier-answered"]
        ]
    assert len(noted) == MOST_IN_A_DAY + 1


def test_an_interviewer_asks_in_a_colleagues_name(people: People, clock: Clock) -> None:
    """To be counted as another, or not to be found."""
    named(people["interviewer"], clock)
    thief, victim = people["interviewer_b"], people["interviewer"]
    question = asked_past_the_pages(thief, clock, key_of(thief, clock), NAME, 1)
    with thief.work(clock()) as work:
        mine = rows.QUESTIONS.c.question_id == question
        work.connection.execute(rows.QUESTIONS.update().where(mine).values(asked_by=victim.account.id))

    answer_waiting(people["reviewer"], clock())

    assert answers(people)[question] == (Told.CANNOT_TELL.value, Because.NOT_SIGNED.value)


def test_the_answer_tells_no_more_than_one_word(people: People, clock: Clock) -> None:
    """Neither the row nor the log tells the interviewer whose, where, when, or how many there are."""
    for text in ("One.", "Two.", "Three."):
        code = named(people["interviewer"], clock, text=text)
    assert told(people, clock, NAME) is Told.YES
    asker = people["interviewer_b"]

    with asker.reading() as connection:
        (row,) = connection.execute(rows.QUESTIONS.select()).all()
        about = sa.text(
            "SELECT leaf FROM log_entries e JOIN log_subjects s USING (seq) WHERE s.subject = :id"
        )
        leaves = connection.execute(about, {"id": row.draft_id}).scalars().all()

    assert (row.answer, row.because, row.sealed) == ("yes", None, None)
    said = [json.loads(leaf)["fields"] for leaf in leaves if b"earlier-answered" in leaf]
    assert said == [["earlier-answered", "yes", f"asker:{asker.account.id}"]]
    assert not any(code.encode() in leaf for leaf in leaves)


def test_a_yes_is_made_a_no_in_the_ledger(people: People, clock: Clock) -> None:
    """The interviewer changes the row of the answer, to need no second person."""
    named(people["interviewer"], clock)
    asker = people["interviewer_b"]
    draft_id = type_draft(asker, clock(), before={"sex": "M", "age_band": ""})
    ask_archive(asker, draft_id, EarlierQuestion(NAME), clock())
    answer_waiting(people["reviewer"], clock())
    with asker.work(clock()) as work:
        work.connection.execute(rows.QUESTIONS.update().values(answer="no", because=None))
    changed = own_question(asker, draft_id)
    assert changed is not None and changed.told is Told.NO

    with pytest.raises(Invalid) as refusal:
        submit_draft(asker, draft_id, clock())

    assert [problem.code for problem in refusal.value.problems] == ["not_approved"]


def test_an_interviewer_who_asks_nothing_is_found_when_the_account_is_taken_in(
    people: People, clock: Clock
) -> None:
    """They say that the witness gave no name, and hand the name in all the same."""
    first = named(people["interviewer"], clock)
    answer_waiting(people["reviewer"], clock())

    second = named(people["interviewer_b"], clock, text="Again, and nobody asked.")
    answer_waiting(people["reviewer"], clock())

    (view,) = linking.list_witness_links(people["custodian"], None, clock())
    assert view.link.codes == tuple(sorted((first, second)))


def waiting_request(people: People, clock: Clock) -> tuple[str, str]:
    draft_id = type_draft(people["interviewer"], clock(), before=TOLD_BEFORE)
    reason = TOLD_BEFORE["reinterview_reason"]
    return draft_id, second_accounts.ask(people["interviewer"], draft_id, reason, clock())


def forged_decision(signer: Session, request: requests.RequestRow, clock: Clock) -> dict[str, object]:
    document = {
        "format": DECISION_FORMAT,
        "archive": signer.archive.keyring().archive_id,
        "request": request.request_id,
        "request_sha256": hash_of(request.statement),
        "decision": "approved",
        "at": timestamp(clock()),
    }
    signed = sign_statement(document, signer.account.id, signer.keys.signing, Label.SECOND_ACCOUNT_DECISION)
    return {
        "decision": "approved",
        "decided_at": timestamp(clock()),
        "decision_statement": signed.statement,
        "decision_signature": signed.signature,
    }


@pytest.mark.parametrize("signer", ["interviewer", "interviewer_b", "reviewer"])
def test_an_approval_is_signed_by_who_may_not_decide(people: People, clock: Clock, signer: str) -> None:
    """Written into the row by a program of their own, in a custodian's name."""
    draft_id, request_id = waiting_request(people, clock)
    custodian = people["custodian"].account.id
    with people[signer].work(clock()) as work:
        row = requests.find_request(work.connection, request_id)
        assert row is not None
        values = {**forged_decision(people[signer], row, clock), "decided_by": custodian}
        assert requests.decide_request(work.connection, request_id, **values)

    with pytest.raises(Invalid):
        submit_draft(people["interviewer"], draft_id, clock())
    found = {(one.what, one.where) for one in check(people["auditor"], clock())}
    assert ("second_account_changed", request_id) in found


def test_a_second_account_lies_in_the_inbox_that_nobody_agreed_to(people: People, clock: Clock) -> None:
    """As a program of the interviewer's own would leave it there; the reviewer who receives it says so in the log."""
    interviewer, reason, codes = people["interviewer"], TOLD_BEFORE["reinterview_reason"], []
    for _ in range(2):
        draft_id = type_draft(interviewer, clock(), before=TOLD_BEFORE)
        approved(people, clock, draft_id, reason)
        codes.append(submit_draft(interviewer, draft_id, clock()).code)
    with interviewer.work(clock()) as work:
        table = requests.REQUESTS
        assert work.connection.execute(table.delete().where(table.c.code == codes[0])).rowcount == 1

    receive_inbox(people["reviewer"], clock())

    noted = (
        "SELECT s.subject FROM log_subjects s JOIN log_entries e USING (seq) WHERE instr(e.leaf, :word) > 0"
    )
    with people["auditor"].reading() as connection:
        word = {"word": b"second-account-not-agreed"}
        assert connection.execute(sa.text(noted), word).scalars().all() == [codes[0]]


def test_the_database_knows_nobody_who_approves_their_own(people: People, clock: Clock) -> None:
    _, request_id = waiting_request(people, clock)

    with pytest.raises(Refused):
        deciding.decide(people["interviewer"], request_id, "approved", "", clock())
    with pytest.raises(sa.exc.IntegrityError), people["interviewer"].work(clock()) as work:
        row = requests.find_request(work.connection, request_id)
        assert row is not None
        values = forged_decision(people["interviewer"], row, clock)
        mine = people["interviewer"].account.id
        requests.decide_request(work.connection, request_id, **values, decided_by=mine)


def test_an_approval_is_moved_to_another_draft(people: People, clock: Clock) -> None:
    reason = TOLD_BEFORE["reinterview_reason"]
    agreed = type_draft(people["interviewer"], clock(), before=TOLD_BEFORE)
    approved(people, clock, agreed, reason)
    other = type_draft(people["interviewer"], clock(), before=TOLD_BEFORE)
    with people["interviewer"].work(clock()) as work:
        mine = requests.REQUESTS.c.draft_id == agreed
        work.connection.execute(requests.REQUESTS.update().where(mine).values(draft_id=other))
        assert requests.requests_of(work.connection, other)

    with pytest.raises(Invalid):
        submit_draft(people["interviewer"], other, clock())


def test_a_custodian_is_shown_another_reason_than_the_one_that_was_signed(
    people: People, clock: Clock
) -> None:
    _, request_id = waiting_request(people, clock)
    _, other_id = waiting_request(people, clock)
    with people["interviewer"].work(clock()) as work:
        other = requests.find_request(work.connection, other_id)
        assert other is not None
        table = requests.REQUESTS
        work.connection.execute(
            table.update().where(table.c.request_id == request_id).values(words=other.words)
        )

    views = {view.id: view for view in deciding.list_requests(people["custodian"], clock())}

    assert (views[request_id].reason, views[request_id].is_damaged) == (None, True)
    with pytest.raises(IntegrityFailed):
        deciding.decide(people["custodian"], request_id, "approved", "a good reason", clock())


def two_codes(people: People, clock: Clock) -> tuple[str, str]:
    one, other = (
        received(people["interviewer"], people["reviewer"], clock(), text) for text in ("One.", "Two.")
    )
    return one, other


def test_a_link_is_confirmed_in_the_ledger(people: People, clock: Clock) -> None:
    """Whoever proposed it writes the second person's word into the row, with a signature of their own."""
    codes = two_codes(people, clock)
    link_id = linking.propose_same_incident(people["reviewer"], codes, None, "one raid", clock())
    second = people["reviewer_b"].account.id
    with people["reviewer"].work(clock()) as work:
        (link,) = opened_links(people["reviewer"], work.connection, LinkKind.INCIDENT)
        document = {
            "format": "testimony-account-link-decision/1",
            "archive": people["reviewer"].archive.keyring().archive_id,
            "link": link_id,
            "link_sha256": link.digest,
            "decision": "confirmed",
            "at": timestamp(clock()),
        }
        me = people["reviewer"]
        signed = sign_statement(document, me.account.id, me.keys.signing, Label.ACCOUNT_LINK_DECISION)
        assert account_links.decide_link(
            work.connection,
            link_id,
            "candidate",
            state="confirmed",
            decided_by=second,
            decided_at=timestamp(clock()),
            decision=signed.statement,
            decision_signature=signed.signature,
        )

    (view,) = linking.links_of_reader(people["reviewer_b"], None, clock())

    assert view.link.state is LinkState.BROKEN
    assert ("link_changed", link_id) in {(one.what, one.where) for one in check(people["reviewer"], clock())}
    with pytest.raises(Conflict):
        linking.decide(people["reviewer_b"], link_id, LinkState.CONFIRMED, None, "yes", clock())


def test_a_link_is_forged_by_who_may_not_propose_it(people: People, clock: Clock) -> None:
    """An interviewer seals one to the vault, as anybody can, to learn from what the custodians do with it."""
    codes, interviewer = two_codes(people, clock), people["interviewer"]
    with interviewer.work(clock()) as work:
        row = sign_link(interviewer, LinkKind.WITNESS, codes, Source.PERSON, "so I say", clock())
        account_links.insert_link(work.connection, row)

    assert linking.list_witness_links(people["custodian"], None, clock()) == ()
    with people["custodian"].reading() as connection, pytest.raises(IntegrityFailed):
        open_link(people["custodian"], connection, row)


def test_a_link_is_moved_to_other_rows(people: People, clock: Clock) -> None:
    codes = two_codes(people, clock)
    link_id = linking.propose_same_witness(people["custodian"], codes, "she said so", clock())
    with people["custodian"].work(clock()) as work:
        table = account_links.LINKS
        work.connection.execute(table.update().where(table.c.link_id == link_id).values(link_id="e" * 16))

    assert linking.list_witness_links(people["custodian"], None, clock()) == ()


def test_a_name_in_one_account_reaches_a_reader_of_the_other_through_the_link(
    people: People, clock: Clock, shelf: Shelf
) -> None:
    """One reads case one, the other account is of case two and names Zeinaba, in its text and in the link's reason."""
    shelf.open_second_case()
    mine = shelf.put("They poisoned well 4417.")
    other = shelf.put("Zeinaba saw well 4471.", register={"case_id": "CASE-2"})
    shelf.grant(STUDY)
    shelf.grant(STUDY, handle="investigator-2")
    shelf.grant(STUDY, handle="investigator-2", case_id="CASE-2")
    reason = "Zeinaba tells of it too"
    link_id = linking.propose_same_incident(people["investigator_b"], (mine, other), STUDY, reason, clock())
    view, sides = linking.find_link(people["investigator_b"], link_id, STUDY, clock())
    assert "Zeinaba" in view.link.reason and any("Zeinaba" in side.text for side in sides)
    reader = people["investigator"]

    assert linking.links_of_reader(reader, STUDY, clock()) == ()
    with pytest.raises((NotFound, Refused)):
        linking.find_link(reader, link_id, STUDY, clock())

    with reader.reading() as connection:
        denied = connection.execute(
            sa.text("SELECT leaf FROM log_entries WHERE action = :denied"), {"denied": Action.DENIED.value}
        ).scalars()
        assert not any(b"Zeinaba" in leaf for leaf in denied)


def test_what_an_interviewer_typed_as_a_name_is_nowhere_in_the_ledger(people: People, clock: Clock) -> None:
    asker = people["interviewer"]
    draft_id = start_draft(asker, clock())
    ask_archive(asker, draft_id, EarlierQuestion("Xerolinda Quastvan", "+223 44 55 66 77"), clock())

    with asker.reading() as connection:
        (row,) = connection.execute(rows.QUESTIONS.select()).all()
        everything = b"".join(
            bytes(value, "utf-8") if isinstance(value, str) else value
            for table in ("earlier_questions", "log_entries", "drafts")
            for line in connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            for value in line
            if isinstance(value, str | bytes)
        )

    assert row.sealed is not None
    for word in (b"Xerolinda", b"Quastvan", b"44556677"):
        assert word not in everything
