"""Months of an archive's life, played at random and always the same for one seed, and what must be true of it after
each step: who may open what, who may read what, what is gone. Knows no fixture.

The expectations are kept beside the archive, by rules as short as DOMAIN.md says them, and never read from it.
"""

import copy
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from crypto.passwords import Argon2Cost
from testimony.domain.accounts import AccountId
from testimony.domain.consent import Decision
from testimony.domain.consent_terms import Change, Decided
from testimony.domain.disposal import Cause, HoldCause, HoldScope
from testimony.domain.grants import ClosedPart
from testimony.domain.identity import IdentityField
from testimony.domain.purposes import Audience, Purpose
from testimony.domain.rekeying import Cause as KeyCause
from testimony.domain.roles import Role
from testimony.domain.testimony import Submission
from testimony.domain.witness import IdentityState, Witness
from testimony.services.accounts import activate, enrol, suspend
from testimony.services.archives import Archive
from testimony.services.backing_up import Plan, back_up
from testimony.services.confirming import confirm_enrolment
from testimony.services.consent_words import Words
from testimony.services.consenting import confirm as confirm_consent
from testimony.services.consenting import record
from testimony.services.custody import open_case
from testimony.services.erasures import approve_erasure, propose_erasure
from testimony.services.founding import FOUNDERS, found_with_sheets
from testimony.services.grant_checks import Approval
from testimony.services.grant_requests import approve as approve_grant
from testimony.services.grant_requests import ask as ask_grant
from testimony.services.granting import end_grant
from testimony.services.holding import HoldRequest, ask_lift, lift_hold, place_hold
from testimony.services.identity_approving import approve as approve_identity
from testimony.services.identity_requests import ask as ask_identity
from testimony.services.identity_showing import show
from testimony.services.invitations import Newcomer
from testimony.services.own_account import change_password
from testimony.services.proposing import detect_nothing
from testimony.services.receiving import receive_inbox
from testimony.services.recovery_orders import confirm_sheets, order_sheets
from testimony.services.recovery_statements import SheetPlan
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import OrderRequest
from testimony.services.rekeying import confirm as confirm_keys
from testimony.services.rekeying import order as order_keys
from testimony.services.releasing import release
from testimony.services.restoring import Wanted, restore
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.submitting import submit
from testimony.services.taking import take
from testimony.services.throttling import Throttle
from testimony.services.walls import confirm_wall, propose_wall
from testimony.services.withdrawing import ALL, withdraw
from testimony.storage import consent_versions, originals
from testimony.storage.backup_pool import SNAPSHOTS
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.manifests import CLOSINGS, ERASURES
from testimony.storage.objects import local_objects
from testimony.storage.register import REGISTER, find_row
from tests.deaths import dies_at
from tests.grants import GrantRequest, wanted
from tests.identities import IDENTITY, NAME, asking
from tests.later_consents import IN_PERSON
from tests.review_room import accept_all, approved, granted, submission, with_file, withhold
from tests.services.conftest import JOINED, PASSWORD, Clock

CANARY, HIDDEN = "Zqxvunne", "Qwzzivha"
"""How every word that must be found nowhere begins: of accounts, and of what is withheld from them."""

CASES = ("CASE-1", "CASE-2")
READ_FOR = (Purpose.CP07, Purpose.CP09)
"""The second rests on the first."""
SHEETS_NEEDED, SHEETS = 2, 3
REASON = "as was agreed in the meeting"
_TAIL = "bcdfghjklmnpqrstvwxz"

KEYS_OF: Final[Mapping[Role, frozenset[Compartment]]] = {
    Role.CUSTODIAN: frozenset({Compartment.LEDGER}),
    Role.INTERVIEWER: frozenset({Compartment.LEDGER}),
    Role.AUDITOR: frozenset({Compartment.LEDGER, Compartment.AUDIT}),
    Role.INVESTIGATOR: frozenset({Compartment.LEDGER, Compartment.READING_ROOM}),
    Role.REVIEWER: frozenset({Compartment.LEDGER, Compartment.READING_ROOM, Compartment.VAULT}),
}


