"""The words of the log: what was done, how it ended, why it was refused. Knows no entry and no chain."""

from enum import StrEnum


class Action(StrEnum):
    """What a person did. Source: vocabulary/audit_action.csv."""

    SIGN_IN = "AA01"
    SIGN_IN_FAILED = "AA02"
    SEARCH_RELEASED = "AA03"
    SEARCH_ORIGINAL = "AA04"
    LIST_SHOWN = "AA05"
    ITEM_SHOWN = "AA06"
    IDENTITY_SHOWN = "AA07"
    WRITTEN = "AA08"
    CONSENT_CHANGED = "AA09"
    REDACTION_DECIDED = "AA10"
    REDACTION_LIFTED = "AA11"
    EXPORT_PREPARED = "AA12"
    EXPORT_APPROVED = "AA13"
    EXPORT_SENT = "AA14"
    RECALL_SENT = "AA15"
    GRANT_CHANGED = "AA16"
    EMERGENCY_ACCESS = "AA17"
    DENIED = "AA18"
    DISPOSED = "AA19"
    LOG_CHECKED = "AA20"
    DEVICE_ENROLLED = "AA21"
    DEVICE_WIPED = "AA22"
    DURESS_SIGNAL = "AA23"
    KEY_OPERATION = "AA24"


class Outcome(StrEnum):
    """How an act ended."""

    ALLOWED = "allowed"
    DENIED = "denied"


class DenyReason(StrEnum):
    """Why an act was refused. Source: vocabulary/deny_reason.csv.

    A missing role is NO_GRANT: the account holds no grant for the compartment that the act needs.
    """

    NO_GRANT = "DR01"
    PURPOSE_NOT_GRANTED = "DR02"
    CONSENT_MISSING = "DR03"
    CONSENT_REFUSED = "DR04"
    CONSENT_PAST_REVIEW = "DR05"
    CONDITION_NOT_MET = "DR06"
    MINOR_WITHOUT_GUARDIAN = "DR07"
    NOT_APPROVED = "DR08"
    QUASI_IDENTIFIERS = "DR09"
    QUARANTINED = "DR10"
    LEGAL_HOLD = "DR11"
    SAME_PERSON = "DR12"
    FIREWALL = "DR13"
    RECIPIENT_CONDITION = "DR14"
    SMALL_CELL = "DR15"
    INTEGRITY_FAILED = "DR16"
    NO_LAWFUL_BASIS = "DR17"
