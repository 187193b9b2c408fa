"""How long what is kept, and what is then to be done with it. Values in, a class and a day out (retention.csv).

Several classes can bear on one testimony; each gives its day. What has no day yet (its case is open, its proceedings
run) is not due. A class only proposes: whoever disposes of something is asked for a hold and two signatures elsewhere.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from testimony.domain.consent import YES, ConsentStatus
from testimony.domain.testimony import State


class Retention(StrEnum):
    """Source: vocabulary/retention.csv."""

    WITHOUT_VALID_CONSENT = "RC01"
    IDENTITY = "RC02"
    WITH_ARCHIVE_CONSENT = "RC03"
    WITHOUT_ARCHIVE_CONSENT = "RC04"
    PROCEEDINGS = "RC05"
    LOG = "RC06"
    WITHDRAWN = "RC07"
    TEMPORARY = "RC08"


class Deed(StrEnum):
    """What is to be done on the day."""

    DISPOSE = "dispose"
    REVIEW = "review"
    TRANSFER = "transfer"
    CLOSE_IDENTITY = "close_identity"


_INVALID = frozenset(
    {
        ConsentStatus.INVALID_NO_GUARDIAN,
        ConsentStatus.INVALID_COERCED,
        ConsentStatus.INVALID_NOT_INFORMED,
    }
)
_DEEDS = {
    Retention.WITHOUT_VALID_CONSENT: Deed.DISPOSE,
    Retention.IDENTITY: Deed.CLOSE_IDENTITY,
    Retention.WITH_ARCHIVE_CONSENT: Deed.TRANSFER,
    Retention.WITHOUT_ARCHIVE_CONSENT: Deed.DISPOSE,
    Retention.PROCEEDINGS: Deed.REVIEW,
    Retention.LOG: Deed.REVIEW,
    Retention.WITHDRAWN: Deed.DISPOSE,
}
FOURTEEN_DAYS, THIRTY_DAYS = timedelta(days=14), timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the classes ask of one testimony. Days; None: there is none.

    archive_decision: on CP22. withdrawn_on: day of the withdrawal. proceedings: whether a hold of proceedings stands;
    proceedings_ended_on: when the last of those was lifted. identity_used_on: last showing, else the sealing.
    """

    code: str
    case_id: str
    state: str
    status: str | None
    submitted_on: date
    archive_decision: str | None = None
    withdrawn_on: date | None = None
    case_closed_on: date | None = None
    proceedings: bool = False
    proceedings_ended_on: date | None = None
    has_identity: bool = False
    identity_used_on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One class that bears on a testimony, and its day."""

    on: date
    retention: Retention
    deed: Deed


def dues_of(kept: Kept) -> tuple[Due, ...]:
    """Every class with its day, the nearest first. Nothing of what is disposed of already."""
    if kept.state == State.DISPOSED:
        return ()
    found = [due for due in (_account(kept), _identity(kept)) if due is not None]
    return tuple(sorted(found))


def class_of(kept: Kept) -> Retention:
    """The one class of the account itself: what is wrong with its consent first, proceedings next."""
    if kept.status == ConsentStatus.WITHDRAWN:
        return Retention.WITHDRAWN
    if kept.status is None or kept.status in _INVALID:
        return Retention.WITHOUT_VALID_CONSENT
    if kept.proceedings or kept.proceedings_ended_on is not None:
        return Retention.PROCEEDINGS
    with_archive = kept.archive_decision in YES
    return Retention.WITH_ARCHIVE_CONSENT if with_archive else Retention.WITHOUT_ARCHIVE_CONSENT


def _account(kept: Kept) -> Due | None:
    retention = class_of(kept)
    on: date | None
    if retention is Retention.WITHDRAWN:
        on = (kept.withdrawn_on or kept.submitted_on) + THIRTY_DAYS
    elif retention is Retention.WITHOUT_VALID_CONSENT:
        on = kept.submitted_on + FOURTEEN_DAYS
    elif retention is Retention.PROCEEDINGS:
        ended = None if kept.proceedings else kept.proceedings_ended_on
        on = None if ended is None else years_after(ended, 5)
    else:
        years = 10 if retention is Retention.WITH_ARCHIVE_CONSENT else 2
        on = None if kept.case_closed_on is None else years_after(kept.case_closed_on, years)
    return None if on is None else Due(on, retention, _DEEDS[retention])


def _identity(kept: Kept) -> Due | None:
    """Two years after it was used last, or its case was closed, whichever was later."""
    days = [day for day in (kept.identity_used_on, kept.case_closed_on) if day is not None]
    if not kept.has_identity or not days:
        return None
    return Due(years_after(max(days), 2), Retention.IDENTITY, Deed.CLOSE_IDENTITY)


def log_due(last_disposed_on: date | None) -> Due | None:
    """When the log itself is looked at: 25 years after the last disposal."""
    if last_disposed_on is None:
        return None
    return Due(years_after(last_disposed_on, 25), Retention.LOG, Deed.REVIEW)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; the 28th of February for a 29th that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
