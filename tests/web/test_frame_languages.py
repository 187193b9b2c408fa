"""The pages speak the reader's language and run in its direction."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from flask import Flask
from flask_babel import ngettext

from testimony.web.translation import known_day, listed
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


@pytest.mark.parametrize(
    ("language", "row"), [("en", "wells, rain"), ("fr", "wells, rain"), ("ar", "wells، rain")]
)
def test_words_in_a_row_have_the_comma_of_their_script(app: Flask, language: str, row: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert listed(("wells", "rain")) == row


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "تفصيل واحد (1)"),
        (2, "تفصيلان (2)"),
        (10, "10 تفاصيل"),
        (11, "11 تفصيلا"),
        (99, "99 تفصيلا"),
        (100, "100 تفصيل"),
        (102, "102 تفصيل"),
        (103, "103 تفاصيل"),
    ],
)
def test_arabic_has_a_form_of_its_own_for_eleven_to_ninety_nine(app: Flask, number: int, said: str) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "ar"}):
        assert ngettext("%(num)d detail", "%(num)d details", number) == said


def _catalogue(path: str, language: str | None = None) -> Catalog:
    with (Path("testimony/locale") / path).open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_page_is_half_english(language: str) -> None:
    template = _catalogue("messages.pot")
    catalogue = _catalogue(f"{language}/LC_MESSAGES/messages.po", language)

    assert [message.id for message in template if message.id and _lacks(catalogue, message)] == []


def _lacks(catalogue: Catalog, said: Message) -> bool:
    """Whether a sentence has no translation, one that nobody looked at, or lacks a form of its plural."""
    message = catalogue.get(said.id, said.context)
    if message is None or message.fuzzy:
        return True
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return len(forms) != (catalogue.num_plurals if said.pluralizable else 1) or not all(forms)


def test_a_sentence_that_only_the_template_has_is_noticed() -> None:
    catalogue = Catalog("ar")
    catalogue.add("Leave quickly", "خروج سريع")
    catalogue.add("Look around", "خروج", flags=["fuzzy"])
    catalogue.add(("%(num)d word", "%(num)d words"), ("كلمة", "كلمتان", "كلمات"))

    assert not _lacks(catalogue, Message("Leave quickly"))
    assert _lacks(catalogue, Message("Never said"))
    assert _lacks(catalogue, Message("Look around"))
    assert _lacks(catalogue, Message(("%(num)d word", "%(num)d words")))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "14 June 2025"), ("fr", "14 juin 2025"), ("ar", "14 يونيو 2025")]
)
def test_a_day_is_written_in_words_whether_it_is_kept_as_text_or_as_a_day(
    app: Flask, language: str, words: str
) -> None:
    with app.test_request_context("/", headers={"Accept-Language": language}):
        assert known_day("2025-06-14") == known_day(date(2025, 6, 14)) == words


def test_no_page_writes_a_raw_day_or_sets_a_comma_of_its_own() -> None:
    """Days go through `known_day`, lists through `listed` or `comma()`; what stands in an attribute is for machines."""
    pages = {
        path: re.sub(r'datetime="[^"]*"|<span dir="ltr">.*?</span>', "", path.read_text("utf-8"))
        for path in Path("templates").rglob("*.html")
    }
    raw = re.compile(
        r'isoformat|dateformat|strftime|join\(", "\)|(\}\}|%\}|</bdi>|</a>), ?(\{|<|$)', re.MULTILINE
    )
    found = [str(path) for path, text in pages.items() if path.name != "nav.html" and raw.search(text)]

    assert found == []
