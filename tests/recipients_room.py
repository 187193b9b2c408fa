"""A layer and a copy of a file for one named recipient, and their handing over, for tests. Knows no fixture."""

from collections.abc import Sequence
from datetime import date

from testimony.domain.purposes import Audience, Purpose
from testimony.media.boxes import Box
from testimony.services import disclosing
from testimony.services.approving import approve, compare, propose_for, read_alone
from testimony.services.approving_files import FileTick, approve_copy, open_copy
from testimony.services.derivatives import Hidden, make
from testimony.services.handing_to_recipient import ToRecipient, prepare_for_recipient, take_package
from testimony.services.recipient_files import release_copy_to_recipient
from testimony.services.recipients import add_recipient, release_to_recipient
from testimony.services.taking import take
from tests.file_copies import with_photograph
from tests.review_room import accept_all, turn
from tests.services.conftest import Clock, People

OTHER_BOX = Hidden(Box(0.6, 0.6, 0.9, 0.9), "X.2")
WANTED = ToRecipient(
    purpose=Purpose.CP09, of_the_state=False, death_penalty=False, fair_trial=False, protective=False
)
NAME = "Forensic team, Ms Adler"


def named(
    people: People, clock: Clock, kind: str = "RT02", audience: Audience = Audience.PARTNER, name: str = NAME
) -> str:
    return add_recipient(people["reviewer"], name, kind, audience, clock())


def account_with_file(people: People, clock: Clock, conditions: tuple[str, ...] = ()) -> str:
    """Taken and decided, with a photograph; nothing of it is released to anybody."""
    code = with_photograph(people, clock, conditions=conditions)
    take(people["reviewer"], code, clock())
    accept_all(people["reviewer"], code, clock())
    return code


def sealed(people: People, clock: Clock, code: str, recipient_id: str) -> int:
    me, second = people["reviewer"], people["reviewer_b"]
    set_id = propose_for(me, turn(me, code), recipient_id, clock())
    compare(second, set_id, clock())
    approve(second, set_id, read_alone(second, set_id, clock()).needed, clock())
    return release_to_recipient(second, set_id, clock())


def approved_own_copy(
    people: People,
    clock: Clock,
    code: str,
    recipient_id: str,
    hidden: Sequence[Hidden] = (OTHER_BOX,),
    audience: Audience = Audience.PARTNER,
) -> str:
    me, second = people["reviewer"], people["reviewer_b"]
    copy = make(me, code, 1, audience, hidden, clock(), recipient_id=recipient_id)
    open_copy(second, copy, clock())
    approve_copy(second, copy, frozenset({FileTick.NOBODY_RECOGNISED}), clock())
    return copy


def own_copy(people: People, clock: Clock, code: str, recipient_id: str) -> str:
    """Released to its recipient, for whom a layer must be sealed already."""
    copy = approved_own_copy(people, clock, code, recipient_id)
    release_copy_to_recipient(people["reviewer_b"], copy, clock())
    return copy


def prepared(
    people: People, clock: Clock, code: str, kept: int, wanted: ToRecipient = WANTED, by: str = "reviewer"
) -> str:
    return prepare_for_recipient(people[by], code, kept, wanted, clock())


def approved_handing(people: People, clock: Clock, code: str, kept: int) -> str:
    disclosure_id = prepared(people, clock, code, kept)
    disclosing.approve(people["custodian"], disclosure_id, clock())
    return disclosure_id


def handed(people: People, clock: Clock, code: str, kept: int) -> str:
    """Prepared, approved, taken and sent."""
    disclosure_id = approved_handing(people, clock, code, kept)
    take_package(people["reviewer"], disclosure_id, clock())
    disclosing.mark_sent(people["custodian_b"], disclosure_id, "in_person", clock())
    return disclosure_id


YESTERDAY = date(2026, 2, 20)
