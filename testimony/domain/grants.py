"""Grants: which case an account may read, for which purposes, until when. A custodian signs the document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import READING_PURPOSES, Purpose

FORMAT = "testimony-grant/1"
MAX_DURATION = timedelta(days=90)


class ClosedPart(StrEnum):
    """A part of a case that is closed even inside the case unless the grant opens it."""

    SEXUAL_VIOLENCE = "S"
    CHILDREN = "C"
    INSIDERS = "P"
    EXTREME_RISK = "R4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Times are UTC; `valid_until` is the first moment at which the grant no longer holds.

    originals: the originals of the case too, not released text alone.
    Raises Invalid.
    """

    id: str
    account_id: AccountId
    case_id: str
    purposes: frozenset[Purpose]
    closed_parts: frozenset[ClosedPart]
    originals: bool
    valid_from: datetime
    valid_until: datetime
    granted_by: AccountId

    def __post_init__(self) -> None:
        problems = []
        if not (self.id and self.account_id and self.case_id and self.granted_by):
            problems.append(Problem("", "required"))
        if not self.purposes:
            problems.append(Problem("purposes", "required"))
        if not self.purposes <= frozenset(READING_PURPOSES):
            problems.append(Problem("purposes", "not_for_reading"))
        if self.granted_by == self.account_id:
            problems.append(Problem("granted_by", "same_person"))
        if self.valid_from.utcoffset() != timedelta(0) or self.valid_until.utcoffset() != timedelta(0):
            problems.append(Problem("valid_until", "not_utc"))
        elif not timedelta(0) < self.valid_until - self.valid_from <= MAX_DURATION:
            problems.append(Problem("valid_until", "out_of_range"))
        if problems:
            raise Invalid(tuple(problems))

    def is_valid_at(self, now: datetime) -> bool:
        return self.valid_from <= now < self.valid_until

    def covers_parts(self, case_id: str, parts: Iterable[ClosedPart]) -> bool:
        """Say whether the grant is for this case and opens every closed part that the testimony lies in."""
        return self.case_id == case_id and frozenset(parts) <= self.closed_parts

    def covers(self, case_id: str, purpose: Purpose, parts: Iterable[ClosedPart], now: datetime) -> bool:
        """Say whether the grant opens this case, for this purpose, in all these closed parts, now."""
        return self.is_valid_at(now) and purpose in self.purposes and self.covers_parts(case_id, parts)

    def to_document(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "id": self.id,
            "account": self.account_id,
            "case": self.case_id,
            "purposes": sorted(self.purposes),
            "closed_parts": sorted(self.closed_parts),
            "originals": self.originals,
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "granted_by": self.granted_by,
        }

    @classmethod
    def from_document(cls, document: object) -> "Grant":
        """Raises Invalid."""
        fields = Fields(document)
        fields.constant("format", FORMAT)
        grant_id, account, case = fields.text("id"), fields.text("account"), fields.text("case")
        purposes = fields.choices("purposes", Purpose)
        parts = fields.choices("closed_parts", ClosedPart)
        originals = fields.flag("originals")
        valid_from, valid_until = fields.moment("valid_from"), fields.moment("valid_until")
        granted_by = fields.text("granted_by")
        fields.require()
        return cls(
            id=grant_id,
            account_id=AccountId(account),
            case_id=case,
            purposes=frozenset(purposes),
            closed_parts=frozenset(parts),
            originals=originals,
            valid_from=valid_from,
            valid_until=valid_until,
            granted_by=AccountId(granted_by),
        )
