"""Asking the archive whether there is an earlier account of a witness, without showing it a name (R15).

    interviewer: tags of a name, signed, sealed to the vault → a reviewer's session compares → yes | no | cannot tell

The interviewer's session cannot answer: what it could compare, a person with a program of their own and a copy of the
directory could try names on without end. So the question waits for whoever opens the vault next, and the interview
need not: a draft may be written once it was asked. See docs/decisions/0020-earlier-accounts-blindly.md.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.canonical import canonical_json
from testimony.domain.earlier_accounts import NOT_ASKED, Because, NameTags, Told
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem, Throttled
from testimony.domain.purposes import Purpose
from testimony.policy.access import Permission, require
from testimony.services.certificates import sign_statement
from testimony.services.consent_answers import granted_in
from testimony.services.counsel import asked_for_counsel, may_begin
from testimony.services.drafts import Draft, Step, open_row
from testimony.services.matching_key import MatchingKey, matching_key
from testimony.services.name_tags import KnownOfWitness, tags_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import drafts, log_queries
from testimony.storage import earlier_accounts as rows
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.earlier_accounts import QuestionRow

FORMAT = "testimony-earlier-question/1"
ASKED, NOT_PUT, OVER_LIMIT = "earlier-asked", "earlier-not-asked", "earlier-limit"
ANSWERED = "earlier-answered"
MOST_IN_A_DAY, DAY = 12, timedelta(hours=24)
"""Of one interviewer. Who interviews twelve witnesses a day asks too many; who guesses names is stopped soon."""

MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class EarlierQuestion:
    """name: of the witness, as it is said; telephone: the witness's own, or empty. Neither is kept."""

    name: str
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """What became of the newest question about a draft. told: None while nobody has answered.

    since: a no holds for accounts from that day on whose witness let a name be kept.
    """

    told: Told | None
    because: Because | None
    since: date | None
    asked_at: datetime


def ask_archive(session: Session, draft_id: str, question: EarlierQuestion, now: datetime) -> None:
    """Put the question. Raises NotFound; Invalid (name); Throttled after `MOST_IN_A_DAY`, which is in the log."""
    if not 0 < len(question.name.strip()) <= MAX_NAME:
        raise Invalid((Problem("name", "required"),))
    _require_patience(session, now)
    with session.work(now) as work:
        require(session.account, Permission.ASK_EARLIER)
        draft = _own(session, work.connection, draft_id)
        key = matching_key(session, work)
        tags = None if key is None else _tags(draft, question, key, now)
        question_id = secrets.token_hex(8)
        if key is None or tags is None or not tags.tell_apart:
            because = Because.NO_KEY if tags is None else Because.ONE_NAME
            _insert_untold(session, work, draft_id, because)
        else:
            sealed = _sealed(session, question_id, draft_id, tags, key, now)
            row = QuestionRow(question_id, draft_id, session.account.id, timestamp(now), sealed)
            rows.insert_question(work.connection, row)
        work.log(Action.WRITTEN, subject=("draft", draft_id), fields=(ASKED,))


def say_not_asked(session: Session, draft_id: str, because: Because, now: datetime) -> None:
    """The witness gave no name, or does not want it asked. Raises NotFound, Conflict for another reason."""
    if because not in NOT_ASKED:
        raise Conflict
    with session.work(now) as work:
        require(session.account, Permission.ASK_EARLIER)
        _own(session, work.connection, draft_id)
        _insert_untold(session, work, draft_id, because)
        work.log(Action.WRITTEN, subject=("draft", draft_id), fields=(NOT_PUT, because.value))


def own_question(session: Session, draft_id: str) -> OwnQuestion | None:
    """Raises Refused."""
    require(session.account, Permission.ASK_EARLIER)
    with session.reading() as connection:
        return newest_question(session, connection, draft_id)


def newest_question(session: Session, connection: Connection, draft_id: str) -> OwnQuestion | None:
    row = next(iter(rows.questions_of(connection, draft_id)), None)
    if row is None or row.asked_by != session.account.id:
        return None
    return OwnQuestion(
        told=None if row.answer is None else Told(row.answer),
        because=None if row.because is None else Because(row.because),
        since=None if row.since is None else date.fromisoformat(row.since),
        asked_at=datetime.fromisoformat(row.asked_at),
    )


