"""What lies in the two halves of an account's bundle, and locking both anew.

The first half holds the account's keys. The other, when the person set a duress password, holds what an empty
profile needs to look like theirs, and no key: it opens nothing of the archive. The first half keeps the duress
password itself, since a new salt, cost or code generator must reach both halves while only one password is at hand;
whoever opens the first half has everything that the other could give, and more.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from crypto.keys import Secret
from crypto.passwords import Argon2Cost, LockedBundle, lock_bundle
from testimony.domain.accounts import AccountId
from testimony.services.sessions import BundleContent, Session
from testimony.storage import account_guards


@dataclass(frozen=True, slots=True, repr=False)
class EmptyProfile:
    """What the other half says. codes: digests of the recovery codes that were not used when it was locked."""

    account_id: AccountId
    handle: str
    name: str
    totp: bytes | None
    codes_key: Secret | None
    codes: frozenset[str]


def profile_of(session: Session, content: BundleContent) -> EmptyProfile:
    """How the empty profile of this account looks as things stand."""
    with session.reading() as connection:
        codes = account_guards.codes_of(connection, session.account.id)
    return EmptyProfile(
        account_id=content.account_id,
        handle=session.account.handle,
        name=session.account.name,
        totp=content.totp,
        codes_key=content.codes_key,
        codes=codes,
    )


def lock_content(
    content: BundleContent, password: str, profile: EmptyProfile, cost: Argon2Cost
) -> LockedBundle:
    """Both halves under a new salt. Raises Malformed if a password is not text."""
    other = None if content.duress is None else (content.duress, serialise_profile(profile))
    return lock_bundle(password, serialise_content(content), content.account_id, cost, other)


def serialise_content(content: BundleContent) -> bytes:
    document = {
        "account": content.account_id,
        "sealing": content.sealing.raw.hex(),
        "signing": content.signing.raw.hex(),
        "root": content.root.hex(),
        "totp": _hex(content.totp),
        "codes_key": _hex(None if content.codes_key is None else content.codes_key.raw),
        "duress": content.duress,
    }
    # As UTF-8: the longest duress password must not push one half over the size to which all are padded.
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def serialise_profile(profile: EmptyProfile) -> bytes:
    document = {
        "account": profile.account_id,
        "handle": profile.handle,
        "name": profile.name,
        "totp": _hex(profile.totp),
        "codes_key": _hex(None if profile.codes_key is None else profile.codes_key.raw),
        "codes": sorted(profile.codes),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def parse_profile(payload: bytes) -> EmptyProfile:
    document = json.loads(payload)
    codes: Collection[str] = document["codes"]
    return EmptyProfile(
        account_id=AccountId(document["account"]),
        handle=document["handle"],
        name=document["name"],
        totp=None if document["totp"] is None else bytes.fromhex(document["totp"]),
        codes_key=None if document["codes_key"] is None else Secret(bytes.fromhex(document["codes_key"])),
        codes=frozenset(codes),
    )


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()
