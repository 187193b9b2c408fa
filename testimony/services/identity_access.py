"""The facts before an identity, and who may ask for it or agree to it. Read in the unit of work that uses them."""

from collections.abc import Mapping
from datetime import date

from testimony.domain.accounts import Account, AccountId, AccountState
from testimony.domain.errors import IntegrityFailed, NotFound, Refused
from testimony.domain.identity import IdentityRequest, IdentityTask
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.policy.identity import (
    Contactability,
    IdentityFacts,
    require_may_ask,
    require_may_decide,
    require_may_reach,
)
from testimony.services.certificates import Certified
from testimony.services.closed_parts import closed_parts_of
from testimony.services.granting import grants_in_force
from testimony.services.identity_conflicts import concerned
from testimony.services.identity_statements import Kept, active_account
from testimony.services.sessions import Session, Work
from testimony.services.walled_testimonies import require_beyond_no_wall
from testimony.storage import accounts as account_rows
from testimony.storage import consent_versions, consents, identities, identity_limits, originals
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.consents import ConsentRow
from testimony.storage.identities import SealedIdentity
from testimony.storage.keyring import IdentityShare
from testimony.storage.register import RegisterRow

_NOT_SAID = Contactability(decision=None)


def read_facts(connection: Connection, row: RegisterRow) -> IdentityFacts:
    consent = consents.current_consent(connection, row.code)
    heard = {row.interviewer_id, row.interpreter_id} - {None}
    return IdentityFacts(
        state=row.state,
        quarantined=row.quarantined != 0,
        closed=identity_limits.find_closure(connection, row.code) is not None
        or _has_died(connection, row.code),
        status=consent.status if consent else None,
        minor=row.minor != 0,
        guardian_ok=row.guardian_ok == 1,
        stored=_decision(consent, Purpose.CP06),
        recontact=_decision(consent, Purpose.CP21),
        heard_by=frozenset(AccountId(each) for each in heard if each),
        concerned=concerned(connection, row.code),
    )


def _has_died(connection: Connection, code: str) -> bool:
    """Whether two people recorded the death of the witness: then nobody is to be reached any more (F13)."""
    return any(
        event.kind == consent_versions.DEATH and event.confirmed_by is not None
        for event in consent_versions.events_of(connection, code)
    )


def require_identity(session: Session, connection: Connection, row: RegisterRow) -> SealedIdentity:
    """The sealed identity of a testimony.

    A session that holds the vault compares whose it is with what the interviewer signed; the request then carries it.
    Raises NotFound when none is kept, IntegrityFailed when it is another's.
    """
    sealed = identities.find_identity(connection, row.code)
    if sealed is None or row.state == State.DISPOSED:
        raise NotFound
    if sealed.submission_id != row.submission_id:
        raise IntegrityFailed
    if Compartment.VAULT in session.archive.secrets:
        original = originals.find_original(connection, row.code)
        if original is not None and original.submission_id != row.submission_id:
            raise IntegrityFailed
    return sealed


def require_asking(
    session: Session,
    work: Work,
    account: Account,
    request: tuple[IdentityTask, str, AccountId | None],
    row: RegisterRow,
) -> IdentityFacts:
    """request: task, basis, who is to reach the witness. Raises Refused about this testimony."""
    task, basis, contact_by = request
    facts = read_facts(work.connection, row)
    parts = closed_parts_of(row)
    grants = grants_in_force(session, work.connection, account.id, work.now)
    if Role.INVESTIGATOR in account.roles:
        # Reviewers and custodians stand on both sides of a wall; who reads for a case does not.
        require_beyond_no_wall(session, work.connection, account.id, row.code, grants)
    has_grant = any(grant.covers_parts(row.case_id, parts) for grant in grants)
    try:
        require_may_ask(account, task, basis, facts, work.now.date(), has_grant=has_grant)
        if contact_by is not None:
            require_may_reach(contact_by, facts)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=("testimony", row.code)) from None
    return facts


def require_still_asking(session: Session, work: Work, kept: Kept) -> IdentityFacts:
    """The same for a request that was made before: its requester is here still and may still ask. Raises Refused."""
    account = account_of(session, work.connection, kept.request.requester)
    asked = (kept.request.task, kept.request.basis, kept.request.contact_by)
    return require_asking(session, work, account, asked, kept.register)


def account_of(session: Session, connection: Connection, account_id: AccountId) -> Account:
    """An account with the roles it is certified for. Raises NotFound when it is not, or no longer, active."""
    certified = active_account(connection, session.archive.keyring(), account_id)
    row = account_rows.find_account(connection, account_id)
    if certified is None or row is None:
        raise NotFound
    return Account(account_id, row.handle, row.name, certified.roles, AccountState.ACTIVE)


def deciders(
    session: Session, connection: Connection, request: IdentityRequest, facts: IdentityFacts
) -> Mapping[AccountId, Certified]:
    """The custodians who hold a share and may agree to this request."""
    found = {}
    for share in session.archive.keyring().shares:
        certified = active_account(connection, session.archive.keyring(), share.account_id)
        if certified is None or Role.CUSTODIAN not in certified.roles:
            continue
        try:
            require_may_decide(share.account_id, request.requester, request.contact_by, facts)
        except Refused:
            continue
        found[share.account_id] = certified
    return found


def require_decider(session: Session, kept: Kept, facts: IdentityFacts) -> IdentityShare:
    """This custodian's share. Raises Refused when they may not decide, NotFound when they hold none."""
    try:
        require_may_decide(session.account.id, kept.request.requester, kept.request.contact_by, facts)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=("testimony", kept.row.code)) from None
    shares = session.archive.keyring().shares
    share = next((share for share in shares if share.account_id == session.account.id), None)
    if share is None:
        raise NotFound
    return share


def threshold(session: Session) -> int:
    """How many must agree; two where the keyring claims fewer, so that an edited one makes nobody enough alone."""
    return max([2, *(share.threshold for share in session.archive.keyring().shares)])


def _decision(consent: ConsentRow | None, purpose: Purpose) -> Contactability:
    decisions = consent.decisions if consent else ()
    found = next((decision for decision in decisions if decision.purpose == purpose.value), None)
    if found is None:
        return _NOT_SAID
    return Contactability(
        decision=found.decision,
        not_before=date.fromisoformat(found.not_before) if found.not_before else None,
        valid_until=date.fromisoformat(found.valid_until) if found.valid_until else None,
    )
