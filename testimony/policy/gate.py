"""The gate: may this account read this testimony for this purpose, now? Unknown is no.

Each rule stands once in Python, over `Facts`, and once in SQL, over the aliases of `FROM_CLAUSE`: `l`
release, `r` register, `c` current consent, `d` its decision on the purpose. A property test proves on random
archives that both say the same. `permit` judges one testimony; `predicate` filters a list, a search or a
count inside the statement that makes it. docs/gate.md tells the rules.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from testimony.domain.audit import DenyReason
from testimony.domain.consent import YES, ConsentStatus, Decision
from testimony.domain.errors import Refused
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import INSIDE_PURPOSES, Audience, Purpose
from testimony.domain.testimony import State
from testimony.domain.vocabulary import load
from testimony.policy.conditions import CONDITIONS_SQL, conditions_hold
from testimony.policy.facts import BEST_RELEASE_SQL, NEWEST_SQL, Asked, Facts, Use

_IN_FORCE = (ConsentStatus.ACTIVE, ConsentStatus.PARTLY_WITHDRAWN)
_SAID_NO = (Decision.REFUSED, Decision.WITHDRAWN, Decision.EXPIRED)
_STATUS_REASONS: Mapping[str, DenyReason] = {
    ConsentStatus.WITHDRAWN: DenyReason.CONSENT_REFUSED,
    ConsentStatus.EXPIRED: DenyReason.CONSENT_PAST_REVIEW,
    ConsentStatus.INVALID_NO_GUARDIAN: DenyReason.MINOR_WITHOUT_GUARDIAN,
}
_TAG_COLUMNS = {
    ClosedPart.SEXUAL_VIOLENCE: "r.tag_s",
    ClosedPart.CHILDREN: "r.tag_c",
    ClosedPart.INSIDERS: "r.tag_p",
    ClosedPart.EXTREME_RISK: "r.tag_r4",
}


@dataclass(frozen=True, slots=True)
class Predicate:
    """An SQL condition over `FROM_CLAUSE` with its named parameters, all beginning with `gate_`."""

    sql: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `holds` and `sql` say the same; `reason` names the refusal when it does not hold."""

    name: str
    reason: Callable[[Facts], DenyReason]
    holds: Callable[[Asked, Facts], bool]
    sql: Callable[[Asked], str]


def _reason(reason: DenyReason) -> Callable[[Facts], DenyReason]:
    return lambda facts: reason


def _status_reason(facts: Facts) -> DenyReason:
    return _STATUS_REASONS.get(facts.status or "", DenyReason.CONSENT_MISSING)


def _decision_reason(facts: Facts) -> DenyReason:
    return DenyReason.CONSENT_REFUSED if facts.decision in _SAID_NO else DenyReason.CONSENT_MISSING


def _text(sql: str) -> Callable[[Asked], str]:
    return lambda asked: sql


def _quoted(words: Iterable[str]) -> str:
    """Constants of the program as an SQL list; never input."""
    return "(" + ", ".join(f"'{word}'" for word in sorted(words)) + ")"


def _case_is_granted(asked: Asked, facts: Facts) -> bool:
    return any(grant.covers_parts(facts.case_id, facts.closed_parts) for grant in asked.valid_grants)


def _purpose_is_granted(asked: Asked, facts: Facts) -> bool:
    return any(
        grant.covers(facts.case_id, asked.purpose, facts.closed_parts, asked.now)
        for grant in asked.use.grants
    )


def _case_sql(asked: Asked) -> str:
    return _grants_sql(asked, (True for _ in asked.use.grants))


def _purpose_sql(asked: Asked) -> str:
    return _grants_sql(asked, (asked.purpose in grant.purposes for grant in asked.use.grants))


def _wall_sql(asked: Asked) -> str:
    """The case is none of those behind a wall; without a wall the constant 1."""
    names = (f"r.case_id <> :gate_wall_{number}" for number, _ in enumerate(sorted(asked.use.walled)))
    return "(" + " AND ".join(names) + ")" if asked.use.walled else "1"


def _apart_sql(asked: Asked) -> str:
    """The testimony is none of those that walls between testimonies close; without any the constant 1."""
    names = ", ".join(f":gate_apart_{number}" for number, _ in enumerate(sorted(asked.use.apart)))
    return f"r.code NOT IN ({names})" if names else "1"


def _grants_sql(asked: Asked, wanted: Iterable[bool]) -> str:
    """Any of the wanted grants that hold now; no grant is the constant 0."""
    covers = [
        _grant_sql(number, grant)
        for number, (grant, is_wanted) in enumerate(zip(asked.use.grants, wanted, strict=True))
        if is_wanted and grant.is_valid_at(asked.now)
    ]
    return "(" + " OR ".join(covers or ["0"]) + ")"


def _grant_sql(number: int, grant: Grant) -> str:
    closed = (column for part, column in _TAG_COLUMNS.items() if part not in grant.closed_parts)
    return (
        "("
        + " AND ".join((f"r.case_id = :gate_case_{number}", *(f"{column} = 0" for column in closed)))
        + ")"
    )


