"""The words of keeping and letting go: why something is erased, held, demanded, or has leaked. Knows no testimony."""

from enum import StrEnum


class Cause(StrEnum):
    """Why a testimony is erased: a class of retention.csv, or what else may end its keeping."""

    WITNESS_WISH = "witness_wish"
    INVALID_CONSENT = "RC01"
    CASE_LONG_OVER = "RC03"
    NO_ARCHIVE_CONSENT = "RC04"
    PROCEEDINGS_OVER = "RC05"
    WITHDRAWN = "RC07"


class ErasureState(StrEnum):
    """How an erasure stands. Approved: nobody reads the testimony any more; it is gone once carried out."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    APPROVED = "approved"
    CARRIED_OUT = "carried_out"


class Trouble(StrEnum):
    """Why an approved erasure was not carried out when it was tried."""

    HELD = "held"
    NOT_SIGNED = "not_signed"
    SAME_PERSON = "same_person"
    LIST_CHANGED = "list_changed"
    NOT_FORGOTTEN = "not_forgotten"


class HoldScope(StrEnum):
    """What a hold covers: one testimony, all of a case (later ones too), or those of one witness."""

    TESTIMONY = "testimony"
    CASE = "case"
    WITNESS = "witness"


class HoldCause(StrEnum):
    """Source: vocabulary/hold.csv."""

    COURT_ORDER = "LH01"
    CLAIM_EXPECTED = "LH02"
    MISCONDUCT = "LH03"
    INCIDENT = "LH04"
    WITNESS = "LH05"


OF_PROCEEDINGS = frozenset({HoldCause.COURT_ORDER, HoldCause.CLAIM_EXPECTED})
"""Holds whose end is the end of legal proceedings (RC05)."""


class DemandKind(StrEnum):
    """How a legal demand came."""

    SUBPOENA = "subpoena"
    COURT_ORDER = "court_order"
    SEARCH_WARRANT = "search_warrant"
    REQUEST = "request"


class DemandState(StrEnum):
    """How a demand stands: with nobody yet, with counsel, answered."""

    RECEIVED = "received"
    WITH_COUNSEL = "with_counsel"
    ANSWERED = "answered"


class IncidentKind(StrEnum):
    """Source: vocabulary/incident_sec.csv."""

    DEVICE_LOST = "SI01"
    UNDER_PRESSURE = "SI02"
    WRONG_RECIPIENT = "SI03"
    ACCOUNT_TAKEN_OVER = "SI04"
    WITNESS_THREATENED = "SI05"
    STAFF_LEAK = "SI06"
    INTEGRITY_FAILURE = "SI07"
    LEGAL_DEMAND = "SI08"
    RE_IDENTIFIED = "SI09"
