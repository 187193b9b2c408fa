"""The log in plain words: acts, things, refusals, and what is wrong with a log that is not whole."""

from collections.abc import Mapping

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.services.verification import FaultKind
from testimony.web import earlier_log_words

OUTCOMES = {
    Outcome.ALLOWED: lazy_gettext("Done"),
    Outcome.DENIED: lazy_gettext("Refused or failed"),
}

ACTIONS: Mapping[Action, LazyString] = {
    Action.SIGN_IN: lazy_gettext("Signed in"),
    Action.SIGN_IN_FAILED: lazy_gettext("Sign-in failed"),
    Action.SEARCH_RELEASED: lazy_gettext("Searched released text"),
    Action.SEARCH_ORIGINAL: lazy_gettext("Searched originals"),
    Action.LIST_SHOWN: lazy_gettext("Saw a list"),
    Action.ITEM_SHOWN: lazy_gettext("Saw"),
    Action.IDENTITY_SHOWN: lazy_gettext("Saw an identity"),
    Action.WRITTEN: lazy_gettext("Wrote"),
    Action.CONSENT_CHANGED: lazy_gettext("Changed consent"),
    Action.REDACTION_DECIDED: lazy_gettext("Decided what to withhold"),
    Action.REDACTION_LIFTED: lazy_gettext("Lifted a redaction"),
    Action.EXPORT_PREPARED: lazy_gettext("Prepared an export"),
    Action.EXPORT_APPROVED: lazy_gettext("Approved an export"),
    Action.EXPORT_SENT: lazy_gettext("Sent an export"),
    Action.RECALL_SENT: lazy_gettext("Sent a recall"),
    Action.GRANT_CHANGED: lazy_gettext("Changed a grant"),
    Action.EMERGENCY_ACCESS: lazy_gettext("Used emergency access"),
    Action.DENIED: lazy_gettext("Was refused"),
    Action.DISPOSED: lazy_gettext("Disposed of"),
    Action.LOG_CHECKED: lazy_gettext("Checked the log"),
    Action.DEVICE_ENROLLED: lazy_gettext("Enrolled a device"),
    Action.DEVICE_WIPED: lazy_gettext("Wiped a device"),
    Action.DURESS_SIGNAL: lazy_gettext("Duress signal"),
    Action.KEY_OPERATION: lazy_gettext("Changed keys"),
}

