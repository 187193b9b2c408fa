"""Consent: one decision per purpose, with its conditions, evidence and limits.

A version is never changed, only followed by the next. Nothing is preset: a purpose without a decision was not
asked, and not asked is no.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Purpose, dependants, depends_on
from testimony.domain.vocabulary import load

NO_EVIDENCE = "CE00"
MUST_EXPLAIN = frozenset({"EX05", "EX08"})
"""That nothing depends on talking, and that secrecy has limits: said before anyone may agree to anything."""

HIDE_DETAILS, NOT_BEFORE, CONTACT_RULE, NAMED_READERS = "CC04", "CC07", "CC09", "CC11"
_NEEDS_WORDS = frozenset({HIDE_DETAILS, CONTACT_RULE})

INFORMED = frozenset({"EX01", "EX02", "EX03", "EX04", "EX05", "EX06", "EX07", "EX08"})
"""Without these a consent is not an informed one.

EX09 and EX10 (publication, feedback) are not always due.
"""


class Decision(StrEnum):
    """What the witness said about one purpose. Source: vocabulary/consent_decision.csv."""

    GRANTED = "granted"
    GRANTED_WITH_CONDITIONS = "granted_with_conditions"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


YES = frozenset({Decision.GRANTED, Decision.GRANTED_WITH_CONDITIONS})


class ConsentStatus(StrEnum):
    """What a consent amounts to on a day. Source: vocabulary/consent_status.csv."""

    DRAFT = "draft"
    ACTIVE = "active"
    PARTLY_WITHDRAWN = "partly_withdrawn"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    INVALID_NO_GUARDIAN = "invalid_no_guardian"
    INVALID_COERCED = "invalid_coerced"
    INVALID_NOT_INFORMED = "invalid_not_informed"
    PAUSED_RIGHTS_ASSERTED = "paused_rights_asserted"


class Answer(StrEnum):
    """An answer that may be a doubt."""

    YES = "yes"
    NO = "no"
    DOUBT = "doubt"


class GuardianDecision(StrEnum):
    """What the guardian or the child's representative decided."""

    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    GRANTED = "granted"
    REFUSED = "refused"


class Assent(StrEnum):
    """The child's own word."""

    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    GIVEN = "given"
    CONDITIONAL = "conditional"
    REFUSED = "refused"


class Receipt(StrEnum):
    """Whether the witness took a receipt; carrying one can be dangerous."""

    GIVEN = "given"
    REFUSED_UNSAFE = "refused_unsafe"
    NOT_OFFERED = "not_offered"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition and what it needs: the details to hide, the channel, the group. Raises Invalid."""

    code: str
    parameter: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.code not in load("consent_condition"):
            raise Invalid((Problem("code", "unknown_code"),))
        if self.code in _NEEDS_WORDS and not self.parameter.strip():
            raise Invalid((Problem("parameter", "required"),))


@dataclass(frozen=True, slots=True)
class PurposeDecision:
    """The decision on one purpose.

    not_before: first day of use. valid_until: first day on which it no longer holds. readers: the only ones,
    with CC11. Raises Invalid.
    """

    purpose: Purpose
    decision: Decision
    conditions: tuple[Condition, ...] = ()
    not_before: date | None = None
    valid_until: date | None = None
    readers: frozenset[AccountId] = frozenset()

    def __post_init__(self) -> None:
        codes = [condition.code for condition in self.conditions]
        rules = (
            (len(set(codes)) == len(codes), "conditions", "twice"),
            (
                bool(codes) == (self.decision is Decision.GRANTED_WITH_CONDITIONS),
                "conditions",
                "not_for_decision",
            ),
            (
                self.decision in YES or not (self.not_before or self.valid_until),
                "not_before",
                "not_for_decision",
            ),
            # CC11 without a name is kept: nobody may read until somebody is named.
            (not self.readers or NAMED_READERS in codes, "readers", "not_for_decision"),
            (self.not_before is None or NOT_BEFORE in codes, "not_before", "not_for_decision"),
            (NOT_BEFORE not in codes or self.not_before or self._event, "not_before", "required"),
            (not (self.not_before and self.valid_until) or self._is_ordered, "valid_until", "out_of_range"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)

    @property
    def is_yes(self) -> bool:
        return self.decision in YES

    @property
    def _event(self) -> str:
        return next((c.parameter.strip() for c in self.conditions if c.code == NOT_BEFORE), "")

    @property
    def _is_ordered(self) -> bool:
        return (
            self.not_before is not None
            and self.valid_until is not None
            and self.not_before < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """Whether the person could decide freely when deciding."""

    free_of_pressure: Answer
    sober: Answer
    understands: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One version of what a witness allowed.

    language: ISO 639-3, the language it was explained in. basis: lawful basis, code of lawful_basis.csv.
    explained: codes of explained.csv that were said and understood. review_due: first day past review.
    contact_channel, contact_hours: how and when to reach the person again, needed for CP21.
    paused: the person asked for counsel or to stop.
    Raises Invalid.
    """

    version: int
    decisions: tuple[PurposeDecision, ...]
    evidence: str
    basis: str
    given_on: date
    language: str
    explained_by: AccountId
    explained: frozenset[str]
    capacity: Capacity
    minor: bool
    guardian_decision: GuardianDecision
    assent: Assent
    review_due: date
    receipt: Receipt
    through_interpreter: str | None = None
    contact_channel: str = field(default="", repr=False)
    contact_hours: str = field(default="", repr=False)
    paused: bool = False

    def __post_init__(self) -> None:
        purposes = [decision.purpose for decision in self.decisions]
        granted = self.granted
        rules = (
            (self.version >= 1, "version", "out_of_range"),
            (len(set(purposes)) == len(purposes), "decisions", "twice"),
            (self.evidence in load("consent_evidence"), "evidence", "unknown_code"),
            (self.basis in load("lawful_basis"), "basis", "unknown_code"),
            (self.explained <= frozenset(load("explained").codes), "explained", "unknown_code"),
            (not granted or self.evidence != NO_EVIDENCE, "evidence", "required"),
            (not granted or self.explained >= MUST_EXPLAIN, "explained", "required"),
            (Purpose.CP21 not in granted or self.contact_channel.strip(), "contact_channel", "required"),
            (Purpose.CP21 not in granted or self.contact_hours.strip(), "contact_hours", "required"),
            (self.review_due > self.given_on, "review_due", "out_of_range"),
            *((depends_on(p) <= granted, f"decisions.{p}", "depends_on") for p in sorted(granted)),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)

    @property
    def granted(self) -> frozenset[Purpose]:
        """The purposes said yes to, with or without conditions."""
        return frozenset(decision.purpose for decision in self.decisions if decision.is_yes)

    @property
    def guardian_ok(self) -> bool:
        """Whether guardian and child both agreed; says nothing of whether that was needed."""
        return self.guardian_decision is GuardianDecision.GRANTED and self.assent is Assent.GIVEN

    def decision_on(self, purpose: Purpose) -> PurposeDecision:
        """Return the decision; a purpose without one was not asked."""
        found = (decision for decision in self.decisions if decision.purpose is purpose)
        return next(found, PurposeDecision(purpose, Decision.NOT_ASKED))