class GivenUp(Exception):
    """A unit of work that does not come to its end."""


@dataclass(slots=True)
class Told:
    """One testimony. tail: what only its text says. layer: whether its released text is in the reading room."""

    code: str
    case_id: str
    tail: str
    yes: set[Purpose]
    state: str = "sealed"
    layer: bool = False
    has_identity: bool = False
    closed: bool = False
    """It lies in the closed part for insiders."""
    review_due: date = date(2028, 3, 1)
    hold: str | None = None
    proposed: str | None = None
    opened_at: datetime | None = None
    """When its identity was opened; asked for once more while it lies open, one is sent there."""


@dataclass(slots=True)
class Person:
    role: Role
    password: str = PASSWORD
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Given:
    """A grant that two people gave."""

    grant_id: str
    handle: str
    case_id: str
    purposes: frozenset[Purpose]
    originals: bool
    until: datetime
    closed: bool = False
    """It opens the closed part for insiders too."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Something that was closed, and closes again in a copy of before. what: told, grant, person or wall."""

    what: str
    name: str
    purposes: frozenset[Purpose] = frozenset()


@dataclass
class World:
    """What ought to be. gone: code → tail of what was erased."""

    people: dict[str, Person] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    grants: list[Given] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    wall: bool = False
    walls: set[tuple[str, str]] = field(default_factory=set)
    """Between two accounts, their codes in order."""
    first: dict[tuple[str, str], int] = field(default_factory=dict)
    """When such a wall was set for the first time, counted in `ticks`."""
    read: dict[str, set[str]] = field(default_factory=dict)
    """handle → codes that they read."""
    listed: dict[str, dict[str, int]] = field(default_factory=dict)
    """handle → code → when it last stood in a list of theirs."""
    ticks: int = 0
    fading: dict[str, Told] = field(default_factory=dict)
    """Approved to be erased, and not carried out: nobody reads it, and its walls stand."""
    sheets: tuple[str, ...] = ()
    closings: int = 0
    """How many of the lines of `Life.closings` are known here."""

    def grants_of(self, handle: str, now: datetime) -> list[Given]:
        return [one for one in self.grants if one.handle == handle and now < one.until]

    def secrets_of(self, handle: str, now: datetime) -> frozenset[Compartment]:
        person = self.people[handle]
        if not person.is_confirmed:
            return frozenset({Compartment.LEDGER})
        originals = not self.is_walled(handle, now) and any(g.originals for g in self.grants_of(handle, now))
        return KEYS_OF[person.role] | ({Compartment.VAULT} if originals else frozenset())

    def is_walled(self, handle: str, now: datetime) -> bool:
        return self.wall and {one.case_id for one in self.grants_of(handle, now)} >= set(CASES)

    def readable_by(self, handle: str, purpose: Purpose, now: datetime) -> frozenset[str]:
        """Codes: released, allowed by the witness for this, not past review, granted, and behind no wall."""
        mine = self.grants_of(handle, now)
        if self.is_walled(handle, now):
            return frozenset()
        cases = {one.case_id for one in mine if purpose in one.purposes and not one.closed}
        parts = {one.case_id for one in mine if purpose in one.purposes and one.closed}
        apart = self.apart(handle, now)
        return frozenset(
            one.code
            for one in self.told.values()
            if one.state == "released"
            and one.layer
            and purpose in one.yes
            and one.case_id in (parts if one.closed else cases | parts)
            and one.code not in apart
            and now.date() < one.review_due
        )

    def apart(self, handle: str, now: datetime) -> frozenset[str]:
        """What walls between accounts close: whoever read one of two, or could read it, may not open the other."""
        mine, listed = self.grants_of(handle, now), self.listed.get(handle, {})
        here_still = self.told | self.fading
        standing = {pair for pair in self.walls if all(code in here_still for code in pair)}

        def seen(code: str) -> bool:
            since = min(self.first[pair] for pair in standing if code in pair)
            return code in self.read.get(handle, set()) or listed.get(code, -1) >= since

        def may(code: str) -> bool:
            told = here_still[code]
            return any(one.case_id == told.case_id and (one.closed or not told.closed) for one in mine)

        return frozenset(
            here
            for pair in standing
            for here, there in (pair, pair[::-1])
            if seen(there) or (may(there) and not seen(here))
        )


