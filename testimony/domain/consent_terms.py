"""The terms of a consent as the ledger keeps them: codes and dates, no words. How they change, and whether more is
allowed afterwards than before.

Less holds at once on one person's record. More needs a second person: a "yes" that nobody else saw opens nothing.
"""

from dataclasses import dataclass, replace
from datetime import date

from testimony.domain.consent import NO_EVIDENCE, NOT_BEFORE, YES, ConsentStatus, Decision
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import Purpose, dependants, depends_on
from testimony.domain.vocabulary import load

RECOGNISED_BY = ("safe_words", "known_in_person", "through_lawyer", "guardian_present")
"""How the witness was recognised. Never a document, and never what the safe words are."""

CHANNELS = ("in_person", "by_telephone", "in_writing", "through_lawyer", "through_organisation")
"""How a witness reached somebody of the archive."""

_FROZEN = frozenset(
    {
        ConsentStatus.INVALID_COERCED,
        ConsentStatus.INVALID_NOT_INFORMED,
        ConsentStatus.PAUSED_RIGHTS_ASSERTED,
    }
)
"""A new decision alone does not heal these: it must be explained anew."""

_OPENING = frozenset({ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Decided:
    """What was said of one purpose. conditions: codes, sorted. readers: account ids, sorted."""

    purpose: Purpose
    decision: Decision
    conditions: tuple[str, ...] = ()
    not_before: date | None = None
    valid_until: date | None = None
    readers: tuple[str, ...] = ()

    @property
    def is_yes(self) -> bool:
        return self.decision in YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version. review_due: first day past review. reconfirm_on: the day a child comes of age, from which only
    their own new decision opens anything.
    """

    version: int
    status: ConsentStatus
    given_on: date | None
    language: str | None
    evidence: str
    basis: str | None
    review_due: date | None
    reconfirm_on: date | None
    minor: bool
    guardian_ok: bool
    decisions: tuple[Decided, ...]

    @property
    def granted(self) -> frozenset[Purpose]:
        return frozenset(one.purpose for one in self.decisions if one.is_yes)

    def decision_on(self, purpose: Purpose) -> Decided:
        found = (one for one in self.decisions if one.purpose is purpose)
        return next(found, Decided(purpose, Decision.NOT_ASKED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a witness decided later. decisions: only those that changed.

    explained: everything was explained anew, and they were free and able to decide. own_decision: somebody who was a
    child decides alone now; what they do not answer ends. guardian_ok: guardian and child both agreed; None leaves it.
    basis: code of lawful_basis.csv; None leaves it.
    """

    decisions: tuple[Decided, ...]
    given_on: date
    language: str
    evidence: str
    review_due: date | None = None
    reconfirm_on: date | None = None
    basis: str | None = None
    explained: bool = False
    own_decision: bool = False
    guardian_ok: bool | None = None


def changed(before: Terms, change: Change, today: date) -> Terms:
    """The next version; what rests on a purpose that is refused now goes with it. Raises Invalid with fields of the
    change.
    """
    kept = {one.purpose: one for one in before.decisions}
    if change.own_decision:
        kept = {purpose: _expired(one) for purpose, one in kept.items()}
    refused = frozenset(one.purpose for one in change.decisions if not one.is_yes)
    fallen = frozenset[Purpose]().union(*(dependants(purpose) for purpose in refused))
    kept = {
        purpose: Decided(purpose, Decision.WITHDRAWN) if one.is_yes and purpose in fallen else one
        for purpose, one in kept.items()
    }
    decisions = kept | {one.purpose: one for one in change.decisions}
    after = replace(
        before,
        version=before.version + 1,
        given_on=change.given_on,
        language=change.language,
        evidence=change.evidence,
        basis=change.basis or before.basis,
        review_due=change.review_due or before.review_due,
        reconfirm_on=None if change.own_decision else change.reconfirm_on or before.reconfirm_on,
        minor=before.minor and not change.own_decision,
        guardian_ok=before.guardian_ok if change.guardian_ok is None else change.guardian_ok,
        decisions=tuple(sorted(decisions.values(), key=lambda one: one.purpose)),
    )
    after = replace(after, status=_status(before, after, explained=change.explained))
    _require(before, change, after, today)
    return after


def withdrawn(before: Terms, purposes: frozenset[Purpose], today: date) -> Terms:
    """The next version without these purposes and every granted one that rests on them."""
    fallen = purposes.union(*(dependants(purpose) for purpose in purposes))
    decisions = tuple(
        Decided(one.purpose, Decision.WITHDRAWN) if one.purpose in fallen and one.is_yes else one
        for one in before.decisions
    )
    after = replace(before, version=before.version + 1, given_on=today, decisions=decisions)
    if not after.granted:
        return replace(after, status=ConsentStatus.WITHDRAWN)
    if before.status in _OPENING:
        return replace(after, status=ConsentStatus.PARTLY_WITHDRAWN)
    return after


def allows_more(before: Terms, after: Terms) -> bool:
    """Whether anything is open after that was not before: a purpose, a day, a reader, a condition that went."""
    wider = (
        after.status in _OPENING and before.status not in _OPENING,
        not after.minor and before.minor,
        after.guardian_ok and not before.guardian_ok,
        _is_later(before.review_due, after.review_due),
        before.reconfirm_on is not None and _is_later(before.reconfirm_on, after.reconfirm_on),
        before.reconfirm_on is not None and after.reconfirm_on is None,
        after.basis != before.basis,
        *(_decides_more(before.decision_on(one.purpose), one) for one in after.decisions),
    )
    return any(wider)


def _decides_more(before: Decided, after: Decided) -> bool:
    if not after.is_yes:
        return False
    if not before.is_yes or set(before.conditions) - set(after.conditions):
        return True
    until = before.valid_until is not None and (
        after.valid_until is None or after.valid_until > before.valid_until
    )
    sooner = before.not_before is not None and (
        after.not_before is None or after.not_before < before.not_before
    )
    # From "after the event" to a day: nobody can say which of them comes first.
    to_a_day = NOT_BEFORE in before.conditions and before.not_before is None and after.not_before is not None
    return until or sooner or to_a_day or bool(set(after.readers) - set(before.readers))


def _is_later(before: date | None, after: date | None) -> bool:
    return after is not None and (before is None or after > before)


def _expired(one: Decided) -> Decided:
    return Decided(one.purpose, Decision.EXPIRED) if one.is_yes else one


def _status(before: Terms, after: Terms, *, explained: bool) -> ConsentStatus:
    gone = any(one.decision is Decision.WITHDRAWN for one in after.decisions)
    if not after.granted:
        return ConsentStatus.WITHDRAWN if gone or before.granted else ConsentStatus.DRAFT
    if after.minor and not after.guardian_ok:
        return ConsentStatus.INVALID_NO_GUARDIAN
    if before.status in _FROZEN and not explained:
        return before.status
    return ConsentStatus.PARTLY_WITHDRAWN if gone else ConsentStatus.ACTIVE


def _require(before: Terms, change: Change, after: Terms, today: date) -> None:
    purposes = [one.purpose for one in change.decisions]
    more = allows_more(before, after)
    said_yes = sorted(one.purpose for one in change.decisions if one.is_yes)
    rules = [
        (len(set(purposes)) == len(purposes), "decisions", "twice"),
        (change.given_on <= today, "given_on", "out_of_range"),
        (before.given_on is None or change.given_on >= before.given_on, "given_on", "before_the_last"),
        (change.evidence in load("consent_evidence"), "evidence", "unknown_code"),
        (change.basis is None or change.basis in load("lawful_basis"), "basis", "unknown_code"),
        (change.language in load("language"), "language", "unknown_code"),
        (change.review_due is None or change.review_due > today, "review_due", "out_of_range"),
        (change.reconfirm_on is None or after.minor, "reconfirm_on", "not_for_decision"),
        (not more or change.evidence != NO_EVIDENCE, "evidence", "required"),
        (not more or change.explained, "explained", "required"),
        (not change.own_decision or before.minor, "own_decision", "not_for_decision"),
        (change.guardian_ok is None or after.minor, "guardian_ok", "not_for_decision"),
        *((depends_on(p) <= after.granted, f"decisions.{p}", "depends_on") for p in said_yes),
    ]
    for one in change.decisions:
        named = bool(one.conditions) == (one.decision is Decision.GRANTED_WITH_CONDITIONS)
        rules.append((named, f"decisions.{one.purpose}", "conditions"))
        known = all(code in load("consent_condition") for code in one.conditions)
        rules.append((known, f"decisions.{one.purpose}", "unknown_code"))
    if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
        raise Invalid(problems)
