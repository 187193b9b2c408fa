"""One person with the whole directory, every backup of it and any single account wants to know who a witness is.

Step by step, for each role: what the password opens, what these keys open, every share that can be had by them in any
copy, the key of the identities, the envelope; then what a writer of the disk can forge and replay. The same attacker's
tools in the hands of two custodians do open it, so the tools work.

What a copy can hold (decision 0008; `services/rekeying.py`): once one custodian agreed to a request or ordered new keys
for the identities, their share lies there sealed to each other custodian. In a copy of just that moment another
custodian has two shares. That takes two people's acts, the second one's without the archive; the last test shows it.
"""

import itertools
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.errors import BadShares, CryptoError, WrongPassword
from crypto.keys import Secret
from crypto.labels import Label
from crypto.passwords import Argon2Cost, unlock_bundle
from crypto.sealing import SealingKey, open_sealed
from crypto.shares import combine
from testimony.domain.errors import Conflict, IntegrityFailed, Refused
from testimony.domain.identity import IdentityField, RequestState
from testimony.domain.roles import Role
from testimony.services.accounts import activate, enrol
from testimony.services.archives import Archive, handle_lookup
from testimony.services.certificates import sign_statement
from testimony.services.confirming import confirm_enrolment
from testimony.services.identity_approving import approve
from testimony.services.identity_requests import ask
from testimony.services.identity_showing import show
from testimony.services.identity_statements import approval_document, digest_of, find_kept
from testimony.services.identity_views import own_request
from testimony.services.invitations import Newcomer
from testimony.services.membership import share_context, slot_context
from testimony.services.opening import _former, sealing_key_of
from testimony.services.own_account import change_password
from testimony.services.rekey_running import carry_out
from testimony.services.rekeying import _wrap_context, find_order
from testimony.services.sessions import parse_keys
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import identity_requests
from testimony.storage.compartments import Compartment
from testimony.storage.database import Database
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.identities import IDENTITIES
from testimony.storage.identity_requests import APPROVALS, REQUESTS, WRAPPED
from testimony.storage.keyring import Keyring
from testimony.storage.keyring_file import read_keyring
from testimony.storage.objects import local_objects
from tests.identities import NAME, asking, received_with_identity
from tests.new_keys import confirmed, signed_in_anew
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

NAMES = frozenset({IdentityField.NAMES})
CHANGED = "a second lantern over the quiet water"
QUIET = ("at first", "new keys", "in the end")
"""Copies of moments in which no custodian had said yes to something that waited for another."""


@dataclass
class Copies:
    """A directory at several moments. wanted: of the testimony whose witness is looked for."""

    at: dict[str, Path] = field(default_factory=dict)
    wanted: str = ""
    submission_id: str = ""