def found_life(path: Path, clock: Clock) -> World:
    """Found an archive with recovery sheets, two cases and everybody in it."""
    directory, throttle, now = ArchiveDirectory(path), Throttle(), clock()
    plan = SheetPlan(SHEETS_NEEDED, SHEETS)
    founding = found_with_sheets(directory, "A life", FOUNDERS, plan, Argon2Cost.TESTING_ONLY, now)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    for invitation in founding.invitations:
        activate(archive, throttle, invitation.row.handle, invitation.code, PASSWORD, now)
    world = World(sheets=founding.sheets)
    for newcomer in FOUNDERS:
        (role,) = newcomer.roles
        world.people[newcomer.handle] = Person(role)
    life = Life(path, world, Random(0), clock)
    for newcomer in JOINED:
        life.bring_in(newcomer)
    for case_id in CASES:
        open_case(life.enter("custodian-1"), case_id, f"Case {case_id}", now)
    life.enter("reviewer-1")  # who hands everybody the keys of their roles
    for act in (*(telling,) * 5, receiving, *(releasing,) * 3, *(granting,) * 3):
        act(life)
    life.leave()
    return world


@dataclass
class Life:
    """An archive in which things happen. Nobody stays signed in between two steps."""

    path: Path
    world: World
    random: Random
    clock: Clock
    copies: list[tuple[Callable[[Path], object], World]] = field(default_factory=list)
    """How a copy is had back at an empty place, and what was so when it was made."""
    closings: list[Closing] = field(default_factory=list)
    carried_out: set[str] = field(default_factory=set)
    """Codes whose erasure a reviewer carried out: these never come back."""
    was_put_back: bool = False
    happened: list[str] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    joined: int = 0
    acts: Mapping[Callable[["Life"], bool], int] = field(default_factory=lambda: ACTS)

    def __post_init__(self) -> None:
        self.archive = self.opened()

    def opened(self) -> Archive:
        directory = ArchiveDirectory(self.path)
        return Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)

    def close(self, what: str, name: str, purposes: frozenset[Purpose] = frozenset()) -> None:
        self.closings.append(Closing(what, name, purposes))
        self.world.closings = len(self.closings)

    # Coming and going

    def enter(self, handle: str) -> Session:
        if handle not in self.sessions:
            door = SignIn(self.archive, Throttle())
            password = self.world.people[handle].password
            self.sessions[handle] = door.sign_in(handle, password, None, self.clock())
        return self.sessions[handle]

    def leave(self) -> None:
        for session in self.sessions.values():
            self.archive.release(session.archive.secrets)
        self.sessions.clear()

    def those(self, role: Role) -> list[str]:
        return [h for h, p in sorted(self.world.people.items()) if p.role is role and p.is_confirmed]

    def one(self, role: Role) -> str:
        return self.random.choice(self.those(role))

    def two(self, role: Role) -> list[str]:
        return self.random.sample(self.those(role), 2)

    def bring_in(self, newcomer: Newcomer, *, confirmed: bool = True) -> None:
        invitation = enrol(self.enter("custodian-1"), newcomer, self.clock())
        activate(self.archive, Throttle(), newcomer.handle, invitation.code, PASSWORD, self.clock())
        (role,) = newcomer.roles
        self.world.people[newcomer.handle] = Person(role, is_confirmed=confirmed)
        if confirmed:
            account_id = invitation.record.account_id
            confirm_enrolment(self.enter("custodian-2"), account_id, REASON, self.clock())

    # Steps

    def step(self, first: Callable[["Life"], bool] | None = None) -> str:
        """Let one thing happen that can, `first` if it can; return what."""
        possible = [act for act, times in self.acts.items() for _ in range(times)]
        act = first or self.random.choice(possible)
        while not act(self):
            act = self.random.choice(possible)
        self.leave()
        self.happened.append(act.__name__)
        return act.__name__

    def some(self, fits: Callable[[Told], bool]) -> Told | None:
        found = [one for _, one in sorted(self.world.told.items()) if fits(one)]
        return self.random.choice(found) if found else None


