"""What is signed about a link of two accounts, sealed to those who may know it, and read back.

    proposal := {kind, two codes, who or what found it, reason}                 signed by who proposes
    sealed   := seal(vault or reading room, proposal and signature) and, for one witness, to each custodian
    decision := {link, SHA-256 of the proposal, confirmed | rejected | undone}  signed by who decides

A row that says "confirmed" is not believed: the decision must be signed by somebody else who may decide.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.accounts import AccountId
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import IntegrityFailed
from testimony.domain.roles import Role
from testimony.services.certificates import certified_account, read_statement, sign_statement
from testimony.services.custodian_words import open_words, seal_words
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, timestamp
from testimony.services.two_people import is_confirmed
from testimony.storage.account_links import LinkRow
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import Signed

FORMAT = "testimony-account-link/1"
DECISION_FORMAT = "testimony-account-link-decision/1"


class LinkKind(StrEnum):
    """What two accounts have in common."""

    WITNESS = "same_witness"
    INCIDENT = "same_incident"


class LinkState(StrEnum):
    """How a link stands. broken: what its row says is not what was signed."""

    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNDONE = "undone"
    BROKEN = "broken"


class Source(StrEnum):
    """Who says so: a person, or the tags of names."""

    PERSON = "person"
    TAGS = "tags"


_READERS = {LinkKind.WITNESS: Compartment.VAULT, LinkKind.INCIDENT: Compartment.READING_ROOM}
_PROPOSERS = {
    (LinkKind.WITNESS, Source.PERSON): frozenset({Role.CUSTODIAN}),
    (LinkKind.WITNESS, Source.TAGS): frozenset({Role.REVIEWER}),
    (LinkKind.INCIDENT, Source.PERSON): frozenset({Role.REVIEWER, Role.INVESTIGATOR}),
}
DECIDERS = {
    LinkKind.WITNESS: frozenset({Role.CUSTODIAN}),
    LinkKind.INCIDENT: frozenset({Role.REVIEWER, Role.INVESTIGATOR}),
}


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link that this person can open. digest: SHA-256 of the proposal, which a decision names."""

    id: str
    kind: LinkKind
    state: LinkState
    codes: tuple[str, str]
    source: Source
    reason: str = field(repr=False)
    proposed_by: AccountId
    proposed_at: datetime
    decided_by: AccountId | None
    digest: str

    def other(self, code: str) -> str:
        return self.codes[1] if code == self.codes[0] else self.codes[0]


def sign_link(
    session: Session, kind: LinkKind, codes: tuple[str, str], source: Source, reason: str, now: datetime
) -> LinkRow:
    """A proposal as a row, sealed. codes: in any order."""
    link_id = secrets.token_hex(8)
    document = {
        "format": FORMAT,
        "archive": session.archive.keyring().archive_id,
        "id": link_id,
        "kind": kind.value,
        "codes": sorted(codes),
        "source": source.value,
        "reason": reason,
        "at": timestamp(now),
    }
    signed = sign_statement(document, session.account.id, session.keys.signing, Label.ACCOUNT_LINK)
    parts = {"statement": signed.statement, "signature": signed.signature}
    whole = canonical_json({name: base64.b64encode(part).decode() for name, part in parts.items()})
    sealed = seal(session.archive.public(_READERS[kind]), whole, Label.ACCOUNT_LINK_SEALED, link_id.encode())
    words = seal_words(session, whole.decode(), _about(link_id)) if kind is LinkKind.WITNESS else None
    return LinkRow(
        link_id=link_id,
        kind=kind.value,
        state=LinkState.CANDIDATE.value,
        proposed_by=session.account.id,
        proposed_at=timestamp(now),
        for_readers=sealed,
        for_custodians=words,
    )


def sign_decision(session: Session, link: OpenedLink, state: LinkState, now: datetime) -> Signed:
    document = {**_decision(session, link, state), "at": timestamp(now)}
    return sign_statement(document, session.account.id, session.keys.signing, Label.ACCOUNT_LINK_DECISION)


