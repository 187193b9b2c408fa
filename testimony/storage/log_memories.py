"""What each auditor last verified, outside the ledger: one small file an auditor, sealed and signed by the auditor.

It lies beside the databases, so that putting back an older ledger does not put it back too. Knows bytes only.
"""

from testimony.domain.accounts import AccountId
from testimony.storage.directory import DIRECTORY_MODE, ArchiveDirectory, write_durably
from testimony.storage.errors import StorageFailed


def write_memory(directory: ArchiveDirectory, account_id: AccountId, sealed: bytes) -> None:
    """Raises StorageFailed."""
    try:
        directory.log_memories.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
        write_durably(directory.log_memories / account_id, sealed)
    except OSError:
        raise StorageFailed from None


def read_memory(directory: ArchiveDirectory, account_id: AccountId) -> bytes | None:
    """None when there is none. Raises StorageFailed."""
    try:
        return (directory.log_memories / account_id).read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise StorageFailed from None