def telling(life: Life) -> bool:
    one, made, identity = _account(life)
    told = submit(life.enter(life.one(Role.INTERVIEWER)), made, identity, life.clock())
    life.world.told[told.code] = replace(one, code=told.code)
    return True


def _account(life: Life) -> tuple[Told, Submission, Mapping[str, object] | None]:
    pick = life.random
    tail, hidden = ("".join(pick.choices(_TAIL, k=10)) for _ in range(2))
    text = f"{CANARY}{tail} kept the wells. {HIDDEN}{hidden} came with two lorries, and the wells burned."
    yes = {Purpose.CP01, Purpose.CP04, Purpose.CP06, *READ_FOR[: pick.choice((1, 2))]}
    session = life.enter(life.one(Role.INTERVIEWER))
    made = submission(session, text, protect=(), decisions=granted(*sorted(yes)))
    one = Told(made.code, pick.choice(CASES), tail, yes, has_identity=pick.random() < 0.5)
    made = replace(made, case_id=one.case_id)
    if pick.random() < 0.2:
        one.closed, made = True, replace(made, closed_parts=frozenset({ClosedPart.INSIDERS}))
    if pick.random() < 0.3:
        made = with_file(session, made, f"{CANARY} in a picture".encode())
    if not one.has_identity:
        return one, made, None
    return one, replace(made, witness=Witness(IdentityState.STORED)), IDENTITY


def receiving(life: Life) -> bool:
    if not life.some(lambda one: one.state == "sealed"):
        return False
    receive_inbox(life.enter(life.one(Role.REVIEWER)), life.clock())
    for one in life.world.told.values():
        one.state = "received" if one.state == "sealed" else one.state
    return True


def releasing(life: Life) -> bool:
    """Redacted by one and approved by another; what the archive may keep hidden is withheld."""
    redactor, approver = life.two(Role.REVIEWER)
    one = life.some(lambda one: one.state == "received" and bool(one.yes & {*READ_FOR}))
    if one is None or life.clock().date() >= one.review_due:
        return False
    first, second, now = life.enter(redactor), life.enter(approver), life.clock()
    take(first, one.code, now, detect_nothing)
    accept_all(first, one.code, now)
    withhold(first, one.code, (_hidden_of(first, one.code),), now)
    approved(first, second, one.code, now)
    release(second, one.code, Audience.PARTNER, now)
    one.state, one.layer = "released", True
    return True


def _hidden_of(session: Session, code: str) -> str:
    """The word that is to be withheld, as the account says it."""
    with session.reading() as connection:
        text = originals.versions_of(connection, code)[0].text
    return next(word for word in text.split() if word.startswith(HIDDEN))


def deciding(life: Life) -> bool:
    """The witness decides anew about one use: less holds at once, more when a second person confirmed."""
    one = life.some(lambda one: one.state != "restricted")
    if one is None:
        return False
    purpose, today = life.random.choice(READ_FOR), life.clock().date()
    says_yes = purpose not in one.yes
    if says_yes and purpose is Purpose.CP09 and Purpose.CP07 not in one.yes:
        return False
    decided = Decided(purpose, Decision.GRANTED if says_yes else Decision.REFUSED)
    due = today + timedelta(days=700) if says_yes else None
    change = Change(
        decisions=(decided,), given_on=today, language="eng", evidence="CE04", explained=True, review_due=due
    )
    first, second = life.two(Role.CUSTODIAN)
    done = record(life.enter(first), one.code, change, Words(), IN_PERSON, life.clock())
    assert done.in_force is not says_yes
    if not done.in_force:
        with life.enter(second).reading() as connection:
            waiting = consent_versions.proposal_of(connection, one.code)
        assert waiting is not None
        confirm_consent(life.enter(second), waiting.proposal_id, life.clock())
        one.review_due = due or one.review_due
    if says_yes:
        one.yes = one.yes | {purpose}
    else:
        _take_back(life, one, _resting_on(purpose))
    return True


