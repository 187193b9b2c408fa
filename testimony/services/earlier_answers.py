"""Answering interviewers' blind questions, and looking at what was handed in for a witness who was here before.

Done by the session of whoever opens the vault as a reviewer, at sign-in and at each request, without anybody seeing a
name or a match: the interviewer gets one word, the log another, and two accounts that may be of one witness become a
sealed candidate for the custodians. Each thing is one transaction; dies in between: the next session goes on.
"""

import json
from collections import Counter
from contextlib import suppress
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.earlier_accounts import Because, NameTags, Told, matches
from testimony.domain.errors import IntegrityFailed
from testimony.policy.access import Permission, permissions_of
from testimony.services.account_link_statements import LinkKind, LinkState, Source, open_link, sign_link
from testimony.services.certificates import certified_account, read_statement
from testimony.services.earlier_questions import ANSWERED, DAY, FORMAT, MOST_IN_A_DAY
from testimony.services.kept_tags import HANDED_IN, keep_tags, kept_sets, present_generation
from testimony.services.matching_key import may_hold
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, Work
from testimony.services.sessions import timestamp as text_of
from testimony.storage import account_links, log_queries
from testimony.storage import earlier_accounts as rows
from testimony.storage.compartments import Compartment
from testimony.storage.earlier_accounts import QuestionRow
from testimony.storage.errors import ArchiveDamaged, StorageFailed
from testimony.storage.keyring import Signed

BATCH, TAGS_BATCH = 25, 500
"""Questions, and accounts whose tags are kept, that one request does."""

FOUND = "same-witness-found"


class _NotSigned(Exception):
    """A question that no interviewer who may ask signed."""


def follow_questions(session: Session, now: datetime) -> None:
    """The same at a sign-in or a request. What fails keeps nobody out; it is tried again at the next."""
    with suppress(ArchiveDamaged, StorageFailed, IntegrityFailed):
        answer_waiting(session, now)


def answer_waiting(session: Session, now: datetime) -> int:
    """Keep and compare what was handed in, then answer what waits. Return how many questions were answered."""
    may = Permission.ANSWER_EARLIER in permissions_of(session.account.roles)
    if not may or Compartment.VAULT not in session.archive.secrets:
        return 0
    with session.reading() as connection:
        new = rows.tags_not_kept(connection, present_generation(session), 1)
        waiting = rows.waiting_questions(connection, BATCH)
    if new and not _take_in(session, now):
        return 0  # An answer that had not looked at all of them would be wrong: the next request goes on.
    if not waiting:
        return 0
    with session.work(now) as work:
        _answer_all(session, work, waiting)
    return len(waiting)


def _answer_all(session: Session, work: Work, waiting: tuple[QuestionRow, ...]) -> None:
    asked: dict[str, NameTags] = {}
    verdicts: dict[str, tuple[Told, Because | None, str | None]] = {}
    # Entries of this unit of work are written at its end, so its own answers are counted here.
    given: Counter[str] = Counter()
    for row in waiting:
        try:
            tags, since = _read(session, work, row)
        except _NotSigned:
            verdicts[row.question_id] = (Told.CANNOT_TELL, Because.NOT_SIGNED, None)
            continue
        if _answers_in_a_day(work, row.asked_by) + given[row.asked_by] >= MOST_IN_A_DAY:
            verdicts[row.question_id] = (Told.CANNOT_TELL, Because.LIMIT, None)
            continue
        given[row.asked_by] += 1
        asked[row.question_id], verdicts[row.question_id] = tags, (Told.NO, None, since)
    if asked:
        for question_id, _ in matches(asked, kept_sets(session, work.connection)):
            verdicts[question_id] = (Told.YES, None, None)
    for row in waiting:
        _write_down(work, row, *verdicts[row.question_id])