def open_link(session: Session, connection: Connection, row: LinkRow) -> OpenedLink | None:
    """None for a link that is not for this person's eyes. Raises IntegrityFailed for one that was bent."""
    whole = _unsealed(session, row)
    if whole is None:
        return None
    keyring, kind = session.archive.keyring(), LinkKind(row.kind)
    try:
        parts = {name: base64.b64decode(part) for name, part in json.loads(whole).items()}
        signed = Signed(parts["statement"], row.proposed_by, parts["signature"])
        proposer = certified_account(keyring, AccountId(row.proposed_by))
        document = read_statement(signed, proposer.signed_with, Label.ACCOUNT_LINK)
        low, high = document["codes"]
        source = Source(document["source"])
    except (ArchiveDamaged, ValueError, KeyError, TypeError):
        raise IntegrityFailed from None
    said = [document.get(name) for name in ("format", "archive", "id", "kind", "at")]
    if said != [FORMAT, keyring.archive_id, row.link_id, row.kind, row.proposed_at]:
        raise IntegrityFailed
    may = _PROPOSERS.get((kind, source), frozenset())
    if proposer.roles.isdisjoint(may) or not is_confirmed(keyring, connection, proposer.account_id):
        raise IntegrityFailed
    link = OpenedLink(
        id=row.link_id,
        kind=kind,
        state=LinkState.CANDIDATE,
        codes=(str(low), str(high)),
        source=source,
        reason=str(document.get("reason", "")),
        proposed_by=AccountId(row.proposed_by),
        proposed_at=datetime.fromisoformat(row.proposed_at),
        decided_by=None if row.decided_by is None else AccountId(row.decided_by),
        digest=hashlib.sha256(signed.statement).hexdigest(),
    )
    return _with_state(session, connection, row, link)


def _with_state(session: Session, connection: Connection, row: LinkRow, link: OpenedLink) -> OpenedLink:
    state = LinkState(row.state)
    if state is LinkState.CANDIDATE:
        return link
    holds = _is_decided(session, connection, row, link, state)
    return replace(link, state=state if holds else LinkState.BROKEN)


def _is_decided(
    session: Session, connection: Connection, row: LinkRow, link: OpenedLink, state: LinkState
) -> bool:
    signed, keyring = row.decided, session.archive.keyring()
    if signed is None or (signed.signer == row.proposed_by and state is not LinkState.UNDONE):
        return False
    try:
        who = certified_account(keyring, AccountId(signed.signer))
        document = read_statement(signed, who.signed_with, Label.ACCOUNT_LINK_DECISION)
    except ArchiveDamaged:
        return False
    document.pop("at", None)
    may = not who.roles.isdisjoint(DECIDERS[link.kind]) and is_confirmed(keyring, connection, who.account_id)
    return may and document == _decision(session, link, state)


def _decision(session: Session, link: OpenedLink, state: LinkState) -> dict[str, object]:
    return {
        "format": DECISION_FORMAT,
        "archive": session.archive.keyring().archive_id,
        "link": link.id,
        "link_sha256": link.digest,
        "decision": state.value,
    }


def _unsealed(session: Session, row: LinkRow) -> bytes | None:
    compartment = _READERS[LinkKind(row.kind)]
    if compartment in session.archive.secrets:
        keys = sealing_keys(session.archive, compartment)
        try:
            return open_with_any(keys, row.for_readers, Label.ACCOUNT_LINK_SEALED, row.link_id.encode())
        except CryptoError:
            raise IntegrityFailed from None
    if Role.CUSTODIAN not in session.account.roles:
        return None
    try:
        words = open_words(session, row.for_custodians, _about(row.link_id))
    except ArchiveDamaged:
        raise IntegrityFailed from None
    return None if words is None else words.encode()


def _about(link_id: str) -> str:
    return f"account-link/{link_id}"
