"""Reading one released testimony under one purpose. What the gate refuses and what is not there look the same.

Before a graphic account only the warning is given (`approach_release`); the text follows when the reader has
chosen to see it (`read_release`). Both are in the log first.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime

from testimony.domain.audit import Action, DenyReason, Outcome
from testimony.domain.codes import parse_code
from testimony.domain.errors import BadDate, IntegrityFailed, NotFound, Refused
from testimony.domain.purposes import Audience, Purpose, audience_of
from testimony.policy.access import Permission, require
from testimony.policy.facts import Asked, Facts
from testimony.policy.gate import permit
from testimony.services.consent_versions import require_consent_stands
from testimony.services.finding import NO_WARNING, use_for
from testimony.services.reader_marks import NOTHING_TOLD, ReaderMarks, marks_for_readers
from testimony.services.releasing import require_release_holds
from testimony.services.sessions import Session, Work
from testimony.storage import released, releases
from testimony.storage.releases import Release


@dataclass(frozen=True, slots=True)
class ReleaseNotice:
    """A release without its text. month: EDTF. warning: code of warning.csv; None when nobody gave one.

    marks: what is told beside it.
    """

    code: str
    number: int
    audience: Audience
    case_id: str
    month: str | None
    language: str
    warning: str | None
    released_at: datetime
    marks: ReaderMarks = NOTHING_TOLD

    @property
    def is_graphic(self) -> bool:
        """Whether a warning stands before it. An account that nobody has looked at for this is one."""
        return self.warning != NO_WARNING


@dataclass(frozen=True, slots=True)
class Withheld:
    """How many passages of one category of redaction.csv were left out."""

    category: str
    count: int


@dataclass(frozen=True, slots=True)
class ConsentLimits:
    """What the witness's consent asks of this reader. conditions: codes of consent_condition.csv, sorted.

    review_due, valid_until: the first day on which the consent no longer opens this; None where there is none.
    """

    conditions: tuple[str, ...]
    review_due: date | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A released testimony as its reader may see it."""

    notice: ReleaseNotice
    text: str = field(repr=False)
    withheld: tuple[Withheld, ...]
    limits: ConsentLimits


def read_release(session: Session, code: str, purpose: Purpose, now: datetime) -> ReleaseView:
    """The text of the release that this purpose is served with.

    Raises BadCode, NotFound; Refused with every reason, which is in the log and looks like NotFound outside;
    IntegrityFailed when the release is not what a reviewer signed, or the consent not the one that was signed last.
    """
    return _view(*_opened(session, code, purpose, now, with_text=True))


def print_release(
    session: Session, code: str, purpose: Purpose, now: datetime, *, accepted: bool
) -> ReleaseNotice | ReleaseView:
    """The text for paper, which the log tells as printed, whatever the printer does; the notice alone where a warning
    stands before it that the reader has not accepted. Raises as `read_release`.
    """
    release, facts, marks = _opened(session, code, purpose, now, with_text=accepted, more=("print",))
    return _view(release, facts, marks) if accepted or not _is_graphic(release) else _notice(release, marks)


def approach_release(
    session: Session, code: str, purpose: Purpose, now: datetime
) -> ReleaseNotice | ReleaseView:
    """The release, or where a warning stands before it, its notice alone. Raises as `read_release`."""
    release, facts, marks = _opened(session, code, purpose, now, with_text=False)
    return _notice(release, marks) if _is_graphic(release) else _view(release, facts, marks)


def _opened(
    session: Session,
    code: str,
    purpose: Purpose,
    now: datetime,
    *,
    with_text: bool,
    more: tuple[str, ...] = (),
) -> tuple[Release, Facts, ReaderMarks]:
    """Find, judge, verify and log; with_text: also when a warning stands before it. more: fields of the entry."""
    canonical = parse_code(code)
    failed: IntegrityFailed | None = None
    with session.work(now) as work:
        require(session.account, Permission.READ_RELEASED)
        facts, release_id = permitted(session, work, canonical, purpose)
        release = releases.find_release(work.connection, release_id)
        if release is None:
            raise NotFound
        try:
            require_release_holds(session.archive, release)
            require_consent_stands(session.archive.keyring(), work.connection, canonical)
        except IntegrityFailed as failure:
            failed = failure
            _log_damage(work, release, purpose)
        else:
            marks = marks_for_readers(work.connection, canonical)
            _log_showing(work, release, purpose, more, shows_text=with_text or not _is_graphic(release))
    if failed is not None:
        raise failed
    return release, facts, marks


def permitted(session: Session, work: Work, code: str, purpose: Purpose) -> tuple[Facts, int]:
    """The facts of a testimony that passes the gate for this reader now, and the release that may be shown.

    Raises NotFound, Refused.
    """
    asked = Asked(use_for(session, work, purpose), purpose, audience_of(purpose), work.now)
    subject = ("testimony", code)
    try:
        found = released.find_facts(work.connection, asked, code)
    except BadDate:
        raise Refused((DenyReason.INTEGRITY_FAILED,), subject=subject, purpose=purpose) from None
    if found is None:
        raise NotFound
    facts, release_id = found
    try:
        permit(asked.use, purpose, asked.audience, facts, work.now)
    except Refused as refusal:
        raise Refused(refusal.reasons, subject=subject, purpose=purpose) from None
    if release_id is None:
        raise Refused((DenyReason.NOT_APPROVED,), subject=subject, purpose=purpose)
    return facts, release_id


def _log_showing(
    work: Work, release: Release, purpose: Purpose, more: tuple[str, ...], *, shows_text: bool
) -> None:
    work.log(
        Action.ITEM_SHOWN if shows_text else Action.LIST_SHOWN,
        subject=("testimony", release.code),
        case=release.case_id,
        purpose=purpose,
        fields=(
            "text" if shows_text else "warning",
            f"release:{release.number}",
            release.audience,
            *(more if shows_text else ()),
        ),
    )


def _log_damage(work: Work, release: Release, purpose: Purpose) -> None:
    work.log(
        Action.DENIED,
        subject=("testimony", release.code),
        case=release.case_id,
        purpose=purpose,
        outcome=Outcome.DENIED,
        reasons=(DenyReason.INTEGRITY_FAILED,),
    )


def _is_graphic(release: Release) -> bool:
    return release.warning != NO_WARNING


def _notice(release: Release, marks: ReaderMarks) -> ReleaseNotice:
    return ReleaseNotice(
        code=release.code,
        number=release.number,
        audience=Audience(release.audience),
        case_id=release.case_id,
        month=release.month,
        language=release.language,
        warning=release.warning,
        released_at=datetime.fromisoformat(release.released_at),
        marks=marks,
    )


def _view(release: Release, facts: Facts, marks: ReaderMarks) -> ReleaseView:
    counts: dict[str, int] = json.loads(release.withheld)
    return ReleaseView(
        notice=_notice(release, marks),
        text=release.text,
        withheld=tuple(Withheld(category, count) for category, count in sorted(counts.items())),
        limits=ConsentLimits(tuple(sorted(facts.conditions)), facts.review_due, facts.valid_until),
    )
