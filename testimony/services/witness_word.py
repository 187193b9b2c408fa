"""The witness's word: the proposed text, to be read by or to the witness, and what they said of it.

    propose → (read to the witness → record) → approve → release

It is the text that would be released, built from kept text alone, and nothing else. A no, or a wish for
changes, stops the release of that set; another set has to be proposed and is asked about anew.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from testimony.domain.audit import Action, DenyReason
from testimony.domain.errors import Conflict, Invalid, Problem, Refused
from testimony.domain.purposes import Audience
from testimony.domain.redaction import build_release
from testimony.domain.witness_word import REFUSING, Answer, Told, WordOfWitness, word_that_holds
from testimony.policy.access import Permission, require
from testimony.services.looking import find_layer
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.signed_layers import still_stands
from testimony.services.token_series import series_of
from testimony.services.under_review import UnderReview, marks_of, open_account
from testimony.storage import redaction_sets, witness_words
from testimony.storage.redaction_sets import SetRow
from testimony.storage.witness_words import WordRow


@dataclass(frozen=True, slots=True)
class Reading:
    """A proposed text as the witness gets it. may_record: whether an answer to it can still be written down."""

    code: str
    set_id: str
    audience: Audience
    language: str
    text: str = field(repr=False)
    told: tuple[WordRow, ...]
    may_record: bool

    @property
    def holds(self) -> WordOfWitness | None:
        return _holds(self.told)


def read_to_witness(session: Session, set_id: str, now: datetime) -> Reading:
    """Show the text of a set to whoever may open its account; the entry commits first.

    Raises Conflict when it is no longer what was proposed, and as `open_account`.
    """
    with session.work(now) as work:
        account, layer = _layer(session, work, set_id)
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("result", "for-the-witness", layer.audience),
        )
        audience = Audience(layer.audience)
        series = series_of(session, account.code, audience, layer.recipient_id)
        return Reading(
            code=account.code,
            set_id=set_id,
            audience=audience,
            language=account.version.language,
            text=build_release(account.version.text, marks_of(account), audience, series),
            told=witness_words.words_of(work.connection, set_id),
            may_record=layer.state in redaction_sets.OPEN_STATES,
        )


def record_word(session: Session, set_id: str, answer: Answer, now: datetime) -> WordOfWitness:
    """Write down what the witness said of a set; return what holds now.

    Raises Invalid for a day before the proposal or after today; Conflict for a set that is released, sent
    back or not what was proposed.
    """
    with session.work(now) as work:
        account, layer = _layer(session, work, set_id)
        if layer.state not in redaction_sets.OPEN_STATES:
            raise Conflict
        if not date.fromisoformat(layer.proposed_at[:10]) <= answer.on <= now.date():
            raise Invalid((Problem("asked_on", "out_of_range"),))
        row = WordRow(
            set_id=set_id,
            word=answer.word.value,
            why_not=answer.why_not.value if answer.why_not else None,
            asked_on=answer.on.isoformat(),
            asked_by=answer.asked_by.value,
            recorder_id=session.account.id,
            recorded_at=timestamp(now),
        )
        witness_words.insert_word(work.connection, row)
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=("witness-word", layer.audience, answer.word.value),
        )
        holds = _holds(witness_words.words_of(work.connection, set_id))
    if holds is None:
        raise RuntimeError("what was written down holds something")
    return holds


def words_on(session: Session, set_ids: tuple[str, ...]) -> dict[str, WordOfWitness]:
    """What holds for each set that somebody wrote an answer to: a fact about the set, nothing of its text."""
    require(session.account, Permission.LIST_QUEUE)
    with session.reading() as connection:
        found = {set_id: _holds(witness_words.words_of(connection, set_id)) for set_id in set_ids}
    return {set_id: word for set_id, word in found.items() if word is not None}


def require_not_refused_by_witness(work: Work, account: UnderReview, layer: SetRow) -> None:
    """Raises Refused (DR06) when the witness said no to this set, or wants it changed."""
    if _holds(witness_words.words_of(work.connection, layer.set_id)) in REFUSING:
        raise Refused((DenyReason.CONDITION_NOT_MET,), subject=account.subject)


def _holds(rows: tuple[WordRow, ...]) -> WordOfWitness | None:
    return word_that_holds(Told(WordOfWitness(row.word), row.recorder_id) for row in rows)


def _layer(session: Session, work: Work, set_id: str) -> tuple[UnderReview, SetRow]:
    require(session.account, Permission.READ_ORIGINAL)
    layer = find_layer(work, set_id)
    account = replace(open_account(session, work, layer.code), recipient=layer.recipient_id)
    # What the witness hears is what two people sign, or nothing.
    if layer.state == "superseded" or not still_stands(account, layer, session.archive.keyring().archive_id):
        raise Conflict
    return account, layer
