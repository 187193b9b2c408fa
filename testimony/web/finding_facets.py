"""Facets as the search page shows them: values by name, counts in words, what was chosen. Decides nothing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from flask_babel import LazyString, format_date, format_decimal, gettext, lazy_gettext

from testimony.domain.dates import parse_day
from testimony.domain.errors import BadDate
from testimony.domain.places import Place
from testimony.domain.purposes import Audience
from testimony.domain.vocabulary import load
from testimony.services.facets import VOCABULARIES, Facet, FacetValue
from testimony.services.finding import SearchPage
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.web.finding_words import AUDIENCES, place_name
from testimony.web.translation import current_language

SHOWN = 8
"""Values of a field that are seen at once; the others are behind "More"."""

TITLES: Mapping[str, LazyString] = {
    "case": lazy_gettext("Case"),
    "act": lazy_gettext("Act"),
    "perp": lazy_gettext("Done by, as told"),
    "place": lazy_gettext("Place"),
    "account": lazy_gettext("Kind of account"),
    "basis": lazy_gettext("How it is known"),
    "month": lazy_gettext("When it was told"),
    "language": lazy_gettext("Language"),
    "audience": lazy_gettext("Layer"),
    "attachment": lazy_gettext("Files"),
}
"""The fields in the order of the page."""

_ATTACHMENT: Mapping[str, LazyString] = {
    "yes": lazy_gettext("with a file"),
    "no": lazy_gettext("without files"),
}

ORDERS: Mapping[SearchOrder, LazyString] = {
    SearchOrder.RELEVANCE: lazy_gettext("nearest to the words"),
    SearchOrder.NEWEST: lazy_gettext("told last"),
    SearchOrder.OLDEST: lazy_gettext("told first"),
    SearchOrder.EVENT_LATEST: lazy_gettext("latest events"),
    SearchOrder.EVENT_EARLIEST: lazy_gettext("earliest events"),
    SearchOrder.CODE: lazy_gettext("by code"),
}


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One value to narrow by. sends: what its button sends. count: in words. parts: what lies inside it."""

    sends: str = field(repr=False)
    label: str = field(repr=False)
    count: str
    is_chosen: bool
    parts: tuple["ValueLine", ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class FacetBox:
    """One field. more: the values after those that are seen at once."""

    name: str
    title: str
    lines: tuple[ValueLine, ...]
    more: tuple[ValueLine, ...]


@dataclass(frozen=True, slots=True)
class ChosenLine:
    """One value that was chosen. sends: what its button sends to have it taken away."""

    sends: str = field(repr=False)
    title: str
    label: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrderLine:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetPanel:
    """What stands beside the hits. uncounted: fields of which any count would tell too much."""

    boxes: tuple[FacetBox, ...]
    uncounted: tuple[str, ...]
    chosen: tuple[ChosenLine, ...]
    orders: tuple[OrderLine, ...]
    order: str


def facet_panel(found: SearchPage, request: SearchRequest) -> FacetPanel:
    names = ValueNames(found.case_titles, found.places)
    by_field = {facet.field: facet for facet in found.facets}
    present = [by_field[name] for name in TITLES if name in by_field]
    boxes = (_box(facet, request, names) for facet in present if _parts_anything(facet, found.total))
    return FacetPanel(
        boxes=tuple(box for box in boxes if box.lines),
        uncounted=tuple(str(TITLES[facet.field]) for facet in present if not facet.values),
        chosen=chosen_lines(request, names),
        orders=tuple(
            OrderLine(order.value, str(words), order is request.order) for order, words in ORDERS.items()
        ),
        order=order_words(request),
    )


def order_words(request: SearchRequest) -> str:
    return str(ORDERS[request.order])


@dataclass(frozen=True, slots=True)
class ValueNames:
    """What cases and places are called, of those that were counted."""

    case_titles: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def label(self, name: str, value: str) -> str:
        """A value in the reader's language; as it is where nothing better is known."""
        if name in VOCABULARIES:
            vocabulary = load(VOCABULARIES[name])
            return vocabulary.label(value, current_language()) if value in vocabulary else value
        match name:
            case "case":
                title = self.case_titles.get(value)
                return value if title is None else f"{title} ({value})"
            case "place":
                return self._place(value)
            case "audience":
                return str(AUDIENCES[Audience(value)]) if value in set(Audience) else value
            case "attachment":
                return str(_ATTACHMENT.get(value, value))
            case "month":
                return _month(value)
            case _:
                return value

    def _place(self, value: str) -> str:
        # The name of a place that was not counted could be one that this reader may not know of.
        if value not in self.places:
            return str(gettext("a place"))
        return place_name(self.places[value])


NO_NAMES = ValueNames()


def chosen_lines(request: SearchRequest, names: ValueNames = NO_NAMES) -> tuple[ChosenLine, ...]:
    """What was chosen beside the words; where nothing was counted, cases by their ids."""
    return tuple(
        ChosenLine(f"{name}:{value}", str(TITLES.get(name, name)), names.label(name, value))
        for name, value in request.filters
    )


def _parts_anything(facet: Facet, total: int) -> bool:
    """Whether some hits may have a value that others lack. Without counts this looks only at which values there are."""
    if total < facet.threshold:
        return total > 1 and len(facet.values) != 1
    return any(value.count != total for value in facet.values)


def _box(facet: Facet, request: SearchRequest, names: ValueNames) -> FacetBox:
    chosen = frozenset(value for name, value in request.filters if name == facet.field)
    top = {value.value for value in facet.values}
    inside: dict[str, list[FacetValue]] = {}
    first: list[FacetValue] = []
    for value in facet.values:
        if value.parent in top and value.parent is not None:
            inside.setdefault(value.parent, []).append(value)
        else:
            first.append(value)
    lines = tuple(_lines(first, facet, chosen, inside, names))
    return FacetBox(facet.field, str(TITLES[facet.field]), lines[:SHOWN], lines[SHOWN:])


def _lines(
    values: Collection[FacetValue],
    facet: Facet,
    chosen: frozenset[str],
    inside: Mapping[str, list[FacetValue]],
    names: ValueNames,
) -> Iterator[ValueLine]:
    """The values in order; what lies inside one is shown when it was chosen, or stands alone.

    A chosen one without parts is a chip.
    """
    is_alone = len(values) == 1
    for value in sorted(values, key=lambda each: _order(facet.field, each, names)):
        is_chosen = value.value in chosen
        parts: tuple[ValueLine, ...] = ()
        if is_alone or is_chosen or _holds_chosen(value.value, chosen, inside):
            parts = tuple(_lines(inside.get(value.value, ()), facet, chosen, inside, names))
        if is_chosen and not parts:
            continue
        yield ValueLine(
            f"{facet.field}:{value.value}",
            names.label(facet.field, value.value),
            _count(value, facet.threshold),
            is_chosen,
            parts,
        )


def _holds_chosen(value: str, chosen: frozenset[str], inside: Mapping[str, list[FacetValue]]) -> bool:
    return any(
        part.value in chosen or _holds_chosen(part.value, chosen, inside) for part in inside.get(value, ())
    )


def _order(field_name: str, value: FacetValue, names: ValueNames) -> tuple[int, int, str]:
    """Months: the last first. Else the most frequent first, then by name what is not counted."""
    if field_name == "month":
        return 0, -int("".join(filter(str.isdigit, value.value))[:6].ljust(6, "0") or 0), value.value
    label = names.label(field_name, value.value).casefold()
    return (1, 0, label) if value.count is None else (0, -value.count, label)


def _count(value: FacetValue, threshold: int) -> str:
    if value.count is not None:
        return str(format_decimal(value.count))
    if value.withheld is not None and value.withheld.value == "small":
        return str(gettext("fewer than %(count)s", count=format_decimal(threshold)))
    return str(gettext("not shown"))


def _month(value: str) -> str:
    try:
        return str(format_date(parse_day(f"{value}-01"), "MMMM y"))
    except BadDate:
        return value
