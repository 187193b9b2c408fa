"""Where else an account says what a mark covers: a page, or what the script needs of it."""

from dataclasses import asdict, dataclass, field

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from testimony.domain.codes import parse_code
from testimony.domain.roles import Role
from testimony.services.mentions import Mentions, Spelling, list_mentions
from testimony.web.guards import allow
from testimony.web.review_queue import blueprint
from testimony.web.sessions import current_session
from testimony.web.wiring import now


@dataclass(frozen=True, slots=True)
class OtherSpelling:
    """open: whether there is a place to withhold. note: how many, and what it is, in words."""

    key: str = field(repr=False)
    text: str = field(repr=False)
    note: str
    open: bool


@dataclass(frozen=True, slots=True)
class MentionsPage:
    """same: how many more places say the same, in words. open: whether there is a place to withhold."""

    code: str
    mark: str
    revision: int
    words: str = field(repr=False)
    same: str
    others: tuple[OtherSpelling, ...]
    open: bool


@blueprint.get("/<code>/mentions")
@allow(Role.REVIEWER)
def mentions(code: str) -> ResponseReturnValue:
    code = parse_code(code)
    page = _page(code, list_mentions(current_session(), code, request.args.get("mark", ""), now()))
    if request.accept_mimetypes.best == "application/json":
        return jsonify(same=page.same, open=page.open, others=[asdict(other) for other in page.others])
    return render_template("review/mentions.html", page=page)


def _page(code: str, found: Mentions) -> MentionsPage:
    same = next(spelling for spelling in found.spellings if spelling.is_same)
    return MentionsPage(
        code=code,
        mark=found.mark.mark_id,
        revision=found.revision,
        words=found.words,
        same=_same(found.open[same.key]),
        others=tuple(_other(s, found.open[s.key]) for s in found.spellings if not s.is_same),
        open=any(found.open.values()),
    )


def _same(count: int) -> str:
    if count == 0:
        return str(gettext("No other place says the same."))
    return str(
        ngettext(
            "%(num)d more place says the same. It is withheld with this one.",
            "%(num)d more places say the same. They are withheld with this one.",
            count,
        )
    )


def _other(spelling: Spelling, count: int) -> OtherSpelling:
    places = ngettext("%(num)d place", "%(num)d places", count) if count else gettext("withheld already")
    part = gettext("a part of the name")
    note = str(places) if spelling.is_whole else f"{places} · {part}"
    return OtherSpelling(spelling.key, spelling.text, note, count > 0)
