"""Copies of text documents as a browser without script makes them."""

import re
from collections.abc import Callable
from html import unescape

from testimony.storage import derivatives
from tests.file_copies import with_photograph
from tests.media import documents
from tests.media.documents import HIDDEN
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

TOLD = "Tadfest kept the well. Call +223 10 55 21 84. tadfest left."
ROW = re.compile(r'name="words" value="([^"]*)"')
SHA = re.compile(r'name="sha256" value="([0-9a-f]{64})"')


def handed_in(people: People, clock: Clock, told: str = TOLD) -> str:
    return with_photograph(people, clock, documents.html(told), kind="XK08", mime="text/html")


def rows(page: str) -> list[str]:
    return [unescape(words) for words in ROW.findall(page) if words]


def sent(page: str, **changes: object) -> dict[str, object]:
    found = SHA.search(page)
    return {"sha256": found[1] if found else "", "audience": "partner", "act": "make", **changes}


def test_a_text_is_shown_decided_and_made_without_script(people: People, clock: Clock, visit: Visit) -> None:
    code = handed_in(people, clock)
    first, second = visit("reviewer"), visit("reviewer_b")
    address = f"/review/{code}/files/1/text"
    assert address in first.get(f"/review/{code}/files/").text

    before = first.get(address).text
    page = first.get(f"{address}?shown=1").text
    proposed = rows(page)
    undecided = first.send(address, sent(page, words=proposed, category=[""] * len(proposed)))
    words = ["Tadfest", *proposed]
    told = ["X.2", *("B.1" if one.startswith("+") else "keep" for one in proposed)]
    made = first.send(address, sent(page, words=words, category=told))
    early = second.get(f"{made.location}?shown=1").text
    compared = second.get(f"{made.location}/compare").text
    shown = second.get(f"{made.location}?shown=1").text
    approved = second.send(f"{made.location}/approve", {"nobody_recognised": "y"})

    assert "/compare" in early and f"{made.location}/approve" not in early
    assert ">Tadfest</a>" in compared and '<bdi class="token"' in compared and 'href="#place-0"' in compared
    assert TOLD not in before and "+223 10 55 21 84" in proposed
    assert undecided.status_code == 422 and "Decide every row" in undecided.text
    assert made.status_code == 303 and approved.status_code == 303
    assert "[victim] kept the well." in shown and "tadfest" not in shown.lower() and HIDDEN not in shown


def test_one_button_withholds_what_is_undecided_and_makes_nothing_yet(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = handed_in(people, clock)
    visitor = visit("reviewer")
    address = f"/review/{code}/files/1/text"
    page = visitor.get(f"{address}?shown=1").text
    words = rows(page)
    told = {"words": words, "category": [""] * len(words), "proposed": ["B.1"] * len(words)}

    after = visitor.send(address, sent(page, act="withhold-rest", **told)).text

    assert after.count('<option value="B.1" selected>') == len(words) > 0
    assert "Every row is decided." in after
    with people["reviewer"].reading() as connection:
        assert derivatives.derivatives_of(connection, code) == ()


def test_wrong_words_and_a_changed_file_are_said_and_what_was_typed_stays(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = handed_in(people, clock)
    visitor = visit("reviewer")
    address = f"/review/{code}/files/1/text"
    page = visitor.get(f"{address}?shown=1").text
    told = {"words": ["Tatfest"], "category": ["X.2"]}

    wrong = visitor.send(address, sent(page, **told))
    changed = visitor.send(address, sent(page, **told, sha256="0" * 64))
    unknown = visitor.send(address, sent(page, words=["Tadfest"], category=["Z.9"]))

    assert (
        wrong.status_code == 422
        and "does not say these words" in wrong.text
        and "Tatfest" in rows(wrong.text)
    )
    assert changed.status_code == 409 and "reads otherwise now" in changed.text
    assert unknown.status_code == 422


def test_markup_of_a_file_reaches_no_page(people: People, clock: Clock, visit: Visit) -> None:
    code = handed_in(people, clock, "a &lt;img src=x onerror=alert(1)&gt; b")
    visitor = visit("reviewer")

    page = visitor.get(f"/review/{code}/files/1/text?shown=1").text

    assert "<img src=x" not in page and "&lt;img src=x onerror=alert(1)&gt;" in page


def test_a_copy_that_is_a_text_is_saved_as_one_and_never_shown_as_a_document(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = handed_in(people, clock)
    first = visit("reviewer")
    address = f"/review/{code}/files/1/text"
    page = first.get(f"{address}?shown=1").text
    copy = first.send(address, sent(page, words=["Tadfest"], category=["X.2"])).location

    saved = first.get(f"{copy}/content")

    assert first.get(f"{copy}/pages/1").status_code == 404
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{code}-1-partner.txt"'
    assert saved.text.startswith("[victim] kept the well.")
