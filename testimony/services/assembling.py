"""From a draft's answers to a submission. Pure; the strict reading is the domain's, so nothing that it
refuses is sealed.

The answers are laid out as a submission document; its problems are laid back on the step and field that they
came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from testimony.domain.accounts import AccountId
from testimony.domain.consent import Decision
from testimony.domain.documents import as_document
from testimony.domain.errors import Invalid, Problem
from testimony.domain.grants import ClosedPart
from testimony.domain.purposes import Purpose
from testimony.domain.testimony import FORMAT, Submission
from testimony.domain.witness import IdentityState
from testimony.services.consent_answers import (
    consent_document,
    decision_field,
    decision_on,
    granted_in,
    named_readers,
    parameter_field,
)
from testimony.services.counsel import COUNSEL, asked_for_counsel, caution_rules, counsel_document, is_insider
from testimony.services.drafts import Answers, Draft, Step
from testimony.services.exhibits import may_keep
from testimony.services.identity_answers import identity_document
from testimony.services.problem_places import place_problems

CHILD_BANDS = frozenset({"0-4", "5-12", "13-17"})
EXTREME_RISK, SEXUAL_VIOLENCE, NO_WARNING = "R4", "CW03", "CW00"
BY_GRAVITY = ("CW03", "CW04", "CW02", "CW05", "CW01")
"""A testimony carries one warning: the first of these that was ticked."""

REFERRALS = ("medical", "psychosocial", "legal", "child_protection")
"""Help that is spoken of in every session; R14."""


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what a submission is called, chosen by the caller. readers: accounts by handle, for named
    readers.
    """

    code: str
    pseudonym: str
    interviewer: AccountId
    readers: Mapping[str, AccountId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A submission ready to be handed in. identity: only where the witness allowed it to be kept."""

    submission: Submission
    identity: dict[str, object] | None = field(repr=False)


def assemble(draft: Draft, names: Names) -> Assembled:
    """Raises Invalid; each problem's field is `<step>.<field>`, as in the draft."""
    identity = kept_identity(draft)
    problems = _unanswered_questions(draft, names)
    try:
        submission = Submission.from_document(_document(draft, names, identity))
    except Invalid as invalid:
        raise Invalid((*problems, *place_problems(invalid.problems, draft))) from None
    if problems:
        raise Invalid(problems)
    return Assembled(submission, identity)


def kept_identity(draft: Draft) -> dict[str, object] | None:
    """The identity, if CP06 says that it may be kept. What was typed before a "no" is not."""
    if Purpose.CP06 not in granted_in(draft.answers(Step.CONSENT)):
        return None
    return identity_document(draft.answers(Step.IDENTITY))


def _document(draft: Draft, names: Names, identity: dict[str, object] | None) -> dict[str, object]:
    account, closing = draft.answers(Step.ACCOUNT), draft.answers(Step.CLOSING)
    warnings = account.texts("warnings")
    return {
        "format": FORMAT,
        "submission_id": draft.draft_id,
        "code": names.code,
        "pseudonym": names.pseudonym,
        "case_id": draft.answers(Step.BEFORE).line("case"),
        "witness": _witness(draft, identity),
        "statement": {
            "text": account.text("text"),
            "language": account.line("language") or draft.answers(Step.BEFORE).line("written_in"),
            "direction": "auto",
            "kind": account.line("kind"),
            "passages": [_passage(row) for row in account.rows("passages")],
            "account_types": list(account.texts("account_types")),
        },
        "consent": consent_document(draft, names.interviewer, names.readers),
        "closed_parts": sorted(_closed_parts(draft)),
        "protect": [dict(row) for row in _filled(draft.answers(Step.PROTECT).rows("protect"), "text")],
        "attachments": [as_document(file) for file in draft.files],
        "warning": next((code for code in BY_GRAVITY if code in warnings), NO_WARNING),
        "interview": _interview(draft, names.interviewer),
        "imported": None,
        "read_back": {
            "done": _flag(closing, "read_back"),
            "language": closing.line("read_language") or None,
            "confirmed_by": (closing.line("confirmed_by") if closing.line("read_back") == "yes" else "none"),
            "note": closing.text("read_note"),
        },
    }


def _witness(draft: Draft, identity: dict[str, object] | None) -> dict[str, object]:
    before, closing = draft.answers(Step.BEFORE), draft.answers(Step.CLOSING)
    refused = decision_on(draft.answers(Step.CONSENT), Purpose.CP06) is Decision.REFUSED
    absent = IdentityState.REFUSED if refused else IdentityState.NEVER_KNOWN
    return {
        "identity_state": (IdentityState.STORED if identity else absent).value,
        "sex": before.line("sex") or "undisclosed",
        "age_band": before.line("age_band") or "undisclosed",
        "roles": list(before.texts("roles")),
        "vulnerabilities": list(closing.texts("vulnerabilities")),
        "risk": closing.line("risk"),
        "protective_measures": list(closing.texts("protective_measures")),
    }


def _closed_parts(draft: Draft) -> frozenset[ClosedPart]:
    before, account = draft.answers(Step.BEFORE), draft.answers(Step.ACCOUNT)
    rules = (
        (SEXUAL_VIOLENCE in account.texts("warnings"), ClosedPart.SEXUAL_VIOLENCE),
        (before.line("minor") == "yes", ClosedPart.CHILDREN),
        (is_insider(draft), ClosedPart.INSIDERS),
        (draft.answers(Step.CLOSING).line("risk") == EXTREME_RISK, ClosedPart.EXTREME_RISK),
    )
    return frozenset(part for holds, part in rules if holds)


def _interview(draft: Draft, interviewer: AccountId) -> dict[str, object]:
    before, closing = draft.answers(Step.BEFORE), draft.answers(Step.CLOSING)
    month, day = before.line("month"), before.line("day")
    could_hear = before.texts("could_hear")
    return {
        "month": month,
        "day": f"{month}-{day.zfill(2)}" if day else None,
        "place_coarse": before.text("place"),
        "place_precision": before.line("precision"),
        "setting": before.line("setting"),
        "spoken": before.line("spoken"),
        "explained_in": before.line("explained_in"),
        "written_in": before.line("written_in"),
        "interviewer": interviewer,
        "second_interviewer": before.line("second_interviewer") or None,
        "interpreter": _interpreter(before),
        "persons_present": [
            {"code": code, "could_hear": code in could_hear} for code in before.texts("present")
        ],
        "route": [
            {
                "intermediary": before.text("intermediary"),
                "kind": before.line("route_kind"),
                "first_contact_by": before.text("first_contact_by"),
            }
        ],
        "earlier_accounts": before.line("earlier"),
        "prior_accounts": _prior_accounts(before),
        "reinterview_reason": before.text("reinterview_reason"),
        "recording": ["notes", *(kind for kind in ("audio", "video") if kind in closing.texts("recording"))],
        "started": before.line("started") or None,
        "ended": closing.line("ended") or None,
        "breaks": _number(closing.line("breaks") or "0"),
        "ended_by": COUNSEL if asked_for_counsel(draft) else closing.line("ended_by"),
        "counsel": counsel_document(draft),
        "benefits": draft.answers(Step.EXPLANATION).text("benefits"),
        "deviations": _deviations(closing),
        "referrals": [_referral(closing, kind) for kind in REFERRALS if closing.line(f"referral-{kind}")],
        "unanswered": [dict(row) for row in draft.answers(Step.ACCOUNT).rows("unanswered")],
        "feedback_due": closing.line("feedback_due") or None if closing.line("feedback") == "yes" else None,
    }


def _interpreter(before: Answers) -> dict[str, object] | None:
    if before.line("interpreter_used") != "yes":
        return None
    return {
        "name": before.text("interpreter_name"),
        "account_id": None,
        "relation_declared": before.text("interpreter_relation"),
        "relation_alleged": before.text("interpreter_alleged"),
        "undertaking_signed": _flag(before, "interpreter_undertaking"),
        "gender_ok": before.line("interpreter_gender_ok"),
        "flag": before.line("interpreter_flag"),
    }


def _prior_accounts(before: Answers) -> list[dict[str, object]]:
    if before.line("earlier") == "no" or not before.line("earlier_by"):
        return []
    return [
        {
            "by_kind": before.line("earlier_by"),
            "when": before.line("earlier_when") or None,
            "recorded_form": before.text("earlier_form"),
            "copy_available": before.line("earlier_copy") or "doubt",
        }
    ]


def _deviations(closing: Answers) -> list[dict[str, object]]:
    standard, reason = closing.text("deviation_standard"), closing.text("deviation_reason")
    return [{"standard": standard, "reason": reason}] if standard.strip() or reason.strip() else []


def _referral(closing: Answers, kind: str) -> dict[str, object]:
    answer = closing.line(f"referral-{kind}")
    return {
        "kind": kind,
        "offered": answer != "not_needed",
        "accepted": answer == "accepted",
        "done_on": None,
    }


def _passage(row: Mapping[str, str]) -> dict[str, object]:
    return {
        "start": _number(row.get("start", "")),
        "end": _number(row.get("end", "")),
        "basis": row.get("basis", ""),
        "speaker": row.get("speaker", ""),
    }


def _unanswered_questions(draft: Draft, names: Names) -> tuple[Problem, ...]:
    """What the document alone would not miss."""
    before, closing = draft.answers(Step.BEFORE), draft.answers(Step.CLOSING)
    consent = draft.answers(Step.CONSENT)
    granted = granted_in(consent)
    band, minor = before.line("age_band"), before.line("minor")
    rules = [
        (minor in ("yes", "no"), "before.minor", "required"),
        (band not in CHILD_BANDS or minor != "no", "before.minor", "child_band"),
        (before.line("interpreter_used") in ("yes", "no"), "before.interpreter_used", "required"),
        *caution_rules(draft),
        (Purpose.CP01 in granted, f"consent.{decision_field(Purpose.CP01)}", "notes_not_granted"),
        (Purpose.CP06 not in granted or kept_identity(draft), "identity.names", "required"),
        (closing.line("read_back") in ("yes", "no"), "closing.read_back", "required"),
        (closing.line("feedback") in ("yes", "no"), "closing.feedback", "required"),
        (
            closing.line("feedback") != "yes" or closing.line("feedback_due"),
            "closing.feedback_due",
            "required",
        ),
        (closing.line("next_contact") in ("yes", "no"), "closing.next_contact", "required"),
        (
            closing.line("next_contact") != "yes" or Purpose.CP21 in granted,
            "closing.next_contact",
            "contact_not_granted",
        ),
        *((closing.line(f"referral-{kind}"), f"closing.referral-{kind}", "required") for kind in REFERRALS),
        *(
            (
                purpose in granted or recording not in closing.texts("recording"),
                "closing.recording",
                "not_consented",
            )
            for recording, purpose in (("audio", Purpose.CP02), ("video", Purpose.CP03))
        ),
        *((may_keep(file.kind, granted), f"files.{file.object_id}", "not_consented") for file in draft.files),
        *(
            (handle in names.readers, f"consent.{parameter_field(purpose, 'CC11')}", "unknown_account")
            for purpose, handles in named_readers(consent).items()
            for handle in handles
        ),
    ]
    return tuple(Problem(name, code) for holds, name, code in rules if not holds)


def _filled(rows: tuple[Mapping[str, str], ...], name: str) -> tuple[Mapping[str, str], ...]:
    return tuple(row for row in rows if row.get(name, "").strip())


def _flag(answers: Answers, name: str) -> bool | None:
    return {"yes": True, "no": False}.get(answers.line(name))


def _number(text: str) -> int | str:
    """The number, or the text as it is, which the reader of the document then names as wrong."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
