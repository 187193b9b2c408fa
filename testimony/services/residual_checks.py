"""What is left in a release, taken together: gathered, estimated, kept with the layer, and asked again.

Gathered from the text as it would be released, from what was coded and may be told to its readers, from marks that are
left in, and from what is known of the witness, whether it is shown or not. A layer below its threshold is refused; two
people may let it pass, the redactor with a written reason and the approver by confirming it. Both sign what was found.
"""

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime

from testimony.detection.places import gazetteer_places, known_cities, known_countries
from testimony.detection.suggesting import read_text
from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, Invalid, NotFound, Problem, Refused
from testimony.domain.matching import fold, occurrences_of_each
from testimony.domain.places import PlaceId, PlaceLevel, shown_to
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, build_release
from testimony.domain.residual import (
    DEFAULT_THRESHOLDS,
    Residual,
    Told,
    about_a_person,
    archive_says,
    residual,
)
from testimony.domain.telling_details import Detail, Kind, details_of
from testimony.domain.vocabulary import load
from testimony.domain.witness import Sex
from testimony.policy.access import Permission, require
from testimony.services.bearings import help_withheld
from testimony.services.sessions import Session, Work
from testimony.services.token_series import series_of
from testimony.services.under_review import UnderReview, marks_of, open_account
from testimony.storage import acts, case_populations, places, residual_details, thresholds
from testimony.storage.connections import Connection

_QUASI = ("X.3", "X.4", "X.13")
"""Categories of details about somebody who is not named."""

_BAND_TOKEN = re.compile(r"\[aged ([0-9]+(?:-[0-9]+|\+))\]")
_MONTH_TOKEN = re.compile(r"\[[0-9]{4}(?:-[0-9]{2})?\]")
_CHILD = "13-17"
_SHORTEST_NAME = 3
OF_GAZETTEER = ""
"""In place of an id: a place that this archive keeps nothing of, so that nobody can say how many live there."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found when a layer was proposed. reason: why it was proposed all the same; empty where nothing asked.

    help_withheld: how many passages that help the accused it withholds from a court.
    """

    found: Residual
    reason: str = field(default="", repr=False)
    help_withheld: int = 0

    @property
    def is_override(self) -> bool:
        return not self.found.passed or self.help_withheld > 0

    def to_text(self) -> str:
        """Canonical JSON; both reviewers sign its hash."""
        found = {f.name: getattr(self.found, f.name) for f in fields(Residual) if f.name != "details"}
        details = [asdict(detail) for detail in self.found.details]
        # Left out at nought: what was signed before there were such marks reads the same.
        helping = {"help_withheld": self.help_withheld} if self.help_withheld else {}
        return canonical_json({**found, **helping, "details": details, "reason": self.reason}).decode()


def read_checked(text: str) -> Checked | None:
    """None for a layer from before there was a check. Raises IntegrityFailed."""
    if not text:
        return None
    try:
        values = json.loads(text)
        reason, details = values.pop("reason"), values.pop("details")
        helping = int(values.pop("help_withheld", 0))
        told = tuple(Detail(Kind(each["kind"]), each["value"]) for each in details)
        return Checked(Residual(details=told, **values), reason, helping)
    except (KeyError, TypeError, ValueError):
        raise IntegrityFailed from None


def check(session: Session, connection: Connection, account: UnderReview, audience: Audience) -> Residual:
    """What is left in the layer of one audience as it would be released now. Nothing is written."""
    text, marks = account.version.text, marks_of(account)
    released = _released(session, account, audience)
    details = _details(account, released) | _left_in(text, marks, audience)
    return residual(
        details,
        places_read(connection, account, audience, released),
        _in_archive(connection, account.code, details),
        threshold_of(connection, account.row.case_id, audience),
    )


def threshold_of(connection: Connection, case_id: str, audience: Audience) -> int:
    return thresholds.thresholds_of(connection, case_id).get(audience, DEFAULT_THRESHOLDS[audience])


def keep_details(connection: Connection, code: str, found: Residual) -> None:
    """Let the archive count this testimony among those that share its details."""
    told = about_a_person(found.details)
    residual_details.put_details(connection, code, [(d.kind.value, d.value) for d in told])


