"""Links of two accounts, and in what they differ, in words. Decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.differences import Difference, Topic, compare
from testimony.services.account_link_statements import LinkKind, LinkState, Source
from testimony.services.account_links import LinkView
from testimony.services.account_sides import Side
from testimony.web.coding_dates import when_words
from testimony.web.coding_words import label, place_words

KINDS: Mapping[LinkKind, LazyString] = {
    LinkKind.WITNESS: lazy_gettext("The same witness"),
    LinkKind.INCIDENT: lazy_gettext("The same incident"),
}
STATES: Mapping[LinkState, tuple[LazyString, str]] = {
    LinkState.CANDIDATE: (lazy_gettext("Waits for a second person"), "caution"),
    LinkState.CONFIRMED: (lazy_gettext("Two people agree"), "good"),
    LinkState.REJECTED: (lazy_gettext("Not so"), ""),
    LinkState.UNDONE: (lazy_gettext("Undone"), ""),
    LinkState.BROKEN: (lazy_gettext("Not what was signed: tell the operator"), "danger"),
}
SOURCES: Mapping[Source, LazyString] = {
    Source.PERSON: lazy_gettext("Proposed by"),
    Source.TAGS: lazy_gettext("Found by the archive, without names, in the session of"),
}
TOPICS: Mapping[Topic, LazyString] = {
    Topic.ACTS: lazy_gettext("What was done"),
    Topic.WHEN: lazy_gettext("When"),
    Topic.WHERE: lazy_gettext("Where"),
    Topic.GROUP: lazy_gettext("By whom"),
    Topic.VICTIMS: lazy_gettext("How many, at least and at most"),
    Topic.NUMBERS: lazy_gettext("Numbers in the text"),
}
PROBLEMS: Mapping[tuple[str, str], LazyString] = {
    ("codes", "same_twice"): lazy_gettext("These are one and the same account."),
    ("codes", "bad_code"): lazy_gettext("This is not a code, or it is mistyped."),
    ("codes", "not_found"): lazy_gettext("One of them is not there, or not for you to read."),
    ("codes", "there_already"): lazy_gettext("These two are linked already, or wait for a second person."),
    ("reason", "required"): lazy_gettext("Say why. No name."),
}
DECISIONS: Mapping[str, LinkState] = {
    "confirm": LinkState.CONFIRMED,
    "reject": LinkState.REJECTED,
    "undo": LinkState.UNDONE,
}
"""As addresses call them."""


@dataclass(frozen=True, slots=True)
class LinkLine:
    view: LinkView
    kind: str
    state: str
    chip: str
    source: str


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    topic: str
    first: tuple[str, ...]
    second: tuple[str, ...]


def link_line(view: LinkView) -> LinkLine:
    words, chip = STATES[view.link.state]
    kind, source = KINDS[view.link.kind], SOURCES[view.link.source]
    return LinkLine(view, str(kind), str(words), chip, str(source))


def difference_lines(sides: tuple[Side, Side]) -> tuple[tuple[DifferenceLine, ...], tuple[str, ...]]:
    """What differs, and a sentence for each two numbers of the same digits in another order."""
    first, second = sides
    found = compare((first.acts, first.text), (second.acts, second.text))
    lines = tuple(
        DifferenceLine(
            str(TOPICS[each.topic]),
            tuple(_words(each, value, first) for value in each.first),
            tuple(_words(each, value, second) for value in each.second),
        )
        for each in found.differences
    )
    turned = tuple(
        str(
            gettext(
                "%(first)s and %(second)s have the same digits in another order.",
                first=pair.first,
                second=pair.second,
            )
        )
        for pair in found.reordered
    )
    return lines, turned


def _words(difference: Difference, value: str, side: Side) -> str:
    if difference.topic is Topic.ACTS:
        return label("violation", value)
    if difference.topic is Topic.WHEN:
        return when_words(value)
    if difference.topic is Topic.WHERE:
        return place_words(side.places[value])
    if difference.topic is Topic.GROUP:
        return label("perp_group", value)
    if difference.topic is Topic.VICTIMS:
        code, _, said = value.partition(" ")
        least, _, most = said.partition("-")
        return f"{label('violation', code)}: {least or '?'}–{most or '?'}"
    return value
