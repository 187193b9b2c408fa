"""Why a hit was found, in words: what differs from what was typed. Decides nothing."""

from collections.abc import Iterable

from flask_babel import gettext

from search.results import Reason, ReasonKind
from testimony.web.translation import listed


def why_words(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """Why words were found that are not those typed, each thing once; all spellings of one name in one line."""
    variants: dict[str, dict[str, None]] = {}
    lines: list[str | None] = []
    for reason in reasons:
        if reason.kind is ReasonKind.NAME_VARIANT:
            variants.setdefault(reason.asked, {})[reason.found] = None
        else:
            lines.append(_reason_words(reason))
    spelled = (
        gettext("“%(asked)s” in another spelling: %(found)s", asked=isolated(name), found=_listed(found))
        for name, found in variants.items()
    )
    return tuple(dict.fromkeys(filter(None, (*lines, *spelled))))


def isolated(text: str) -> str:
    """The text, so that its direction leaves alone what stands around it, where no element can be put."""
    return f"\u2068{text}\u2069"


def _listed(words: Iterable[str]) -> str:
    return listed(gettext("“%(word)s”", word=isolated(word)) for word in words)


def _reason_words(reason: Reason) -> str | None:
    """None for the very word that was typed."""
    asked = {"asked": isolated(reason.asked), "found": isolated(reason.found)}
    match reason.kind:
        case ReasonKind.INFLECTION:
            return str(gettext("“%(found)s” is a form of “%(asked)s”", **asked))
        case ReasonKind.PATTERN:
            return str(gettext("“%(found)s” fits “%(asked)s”", **asked))
        case ReasonKind.SIMILAR:
            return str(gettext("“%(found)s” is close to “%(asked)s”", **asked))
        case ReasonKind.LABEL:
            return str(gettext("coded as “%(found)s”", **asked))
        case _:
            return None
