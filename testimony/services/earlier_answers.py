"""Answering interviewers' blind questions, and looking at what was handed in for a witness who was here before.

Done by the session of whoever opens the vault as a reviewer, at sign-in and at each request, without anybody seeing a
name or a match: the interviewer gets one word, the log another, and two accounts that may be of one witness become a
sealed candidate for the custodians. Each thing is one transaction; dies in between: the next session goes on.
"""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action
from testimony.domain.earlier_accounts import Because, NameTags, Told, may_be_one
from testimony.domain.errors import IntegrityFailed
from testimony.policy.access import Permission, permissions_of
from testimony.services.account_link_statements import LinkKind, LinkState, Source, open_link, sign_link
from testimony.services.certificates import certified_account, read_statement
from testimony.services.earlier_questions import ANSWERED, DAY, FORMAT, MOST_IN_A_DAY
from testimony.services.kept_tags import compared_with, keep_tags, present_generation
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
        kept = compared_with(session, work.connection)
        # Entries of this unit of work are written at its end, so its own answers are counted here.
        given: Counter[str] = Counter()
        for row in waiting:
            may_ask = _answers_in_a_day(work, row.asked_by) + given[row.asked_by] < MOST_IN_A_DAY
            _answer(session, work, row, kept if may_ask else None)
            given[row.asked_by] += 1
    return len(waiting)


def _take_in(session: Session, now: datetime) -> bool:
    """Lock anew what was handed in, and note which earlier account each may belong to. Whether that was all."""
    with session.work(now) as work:
        kept = compared_with(session, work.connection)
        waiting = rows.tags_not_kept(work.connection, present_generation(session), TAGS_BATCH)
        for row in waiting:
            tags = keep_tags(session, work.connection, row)
            if tags is None:
                continue
            if row.form == "handed_in":
                _propose(session, work, row.code, tags, kept)
            kept[row.code] = tags.kept()
    return len(waiting) < TAGS_BATCH


def _propose(session: Session, work: Work, code: str, tags: NameTags, kept: Mapping[str, NameTags]) -> None:
    found = [other for other, theirs in kept.items() if other != code and may_be_one(tags, theirs)]
    if not found:
        return
    known = _pairs_known(session, work)
    for other in sorted(found):
        pair = frozenset({code, other})
        if pair in known:
            continue
        row = sign_link(session, LinkKind.WITNESS, (code, other), Source.TAGS, "", work.now)
        account_links.insert_link(work.connection, row)
        # Not under the codes: the ledger must not say which two belong together. Auditors can read it.
        work.log(
            Action.WRITTEN,
            subject=("link", row.link_id),
            fields=(FOUND,),
            detail=" ".join(sorted(pair)),
        )


def _pairs_known(session: Session, work: Work) -> frozenset[frozenset[str]]:
    """Pairs that are proposed or decided about already: a rejected one is not proposed again."""
    pairs = set()
    for row in account_links.links(work.connection, LinkKind.WITNESS.value):
        with suppress(IntegrityFailed):
            link = open_link(session, work.connection, row)
            if link is not None and link.state is not LinkState.BROKEN:
                pairs.add(frozenset(link.codes))
    return frozenset(pairs)


def _answer(session: Session, work: Work, row: QuestionRow, kept: Mapping[str, NameTags] | None) -> None:
    """kept: None for somebody who was answered too often today."""
    told, because, since = Told.CANNOT_TELL, None, None
    try:
        tags, since = _read(session, work, row)
    except _NotSigned:
        because = Because.NOT_SIGNED
    else:
        if kept is None:
            because, since = Because.LIMIT, None
        else:
            # All of them are compared, whatever is found first.
            matches = [code for code, theirs in kept.items() if may_be_one(tags, theirs)]
            told = Told.YES if matches else Told.NO
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
        work.log(
            Action.WRITTEN,
            subject=("draft", row.draft_id),
            fields=(ANSWERED, told.value, f"asker:{row.asked_by}"),
        )


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
    return tags, since


def _answers_in_a_day(work: Work, asker: str) -> int:
    """How often this interviewer was answered, by the log, whoever answered and however they asked."""
    return log_queries.count_with_fields(
        work.connection, Action.WRITTEN.value, (ANSWERED, f"asker:{asker}"), work.now - DAY
    )
