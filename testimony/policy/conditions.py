"""The conditions a witness may set, as far as they bind the reading of text, released or original.

Conditions on voice, image and contact hold for text: they bind other acts. An unknown condition does not
hold. Conditions on a recipient hold for use inside the organisation, where there is none, and fail elsewhere
until recipients are checked; `policy/disclosing.py` checks them when something is handed over. An event or a death
counts once two custodians recorded it. What the archive does not know (the reader's sex or community) fails, and so
does "ask me again each time": nobody is asked before each reading. An original hides nothing, so a condition to hide
details fails for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from testimony.domain.consent import HIDE_DETAILS
from testimony.domain.purposes import INSIDE_PURPOSES
from testimony.policy.facts import DEATH_SQL, EVENT_SQL, NAMED_READER_SQL, Asked, Facts


@dataclass(frozen=True, slots=True)
class ConditionRule:
    """When one condition holds, in Python and in SQL."""

    holds: Callable[[Asked, Facts], bool]
    sql: str


def _holds_for_text(asked: Asked, facts: Facts) -> bool:
    return True


def _cannot_be_known(asked: Asked, facts: Facts) -> bool:
    return False


def _is_inside_use(asked: Asked, facts: Facts) -> bool:
    return asked.purpose in INSIDE_PURPOSES


def _has_begun(asked: Asked, facts: Facts) -> bool:
    # A day that was named binds alone; without one, the event.
    begins = facts.event_on if facts.not_before is None else facts.not_before
    return begins is not None and begins <= asked.today


def _has_died(asked: Asked, facts: Facts) -> bool:
    return facts.died_on is not None and facts.died_on <= asked.today


_TEXT = ConditionRule(_holds_for_text, "1")
_UNKNOWN = ConditionRule(_cannot_be_known, "0")
_INSIDE = ConditionRule(_is_inside_use, ":gate_inside = 1")

CONDITION_RULES: Mapping[str, ConditionRule] = {
    "CC01": _INSIDE,
    "CC02": _INSIDE,
    "CC03": _INSIDE,
    "CC04": ConditionRule(lambda asked, facts: facts.hides_named_details, "l.hides_named_details = 1"),
    "CC05": _TEXT,
    "CC06": _TEXT,
    "CC07": ConditionRule(_has_begun, f"coalesce(d.not_before, {EVENT_SQL}) <= :gate_today"),
    "CC08": _INSIDE,
    "CC09": _TEXT,
    "CC10": _UNKNOWN,
    "CC11": ConditionRule(lambda asked, facts: facts.is_named_reader, NAMED_READER_SQL),
    "CC12": _UNKNOWN,
    "CC13": ConditionRule(lambda asked, facts: facts.guardian_ok, "r.guardian_ok = 1"),
    "CC14": _TEXT,
    "CC15": ConditionRule(_has_died, f"{DEATH_SQL} <= :gate_today"),
    "CC16": _UNKNOWN,
}


ORIGINAL_CONDITION_RULES: Mapping[str, ConditionRule] = {**CONDITION_RULES, HIDE_DETAILS: _UNKNOWN}
"""The same for an original: whoever asked to hide details did not ask to show them to fewer people."""


def conditions_hold(asked: Asked, facts: Facts) -> bool:
    """Say whether every condition of the decision is known and holds for a release."""
    return _hold(CONDITION_RULES, asked, facts)


def original_conditions_hold(asked: Asked, facts: Facts) -> bool:
    """Say the same for an original."""
    return _hold(ORIGINAL_CONDITION_RULES, asked, facts)


def _hold(rules: Mapping[str, ConditionRule], asked: Asked, facts: Facts) -> bool:
    return all(code in rules and rules[code].holds(asked, facts) for code in facts.conditions)


def _only_known_sql() -> str:
    """Every known code becomes `+`; what is left must be the first comma alone.

    A mark instead of nothing: otherwise the removal of one code could join its neighbours into another.
    """
    left = "d.conditions"
    for code in CONDITION_RULES:
        left = f"replace({left}, '{code},', '+')"
    return f"(instr(d.conditions, '+') = 0 AND rtrim({left}, '+') = ',')"


def _sql(rules: Mapping[str, ConditionRule]) -> str:
    each = " AND ".join(
        f"(instr(d.conditions, ',{code},') = 0 OR {rule.sql})"
        for code, rule in rules.items()
        if rule is not _TEXT
    )
    # A lone comma is no condition: asked first, since it is what most decisions hold.
    return f"(d.decision IS NULL OR d.conditions = ',' OR ({_only_known_sql()} AND {each}))"


CONDITIONS_SQL = _sql(CONDITION_RULES)
"""`conditions_hold` over the aliases c, d, l and r. Without a decision there is no condition; another rule refuses."""

ORIGINAL_CONDITIONS_SQL = _sql(ORIGINAL_CONDITION_RULES)
"""`original_conditions_hold` over the aliases c, d and r."""
