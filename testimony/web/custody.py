"""The custodians' room: what is due, whom the keys open for, accounts, cases, grants, and the register of
testimonies.
"""

from dataclasses import dataclass
from datetime import date, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext

from testimony.domain.codes import parse_code
from testimony.domain.consent import ConsentStatus
from testimony.domain.errors import BadCode
from testimony.domain.roles import Role
from testimony.domain.testimony import State
from testimony.services import custody
from testimony.services.custody import RegisterEntry
from testimony.services.readers import who_can_read
from testimony.services.sessions import Session
from testimony.web import (
    around_waiting,
    custody_accounts,
    custody_backups,
    custody_cases,
    custody_confirming,
    custody_consent,
    custody_disclosures,
    custody_earlier,
    custody_erasures,
    custody_grants,
    custody_holds,
    custody_identities,
    custody_incidents,
    custody_keys,
    custody_recovery,
    custody_reissue,
    custody_safety,
    custody_seen,
    custody_walls,
)
from testimony.web.alarm_words import alarms_waiting
from testimony.web.custody_blueprint import blueprint
from testimony.web.custody_offers import times_asked_for
from testimony.web.custody_words import (
    CONSENT_STATUSES,
    HOLDS,
    NO_CONSENT,
    TESTIMONY_STATES,
    Word,
    card_sentence,
)
from testimony.web.guards import allow
from testimony.web.reader_lines import readers_page
from testimony.web.rooms import Room, Waiting
from testimony.web.sessions import current_session
from testimony.web.wiring import now

PAGES = (
    custody_accounts,
    custody_backups,
    custody_cases,
    custody_confirming,
    custody_consent,
    custody_disclosures,
    custody_earlier,
    custody_erasures,
    custody_grants,
    custody_holds,
    custody_identities,
    custody_incidents,
    custody_keys,
    custody_recovery,
    custody_reissue,
    custody_safety,
    custody_seen,
    custody_walls,
)
"""The modules that hang their pages on the blueprint."""


@dataclass(frozen=True, slots=True)
class Card:
    sentence: str
    holds: str
    handles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One testimony on the pages. notes: what stands beside its state, in words."""

    code: str
    case_id: str
    state: str
    submitted: date
    month: str
    language: str
    consent: Word
    review: date | None
    due: bool
    notes: tuple[str, ...]


@blueprint.get("/")
@allow(Role.CUSTODIAN)
def index() -> ResponseReturnValue:
    session, at = current_session(), now()
    cards = tuple(
        Card(card_sentence(card), str(HOLDS[card.compartment]), card.handles)
        for card in custody.key_cards(session, at)
    )
    return render_template("custody/index.html", cards=cards, due=waiting(session, at))


@blueprint.get("/register")
@allow(Role.CUSTODIAN)
def register() -> ResponseReturnValue:
    page = custody.register_page(current_session(), _before(), None, now())
    older = None if page.older is None else url_for("custody.register", before="~".join(page.older))
    lines = tuple(_line(entry) for entry in page.entries)
    return render_template("custody/register.html", lines=lines, older=older, unknown=False)


@blueprint.get("/register/find")
@allow(Role.CUSTODIAN)
def find() -> ResponseReturnValue:
    try:
        code = parse_code(request.args.get("code", ""))
    except BadCode:
        return render_template("custody/register.html", lines=(), older=None, unknown=True), 422
    return redirect(url_for("custody.testimony", code=code), code=303)


@blueprint.get("/register/<code>")
@allow(Role.CUSTODIAN)
def testimony(code: str) -> ResponseReturnValue:
    session, at = current_session(), now()
    entry = custody.register_entry(session, code, at)
    readers = who_can_read(session, code, at)
    return render_template(
        "custody/testimony.html",
        line=_line(entry),
        **readers_page(readers),
        kept=custody_erasures.kept_line(session, code),
        asked_for=times_asked_for(session, code),
    )


def _before() -> tuple[str, str] | None:
    """The keyset page asked for: the day and the code of the last line seen; anything else is the first
    page.
    """
    day, _, code = request.args.get("before", "")[:40].partition("~")
    return (day, code) if day and code else None


def _line(entry: RegisterEntry) -> RegisterLine:
    line = entry.line
    flags = (
        (line.minor, gettext("A child")),
        (line.quarantined, gettext("Quarantined")),
        (line.on_hold, gettext("On legal hold")),
    )
    return RegisterLine(
        code=line.code,
        case_id=line.case_id,
        state=str(TESTIMONY_STATES[State(line.state)]),
        submitted=date.fromisoformat(line.submitted_on),
        month=line.month or gettext("Not known"),
        language=line.language,
        consent=NO_CONSENT if entry.status is None else CONSENT_STATUSES[ConsentStatus(entry.status)],
        review=None if line.review_due is None else date.fromisoformat(line.review_due),
        due=entry.due,
        notes=tuple(note for flag, note in flags if flag),
    )


def waiting(session: Session, at: datetime) -> tuple[Waiting, ...]:
    due = custody.promises(session, at)
    lines = (
        Waiting(
            ngettext(
                "%(num)s consent is due for review within 30 days, or past it",
                "%(num)s consents are due for review within 30 days, or past it",
                due.reviews,
            ),
            url_for("custody.register"),
            due.reviews,
        ),
        Waiting(
            ngettext(
                "%(num)s person was invited and has not come yet",
                "%(num)s people were invited and have not come yet",
                due.invitations,
            ),
            url_for("custody.accounts_page"),
            due.invitations,
        ),
        *custody_identities.identities_waiting(session, at),
        *custody_erasures.waiting(session, at.date()),
        *custody_incidents.waiting(session),
        custody_grants.requests_waiting(session, at),
        custody_walls.walls_waiting(session),
        *custody_earlier.waiting(session),
        custody_confirming.enrolments_waiting(session, at),
    )
    every = (
        *alarms_waiting(session),
        *custody_safety.resting(session),
        *lines,
        custody_consent.owed(session, at),
        *custody_keys.waiting_keys(session, at),
        *custody_recovery.recovery_waiting(session, at),
        *custody_backups.backups_waiting(session, at),
        *around_waiting.waiting(session),
    )
    return tuple(line for line in every if line.count)


ROOM = Room(
    blueprint=blueprint,
    title=lazy_gettext("Custody"),
    front="custody.index",
    roles=frozenset({Role.CUSTODIAN}),
    when_empty=lazy_gettext("No promise is due. Consents to review and people who were invited appear here."),
    waiting=waiting,
)
