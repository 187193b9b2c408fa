"""A witness's conditions on voice and face, held against a copy before it is made, released or kept open."""

import json

from testimony.domain.audit import DenyReason
from testimony.domain.consent import YES
from testimony.domain.errors import Invalid, Problem, Refused
from testimony.policy.copies import CopyKind, asked_of_copies, unmet
from testimony.storage import consents, derivatives
from testimony.storage.connections import Connection
from testimony.storage.derivatives import Derivative
from testimony.storage.released_files import ReleasedFile


def asked_by_witness(connection: Connection, code: str) -> frozenset[str]:
    """The conditions on copies in the consent as it is now; none where there is no consent, which opens nothing."""
    consent = consents.current_consent(connection, code)
    decisions = consent.decisions if consent else ()
    return asked_of_copies(one.conditions for one in decisions if one.decision in YES)


def kind_of(mime: str, parameters: str) -> CopyKind:
    """parameters: as they are signed with the copy."""
    told = json.loads(parameters)
    return CopyKind(mime, told.get("voice") is not None, told.get("faces") is True)


def require_sayable(connection: Connection, code: str, mime: str, parameters: str) -> None:
    """Before a copy is made. Raises Invalid, a problem for each condition that it would not meet."""
    broken = unmet(kind_of(mime, parameters), asked_by_witness(connection, code))
    if broken:
        raise Invalid(tuple(Problem("condition", condition) for condition in sorted(broken)))


def require_met(connection: Connection, row: Derivative) -> None:
    """Before it is released. Raises Refused (DR06)."""
    if unmet(kind_of(row.mime, row.parameters), asked_by_witness(connection, row.code)):
        raise Refused((DenyReason.CONDITION_NOT_MET,), subject=("testimony", row.code))


def row_still_met(connection: Connection, row: Derivative) -> bool:
    """Whether a copy has what the witness asks of copies now."""
    return not unmet(kind_of(row.mime, row.parameters), asked_by_witness(connection, row.code))


def still_met(connection: Connection, file: ReleasedFile) -> bool:
    """Whether what was released may stay open. A file of which nothing is known may not."""
    row = derivatives.find_derivative(connection, file.file_id)
    asked = asked_by_witness(connection, file.code)
    return not asked or (row is not None and not unmet(kind_of(row.mime, row.parameters), asked))
