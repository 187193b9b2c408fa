"""Acts about one testimony or two that two people sign; and words about testimonies that custodians alone open.

The columns beside a statement only find it. The log says what an act came to; what a statement opens is verified each
time.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from testimony.storage import log
from testimony.storage.keyring import Signed
from testimony.storage.log import ENTRIES, SUBJECTS
from testimony.storage.schema import LEDGER

WALL = "testimony-wall"
"""The kind of what an entry is about that sets or lifts a wall; its id is `wall_name` of the two codes."""

ACTS = sa.Table(
    "joint_acts",
    LEDGER,
    sa.Column("act_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("other_code", sa.Text, nullable=False, server_default=""),
    sa.Column("about", sa.Text, nullable=False, server_default=""),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("second_signer", sa.Text),
    sa.Column("second_signature", sa.LargeBinary),
    sa.CheckConstraint("kind IN ('wall-set', 'wall-lift', 'risk-review', 'referral')"),
    sa.CheckConstraint("code <> other_code"),
    sqlite_strict=True,
)
sa.Index("joint_acts_code", ACTS.c.code)
sa.Index("joint_acts_other_code", ACTS.c.other_code)

WORDS = sa.Table(
    "case_words",
    LEDGER,
    sa.Column("about", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("other_code", sa.Text, nullable=False, server_default=""),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)
sa.Index("case_words_code", WORDS.c.code)
sa.Index("case_words_other_code", WORDS.c.other_code)

# Asked at every search, so it must not read the log: an index of the few entries that are about walls.
sa.Index("log_subjects_walls", SUBJECTS.c.subject, sqlite_where=SUBJECTS.c.kind == WALL)

# The kind stands in the text: a bound value would not let the index be used.
_ABOUT_WALLS = sa.text(
    "SELECT s.seq, s.subject, e.leaf FROM log_subjects s JOIN log_entries e ON e.seq = s.seq "  # noqa: S608
    f"WHERE s.kind = '{WALL}' AND e.action = :action ORDER BY s.seq"
)


@dataclass(frozen=True, slots=True)
class ActRow:
    """codes: one, or two in order. about: what the kind says of it. second: None while another must sign."""

    act_id: str
    kind: str
    codes: tuple[str, ...]
    about: str
    first: Signed
    second: Signed | None = None


@dataclass(frozen=True, slots=True)
class WordsRow:
    """account_id: to whom they are sealed."""

    about: str
    account_id: str
    codes: tuple[str, ...]
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry by which one person was shown something of a testimony."""

    seq: int
    code: str
    leaf: bytes


def insert_act(connection: sa.Connection, row: ActRow) -> None:
    code, other = _two(row.codes)
    values = {
        "act_id": row.act_id,
        "kind": row.kind,
        "code": code,
        "other_code": other,
        "about": row.about,
        "statement": row.first.statement,
        "signer": row.first.signer,
        "signature": row.first.signature,
    }
    connection.execute(ACTS.insert(), values)


def sign_act(connection: sa.Connection, act_id: str, signer: str, signature: bytes) -> bool:
    """Whether there was such an act that waited for its second signature."""
    waiting = ACTS.update().where(ACTS.c.act_id == act_id, ACTS.c.second_signer.is_(None))
    return connection.execute(waiting.values(second_signer=signer, second_signature=signature)).rowcount == 1


def delete_waiting(connection: sa.Connection, act_id: str) -> bool:
    """Whether there was such an act that waited. One that two people signed is never deleted for itself."""
    waiting = ACTS.delete().where(ACTS.c.act_id == act_id, ACTS.c.second_signer.is_(None))
    if connection.execute(waiting).rowcount != 1:
        return False
    connection.execute(WORDS.delete().where(WORDS.c.about == act_id))
    return True


def find_act(connection: sa.Connection, act_id: str) -> ActRow | None:
    row = connection.execute(ACTS.select().where(ACTS.c.act_id == act_id)).first()
    return None if row is None else _act(row)


def acts_about(connection: sa.Connection, code: str) -> tuple[ActRow, ...]:
    """Every act in which this testimony is one of those concerned."""
    query = ACTS.select().where(sa.or_(ACTS.c.code == code, ACTS.c.other_code == code))
    return tuple(_act(row) for row in connection.execute(query.order_by(ACTS.c.act_id)))


