"""Why and when keys are changed. Knows no key."""

from datetime import date, timedelta
from enum import StrEnum


class Cause(StrEnum):
    """Why two custodians order new keys."""

    MEMBER_REMOVED = "member_removed"
    KEY_LEAKED = "key_leaked"
    ROTATION = "rotation"
    CUSTODIANS_CHANGED = "custodians_changed"


ORDER_VALID = timedelta(days=7)
"""How long an order waits for another custodian. After that it must be given anew."""

ROTATION_DAYS, MIN_ROTATION_DAYS, MAX_ROTATION_DAYS = 365, 30, 1095


def rotation_due_on(since: date, days: int) -> date:
    """The day a key is to be changed without any other cause."""
    return since + timedelta(days=days)


def is_rotation_due(since: date, days: int, today: date) -> bool:
    return today >= rotation_due_on(since, days)
