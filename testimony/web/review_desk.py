"""The workspace as its page needs it.

What the account is, how far each audience is, what was told about it. Frozen values.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext

from testimony.domain.consent import summary
from testimony.domain.interview import Counsel
from testimony.domain.purposes import Audience
from testimony.domain.redaction import category_of_kind
from testimony.domain.testimony import Submission
from testimony.domain.tokens import Series
from testimony.domain.vocabulary import load
from testimony.domain.witness_word import REFUSING, WordOfWitness
from testimony.services.begun import NOTE
from testimony.services.reader_marks import ReaderMarks
from testimony.services.review import Desk
from testimony.services.under_review import marks_of
from testimony.services.witness_requests import Request
from testimony.storage.originals import Attachment
from testimony.storage.redaction_sets import OPEN_STATES, SetRow
from testimony.storage.releases import PastRelease
from testimony.web.finding_words import html_language
from testimony.web.intake_fields import languages_and
from testimony.web.review_forms import AUDIENCE_NAMES, WITHHELD_FROM, CategoryGroup, category_groups
from testimony.web.review_panes import MarkLine, Panes, panes_of
from testimony.web.review_recipients import (
    LiftView,
    RecipientView,
    kinds_of_recipient,
    kinds_of_text,
    lift_views,
    recipient_views,
)
from testimony.web.review_witness_words import word_sentence
from testimony.web.translation import current_language, known_day, listed

_NO_WARNING = "CW00"


@dataclass(frozen=True, slots=True)
class LayerView:
    """How far the release for one audience is. state: a word of the set's, or empty. word: what the witness
    said of an open set. number: of the current release, 0 for none.
    """

    audience: Audience
    name: str
    state: str
    set_id: str
    answer: str = field(repr=False)
    at: datetime | None
    number: int
    released_at: datetime | None
    may_propose: bool
    may_look: bool
    word: str
    may_release: bool


@dataclass(frozen=True, slots=True)
class FileView:
    number: int
    kind: str
    size: int
    sha256: str
    mime: str


@dataclass(frozen=True, slots=True)
class PastView:
    release_id: int
    name: str
    number: int
    at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """Everything on the workspace page. language: as browsers know it. facts: (term, value) pairs; protect:
    (words, kind) pairs. begun: what this reviewer has begun and not kept, as JSON; empty for nothing.
    """

    code: str
    revision: int
    language: str
    language_name: str
    words: int
    is_taken: bool
    is_mine: bool
    redactor: str
    touched: bool
    undecided: int
    can_undo: bool
    audience: Audience
    audiences: tuple[tuple[Audience, str], ...]
    panes: Panes = field(repr=False)
    selected: MarkLine | None
    groups: tuple[CategoryGroup, ...]
    withheld_from: tuple[tuple[str, str], ...]
    entities: tuple[str, ...]
    layers: tuple[LayerView, ...]
    note: str = field(repr=False)
    begun: str = field(repr=False)
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    consent: tuple[tuple[str, tuple[str, ...]], ...]
    named_details: tuple[str, ...] = field(repr=False)
    protect: tuple[tuple[str, str], ...] = field(repr=False)
    files: tuple[FileView, ...]
    history: tuple[PastView, ...]
    version: int
    language_code: str
    languages: tuple[tuple[str, str], ...]
    recipients: tuple[RecipientView, ...]
    lifts: tuple[LiftView, ...]
    recipient_kinds: tuple[tuple[str, str], ...]
    text_kinds: tuple[tuple[str, str], ...]
    failed_detectors: tuple[str, ...]
    told_beside: ReaderMarks
    requests: tuple[Request, ...]


def desk_view(
    desk: Desk, audience: Audience, series: Series, selected: str, words: Mapping[str, WordOfWitness]
) -> DeskView:
    """words: what witnesses said, by set."""
    account = desk.account
    panes = panes_of(account.version.text, marks_of(account), audience, series)
    return DeskView(
        code=account.code,
        revision=desk.revision,
        language=html_language(account.version.language),
        language_name=language_name(account.version.language),
        words=account.version.words,
        is_taken=account.work is not None,
        is_mine=desk.may_redact,
        redactor=desk.redactor,
        touched=desk.touched,
        undecided=desk.undecided,
        can_undo=desk.can_undo,
        audience=audience,
        audiences=tuple((a, str(name)) for a, name in AUDIENCE_NAMES.items()),
        panes=panes,
        selected=next((line for line in panes.marks if line.id == selected), None),
        groups=category_groups(),
        withheld_from=tuple((a.value, str(name)) for a, name in WITHHELD_FROM.items()),
        entities=tuple(sorted({line.entity for line in panes.marks if line.entity})),
        layers=tuple(_layer(desk, a, words) for a in AUDIENCE_NAMES),
        note=desk.begun.get(NOTE) or (account.work.note if account.work else ""),
        begun=json.dumps(dict(desk.begun), ensure_ascii=False) if desk.begun else "",
        facts=_facts(account.submission, account.row.case_id, is_questioned=desk.is_interpreter_questioned),
        consent=_consent(account.submission),
        named_details=desk.named_details,
        protect=tuple((item.text, _kind(item.kind)) for item in account.submission.protect),
        files=tuple(map(_file, desk.attachments)),
        history=tuple(map(_past, desk.history)),
        version=account.version.version_no,
        language_code=account.version.language,
        languages=languages_and(account.version.language),
        recipients=recipient_views(desk),
        lifts=lift_views(desk),
        recipient_kinds=kinds_of_recipient(),
        text_kinds=kinds_of_text(),
        failed_detectors=desk.failed_detectors,
        told_beside=desk.told_beside,
        requests=desk.witness_requests,
    )


def _layer(desk: Desk, audience: Audience, words: Mapping[str, WordOfWitness]) -> LayerView:
    row = next((s for s in desk.layers if s.audience == audience and not s.recipient_id), None)
    current = next(
        (p.release for p in desk.history if p.release.audience == audience and p.release.current), None
    )
    state = row.state if row else ""
    return LayerView(
        audience=audience,
        name=str(AUDIENCE_NAMES[audience]),
        state=state,
        set_id=row.set_id if row else "",
        answer=row.answer if row else "",
        at=_moment(row),
        number=current.number if current else 0,
        released_at=datetime.fromisoformat(current.released_at) if current else None,
        may_propose=desk.may_redact and desk.undecided == 0 and state not in ("proposed", "approved"),
        may_look=state == "proposed",
        word=str(word_sentence(words.get(row.set_id))) if row and state in OPEN_STATES else "",
        may_release=state == "approved" and (row is None or words.get(row.set_id) not in REFUSING),
    )


def _moment(row: SetRow | None) -> datetime | None:
    return datetime.fromisoformat(row.decided_at or row.proposed_at) if row else None


def _facts(submission: Submission, case_id: str, *, is_questioned: bool) -> tuple[tuple[str, str], ...]:
    """What a reviewer needs to judge which details give somebody away. Empty values are left out."""
    witness, interview = submission.witness, submission.interview
    rows = [
        (gettext("Case"), case_id),
        (gettext("Told in"), known_day(submission.month) if submission.month else gettext("not known")),
        (gettext("Age"), _labels("age_band", (witness.age_band,))),
        (gettext("Part in the events"), _labels("witness_role", witness.roles)),
        (gettext("Risk"), _labels("risk", (witness.risk,))),
    ]
    if interview is not None:
        rows += [
            (gettext("Place of the interview"), interview.place_coarse),
            (gettext("Setting"), _labels("setting", (interview.setting,))),
            (gettext("Spoken"), interview.spoken),
            (gettext("Present"), _labels("presence", tuple(p.code for p in interview.persons_present))),
            (gettext("Interpreter"), _interpreter(submission, is_questioned=is_questioned)),
            (gettext("Rights of who may have taken part"), _rights(interview.counsel)),
        ]
    return tuple((term, value) for term, value in rows if value)


def _rights(counsel: Counsel | None) -> str:
    if counsel is None:
        return ""
    told = gettext("told before the account") if counsel.cautioned else gettext("not told")
    asked = gettext("they asked for a lawyer, which ended it")
    return f"{told}; {asked}" if counsel.asked else str(told)


def _interpreter(submission: Submission, *, is_questioned: bool) -> str:
    interpreter = submission.interview.interpreter if submission.interview else None
    if interpreter is None:
        return str(gettext("none"))
    if is_questioned:
        return str(gettext("yes, and under question: believe with care"))
    if interpreter.flag != "none":
        return str(gettext("yes, with a conflict: %(flag)s", flag=interpreter.flag.value))
    return str(gettext("yes"))


def _consent(submission: Submission) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the witness allowed and refused, by group; groups without an entry are left out."""
    said = summary(submission.consent)
    conditional = tuple(
        f"{_labels('consent_purpose', (purpose,))} ({_labels('consent_condition', codes)})"
        for purpose, codes in said.with_conditions
    )
    groups = (
        (gettext("Allowed"), tuple(_labels("consent_purpose", (p,)) for p in said.allowed)),
        (gettext("Allowed with conditions"), conditional),
        (gettext("Refused"), tuple(_labels("consent_purpose", (p,)) for p in said.refused)),
    )
    return tuple(group for group in groups if group[1])


def _labels(vocabulary: str, codes: tuple[str, ...]) -> str:
    terms, language = load(vocabulary), current_language()
    return listed(terms.label(code, language) if code in terms else code for code in codes)


def _kind(kind: str) -> str:
    """Why it would be withheld: a type such as `WITNESS_NAME` has no words of its own in any language."""
    return _labels("redaction", (category_of_kind(kind).code,))


def _file(file: Attachment) -> FileView:
    return FileView(file.number, _labels("exhibit", (file.kind,)), file.size, file.sha256, file.mime)


def _past(past: PastRelease) -> PastView:
    shown = past.release
    return PastView(
        shown.id or 0,
        str(AUDIENCE_NAMES[Audience(shown.audience)]),
        shown.number,
        datetime.fromisoformat(shown.released_at),
        shown.current == 1,
    )


def warning_words(warning: str | None) -> str:
    """What a content warning says; empty for none."""
    return "" if warning in (None, "", _NO_WARNING) else _labels("warning", (str(warning),))


def language_name(language: str) -> str:
    """The name of an ISO 639-3 language, or its letters where the vocabulary has none."""
    return _labels("language", (language,))
