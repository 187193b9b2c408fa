"""Codings for tests: of an invented act, and of whatever differs from it. Knows no fixture."""

from typing import Any

from testimony.domain.acts import Coding
from testimony.domain.grants import ClosedPart
from testimony.domain.matching import Span
from testimony.domain.purposes import Audience, Purpose
from testimony.services.coding import NOTHING_CLOSES, code_act
from testimony.services.coding_access import ForPurpose, FromRelease, Source
from testimony.services.sessions import Session
from tests.services.conftest import Clock

STUDY = ForPurpose(Purpose.CP07)
PUBLISH = ForPurpose(Purpose.CP10)
PARTNER_RELEASE = FromRelease(Audience.PARTNER)

AGREED = frozenset({ClosedPart.SEXUAL_VIOLENCE, ClosedPart.CHILDREN, ClosedPart.INSIDERS})


def coding(violation: str = "PRO.06", **differs: Any) -> Coding:
    return Coding(**{"violation": violation, "passage": Span(0, 23), "basis": "BA01", **differs})


def put_act(
    session: Session,
    code: str,
    clock: Clock,
    what: Coding | None = None,
    *,
    source: Source = STUDY,
    closing: frozenset[ClosedPart] = NOTHING_CLOSES,
) -> str:
    return code_act(session, code, source, what or coding(), closing, clock())
