"""What a reviewer has begun and not kept: the note being written, the choice half made.

Each act is kept at once; this is what lies between two acts when the lid closes. One JSON document,
"redaction-draft/1", sealed to its owner and bound to the text. Nothing of it counts for anybody else.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.sealing import open_sealed, seal
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import NotYet, TooLarge
from testimony.policy.access import Permission, require
from testimony.services.sessions import Session, Work, timestamp
from testimony.services.under_review import UnderReview, open_account, require_work
from testimony.storage import redaction_drafts

FORMAT = "redaction-draft/1"
MAX_BYTES = 32 * 1024
NOTE = "note"
CHOICE = (
    "act",
    "mark",
    "words",
    "which",
    "start",
    "end",
    "category",
    "withheld_from",
    "replacement",
    "entity",
)
FIELDS = (NOTE, *CHOICE)


def keep_begun(session: Session, code: str, values: Mapping[str, str], now: datetime) -> None:
    """Seal what is begun; with nothing in it there is no draft any more. Unknown names are left out.

    Raises NotYet for whoever does not redact the account, TooLarge.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, code)
        if require_work(account).redactor_id != session.account.id:
            raise NotYet
        _put(session, work, account, values)


def begun_by(session: Session, work: Work, account: UnderReview) -> Mapping[str, str]:
    """What this reviewer has begun on an account. What does not open was not theirs, and is nothing."""
    sealed = redaction_drafts.find_draft(
        work.connection, account.code, account.version.version_no, session.account.id
    )
    if sealed is None:
        return {}
    try:
        document = json.loads(
            open_sealed(session.keys.sealing, sealed, Label.DRAFT, _context(session, account))
        )
    except CryptoError:
        return {}
    return {name: str(document[name]) for name in FIELDS if name in document}


def forget_begun(session: Session, work: Work, account: UnderReview, names: tuple[str, ...]) -> None:
    """Let go of what an act has just kept, in its own transaction."""
    before = begun_by(session, work, account)
    if not before.keys().isdisjoint(names):
        _put(session, work, account, {name: text for name, text in before.items() if name not in names})


def _put(session: Session, work: Work, account: UnderReview, values: Mapping[str, str]) -> None:
    held = {name: values[name] for name in FIELDS if values.get(name)}
    place = (account.code, account.version.version_no, session.account.id)
    if not held:
        redaction_drafts.delete_draft(work.connection, *place)
        return
    document = canonical_json({"format": FORMAT, **held})
    if len(document) > MAX_BYTES:
        raise TooLarge(MAX_BYTES)
    sealed = seal(session.keys.sealing.public, document, Label.DRAFT, _context(session, account))
    redaction_drafts.put_draft(work.connection, *place, sealed, timestamp(work.now))


def _context(session: Session, account: UnderReview) -> bytes:
    return f"{FORMAT}/{account.code}/{account.version.version_no}/{session.account.id}".encode()
