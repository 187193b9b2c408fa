"""Asking who a witness is: what is asked for, for what, on which basis, until when; and what may then be shown.

A request names one testimony. Pure: knows no key, share or custodian.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from testimony.domain.accounts import AccountId
from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem
from testimony.domain.vocabulary import load

FORMAT = "identity-request/1"
MAX_OPEN = timedelta(days=7)
"""How long custodians may take to agree."""

SHOWN_FOR = timedelta(hours=24)
"""How long the requester may look at what was opened."""

MAX_CONTACT = timedelta(days=30)
"""How long after the request a contact may be due."""

MIN_REASON, MAX_REASON = 10, 500


class IdentityField(StrEnum):
    """The parts of "testimony-identity/1" that can be asked for one by one."""

    NAMES = "names"
    CONTACTS = "contacts"
    DWELLING = "dwelling"
    NEXT_CONTACT = "next_contact"
    NOTE = "note"


class IdentityTask(StrEnum):
    """What somebody needs to know it for."""

    RECONTACT = "recontact"
    PROTECTION = "protection"
    PROCEEDINGS = "proceedings"
    WITNESS_REQUEST = "witness_request"


BASES: Mapping[IdentityTask, frozenset[str]] = {
    # The witness's own yes to CP21 decides about re-contact; no other basis stands in for it.
    IdentityTask.RECONTACT: frozenset({"LB01"}),
    IdentityTask.PROTECTION: frozenset({"LB02", "LB03"}),
    IdentityTask.PROCEEDINGS: frozenset({"LB03", "LB05", "LB06"}),
    # A copy, a correction or a withdrawal that the witness asked for.
    IdentityTask.WITNESS_REQUEST: frozenset({"LB01", "LB05"}),
}
"""Which lawful bases carry which task: codes of lawful_basis.csv."""


class RequestState(StrEnum):
    """waiting → opened → over; or waiting → refused, cancelled, expired; any → ended when the identity was closed."""

    WAITING = "waiting"
    OPENED = "opened"
    OVER = "over"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRequest:
    """Times are UTC; `expires_at` is the first moment at which no approval counts any more.

    submission_id: whose identity. reason_sha256: hexadecimal, of the salted reason. contact_by, contact_due: who is to
    reach the witness, until which day; of a re-contact alone. Raises Invalid.
    """

    id: str
    archive: str
    code: str
    submission_id: str
    requester: AccountId
    task: IdentityTask
    basis: str
    fields: frozenset[IdentityField]
    reason_sha256: str
    asked_at: datetime
    expires_at: datetime
    contact_by: AccountId | None = None
    contact_due: date | None = None

    def __post_init__(self) -> None:
        recontact = self.task is IdentityTask.RECONTACT
        aware = self.asked_at.utcoffset() == self.expires_at.utcoffset() == timedelta(0)
        rules = (
            (bool(self.fields), "fields", "required"),
            (not recontact or IdentityField.CONTACTS in self.fields, "fields", "contacts_needed"),
            (self.basis in load("lawful_basis"), "basis", "unknown_code"),
            (self.basis in BASES[self.task], "basis", "not_for_task"),
            (aware, "expires_at", "not_utc"),
            (
                aware and timedelta(0) < self.expires_at - self.asked_at <= MAX_OPEN,
                "expires_at",
                "out_of_range",
            ),
            (recontact == (self.contact_by is not None), "contact_by", "of_recontact"),
            (recontact == (self.contact_due is not None), "contact_due", "of_recontact"),
            (
                self.contact_due is None
                or timedelta(0) <= self.contact_due - self.asked_at.date() <= MAX_CONTACT,
                "contact_due",
                "out_of_range",
            ),
        )
        if problems := tuple(Problem(field, code) for holds, field, code in rules if not holds):
            raise Invalid(problems)

    def to_document(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "id": self.id,
            "archive": self.archive,
            "code": self.code,
            "submission_id": self.submission_id,
            "requester": self.requester,
            "task": self.task.value,
            "basis": self.basis,
            "fields": sorted(self.fields),
            "reason_sha256": self.reason_sha256,
            "asked_at": self.asked_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "contact_by": self.contact_by,
            "contact_due": None if self.contact_due is None else self.contact_due.isoformat(),
        }

    @classmethod
    def from_document(cls, document: object) -> "IdentityRequest":
        """Raises Invalid."""
        read = Fields(document)
        read.constant("format", FORMAT)
        texts = {
            name: read.text(name) for name in ("id", "archive", "code", "submission_id", "reason_sha256")
        }
        requester, contact_by = read.text("requester"), read.text_or_none("contact_by")
        task, basis = read.choice("task", IdentityTask), read.code("basis", "lawful_basis")
        wanted = read.choices("fields", IdentityField)
        asked_at, expires_at = read.moment("asked_at"), read.moment("expires_at")
        contact_due = read.day_or_none("contact_due")
        read.require()
        return cls(
            **texts,
            requester=AccountId(requester),
            task=task,
            basis=basis,
            fields=frozenset(wanted),
            asked_at=asked_at,
            expires_at=expires_at,
            contact_by=None if contact_by is None else AccountId(contact_by),
            contact_due=contact_due,
        )


CARD = ("channel", "value", "owner", "safe_hours", "safe_words", "never_say")
"""What is needed to reach somebody, and no name."""


def pick(identity: Mapping[str, object], wanted: frozenset[IdentityField]) -> dict[str, object]:
    """The named parts of an identity and nothing else; one that was never written is left out."""
    return {part.value: identity[part.value] for part in sorted(wanted) if part.value in identity}


def contact_cards(identity: Mapping[str, object]) -> list[dict[str, str]]:
    """The ways to a witness without any other part of the identity."""
    contacts = identity.get("contacts")
    if not isinstance(contacts, list):
        return []
    return [{name: str(row.get(name, "")) for name in CARD} for row in contacts if isinstance(row, Mapping)]