def status(consent: Consent, today: date) -> ConsentStatus:
    """Return what this version amounts to today. Whether a later version replaced it is not known here."""
    withdrawn = any(decision.decision is Decision.WITHDRAWN for decision in consent.decisions)
    if consent.minor and not consent.guardian_ok:
        return ConsentStatus.INVALID_NO_GUARDIAN
    if consent.capacity.free_of_pressure is Answer.NO:
        return ConsentStatus.INVALID_COERCED
    if withdrawn and not consent.granted:
        return ConsentStatus.WITHDRAWN
    if not consent.granted:
        return ConsentStatus.DRAFT
    if not _is_informed(consent):
        return ConsentStatus.INVALID_NOT_INFORMED
    if consent.paused:
        return ConsentStatus.PAUSED_RIGHTS_ASSERTED
    if today >= consent.review_due:
        return ConsentStatus.EXPIRED
    return ConsentStatus.PARTLY_WITHDRAWN if withdrawn else ConsentStatus.ACTIVE


def _is_informed(consent: Consent) -> bool:
    able = consent.capacity.sober is not Answer.NO and consent.capacity.understands is not Answer.NO
    return able and consent.explained >= INFORMED


def withdraw(consent: Consent, purposes: frozenset[Purpose]) -> Consent:
    """Return the next version with these purposes withdrawn, and every granted one that rested on them."""
    fallen = purposes.union(*(dependants(purpose) for purpose in purposes))
    decisions = tuple(
        PurposeDecision(decision.purpose, Decision.WITHDRAWN)
        if decision.purpose in fallen and decision.is_yes
        else decision
        for decision in consent.decisions
    )
    return replace(consent, version=consent.version + 1, decisions=decisions)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was allowed, in the order of the purposes, for one plain sentence."""

    allowed: tuple[Purpose, ...]
    with_conditions: tuple[tuple[Purpose, tuple[str, ...]], ...]
    withdrawn: tuple[Purpose, ...]
    refused: tuple[Purpose, ...]


def summary(consent: Consent) -> Summary:
    """Every purpose that is in none of the four groups was not asked, deferred or has expired: no."""

    def with_decision(wanted: Decision) -> tuple[Purpose, ...]:
        return tuple(sorted(d.purpose for d in consent.decisions if d.decision is wanted))

    conditional = (consent.decision_on(p) for p in with_decision(Decision.GRANTED_WITH_CONDITIONS))
    return Summary(
        allowed=with_decision(Decision.GRANTED),
        with_conditions=tuple((d.purpose, tuple(c.code for c in d.conditions)) for d in conditional),
        withdrawn=with_decision(Decision.WITHDRAWN),
        refused=with_decision(Decision.REFUSED),
    )
