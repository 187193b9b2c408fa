"""What was handed over to others, as custodians keep it: approving, sending, calling back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext, lazy_gettext

from testimony.domain.errors import NotFound
from testimony.domain.purposes import Audience
from testimony.domain.roles import Role
from testimony.domain.vocabulary import load
from testimony.services import disclosing, recalling
from testimony.services.disclosing import DisclosureView
from testimony.services.sessions import Session
from testimony.storage.disclosures import parts_of_layer
from testimony.web.custody_blueprint import blueprint
from testimony.web.custody_words import AUDIENCES, Word
from testimony.web.guards import allow
from testimony.web.later_consent_forms import CHANNELS
from testimony.web.log_views import purpose_label
from testimony.web.sessions import current_session
from testimony.web.translation import current_language
from testimony.web.wiring import now

STATES: Mapping[str, Word] = {
    "prepared": (lazy_gettext("Waits for approval"), "caution"),
    "approved": (lazy_gettext("Approved, not sent"), "caution"),
    "sent": (lazy_gettext("Handed over"), ""),
    "cancelled": (lazy_gettext("Cancelled"), ""),
    "recalled": (lazy_gettext("Called back"), "caution"),
    "confirmed_deleted": (lazy_gettext("Deleted by the recipient"), "good"),
}
RECALL_ANSWERS: Mapping[str, LazyString] = {
    "deleted": lazy_gettext("Deleted or given back"),
    "cannot_be_called_back": lazy_gettext("Published, cannot be called back"),
    "refused": lazy_gettext("Refused"),
}

_ACTS: Mapping[str, Callable[[Session, str, datetime], None]] = {
    "approve": disclosing.approve,
    "asked": disclosing.note_answer,
    "cancel": disclosing.cancel,
    "recall": recalling.send_recall,
}


@dataclass(frozen=True, slots=True)
class DisclosureLine:
    """One handing over in words. found: what was found out about the recipient."""

    id: str
    code: str
    name: str | None
    kind: str
    purpose: str
    layer: str
    number: int
    consent_version: int
    state: str
    words: Word
    sent_on: date | None
    recall_due: date | None
    recall_sent: bool
    answer: str
    asked_again: bool
    mine: bool


@blueprint.get("/handed-over")
@allow(Role.CUSTODIAN)
def disclosures_page() -> ResponseReturnValue:
    views = disclosing.list_disclosures(current_session(), now())
    return render_template("custody/disclosures.html", lines=tuple(_line(view) for view in views))


@blueprint.get("/handed-over/<disclosure_id>")
@allow(Role.CUSTODIAN)
def disclosure_page(disclosure_id: str) -> ResponseReturnValue:
    view = disclosing.find_disclosure(current_session(), disclosure_id, now())
    return render_template(
        "custody/disclosure.html",
        line=_line(view),
        row=view.row,
        channels=tuple((value, str(words)) for value, words in CHANNELS.items()),
        answers=tuple((value, str(words)) for value, words in RECALL_ANSWERS.items()),
    )


@blueprint.post("/handed-over/<disclosure_id>")
@allow(Role.CUSTODIAN)
def act_on_disclosure(disclosure_id: str) -> ResponseReturnValue:
    session, act = current_session(), request.form.get("act", "")
    if act == "sent":
        disclosing.mark_sent(session, disclosure_id, request.form.get("channel", ""), now())
    elif act == "answer":
        recalling.note_recall_answer(session, disclosure_id, request.form.get("answer", ""), now())
    elif act in _ACTS:
        _ACTS[act](session, disclosure_id, now())
    else:
        raise NotFound
    return redirect(url_for("custody.disclosure_page", disclosure_id=disclosure_id), code=303)


def _layer(layer: str) -> str:
    """In words; the name of a recipient is sealed beside."""
    audience, recipient_id = parts_of_layer(layer)
    said = str(AUDIENCES[Audience(audience)])
    return (
        gettext("this recipient alone, made from what is for %(audience)s", audience=said)
        if recipient_id
        else said
    )


def _line(view: DisclosureView) -> DisclosureLine:
    row, recall = view.row, view.recall
    return DisclosureLine(
        id=row.disclosure_id,
        code=row.code,
        name=view.name,
        kind=load("recipient").label(row.recipient_type, current_language()),
        purpose=purpose_label(row.purpose),
        layer=_layer(row.layer),
        number=row.number,
        consent_version=row.consent_version,
        state=row.state,
        words=STATES[row.state],
        sent_on=date.fromisoformat(row.sent_on) if row.sent_on else None,
        recall_due=date.fromisoformat(recall.due_on) if recall else None,
        recall_sent=recall is not None and recall.sent_on is not None,
        answer=str(RECALL_ANSWERS[recall.answer]) if recall and recall.answer else "",
        asked_again=row.asked_again_on is not None,
        mine=view.prepared_by_me,
    )
