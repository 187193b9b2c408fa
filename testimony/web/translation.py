"""In which language a page speaks and in which direction it is read. The choice is kept in the cookie."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from babel import Locale
from flask import Flask, g, request, url_for
from flask import session as cookie
from flask_babel import Babel, format_date, get_locale

from testimony.domain.vocabulary import load

LANGUAGES = {"en": "English", "fr": "Français", "ar": "العربية"}
"""The languages the pages speak, each by its own name."""

_PARAMETER = "lang"


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    name: str
    href: str
    is_current: bool


def install(app: Flask) -> None:
    Babel(
        app,
        default_locale="en",
        default_timezone="UTC",
        default_translation_directories="locale",
        locale_selector=_select,
    )
    app.before_request(_remember_choice)
    app.add_template_filter(_utc, "utc")
    app.add_template_filter(_iso, "iso")
    app.add_template_filter(listed, "listed")
    app.add_template_global(comma, "comma")
    app.add_template_filter(known_day, "known_day")
    app.add_template_filter(_purpose, "purpose")


def current_language() -> str:
    return _locale().language


def current_direction() -> str:
    """`ltr` or `rtl`."""
    return _locale().text_direction


def comma() -> str:
    """What stands between the words of a list in the page's script, with its space."""
    return "، " if current_language() == "ar" else ", "


def listed(words: Iterable[object]) -> str:
    """Words in a row, with the comma of the page's script between them."""
    return comma().join(str(word) for word in words)


def known_day(told: str | date) -> str:
    """A day, a month or a year (`2025-06-14`, `2025-06`, `2025`) as people write it; anything else as it is."""
    if isinstance(told, date):
        return str(format_date(told, "d MMMM y"))
    shown = {10: "d MMMM y", 7: "MMMM y"}.get(len(told))
    if shown is None:
        return told
    try:
        return str(format_date(date.fromisoformat(told if len(told) == 10 else f"{told}-01"), shown))
    except ValueError:
        return told


def language_links() -> tuple[LanguageLink, ...]:
    """This page in each language; the home page where this one is the answer to a form."""
    here = current_language()
    return tuple(
        LanguageLink(code, name, _address_in(code), code == here) for code, name in LANGUAGES.items()
    )


def _locale() -> Locale:
    return cast(Locale, get_locale())


def _select() -> str:
    chosen = cookie.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def _remember_choice() -> None:
    choice = request.args.get(_PARAMETER)
    if choice in LANGUAGES:
        cookie["language"] = choice


def _address_in(language: str) -> str:
    if request.method != "GET" or request.endpoint is None or "has_no_address" in g:
        return url_for("frame.home", lang=language)
    arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **(request.view_args or {})}
    arguments[_PARAMETER] = language
    return url_for(request.endpoint, **arguments)


def _purpose(code: str) -> str:
    """A purpose of consent (`CP07`) in words; a code that is none as it is."""
    words = load("consent_purpose")
    return words.label(code, current_language()) if code in words else code


def _utc(at: datetime) -> str:
    """A time as people read it, in UTC and saying so."""
    there = at.astimezone(UTC)
    return f"{known_day(there)}{comma()}{there:%H:%M} UTC"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
