"""What coders say of released accounts: acts, and the types of account. Rows are withdrawn, never changed.

What was coded from a release is told to the audiences that may read that release or a fuller one, and to no wider
one: a release for the public never gives away what only the one for a court told.

The reading room keeps no measure of what was withheld. So the passage of an act goes when its release is replaced:
with the newer text in hand its length would be that of a word now withheld. The log keeps it, sealed to auditors.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from testimony.domain.accounts import AccountId
from testimony.domain.acts import Attribute, CodedAct, Coding, Perpetrators, Unit, Victims
from testimony.domain.matching import Span
from testimony.domain.places import PlaceId
from testimony.domain.purposes import Audience
from testimony.domain.witness import Sex
from testimony.storage import places as _places
from testimony.storage.schema import READING_ROOM

_NOTHING = ","
_RELEASES = sa.table(
    "releases",
    sa.column("id", sa.Integer),
    sa.column("audience", sa.Text),
    sa.column("rank", sa.Integer),
    sa.column("number", sa.Integer),
    sa.column("current", sa.Integer),
    schema=READING_ROOM.schema,
)
"""The columns asked of `releases.RELEASES`, which itself asks this module what to index."""


def _flag(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.CheckConstraint(f"{name} IN (0, 1)"), nullable=False)


CODED_ACTS = sa.Table(
    "coded_acts",
    READING_ROOM,
    sa.Column("act_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("release_id", sa.Integer, sa.ForeignKey("reading_room.releases.id"), nullable=False),
    sa.Column("violation", sa.Text, nullable=False),
    sa.Column("vocabulary", sa.Text, nullable=False),
    sa.Column("passage_start", sa.Integer),
    sa.Column("passage_end", sa.Integer),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("victims_min", sa.Integer),
    sa.Column("victims_max", sa.Integer),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("sex", sa.Text, nullable=False),
    sa.Column("age_band", sa.Text),
    sa.Column("perp_group", sa.Text),
    sa.Column("involvement", sa.Text),
    sa.Column("identified_by", sa.Text),
    sa.Column("place_id", sa.Text, sa.ForeignKey("reading_room.places.place_id")),
    sa.Column("happened", sa.Text),
    sa.Column("methods", sa.Text, nullable=False, server_default=_NOTHING),
    *(_flag(attribute.value) for attribute in Attribute),
    sa.Column("outcome", sa.Text),
    sa.Column("coder", sa.Text, nullable=False),
    sa.Column("coded_on", sa.Text, nullable=False),
    sa.Column("replaces", sa.Text, sa.ForeignKey("reading_room.coded_acts.act_id"), unique=True),
    sa.Column("withdrawn_on", sa.Text),
    sa.Column("withdrawn_by", sa.Text),
    sa.CheckConstraint("(passage_start IS NULL) = (passage_end IS NULL)"),
    sa.CheckConstraint("passage_start IS NULL OR (passage_start >= 0 AND passage_start < passage_end)"),
    sa.CheckConstraint("victims_min IS NULL OR victims_max IS NULL OR victims_min <= victims_max"),
    sa.CheckConstraint("perp_group IS NOT NULL OR (involvement IS NULL AND identified_by IS NULL)"),
    sa.CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_by IS NULL)"),
    sqlite_strict=True,
)
sa.Index("coded_acts_code", CODED_ACTS.c.code)
sa.Index("coded_acts_release", CODED_ACTS.c.release_id)

CODED_ACCOUNT_TYPES = sa.Table(
    "coded_account_types",
    READING_ROOM,
    sa.Column("coding_id", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("release_id", sa.Integer, sa.ForeignKey("reading_room.releases.id"), nullable=False),
    sa.Column("types", sa.Text, nullable=False),
    sa.Column("coder", sa.Text, nullable=False),
    sa.Column("coded_on", sa.Text, nullable=False),
    sa.Column("withdrawn_on", sa.Text),
    sqlite_strict=True,
)
sa.Index("coded_account_types_code", CODED_ACCOUNT_TYPES.c.code)

_ACTS = CODED_ACTS.join(_RELEASES, _RELEASES.c.id == CODED_ACTS.c.release_id)
_TYPES = CODED_ACCOUNT_TYPES.join(_RELEASES, _RELEASES.c.id == CODED_ACCOUNT_TYPES.c.release_id)


@dataclass(frozen=True, slots=True)
class AccountTypes:
    """How the witness knows, on the whole. types: codes of account_type.csv. audience: of the release coded from."""

    types: tuple[str, ...]
    audience: Audience
    coder: AccountId
    coded_on: str


def insert_act(
    connection: sa.Connection,
    coding: Coding,
    *,
    act_id: str,
    code: str,
    release_id: int,
    vocabulary: str,
    coder: str,
    coded_on: str,
    replaces: str | None = None,
) -> None:
    """Write one act. A country that it names and that was never used gets its row."""
    if coding.place is not None:
        _places.ensure_country(connection, coding.place, added_by=coder, added_on=coded_on)
    victims, group = coding.victims, coding.perpetrators
    connection.execute(
        CODED_ACTS.insert(),
        {
            "act_id": act_id,
            "code": code,
            "release_id": release_id,
            "violation": coding.violation,
            "vocabulary": vocabulary,
            "passage_start": coding.passage and coding.passage.start,
            "passage_end": coding.passage and coding.passage.end,
            "basis": coding.basis,
            "victims_min": victims.minimum,
            "victims_max": victims.maximum,
            "unit": victims.unit.value,
            "sex": victims.sex.value,
            "age_band": victims.age_band,
            "perp_group": group and group.group,
            "involvement": group and group.involvement,
            "identified_by": group and group.identified_by,
            "place_id": coding.place,
            "happened": coding.when,
            "methods": _joined(coding.methods),
            **{attribute.value: int(attribute in coding.attributes) for attribute in Attribute},
            "outcome": coding.outcome,
            "coder": coder,
            "coded_on": coded_on,
            "replaces": replaces,
        },
    )


def withdraw_act(connection: sa.Connection, act_id: str, *, by: str, on: str) -> bool:
    """Whether the act stood and is now withdrawn."""
    standing = CODED_ACTS.update().where(CODED_ACTS.c.act_id == act_id, CODED_ACTS.c.withdrawn_on.is_(None))
    return connection.execute(standing.values(withdrawn_on=on, withdrawn_by=by)).rowcount == 1


def withdraw_acts_of(connection: sa.Connection, code: str, *, by: str, on: str) -> int:
    """Withdraw every standing act and account type of a testimony; return how many acts there were."""
    acts = CODED_ACTS.update().where(CODED_ACTS.c.code == code, CODED_ACTS.c.withdrawn_on.is_(None))
    count = connection.execute(acts.values(withdrawn_on=on, withdrawn_by=by)).rowcount
    types = CODED_ACCOUNT_TYPES.update().where(
        CODED_ACCOUNT_TYPES.c.code == code, CODED_ACCOUNT_TYPES.c.withdrawn_on.is_(None)
    )
    connection.execute(types.values(withdrawn_on=on))
    return count


def find_act(connection: sa.Connection, act_id: str) -> CodedAct | None:
    return next(iter(_read(connection, CODED_ACTS.c.act_id == act_id)), None)


def acts_of(connection: sa.Connection, code: str, audience: Audience) -> tuple[CodedAct, ...]:
    """The acts of a testimony that this audience may be told, withdrawn ones too, as they were coded."""
    return _read(connection, CODED_ACTS.c.code == code, _RELEASES.c.rank <= audience.rank)


def standing_acts(connection: sa.Connection, code: str, audience: Audience) -> tuple[CodedAct, ...]:
    """The same without what was withdrawn."""
    return tuple(act for act in acts_of(connection, code, audience) if not act.is_withdrawn)


def codes_at(connection: sa.Connection, place_id: str) -> tuple[str, ...]:
    """The testimonies with a standing act at a place or anywhere inside it."""
    places = _places.PLACES
    within = sa.select(sa.literal(place_id).label("place_id")).cte("within", recursive=True)
    within = within.union(sa.select(places.c.place_id).where(places.c.parent == within.c.place_id))
    query = sa.select(CODED_ACTS.c.code).where(
        CODED_ACTS.c.place_id.in_(sa.select(within.c.place_id)), CODED_ACTS.c.withdrawn_on.is_(None)
    )
    return tuple(connection.execute(query.distinct().order_by(CODED_ACTS.c.code)).scalars())


def forget_passages(connection: sa.Connection, release_id: int) -> None:
    """A release was replaced: what is left of its text here is which acts were coded from it."""
    statement = CODED_ACTS.update().where(CODED_ACTS.c.release_id == release_id)
    connection.execute(statement.values(passage_start=None, passage_end=None))


def set_account_types(
    connection: sa.Connection,
    types: tuple[str, ...],
    *,
    code: str,
    release_id: int,
    coder: str,
    coded_on: str,
) -> None:
    """Put a coding of the account types in the place of the one that stands for the same audience."""
    audience = sa.select(_RELEASES.c.audience).where(_RELEASES.c.id == release_id).scalar_subquery()
    same = sa.select(_RELEASES.c.id).where(_RELEASES.c.audience == audience)
    standing = CODED_ACCOUNT_TYPES.update().where(
        CODED_ACCOUNT_TYPES.c.code == code,
        CODED_ACCOUNT_TYPES.c.withdrawn_on.is_(None),
        CODED_ACCOUNT_TYPES.c.release_id.in_(same),
    )
    connection.execute(standing.values(withdrawn_on=coded_on))
    connection.execute(
        CODED_ACCOUNT_TYPES.insert(),
        {
            "code": code,
            "release_id": release_id,
            "types": _joined(types),
            "coder": coder,
            "coded_on": coded_on,
        },
    )


def account_types_of(connection: sa.Connection, code: str, audience: Audience) -> AccountTypes | None:
    """What stands for this audience: coded from the fullest release that it may read; None where nothing is."""
    query = (
        sa.select(CODED_ACCOUNT_TYPES, _RELEASES.c.audience)
        .select_from(_TYPES)
        .where(
            CODED_ACCOUNT_TYPES.c.code == code,
            CODED_ACCOUNT_TYPES.c.withdrawn_on.is_(None),
            _RELEASES.c.rank <= audience.rank,
        )
        .order_by(_RELEASES.c.rank.desc())
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return AccountTypes(_split(row.types), Audience(row.audience), AccountId(row.coder), row.coded_on)


def _read(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[CodedAct, ...]:
    query = (
        sa.select(CODED_ACTS, _RELEASES.c.audience, _RELEASES.c.number, _RELEASES.c.current)
        .select_from(_ACTS)
        .where(*where)
        .order_by(CODED_ACTS.c.coded_on, sa.literal_column("coded_acts.rowid"))
    )
    return tuple(_act(row) for row in connection.execute(query))


def _act(row: sa.Row[tuple[object, ...]]) -> CodedAct:
    return CodedAct(
        act_id=row.act_id,
        code=row.code,
        audience=Audience(row.audience),
        release_number=row.number,
        source_is_current=row.current == 1,
        vocabulary=row.vocabulary,
        coding=_coding(row),
        coder=AccountId(row.coder),
        coded_on=row.coded_on,
        replaces=row.replaces,
        withdrawn_on=row.withdrawn_on,
        withdrawn_by=None if row.withdrawn_by is None else AccountId(row.withdrawn_by),
    )


def _coding(row: sa.Row[tuple[object, ...]]) -> Coding:
    group = row.perp_group
    return Coding(
        violation=row.violation,
        passage=None if row.passage_start is None else Span(row.passage_start, row.passage_end),
        basis=row.basis,
        victims=Victims(row.victims_min, row.victims_max, Unit(row.unit), Sex(row.sex), row.age_band),
        perpetrators=None if group is None else Perpetrators(group, row.involvement, row.identified_by),
        place=None if row.place_id is None else PlaceId(row.place_id),
        when=row.happened,
        methods=_split(row.methods),
        attributes=frozenset(attribute for attribute in Attribute if row._mapping[attribute.value]),
        outcome=row.outcome,
    )


def _joined(codes: Iterable[str]) -> str:
    """`,ME01,ME02,`; `,` is none."""
    return _NOTHING + "".join(f"{code}," for code in codes)


def _split(text: str) -> tuple[str, ...]:
    return tuple(code for code in text.split(",") if code)
