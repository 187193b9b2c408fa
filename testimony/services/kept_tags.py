"""Tags of names as they are handed in, kept and compared.

    handed in := seal(vault, tags, NAME_TAGS_HANDED_IN, code)          by an interviewer, who cannot open it again
    kept      := lock(key that the vault's key gives, tags, NAME_TAGS_KEPT, code)   by the next reviewer's session

Kept anew after each change of the vault's key. Who holds the vault opens them, and sees hashes under a key that they
do not hold.
"""

import json
from collections.abc import Iterator, Mapping

from crypto.errors import CryptoError
from crypto.keys import derive
from crypto.labels import Label
from crypto.locking import ManyValues
from crypto.sealing import SealingKey, seal
from testimony.domain.canonical import canonical_json
from testimony.domain.earlier_accounts import NameTags
from testimony.domain.testimony import Submission
from testimony.services.generations import generation_of
from testimony.services.matching_key import matching_key
from testimony.services.name_tags import known_from_identity, tags_of
from testimony.services.opening import open_with_any, sealing_keys
from testimony.services.sessions import Session, Work
from testimony.storage import earlier_accounts as rows
from testimony.storage.compartments import Compartment
from testimony.storage.connections import Connection
from testimony.storage.earlier_accounts import TagRow

HANDED_IN, KEPT = "handed_in", "kept"


def hand_in_tags(
    session: Session, work: Work, submission: Submission, identity: Mapping[str, object]
) -> None:
    """Beside a sealed identity. None are written for whoever holds no matching key yet."""
    key = matching_key(session, work)
    if key is None:
        return
    witness, year = submission.witness, int(submission.month[:4]) if submission.month else 0
    known = known_from_identity(identity, witness.sex.value, witness.age_band, year)
    tags = tags_of(known, key.secret, key.key_id)
    if not tags.tell_apart:
        return
    sealed = seal(
        session.archive.public(Compartment.VAULT),
        canonical_json(tags.to_document()),
        Label.NAME_TAGS_HANDED_IN,
        submission.code.encode(),
    )
    generation = present_generation(session)
    rows.put_tags(work.connection, TagRow(submission.code, HANDED_IN, generation, sealed))


def present_generation(session: Session) -> int:
    return generation_of(session.archive.keyring(), Compartment.VAULT).number


def keep_tags(session: Session, connection: Connection, row: TagRow) -> NameTags | None:
    """Lock anew what was handed in or lies under a former key; return the tags, readings included.

    None for what does not open: it is deleted, since nobody can ever compare it.
    """
    keys = sealing_keys(session.archive, Compartment.VAULT)
    tags = _open_row(keys, row)
    if tags is None:
        rows.delete_tags(connection, row.code)
        return None
    plain = canonical_json(tags.kept().to_document())
    locked = _locking(keys[0]).lock(plain, row.code.encode())
    rows.put_tags(connection, TagRow(row.code, KEPT, present_generation(session), locked))
    return tags


def kept_sets(session: Session, connection: Connection) -> Iterator[tuple[str, NameTags]]:
    """Every kept set with its code, one at a time. One that does not open is left out."""
    locked = _locking(sealing_keys(session.archive, Compartment.VAULT)[0])
    for row in rows.kept_tags(connection, present_generation(session)):
        try:
            yield row.code, _read(locked.unlock(row.sealed, row.code.encode()))
        except (CryptoError, ValueError, KeyError, TypeError):
            continue


def _open_row(keys: tuple[SealingKey, ...], row: TagRow) -> NameTags | None:
    context = row.code.encode()
    try:
        if row.form == HANDED_IN:
            return _read(open_with_any(keys, row.sealed, Label.NAME_TAGS_HANDED_IN, context))
    except (CryptoError, ValueError, KeyError, TypeError):
        return None
    for key in keys:
        try:
            return _read(_locking(key).unlock(row.sealed, context))
        except (CryptoError, ValueError, KeyError, TypeError):
            continue
    return None


def _read(plain: bytes) -> NameTags:
    return NameTags.from_document(json.loads(plain))


def _locking(key: SealingKey) -> ManyValues:
    return ManyValues(derive(key.seed, Label.NAME_TAGS_KEY), Label.NAME_TAGS_KEPT)
