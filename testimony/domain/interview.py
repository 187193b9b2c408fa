"""The session in which an account was given: when, where, who was there, who interpreted, how it went.

Notes carry the interviewer's words and may name people: they belong to the original, never to the register.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.consent import Answer
from testimony.domain.dates import parse_date
from testimony.domain.documents import MAX_NOTE, Fields
from testimony.domain.errors import BadDate, Invalid, Problem

COARSE_PRECISIONS = ("PL0", "PL1", "PL2", "PL3")
"""A session's place is never finer than adm2; the exact place belongs to the statement."""


class InterpreterFlag(StrEnum):
    """Whether the interpreter has a conflict, and who says so."""

    NONE = "none"
    DECLARED = "declared"
    ALLEGED = "alleged"
    CONFIRMED = "confirmed"


class Recording(StrEnum):
    """How the session was kept."""

    NOTES = "notes"
    AUDIO = "audio"
    VIDEO = "video"


class EndedBy(StrEnum):
    """Who ended the session."""

    WITNESS = "witness"
    INTERVIEWER = "interviewer"
    INTERRUPTION = "interruption"
    COUNSEL = "counsel"
    """They asked for a lawyer; nothing more is asked of them from there (F6)."""


class Silence(StrEnum):
    """Why there is no answer: a value of its own, never an empty field."""

    DECLINED = "declined"
    STOPPED = "stopped"
    DOES_NOT_KNOW = "does_not_know"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """relation_declared by the interpreter, relation_alleged by the witness; empty where there is none."""

    name: str = field(repr=False)
    account_id: str | None
    relation_declared: str = field(repr=False)
    relation_alleged: str = field(repr=False)
    undertaking_signed: bool
    gender_ok: Answer
    flag: InterpreterFlag


@dataclass(frozen=True, slots=True)
class Counsel:
    """Of an interview with somebody who may have taken part. cautioned: told before the account that they need not
    answer, may have a lawyer, and what may become of their words. asked: they asked for a lawyer, which ended it.
    """

    cautioned: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class PersonPresent:
    """code: of presence.csv."""

    code: str
    could_hear: bool


@dataclass(frozen=True, slots=True)
class Route:
    """How the witness was reached. intermediary: empty where there was none."""

    intermediary: str = field(repr=False)
    kind: str = field(repr=False)
    first_contact_by: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PriorAccount:
    """An account given elsewhere before. when: EDTF or None."""

    by_kind: str = field(repr=False)
    when: str | None
    recorded_form: str = field(repr=False)
    copy_available: Answer