_PHRASES: Mapping[tuple[Action, str], LazyString] = {
    **earlier_log_words.ACTS,
    (Action.SIGN_IN, "signed-out"): lazy_gettext("Signed out"),
    (Action.GRANT_CHANGED, "given"): lazy_gettext("Gave"),
    (Action.GRANT_CHANGED, "ended"): lazy_gettext("Ended"),
    (Action.LOG_CHECKED, "whole"): lazy_gettext("Checked the log: it is whole"),
    (Action.LOG_CHECKED, "broken"): lazy_gettext("Checked the log: it is broken"),
    (Action.LOG_CHECKED, "checkpoint-taken"): lazy_gettext("Took a checkpoint to keep outside"),
    (Action.LOG_CHECKED, "kept-compared"): lazy_gettext("Compared a kept checkpoint with the log"),
    (Action.LOG_CHECKED, "timestamps-asked"): lazy_gettext("Asked authorities for time-stamps"),
    (Action.LOG_CHECKED, "memory-begun-anew"): lazy_gettext("Began anew to remember the log"),
    (Action.ITEM_SHOWN, "proof"): lazy_gettext("Took a proof of"),
    (Action.ITEM_SHOWN, "log-memory"): lazy_gettext("Looked at what they verified last"),
    (Action.EXPORT_PREPARED, "log"): lazy_gettext("Wrote out the log"),
    (Action.LOG_CHECKED, "locked-events-broken"): lazy_gettext("Found the locked events damaged"),
    (Action.KEY_OPERATION, "founded"): lazy_gettext("The archive was founded with"),
    (Action.KEY_OPERATION, "enrolled"): lazy_gettext("Invited"),
    (Action.KEY_OPERATION, "activated"): lazy_gettext("Activated"),
    (Action.KEY_OPERATION, "suspended"): lazy_gettext("Suspended"),
    (Action.KEY_OPERATION, "password"): lazy_gettext("Changed the password of"),
    (Action.KEY_OPERATION, "code-on"): lazy_gettext("Turned on the code for"),
    (Action.KEY_OPERATION, "code-off"): lazy_gettext("Turned off the code for"),
    (Action.KEY_OPERATION, "ledger"): lazy_gettext("Handed on the key of the ledger to"),
    (Action.KEY_OPERATION, "vault"): lazy_gettext("Handed on the key of the vault to"),
    (Action.KEY_OPERATION, "reading_room"): lazy_gettext("Handed on the key of the reading room to"),
    (Action.KEY_OPERATION, "audit"): lazy_gettext("Handed on the key of the auditors to"),
    (Action.KEY_OPERATION, "vault-taken-back"): lazy_gettext("Took back the key of the vault from"),
    # Part accounts.
    (Action.SIGN_IN, "signed-out-everywhere"): lazy_gettext("Signed out everywhere:"),
    (Action.SIGN_IN, "signed-out-one"): lazy_gettext("Closed one other session of"),
    (Action.KEY_OPERATION, "relocked"): lazy_gettext("Locked anew the keys of"),
    (Action.KEY_OPERATION, "recovery-codes"): lazy_gettext("Made new recovery codes for"),
    (Action.KEY_OPERATION, "recovery-code-used"): lazy_gettext("Used a recovery code of"),
    (Action.KEY_OPERATION, "hold-lift-asked"): lazy_gettext(
        "Asked to let work again, after a duress signal,"
    ),
    (Action.KEY_OPERATION, "hold-lifted"): lazy_gettext("Agreed to let work again, after a duress signal,"),
    (Action.DURESS_SIGNAL, "duress"): lazy_gettext("Duress signal: the emergency password of"),
    (Action.DURESS_SIGNAL, "own-password"): lazy_gettext(
        "Duress signal: while it rested, the own password of"
    ),
    (Action.SEARCH_RELEASED, "saved-search"): lazy_gettext("Looked for later releases by a saved search"),
    (Action.LIST_SHOWN, "question"): lazy_gettext("Asked the"),
    (Action.LIST_SHOWN, "original"): lazy_gettext("Saw an excerpt of the original of"),
    (Action.ITEM_SHOWN, "original"): lazy_gettext("Opened the original of"),
    (Action.LIST_SHOWN, "snippet"): lazy_gettext("Saw an excerpt of"),
    (Action.ITEM_SHOWN, "detail"): lazy_gettext("Opened the sealed words of"),
    (Action.ITEM_SHOWN, "acts"): lazy_gettext("Saw the coded acts of"),
    (Action.LIST_SHOWN, "places"): lazy_gettext("Looked up places to code"),
    (Action.WRITTEN, "act"): lazy_gettext("Coded an act of"),
    (Action.WRITTEN, "act-withdrawn"): lazy_gettext("Withdrew a coded act of"),
    (Action.WRITTEN, "account-types"): lazy_gettext("Coded the type of account of"),
    (Action.WRITTEN, "closed"): lazy_gettext("Put into a closed part"),
    (Action.WRITTEN, "place"): lazy_gettext("Added"),
    (Action.WRITTEN, "spelling"): lazy_gettext("Added a spelling of"),
    (Action.WRITTEN, "recipient"): lazy_gettext("Named a"),
    (Action.WRITTEN, "new-version"): lazy_gettext("Added a later text of"),
    (Action.ITEM_SHOWN, "recipient-release"): lazy_gettext("Opened what is sealed for a recipient of"),
    (Action.ITEM_SHOWN, "recipient-file"): lazy_gettext("Opened a file that goes to a recipient, of"),
    (Action.ITEM_SHOWN, "recipient-package"): lazy_gettext(
        "Took out, to hand it over to its recipient, what was sealed of"
    ),
    (Action.LIST_SHOWN, "recipient-files"): lazy_gettext("Listed the files that go to a recipient, of"),
    (Action.REDACTION_DECIDED, "file-sealed-for-recipient"): lazy_gettext(
        "Sealed a copy of a file for a named recipient, of"
    ),
    (Action.REDACTION_DECIDED, "sealed-for-recipient"): lazy_gettext("Sealed for a named recipient"),
    (Action.REDACTION_DECIDED, "lift-ended"): lazy_gettext("Withheld again what was lifted of"),
    (Action.WRITTEN, "population"): lazy_gettext("Said how many people live in"),
    (Action.WRITTEN, "population-in-case"): lazy_gettext(
        "Said how many people live somewhere, as it counts in"
    ),
    (Action.WRITTEN, "residual-threshold"): lazy_gettext("Set how many people a release must fit in"),
    (Action.ITEM_SHOWN, "residual"): lazy_gettext("Saw what is left, taken together, in"),
    (Action.REDACTION_DECIDED, "residual-overridden"): lazy_gettext(
        "Proposed although it fits too few people:"
    ),
    (Action.REDACTION_DECIDED, "residual-confirmed"): lazy_gettext(
        "Confirmed the reason to release what fits too few people:"
    ),
    (Action.WRITTEN, "opened"): lazy_gettext("Opened"),
    (Action.WRITTEN, "redacted-import-started"): lazy_gettext(
        "Began to bring in what was redacted elsewhere"
    ),
    (Action.WRITTEN, "redacted-import-joined"): lazy_gettext("Joined to approve what was redacted elsewhere"),
    (Action.WRITTEN, "redacted-import-ended"): lazy_gettext("Brought in all that was redacted elsewhere"),
    (Action.WRITTEN, "redacted-elsewhere"): lazy_gettext("Brought in, already redacted,"),
    (Action.DENIED, "redacted-elsewhere"): lazy_gettext("Could not bring in what was redacted elsewhere"),
    (Action.REDACTION_DECIDED, "attested"): lazy_gettext("Attested that what remains was checked"),
    (Action.LIST_SHOWN, "files"): lazy_gettext("Saw the list of files of"),
    (Action.ITEM_SHOWN, "file-copy"): lazy_gettext("Opened a redacted copy of a file of"),
    (Action.REDACTION_DECIDED, "file-copied"): lazy_gettext("Made a redacted copy of a file of"),
    (Action.REDACTION_DECIDED, "file-approved"): lazy_gettext("Approved a redacted copy of a file of"),
    (Action.REDACTION_DECIDED, "file-sent-back"): lazy_gettext("Sent back a redacted copy of a file of"),
    (Action.REDACTION_DECIDED, "file-released"): lazy_gettext("Released a redacted copy of a file of"),
    # Alarms, and the witness's question.
    (Action.LOG_CHECKED, "alarm"): lazy_gettext("The archive raised an alarm"),
    (Action.LOG_CHECKED, "alarm-seen"): lazy_gettext("Looked into an alarm:"),
    (Action.LOG_CHECKED, "alarm-rule"): lazy_gettext("Set a rule of alarms"),
    (Action.LOG_CHECKED, "alarm-off-asked"): lazy_gettext("Asked to switch off a rule of alarms"),
    (Action.LOG_CHECKED, "alarm-off-dropped"): lazy_gettext("Kept a rule of alarms on"),
    (Action.LIST_SHOWN, "alarms"): lazy_gettext("Saw the alarms"),
    (Action.LIST_SHOWN, "alarm-rules"): lazy_gettext("Saw the rules of alarms"),
    (Action.ITEM_SHOWN, "seen-by"): lazy_gettext("Told a witness who has seen"),
    # Identities that two people open.
    (Action.WRITTEN, "identity-asked"): lazy_gettext("Asked for the identity behind"),
    (Action.KEY_OPERATION, "identity-approved"): lazy_gettext("Agreed to open the identity behind"),
    (Action.KEY_OPERATION, "identity-opened"): lazy_gettext("Opened, with others, the identity behind"),
    (Action.WRITTEN, "identity-refused"): lazy_gettext("Said no to opening the identity behind"),
    (Action.WRITTEN, "identity-cancelled"): lazy_gettext("Took back a request for the identity behind"),
    (Action.WRITTEN, "identity-expired"): lazy_gettext(
        "Found a request not answered in time for the identity behind"
    ),
    (Action.WRITTEN, "identity-over"): lazy_gettext("Deleted what was opened of the identity behind"),
    (Action.WRITTEN, "identity-ended"): lazy_gettext("Ended a request for the identity behind"),
    (Action.WRITTEN, "identity-conflict"): lazy_gettext("Noted that somebody is too near to"),
    (Action.WRITTEN, "identity-closed"): lazy_gettext("Closed the identity behind"),
    (Action.WRITTEN, "identity-reopened"): lazy_gettext("Opened to requests again the identity behind"),
    (Action.WRITTEN, "contact-ended"): lazy_gettext("Ended a contact with the witness of"),
    (Action.ITEM_SHOWN, "identity-request"): lazy_gettext("Saw a request for the identity behind"),
    (Action.ITEM_SHOWN, "identity-standing"): lazy_gettext("Saw whether an identity is closed of"),
    (Action.ITEM_SHOWN, "contact-task"): lazy_gettext("Saw a contact to make with the witness of"),
    (Action.WRITTEN, "reindex-started"): lazy_gettext("Began to make the search index anew"),
    (Action.WRITTEN, "index-numbered"): lazy_gettext("Numbered texts for the search index"),
    (Action.WRITTEN, "index-emptied"): lazy_gettext("Emptied a broken search index"),
    (Action.WRITTEN, "index-mended"): lazy_gettext("Mended entries of the search index"),
    (Action.WRITTEN, "index-terms-dropped"): lazy_gettext("Dropped words from the search index"),
    (Action.WRITTEN, "reindexed"): lazy_gettext("Made the search index anew and compared it"),
}