@dataclass
class Thief:
    """Whoever has some passwords and some copies. Uses no door: whatever a key opens is taken."""

    handles: tuple[str, ...]
    copies: Mapping[str, Path]
    passwords: tuple[str, ...] = (PASSWORD, CHANGED)

    def __post_init__(self) -> None:
        self.keyrings = {name: read_keyring(ArchiveDirectory(path)) for name, path in self.copies.items()}
        self.own = {key.public.raw: key for key in self._own_keys()}
        self.secrets = {(c, s.raw): s for c, s in self._secrets()}
        keys = {**self.own}
        for secret in self.secrets.values():
            keys |= {key.public.raw: key for key in (sealing_key_of(secret), *self._former(secret))}
        self.keys = tuple(keys.values())

    def _own_keys(self) -> Iterator[SealingKey]:
        for keyring, handle, password in itertools.product(
            self.keyrings.values(), self.handles, self.passwords
        ):
            record = keyring.account_with_lookup(handle_lookup(keyring.archive_id, handle))
            try:
                if record is not None:
                    content = parse_keys(unlock_bundle(password, record.bundle, record.account_id))
                    yield SealingKey(content.sealing)
            except WrongPassword:
                continue

    def _secrets(self) -> Iterator[tuple[Compartment, Secret]]:
        for keyring in self.keyrings.values():
            for slot in keyring.slots:
                context = slot_context(keyring.archive_id, slot.compartment, slot.account_id)
                for raw in self._opened(self.own.values(), slot.sealed, Label.KEY_SLOT, context):
                    yield slot.compartment, Secret(raw)

    def _former(self, secret: Secret) -> Iterator[SealingKey]:
        for keyring, compartment in itertools.product(self.keyrings.values(), Compartment):
            try:
                rows = _former(keyring, compartment, secret)
            except (
                CryptoError,
                ArchiveDamaged,
                KeyError,
                ValueError,
            ):  # of another compartment or generation
                continue
            yield from (SealingKey(Secret(bytes.fromhex(row["sealing"]))) for row in rows)

    @staticmethod
    def _opened(keys: object, sealed: bytes, label: Label, context: bytes) -> Iterator[bytes]:
        for key in keys:  # type: ignore[attr-defined]  # sealing keys
            try:
                yield open_sealed(key, sealed, label, context)
            except CryptoError:
                continue

    def shares(self) -> frozenset[str]:
        """The words of every share of any split that these keys open in any copy, wherever it lies."""
        found = {
            words.decode()
            for name, keyring in self.keyrings.items()
            for sealed, label, context in (*_kept_shares(keyring), *self._lent(name, keyring))
            for words in self._opened(self.keys, sealed, label, context)
        }
        return frozenset(found)

    def _lent(self, name: str, keyring: Keyring) -> Iterator[tuple[bytes, Label, bytes]]:
        """Shares on their way in the ledger of a copy, if the thief opens that ledger."""
        for connection in self.ledgers(name):
            requests = {row.request_id: row for row in connection.execute(REQUESTS.select())}
            for row in connection.execute(WRAPPED.select()):
                request = requests[row.request_id]
                digest = digest_of(request.statement)
                about = f"{keyring.archive_id}/identity-approval/{digest}/{request.expires_at}"
                context = f"{about}/{row.from_id}/{row.to_id}"
                yield row.sealed, Label.IDENTITY_APPROVAL_SHARE, context.encode()

    def ledgers(self, name: str) -> Iterator[sa.Connection]:
        for (compartment, _), secret in self.secrets.items():
            if compartment is not Compartment.LEDGER:
                continue
            database = Database(ArchiveDirectory(self.copies[name]), {Compartment.LEDGER: secret})
            try:
                with database.reading() as connection:
                    yield connection
            except ArchiveDamaged:  # of another generation
                continue
            finally:
                database.close()

    def rebuilt(self) -> tuple[Secret, ...]:
        """Every secret that some of the shares give."""
        shares, found = sorted(self.shares()), []
        for count in range(1, len(shares) + 1):
            for some in itertools.combinations(shares, count):
                try:
                    found.append(combine(list(some)))
                except BadShares:
                    continue
        return tuple(found)

    def names_of(self, submission_id: str) -> list[str]:
        """In which copies the envelope opens, by any key that there is to be had."""
        secrets = self.rebuilt()
        keys = [*self.keys, *(sealing_key_of(s) for s in secrets)]
        keys += [key for s in secrets for key in self._former(s)]
        opened = []
        for name in self.copies:
            for connection in self.ledgers(name):
                wanted = sa.select(IDENTITIES.c.sealed).where(IDENTITIES.c.submission_id == submission_id)
                sealed = connection.execute(wanted).scalar_one()
                assert sealed
                for plain in self._opened(keys, sealed, Label.IDENTITY, submission_id.encode()):
                    assert NAME in plain.decode()
                    opened.append(name)
        return sorted(set(opened))