RULES: tuple[Rule, ...] = (
    Rule("case", _reason(DenyReason.NO_GRANT), _case_is_granted, _case_sql),
    Rule("purpose", _reason(DenyReason.PURPOSE_NOT_GRANTED), _purpose_is_granted, _purpose_sql),
    Rule(
        "firewall",
        _reason(DenyReason.FIREWALL),
        lambda asked, facts: facts.case_id not in asked.use.walled,
        _wall_sql,
    ),
    Rule(
        "testimony wall",
        _reason(DenyReason.FIREWALL),
        lambda asked, facts: facts.code not in asked.use.apart,
        _apart_sql,
    ),
    Rule(
        "state",
        _reason(DenyReason.NOT_APPROVED),
        lambda asked, facts: facts.state == State.RELEASED,
        _text(f"r.state = '{State.RELEASED}'"),
    ),
    Rule(
        "quarantine",
        _reason(DenyReason.QUARANTINED),
        lambda asked, facts: not facts.quarantined and facts.state != State.QUARANTINED,
        _text(f"(r.quarantined = 0 AND r.state <> '{State.QUARANTINED}')"),
    ),
    Rule(
        "release",
        _reason(DenyReason.NOT_APPROVED),
        lambda asked, facts: facts.release_rank is not None and facts.release_rank <= asked.audience.rank,
        _text(f"({BEST_RELEASE_SQL})"),
    ),
    Rule(
        "residual",
        _reason(DenyReason.QUASI_IDENTIFIERS),
        lambda asked, facts: facts.residual_checked,
        _text("l.residual_checked = 1"),
    ),
    Rule(
        "status",
        _status_reason,
        lambda asked, facts: facts.status in _IN_FORCE,
        _text(f"c.status IN {_quoted(_IN_FORCE)}"),
    ),
    Rule(
        "review",
        _reason(DenyReason.CONSENT_PAST_REVIEW),
        lambda asked, facts: facts.review_due is not None and asked.today < facts.review_due,
        _text("c.review_due > :gate_today"),
    ),
    Rule(
        "basis",
        _reason(DenyReason.NO_LAWFUL_BASIS),
        lambda asked, facts: facts.basis in load("lawful_basis"),
        lambda asked: f"c.basis IN {_quoted(load('lawful_basis').codes)}",
    ),
    Rule(
        "decision",
        _decision_reason,
        lambda asked, facts: facts.decision in YES,
        _text(f"d.decision IN {_quoted(YES)}"),
    ),
    Rule(
        "begun",
        _reason(DenyReason.CONDITION_NOT_MET),
        lambda asked, facts: facts.not_before is None or facts.not_before <= asked.today,
        _text("(d.not_before IS NULL OR d.not_before <= :gate_today)"),
    ),
    Rule(
        "ended",
        _reason(DenyReason.CONSENT_PAST_REVIEW),
        lambda asked, facts: facts.valid_until is None or asked.today < facts.valid_until,
        _text("(d.valid_until IS NULL OR d.valid_until > :gate_today)"),
    ),
    Rule(
        "named conditions",
        _reason(DenyReason.CONDITION_NOT_MET),
        # "With conditions" and none written down is a lost condition, not a free hand.
        lambda asked, facts: facts.decision != Decision.GRANTED_WITH_CONDITIONS or bool(facts.conditions),
        _text(f"(d.decision IS NOT '{Decision.GRANTED_WITH_CONDITIONS}' OR d.conditions IS NOT ',')"),
    ),
    Rule("conditions", _reason(DenyReason.CONDITION_NOT_MET), conditions_hold, _text(CONDITIONS_SQL)),
    Rule(
        "minor",
        _reason(DenyReason.MINOR_WITHOUT_GUARDIAN),
        lambda asked, facts: not facts.minor or facts.guardian_ok,
        _text("(r.minor = 0 OR r.guardian_ok = 1)"),
    ),
    Rule(
        "majority",
        _reason(DenyReason.CONSENT_PAST_REVIEW),
        lambda asked, facts: facts.reconfirm_on is None or asked.today < facts.reconfirm_on,
        _text("(c.reconfirm_on IS NULL OR c.reconfirm_on > :gate_today)"),
    ),
    # An older version that was made the current one again would take back what the witness said since.
    Rule(
        "newest",
        _reason(DenyReason.INTEGRITY_FAILED),
        lambda asked, facts: facts.is_newest,
        _text(NEWEST_SQL),
    ),
)


def permit(use: Use, purpose: Purpose, audience: Audience, facts: Facts, now: datetime) -> None:
    """Return if every rule holds.

    Raises Refused with the reasons of all that do not; ValueError as `Asked` does.
    """
    asked = Asked(use, purpose, audience, now)
    if reasons := tuple(rule.reason(facts) for rule in RULES if not rule.holds(asked, facts)):
        raise Refused(reasons, purpose=purpose)


def predicate(use: Use, purpose: Purpose, audience: Audience, now: datetime) -> Predicate:
    """Return the same rules as a condition for a statement over `FROM_CLAUSE`; ValueError as `Asked` does.

    A statement without any of the joins may not use it. Rows for which it is NULL are not selected: unknown
    is no.
    """
    asked = Asked(use, purpose, audience, now)
    sql = " AND ".join(rule.sql(asked) for rule in RULES)
    return Predicate(f"({sql})", MappingProxyType(parameters_of(asked, sql)))


def parameters_of(asked: Asked, sql: str) -> dict[str, object]:
    """What the rules' SQL and the joins bind; of the grants' cases those that it names."""
    cases = {f"gate_case_{number}": grant.case_id for number, grant in enumerate(asked.use.grants)}
    named = {name: case for name, case in cases.items() if f":{name} " in sql or f":{name})" in sql}
    return {
        "gate_account": asked.use.account_id,
        "gate_inside": int(asked.purpose in INSIDE_PURPOSES),
        "gate_purpose": asked.purpose.value,
        "gate_rank": asked.audience.rank,
        "gate_today": asked.today.isoformat(),
        **named,
        **{f"gate_wall_{number}": case_id for number, case_id in enumerate(sorted(asked.use.walled))},
        **{f"gate_apart_{number}": code for number, code in enumerate(sorted(asked.use.apart))},
    }
