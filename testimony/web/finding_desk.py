"""What the finding room remembers of one session: purpose, searches, warnings accepted. In memory only (G1).

The words of a query lie here and nowhere else: addresses carry a random token in their place.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from search.queries import Names
from search.results import PageKey
from testimony.domain.errors import NotFound
from testimony.domain.purposes import Purpose
from testimony.services.search_requests import SearchOrder, SearchRequest
from testimony.services.sessions import Session

MAX_SEARCHES = 50
"""Searches of one session that can be gone back to."""

_PURPOSE = "finding:purpose"
_ORDER = "finding:searches"
_SEARCH = "finding:search:"
_ACCEPTED = "finding:accepted"
_GRAPHIC = "finding:graphic:"
_KEYS_OFF = "finding:keys-off"
ORIGINALS = "finding:originals:"
"""What the pages of originals remember begins so; it is put away with all else."""


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """One search. keys: where its pages after the first begin, as far as they were seen.

    codes: what each page that was seen showed.
    """

    token: str
    request: SearchRequest = field(repr=False)
    keys: tuple[str, ...] = ()
    codes: tuple[tuple[str, ...], ...] = ()

    def key_of(self, page: int) -> PageKey | None:
        """Where a page begins; None for the first. Raises NotFound for one that was not led to."""
        if page == 1:
            return None
        if not 2 <= page <= len(self.keys) + 1:
            raise NotFound
        return PageKey.from_text(self.keys[page - 2])

    def page_of(self, code: str) -> int:
        """The page that showed a testimony; the first when none did."""
        return next((number for number, codes in enumerate(self.codes, start=1) if code in codes), 1)

    def neighbours(self, code: str) -> tuple[str | None, str | None]:
        """The testimonies before and after this one, among those that were shown."""
        shown = [each for codes in self.codes for each in codes]
        if code not in shown:
            return None, None
        place = shown.index(code)
        return (
            shown[place - 1] if place > 0 else None,
            shown[place + 1] if place + 1 < len(shown) else None,
        )


class Desk:
    def __init__(self, session: Session) -> None:
        self._kept = session.desk

    @property
    def purpose(self) -> Purpose | None:
        kept = self._kept.get(_PURPOSE)
        return None if kept is None else Purpose(kept)

    def choose(self, purpose: Purpose) -> None:
        """Read for this from now on. What was found for another purpose is put away."""
        if purpose is not self.purpose:
            self.put_away()
        self._kept[_PURPOSE] = purpose.value

    def put_away(self) -> None:
        """Forget the purpose, every search made for it and every warning accepted."""
        found_before = (_PURPOSE, _ORDER, _ACCEPTED, _SEARCH, ORIGINALS)
        for name in [name for name in self._kept if name.startswith(found_before)]:
            del self._kept[name]

    def keep_search(self, request: SearchRequest) -> KeptSearch:
        kept = KeptSearch(secrets.token_urlsafe(9), request)
        tokens = [*self._tokens(), kept.token]
        for old in tokens[:-MAX_SEARCHES]:
            self._kept.pop(_SEARCH + old, None)
        self._kept[_ORDER] = json.dumps(tokens[-MAX_SEARCHES:])
        self._write(kept)
        return kept

    def search(self, token: str) -> KeptSearch:
        """Raises NotFound when it was put away, or never made in this session."""
        try:
            document = json.loads(self._kept[_SEARCH + token])
        except KeyError:
            raise NotFound from None
        return KeptSearch(
            token,
            SearchRequest(
                document["query"],
                SearchOrder(document["order"]),
                Names(document["names"]),
                tuple((name, value) for name, value in document["filters"]),
            ),
            tuple(document["keys"]),
            tuple(tuple(codes) for codes in document["codes"]),
        )

    def note_page(self, kept: KeptSearch, page: int, codes: Sequence[str], next_key: PageKey | None) -> None:
        """Remember what a page showed and where the next begins. What followed the page before is forgotten."""
        keys = kept.keys[: page - 1] + (() if next_key is None else (next_key.to_text(),))
        self._write(replace(kept, keys=keys, codes=(*kept.codes[: page - 1], tuple(codes))))

    def accept(self, code: str) -> None:
        """The reader has chosen to see this graphic account."""
        self._kept[_ACCEPTED] = json.dumps(sorted({*self._accepted(), code}))

    def has_accepted(self, code: str) -> bool:
        return code in self._accepted()

    def note_graphic(self, code: str, day: date) -> None:
        name = _GRAPHIC + day.isoformat()
        self._kept[name] = json.dumps(sorted({*json.loads(self._kept.get(name, "[]")), code}))

    def graphic_on(self, day: date) -> int:
        """How many violent accounts were read on a day, each counted once."""
        return len(json.loads(self._kept.get(_GRAPHIC + day.isoformat(), "[]")))

    @property
    def has_keys(self) -> bool:
        """Whether single letters are keys. Who speaks to the computer, or types by mistake, turns them off."""
        return _KEYS_OFF not in self._kept

    def turn_keys(self, *, on: bool) -> None:
        if on:
            self._kept.pop(_KEYS_OFF, None)
        else:
            self._kept[_KEYS_OFF] = "yes"

    def _accepted(self) -> list[str]:
        found: list[str] = json.loads(self._kept.get(_ACCEPTED, "[]"))
        return found

    def _tokens(self) -> list[str]:
        found: list[str] = json.loads(self._kept.get(_ORDER, "[]"))
        return found

    def _write(self, kept: KeptSearch) -> None:
        request = kept.request
        self._kept[_SEARCH + kept.token] = json.dumps(
            {
                "query": request.query,
                "order": request.order.value,
                "names": request.names.value,
                "filters": request.filters,
                "keys": kept.keys,
                "codes": kept.codes,
            }
        )