def withdrawing(life: Life) -> bool:
    one = life.some(lambda one: one.state != "restricted")
    if one is None:
        return False
    role = life.random.choice((Role.CUSTODIAN, Role.INTERVIEWER))
    withdraw(life.enter(life.one(role)), one.code, ALL, IN_PERSON, life.clock())
    _take_back(life, one, frozenset(one.yes))
    return True


def withdrawing_one_use(life: Life) -> bool:
    one = life.some(lambda one: one.state != "restricted" and Purpose.CP07 in one.yes)
    if one is None:
        return False
    purposes = frozenset({Purpose.CP07})
    withdraw(life.enter(life.one(Role.INTERVIEWER)), one.code, purposes, IN_PERSON, life.clock())
    _take_back(life, one, _resting_on(Purpose.CP07))
    return True


def _resting_on(purpose: Purpose) -> frozenset[Purpose]:
    return frozenset({*READ_FOR} if purpose is Purpose.CP07 else {purpose})


def _take_back(life: Life, one: Told, purposes: frozenset[Purpose]) -> None:
    life.close("told", one.code, purposes)
    _lose(one, purposes)


def _lose(one: Told, purposes: frozenset[Purpose]) -> None:
    """A layer that serves no allowed use is closed; with nothing allowed, the account is."""
    one.yes = one.yes - purposes
    if not one.yes:
        one.state, one.layer = "restricted", False
    elif one.layer and not one.yes & {*READ_FOR}:
        one.state, one.layer = "closed", False


def opening_an_identity(life: Life) -> bool:
    """Asked for by a reviewer, agreed to by two custodians, one field shown."""
    one = life.some(lambda one: one.has_identity and Purpose.CP06 in one.yes and one.state != "sealed")
    if one is None:
        return False
    reviewer, now = life.enter(life.one(Role.REVIEWER)), life.clock()
    lies_open = one.opened_at is not None and now - one.opened_at < timedelta(days=1)
    if one.state == "restricted" or lies_open:
        return False
    one.opened_at = now
    request = ask_identity(reviewer, asking(one.code, life.clock), now)
    holders = [h for h in ("custodian-1", "custodian-2", "custodian-3") if h in life.world.people]
    for custodian in life.random.sample(holders, 2):
        approve_identity(life.enter(custodian), request, now)
    names = show(reviewer, request, frozenset({IdentityField.NAMES}), now)
    assert NAME in str(names[IdentityField.NAMES])
    return True


def proposing_to_erase(life: Life) -> bool:
    one = life.some(lambda one: one.hold is None and one.proposed is None)
    if one is None:
        return False
    proposer = life.one(Role.CUSTODIAN)
    erasure = propose_erasure(
        life.enter(proposer), one.code, Cause.WITNESS_WISH, REASON, life.clock(), although_recalled=True
    )
    one.proposed = f"{erasure} {proposer}"
    return True


def erasing(life: Life) -> bool:
    """Approved; it is carried out by the next reviewer who comes."""
    one = life.some(lambda one: one.hold is None and one.proposed is not None)
    if one is None:
        return False
    erasure, proposer = (one.proposed or "").split()
    others = [h for h in life.those(Role.CUSTODIAN) if h != proposer]
    if proposer not in life.world.people:
        return False
    approve_erasure(
        life.enter(life.random.choice(others)), erasure, REASON, life.clock(), although_recalled=True
    )
    _to_be_erased(life, one)
    return True


def _to_be_erased(life: Life, one: Told) -> None:
    """Here it is as good as gone; in an older copy it is closed, and gone only once that was carried out."""
    life.close("told", one.code, frozenset(one.yes))
    life.world.gone[one.code] = one.tail
    life.world.fading[one.code] = life.world.told.pop(one.code)


