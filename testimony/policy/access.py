"""Who may do what, by role. A refusal raises; an account without roles may do nothing.

Roles open the door of a room; the gate, grants and the two-person rules decide about each testimony inside.
"""

from enum import StrEnum

from testimony.domain.accounts import Account, AccountState
from testimony.domain.audit import DenyReason
from testimony.domain.errors import Refused
from testimony.domain.roles import Role


class Permission(StrEnum):
    """`<resource>:<part>:<action>`."""

    KEEP_DRAFTS = "draft:own:write"
    SUBMIT = "testimony:own:submit"
    LIST_OWN_SUBMISSIONS = "testimony:own:list"
    RECEIVE = "testimony:inbox:receive"
    LIST_QUEUE = "testimony:queue:list"
    READ_ORIGINAL = "testimony:original:read"
    REDACT = "testimony:original:redact"
    APPROVE = "testimony:redaction:approve"
    RELEASE = "testimony:release:write"
    SEARCH_RELEASED = "testimony:released:search"
    READ_RELEASED = "testimony:released:read"
    SEARCH_ORIGINALS = "testimony:original:search"
    CODE_ACTS = "testimony:act:write"
    LIST_ACTS = "testimony:act:list"
    ADD_PLACES = "place:any:write"
    LIST_PLACES = "place:any:list"
    READ_LOG = "log:entries:read"
    READ_LOG_DETAILS = "log:details:read"
    VERIFY_LOG = "log:tree:verify"
    MANAGE_ACCOUNTS = "account:any:write"
    LIST_ACCOUNTS = "account:any:list"
    MANAGE_CASES = "case:any:write"
    LIST_CASES = "case:any:list"
    GRANT = "grant:any:write"
    LIST_GRANTS = "grant:any:list"
    LIST_REGISTER = "testimony:register:list"
    OPEN_IDENTITY = "identity:any:open"
    WITHDRAW_CONSENT = "consent:any:withdraw"
    HOLD = "testimony:any:hold"
    CHECK_ARCHIVE = "archive:openable:check"
    CHANGE_OWN_BUNDLE = "account:own:write"
    REINDEX = "archive:index:rebuild"
    IMPORT = "testimony:file:import"
    IMPORT_REDACTED = "testimony:redacted-file:import"
    # Consent over time.
    RECORD_CONSENT = "consent:any:record"
    CONFIRM_CONSENT = "consent:any:confirm"
    PREPARE_DISCLOSURE = "disclosure:any:prepare"
    KEEP_DISCLOSURES = "disclosure:any:keep"
    # Keys over time: re-keying.
    ORDER_REKEY = "key:any:order"
    LIST_KEYS = "key:any:list"

    # Identities that two people open.
    ASK_IDENTITY = "identity:one:ask"
    CLOSE_IDENTITY = "identity:any:close"
    REACH_WITNESS = "contact-task:own:do"
    DECLARE_CONFLICT = "identity:conflict:declare"
    # Part grants.
    ASK_GRANT = "grant:own:ask"
    SEE_WHO_CAN_READ = "testimony:readers:list"
    # Part disposal.
    ERASE = "testimony:any:erase"
    CARRY_OUT_ERASURE = "testimony:erased:carry-out"
    KEEP_DEMANDS = "demand:any:write"
    KEEP_INCIDENTS = "incident:any:write"
    COMPACT = "archive:files:compact"
    # Part backup.
    SEE_BACKUPS = "backup:any:list"
    CONFIRM_BACKUP_KEY = "backup:key:confirm"

    # Alarms, and the witness's question.
    SEE_ALARMS = "alarm:any:list"
    ANSWER_ALARMS = "alarm:any:acknowledge"
    SET_ALARMS = "alarm:rule:write"
    TELL_WITNESS = "testimony:showings:tell"

    # Cases: walls between testimonies, joint reviews, gaps, next of kin, referrals.
    WALL_TESTIMONIES = "testimony:wall:write"
    REVIEW_RISK = "testimony:risk:review"
    NOTE_GAP = "testimony:custody:note"
    KEEP_KIN = "testimony:kin:keep"
    REFER = "testimony:need:refer"
    DO_TASKS = "testimony:task:do"

    # Findings of auditors.
    READ_FINDINGS = "finding:any:read"
    WRITE_FINDINGS = "finding:any:write"

    # Earlier accounts: the blind question, a second account, links of two accounts.
    ASK_EARLIER = "earlier-account:any:ask"
    ANSWER_EARLIER = "earlier-account:any:answer"
    DECIDE_SECOND_ACCOUNT = "second-account:any:decide"
    LINK_WITNESS = "account-link:witness:write"
    SEE_WITNESS_LINKS = "account-link:witness:list"
    LINK_INCIDENT = "account-link:incident:write"


