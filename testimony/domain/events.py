"""What may be asked of the log: which events, narrowed by codes, ids and times alone. Knows no content and
no storage.
"""

from dataclasses import dataclass
from datetime import datetime

from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, Outcome
from testimony.domain.purposes import Purpose
from testimony.domain.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Every part that is not None narrows the list.

    subject: the code or id of what an event is about, whatever its kind. since: first moment; until: first
    moment that is no longer
    asked for; both aware. role: what the person is enrolled as. actors: whoever of these, in place of the role, once it
    is known who carries it.
    """

    actor: AccountId | None = None
    role: Role | None = None
    action: Action | None = None
    outcome: Outcome | None = None
    case_id: str | None = None
    subject: str | None = None
    purpose: Purpose | None = None
    since: datetime | None = None
    until: datetime | None = None
    actors: tuple[AccountId, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return self == EVERYTHING


EVERYTHING = EventFilter()