def require_fits_enough(account: UnderReview, kept: Checked | None, found: Residual) -> None:
    """Before an approval and a release: raises Refused (DR09) unless what is left now was checked and stands.

    Where two people let a smaller number pass, it must not have become smaller since.
    """
    if kept is not None and (found.passed or (not kept.found.passed and found.k >= kept.found.k)):
        return
    raise Refused((DenyReason.QUASI_IDENTIFIERS,), subject=account.subject)


def require_help_was_said(
    connection: Connection, account: UnderReview, audience: Audience, kept: Checked | None
) -> None:
    """Before an approval and a release: raises Conflict when more that helps the accused is withheld than was said."""
    if help_withheld(connection, account, audience) > (kept.help_withheld if kept else 0):
        raise Conflict


@dataclass(frozen=True, slots=True)
class Preview:
    """What is left in a layer that nobody proposed yet. revision: what a proposal is made on.

    may_propose: whether this reviewer redacts the account, and has decided every suggestion. in_case: bands that count
    in the account's case alone, by the id of a place or the code of a level.
    """

    found: Residual
    places: tuple[Told, ...]
    revision: int
    may_propose: bool
    in_case: Mapping[str, str] = field(default_factory=dict)
    help_withheld: int = 0


def preview(session: Session, code: str, audience: Audience, now: datetime) -> Preview:
    """Show a reviewer what is left in a layer, before anybody proposes it. Raises as `open_account`."""
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        found = check(session, work.connection, account, audience)
        released = _released(session, account, audience)
        places_told = places_read(work.connection, account, audience, released)
        in_case = case_populations.bands_of_case(work.connection, account.row.case_id)
        helping = help_withheld(work.connection, account, audience)
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("residual", audience.value),
            count=found.k,
        )
    row = account.work
    is_mine = row is not None and row.redactor_id == session.account.id
    is_decided = all(mark.decision is not MarkDecision.PROPOSED for mark in marks_of(account))
    known = tuple(place for place in places_told if place.id != OF_GAZETTEER)
    return Preview(found, known, row.revision if row else 0, is_mine and is_decided, in_case, helping)


def say_population(session: Session, code: str, place_id: PlaceId, band: str, now: datetime) -> None:
    """How many people live in a place, as a reviewer knows it. It counts for every testimony from now on.

    code: the account that it is said for. Raises Refused, NotFound, Invalid.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        if band not in load("population_band"):
            raise Invalid((Problem("band", "unknown_code"),))
        if not places.set_population_band(work.connection, place_id, band):
            raise NotFound
        fields_ = ("population", band)
        work.log(Action.WRITTEN, subject=("place", place_id), case=account.row.case_id, fields=fields_)


def say_population_in_case(session: Session, code: str, about: str, band: str, now: datetime) -> None:
    """The same for the account's case alone, before what is said for all. band: empty to say nothing any more.

    about: a place, or the code of a level for those that nobody said anything of. Raises Refused, NotFound, Invalid.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        if band and band not in load("population_band"):
            raise Invalid((Problem("band", "unknown_code"),))
        if about not in set(PlaceLevel) and not places.levels(work.connection, (PlaceId(about),)):
            raise NotFound
        case_id, day = account.row.case_id, now.date().isoformat()
        case_populations.say_in_case(work.connection, case_id, about, band, session.account.id, day)
        fields_ = ("population-in-case", about, band)
        work.log(Action.WRITTEN, subject=("case", case_id), case=case_id, fields=fields_)


def log_override(work: Work, account: UnderReview, audience: Audience, checked: Checked) -> None:
    """The entries of a layer proposed although it fits too few, or withholds what helps the accused.

    The reason is sealed to auditors.
    """
    told = {"residual-overridden": checked.found.k} if not checked.found.passed else {}
    if checked.help_withheld:
        told["help-withheld"] = checked.help_withheld
    for what, count in told.items():
        work.log(
            Action.REDACTION_DECIDED,
            subject=account.subject,
            case=account.row.case_id,
            fields=(what, audience.value),
            count=count,
            detail=checked.reason,
        )


