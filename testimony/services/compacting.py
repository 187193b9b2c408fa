"""Compacting the files after much was erased. Not part of an erasure: nothing readable is left in a free page.

It takes each file for itself and as much memory as the file is long, so it is a command for a quiet hour, and passes
over files that have little to give back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from testimony.domain.audit import Action
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session
from testimony.storage import compacting
from testimony.storage.compartments import FILES, Compartment

WORTH_IT = 0.05
"""Share of a file's pages that must be free."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """before, after: bytes. Equal when there was too little to give back."""

    compartment: Compartment
    before: int
    after: int


def compact_files(session: Session, now: datetime) -> Iterator[Compacted]:
    """Each file that this account opens, in turn. Raises Refused; StorageFailed when others write meanwhile."""
    with session.work(now) as work:
        require(session.account, Permission.COMPACT)
        work.log(Action.KEY_OPERATION, fields=("compacted",))
    for compartment in (name for name in FILES if name in session.archive.secrets):
        yield _compact(session, compartment)


def _compact(session: Session, compartment: Compartment) -> Compacted:
    directory, secret = session.archive.directory, session.archive.secret(compartment)
    found = compacting.free_pages(directory, compartment, secret)
    before = found.pages * found.page_bytes
    if found.free < WORTH_IT * found.pages:
        return Compacted(compartment, before, before)
    with directory.write_lock:
        compacting.compact(directory, compartment, secret)
    after = compacting.free_pages(directory, compartment, secret)
    return Compacted(compartment, before, after.pages * after.page_bytes)
