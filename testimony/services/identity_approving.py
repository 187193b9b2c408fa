"""Agreeing: custodians open an identity together, and nobody alone.

    the first       own share, sealed to each other custodian for this request; signs      (k - 1 times in all)
    the last        opens the shares sealed to them, adds their own: the secret, in memory; opens one envelope; seals
                    the parts that were asked for to the requester; signs; wrapped shares go in the same transaction

Dies before the first commits: nothing. Dies between the first and the last: a signed request, signed approvals, wrapped
shares that open for one custodian each, until the sweep. Dies while the secret is in memory: the same, and the memory
is gone. After the last: the parts, sealed to the requester for a day; no wrapped share.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import SealingPublicKey, open_sealed, seal
from crypto.shares import combine
from testimony.domain.accounts import AccountId
from testimony.domain.audit import DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, NotFound, Refused
from testimony.domain.identity import SHOWN_FOR, RequestState, contact_cards, pick
from testimony.policy.access import Permission, require
from testimony.policy.identity import IdentityFacts
from testimony.services.certificates import sign_statement
from testimony.services.identity_access import (
    deciders,
    require_decider,
    require_identity,
    require_still_asking,
    threshold,
)
from testimony.services.identity_statements import (
    APPROVED,
    DECIDED,
    OPENED,
    REFUSED,
    Kept,
    active_account,
    approval_document,
    card_context,
    digest_of,
    find_kept,
    log_step,
    opening_document,
    read_approval,
    result_context,
    steps,
    wrap_context,
)
from testimony.services.identity_sweeping import sweep
from testimony.services.membership import share_context
from testimony.services.opening import keys_of, open_with_any, sealing_key_of
from testimony.services.sessions import Session, Work, timestamp
from testimony.storage import contact_tasks
from testimony.storage import identity_requests as rows
from testimony.storage.compartments import Compartment
from testimony.storage.contact_tasks import ContactTask
from testimony.storage.identity_requests import ApprovalRow, OpeningRow, WrappedShare
from testimony.storage.keyring import IdentityShare

RESULT_FORMAT = "identity-result/1"


@dataclass(frozen=True, slots=True)
class Progress:
    """needed: how many more custodians must agree; 0 when it was opened."""

    needed: int


def approve(session: Session, request_id: str, now: datetime) -> Progress:
    """Agree. The last of the custodians needed opens what was asked for.

    Raises Refused (DR12 for the requester, who is to use it, who took or interpreted the account, and a second word of
    the same custodian; DR13 for the concerned; what consent and state refuse now), NotFound, Conflict when it was
    decided or ran out, IntegrityFailed when anything is not what was signed.
    """
    sweep(session, now)
    with session.work(now) as work:
        kept, facts, share = _decidable(session, work, request_id)
        words = [_own_words(session, share)]
        agreed: list[AccountId] = []
        able = deciders(session, work.connection, kept.request, facts)
        for giver, given in _given(session, work, kept):
            if giver == session.account.id:
                raise Refused((DenyReason.SAME_PERSON,), subject=("testimony", kept.row.code))
            if giver in able:
                words.append(given)
                agreed.append(giver)
        needed = max(threshold(session), share.threshold) - len(words)
        if needed > 0:
            takers = set(able) - set(agreed) - {session.account.id}
            _hand_on(session, work, kept, words[0], {taker: able[taker].sealing for taker in takers})
            return Progress(needed)
        _open(session, work, kept, words, tuple(agreed))
    return Progress(0)


def refuse(session: Session, request_id: str, reason: str, now: datetime) -> None:
    """Say no; that ends the request. reason: sealed to auditors. Raises as `approve` does."""
    sweep(session, now)
    with session.work(now) as work:
        kept, _, _ = _decidable(session, work, request_id)
        rows.move_request(
            work.connection, request_id, before=RequestState.WAITING, after=RequestState.REFUSED
        )
        rows.delete_wrapped(work.connection, request_id)
        log_step(work, kept.register, REFUSED, request_id, detail=reason)


def _decidable(session: Session, work: Work, request_id: str) -> tuple[Kept, IdentityFacts, IdentityShare]:
    require(session.account, Permission.OPEN_IDENTITY)
    kept = find_kept(session, work.connection, request_id)
    told = {step for step, _, _ in steps(work.connection, kept.row.code, request_id)}
    # The log is asked too: a row that was set back to waiting brings no decided request back.
    if kept.row.state != RequestState.WAITING or told & DECIDED or kept.request.expires_at <= work.now:
        raise Conflict
    facts = require_still_asking(session, work, kept)
    return kept, facts, require_decider(session, kept, facts)


def _own_words(session: Session, share: IdentityShare) -> str:
    context = share_context(session.archive.keyring().archive_id, session.account.id)
    try:
        return open_sealed(session.keys.sealing, share.sealed, Label.IDENTITY_SHARE, context).decode()
    except (CryptoError, ValueError):
        raise IntegrityFailed from None


def _given(session: Session, work: Work, kept: Kept) -> list[tuple[AccountId, str]]:
    """The shares of those who agreed before, opened with this custodian's key; one's own approval with no words.

    Raises IntegrityFailed for an approval that is not of this request, or one that the log does not know.
    """
    told = steps(work.connection, kept.row.code, kept.row.request_id)
    wrapped = {
        (one.from_id, one.to_id): one.sealed for one in rows.wrapped_of(work.connection, kept.row.request_id)
    }
    found: list[tuple[AccountId, str]] = []
    for approval in rows.approvals_of(work.connection, kept.row.request_id):
        giver = approval.custodian_id
        signed = read_approval(session, work.connection, kept, approval)
        if (APPROVED, giver) not in {(step, by) for step, by, _ in told}:
            raise IntegrityFailed
        if giver == session.account.id:
            found.append((giver, ""))
            continue
        if session.account.id not in signed:
            continue  # Agreed when this custodian could not be given anything: it counts for the others.
        sealed = wrapped.get((giver, session.account.id), b"")
        if digest_of(sealed) != signed.get(session.account.id):
            raise IntegrityFailed
        context = wrap_context(kept.request.archive, kept, giver, session.account.id)
        try:
            words = open_sealed(session.keys.sealing, sealed, Label.IDENTITY_APPROVAL_SHARE, context)
        except CryptoError:
            raise IntegrityFailed from None
        if active_account(work.connection, session.archive.keyring(), giver) is not None:
            found.append((giver, words.decode()))
    return found


def _hand_on(
    session: Session, work: Work, kept: Kept, words: str, takers: Mapping[AccountId, SealingPublicKey]
) -> None:
    giver, archive_id = session.account.id, kept.request.archive
    sealed = {
        taker: seal(
            key, words.encode(), Label.IDENTITY_APPROVAL_SHARE, wrap_context(archive_id, kept, giver, taker)
        )
        for taker, key in takers.items()
    }
    document = approval_document(kept, giver, sealed, work.now)
    signed = sign_statement(document, giver, session.keys.signing, Label.IDENTITY_APPROVAL)
    # From here to the commit: an approval with its shares and its entry, or none of them.
    rows.insert_approval(
        work.connection,
        ApprovalRow(kept.request.id, giver, signed.statement, signed.signature),
        [WrappedShare(kept.request.id, giver, taker, each) for taker, each in sealed.items()],
    )
    log_step(work, kept.register, APPROVED, kept.request.id)


def _open(
    session: Session, work: Work, kept: Kept, words: Sequence[str], agreed: tuple[AccountId, ...]
) -> None:
    identity = _identity_of(session, work, kept, words)
    request = kept.request
    requester = active_account(work.connection, session.archive.keyring(), request.requester)
    if requester is None:
        raise NotFound
    until = timestamp(work.now + SHOWN_FOR)
    payload = canonical_json({"format": RESULT_FORMAT, "fields": pick(identity, request.fields)})
    context = result_context(request.archive, kept.digest, until, request.requester)
    sealed = seal(requester.sealing, payload, Label.IDENTITY_RESULT, context)
    document = opening_document(kept, session.account.id, until, sealed, agreed)
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.IDENTITY_OPENING)
    # From here to the commit: the parts for the requester and no wrapped share, or everything as it was.
    rows.delete_wrapped(work.connection, request.id)
    rows.insert_opening(
        work.connection,
        OpeningRow(request.id, session.account.id, until, signed.statement, signed.signature, sealed),
    )
    _make_task(session, work, kept, identity)
    moved = rows.move_request(
        work.connection, request.id, before=RequestState.WAITING, after=RequestState.OPENED
    )
    if not moved:
        raise Conflict
    log_step(work, kept.register, OPENED, request.id, *sorted(request.fields))


def _identity_of(session: Session, work: Work, kept: Kept, words: Sequence[str]) -> dict[str, object]:
    """Rebuild the secret, open this one envelope, let the secret go."""
    sealed = require_identity(session, work.connection, kept.register)
    if sealed.submission_id != kept.request.submission_id:
        raise IntegrityFailed
    try:
        secret = combine(words)
        if sealing_key_of(secret).public.raw != session.archive.public(Compartment.IDENTITY).raw:
            raise IntegrityFailed
        # One may have been sealed just before the key of identities was changed.
        keys = keys_of(session.archive.keyring(), Compartment.IDENTITY, secret)
        plain = open_with_any(keys, sealed.sealed, Label.IDENTITY, sealed.submission_id.encode())
        identity = json.loads(plain)
    except (CryptoError, ValueError):
        raise IntegrityFailed from None
    if not isinstance(identity, dict):
        raise IntegrityFailed
    return identity


def _make_task(session: Session, work: Work, kept: Kept, identity: dict[str, object]) -> None:
    """For a re-contact: the ways to the witness, without any name, to who has to use them."""
    request = kept.request
    if request.contact_by is None or request.contact_due is None:
        return
    assignee = active_account(work.connection, session.archive.keyring(), request.contact_by)
    if assignee is None:
        raise NotFound
    task_id = secrets.token_hex(8)
    cards = canonical_json({"contacts": contact_cards(identity)})
    context = card_context(request.archive, task_id, request.contact_by)
    task = ContactTask(
        task_id=task_id,
        request_id=request.id,
        code=request.code,
        assignee_id=request.contact_by,
        due_on=request.contact_due.isoformat(),
        sealed=seal(assignee.sealing, cards, Label.CONTACT_CARD, context),
        outcome="open",
        made_at=timestamp(work.now),
        ended_at=None,
    )
    contact_tasks.insert_task(work.connection, task)
