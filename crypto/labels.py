"""The one place for every key derivation, sealing and signing context.

A value made for one use never opens or verifies for another: the label is part of what is derived, sealed or
signed. The `1` is the version of the use; a changed meaning gets a new number, never an old one with new
contents.
"""

from enum import StrEnum


class Label(StrEnum):
    """What a key, a sealed value or a signature is for."""

    # Keys derived from a compartment's secret.
    COMPARTMENT_DATABASE = "testimony/1/compartment-database"
    COMPARTMENT_SEALING = "testimony/1/compartment-sealing"
    RELEASE_NUMBERS = "testimony/1/release-numbers"

    # Keys derived from an account's own secrets.
    ACCOUNT_BUNDLE = "testimony/1/account-bundle"
    SESSION_KEYS = "testimony/1/session-keys"
    SIGNING_ED25519 = "testimony/1/signing-ed25519"
    SIGNING_ML_DSA_65 = "testimony/1/signing-ml-dsa-65"
    ONE_TIME_CODE = "testimony/1/one-time-code"

    # Part recovery: keys derived from the recovery secret, and from one of its sheets.
    RECOVERY_SEALING = "testimony/1/recovery-sealing"
    RECOVERY_SIGNING = "testimony/1/recovery-signing"
    RECOVERY_PIN = "testimony/1/recovery-pin"
    RECOVERY_SHEET = "testimony/1/recovery-sheet"
    # Part accounts: the half of a bundle that another password opens; recovery codes.
    ACCOUNT_BUNDLE_OTHER = "testimony/1/account-bundle-other"
    RECOVERY_CODE = "testimony/1/recovery-code"

    # Values sealed or locked.
    KEY_SLOT = "testimony/1/key-slot"
    DRAFT = "testimony/1/draft"
    INTAKE = "testimony/1/intake"
    IDENTITY = "testimony/1/identity"
    IDENTITY_SHARE = "testimony/1/identity-share"
    AUDIT_DETAIL = "testimony/1/audit-detail"
    LOCKED_EVENT = "testimony/1/locked-event"
    ATTACHMENT = "testimony/1/attachment"
    SAVED_SEARCH = "testimony/1/saved-search"
    LENT_SHARE = "testimony/1/lent-share"
    # logproof: what an auditor last verified, sealed to that auditor.
    LOG_MEMORY = "testimony/1/log-memory"
    # Part backup: what was closed since, kept outside the databases.
    CLOSING_KEY = "testimony/1/closing-key"
    CLOSING = "testimony/1/closing"

    # Part room.
    SAVED_FILTER = "testimony/1/saved-filter"
    FINDING_NOTE = "testimony/1/finding-note"

    # Statements signed.
    ROOT_CERTIFICATE = "testimony/1/root-certificate"
    ENROLMENT = "testimony/1/enrolment"
    ACTIVATION = "testimony/1/activation"
    SUSPENSION = "testimony/1/suspension"
    GRANT = "testimony/1/grant"
    SUBMISSION = "testimony/1/submission"
    REDACTION_PROPOSAL = "testimony/1/redaction-proposal"
    REDACTION_APPROVAL = "testimony/1/redaction-approval"
    RELEASE = "testimony/1/release"
    RECIPIENT_FILE = "testimony/1/recipient-file"
    RECIPIENT_RELEASE = "testimony/1/recipient-release"
    DERIVATIVE_PROPOSAL = "testimony/1/derivative-proposal"
    DERIVATIVE_APPROVAL = "testimony/1/derivative-approval"
    DERIVATIVE_RELEASE = "testimony/1/derivative-release"
    # Consent over time.
    CONSENT_WORDS = "testimony/1/consent-words"
    DISCLOSURE_NAME = "testimony/1/disclosure-name"
    CONSENT_VERSION = "testimony/1/consent-version"
    CONSENT_CONFIRMATION = "testimony/1/consent-confirmation"
    CHECKPOINT = "testimony/1/checkpoint"
    # Part recovery.
    RECOVERY_CERTIFICATE = "testimony/1/recovery-certificate"
    RECOVERY_ORDER = "testimony/1/recovery-order"
    REHEARSAL = "testimony/1/rehearsal"
    REISSUE_ORDER = "testimony/1/reissue-order"
    REISSUE = "testimony/1/reissue"
    # Part backup.
    BACKUP_KEY = "testimony/1/backup-key"
    BACKUP = "testimony/1/backup"

    # Identities that two people open.
    IDENTITY_REASON = "testimony/1/identity-reason"
    IDENTITY_APPROVAL_SHARE = "testimony/1/identity-approval-share"
    IDENTITY_RESULT = "testimony/1/identity-result"
    CONTACT_CARD = "testimony/1/contact-card"
    IDENTITY_REQUEST = "testimony/1/identity-request"
    IDENTITY_APPROVAL = "testimony/1/identity-approval"
    IDENTITY_OPENING = "testimony/1/identity-opening"

    # Keys over time: re-keying.
    REKEY_ORDER = "testimony/1/rekey-order"
    REKEY_CONFIRMATION = "testimony/1/rekey-confirmation"
    REKEY = "testimony/1/rekey"
    KEY_HISTORY = "testimony/1/key-history"
    IDENTITY_SHARE_WRAP = "testimony/1/identity-share-wrap"

    # Part grants: requests, walls between cases, enrolments that a second custodian confirmed.
    GRANT_REQUEST = "testimony/1/grant-request"
    GRANT_WORDS = "testimony/1/grant-words"
    CASE_WALL = "testimony/1/case-wall"
    CONFIRMATION = "testimony/1/enrolment-confirmation"
    # logproof: the same, signed by that auditor.
    LOG_MEMORY_STATEMENT = "testimony/1/log-memory-statement"

    # Disposal: what stays of an erased testimony, and what custodians sign about keeping and letting go.
    ERASED_TESTIMONY = "testimony/1/erased-testimony"
    ERASURE_LINE = "testimony/1/erasure-line"
    ERASURE_PROPOSAL = "testimony/1/erasure-proposal"
    ERASURE_APPROVAL = "testimony/1/erasure-approval"
    ERASURE_CARRIED_OUT = "testimony/1/erasure-carried-out"
    ERASURE_CERTIFICATE = "testimony/1/erasure-certificate"
    HOLD = "testimony/1/hold"
    HOLD_LIFT = "testimony/1/hold-lift"
    CUSTODIAN_WORDS = "testimony/1/custodian-words"

    # Cases: acts about testimonies that two people sign, and words about them for custodians alone.
    JOINT_ACT = "testimony/1/joint-act"
    CASE_WORDS = "testimony/1/case-words"
    SECOND_RENDERING = "testimony/1/second-rendering"
    # Earlier accounts: the blind question, a second account, links of two accounts.
    MATCHING_KEY = "testimony/1/matching-key"
    MATCHING_KEY_HANDED_ON = "testimony/1/matching-key-handed-on"
    NAME_TAG = "testimony/1/name-tag"
    NAME_TAGS_HANDED_IN = "testimony/1/name-tags-handed-in"
    NAME_TAGS_KEPT = "testimony/1/name-tags-kept"
    NAME_TAGS_KEY = "testimony/1/name-tags-key"
    EARLIER_QUESTION = "testimony/1/earlier-question"
    EARLIER_QUESTION_SIGNED = "testimony/1/earlier-question-signed"
    SECOND_ACCOUNT_WORDS = "testimony/1/second-account-words"
    SECOND_ACCOUNT_REQUEST = "testimony/1/second-account-request"
    SECOND_ACCOUNT_DECISION = "testimony/1/second-account-decision"
    ACCOUNT_LINK_SEALED = "testimony/1/account-link-sealed"
    ACCOUNT_LINK = "testimony/1/account-link"
    ACCOUNT_LINK_DECISION = "testimony/1/account-link-decision"


def bind(label: Label, context: bytes) -> bytes:
    """Return `label || 0x00 || context`; no label holds a zero byte, so no two pairs give the same bytes."""
    return label.encode("ascii") + b"\0" + context
