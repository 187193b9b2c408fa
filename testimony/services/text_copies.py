"""Copies of text documents: what they say, without the words that a reviewer withholds, as plain text made anew.

    open_text → make_text (reviewer A) → as any copy (derivatives.py)

Words are withheld wherever the document says them, never at one place alone. Detectors propose; each proposal, and each
other spelling of a name that is withheld, is decided before a copy is made. A token has no number in a file: that of a
person in the account's own release would be a promise that they are the same.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from testimony.domain.audit import Action
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, Invalid, Problem
from testimony.domain.matching import Span, fold, occurrences, occurrences_of_each
from testimony.domain.places import PlaceLevel
from testimony.domain.purposes import Audience
from testimony.domain.redaction import Mark, MarkDecision, build_release, categories
from testimony.media import copying
from testimony.media.copying import Made
from testimony.media.faults import MediaRefused
from testimony.policy.access import Permission, require
from testimony.services.approving_files import PLAIN
from testimony.services.derivatives import content_of_file
from testimony.services.keeping_copies import find_file, keep
from testimony.services.proposing import TOO_MANY, Detect, detect, propose
from testimony.services.sessions import Session
from testimony.services.under_review import UnderReview
from testimony.services.variants import names_among, other_spellings
from testimony.storage import places
from testimony.storage.originals import Attachment

TOOL = "testimony.services.text_copies/1"
MAX_WORDS = 300
"""Entries of words that one copy withholds or keeps: what a person can look through, and a form can carry."""
MAX_LENGTH = 2_000
SPELLING = "other-spelling/1"
_NUMBERED = " n]"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Words that nobody reads, wherever they stand, and why. category: code of redaction.csv.

    Raises Invalid for another, for no words and for too many.
    """

    words: str = field(repr=False)
    category: str

    def __post_init__(self) -> None:
        rules = (
            (self.category in categories(), "category", "unknown_code"),
            (bool(fold(self.words)), "words", "not_in_text"),
            (len(self.words) <= MAX_LENGTH, "words", "too_long"),
        )
        if problems := tuple(Problem(name, code) for holds, name, code in rules if not holds):
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class Suggested:
    """Words that a detector proposes to withhold. places: how many there are."""

    words: str = field(repr=False)
    category: str
    detector: str
    places: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text document on a reviewer's desk. sha256: of `text`, so that a copy is made of what was seen.

    suggested: what is still to be decided, in the order of the text. failed: detectors that could not say all.
    guessed: the encoding that the text was taken to be in, where it does not say so itself.
    """

    account: UnderReview
    attachment: Attachment
    text: str = field(repr=False)
    sha256: str
    suggested: tuple[Suggested, ...]
    failed: tuple[str, ...]
    guessed: str = ""


def open_text(
    session: Session,
    code: str,
    number: int,
    decided: Sequence[Withheld],
    kept: Sequence[str],
    now: datetime,
    detecting: Detect = detect,
) -> Document:
    """What a file says, with what is still to be decided about it. The entry commits before it is read.

    decided, kept: words that this reviewer withholds, and leaves in. Raises NotFound; Invalid when it is no text
    document that is read here; as `open_account`.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account, attachment = find_file(session, work, code, number)
        known = tuple(name for name, _ in places.name_values(work.connection, PlaceLevel.POINT))
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("attachment", "text"),
            count=number,
        )
    text, tool = read_document(session, account, attachment)
    proposed = propose(text, account.version.language, account.submission.protect, detecting, places=known)
    said = {fold(words) for words in (*(one.words for one in decided), *kept)}
    covered = _covered(text, decided)
    spellings = _spellings_left(text, decided, kept)
    found = (*_proposed(text, proposed.marks), *(_as_suggested(text, span, decided) for span in spellings))
    open_ = _once(found, said, covered, text)
    failed = (*proposed.failed, *((TOO_MANY,) if len(open_) > MAX_WORDS else ()))
    guessed = tool.partition(" ")[2]
    return Document(account, attachment, text, content_hash(text), open_[:MAX_WORDS], failed, guessed)


def make_text(
    session: Session,
    code: str,
    number: int,
    audience: Audience,
    withheld: Sequence[Withheld],
    kept: Sequence[str],
    sha256: str,
    now: datetime,
    recipient_id: str = "",
) -> str:
    """Make a plain text of what is kept and put it before a second reviewer; return its id.

    sha256: of the text that the reviewer saw. recipient_id: as for `keep`.
    Raises NotFound; Conflict when the file reads otherwise now; Invalid for words that it does not say, for another
    spelling that is not decided, and as `open_text`; as `open_account`.
    """
    with session.work(now) as work:
        require(session.account, Permission.REDACT)
        account, attachment = find_file(session, work, code, number)
    text, tool = read_document(session, account, attachment)
    if content_hash(text) != sha256:
        raise Conflict
    if len(withheld) + len(kept) > 2 * MAX_WORDS:
        raise Invalid((Problem("words", "too_many"),))
    marks = marks_over(text, withheld, audience)
    if _spellings_left(text, withheld, kept):
        raise Invalid((Problem("words", "spelling_undecided"),))
    made = Made(build_release(text, marks, audience).encode(), PLAIN, 0, f"{tool} {TOOL}")
    return keep(session, attachment, audience, made, parameters_of(text, marks), now, recipient_id)


