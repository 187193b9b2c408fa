"""The pages speak the reader's language and run in its direction."""

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


def test_a_chosen_language_is_kept_from_page_to_page(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in?lang=fr")

    page = visitor.get("/enrol").text

    assert '<html lang="fr" dir="ltr">' in page
    assert "Commencer avec un code à usage unique" in page


def test_arabic_pages_are_read_from_the_right(visit: Visit) -> None:
    page = visit().get("/sign-in?lang=ar").text

    assert '<html lang="ar" dir="rtl">' in page
    assert "كلمة المرور" in page


def test_the_choice_outlives_signing_in(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in?lang=fr")

    visitor.sign_in("reviewer")

    assert "Ce qui vous attend" in visitor.get("/").text


def test_the_browsers_language_is_taken_when_nothing_was_chosen(visit: Visit) -> None:
    page = visit().get("/sign-in", Accept_Language="sw, fr;q=0.8, en;q=0.2").text

    assert '<html lang="fr"' in page


@pytest.mark.parametrize("asked", ["xx", "../../etc/passwd", "fr'--", "<script>", "😀"])
def test_a_language_that_is_not_spoken_here_changes_nothing(visit: Visit, asked: str) -> None:
    answer = visit().client.get("/sign-in", query_string={"lang": asked})

    assert answer.status_code == 200
    assert '<html lang="en"' in answer.text
    assert "<script>" not in answer.text


def test_the_language_links_keep_the_rest_of_the_address(visit: Visit) -> None:
    page = visit("reviewer").get("/account?from=letter&from=home").text

    assert 'href="/account?from=letter&amp;from=home&amp;lang=fr"' in page


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_sentence_of_the_frame_is_translated(language: str) -> None:
    with Path(f"testimony/locale/{language}/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)

    said = ("Leave quickly", "What waits for you", "There is nothing here", "This did not go through")
    assert all(catalogue[sentence].string for sentence in said)
