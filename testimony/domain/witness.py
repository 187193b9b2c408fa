"""What is kept of the witness beside the account: no name, no contact, bands instead of numbers."""

from dataclasses import dataclass, field
from enum import StrEnum

from testimony.domain.documents import Fields
from testimony.domain.errors import Invalid, Problem


class IdentityState(StrEnum):
    """What became of the witness's identity."""

    STORED = "stored"
    REFUSED = "refused"
    DESTROYED = "destroyed"
    NEVER_KNOWN = "never_known"


class Sex(StrEnum):
    """As stated; nothing is stored unless it was."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "X"
    UNDISCLOSED = "undisclosed"


@dataclass(frozen=True, slots=True)
class Witness:
    """The witness without identity.

    Age_band, roles, vulnerabilities, risk, protective_measures: vocabulary codes.
    """

    identity_state: IdentityState
    sex: Sex = Sex.UNDISCLOSED
    age_band: str = "undisclosed"
    roles: tuple[str, ...] = ()
    vulnerabilities: tuple[str, ...] = ()
    risk: str = "R2"
    protective_measures: tuple[str, ...] = ()


class Confirmation(StrEnum):
    """How the witness confirmed the account that was read back."""

    SIGNATURE = "signature"
    THUMB = "thumb"
    ORAL = "oral"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Whether the account was read back, in which language (None if it was not), how it was confirmed.

    note: why it was not, or what the witness corrected. Raises Invalid.
    """

    done: bool
    language: str | None
    confirmed_by: Confirmation
    note: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.done and self.language is None:
            raise Invalid((Problem("language", "required"),))
        if not self.done and not self.note.strip():
            raise Invalid((Problem("note", "required"),))


def read_witness(fields: Fields) -> Witness:
    """Raises Invalid."""
    values = {
        "identity_state": fields.choice("identity_state", IdentityState),
        "sex": fields.choice("sex", Sex),
        "age_band": fields.code("age_band", "age_band"),
        "roles": fields.codes("roles", "witness_role"),
        "vulnerabilities": fields.codes("vulnerabilities", "vulnerability"),
        "risk": fields.code("risk", "risk"),
        "protective_measures": fields.codes("protective_measures", "protective"),
    }
    fields.require()
    return Witness(**values)  # type: ignore[arg-type]  # each was read by the reader of its type


def read_read_back(fields: Fields) -> ReadBack:
    """Raises Invalid."""
    done, language = fields.flag("done"), fields.language_or_none("language")
    confirmed_by, note = fields.choice("confirmed_by", Confirmation), fields.note("note")
    fields.require()
    return ReadBack(done, language, confirmed_by, note)
