"""Whether an archive has an account of a witness already, asked without names: tags, and when two sets of them agree.

A tag is a keyed hash; nothing here knows the key or a name. Pure. The rule errs towards yes: a yes costs a second
person's look, a missed one costs a witness telling it all again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

FORMAT = "testimony-name-tags/1"
TAG_BYTES = 8
MOST_NAMES, MOST_READINGS, MOST_REACHED, MOST_BORN = 28, 128, 8, 40
"""Tags of one name of eight parts, and of a telephone: a question about more would try a list of names at once."""


class Told(StrEnum):
    """All that an interviewer is told."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot_tell"


class Because(StrEnum):
    """Why it cannot be told."""

    NO_NAME = "no_name"
    NOT_WANTED = "not_wanted"
    ONE_NAME = "one_name"
    NO_KEY = "no_key"
    LIMIT = "limit"
    NOT_SIGNED = "not_signed"


NOT_ASKED = (Because.NO_NAME, Because.NOT_WANTED)
"""What an interviewer may say in place of asking."""


@dataclass(frozen=True, slots=True)
class NameTags:
    """Of one witness. names: of each two parts of a name. readings: the same as they may be heard or spelt elsewhere.

    reached: of a telephone together with one part of a name. born: of stretches of years. sex: at most one.
    """

    key_id: str
    names: frozenset[bytes] = frozenset()
    readings: frozenset[bytes] = frozenset()
    reached: frozenset[bytes] = frozenset()
    born: frozenset[bytes] = frozenset()
    sex: frozenset[bytes] = frozenset()

    @property
    def tell_apart(self) -> bool:
        """Whether anybody could be known by them."""
        return bool(self.names or self.reached)

    def of_one_name(self) -> "NameTags":
        """No more of them than one name has."""
        most = {"names": MOST_NAMES, "readings": MOST_READINGS, "reached": MOST_REACHED, "born": MOST_BORN}
        cut = {name: frozenset(sorted(getattr(self, name))[:many]) for name, many in most.items()}
        return NameTags(self.key_id, **cut, sex=frozenset(sorted(self.sex)[:1]))

    def kept(self) -> "NameTags":
        """Without readings: one side of a comparison is enough."""
        return NameTags(self.key_id, self.names, frozenset(), self.reached, self.born, self.sex)

    def to_document(self) -> dict[str, object]:
        parts = {name: _joined(getattr(self, name)) for name in _PARTS}
        return {"format": FORMAT, "key": self.key_id, **parts}

    @classmethod
    def from_document(cls, document: Mapping[str, object]) -> "NameTags":
        """Raises ValueError, KeyError for what is none."""
        if document["format"] != FORMAT:
            raise ValueError("not name tags")
        return cls(str(document["key"]), **{name: _split(str(document[name])) for name in _PARTS})


def may_be_one(asked: NameTags, kept: NameTags) -> bool:
    """Whether two sets may be of one person: two parts of a name, or a telephone and one part, and no contradiction."""
    if asked.key_id != kept.key_id or _contradict(asked.born, kept.born) or _contradict(asked.sex, kept.sex):
        return False
    return not (asked.readings | asked.names).isdisjoint(kept.names) or not asked.reached.isdisjoint(
        kept.reached
    )


def matches(asked: Mapping[str, NameTags], kept: Iterable[tuple[str, NameTags]]) -> Iterator[tuple[str, str]]:
    """(asked, kept) of sets that may be of one person. kept: as many as there are, looked at once, in turn."""
    by_tag: dict[bytes, list[str]] = {}
    for name, tags in asked.items():
        for tag in tags.names | tags.readings | tags.reached:
            by_tag.setdefault(tag, []).append(name)
    for other, theirs in kept:
        found = {name for tag in theirs.names | theirs.reached for name in by_tag.get(tag, ())}
        for name in sorted(found):
            if name != other and may_be_one(asked[name], theirs):
                yield name, other


def _contradict(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    return bool(one) and bool(other) and one.isdisjoint(other)


_PARTS = ("names", "readings", "reached", "born", "sex")


def _joined(tags: frozenset[bytes]) -> str:
    return b"".join(sorted(tags)).hex()


def _split(text: str) -> frozenset[bytes]:
    raw = bytes.fromhex(text)
    if len(raw) % TAG_BYTES:
        raise ValueError("not name tags")
    return frozenset(raw[at : at + TAG_BYTES] for at in range(0, len(raw), TAG_BYTES))
