"""From which released text somebody codes, and whether they may have it now.

An investigator codes the release that their purpose is served with, through the gate as in reading. A reviewer
codes the current release of one audience, as the review room lets them open the account. Nobody codes an original.
"""

from dataclasses import dataclass, field

from testimony.domain.audit import Action
from testimony.domain.codes import parse_code
from testimony.domain.errors import NotFound
from testimony.domain.grants import ClosedPart
from testimony.domain.places import FLOORS, PlaceLevel
from testimony.domain.purposes import Audience, Purpose, audience_of
from testimony.domain.testimony import State
from testimony.policy.access import Permission, permissions_of, require
from testimony.services.finding import use_for
from testimony.services.reading import permitted
from testimony.services.releasing import require_consent_carries, require_release_holds
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview, open_account
from testimony.storage import register, releases
from testimony.storage.register import RegisterRow
from testimony.storage.releases import Release


@dataclass(frozen=True, slots=True)
class ForPurpose:
    """An investigator, reading for this purpose."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class FromRelease:
    """A reviewer, before the current release of this audience."""

    audience: Audience


Source = ForPurpose | FromRelease


@dataclass(frozen=True, slots=True)
class Opened:
    """A release that lies open to be coded.

    audience: what this person may be told of codings: that of their purpose, for a reviewer everything.
    finest: how fine a place they may name. purpose: for the log; None for a reviewer. review: None but for one.
    """

    release: Release = field(repr=False)
    row: RegisterRow
    audience: Audience
    finest: PlaceLevel
    purpose: Purpose | None
    review: UnderReview | None = field(default=None, repr=False)

    @property
    def code(self) -> str:
        return self.release.code

    @property
    def closed_parts(self) -> frozenset[ClosedPart]:
        """Those that the testimony lies in."""
        tags = {
            ClosedPart.SEXUAL_VIOLENCE: self.row.tag_s,
            ClosedPart.CHILDREN: self.row.tag_c,
            ClosedPart.INSIDERS: self.row.tag_p,
            ClosedPart.EXTREME_RISK: self.row.tag_r4,
        }
        return frozenset(part for part, tag in tags.items() if tag)

    @property
    def subject(self) -> tuple[str, str]:
        return ("testimony", self.release.code)


def open_source(session: Session, work: Work, code: str, source: Source) -> Opened:
    """The release to code from, verified, in a unit of work whose entry the caller writes.

    Raises BadCode, NotFound; Refused as reading or the review room does; IntegrityFailed when the release is not
    what a reviewer signed.
    """
    canonical = parse_code(code)
    opened = (
        _for_purpose(session, work, canonical, source.purpose)
        if isinstance(source, ForPurpose)
        else _from_release(session, work, canonical, source.audience)
    )
    require_release_holds(session.archive, opened.release)
    return opened


def finest_of(session: Session, work: Work, source: Source) -> PlaceLevel:
    """How fine a place this person may be told of. Raises Refused without a grant for the purpose."""
    if isinstance(source, FromRelease):
        require(session.account, Permission.READ_ORIGINAL)
        return PlaceLevel.POINT
    require(session.account, Permission.READ_RELEASED)
    use_for(session, work, source.purpose)
    return FLOORS[audience_of(source.purpose)]


def is_reviewer(session: Session) -> bool:
    return Permission.READ_ORIGINAL in permissions_of(session.account.roles)


def log_of(
    work: Work,
    opened: Opened,
    action: Action,
    fields: tuple[str, ...],
    *,
    count: int | None = None,
    detail: str | None = None,
) -> None:
    """Note one entry about the testimony that lies open."""
    work.log(
        action,
        subject=opened.subject,
        case=opened.release.case_id,
        purpose=opened.purpose,
        fields=fields,
        count=count,
        detail=detail,
    )


def release_words(opened: Opened) -> tuple[str, str]:
    return f"release:{opened.release.number}", opened.release.audience


def _for_purpose(session: Session, work: Work, code: str, purpose: Purpose) -> Opened:
    require(session.account, Permission.READ_RELEASED)
    _, release_id = permitted(session, work, code, purpose)
    release, row = (
        releases.find_release(work.connection, release_id),
        register.find_row(work.connection, code),
    )
    if release is None or row is None:
        raise NotFound
    audience = audience_of(purpose)
    return Opened(release, row, audience, FLOORS[audience], purpose)


def _from_release(session: Session, work: Work, code: str, audience: Audience) -> Opened:
    require(session.account, Permission.READ_ORIGINAL)
    account = open_account(session, work, code)
    release = releases.release_for(work.connection, code, audience.value)
    if release is None or account.row.state != State.RELEASED:
        raise NotFound
    # A reviewer may read it still, to review it again; but nothing more is made of what no use is allowed of.
    require_consent_carries(work, account, audience, work.now)
    return Opened(release, account.row, Audience.COURT, PlaceLevel.POINT, None, account)