def _kept_shares(keyring: Keyring) -> Iterator[tuple[bytes, Label, bytes]]:
    shares = (*keyring.shares, *(share for pending in keyring.pending for share in pending.shares))
    for share, account_id in itertools.product(shares, keyring.accounts):
        yield share.sealed, Label.IDENTITY_SHARE, share_context(keyring.archive_id, account_id)
    for entry in keyring.orders:
        order_id = json.loads(entry.order.statement)["id"]
        for wrap in entry.wraps:
            context = _wrap_context(keyring, find_order(keyring, order_id).sha256, wrap.from_id, wrap.to_id)
            yield wrap.sealed, Label.IDENTITY_SHARE_WRAP, context


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory, founded_template: Path) -> Iterator[Copies]:
    """A life in which identities are opened, passwords and keys changed and shares split anew; copied all along."""
    root = tmp_path_factory.mktemp("copies")
    shutil.copytree(founded_template, root / "archive")
    directory, clock = ArchiveDirectory(root / "archive"), Clock()
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    people, made = People(archive, clock, SignIn(archive, Throttle())), Copies()

    def copied(name: str) -> None:
        made.at[name] = root / name
        shutil.copytree(directory.path, made.at[name])

    made.wanted, other = (received_with_identity(people, clock) for _ in range(2))
    with people["custodian"].reading() as connection:
        wanted = sa.select(IDENTITIES.c.submission_id).where(IDENTITIES.c.code == made.wanted)
        made.submission_id = connection.execute(wanted).scalar_one()
    copied("at first")
    request = ask(people["reviewer"], asking(other, clock), clock())
    approve(people["custodian_c"], request, clock())
    copied("one agreed")
    approve(people["custodian_b"], request, clock())
    assert NAME in str(show(people["reviewer"], request, NAMES, clock()))
    copied("opened")
    confirmed(people, *Compartment)
    copied("new keys ordered")
    for name in ("custodian_b", "reviewer", "auditor"):
        carry_out(people[name], clock())
        signed_in_anew(people)
    copied("new keys")
    for name in ("custodian", "custodian_c", "reviewer", "auditor", "interviewer", "investigator"):
        change_password(people[name], PASSWORD, CHANGED, clock())
    copied("in the end")
    for session in people.sessions.values():
        archive.release(session.archive.secrets)
    yield made


ROLES = ("custodian", "custodian_b", "custodian_c", "reviewer", "auditor", "interviewer", "investigator")
BESIDE_CUSTODIANS = ROLES[3:]


@pytest.mark.parametrize("name", ROLES)
def test_what_one_account_opens_in_all_copies_is_no_identity(copies: Copies, name: str) -> None:
    """Step by step; a custodian without the copies of the moments in which another custodian had just agreed."""
    is_custodian = name not in BESIDE_CUSTODIANS
    at = {moment: path for moment, path in copies.at.items() if not is_custodian or moment in QUIET}
    thief = Thief((HANDLES[name],), at)

    # 1. The password, old or new, opens the bundle of every copy: the attack is there.
    assert len(thief.own) == 1
    # 2. With it, compartments' keys of before and after; the ledger of every copy, and never the identities' key.
    generations = {s.raw for (c, _), s in thief.secrets.items() if c is Compartment.LEDGER}
    assert len(generations) == 2
    assert all(any(True for _ in thief.ledgers(moment)) for moment in at)
    assert not [c for c, _ in thief.secrets if c is Compartment.IDENTITY]
    # 3. Shares: one's own of before and of after the new split; nobody but custodians has any.
    assert len(thief.shares()) == (2 if is_custodian else 0)
    # 4. They give no secret: not alone, not the old one and the new one together.
    assert thief.rebuilt() == ()
    # 5. And no key that is to be had opens the envelope, in any copy.
    assert thief.names_of(copies.submission_id) == []


@pytest.mark.parametrize("pair", [("custodian", "custodian_b"), ("custodian_b", "custodian_c")])
def test_two_custodians_with_the_same_tools_open_it(copies: Copies, pair: tuple[str, str]) -> None:
    quiet = {moment: copies.at[moment] for moment in QUIET}

    thief = Thief(tuple(HANDLES[name] for name in pair), quiet)

    assert thief.names_of(copies.submission_id) == sorted(QUIET)


@pytest.mark.parametrize("name", BESIDE_CUSTODIANS)
def test_a_custodian_and_somebody_who_is_none_are_one_custodian(copies: Copies, name: str) -> None:
    quiet = {moment: copies.at[moment] for moment in QUIET}

    thief = Thief((HANDLES["custodian"], HANDLES[name]), quiet)

    assert len(thief.shares()) == 2
    assert thief.names_of(copies.submission_id) == []


