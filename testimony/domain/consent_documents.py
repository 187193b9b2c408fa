"""Consent as a JSON-able document and back. Strict: an unknown field or code is refused."""

from testimony.domain.accounts import AccountId
from testimony.domain.consent import (
    Answer,
    Assent,
    Capacity,
    Condition,
    Consent,
    Decision,
    GuardianDecision,
    PurposeDecision,
    Receipt,
)
from testimony.domain.documents import MAX_NOTE, Fields, as_document
from testimony.domain.purposes import Purpose


def consent_to_document(consent: Consent) -> dict[str, object]:
    return as_document(consent)


def consent_from_document(document: object) -> Consent:
    """Raises Invalid with every problem and its path."""
    return read_consent(Fields(document))


def read_consent(fields: Fields) -> Consent:
    """Read a consent out of a larger document. Raises Invalid."""
    values = {
        "version": fields.integer("version", 1),
        "decisions": fields.many("decisions", _read_decision),
        "evidence": fields.code("evidence", "consent_evidence"),
        "basis": fields.code("basis", "lawful_basis"),
        "given_on": fields.day("given_on"),
        "language": fields.language("language"),
        "explained_by": AccountId(fields.text("explained_by")),
        "explained": frozenset(fields.codes("explained", "explained")),
        "capacity": fields.one("capacity", _read_capacity),
        "minor": fields.flag("minor"),
        "guardian_decision": fields.choice("guardian_decision", GuardianDecision),
        "assent": fields.choice("assent", Assent),
        "review_due": fields.day("review_due"),
        "receipt": fields.choice("receipt", Receipt),
        "through_interpreter": fields.text_or_none("through_interpreter"),
        "contact_channel": fields.note("contact_channel"),
        "contact_hours": fields.note("contact_hours"),
        "paused": fields.flag("paused"),
    }
    fields.require()
    return Consent(**values)  # type: ignore[arg-type]  # each was read by the reader of its type


def _read_decision(fields: Fields) -> PurposeDecision:
    purpose, decision = fields.choice("purpose", Purpose), fields.choice("decision", Decision)
    conditions = fields.many("conditions", _read_condition)
    not_before, valid_until = fields.day_or_none("not_before"), fields.day_or_none("valid_until")
    readers = frozenset(map(AccountId, fields.texts("readers")))
    fields.require()
    return PurposeDecision(purpose, decision, conditions, not_before, valid_until, readers)


def _read_condition(fields: Fields) -> Condition:
    code, parameter = fields.text("code"), fields.note("parameter", MAX_NOTE)
    fields.require()
    return Condition(code, parameter)


def _read_capacity(fields: Fields) -> Capacity:
    free = fields.choice("free_of_pressure", Answer)
    sober, understands = fields.choice("sober", Answer), fields.choice("understands", Answer)
    fields.require()
    return Capacity(free, sober, understands)