KINDS: Mapping[str, LazyString] = {
    **earlier_log_words.KINDS,
    "testimony": lazy_gettext("testimony"),
    "account": lazy_gettext("account"),
    "key": lazy_gettext("key"),
    "key-order": lazy_gettext("order of new keys"),
    "grant": lazy_gettext("grant"),
    "case": lazy_gettext("case"),
    "draft": lazy_gettext("draft"),
    "event": lazy_gettext("event"),
    "place": lazy_gettext("place"),
    "saved-search": lazy_gettext("saved search"),
    "checkpoint": lazy_gettext("checkpoint"),
    "keys": lazy_gettext("keys"),
    "question": lazy_gettext("ready question"),
    "finding": lazy_gettext("finding"),
    "saved-filter": lazy_gettext("saved choice"),
}

REASONS: Mapping[DenyReason, LazyString] = {
    DenyReason.NO_GRANT: lazy_gettext("No grant or role for this"),
    DenyReason.PURPOSE_NOT_GRANTED: lazy_gettext("The grant is for other purposes"),
    DenyReason.CONSENT_MISSING: lazy_gettext("The witness has not allowed it"),
    DenyReason.CONSENT_REFUSED: lazy_gettext("The witness said no, or took consent back"),
    DenyReason.CONSENT_PAST_REVIEW: lazy_gettext("The consent is past its date"),
    DenyReason.CONDITION_NOT_MET: lazy_gettext("A condition of the witness is not met"),
    DenyReason.MINOR_WITHOUT_GUARDIAN: lazy_gettext("A child without guardian or assent"),
    DenyReason.NOT_APPROVED: lazy_gettext("No approved release for this"),
    DenyReason.QUASI_IDENTIFIERS: lazy_gettext("The person could still be recognised"),
    DenyReason.QUARANTINED: lazy_gettext("Quarantined"),
    DenyReason.LEGAL_HOLD: lazy_gettext("A legal hold forbids it"),
    DenyReason.SAME_PERSON: lazy_gettext("Two different people are needed"),
    DenyReason.FIREWALL: lazy_gettext("A wall stands between"),
    DenyReason.RECIPIENT_CONDITION: lazy_gettext("The recipient does not meet the conditions"),
    DenyReason.SMALL_CELL: lazy_gettext("Too few people to count safely"),
    DenyReason.INTEGRITY_FAILED: lazy_gettext("A check of what was sealed failed"),
    DenyReason.NO_LAWFUL_BASIS: lazy_gettext("No lawful basis"),
}

