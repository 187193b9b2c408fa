"""Who asks for a coding page, as what, and what has to be chosen or seen before it."""

from dataclasses import dataclass

from flask import request, url_for

from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.services.coded import acts_of, releases_to_code
from testimony.services.coding_access import ForPurpose, FromRelease, Source
from testimony.services.finding import NO_WARNING
from testimony.web.finding_desk import Desk
from testimony.web.review_queue import needs_warning
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class Coder:
    """Who codes what: the account, the release it is coded from, and what leads back there."""

    code: str
    source: Source
    layers: tuple[Audience, ...]

    @property
    def release(self) -> str | None:
        return self.source.audience.value if isinstance(self.source, FromRelease) else None

    @property
    def home(self) -> str:
        return url_for("coding.account", code=self.code, release=self.release)


class ElsewhereFirst(Exception):
    """Something has to be chosen or seen before this page; `href` leads there."""

    def __init__(self, href: str) -> None:
        self.href = href


def coder_of(code: str) -> Coder:
    """Who asks, as what. Raises ElsewhereFirst when a purpose or a warning comes before, NotFound, Refused."""
    session, canonical = current_session(), parse_code(code)
    if Role.REVIEWER in session.account.roles:
        return _reviewer(canonical)
    desk = Desk(session)
    if desk.purpose is None:
        raise ElsewhereFirst(url_for("finding.purpose_page"))
    source = ForPurpose(desk.purpose)
    if not desk.has_accepted(canonical):
        warning = acts_of(session, canonical, source, now()).warning
        if warning != NO_WARNING:
            raise ElsewhereFirst(url_for("finding.read", code=canonical))
    return Coder(canonical, source, ())


def _reviewer(code: str) -> Coder:
    layers = releases_to_code(current_session(), code)
    asked = request.args.get("release")
    if not layers or (asked is not None and asked not in layers):
        raise NotFound
    if needs_warning(code):
        raise ElsewhereFirst(url_for("review.warning", code=code))
    # The widest first: what is coded from it is found by everybody who may read this account at all.
    return Coder(code, FromRelease(Audience(asked) if asked else layers[0]), layers)
