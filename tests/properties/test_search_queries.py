"""Whatever the texts and the query: the index finds what reading every text would find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from search.access import Access
from search.analysis import Analysis
from search.documents import Document
from search.folding import WORD
from search.queries import parse
from search.results import RELEVANCE, Order, PageRequest
from tests.search_index import FIELDS, found, open_index, search

ANALYSIS = Analysis()
WORDS = (
    *("well", "wells", "burn", "burned", "burning", "village", "villages", "general", "generally"),
    *(
        "l'eau",
        "eau",
        "eaux",
        "brûlé",
        "brule",
        "والقرية",
        "قرية",
        "القريه",
        "колодца",
        "колодец",
        "saint-louis",
    ),
)
LANGUAGES = ("eng", "fra", "arb", "rus", "taq")
MONTHS = ("2024-11", "2025-01", "2025-02")


@dataclass(frozen=True)
class Asked:
    """A query as typed, and the same question put to one document by reading it."""

    text: str
    answers: Callable[[Document], bool]


def terms(document: Document) -> list[str]:
    return [term for raw in WORD.findall(document.text) for term in ANALYSIS.exact[raw].split()]


def stems(document: Document) -> set[str]:
    stem_of = ANALYSIS.stems(document.language)
    return {stem_of[raw] for raw in WORD.findall(document.text)}


def exact(word: str) -> str:
    return ANALYSIS.exact[word].split()[-1]


def word(text: str) -> Asked:
    # In every language of these tests: the reader does not say in which one they ask.
    wanted = {exact(text), *(ANALYSIS.stems(language)[text] for language in LANGUAGES)}
    return Asked(text, lambda document: bool(wanted & (set(terms(document)) | stems(document))))


def phrase(words: Sequence[str]) -> Asked:
    wanted = [term for raw in WORD.findall(" ".join(words)) for term in ANALYSIS.exact[raw].split()]

    def answers(document: Document) -> bool:
        there = terms(document)
        return any(there[start : start + len(wanted)] == wanted for start in range(len(there)))

    return Asked(f'"{" ".join(words)}"', answers)


def near(words: Sequence[str], slop: int) -> Asked:
    def answers(document: Document) -> bool:
        places = [[at for at, term in enumerate(terms(document)) if term == exact(part)] for part in words]
        return any(max(spots) - min(spots) - 1 <= slop for spots in product(*places))

    return Asked(f'"{" ".join(words)}"~{slop}', answers)


def prefix(text: str) -> Asked:
    return Asked(f"{text}*", lambda document: any(term.startswith(exact(text)) for term in terms(document)))


def fuzzy(text: str) -> Asked:
    wanted = exact(text)

    def answers(document: Document) -> bool:
        return any(term[0] == wanted[0] and OSA.distance(wanted, term) <= 1 for term in terms(document))

    return Asked(f"{text}~", answers)


def month(low: str, high: str) -> Asked:
    return Asked(f"month:[{low} to {high}]", lambda document: low <= document.fields["month"][0] <= high)


def both(left: Asked, right: Asked) -> Asked:
    return Asked(f"({left.text} AND {right.text})", lambda d: left.answers(d) and right.answers(d))


def either(left: Asked, right: Asked) -> Asked:
    return Asked(f"({left.text} OR {right.text})", lambda d: left.answers(d) or right.answers(d))


def neither(part: Asked) -> Asked:
    return Asked(f"(NOT {part.text})", lambda document: not part.answers(document))


SINGLE = st.sampled_from([word for word in WORDS if "-" not in word and "'" not in word])
LEAVES = st.one_of(
    SINGLE.map(word),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(phrase),
    st.builds(near, st.lists(SINGLE, min_size=2, max_size=3, unique_by=exact), st.integers(1, 3)),
    st.sampled_from(["w", "wel", "bur", "قر", "кол", "eau"]).map(prefix),
    SINGLE.map(fuzzy),
    st.builds(month, st.sampled_from(MONTHS), st.sampled_from(MONTHS)),
)
ORDERS = st.sampled_from((RELEVANCE, Order("month"), Order("month", descending=False)))
QUERIES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(both, parts, parts), st.builds(either, parts, parts), parts.map(neither)
    ),
    max_leaves=5,
)
ARCHIVES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=7), st.sampled_from(LANGUAGES), st.sampled_from(MONTHS)
    ),
    max_size=5,
).map(
    # One text in every language, so that a word is asked in each of them.
    lambda rows: (
        *(Document(100 + at, "", language, {"month": ("2020-01",)}) for at, language in enumerate(LANGUAGES)),
        *(
            Document(at, " ".join(words), lang, {"month": (m,)})
            for at, (words, lang, m) in enumerate(rows, start=1)
        ),
    )
)


@given(ARCHIVES, st.lists(QUERIES, min_size=1, max_size=8))
def test_a_query_finds_what_reading_every_text_finds(
    archive: tuple[Document, ...], asked: list[Asked]
) -> None:
    expected = [{document.id for document in archive if one.answers(document)} for one in asked]

    with open_index(None, *archive) as opened:
        answered = [found(opened, one.text) for one in asked]

    assert answered == expected


@given(ARCHIVES, QUERIES, st.sets(st.integers(1, 5)))
def test_access_takes_its_part_from_hits_and_count(
    archive: tuple[Document, ...], asked: Asked, allowed: set[int]
) -> None:
    access = Access(
        "doc.id IN (SELECT value FROM json_each(:allowed))", {"allowed": str(sorted(allowed))}, ""
    )
    expected = {document.id for document in archive if asked.answers(document)} & allowed

    with open_index(None, *archive) as opened:
        connection, index = opened
        answered = found(opened, asked.text, access)
        counted = index.count(connection, parse(asked.text, FIELDS), access)

    assert (answered, counted) == (expected, len(expected))


@given(ARCHIVES, QUERIES, ORDERS, st.integers(1, 3))
def test_pages_put_together_are_the_whole_answer(
    archive: tuple[Document, ...], asked: Asked, order: Order, size: int
) -> None:
    paged: list[int] = []

    with open_index(None, *archive) as opened:
        whole = [hit.id for hit in search(opened, asked.text, PageRequest(size=1000, order=order)).hits]
        page = search(opened, asked.text, PageRequest(size=size, order=order))
        paged += [hit.id for hit in page.hits]
        while page.next_key is not None:
            page = search(opened, asked.text, PageRequest(size=size, after=page.next_key, order=order))
            paged += [hit.id for hit in page.hits]

    assert paged == whole


@given(QUERIES)
def test_a_query_written_out_reads_back_as_the_same(asked: Asked) -> None:
    first = parse(asked.text, FIELDS)

    again = parse(first.explanation.text, FIELDS)

    assert again.root == first.root


@given(ARCHIVES, QUERIES)
def test_what_was_found_by_its_words_is_marked_in_the_snippet(
    archive: tuple[Document, ...], asked: Asked
) -> None:
    with open_index(None, *archive) as opened:
        hits = search(opened, asked.text).hits

    texts = {document.id: document.text for document in archive}
    assert all("".join(fragment.text for fragment in hit.snippet) == texts[hit.id] for hit in hits)
    assert all(hit.reasons for hit in hits if not any(kind in asked.text for kind in ("month:", "NOT")))