_EVERYONE = frozenset({Permission.CHECK_ARCHIVE, Permission.CHANGE_OWN_BUNDLE})

_CODERS = frozenset(
    {Permission.CODE_ACTS, Permission.LIST_ACTS, Permission.ADD_PLACES, Permission.LIST_PLACES}
)

# Whoever meets witnesses or their words: an auditor never asks who somebody is. Who may ask about which testimony is
# in policy/identity.py.
_REACHING = frozenset({Permission.REACH_WITNESS, Permission.DECLARE_CONFLICT})

# Alarms belong to those who can look into them and to those who can act on them.
_WATCHERS = frozenset({Permission.SEE_ALARMS, Permission.ANSWER_ALARMS, Permission.SET_ALARMS})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.INTERVIEWER: _EVERYONE
    | _REACHING
    | {
        Permission.KEEP_DRAFTS,
        Permission.ASK_EARLIER,
        Permission.SUBMIT,
        Permission.LIST_OWN_SUBMISSIONS,
        Permission.LIST_CASES,
        Permission.IMPORT,
        Permission.WITHDRAW_CONSENT,
        Permission.RECORD_CONSENT,
    },
    Role.REVIEWER: _EVERYONE
    | _CODERS
    | _REACHING
    | {
        Permission.ASK_IDENTITY,
        Permission.ANSWER_EARLIER,
        Permission.SEE_WITNESS_LINKS,
        Permission.LINK_INCIDENT,
        Permission.RECEIVE,
        Permission.LIST_QUEUE,
        Permission.READ_ORIGINAL,
        Permission.REDACT,
        Permission.APPROVE,
        Permission.RELEASE,
        Permission.IMPORT_REDACTED,
        Permission.REINDEX,
        Permission.PREPARE_DISCLOSURE,
        Permission.CARRY_OUT_ERASURE,
        Permission.COMPACT,
        Permission.REVIEW_RISK,
        Permission.NOTE_GAP,
    },
    # Originals further ask for a grant that names them: policy/originals.py.
    Role.INVESTIGATOR: _EVERYONE
    | _CODERS
    | _REACHING
    | {
        Permission.SEARCH_RELEASED,
        Permission.READ_RELEASED,
        Permission.SEARCH_ORIGINALS,
        Permission.ASK_IDENTITY,
        Permission.LINK_INCIDENT,
        Permission.ASK_GRANT,
    },
    Role.AUDITOR: _EVERYONE
    | _WATCHERS
    | {Permission.READ_LOG, Permission.READ_LOG_DETAILS, Permission.VERIFY_LOG}
    | {Permission.LIST_KEYS, Permission.SEE_WHO_CAN_READ, Permission.SEE_BACKUPS}
    | {Permission.READ_FINDINGS, Permission.WRITE_FINDINGS},
    Role.CUSTODIAN: _EVERYONE
    | _REACHING
    | _WATCHERS
    | {
        Permission.TELL_WITNESS,
        Permission.DECIDE_SECOND_ACCOUNT,
        Permission.LINK_WITNESS,
        Permission.SEE_WITNESS_LINKS,
        Permission.ASK_IDENTITY,
        Permission.CLOSE_IDENTITY,
        Permission.MANAGE_ACCOUNTS,
        Permission.LIST_ACCOUNTS,
        Permission.MANAGE_CASES,
        Permission.LIST_CASES,
        Permission.GRANT,
        Permission.LIST_GRANTS,
        Permission.LIST_REGISTER,
        Permission.OPEN_IDENTITY,
        Permission.WITHDRAW_CONSENT,
        Permission.RECORD_CONSENT,
        Permission.CONFIRM_CONSENT,
        Permission.KEEP_DISCLOSURES,
        Permission.HOLD,
        Permission.ORDER_REKEY,
        Permission.LIST_KEYS,
        Permission.SEE_WHO_CAN_READ,
        Permission.ERASE,
        Permission.KEEP_DEMANDS,
        Permission.KEEP_INCIDENTS,
        Permission.SEE_BACKUPS,
        Permission.CONFIRM_BACKUP_KEY,
        Permission.WALL_TESTIMONIES,
        Permission.REVIEW_RISK,
        Permission.NOTE_GAP,
        Permission.KEEP_KIN,
        Permission.REFER,
        Permission.DO_TASKS,
    },
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return what these roles may do together."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))


def require(account: Account, permission: Permission) -> None:
    """Raises Refused unless the account is active and one of its roles carries the permission."""
    if account.state is not AccountState.ACTIVE or permission not in permissions_of(account.roles):
        raise Refused((DenyReason.NO_GRANT,))
