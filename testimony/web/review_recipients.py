"""Named recipients and lifted redactions as the workspace shows them. Frozen values."""

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext

from testimony.domain.purposes import Audience
from testimony.domain.statement import StatementKind
from testimony.domain.vocabulary import load
from testimony.services.review import Desk
from testimony.storage.recipients import Recipient
from testimony.web.review_forms import AUDIENCE_NAMES
from testimony.web.translation import current_language


@dataclass(frozen=True, slots=True)
class RecipientView:
    """How far the layer for one named recipient is. sealed: (id, number, when) of what is kept, newest first."""

    id: str
    name: str = field(repr=False)
    kind: str
    made_from: str
    state: str
    set_id: str
    sealed: tuple[tuple[int, int, datetime], ...]


@dataclass(frozen=True, slots=True)
class LiftView:
    """A redaction lifted. mark: its id; layer: for whom, in words."""

    mark: str
    layer: str = field(repr=False)
    authority: str = field(repr=False)
    reason: str = field(repr=False)
    on: str


def recipient_views(desk: Desk) -> tuple[RecipientView, ...]:
    return tuple(_recipient(desk, each) for each in desk.recipients)


def lift_views(desk: Desk) -> tuple[LiftView, ...]:
    names = {a.value: str(name) for a, name in AUDIENCE_NAMES.items()}
    names |= {each.recipient_id: each.name for each in desk.recipients}
    return tuple(
        LiftView(
            each.mark_id, names.get(each.layer, each.layer), each.authority, each.reason, each.ordered_on
        )
        for each in desk.account.lifts
    )


def kinds_of_recipient() -> tuple[tuple[str, str], ...]:
    return tuple((term.code, term.label(current_language())) for term in load("recipient").terms)


def kinds_of_text() -> tuple[tuple[str, str], ...]:
    words = {
        StatementKind.VERBATIM: gettext("a corrected or fuller transcript"),
        StatementKind.NOTES: gettext("corrected notes"),
        StatementKind.TRANSLATION: gettext("a translation"),
        StatementKind.INTERPRETER_RENDERING: gettext("what the interpreter said"),
        StatementKind.SUMMARY: gettext("a summary"),
    }
    return tuple((kind.value, str(label)) for kind, label in words.items())


def _recipient(desk: Desk, recipient: Recipient) -> RecipientView:
    own = [s for s in desk.layers if s.recipient_id == recipient.recipient_id]
    kept = [s for s in desk.sealed if s.recipient_id == recipient.recipient_id]
    return RecipientView(
        id=recipient.recipient_id,
        name=recipient.name,
        kind=load("recipient").label(recipient.kind, current_language()),
        made_from=str(AUDIENCE_NAMES[Audience(recipient.audience)]),
        state=own[0].state if own else "",
        set_id=own[0].set_id if own else "",
        sealed=tuple((s.id, s.number, datetime.fromisoformat(s.released_at)) for s in kept),
    )