def _write_down(work: Work, row: QuestionRow, told: Told, because: Because | None, since: str | None) -> None:
    changed = rows.answer_question(
        work.connection,
        row.question_id,
        answer=told.value,
        because=None if because is None else because.value,
        since=since,
        answered_at=text_of(work.now),
    )
    if changed:
        # That it was yes is in the log too: a draft that was found is not made unfound by a row that was changed.
        fields: tuple[str, ...] = (ANSWERED, told.value)
        if because is not Because.NOT_SIGNED:
            # Not what somebody put in a colleague's name: it would use up that colleague's day.
            fields += (f"asker:{row.asked_by}",)
        work.log(Action.WRITTEN, subject=("draft", row.draft_id), fields=fields)


def _take_in(session: Session, now: datetime) -> bool:
    """Lock anew what was handed in, and note which earlier account each may belong to. Whether that was all."""
    with session.work(now) as work:
        waiting = rows.tags_not_kept(work.connection, present_generation(session), TAGS_BATCH)
        new = {}
        for row in waiting:
            tags = keep_tags(session, work.connection, row)
            if tags is not None and row.form == HANDED_IN:
                new[row.code] = tags
        found = matches(new, kept_sets(session, work.connection)) if new else ()
        _propose(session, work, {frozenset(pair) for pair in found})
    return len(waiting) < TAGS_BATCH


def _propose(session: Session, work: Work, pairs: set[frozenset[str]]) -> None:
    """A sealed candidate for each pair of accounts that was not proposed or decided about before."""
    if not pairs:
        return
    for pair in sorted(map(sorted, pairs - _pairs_known(session, work))):
        row = sign_link(session, LinkKind.WITNESS, (pair[0], pair[1]), Source.TAGS, "", work.now)
        account_links.insert_link(work.connection, row)
        # Not under the codes: the ledger must not say which two belong together. Auditors can read it.
        work.log(Action.WRITTEN, subject=("link", row.link_id), fields=(FOUND,), detail=" ".join(pair))


def _pairs_known(session: Session, work: Work) -> frozenset[frozenset[str]]:
    """Pairs that are proposed or decided about already: a rejected one is not proposed again."""
    pairs = set()
    for row in account_links.links(work.connection, LinkKind.WITNESS.value):
        with suppress(IntegrityFailed):
            link = open_link(session, work.connection, row)
            if link is not None and link.state is not LinkState.BROKEN:
                pairs.add(frozenset(link.codes))
    return frozenset(pairs)


def _read(session: Session, work: Work, row: QuestionRow) -> tuple[NameTags, str]:
    """What was asked, and since when the asker's key makes tags. Raises _NotSigned."""
    keyring, keys = session.archive.keyring(), sealing_keys(session.archive, Compartment.VAULT)
    if may_hold(keyring, work.connection, AccountId(row.asked_by)) is None or row.sealed is None:
        raise _NotSigned
    try:
        whole = json.loads(open_with_any(keys, row.sealed, Label.EARLIER_QUESTION, row.question_id.encode()))
        signed = Signed(whole["statement"].encode(), row.asked_by, bytes.fromhex(whole["signature"]))
        asker = certified_account(keyring, AccountId(row.asked_by))
        document = read_statement(signed, asker.signed_with, Label.EARLIER_QUESTION_SIGNED)
        said = [document[name] for name in ("format", "archive", "id", "draft", "asked_at")]
        tags, since = NameTags.from_document(document["tags"]), str(document["key_made_on"])
    except (CryptoError, ArchiveDamaged, ValueError, KeyError, TypeError, AttributeError):
        raise _NotSigned from None
    if said != [FORMAT, keyring.archive_id, row.question_id, row.draft_id, row.asked_at]:
        raise _NotSigned
    if tags != tags.of_one_name():
        # A list of names in one question, halved from day to day, would be told apart by yes and no.
        raise _NotSigned
    return tags, since


def _answers_in_a_day(work: Work, asker: str) -> int:
    """How often this interviewer was answered, by the log, whoever answered and however they asked."""
    return log_queries.count_with_fields(
        work.connection, Action.WRITTEN.value, (ANSWERED, f"asker:{asker}"), work.now - DAY
    )