def holding(life: Life) -> bool:
    one = life.some(lambda one: one.hold is None)
    if one is None:
        return False
    request = HoldRequest(
        scope=HoldScope.TESTIMONY,
        cause=HoldCause.CLAIM_EXPECTED,
        review_on=(life.clock() + timedelta(days=90)).date(),
        authority="letter of a lawyer",
        codes=(one.code,),
    )
    (one.hold,) = place_hold(life.enter(life.one(Role.CUSTODIAN)), request, life.clock())
    return True


def lifting(life: Life) -> bool:
    one = life.some(lambda one: one.hold is not None)
    if one is None or one.hold is None:
        return False
    first, second = life.two(Role.CUSTODIAN)
    ask_lift(life.enter(first), one.hold, REASON, life.clock())
    lift_hold(life.enter(second), one.hold, REASON, life.clock())
    one.hold = None
    return True


def granting(life: Life) -> bool:
    handle, pick, now = life.one(Role.INVESTIGATOR), life.random, life.clock()
    case_id = pick.choice(CASES)
    held = {one.case_id for one in life.world.grants_of(handle, now)}
    if life.world.wall and held | {case_id} == set(CASES):
        return False
    request = GrantRequest(
        handle=handle,
        case_id=case_id,
        purposes=frozenset(pick.sample(READ_FOR, pick.choice((1, 2)))),
        valid_from=now,
        valid_until=now + timedelta(days=pick.choice((5, 20, 60))),
        originals=pick.random() < 0.4,
        closed_parts=frozenset({ClosedPart.INSIDERS} if pick.random() < 0.3 else ()),
    )
    custodian, second = life.two(Role.CUSTODIAN)
    asker = life.enter(pick.choice((custodian, handle)))
    grant_id = ask_grant(asker, wanted(request), now)
    approval = Approval(request.closed_parts, request.originals)
    approve_grant(life.enter(second), grant_id, approval, REASON, now)
    life.world.grants.append(
        Given(
            grant_id,
            handle,
            case_id,
            request.purposes,
            request.originals,
            request.valid_until,
            bool(request.closed_parts),
        )
    )
    return True


def ending_a_grant(life: Life) -> bool:
    open_now = [one for one in life.world.grants if life.clock() < one.until]
    if not open_now:
        return False
    one = life.random.choice(open_now)
    end_grant(life.enter(life.one(Role.CUSTODIAN)), one.grant_id, REASON, life.clock())
    life.world.grants.remove(one)
    life.close("grant", one.grant_id)
    return True


def walling(life: Life) -> bool:
    first, second = life.two(Role.CUSTODIAN)
    does = "lift" if life.world.wall else "set"
    step = propose_wall(life.enter(first), CASES, does, REASON, life.clock())
    confirm_wall(life.enter(second), step, REASON, life.clock())
    life.world.wall = not life.world.wall
    return True


def coming(life: Life) -> bool:
    if len(life.world.people) > 16:
        return False
    life.joined += 1
    role = life.random.choice((Role.INTERVIEWER, Role.REVIEWER, Role.INVESTIGATOR, Role.CUSTODIAN))
    newcomer = Newcomer(f"newcomer-{life.joined}", f"Newcomer {life.joined}", frozenset({role}))
    life.bring_in(newcomer, confirmed=life.random.random() < 0.7)
    return True


def going(life: Life) -> bool:
    """Somebody who came later leaves, and often the keys they held are changed."""
    newcomers = [h for h in sorted(life.world.people) if h.startswith("newcomer")]
    if not newcomers:
        return False
    handle = life.random.choice(newcomers)
    held = life.world.secrets_of(handle, life.clock())
    session = life.enter("custodian-1")
    account_id = suspend(session, handle, life.clock())
    gone(life.world, handle)
    life.close("person", handle)
    life.leave()
    if life.random.random() < 0.5:
        _new_keys(life, held, account_id)
    return True


def gone(world: World, handle: str) -> None:
    world.people.pop(handle, None)
    world.grants = [one for one in world.grants if one.handle != handle]


def changing_keys(life: Life) -> bool:
    some = life.random.sample(sorted(Compartment), life.random.choice((1, 1, 2)))
    _new_keys(life, frozenset(some), None)
    return True


