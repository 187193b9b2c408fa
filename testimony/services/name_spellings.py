"""Which words of a text can be spellings of a part of a name: asked of one mark, and of a release as a whole.

Names are compared as a search by name compares them (`search.names`). Knows no mark and no text.
"""

from collections.abc import Iterable

from search.name_forms import variants
from search.names import key_of, keys_of, spellings_among


class NameForms:
    """The forms of names that a text says, by the keys under which they sound alike."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = frozenset(forms)
        self._by_key: dict[str, set[str]] = {}
        for form in self._forms:
            for key in keys_of(form):
                self._by_key.setdefault(key, set()).add(form)

    def like(self, part: str) -> frozenset[str]:
        """Those that can be spellings of it. Only those under a key that they share are compared."""
        near = set(self._forms & {part, *variants().get(part, ())})
        for key in {key_of(part), *keys_of(part)}:
            near |= self._by_key.get(key, set())
        return frozenset(spellings_among(part, near))
