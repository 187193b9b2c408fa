"""The witness's question, answered on a page to be read aloud or printed: in the witness's language, no names."""

from dataclasses import dataclass
from typing import Any

from babel import Locale
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from markupsafe import Markup

from testimony.domain.roles import Role
from testimony.services.showings import Answer, who_has_seen
from testimony.web.custody_blueprint import blueprint
from testimony.web.guards import allow
from testimony.web.seen_words import disclosed_sentences, identity_sentences, seen_sentences
from testimony.web.sessions import current_session
from testimony.web.translation import LANGUAGES, LanguageLink, current_language
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """What is told, sentence by sentence, in one language."""

    language: str
    direction: str
    seen: tuple[str, ...]
    identities: tuple[str, ...]
    disclosed: tuple[str, ...]


@blueprint.get("/register/<code>/seen")
@allow(Role.CUSTODIAN)
def seen(code: str) -> ResponseReturnValue:
    asked = request.args.get("in", "")
    language = asked if asked in LANGUAGES else current_language()
    answer = who_has_seen(current_session(), code, now())
    links = tuple(
        LanguageLink(one, name, _address(answer.code, one), one == language)
        for one, name in LANGUAGES.items()
    )
    with force_locale(language):
        told = read_aloud(answer, language)
        # The template escaped what it was given.
        text = Markup(render_template("custody/seen_answer.html", answer=answer, told=told))  # noqa: S704
    return render_template("custody/seen.html", answer=answer, text=text, links=links)


def _address(code: str, language: str) -> str:
    values: dict[str, Any] = {"code": code, "in": language}
    return url_for("custody.seen", **values)


def read_aloud(answer: Answer, language: str) -> ReadAloud:
    return ReadAloud(
        language=language,
        direction=Locale.parse(language).text_direction,
        seen=seen_sentences(answer),
        identities=identity_sentences(answer),
        disclosed=disclosed_sentences(answer),
    )
