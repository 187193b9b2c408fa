"""What the finding room remembers of searches of originals: words, reason, what was opened. In memory only (G1)."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from search.results import PageKey
from testimony.domain.errors import NotFound
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.web.finding_desk import ORIGINALS

MAX_SEARCHES = 20

_ORDER = ORIGINALS + "searches"
_SEARCH = ORIGINALS + "search:"


@dataclass(frozen=True, slots=True)
class OriginalsSearch:
    """One search of originals. keys: where its pages after the first begin. codes: what was shown, in order.

    accepted: what this person has said they want to see, knowing that nothing is withheld in it.
    """

    token: str
    query: str = field(repr=False)
    case_id: str
    reason: str = field(repr=False)
    keys: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()

    @property
    def request(self) -> SearchRequest:
        return SearchRequest(self.query, filters=(("case", self.case_id),))

    def key_of(self, page: int) -> PageKey | None:
        """Where a page begins; None for the first. Raises NotFound for one that was not led to."""
        if page == 1:
            return None
        if not 2 <= page <= len(self.keys) + 1:
            raise NotFound
        return PageKey.from_text(self.keys[page - 2])


class OriginalsDesk:
    def __init__(self, session: Session) -> None:
        self._kept = session.desk

    def keep(self, query: str, case_id: str, reason: str) -> OriginalsSearch:
        kept = OriginalsSearch(secrets.token_urlsafe(9), query, case_id, reason)
        tokens = [*self._tokens(), kept.token]
        for old in tokens[:-MAX_SEARCHES]:
            self._kept.pop(_SEARCH + old, None)
        self._kept[_ORDER] = json.dumps(tokens[-MAX_SEARCHES:])
        self._write(kept)
        return kept

    def search(self, token: str) -> OriginalsSearch | None:
        """None when it was put away, or never made in this session."""
        found = self._kept.get(_SEARCH + token)
        if found is None:
            return None
        document = json.loads(found)
        return OriginalsSearch(
            token,
            document["query"],
            document["case"],
            document["reason"],
            tuple(document["keys"]),
            tuple(document["codes"]),
            tuple(document["accepted"]),
        )

    def note_page(
        self, kept: OriginalsSearch, page: int, codes: Sequence[str], next_key: PageKey | None
    ) -> None:
        """Remember what a page showed and where the next begins."""
        keys = kept.keys[: page - 1] + (() if next_key is None else (next_key.to_text(),))
        self._write(replace(kept, keys=keys, codes=tuple(dict.fromkeys((*kept.codes, *codes)))))

    def accept(self, kept: OriginalsSearch, code: str) -> None:
        self._write(replace(kept, accepted=tuple(dict.fromkeys((*kept.accepted, code)))))

    def _tokens(self) -> list[str]:
        found: list[str] = json.loads(self._kept.get(_ORDER, "[]"))
        return found

    def _write(self, kept: OriginalsSearch) -> None:
        self._kept[_SEARCH + kept.token] = json.dumps(
            {
                "query": kept.query,
                "case": kept.case_id,
                "reason": kept.reason,
                "keys": kept.keys,
                "codes": kept.codes,
                "accepted": kept.accepted,
            }
        )
