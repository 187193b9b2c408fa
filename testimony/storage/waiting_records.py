"""Records of interviews that are not in the vault yet: how many of whom, since when. No id and no content."""

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.storage.drafts import DRAFTS
from testimony.storage.inbox import INBOX

DRAFT, SEALED = "draft", "sealed"


def waiting_since(
    connection: sa.Connection, before: str, *, limit: int
) -> tuple[tuple[str, AccountId, int, str], ...]:
    """(draft or sealed, account, how many, time of the oldest) of what was begun before a moment, oldest first."""
    found: list[tuple[str, AccountId, int, str]] = []
    for kind, owner, at in (
        (DRAFT, DRAFTS.c.owner_id, DRAFTS.c.created_at),
        (SEALED, INBOX.c.signer_id, INBOX.c.submitted_at),
    ):
        query = sa.select(owner, sa.func.count(), sa.func.min(at)).where(at < before).group_by(owner)
        found += [(kind, AccountId(row[0]), row[1], row[2]) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda one: one[3])[:limit])
