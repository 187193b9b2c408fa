"""An archive as a process holds it: locked (`Archive`), and opened by one account as far as its keys reach
(`OpenArchive`).
"""

import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from crypto.keys import Secret
from crypto.passwords import Argon2Cost
from crypto.sealing import SealingPublicKey
from testimony.domain.accounts import AccountId
from testimony.services.generations import compartment_key
from testimony.storage.compartments import Compartment
from testimony.storage.database import Database
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.errors import ArchiveDamaged, CompartmentClosed
from testimony.storage.indexing import forget_words
from testimony.storage.keyring import Keyring
from testimony.storage.keyring_file import read_keyring
from testimony.storage.objects import Objects


class Archive:
    """A locked archive: paths, public keys, and the open files of whoever is signed in (none when nobody is:
    G2).

    stands_for: the account of another archive for which this one was made up (services/decoys.py).
    """

    def __init__(self, directory: ArchiveDirectory, objects: Objects, cost: Argon2Cost) -> None:
        self.directory = directory
        self.objects = objects
        self.cost = cost
        self.stands_for: AccountId | None = None
        self._databases: dict[bytes, tuple[Database, int]] = {}
        self._keyring: tuple[tuple[int, int, int], Keyring] | None = None
        self._lock = threading.Lock()

    def keyring(self) -> Keyring:
        """The keyring as it is on disk now. Parsed again only when the file was replaced."""
        self.directory.require()
        stat = self.directory.keyring.stat()
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if self._keyring is None or self._keyring[0] != seen:
            self._keyring = (seen, read_keyring(self.directory))
        return self._keyring[1]

    def acquire(self, secrets: Mapping[Compartment, Secret]) -> Database:
        """Open the files these secrets open, or share what another session of the same circle has open."""
        name = _circle(secrets)
        with self._lock:
            database, holders = self._databases.get(name, (None, 0))
            if database is None:
                database = Database(self.directory, secrets)
            self._databases[name] = (database, holders + 1)
        return database

    def release(self, secrets: Mapping[Compartment, Secret]) -> None:
        """The last holder's release closes the files and forgets the keys inside the connections.

        When nothing is open any more, no word that was read for a search stays in memory either (G2).
        """
        self._let_go(_circle(secrets))

    def _let_go(self, name: bytes) -> None:
        with self._lock:
            database, holders = self._databases.pop(name)
            if holders > 1:
                self._databases[name] = (database, holders - 1)
            else:
                database.close()
            if not self._databases:
                forget_words()

    @contextmanager
    def open_database(self) -> Iterator[Database | None]:
        """Files that somebody has open now, for what the archive itself must write; None when nobody has.

        They stay open until the block ends.
        """
        with self._lock:
            name, (database, holders) = next(iter(self._databases.items()), (b"", (None, 0)))
            if database is not None:
                self._databases[name] = (database, holders + 1)
        try:
            yield database
        finally:
            if database is not None:
                self._let_go(name)

    def retire(self, compartment: Compartment) -> None:
        """After a change of key: whatever this process has open under the old one opens nothing any more."""
        with self._lock:
            for database, _ in self._databases.values():
                if compartment in database.compartments:
                    database.retire()

    @property
    def locked(self) -> bool:
        return not self._databases


@dataclass(frozen=True, slots=True, repr=False)
class OpenArchive:
    """What one account's keys open."""

    archive: Archive
    root: bytes
    secrets: Mapping[Compartment, Secret]
    database: Database = field(compare=False)

    @property
    def directory(self) -> ArchiveDirectory:
        return self.archive.directory

    @property
    def objects(self) -> Objects:
        return self.archive.objects

    def keyring(self) -> Keyring:
        """Raises ArchiveDamaged when the file's root is not the one this account pinned."""
        keyring = self.archive.keyring()
        if not hmac.compare_digest(keyring.root, self.root):
            raise ArchiveDamaged
        return keyring

    def public(self, compartment: Compartment) -> SealingPublicKey:
        return compartment_key(self.keyring(), compartment)

    def secret(self, compartment: Compartment) -> Secret:
        try:
            return self.secrets[compartment]
        except KeyError:
            raise CompartmentClosed from None


def handle_lookup(archive_id: str, handle: str) -> str:
    """How a keyring finds an account without naming it: HMAC-SHA-256 of the folded handle under the archive's
    id.

    It keeps names out of a plain search of the disk. It does not resist someone who guesses the handle.
    """
    return hmac.new(archive_id.encode(), handle.strip().casefold().encode(), hashlib.sha256).hexdigest()


def _circle(secrets: Mapping[Compartment, Secret]) -> bytes:
    digest = hashlib.sha256()
    for compartment in sorted(secrets):
        digest.update(compartment.encode() + b"\0" + hashlib.sha256(secrets[compartment].raw).digest())
    return digest.digest()
