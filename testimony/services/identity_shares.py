"""The identities' secret between custodians: lent for one order, put together, split anew.

One custodian's share is sealed to each other custodian, bound to the order it is lent for; the one who confirms adds
their own and has the secret, in memory, for that one act.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from crypto.errors import CryptoError
from crypto.keys import Secret
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from crypto.shares import combine, split
from testimony.domain.accounts import AccountId
from testimony.domain.errors import NotYet
from testimony.services.founding import IDENTITY_THRESHOLD
from testimony.services.generations import compartment_key
from testimony.services.membership import share_context
from testimony.services.opening import sealing_key_of
from testimony.services.rekeying import active_custodians, own_share
from testimony.services.sessions import Session
from testimony.storage.compartments import Compartment
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.keyring import IdentityShare, Keyring, Signed


def lend(session: Session, order: Signed, lacking: frozenset[AccountId]) -> Mapping[AccountId, bytes]:
    """This custodian's share, sealed to each other one for this order, save those who lack a second's word.

    Raises NotYet without a share.
    """
    keyring = session.archive.keyring()
    words = _require_own_share(session, keyring).encode()
    return {
        custodian.account_id: seal(
            custodian.sealing, words, Label.LENT_SHARE, _lent_context(order, custodian.account_id)
        )
        for custodian in active_custodians(keyring)
        if custodian.account_id != session.account.id and custodian.account_id not in lacking
    }


def rebuild(session: Session, order: Signed, lent: Mapping[AccountId, bytes]) -> Secret:
    """The secret, of the share that was lent and one's own.

    Raises NotYet when nothing was lent to this custodian or they have no share; ArchiveDamaged when the two do not
    give the certified secret.
    """
    keyring = session.archive.keyring()
    sealed = lent.get(session.account.id)
    if sealed is None:
        raise NotYet
    own = _require_own_share(session, keyring)
    try:
        context = _lent_context(order, session.account.id)
        other = open_sealed(session.keys.sealing, sealed, Label.LENT_SHARE, context)
        secret = combine((own, other.decode()))
    except (CryptoError, UnicodeDecodeError):
        raise ArchiveDamaged from None
    if sealing_key_of(secret).public != compartment_key(keyring, Compartment.IDENTITY):
        raise ArchiveDamaged
    return secret


def shared_anew(keyring: Keyring, secret: Secret, lacking: frozenset[AccountId]) -> Keyring:
    """Split the secret between the custodians there are. Raises NotYet with fewer than two.

    lacking: whom one custodian alone brought in (`membership.lacking_a_second`); they get no share.
    """
    custodians = [c for c in active_custodians(keyring) if c.account_id not in lacking]
    if len(custodians) < IDENTITY_THRESHOLD:
        raise NotYet
    words = split(secret, IDENTITY_THRESHOLD, len(custodians))
    shares = tuple(
        IdentityShare(
            account_id=custodian.account_id,
            threshold=IDENTITY_THRESHOLD,
            sealed=seal(
                custodian.sealing,
                share.encode(),
                Label.IDENTITY_SHARE,
                share_context(keyring.archive_id, custodian.account_id),
            ),
        )
        for custodian, share in zip(custodians, words, strict=True)
    )
    return replace(keyring, shares=shares)


def _require_own_share(session: Session, keyring: Keyring) -> str:
    words = own_share(session, keyring)
    if words is None:
        raise NotYet
    return words


def _lent_context(order: Signed, to: AccountId) -> bytes:
    return hashlib.sha256(order.statement).digest() + b"/" + to.encode()