def may_write_account(connection: Connection, draft: Draft) -> bool:
    """An account is begun after witness and archive were asked about earlier ones (R15), after notes were allowed, and,
    where they may have taken part, after they were told their rights (F6).

    One begun stays open until they ask for a lawyer. That nobody has answered yet keeps nobody waiting.
    """
    if asked_for_counsel(draft):
        return False
    asked = draft.answers(Step.BEFORE).line("earlier") in ("yes", "no", "doubt")
    put = bool(rows.questions_of(connection, draft.draft_id))
    allowed = Purpose.CP01 in granted_in(draft.answers(Step.CONSENT))
    return (asked and put and allowed and may_begin(draft)) or not draft.answers(Step.ACCOUNT).is_empty


def is_open_to_write(session: Session, draft: Draft) -> bool:
    """The same for the page of a draft that was just opened."""
    require(session.account, Permission.KEEP_DRAFTS)
    with session.reading() as connection:
        return may_write_account(connection, draft)


def is_found(connection: Connection, draft_id: str) -> bool:
    """Whether the archive ever answered yes about this draft, by the log. Raises IntegrityFailed."""
    leaves = log_queries.leaves_about(connection, "draft", draft_id, Action.WRITTEN.value)
    try:
        said = [json.loads(leaf)["fields"] for leaf in leaves]
    except (ValueError, KeyError, TypeError):
        raise IntegrityFailed from None
    return any(fields[:2] == [ANSWERED, Told.YES.value] for fields in said)


def asked_in_a_day(session: Session, connection: Connection, now: datetime) -> list[datetime]:
    """When this person asked, by the log: a row can be rubbed out."""
    leaves = log_queries.leaves_of(connection, session.account.id, Action.WRITTEN.value, now - DAY)
    times = []
    for leaf, _ in leaves:
        try:
            entry = json.loads(leaf)
            if ASKED in entry["fields"]:
                times.append(datetime.fromisoformat(entry["at"]))
        except (ValueError, KeyError, TypeError):
            raise IntegrityFailed from None
    return times


def _require_patience(session: Session, now: datetime) -> None:
    with session.reading() as connection:
        times = asked_in_a_day(session, connection, now)
    if len(times) < MOST_IN_A_DAY:
        return
    with session.work(now) as work:
        # Refusals are counted by an alarm of their own.
        reasons = (DenyReason.NO_GRANT,)
        work.log(Action.DENIED, fields=(OVER_LIMIT,), outcome=Outcome.DENIED, reasons=reasons)
    raise Throttled(int((min(times) + DAY - now).total_seconds()) + 1)


def _own(session: Session, connection: Connection, draft_id: str) -> Draft:
    row = drafts.find_draft(connection, draft_id, session.account.id)
    if row is None:
        raise NotFound
    return open_row(session.keys.sealing, row)


def _tags(draft: Draft, question: EarlierQuestion, key: MatchingKey, now: datetime) -> NameTags:
    before = draft.answers(Step.BEFORE)
    known = KnownOfWitness(
        names=(question.name,),
        telephones=(question.telephone,),
        sex=before.line("sex") or "undisclosed",
        age_band=before.line("age_band") or "undisclosed",
        year=now.year,
    )
    return tags_of(known, key.secret, key.key_id).of_one_name()


def _sealed(
    session: Session, question_id: str, draft_id: str, tags: NameTags, key: MatchingKey, now: datetime
) -> bytes:
    document = {
        "format": FORMAT,
        "archive": session.archive.keyring().archive_id,
        "id": question_id,
        "draft": draft_id,
        "asked_at": timestamp(now),
        "key_made_on": key.since.date().isoformat(),
        "tags": tags.to_document(),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.EARLIER_QUESTION_SIGNED)
    whole = canonical_json({"statement": signed.statement.decode(), "signature": signed.signature.hex()})
    public = session.archive.public(Compartment.VAULT)
    return seal(public, whole, Label.EARLIER_QUESTION, question_id.encode())


def _insert_untold(session: Session, work: Work, draft_id: str, because: Because) -> None:
    at = timestamp(work.now)
    row = QuestionRow(
        question_id=secrets.token_hex(8),
        draft_id=draft_id,
        asked_by=session.account.id,
        asked_at=at,
        answer=Told.CANNOT_TELL.value,
        because=because.value,
        answered_at=at,
    )
    rows.insert_question(work.connection, row)
