"""Where an account says again what a mark covers: in the same words, and as a name in other spellings or scripts.

What is found in another spelling is shown with its count and withheld only when a reviewer says so: a name
that sounds alike may be somebody else's. Names are compared as a search by name compares them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from search.folding import WORD
from search.name_forms import name_parts
from search.names import BREAK, SEPARATOR, NameTerms
from testimony.domain.audit import Action
from testimony.domain.errors import NotYet
from testimony.domain.matching import Span, fold, occurrences
from testimony.domain.redaction import MarkDecision
from testimony.policy.access import Permission, require
from testimony.services.mark_acts import find_mark
from testimony.services.name_spellings import NameForms
from testimony.services.sessions import Session
from testimony.services.under_review import open_account, require_work
from testimony.storage.redactions import MarkRow

MOST_WORDS = 8
"""A mark over more words than this is a passage, not a name."""

# Written in one word with what follows: and, so, by, like, for.
_ARABIC_PARTICLES = frozenset("وفبكل")
_BETWEEN = re.compile(r"[^\S\n]{0,3}[-‐’'ʼ.]?[^\S\n]{0,3}")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way an account writes it. key: the same for each place that is written so.

    is_same: in the words of the mark; is_whole: with every part of the name.
    """

    key: str = field(repr=False)
    text: str = field(repr=False)
    spans: tuple[Span, ...]
    is_same: bool
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Mentions:
    """What `withhold all` would do. open: how many places of a spelling are not withheld yet, by its key."""

    mark: MarkRow
    words: str = field(repr=False)
    spellings: tuple[Spelling, ...]
    open: dict[str, int]
    revision: int


def list_mentions(session: Session, code: str, mark_id: str, now: datetime) -> Mentions:
    """Show where else an account says what a mark covers; the entry commits first.

    Raises NotFound, NotYet for whoever does not redact the account.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account = open_account(session, work, code)
        row = require_work(account)
        if row.redactor_id != session.account.id:
            raise NotYet
        mark, text = find_mark(account, mark_id), account.version.text
        words = text[mark.start : mark.end]
        spellings = spellings_of(text, words)
        withheld = [
            (m.start, m.end) for m in account.marks if m.decision == MarkDecision.ACCEPTED or m == mark
        ]
        work.log(Action.ITEM_SHOWN, subject=account.subject, case=account.row.case_id, fields=("mentions",))
    standing = {spelling.key: _open(spelling.spans, withheld) for spelling in spellings}
    return Mentions(mark, words, spellings, standing, row.revision)


def _open(spans: Iterable[Span], withheld: list[tuple[int, int]]) -> int:
    return sum(
        1 for span in spans if not any(start <= span.start and span.end <= end for start, end in withheld)
    )


def spellings_of(text: str, words: str) -> tuple[Spelling, ...]:
    """The same words first, then whole names, then parts of the name; in each, what is said most often first."""
    same = occurrences(text, words)
    found: dict[str, list[Span]] = {}
    whole: dict[str, bool] = {}
    covered = {at for span in same for at in range(span.start, span.end)}
    for span, is_whole in _as_names(text, words):
        if span.start in covered or span.end - 1 in covered:
            continue
        key = fold(text[span.start : span.end])
        found.setdefault(key, []).append(span)
        whole[key] = is_whole
    others = sorted(
        (
            Spelling(
                key, text[spans[0].start : spans[0].end], tuple(spans), is_same=False, is_whole=whole[key]
            )
            for key, spans in found.items()
        ),
        key=lambda spelling: (not spelling.is_whole, -len(spelling.spans), spelling.key),
    )
    return (Spelling(fold(words), words, same, is_same=True, is_whole=True), *others)


def places_of(text: str, words: str, keys: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The places of the same words, and of the other spellings that were chosen by their keys."""
    chosen = frozenset(keys)
    for spelling in spellings_of(text, words) if chosen else ():
        if spelling.is_same or spelling.key in chosen:
            yield from ((span.start, span.end) for span in spelling.spans)
    if not chosen:
        yield from ((span.start, span.end) for span in occurrences(text, words))


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that may be a part of the name. fits: the parts, by their place in it; none for a particle."""

    start: int
    end: int
    fits: frozenset[int]


def _as_names(text: str, words: str) -> Iterator[tuple[Span, bool]]:
    asked = WORD.findall(words)
    parts = tuple(part for part in name_parts(asked) if len(part) > 1) if len(asked) <= MOST_WORDS else ()
    if not parts or not any(character.isalpha() for character in words):
        return
    run: list[_Word] = []
    for word in _name_words(text, parts):
        if run and not _goes_on(text, run, word):
            yield from _name(run, len(parts))
            run = []
        run.append(word)
    yield from _name(run, len(parts))


def _name_words(text: str, parts: tuple[str, ...]) -> Iterator[_Word]:
    """Particles, and the words that can be spellings of a part, in the order of the text."""
    terms = NameTerms()
    read = [
        (found.start() + skipped, found.end(), terms[found[0][skipped:]])
        for found in WORD.finditer(text)
        for skipped in ((0, 1) if found[0][0] in _ARABIC_PARTICLES and len(found[0]) > 3 else (0,))
    ]
    forms = {term.partition(SEPARATOR)[2] for _, _, term in read if term not in ("", BREAK)}
    said = NameForms(forms)
    alike = [said.like(part) for part in parts]
    for start, end, term in read:
        form = term.partition(SEPARATOR)[2]
        fits = frozenset(place for place, spellings in enumerate(alike) if form and form in spellings)
        if fits or term == "":
            yield _Word(start, end, fits)


def _goes_on(text: str, run: list[_Word], word: _Word) -> bool:
    """Whether a word belongs to the name before it: beside it, and another part of it."""
    used = frozenset[int]().union(*(before.fits for before in run if len(before.fits) == 1))
    beside = _BETWEEN.fullmatch(text[run[-1].end : word.start]) is not None and word.start >= run[-1].end
    return beside and (not word.fits or not word.fits <= used)


def _name(run: list[_Word], parts: int) -> Iterator[tuple[Span, bool]]:
    """The name in a run, without the particles round it; nothing when there are only particles."""
    named = [word for word in run if word.fits]
    if named:
        fitting = frozenset[int]().union(*(word.fits for word in named))
        yield Span(named[0].start, named[-1].end), len(named) >= parts and len(fitting) == parts