def _new_keys(life: Life, compartments: frozenset[Compartment], account_id: AccountId | None) -> None:
    """Ordered by one and confirmed by another; carried out at the next sign-in of whoever can."""
    cause = KeyCause.ROTATION if account_id is None else KeyCause.MEMBER_REMOVED
    ordered = OrderRequest(compartments, cause, account_id, REASON)
    order_id = order_keys(life.enter("custodian-1"), ordered, life.clock())
    confirm_keys(life.enter("custodian-2"), order_id, REASON, life.clock())


def changing_a_password(life: Life) -> bool:
    handle = life.random.choice(sorted(life.world.people))
    person = life.world.people[handle]
    new = f"a lantern over {''.join(life.random.choices(_TAIL, k=9))} water"
    change_password(life.enter(handle), person.password, new, life.clock())
    person.password = new
    return True


def making_new_sheets(life: Life) -> bool:
    first, second = life.enter("custodian-1"), life.enter("custodian-2")
    order_sheets(first, SheetPlan(SHEETS_NEEDED, SHEETS), REASON, life.clock())
    life.world.sheets = confirm_sheets(second, REASON, life.clock()).sheets
    return True


def giving_up(life: Life) -> bool:
    """A unit of work that changes everything, and ends with an exception."""
    reviewer = life.enter(life.one(Role.REVIEWER))
    try:
        with reviewer.work(life.clock()) as work:
            work.connection.execute(REGISTER.update().values(quarantined=1, case_id="CASE-1"))
            raise GivenUp
    except GivenUp:
        return True


def time_passing(life: Life) -> bool:
    life.clock.forward(days=life.random.choice((1, 3, 9, 25)), hours=life.random.randrange(24))
    return True


# Deaths: the process is killed before one of its statements; what it did is read from the register afterwards.


def dying_while_telling(life: Life) -> bool:
    one, made, identity = _account(life)
    interviewer = life.one(Role.INTERVIEWER)
    told_to = life.enter(interviewer).account.id
    made = replace(made, consent=replace(made.consent, explained_by=told_to))
    _killed(life, lambda there: submit(there.enter(interviewer), made, identity, there.clock()))
    if _state_of(life, one.code) is not None:
        life.world.told[one.code] = one
    return True


def dying_while_withdrawing(life: Life) -> bool:
    one = life.some(lambda one: one.state != "restricted")
    if one is None:
        return False
    who = life.one(Role.INTERVIEWER)
    _killed(life, lambda there: withdraw(there.enter(who), one.code, ALL, IN_PERSON, there.clock()))
    if _state_of(life, one.code) == "restricted":
        _take_back(life, one, frozenset(one.yes))
    return True


def dying_while_erasing(life: Life) -> bool:
    """Approved by a custodian and carried out by a reviewer, in one process that dies somewhere."""
    one = life.some(lambda one: one.hold is None and one.proposed is not None)
    if one is None:
        return False
    erasure, proposer = (one.proposed or "").split()
    if proposer not in life.world.people:
        return False
    others = [h for h in life.those(Role.CUSTODIAN) if h != proposer]
    second, reviewer = life.random.choice(others), life.one(Role.REVIEWER)

    def act(there: Life) -> None:
        approve_erasure(there.enter(second), erasure, REASON, there.clock(), although_recalled=True)
        there.leave()
        there.enter(reviewer)

    _killed(life, act, 200)
    stands = _state_of(life, one.code)
    if stands in (None, "disposed"):
        _to_be_erased(life, one)
    elif stands == "restricted" and one.yes:
        # It died between the line of closings.jsonl and the commit: closed, not erased.
        _take_back(life, one, frozenset(one.yes))
    return True


def dying_while_changing_keys(life: Life) -> bool:
    """The order is given; who carries it out is killed. Signing in later does the rest."""
    compartment = life.random.choice(sorted(Compartment))
    _new_keys(life, frozenset({compartment}), None)
    life.leave()
    who = {Compartment.AUDIT: "auditor-1", Compartment.LEDGER: "custodian-2"}
    who |= {Compartment.IDENTITY: "custodian-3"}
    executor = who.get(compartment, "reviewer-1")
    _killed(life, lambda there: carry_out(there.enter(executor), there.clock()), 120)
    return True