def _released(session: Session, account: UnderReview, audience: Audience) -> str:
    series = series_of(session, account.code, audience, account.recipient)
    return build_release(account.version.text, marks_of(account), audience, series)


def _details(account: UnderReview, released: str) -> frozenset[Detail]:
    bands = {Detail(Kind.BAND, band) for band in _BAND_TOKEN.findall(released)}
    # What a token says less exactly is no age and no year that the text still tells.
    told = details_of(_MONTH_TOKEN.sub(" ", _BAND_TOKEN.sub(" ", released)))
    witness, row = account.submission.witness, account.row
    known = {
        Detail(Kind.SEX, witness.sex.value): witness.sex is not Sex.UNDISCLOSED,
        Detail(Kind.BAND, witness.age_band): witness.age_band != "undisclosed",
        Detail(Kind.BAND, _CHILD): bool(row.minor) and witness.age_band in ("undisclosed", "adult"),
        Detail(Kind.MONTH, row.month or ""): row.month is not None,
        Detail(Kind.LANGUAGE, account.version.language): True,
    }
    return told | bands | {detail for detail, holds in known.items() if holds}


def _left_in(text: str, marks: tuple[Mark, ...], audience: Audience) -> frozenset[Detail]:
    """Marks of details that are shown to this audience: rejected, or withheld from wider ones alone."""
    hidden = sorted((mark.start, mark.end) for mark in marks if mark.is_withheld_from(audience))
    shown = (m for m in marks if m.category in _QUASI and not m.is_withheld_from(audience))
    stays = (m for m in shown if not any(start < m.end and m.start < end for start, end in hidden))
    return frozenset(Detail(Kind.LEFT_IN, mark.category) for mark in stays)


def places_read(
    connection: Connection, account: UnderReview, audience: Audience, released: str
) -> list[Told]:
    """Places that can be read: those of what was coded, as finely as this audience is told, and those in the text.

    A city of the gazetteer that came with the archive counts as a cercle; a country as one. What was said for the case
    alone goes before what was said for all; what nobody said is told by the level.
    """
    coded = {act.coding.place for act in acts.standing_acts(connection, account.code, audience)} - {None}
    finest = [
        shown_to(path, audience)[-1:] for path in places.paths(connection, filter(None, coded)).values()
    ]
    named = [
        pair for pair in places.name_values(connection, PlaceLevel.POINT) if len(pair[0]) >= _SHORTEST_NAME
    ]
    spans = occurrences_of_each(released, (name for name, _ in named))
    read = {place_id for (_, place_id), where in zip(named, spans, strict=True) if where}
    found = {place.id: place for places_ in finest for place in places_}
    found |= {place_id: path[-1] for place_id, path in places.paths(connection, read).items() if path}
    in_case = case_populations.bands_of_case(connection, account.row.case_id)
    bands = {**places.population_bands(connection, found), **in_case}
    known = [Told(place.id, place.name("eng"), place.level, bands.get(place.id)) for place in found.values()]
    read_here = (*known, *_in_gazetteer(released, {fold(name) for name, _ in named}))
    return [replace(place, of_kind=in_case.get(place.level)) for place in read_here]


def _in_gazetteer(released: str, known: Container[str]) -> Iterator[Told]:
    """Countries and cities that the text names and nobody of this archive added, each once."""
    tokens = read_text(released, "", (), ()).tokens
    for gazetteer, level in ((known_cities(), PlaceLevel.CERCLE), (known_countries(), PlaceLevel.COUNTRY)):
        names = {released[one.start : one.end] for one in gazetteer_places(tokens, (gazetteer,))}
        for name in sorted(names):
            if fold(name) not in known:
                yield Told(OF_GAZETTEER, name, level, None)


def _in_archive(connection: Connection, code: str, details: frozenset[Detail]) -> int | None:
    told = [(d.kind.value, d.value) for d in about_a_person(details)]
    checked = residual_details.count_checked(connection)
    if not told:
        return None
    return archive_says(residual_details.count_sharing(connection, code, told), checked)