def test_what_another_custodian_lent_is_the_limit(copies: Copies) -> None:
    """Not met, and said (decision 0008): who has a copy of the moment in which another custodian had agreed to one
    request holds, sealed to them, what opens every identity of the copies of that key. Who agreed gains nothing."""
    moment = {"one agreed": copies.at["one agreed"], "at first": copies.at["at first"]}

    agreed = Thief((HANDLES["custodian_c"],), moment)
    other = Thief((HANDLES["custodian"],), moment)

    assert agreed.names_of(copies.submission_id) == []
    assert other.names_of(copies.submission_id) == sorted(moment)
    # Once it is decided no share lies there any more, and after a new split the old one opens nothing new.
    after = {name: copies.at[name] for name in ("opened", "new keys", "in the end")}
    assert Thief((HANDLES["custodian"],), after).names_of(copies.submission_id) == []
    assert sorted(Thief((HANDLES["custodian"],), {**moment, **after}).names_of(copies.submission_id)) == [
        "at first",
        "one agreed",
        "opened",
    ]


def edit(people: People, name: str, *statements: sa.Executable) -> None:
    with people[name].archive.database.writing() as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0  # the attack is there


@pytest.mark.parametrize("name", ["custodian", "reviewer", "interviewer", "investigator", "auditor"])
def test_an_approval_forged_by_one_account_opens_nothing(people: People, clock: Clock, name: str) -> None:
    """Written into the ledger in another custodian's name, signed with the keys that this account has."""
    code = received_with_identity(people, clock)
    request = ask(people["reviewer_b"], asking(code, clock), clock())
    thief, victim = people[name], people["custodian_b"].account.id
    with thief.reading() as connection:
        kept = find_kept(thief, connection, request)
    document = approval_document(kept, victim, {people["custodian_c"].account.id: b"share"}, clock())
    forged = sign_statement(document, victim, thief.keys.signing, Label.IDENTITY_APPROVAL)
    row = {"request_id": request, "custodian_id": victim}
    signed = {"statement": forged.statement, "signature": forged.signature}
    edit(people, name, APPROVALS.insert().values(**row, **signed))

    with pytest.raises(IntegrityFailed):
        approve(people["custodian_c"], request, clock())

    assert own_request(people["reviewer_b"], request, clock()).state is RequestState.WAITING


def test_a_share_that_was_wrapped_for_one_request_is_replayed_for_another(
    people: People, clock: Clock
) -> None:
    """A custodian keeps what another lent for the first request, and puts it beside a second one of their choice."""
    codes = [received_with_identity(people, clock) for _ in range(2)]
    first, second = (ask(people["reviewer"], asking(code, clock), clock()) for code in codes)
    approve(people["custodian_b"], first, clock())
    thief = people["custodian"]
    with thief.reading() as connection:
        approvals = connection.execute(APPROVALS.select()).all()
        wraps = connection.execute(WRAPPED.select()).all()
    assert len(approvals) == 1 and len(wraps) == 2
    moved = [{**row._mapping, "request_id": second} for row in approvals]
    edit(people, "custodian", APPROVALS.insert().values(moved))
    edit(
        people,
        "custodian",
        WRAPPED.insert().values([{**row._mapping, "request_id": second} for row in wraps]),
    )

    with pytest.raises(IntegrityFailed):
        approve(thief, second, clock())

    assert own_request(people["reviewer"], second, clock()).state is RequestState.WAITING


def test_a_puppet_that_one_custodian_enrols_is_no_second_custodian(people: People, clock: Clock) -> None:
    newcomer = Newcomer("puppet", "Puppet", frozenset({Role.CUSTODIAN}))
    invitation = enrol(people["custodian"], newcomer, clock())
    activate(people.archive, Throttle(), "puppet", invitation.code, PASSWORD, clock())
    code = received_with_identity(people, clock)
    request = ask(people["reviewer"], asking(code, clock), clock())
    approve(people["custodian"], request, clock())
    puppet = people.door.sign_in("puppet", PASSWORD, None, clock())

    with pytest.raises((Refused, Conflict)):
        approve(puppet, request, clock())
    with pytest.raises(Refused):
        confirm_enrolment(people["custodian"], invitation.record.account_id, "I know them", clock())

    with puppet.reading() as connection:
        lent_to = {one.to_id for one in identity_requests.wrapped_of(connection, request)}
    assert puppet.account.id not in lent_to
    people.archive.release(puppet.archive.secrets)
