"""Grants: which case an account may read, for which purposes, until when; and the request that comes before one.

A request is signed by who asks, a grant by the custodian who approves, and the grant names the request by its hash.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypedDict

from testimony.domain.accounts import AccountId
from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.purposes import READING_PURPOSES, Purpose

FORMAT_1 = "testimony-grant/1"
"""Signed by one custodian alone, before requests were; none is made any more."""

FORMAT = "testimony-grant/2"
REQUEST_FORMAT = "testimony-grant-request/1"
MAX_DURATION = timedelta(days=90)
RENEWAL_WINDOW = timedelta(days=14)
"""How long before its end a grant may be asked for again."""

REQUEST_LIVES = timedelta(days=14)
"""How long a request waits for an answer; then it is asked anew."""


class ClosedPart(StrEnum):
    """A part of a case that is closed even inside the case unless the grant opens it."""

    SEXUAL_VIOLENCE = "S"
    CHILDREN = "C"
    INSIDERS = "P"
    EXTREME_RISK = "R4"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What somebody asks for, for themself or for an investigator. Its grant, when there is one, has the same id.

    closed_parts: each with its own reason in the words. words_sha256: of those words, which are sealed to whom they
    concern. renews: the grant that this one is to follow. Times are UTC. Raises Invalid.
    """

    id: str
    account_id: AccountId
    case_id: str
    purposes: frozenset[Purpose]
    closed_parts: frozenset[ClosedPart]
    originals: bool
    valid_from: datetime
    valid_until: datetime
    requested_by: AccountId
    requested_at: datetime
    words_sha256: str
    renews: str | None = None

    def __post_init__(self) -> None:
        problems = _problems_of(self)
        if not (self.requested_by and self.words_sha256):
            problems.append(Problem("", "required"))
        if self.requested_at.utcoffset() != timedelta(0):
            problems.append(Problem("", "not_utc"))
        if problems:
            raise Invalid(tuple(problems))

    def is_stale_at(self, now: datetime) -> bool:
        """Whether it waited too long, or what it asks for is over."""
        return now >= min(self.requested_at + REQUEST_LIVES, self.valid_until)

    def to_document(self) -> dict[str, object]:
        return {
            "format": REQUEST_FORMAT,
            **_shared_document(self),
            "requested_by": self.requested_by,
            "requested_at": self.requested_at.isoformat(),
            "words_sha256": self.words_sha256,
            "renews": self.renews,
        }

    @classmethod
    def from_document(cls, document: object) -> "GrantRequest":
        """Raises Invalid."""
        fields = Fields(document)
        fields.constant("format", REQUEST_FORMAT)
        shared = _read_shared(fields)
        requested_by, requested_at = fields.text("requested_by"), fields.moment("requested_at")
        words, renews = fields.text("words_sha256"), fields.text_or_none("renews")
        fields.require()
        return cls(
            **shared,
            requested_by=AccountId(requested_by),
            requested_at=requested_at,
            words_sha256=words,
            renews=renews,
        )

    @classmethod
    def from_statement(cls, statement: bytes) -> "GrantRequest":
        """What a statement says, whoever signed it. Raises Invalid."""
        try:
            return cls.from_document(json.loads(statement))
        except ValueError:
            raise Invalid((Problem("", "unknown_format"),)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Times are UTC; `valid_until` is the first moment at which the grant no longer holds.

    originals: the originals of the case too, not released text alone. granted_by: who approved. requested_by,
    request_sha256: who asked, and the hash of the signed request; None where one custodian gave it alone (format 1).
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
    requested_by: AccountId | None = None
    request_sha256: str | None = None
    renews: str | None = None

    def __post_init__(self) -> None:
        problems = _problems_of(self)
        if not self.granted_by or (self.requested_by is None) != (self.request_sha256 is None):
            problems.append(Problem("", "required"))
        if self.granted_by in (self.account_id, self.requested_by):
            problems.append(Problem("granted_by", "same_person"))
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

    def answers(self, request: GrantRequest, statement: bytes) -> bool:
        """Say whether it gives what this very request asked for, or less of its closed parts and originals."""
        same = (
            (self.id, self.account_id, self.case_id, self.purposes, self.valid_from, self.valid_until)
            == (request.id, request.account_id, request.case_id, request.purposes, request.valid_from,
                request.valid_until)
        )  # fmt: skip
        return (
            same
            and self.requested_by == request.requested_by
            and self.request_sha256 == hashlib.sha256(statement).hexdigest()
            and self.renews == request.renews
            and self.closed_parts <= request.closed_parts
            and self.originals <= request.originals
        )

    def to_document(self) -> dict[str, object]:
        document = {
            "format": FORMAT_1 if self.requested_by is None else FORMAT,
            **_shared_document(self),
            "granted_by": self.granted_by,
        }
        if self.requested_by is not None:
            document |= {
                "requested_by": self.requested_by,
                "request_sha256": self.request_sha256,
                "renews": self.renews,
            }
        return document

    @classmethod
    def from_document(cls, document: object) -> "Grant":
        """Raises Invalid."""
        fields = Fields(document)
        is_first = isinstance(document, dict) and document.get("format") == FORMAT_1
        fields.constant("format", FORMAT_1 if is_first else FORMAT)
        shared, granted_by = _read_shared(fields), fields.text("granted_by")
        requested_by = None if is_first else fields.text("requested_by")
        request_sha256 = None if is_first else fields.text("request_sha256")
        renews = None if is_first else fields.text_or_none("renews")
        fields.require()
        return cls(
            **shared,
            granted_by=AccountId(granted_by),
            requested_by=None if requested_by is None else AccountId(requested_by),
            request_sha256=request_sha256,
            renews=renews,
        )


def _problems_of(asked: GrantRequest | Grant) -> list[Problem]:
    problems = []
    if not (asked.id and asked.account_id and asked.case_id):
        problems.append(Problem("", "required"))
    if not asked.purposes:
        problems.append(Problem("purposes", "required"))
    if not asked.purposes <= frozenset(READING_PURPOSES):
        problems.append(Problem("purposes", "not_for_reading"))
    if asked.valid_from.utcoffset() != timedelta(0) or asked.valid_until.utcoffset() != timedelta(0):
        problems.append(Problem("valid_until", "not_utc"))
    elif not timedelta(0) < asked.valid_until - asked.valid_from <= MAX_DURATION:
        problems.append(Problem("valid_until", "out_of_range"))
    return problems


def _shared_document(asked: GrantRequest | Grant) -> dict[str, object]:
    return {
        "id": asked.id,
        "account": asked.account_id,
        "case": asked.case_id,
        "purposes": sorted(asked.purposes),
        "closed_parts": sorted(asked.closed_parts),
        "originals": asked.originals,
        "valid_from": asked.valid_from.isoformat(),
        "valid_until": asked.valid_until.isoformat(),
    }


class _Shared(TypedDict):
    id: str
    account_id: AccountId
    case_id: str
    purposes: frozenset[Purpose]
    closed_parts: frozenset[ClosedPart]
    originals: bool
    valid_from: datetime
    valid_until: datetime


def _read_shared(fields: Fields) -> _Shared:
    """What a request and a grant have in common; placeholders until `fields.require` has passed."""
    return {
        "id": fields.text("id"),
        "account_id": AccountId(fields.text("account")),
        "case_id": fields.text("case"),
        "purposes": frozenset(fields.choices("purposes", Purpose)),
        "closed_parts": frozenset(fields.choices("closed_parts", ClosedPart)),
        "originals": fields.flag("originals"),
        "valid_from": fields.moment("valid_from"),
        "valid_until": fields.moment("valid_until"),
    }
