"""Who can read one testimony now, and why: grants times consent times state, by the same gate that decides
when somebody reads.

Whoever asks holds no key to the reading room, so what a release hides is not known here: it is taken to be as
its approval says. Custodians ask it, and auditors.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from testimony.domain.accounts import AccountId, AccountState
from testimony.domain.audit import Action, DenyReason
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound, Refused
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose, audience_of
from testimony.domain.roles import Role
from testimony.policy.access import Permission, require
from testimony.policy.facts import Facts, Use, facts_from_row
from testimony.policy.gate import permit
from testimony.policy.originals import permit_original
from testimony.services.certificates import certified_account
from testimony.services.granting import use_in_force
from testimony.services.sessions import Session
from testimony.services.walled_testimonies import walled_from
from testimony.storage import accounts as account_rows
from testimony.storage import case_notes, consent_versions
from testimony.storage import consents as consent_rows
from testimony.storage import register as register_rows
from testimony.storage.accounts import AccountRow
from testimony.storage.compartments import Compartment
from testimony.storage.consent_versions import EventRow
from testimony.storage.consents import ConsentRow, DecisionRow
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Keyring
from testimony.storage.register import RegisterRow

Events = tuple[EventRow, ...]
About = tuple[RegisterRow, ConsentRow | None, Events, bool]


@dataclass(frozen=True, slots=True)
class PurposeVerdict:
    """reasons: why not; empty when it may be read for this purpose."""

    purpose: Purpose
    reasons: tuple[DenyReason, ...]


@dataclass(frozen=True, slots=True)
class ByGrant:
    """One grant on the case. asked_by: None for one that a custodian gave alone, before two were asked for."""

    grant_id: str
    asked_by: str | None
    given_by: str
    until: datetime
    purposes: tuple[Purpose, ...]
    closed_parts: tuple[ClosedPart, ...]
    originals: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a grant on the case. until: when the last of their grants ends.

    original_verdicts: for the purposes of grants that name originals. holds_key: the vault opens for them.
    """

    handle: str
    until: datetime
    verdicts: tuple[PurposeVerdict, ...]
    grants: tuple[ByGrant, ...] = ()
    original_verdicts: tuple[PurposeVerdict, ...] = ()
    holds_key: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A day on which the answer changes by itself. what: review, consent-ends, consent-begins, grant-ends."""

    what: str
    on: date
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Readers:
    """released_to: people with a grant on the case. original_to: handles of those who hold the vault's key.

    Of these, reviewers hold it by their role, and investigators by a grant to originals of some case. custodians see
    the register and no word of it, auditors the log. identity: who holds a share of the identity secret, and how many
    of them together open it. changes: soonest first. walls: testimonies from which a wall stands to this one.
    """

    released_to: tuple[Reader, ...]
    original_to: tuple[str, ...]
    reviewers: tuple[str, ...] = ()
    investigators: tuple[str, ...] = ()
    custodians: tuple[str, ...] = ()
    auditors: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    identity_threshold: int = 0
    changes: tuple[Change, ...] = ()
    walls: tuple[str, ...] = ()


def who_can_read(session: Session, code: str, now: datetime) -> Readers:
    """Raises Refused, BadCode, NotFound."""
    canonical = parse_code(code)
    with session.work(now) as work:
        require(session.account, Permission.SEE_WHO_CAN_READ)
        row = register_rows.find_row(work.connection, canonical)
        if row is None:
            raise NotFound
        consent = consent_rows.current_consent(work.connection, canonical)
        silent = bool(case_notes.standing_notes(work.connection, canonical, case_notes.SILENCE))
        about = (row, consent, consent_versions.events_of(work.connection, canonical), silent)
        rows = account_rows.all_accounts(work.connection)
        handles = {one.account_id: one.handle for one in rows}
        people = tuple(one for one in rows if one.state != AccountState.SUSPENDED)
        keyring = session.archive.keyring()
        released_to = []
        for person in people:
            use = use_in_force(session, work.connection, person.account_id, now)
            here = tuple(grant for grant in use.grants if grant.case_id == row.case_id)
            if here:
                use = replace(use, grants=here)
                holds = Compartment.VAULT in keyring.slots_of(person.account_id)
                released_to.append(_reader(use, person.handle, about, handles, holds, now))
        work.log(
            Action.ITEM_SHOWN,
            subject=("testimony", canonical),
            case=row.case_id,
            fields=("readers",),
            count=len(released_to),
        )
        walls = walled_from(keyring, work.connection, canonical)
    return replace(_everybody(keyring, people, tuple(released_to), consent, now), walls=walls)


def _everybody(
    keyring: Keyring,
    people: tuple[AccountRow, ...],
    released_to: tuple[Reader, ...],
    consent: ConsentRow | None,
    now: datetime,
) -> Readers:
    roles = {person.account_id: _roles(keyring, person.account_id) for person in people}

    def those(wanted: Callable[[AccountId], bool]) -> tuple[str, ...]:
        return tuple(person.handle for person in people if wanted(person.account_id))

    def holds_vault(account_id: AccountId) -> bool:
        return Compartment.VAULT in keyring.slots_of(account_id)

    sharers = {share.account_id for share in keyring.shares}
    return Readers(
        released_to=released_to,
        original_to=those(holds_vault),
        reviewers=those(lambda a: holds_vault(a) and Role.REVIEWER in roles[a]),
        investigators=those(lambda a: holds_vault(a) and Role.REVIEWER not in roles[a]),
        custodians=those(lambda a: Role.CUSTODIAN in roles[a]),
        auditors=those(lambda a: Role.AUDITOR in roles[a]),
        identity=those(lambda a: a in sharers),
        identity_threshold=max((share.threshold for share in keyring.shares), default=0),
        changes=_changes(released_to, consent, now.date()),
    )


def _roles(keyring: Keyring, account_id: AccountId) -> frozenset[Role]:
    try:
        return certified_account(keyring, account_id).roles
    except ArchiveDamaged:
        return frozenset()


def _reader(
    use: Use,
    handle: str,
    about: About,
    handles: dict[AccountId, str],
    holds_key: bool,  # a value of the reader, not a switch
    now: datetime,
) -> Reader:
    originals = tuple(grant for grant in use.grants if grant.originals)
    return Reader(
        handle=handle,
        until=max(grant.valid_until for grant in use.grants),
        verdicts=tuple(_verdict(use, purpose, about, now) for purpose in _purposes(use.grants)),
        grants=tuple(_by_grant(grant, handles) for grant in use.grants),
        original_verdicts=tuple(_original(use, purpose, about, now) for purpose in _purposes(originals)),
        holds_key=holds_key,
    )


def _by_grant(grant: Grant, handles: dict[AccountId, str]) -> ByGrant:
    asked_by = grant.requested_by
    return ByGrant(
        grant_id=grant.id,
        asked_by=None if asked_by is None else handles.get(asked_by, asked_by),
        given_by=handles.get(grant.granted_by, grant.granted_by),
        until=grant.valid_until,
        purposes=tuple(sorted(grant.purposes)),
        closed_parts=tuple(sorted(grant.closed_parts)),
        originals=grant.originals,
    )


def _changes(readers: tuple[Reader, ...], consent: ConsentRow | None, today: date) -> tuple[Change, ...]:
    found = [
        Change("grant-ends", one.until.date(), reader.handle) for reader in readers for one in reader.grants
    ]
    if consent is not None:
        days = [("review", consent.review_due, "")]
        for decision in consent.decisions:
            days.append(("consent-begins", decision.not_before, decision.purpose))
            days.append(("consent-ends", decision.valid_until, decision.purpose))
        found += [Change(what, date.fromisoformat(on), whose) for what, on, whose in days if on is not None]
    return tuple(
        sorted((one for one in found if one.on >= today), key=lambda one: (one.on, one.what, one.whose))
    )


def _purposes(grants: Iterable[Grant]) -> tuple[Purpose, ...]:
    return tuple(sorted(frozenset[Purpose]().union(*(grant.purposes for grant in grants))))


def _verdict(use: Use, purpose: Purpose, about: About, now: datetime) -> PurposeVerdict:
    try:
        permit(use, purpose, audience_of(purpose), _facts(use, purpose, about), now)
    except Refused as refusal:
        return PurposeVerdict(purpose, refusal.reasons)
    return PurposeVerdict(purpose, ())


def _original(use: Use, purpose: Purpose, about: About, now: datetime) -> PurposeVerdict:
    try:
        permit_original(use, purpose, _facts(use, purpose, about), now)
    except Refused as refusal:
        return PurposeVerdict(purpose, refusal.reasons)
    return PurposeVerdict(purpose, ())


def _facts(use: Use, purpose: Purpose, about: About) -> Facts:
    row, consent, events, asks_silence = about
    decision = _decision(consent, purpose)
    return facts_from_row(
        {
            "code": row.code,
            "case_id": row.case_id,
            "state": row.state,
            "tag_s": row.tag_s,
            "tag_c": row.tag_c,
            "tag_p": row.tag_p,
            "tag_r4": row.tag_r4,
            "minor": row.minor,
            "guardian_ok": row.guardian_ok,
            "quarantined": row.quarantined,
            "status": consent and consent.status,
            "basis": consent and consent.basis,
            "review_due": consent and consent.review_due,
            "decision": decision and decision.decision,
            "conditions": decision and "".join(f",{code}" for code in decision.conditions) + ",",
            "not_before": decision and decision.not_before,
            "valid_until": decision and decision.valid_until,
            "is_named_reader": int(decision is not None and use.account_id in decision.readers),
            "is_newest": 1,
            "reconfirm_on": consent and consent.reconfirm_on,
            "event_on": _first_day(
                event
                for event in events
                if event.purpose == purpose and consent is not None and event.version == consent.version
            ),
            "died_on": _first_day(event for event in events if event.kind == consent_versions.DEATH),
            "release_rank": audience_of(purpose).rank,
            "hides_named_details": 1,
            "residual_checked": 1,
            "asks_silence": int(asks_silence),
        }
    )


def _first_day(events: Iterable[EventRow]) -> str | None:
    return min((event.occurred_on for event in events if event.confirmed_by is not None), default=None)


def _decision(consent: ConsentRow | None, purpose: Purpose) -> DecisionRow | None:
    if consent is None:
        return None
    return next((decision for decision in consent.decisions if decision.purpose == purpose), None)