@dataclass(frozen=True, slots=True)
class Deviation:
    """A standard that could not be kept, and why."""

    standard: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Referral:
    """Help that was offered."""

    kind: str = field(repr=False)
    offered: bool
    accepted: bool
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A topic without an answer."""

    topic: str = field(repr=False)
    why: Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """One session.

    month: EDTF month or year; day: kept inside the original only. place_precision: PL0 to PL3. setting: of
    setting.csv.
    languages: ISO 639-3. earlier_accounts: whether there were any; `yes` needs reinterview_reason. started,
    ended: as written, HH:MM. benefits: anything given to the witness; empty for none. Raises Invalid.
    """

    month: str
    day: date | None = None
    place_coarse: str = field(default="", repr=False)
    place_precision: str
    setting: str
    spoken: str
    explained_in: str
    written_in: str
    interviewer: AccountId
    second_interviewer: str | None = None
    interpreter: Interpreter | None = None
    persons_present: tuple[PersonPresent, ...]
    route: tuple[Route, ...]
    earlier_accounts: Answer
    prior_accounts: tuple[PriorAccount, ...] = ()
    reinterview_reason: str = field(default="", repr=False)
    recording: frozenset[Recording] = frozenset({Recording.NOTES})
    started: str | None = None
    ended: str | None = None
    breaks: int = 0
    ended_by: EndedBy
    benefits: str = field(default="", repr=False)
    deviations: tuple[Deviation, ...] = ()
    referrals: tuple[Referral, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    feedback_due: date | None = None
    counsel: Counsel | None = None

    def __post_init__(self) -> None:
        day_fits = self.day is None or self.day.isoformat().startswith(self.month)
        rules = (
            (_is_month(self.month), "month", "bad_date"),
            (day_fits, "day", "out_of_range"),
            (self.place_precision in COARSE_PRECISIONS, "place_precision", "too_fine"),
            (bool(self.persons_present), "persons_present", "required"),
            (bool(self.route), "route", "required"),
            (
                self.earlier_accounts is not Answer.YES or self.reinterview_reason.strip(),
                "reinterview_reason",
                "required",
            ),
            (
                self.earlier_accounts is not Answer.NO or not self.prior_accounts,
                "prior_accounts",
                "not_for_decision",
            ),
            (bool(self.recording), "recording", "required"),
            (
                (self.ended_by is EndedBy.COUNSEL) == (self.counsel is not None and self.counsel.asked),
                "ended_by",
                "counsel_ends_it",
            ),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


def _is_month(text: str) -> bool:
    try:
        return parse_date(text).month == text
    except BadDate:
        return False


def read_interview(fields: Fields) -> Interview:
    """Raises Invalid."""
    values = {
        "month": fields.edtf("month"),
        "day": fields.day_or_none("day"),
        "place_coarse": fields.note("place_coarse", 200),
        "place_precision": fields.code("place_precision", "place_precision"),
        "setting": fields.code("setting", "setting"),
        "spoken": fields.language("spoken"),
        "explained_in": fields.language("explained_in"),
        "written_in": fields.language("written_in"),
        "interviewer": AccountId(fields.text("interviewer")),
        "second_interviewer": fields.text_or_none("second_interviewer"),
        "interpreter": fields.one_or_none("interpreter", _read_interpreter),
        "persons_present": fields.many("persons_present", _read_person),
        "route": fields.many("route", _read_route),
        "earlier_accounts": fields.choice("earlier_accounts", Answer),
        "prior_accounts": fields.many("prior_accounts", _read_prior_account),
        "reinterview_reason": fields.note("reinterview_reason"),
        "recording": frozenset(fields.choices("recording", Recording)),
        "started": fields.text_or_none("started", 5),
        "ended": fields.text_or_none("ended", 5),
        "breaks": fields.integer("breaks", 0, 1000),
        "ended_by": fields.choice("ended_by", EndedBy),
        "benefits": fields.note("benefits"),
        "deviations": fields.many("deviations", _read_deviation),
        "referrals": fields.many("referrals", _read_referral),
        "unanswered": fields.many("unanswered", _read_unanswered),
        "feedback_due": fields.day_or_none("feedback_due"),
        # Documents signed before there was this field have none.
        "counsel": fields.one_or_none("counsel", _read_counsel),
    }
    fields.require()
    return Interview(**values)  # type: ignore[arg-type]  # each was read by the reader of its type


def _read_interpreter(fields: Fields) -> Interpreter:
    name, account_id = fields.note("name", 200), fields.text_or_none("account_id")
    declared, alleged = fields.note("relation_declared"), fields.note("relation_alleged")
    signed, gender_ok = fields.flag("undertaking_signed"), fields.choice("gender_ok", Answer)
    flag = fields.choice("flag", InterpreterFlag)
    fields.require()
    return Interpreter(name, account_id, declared, alleged, signed, gender_ok, flag)


def _read_counsel(fields: Fields) -> Counsel:
    cautioned, asked = fields.flag("cautioned"), fields.flag("asked")
    fields.require()
    return Counsel(cautioned, asked)


def _read_person(fields: Fields) -> PersonPresent:
    code, could_hear = fields.code("code", "presence"), fields.flag("could_hear")
    fields.require()
    return PersonPresent(code, could_hear)


def _read_route(fields: Fields) -> Route:
    intermediary, kind = fields.note("intermediary", MAX_NOTE), fields.text("kind")
    first_contact_by = fields.note("first_contact_by", MAX_NOTE)
    fields.require()
    return Route(intermediary, kind, first_contact_by)


def _read_prior_account(fields: Fields) -> PriorAccount:
    by_kind, when = fields.text("by_kind"), fields.edtf_or_none("when")
    recorded_form, copy_available = fields.note("recorded_form"), fields.choice("copy_available", Answer)
    fields.require()
    return PriorAccount(by_kind, when, recorded_form, copy_available)


def _read_deviation(fields: Fields) -> Deviation:
    standard, reason = fields.text("standard"), fields.text("reason", MAX_NOTE)
    fields.require()
    return Deviation(standard, reason)


def _read_referral(fields: Fields) -> Referral:
    kind, offered, accepted = fields.text("kind"), fields.flag("offered"), fields.flag("accepted")
    done_on = fields.day_or_none("done_on")
    fields.require()
    return Referral(kind, offered, accepted, done_on)


def _read_unanswered(fields: Fields) -> Unanswered:
    topic, why = fields.text("topic"), fields.choice("why", Silence)
    fields.require()
    return Unanswered(topic, why)