def waiting_acts(connection: sa.Connection) -> tuple[ActRow, ...]:
    query = ACTS.select().where(ACTS.c.second_signer.is_(None)).order_by(ACTS.c.act_id)
    return tuple(_act(row) for row in connection.execute(query))


def insert_words(connection: sa.Connection, rows: tuple[WordsRow, ...]) -> None:
    if not rows:
        return
    values = [
        {"about": r.about, "account_id": r.account_id, "sealed": r.sealed}
        | dict(zip(("code", "other_code"), _two(r.codes), strict=True))
        for r in rows
    ]
    connection.execute(WORDS.insert(), values)


def words_for(connection: sa.Connection, about: str, account_id: str) -> WordsRow | None:
    query = WORDS.select().where(WORDS.c.about == about, WORDS.c.account_id == account_id)
    row = connection.execute(query).first()
    return (
        None
        if row is None
        else WordsRow(row.about, row.account_id, _codes(row.code, row.other_code), row.sealed)
    )


def told(connection: sa.Connection, about: str) -> frozenset[str]:
    """To whom these words are sealed."""
    query = sa.select(WORDS.c.account_id).where(WORDS.c.about == about)
    return frozenset(connection.execute(query).scalars())


def about_walls(connection: sa.Connection, action: str) -> tuple[tuple[int, str, bytes], ...]:
    """Every entry about a wall, oldest first: its number, the wall's name, its leaf."""
    found = connection.execute(_ABOUT_WALLS, {"action": action})
    return tuple((row.seq, row.subject, row.leaf) for row in found)


def wall_name(codes: tuple[str, ...]) -> str:
    return " | ".join(codes)


def codes_of(name: str) -> tuple[str, str]:
    """The codes of a name that `wall_name` made. Raises ValueError for another."""
    low, high = name.split(" | ")
    return low, high


def shown_to(
    connection: sa.Connection, account_id: str, codes: frozenset[str], actions: tuple[str, ...]
) -> tuple[Shown, ...]:
    """The entries by which one person was shown something of these testimonies."""
    query = (
        sa.select(ENTRIES.c.seq, SUBJECTS.c.subject, ENTRIES.c.leaf)
        .join(SUBJECTS, SUBJECTS.c.seq == ENTRIES.c.seq)
        .where(
            SUBJECTS.c.subject.in_(sorted(codes)),
            SUBJECTS.c.kind == "testimony",
            ENTRIES.c.actor == account_id,
            ENTRIES.c.action.in_(actions),
            ENTRIES.c.outcome == "allowed",
        )
    )
    return tuple(Shown(row.seq, row.subject, row.leaf) for row in connection.execute(query))


def forget_testimony(connection: sa.Connection, code: str) -> None:
    """With a testimony go its walls, also out of what the log says in words: the other then stands behind none."""
    about = sa.select(SUBJECTS.c.seq).where(
        SUBJECTS.c.kind == WALL,
        sa.or_(SUBJECTS.c.subject.like(f"{code} | %"), SUBJECTS.c.subject.like(f"% | {code}")),
    )
    log.forget_entries(connection, about)
    for table in (ACTS, WORDS):
        connection.execute(table.delete().where(sa.or_(table.c.code == code, table.c.other_code == code)))


def _two(codes: tuple[str, ...]) -> tuple[str, str]:
    return (codes[0], codes[1]) if len(codes) > 1 else (codes[0], "")


def _codes(code: str, other: str) -> tuple[str, ...]:
    return (code, other) if other else (code,)


def _act(row: sa.Row[tuple[object, ...]]) -> ActRow:
    r = row._mapping
    second = (
        None
        if r["second_signer"] is None or r["second_signature"] is None
        else Signed(r["statement"], r["second_signer"], r["second_signature"])
    )
    return ActRow(
        act_id=r["act_id"],
        kind=r["kind"],
        codes=_codes(r["code"], r["other_code"]),
        about=r["about"],
        first=Signed(r["statement"], r["signer"], r["signature"]),
        second=second,
    )