def _killed(life: Life, act: Callable[[Life], object], most: int = 60) -> None:
    life.leave()

    def run() -> None:
        # Another process has files of its own.
        there = Life(life.path, life.world, life.random, life.clock)
        act(there)

    dies_at(life.random.randrange(1, most), run)


def _state_of(life: Life, code: str) -> str | None:
    """As it stands in the register, seen by an interviewer, at whose sign-in nothing is done about it."""
    with life.enter("interviewer-1").reading() as connection:
        row = find_row(connection, code)
    return None if row is None else row.state


# Copies


def copying(life: Life) -> bool:
    """The whole directory, by hand."""
    place = life.path.with_name(f"copy-{len(life.happened)}")
    shutil.copytree(life.path, place)
    _keep(life, lambda target: shutil.copytree(place, target))
    return True


def backing_up(life: Life) -> bool:
    """By the archive itself; nobody is signed in."""
    place, directory = life.path.with_name("backups"), ArchiveDirectory(life.path)
    life.leave()
    made = back_up(directory, local_objects(directory.objects), place, life.clock(), Plan(patience=5))
    snapshot = sorted(each.name for each in (place / SNAPSHOTS).iterdir())[-1]

    def restored(target: Path) -> None:
        newest = {name: life.path / name for name in (ERASURES, CLOSINGS) if (life.path / name).exists()}
        wanted = Wanted(snapshot=snapshot, key=made.note.key, lists=newest)
        restore(place, target, wanted, None, life.clock())

    _keep(life, restored)
    return True


def _keep(life: Life, restored: Callable[[Path], object]) -> None:
    life.copies = [*life.copies, (restored, copy.deepcopy(life.world))][-4:]


def putting_a_copy_back(life: Life) -> bool:
    """The archive as it was, but for the newest lists of erasures and closings, as the operator's guide says."""
    if not life.copies:
        return False
    restored, world = life.random.choice(life.copies)
    target = life.path.with_name("put-back")
    restored(target)
    for name in (ERASURES, CLOSINGS):
        if (life.path / name).exists():
            shutil.copy(life.path / name, target / name)
    shutil.rmtree(life.path)
    target.rename(life.path)
    life.archive = life.opened()
    life.world = _as_it_is_again(life, copy.deepcopy(world))
    life.was_put_back = True
    return True


def _as_it_is_again(life: Life, world: World) -> World:
    """What was erased or closed since is so again; all else is as it was."""
    for closing in life.closings[world.closings :]:
        if closing.what == "told" and closing.name in world.told:
            _lose(world.told[closing.name], closing.purposes)
        elif closing.what == "grant":
            world.grants = [one for one in world.grants if one.grant_id != closing.name]
        elif closing.what == "person":
            gone(world, closing.name)
        elif closing.what == "wall":
            low, high = closing.name.split(" | ")
            if low in world.told and high in world.told:
                world.ticks += 1
                world.walls.add((low, high))
                world.first.setdefault((low, high), world.ticks)
    for code in life.carried_out & world.told.keys():
        world.fading[code] = world.told.pop(code)
    world.gone |= {code: tail for code, tail in life.world.gone.items() if code not in world.told}
    world.closings = len(life.closings)
    return world


ACTS: Final[Mapping[Callable[[Life], bool], int]] = {
    telling: 8, receiving: 4, releasing: 7, deciding: 4, withdrawing: 2, withdrawing_one_use: 2,
    opening_an_identity: 2, proposing_to_erase: 2, erasing: 3, holding: 1, lifting: 2, granting: 6, ending_a_grant: 2,
    walling: 1, coming: 2, going: 2, changing_keys: 2, changing_a_password: 2, making_new_sheets: 1, giving_up: 1,
    time_passing: 4, dying_while_telling: 1, dying_while_withdrawing: 1, dying_while_erasing: 2,
    dying_while_changing_keys: 2, copying: 1, backing_up: 2, putting_a_copy_back: 2,
}  # fmt: skip
"""What may happen, and how often."""
