"""The gate before originals: may this account read what was said word for word, for this purpose, now?

The same rules as before released text, made of them here: whatever is added to `gate.RULES` holds for
originals too. They differ in five points. Only a grant that names originals counts. There is no release, so
nothing was checked or hidden in it: the rules on a release fall away, the state need only be one in which the
account lies open to review, and a condition to hide details is not met. And where the witness asked that something be
told to nobody, no original opens. Like those rules each stands in
Python and in SQL, proven to agree.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.purposes import Purpose, audience_of
from testimony.domain.testimony import State
from testimony.policy.conditions import ORIGINAL_CONDITIONS_SQL, original_conditions_hold
from testimony.policy.facts import CONSENT_JOINS, NAMED_READER_SQL, OVER_TIME_SQL, Asked, Facts, Use
from testimony.policy.gate import RULES, Predicate, Rule, parameters_of

LYING_OPEN = (
    State.RECEIVED,
    State.TRANSCRIBED,
    State.TRANSLATED,
    State.CODED,
    State.REDACTION_DRAFT,
    State.REDACTION_REVIEWED,
    State.RELEASABLE,
    State.RELEASED,
)
"""From the opening of the inbox to the release; sealed, restricted, quarantined and disposed are not among them."""

_ABOUT_A_RELEASE = frozenset({"release", "residual"})

SILENCE_SQL = (
    "EXISTS (SELECT 1 FROM case_notes q WHERE q.code = r.code AND q.kind = 'silence' AND q.done_on IS NULL)"
)
"""Whether the witness asked that something in the testimony `r` be told to nobody: an original hides nothing."""

_STATES_SQL = "(" + ", ".join(f"'{state}'" for state in LYING_OPEN) + ")"

_INSTEAD: Mapping[str, Rule] = {
    "state": Rule(
        "state",
        lambda facts: DenyReason.NOT_APPROVED,
        lambda asked, facts: facts.state in LYING_OPEN,
        lambda asked: f"r.state IN {_STATES_SQL}",
    ),
    "conditions": Rule(
        "conditions",
        lambda facts: DenyReason.CONDITION_NOT_MET,
        original_conditions_hold,
        lambda asked: ORIGINAL_CONDITIONS_SQL,
    ),
}

_SILENCE = Rule(
    "silence",
    lambda facts: DenyReason.CONDITION_NOT_MET,
    lambda asked, facts: not facts.asks_silence,
    lambda asked: f"NOT {SILENCE_SQL}",
)

ORIGINAL_RULES: tuple[Rule, ...] = (
    *(_INSTEAD.get(rule.name, rule) for rule in RULES if rule.name not in _ABOUT_A_RELEASE),
    _SILENCE,
)

ORIGINAL_JOINS = f"JOIN register r ON r.code = o.code {CONSENT_JOINS}"
"""From the document `o` of `vault.original_documents` to register, current consent and its decision."""

ORIGINAL_FACTS_QUERY = (
    "SELECT r.code, r.case_id, r.state, r.tag_s, r.tag_c, r.tag_p, r.tag_r4, r.minor, "  # noqa: S608  # constants only
    "r.guardian_ok, r.quarantined, "
    "c.status, c.basis, c.review_due, d.decision, d.conditions, d.not_before, d.valid_until, "
    f"{NAMED_READER_SQL} AS is_named_reader, {OVER_TIME_SQL}, {SILENCE_SQL} AS asks_silence, "
    "NULL AS release_rank, 0 AS hides_named_details, 0 AS residual_checked "
    f"FROM register r {CONSENT_JOINS} WHERE r.code = :gate_code"
)
"""The facts of one testimony without any of a release. Parameters: `facts.facts_parameters`."""


def asked_for_original(use: Use, purpose: Purpose, now: datetime) -> Asked:
    """The question to the rules: with those grants alone that name originals. Raises ValueError as `Asked`.

    The walls stay those of all grants: a grant to released text beyond a wall closes originals as well.
    """
    grants = tuple(grant for grant in use.grants if grant.originals)
    return Asked(replace(use, grants=grants), purpose, audience_of(purpose), now)


def permit_original(use: Use, purpose: Purpose, facts: Facts, now: datetime) -> None:
    """Return if every rule holds. Raises Refused with the reasons of all that do not."""
    asked = asked_for_original(use, purpose, now)
    if reasons := tuple(rule.reason(facts) for rule in ORIGINAL_RULES if not rule.holds(asked, facts)):
        raise Refused(reasons, purpose=purpose)


def original_predicate(use: Use, purpose: Purpose, now: datetime) -> Predicate:
    """Return the same rules as a condition for a statement over `o` and `ORIGINAL_JOINS`."""
    asked = asked_for_original(use, purpose, now)
    sql = " AND ".join(rule.sql(asked) for rule in ORIGINAL_RULES)
    parameters = parameters_of(asked, sql)
    del parameters["gate_rank"]  # Of an audience there is no word in these rules.
    return Predicate(f"({sql})", MappingProxyType(parameters))
