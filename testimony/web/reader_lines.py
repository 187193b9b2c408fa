"""Who can read a testimony, in words, for the pages that show it (`templates/macros/readers.html`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from testimony.services.readers import ByGrant, Change, PurposeVerdict, Reader, Readers
from testimony.web.grant_words import parts_in_words
from testimony.web.log_views import purpose_label
from testimony.web.log_words import REASONS

Refusals = tuple[tuple[str, tuple[str, ...]], ...]
"""(purpose, why not)."""


@dataclass(frozen=True, slots=True)
class GrantWords:
    id: str
    asked_by: str | None
    given_by: str
    until: datetime
    purposes: tuple[str, ...]
    parts: str
    originals: bool


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """Somebody with a grant. allowed: purposes. asks_originals: a grant names them."""

    handle: str
    until: datetime
    allowed: tuple[str, ...]
    refused: Refusals
    grants: tuple[GrantWords, ...]
    asks_originals: bool
    original_allowed: tuple[str, ...]
    original_refused: Refusals
    holds_key: bool


def readers_page(readers: Readers) -> dict[str, object]:
    """What `macros/readers.html` is given."""
    return {
        "readers": tuple(_reader(reader) for reader in readers.released_to),
        "everybody": readers,
        "changes": tuple((change.on, _change(change)) for change in readers.changes),
    }


def _reader(reader: Reader) -> ReaderLine:
    return ReaderLine(
        handle=reader.handle,
        until=reader.until,
        allowed=_allowed(reader.verdicts),
        refused=_refused(reader.verdicts),
        grants=tuple(_grant(grant) for grant in reader.grants),
        asks_originals=any(grant.originals for grant in reader.grants),
        original_allowed=_allowed(reader.original_verdicts),
        original_refused=_refused(reader.original_verdicts),
        holds_key=reader.holds_key,
    )


def _grant(grant: ByGrant) -> GrantWords:
    return GrantWords(
        grant.grant_id,
        grant.asked_by,
        grant.given_by,
        grant.until,
        tuple(purpose_label(purpose.value) for purpose in grant.purposes),
        parts_in_words(grant.closed_parts),
        grant.originals,
    )


def _allowed(verdicts: Iterable[PurposeVerdict]) -> tuple[str, ...]:
    return tuple(purpose_label(one.purpose.value) for one in verdicts if not one.reasons)


def _refused(verdicts: Iterable[PurposeVerdict]) -> Refusals:
    return tuple(
        (purpose_label(one.purpose.value), tuple(str(REASONS[reason]) for reason in one.reasons))
        for one in verdicts
        if one.reasons
    )


def _change(change: Change) -> str:
    match change.what:
        case "grant-ends":
            return str(gettext("the grant to %(who)s ends", who=change.whose))
        case "review":
            return str(gettext("the consent must be reviewed; until it is, nobody reads"))
        case "consent-begins":
            return str(gettext("the consent begins for: %(purpose)s", purpose=purpose_label(change.whose)))
    return str(gettext("the consent ends for: %(purpose)s", purpose=purpose_label(change.whose)))
