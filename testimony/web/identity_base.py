"""The address of what people ask and are asked about identities, and how a value is laid out."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint
from flask_babel import gettext

from testimony.domain.identity import IdentityField
from testimony.domain.roles import Role
from testimony.web.identity_words import FIELDS, LABELS, OWNERS

blueprint = Blueprint("identity", __name__, url_prefix="/identities")
asking_blueprint = Blueprint("asking", __name__, url_prefix="/identities")
"""Apart from the room, which interviewers enter too: for them there are no such pages."""

ASKING = (Role.REVIEWER, Role.INVESTIGATOR, Role.CUSTODIAN)
REACHING = (Role.INTERVIEWER, *ASKING)


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of an identity: texts on their own, or rows of (label, text)."""

    title: str
    texts: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def is_empty(self) -> bool:
        return not self.texts and not self.rows


def shown_field(field: IdentityField, value: object) -> ShownField:
    rows = value if isinstance(value, list) else []
    text = value.strip() if isinstance(value, str) else ""
    laid = tuple(lay(row) for row in rows if isinstance(row, Mapping))
    return ShownField(str(FIELDS[field]), (text,) if text else (), laid)


def lay(row: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """A row in the order in which it was written, empty parts left out."""
    return tuple((str(LABELS.get(name, name)), _word(name, str(text))) for name, text in row.items() if text)


def _word(name: str, text: str) -> str:
    if name == "owner":
        return str(OWNERS.get(text, text))
    return _name_kinds().get(text, text) if name == "kind" else text


def _name_kinds() -> dict[str, str]:
    return {
        "official": gettext("In papers"),
        "used": gettext("In daily use"),
        "nickname": gettext("Nickname"),
        "nom_de_guerre": gettext("Name in the force"),
        "transliteration": gettext("In other letters"),
    }