def marks_over(text: str, withheld: Sequence[Withheld], audience: Audience) -> tuple[Mark, ...]:
    """One mark for each place of each of the words. Raises Invalid for words that stand nowhere."""
    each = occurrences_of_each(text, (one.words for one in withheld))
    if not all(each):
        raise Invalid((Problem("words", "not_in_text"),))
    return tuple(
        Mark(
            id=f"{at}-{place}",
            start=span.start,
            end=span.end,
            category=one.category,
            withheld_from=audience,
            decision=MarkDecision.ACCEPTED,
            replacement=token_of(one.category, text[span.start : span.end]),
        )
        for at, (one, spans) in enumerate(zip(withheld, each, strict=True))
        for place, span in enumerate(spans)
    )


def token_of(category: str, words: str) -> str:
    """The category's token without a number; empty, for its own one, where that would say the words themselves."""
    usual = categories()[category].replacement
    token = f"{usual.removesuffix(_NUMBERED)}]" if usual.endswith(_NUMBERED) else usual
    return "" if occurrences(token, words) else token


def parameters_of(text: str, marks: Iterable[Mark]) -> bytes:
    """What is withheld where, as it is signed: code points of the text that the file says, by its hash."""
    spans = sorted((mark.start, mark.end, mark.category) for mark in marks)
    return canonical_json({"spans": [list(span) for span in spans], "text_sha256": content_hash(text)})


def read_document(session: Session, account: UnderReview, attachment: Attachment) -> tuple[str, str]:
    """The text and the tool that read it. Raises Invalid."""
    content = content_of_file(session, account, attachment)
    try:
        return copying.extract(content)
    except MediaRefused as refused:
        raise Invalid((Problem("document", refused.fault.value),)) from None


def content_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _covered(text: str, withheld: Sequence[Withheld]) -> tuple[Span, ...]:
    """Where the words stand, as spans that do not meet."""
    spans = sorted(
        span for each in occurrences_of_each(text, (one.words for one in withheld)) for span in each
    )
    united: list[Span] = []
    for span in spans:
        if united and span.start <= united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, span.end))
        else:
            united.append(span)
    return tuple(united)


def _spellings_left(text: str, withheld: Sequence[Withheld], kept: Sequence[str]) -> tuple[Span, ...]:
    """Where a name that is withheld may stand in another spelling, undecided."""
    marks = (
        Mark(str(at), 0, len(one.words), one.category, Audience.PUBLIC, MarkDecision.ACCEPTED)
        for at, one in enumerate(withheld)
    )
    pairs = zip(withheld, marks, strict=True)
    names = frozenset(name for one, mark in pairs for name in names_among(one.words, (mark,)))
    covered, said = _covered(text, withheld), {fold(words) for words in kept}
    return tuple(
        span
        for span in other_spellings(text, names)
        if fold(text[span.start : span.end]) not in said and not _is_within(span, covered)
    )


def _is_within(span: Span, covered: Sequence[Span]) -> bool:
    """covered: in order, none meets another."""
    at = bisect_right(covered, span.start, key=lambda over: over.start) - 1
    return at >= 0 and span.end <= covered[at].end


def _proposed(text: str, marks: Iterable[Mark]) -> Iterable[tuple[Span, str, str]]:
    for mark in marks:
        yield Span(mark.start, mark.end), mark.category, mark.detector or ""


def _as_suggested(text: str, span: Span, withheld: Sequence[Withheld]) -> tuple[Span, str, str]:
    """Another spelling is proposed under the category of a name that it may be."""
    names = {one.words: one.category for one in withheld}
    category = next(
        (code for words, code in names.items() if other_spellings(text[span.start : span.end], (words,))),
        withheld[0].category,
    )
    return span, category, SPELLING


def _once(
    found: Iterable[tuple[Span, str, str]], said: set[str], covered: Sequence[Span], text: str
) -> tuple[Suggested, ...]:
    """Each of the words once, without those that are decided or lie under words that are withheld."""
    first: dict[str, tuple[Span, str, str]] = {}
    for span, category, detector in sorted(found):
        key = fold(text[span.start : span.end])
        if not key or key in said or _is_within(span, covered):
            continue
        first.setdefault(key, (span, category, detector))
    kept = [(text[s.start : s.end], *why) for s, *why in first.values() if s.end - s.start <= MAX_LENGTH]
    each = occurrences_of_each(text, (words for words, *_ in kept))
    return tuple(
        Suggested(words, category, detector, len(spans))
        for (words, category, detector), spans in zip(kept, each, strict=True)
    )