FAULTS: Mapping[FaultKind, LazyString] = {
    FaultKind.GAP: lazy_gettext("Event %(seq)s is missing. Somebody deleted it."),
    FaultKind.MISPLACED: lazy_gettext(
        "Event %(seq)s is not where it was written. Events were moved or added."
    ),
    FaultKind.UNREADABLE: lazy_gettext("Event %(seq)s can no longer be read."),
    FaultKind.COLUMN_CHANGED: lazy_gettext(
        "Event %(seq)s is filed under another person, act, time, case or purpose than what was written."
    ),
    FaultKind.SUBJECT_CHANGED: lazy_gettext("Event %(seq)s was made to be about something else."),
    FaultKind.DETAIL_CHANGED: lazy_gettext("The sealed words of event %(seq)s were exchanged."),
    FaultKind.ENTRY_CHANGED: lazy_gettext("Event %(seq)s was changed after it was written."),
    FaultKind.TREE_CHANGED: lazy_gettext("The tree over the events was changed, at event %(seq)s."),
    FaultKind.TRUNCATED: lazy_gettext("Events are missing at the end: there were more than %(seq)s."),
    FaultKind.CHECKPOINT_FORGED: lazy_gettext(
        "The checkpoint over %(seq)s events was not signed by this archive."
    ),
    FaultKind.REWRITTEN: lazy_gettext(
        "The first %(seq)s events are not those that were signed. History was rewritten."
    ),
    FaultKind.COSIGNED_DIFFERS: lazy_gettext(
        "An auditor co-signed other first %(seq)s events than these, or the co-signature was forged."
    ),
    FaultKind.TIMESTAMP_FORGED: lazy_gettext("A time-stamp over the first %(seq)s events does not hold."),
    FaultKind.MEMORY_AHEAD: lazy_gettext(
        "You verified %(seq)s events before. The log is now shorter than that."
    ),
    FaultKind.MEMORY_DIFFERS: lazy_gettext(
        "The first %(seq)s events are not those that you verified before. History was rewritten."
    ),
    FaultKind.MEMORY_GONE: lazy_gettext(
        "All %(seq)s events fit together, but what you verified before is missing or was put back."
    ),
    FaultKind.KEPT_UNREADABLE: lazy_gettext(
        "The text you gave is not a checkpoint of this log. The log itself was not checked."
    ),
    FaultKind.KEPT_AHEAD: lazy_gettext(
        "Your checkpoint covers %(seq)s events. The log is now shorter than that."
    ),
    FaultKind.KEPT_DIFFERS: lazy_gettext(
        "The first %(seq)s events are not those of your checkpoint. History was rewritten."
    ),
}


def phrase(action: Action, fields: tuple[str, ...]) -> str:
    """What was done, to be followed by what it was done to."""
    first = fields[0] if fields else ""
    return str(_PHRASES.get((action, first), ACTIONS[action]))


def kind_name(kind: str) -> str:
    """What sort of thing an event is about; the archive's own word where there is no plainer one."""
    return str(KINDS.get(kind, kind))


def fault_sentence(kind: FaultKind, seq: int) -> str:
    return str(FAULTS[kind]) % {"seq": seq}


def more_fields(action: Action, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The field names that the phrase does not say already."""
    said = (action, fields[0]) in _PHRASES if fields else False
    return fields[1:] if said else fields


def count_sentence(total: int, at_most: int) -> str:
    if total >= at_most:
        return str(gettext("more than %(number)s events", number=at_most))
    return str(gettext("no events") if total == 0 else gettext("%(number)s events", number=total))
