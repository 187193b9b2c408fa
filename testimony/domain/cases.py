"""Cases: the unit of need-to-know. Their titles name no person."""

from enum import StrEnum


class CaseStatus(StrEnum):
    """How a case stands. Grants on a case that is not open rest: they open nothing."""

    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    TRANSFERRED = "transferred"
    ARCHIVED = "archived"


OVER = frozenset({CaseStatus.CLOSED, CaseStatus.TRANSFERRED, CaseStatus.ARCHIVED})
"""How a case stands that is not taken up again as a rule: from that day periods of keeping run."""
