"""Every route × who asks × the state of what the address names. A route that is not in the table fails."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crypto.passwords import Argon2Cost
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.services.archives import Archive
from testimony.services.session_store import SessionStore
from testimony.services.sessions import Session
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.log import ENTRIES
from testimony.storage.objects import local_objects
from testimony.web.factory import create_app
from testimony.web.guards import allowed
from testimony.web.wiring import Services
from tests.every_state import KIND_OF_FILE, Things, every_state
from tests.services.conftest import HANDLES, PASSWORD, Clock
from tests.web.conftest import Visitor

UNBOUNDED = "1000000 per minute"
NAMED_FIRST = (
    "key_order_id",
    "set_id",
    "copy_id",
    "draft_id",
    "account_id",
    "case_id",
    "grant_id",
    "asked_id",
    "contact_id",
    "saved_id",
    "seq",
    "question",
    "number",
    "ending",
    "size",
    "token",
    "erasure_id",
    "hold_id",
    "demand_id",
    "incident_id",
    "second_id",
    "link_id",
    "code",
)
"""Whose states an address is tried in when it has several gaps."""


@dataclass(frozen=True, slots=True)
class Route:
    """roles: who may call it. who: who tries it with that right. sends: a form's fields, as they are or by state.

    usual: the answer to whoever may; others: where the state of what is named makes it another.
    """

    roles: frozenset[Role]
    who: str
    usual: int
    others: Mapping[str, int] = field(default_factory=dict)
    sends: Mapping[str, object] = field(default_factory=dict)


def route(
    who: str,
    usual: int = 200,
    apart: Mapping[str, int] | None = None,
    *,
    sends: Mapping[str, object] | None = None,
    **others: int,
) -> Route:
    """Of one role. apart, others: answers that differ, by state."""
    role = Role(who.removesuffix("_b"))
    return Route(frozenset({role}), who, usual, {**(apart or {}), **others}, sends or {})


def mine(usual: int = 200, **sends: object) -> Route:
    """Of everybody who is signed in."""
    return Route(frozenset(Role), "auditor", usual, sends=sends)


def original(usual: int, *, sends: Mapping[str, object] | None = None, **others: int) -> Route:
    """A reviewer and an account: what lies sealed, is quarantined or is not there is none of theirs."""
    apart = {"sealed": 409, "quarantined": 404, "unknown": 404, "no_code": 404, **others}
    return route("reviewer", usual, apart, sends=sends)


def coded(usual: int, *, sends: Mapping[str, object] | None = None) -> Route:
    """A reviewer or an investigator, and an account with a release: no other can be coded."""
    found = dict.fromkeys(("released", "elsewhere"), usual)
    return Route(frozenset({Role.REVIEWER, Role.INVESTIGATOR}), "reviewer", 404, found, sends or {})


def linked(usual: int = 200, *, sends: Mapping[str, object] | None = None, **others: int) -> Route:
    """A reviewer or an investigator who may read both accounts of a link."""
    return Route(frozenset({Role.REVIEWER, Role.INVESTIGATOR}), "reviewer", usual, others, sends or {})


def identity_route(
    who: str,
    usual: int = 200,
    apart: Mapping[str, int] | None = None,
    *,
    sends: Mapping[str, object] | None = None,
) -> Route:
    """Whoever may be sent to a witness: everybody but auditors."""
    return Route(frozenset(Role) - {Role.AUDITOR}, who, usual, apart or {}, sends or {})


def asking_route(usual: int = 200, apart: Mapping[str, int] | None = None) -> Route:
    """Whoever may ask who a witness is."""
    return Route(frozenset(Role) - {Role.AUDITOR, Role.INTERVIEWER}, "reviewer", usual, apart or {})


def watched(usual: int = 200, *, sends: Mapping[str, object] | None = None) -> Route:
    """Alarms: for those who can look into them, and those who can act on them."""
    return Route(frozenset({Role.AUDITOR, Role.CUSTODIAN}), "auditor", usual, sends=sends or {})


def kept(usual: int, *, sends: Mapping[str, object] | None = None) -> Route:
    """A custodian and an account in any state."""
    return route("custodian", usual, sends=sends, unknown=404, no_code=404)


TURN = {"revision": "1"}
TODAY = Clock().now.date().isoformat()
GRAVE = {"reason": "asked for by the council", "password": PASSWORD}
TAKEN_BACK = {"purposes": "any", "recognised_by": "safe_words", "channel": "in_person"}
NOT_MINE = {"others": 404, "submitted": 404, "unknown": 404}
NOT_MY_SEARCH = {"others": 404, "unknown": 404}

GAP = {**GRAVE, "since": "2026-02", "until": "2026-02", "holders": "a driver"}
KIN = {**GRAVE, "who": "a daughter", "interest": "to hear of it"}
NEED = {**GRAVE, "danger": "a man at the well", "to_whom": "child protection", "told": "a boy, tonight"}


def around(usual: int, *, sends: Mapping[str, object] | None = None) -> Route:
    """What stands around a testimony: for custodians and reviewers."""
    both = frozenset({Role.CUSTODIAN, Role.REVIEWER})
    return Route(both, "custodian", usual, {"unknown": 404, "no_code": 404}, sends or {})


ROUTES: Mapping[str, Route] = {
    "around.account": around(200),
    "around.propose_wall": kept(422),
    "around.confirm_wall": route("custodian", 404, sends=GRAVE),
    "around.drop_wall": route("custodian", 404, sends=GRAVE),
    "around.propose_review": around(422),
    "around.confirm_review": around(404, sends=GRAVE),
    "around.drop_review": around(404, sends=GRAVE),
    "around.note_gap": around(303, sends=GAP),
    "around.note_kin": kept(303, sends=KIN),
    "around.end_kin": route("custodian", 404, sends=GRAVE),
    "around.propose_referral": kept(303, sends=NEED),
    "around.confirm_referral": route("custodian", 404, sends=GRAVE),
    "around.drop_referral": route("custodian", 404, sends=GRAVE),
    "around.finish_public": route("custodian", 404, sends={**GRAVE, "outcome": "edited"}),
    "review.ask_silence": original(409),
    "review.silence_page": original(404),
    "review.take_silence_back": original(404, sends=GRAVE),
    "review.rendering_page": original(403, received=409),
    "review.seal_rendering": original(403, received=409),
    "review.renderings": original(200),
    "frame.home": mine(),
    "enrolment.account": mine(),
    "enrolment.password_page": mine(),
    "enrolment.change_password": mine(422, password="no", new_password="no", new_password_again="no"),
    "enrolment.code_generator_page": mine(),
    "enrolment.turn_on_code_generator": mine(422, password="no", code="000000"),
    "own_account.close_others": mine(303),
    "own_account.close_session": mine(404),
    "own_account.code_off_page": mine(),
    "own_account.turn_off_code": mine(422, password="no"),
    "own_account.recovery_codes_page": mine(),
    "own_account.renew_recovery_codes": mine(422, password="no"),
    "own_account.second_password_page": mine(),
    "own_account.set_second_password": mine(422, password="no", second="no", second_again="no"),
    "own_account.remove_second_password": mine(422, password="no"),
    "intake.index": route("interviewer"),
    "intake.start": route("interviewer", 303),
    "intake.show_step": route("interviewer", 200, NOT_MINE),
    "intake.leave_step": route("interviewer", 303, NOT_MINE, sends={"version": "1"}),
    "intake.show_conditions": route("interviewer", 200, NOT_MINE),
    "intake.leave_conditions": route("interviewer", 303, NOT_MINE, sends={"version": "1"}),
    "intake.show_basis": route("interviewer", 200, NOT_MINE),
    "intake.leave_basis": route("interviewer", 303, NOT_MINE, sends={"version": "1"}),
    "intake.add_file": route("interviewer", 303, NOT_MINE, sends={"kind": KIND_OF_FILE, "acquired": "cable"}),
    "intake.remove_file": route("interviewer", 303, NOT_MINE),
    "intake.check": route("interviewer", 200, NOT_MINE),
    "intake.seal": route("interviewer", 303, others=404, unknown=404),
    "intake.sealed": route("interviewer", 404, submitted=200),
    "intake.earlier": route("interviewer", 200, NOT_MINE),
    "intake.ask_earlier": route("interviewer", 303, NOT_MINE, sends={"go": "no_name"}),
    "intake.ask_second": route("interviewer", 422, NOT_MINE, sends={"reason": "she asked for it"}),
    "intake.ask_discard": route("interviewer", 200, NOT_MINE),
    "intake.discard": route("interviewer", 303, NOT_MINE),
    "review.front": route("reviewer"),
    "review.released": route("reviewer"),
    "review.try_again": route("reviewer", 303),
    "review.workspace": original(200),
    "review.warning": original(200, sealed=200),
    "review.go_on": original(303, sealed=303, quarantined=303, unknown=303),
    "review.take_account": original(409, received=303),
    "review.take_account_over": original(409, sends=TURN),
    "review.mark": original(409, redacting=303, sends={**TURN, "category": "X.1", "words": "wall"}),
    "review.decide_mark": original(409, redacting=404, sends={**TURN, "accept": "nobody-made-this"}),
    "review.change": original(409, redacting=404, sends={**TURN, "category": "X.1", "mark": "none"}),
    "review.stretch": original(409, redacting=404, sends={**TURN, "mark": "none", "edge": "start_out"}),
    "review.everywhere": original(409, redacting=404, sends={**TURN, "mark": "none"}),
    "review.mentions": original(404, received=409),
    "review.undo_act": original(409, sends=TURN),
    "review.note": original(409, redacting=303, sends={**TURN, "note": "the lorries"}),
    "review.keep": original(204, received=409, sends={"note": "the lorr"}),
    "review.file": original(404),
    "review.files_page": original(200),
    "review.copying_page": original(404),
    "review.file_picture": original(404),
    "review.make_copy": original(404, sends={"audience": "partner"}),
    "review.text_page": original(404),
    "review.make_text_copy": original(404, sends={"audience": "partner"}),
    "review.copy_page": route("reviewer", unknown=404),
    "review.compare_copy": route("reviewer", unknown=404),
    "review.copy_picture": route("reviewer", unknown=404),
    "review.copy_content": route("reviewer", unknown=404),
    "review.approve_file": route("reviewer", unknown=404),
    "review.send_file_back": route("reviewer", unknown=404, sends={"answer": "the plate"}),
    "review.release_file": route("reviewer", unknown=404),
    "review.propose_layer": original(409, redacting=403, sends={**TURN, "audience": "court"}),
    "review.residual_page": original(200),
    "review.propose_despite_it": original(422, sends={**TURN, "reason": "short"}),
    "review.set_population": original(422, sends={"place": "nowhere", "band": "PB9"}),
    "review.lift_mark": original(422, sends={**TURN, "mark": "none", "layer": "partner"}),
    "review.end_lift_of": original(409, redacting=404, sends={**TURN, "mark": "none"}),
    "review.name_recipient": original(422, sends={"audience": "partner", "kind": "RT02"}),
    "review.propose_to_recipient": original(409, redacting=404, sends=TURN),
    "review.seal_layer": route("reviewer_b", 404, unknown=404),
    "review.sealed_page": original(404, sealed=404),
    "review.sealed_file": original(404, sealed=404),
    "review.seal_file": route("reviewer", unknown=404),
    "review.hand_to_recipient_page": original(404, sealed=404),
    "review.prepare_to_recipient": original(404, sealed=404),
    "review.take_package_out": route("reviewer", 404),
    "review.add_text": original(422, sends={"follows": "1", "kind": "notes", "language": "eng"}),
    "review.compare_page": route("reviewer_b", unknown=404),
    "review.alone_page": route("reviewer_b", 200, proposed=409, unknown=404),
    "review.approve_layer": route("reviewer_b", 409, unknown=404),
    "review.send_layer_back": route(
        "reviewer_b", 409, proposed=303, approved=303, unknown=404, sends={"answer": "too little"}
    ),
    "review.witness_page": route("reviewer_b", unknown=404),
    "review.record_witness_word": route(
        "reviewer_b",
        409,
        proposed=303,
        approved=303,
        unknown=404,
        sends={"word": "yes", "asked_by": "recorder", "asked_on": TODAY},
    ),
    "review.release_page": original(200, sealed=200),
    "review.release_layer": original(409, approved=303),
    "review.past_release": original(404, released=200, sealed=404),
    "review.bearings_page": original(200),
    "review.mark_it": original(422),
    "review.take_it_back": original(404),
    "finding.index": route("investigator"),
    "finding.purpose_page": route("investigator"),
    "finding.choose_purpose": route("investigator", 303, sends={"purpose": "CP07"}),
    "finding.start_search": route("investigator", 303, sends={"query": "well"}),
    "finding.found": route("investigator", 303),
    "finding.change_search": route("investigator", 303),
    "finding.take_codes": route("investigator", 303),
    "finding.turn_keys": route("investigator", 303),
    "finding.similar_to": route("investigator", 404, released=200),
    "finding.read": route("investigator", 404, released=200),
    "finding.on_paper": route("investigator", 404, released=200),
    "finding.released_file": route("investigator", 404),
    "finding.open_graphic": route("investigator", 303, no_code=404),
    "finding.help_page": route("investigator"),
    "coding.account": coded(200),
    "coding.set_types": coded(303, sends={"types": "AT01"}),
    "coding.act_form": coded(200),
    "coding.code_it": coded(422),
    "coding.withdraw": coded(404),
    "coding.closed": replace(coded(200), usual=200, others={"no_code": 404}),
    "finding.save_page": route("investigator", 303),
    "finding.save_search": route("investigator", 303, sends={"name": "wells"}),
    "finding.saved_page": route("investigator"),
    "finding.run_saved": route("investigator", 303, NOT_MY_SEARCH),
    "finding.see_saved": route("investigator", 303, NOT_MY_SEARCH),
    "finding.ask_forget": route("investigator", 200, NOT_MY_SEARCH),
    "finding.forget_saved": route("investigator", 303, NOT_MY_SEARCH),
    "finding.originals_index": route("investigator"),
    "finding.search_in_originals": route("investigator", 422),
    "finding.found_originals": route("investigator", 303),
    "finding.original": route("investigator", 303),
    "finding.open_original": route("investigator", 303),
    "log.index": route("auditor"),
    "log.event_page": route("auditor", unknown=404),
    "log.open_words": route("auditor", 404),
    "log.check_page": route("auditor"),
    "log.check": route("auditor"),
    "log.checkpoints": route("auditor"),
    "log.take_checkpoint": route("auditor", 303),
    "log.checkpoint": route("auditor", 404),
    "log.proof_page": route("auditor", unknown=404),
    "log.proof_file": route("auditor", unknown=404),
    "log.growth_page": route("auditor"),
    "log.checkpoint_file": route("auditor", 404),
    "log.checkpoint_letter": route("auditor", 404),
    "log.kept_page": route("auditor"),
    "log.compare_kept": route("auditor", sends={"kept": "nothing of this log"}),
    "log.compare_kept_file": route("auditor"),
    "log.memory_page": route("auditor"),
    "log.begin_memory_anew": route("auditor", 303, sends=GRAVE),
    "log.sign_out_with_checkpoint": route("auditor"),
    "log.picture_page": route("auditor"),
    "log.questions_page": route("auditor"),
    "log.question_page": route("auditor", unknown=404),
    "log.person_page": route("auditor", unknown=404),
    "log.testimony_page": route("auditor", unknown=404, no_code=404),
    "log.testimony_readers": route("auditor", unknown=404, no_code=404),
    "log.case_page": route("auditor", unknown=404),
    "log.findings_page": route("auditor"),
    "log.new_finding": route("auditor"),
    "log.open_finding": route("auditor", 422),
    "log.finding_page": route("auditor", unknown=404),
    "log.add_note": route("auditor", 422, unknown=404),
    "log.saved_page": route("auditor"),
    "log.save_page": route("auditor"),
    "log.save_filter": route("auditor", 422),
    # Saved searches of an investigator, here: an auditor's own are in tests/web/test_room_pages.py.
    "log.open_saved": route("auditor", 404),
    "log.forget_saved": route("auditor", 404),
    "log.report_page": route("auditor"),
    "log.report_file": route("auditor"),
    "custody.index": route("custodian"),
    "custody.accounts_page": route("custodian"),
    "custody.invite_page": route("custodian"),
    "custody.invite": route("custodian", sends={"handle": "nadia", "name": "Nadia", "roles": "interviewer"}),
    "custody.account_page": route("custodian", unknown=404),
    "custody.suspend": route("custodian", 303, oneself=409, unknown=404, sends=GRAVE),
    "custody.account_safety": route("custodian", unknown=404),
    "custody.sign_out_account": route("custodian", 303, unknown=404, sends=GRAVE),
    "custody.question_interpreter": route("custodian", 303, unknown=404, sends=GRAVE),
    "custody.ask_to_lift": route("custodian", 404, oneself=422, unknown=404, sends=GRAVE),
    "custody.agree_to_lift": route("custodian", 404, oneself=422, unknown=404, sends=GRAVE),
    "custody.cases_page": route("custodian"),
    "custody.case_form_page": route("custodian"),
    "custody.open_case": route("custodian", 303, sends={"case_id": "CASE-3", "title": "Third"}),
    "custody.case_page": route("custodian", unknown=404),
    "custody.set_case_status": route("custodian", 303, unknown=404, sends={**GRAVE, "status": "closed"}),
    "custody.set_threshold": route(
        "custodian", 303, unknown=404, sends={**GRAVE, "audience": "public", "people": "20"}
    ),
    "custody.keys_page": route("custodian"),
    "custody.set_rotation": route("custodian", 303, sends={**GRAVE, "days": "180"}),
    "custody.order_form_page": route("custodian"),
    "custody.order_keys": route(
        "custodian", 303, sends={**GRAVE, "compartments": ["vault"], "cause": "rotation", "account": ""}
    ),
    "custody.key_order_page": route("custodian", unknown=404),
    "custody.confirm_keys": route("custodian", 303, unknown=404, sends=GRAVE),
    "custody.carry_out_keys": route("custodian", 303, unknown=404),
    "custody.drop_key_order": route("custodian", 303, unknown=404, sends=GRAVE),
    "log.keys": route("auditor"),
    "custody.grants_page": route("custodian"),
    "custody.grant_form_page": route("custodian"),
    "custody.give_grant": route("custodian", 422),
    "custody.backups_page": route("custodian"),
    "custody.confirm_backup_key": route("custodian", 409, sends={**GRAVE, "fingerprint": "0" * 64}),
    "custody.set_backup_limit": route("custodian", 303, sends={"days": "3"}),
    "log.backups_page": route("auditor"),
    "custody.recovery_page": route("custodian"),
    "custody.sheets_page": route("custodian"),
    "custody.order_sheets": route("custodian", 303, sends={**GRAVE, "count": "5", "needed": "3"}),
    "custody.confirm_sheets": route("custodian", 404, sends=GRAVE),
    "custody.next_sheet": route("custodian", 303),
    "custody.withdraw_sheets": route("custodian", 404),
    "custody.sharing_page": route("custodian"),
    "custody.order_sharing": route("custodian", 303, sends=GRAVE),
    "custody.confirm_sharing": route("custodian", 404, sends=GRAVE),
    "custody.withdraw_sharing": route("custodian", 404),
    "custody.reissue_page": route("custodian", unknown=404),
    "custody.order_reissue": route("custodian", oneself=409, invited=409, unknown=404, sends=GRAVE),
    "custody.confirm_reissue": route("custodian", 404, oneself=409, invited=409, sends=GRAVE),
    "custody.withdraw_reissue": route("custodian", 404),
    "identity.index": identity_route("interviewer"),
    "asking.ask_page": asking_route(apart={"no_code": 404}),
    "asking.ask": asking_route(422, {"no_code": 404}),
    "asking.request_page": asking_route(apart={"unknown": 404}),
    "asking.cancel": asking_route(409, {"waiting": 303, "unknown": 404}),
    "asking.show_fields": asking_route(422, {"unknown": 404}),
    "identity.concerned_page": identity_route("interviewer"),
    "identity.declare": identity_route("interviewer", 422),
    "identity.contact_page": identity_route("reviewer", apart={"unknown": 404}),
    "identity.show_contact": identity_route("reviewer", apart={"unknown": 404}, sends={"password": PASSWORD}),
    "identity.finish_contact": identity_route(
        "reviewer", 303, {"unknown": 404}, sends={"outcome": "not_reached"}
    ),
    "custody.identities_page": route("custodian"),
    "custody.identity_page": route("custodian", unknown=404),
    "custody.agree": route("custodian", 409, waiting=303, unknown=404, sends=GRAVE),
    "custody.refuse_page": route("custodian", unknown=404),
    "custody.say_no": route("custodian", 409, waiting=303, unknown=404, sends=GRAVE),
    "custody.too_near": route("custodian", 303, unknown=404),
    "custody.closing_page": route("custodian", unknown=404, no_code=404),
    "custody.close": route("custodian", 404, sends=GRAVE),
    "custody.reopen": route("custodian", 404, sends=GRAVE),
    "alarms.index": watched(),
    "alarms.answer": watched(404, sends={"note": "looked"}),
    "alarms.rules": watched(),
    "alarms.rule_page": watched(),
    "alarms.set_rule": watched(303, sends={**GRAVE, "limit": "30", "span": "60"}),
    "alarms.ask_off": watched(303, sends=GRAVE),
    "alarms.agree_off": watched(409, sends=GRAVE),
    "alarms.keep_on": watched(409),
    "custody.seen": route("custodian", unknown=404, no_code=404),
    "custody.grant_page": route("custodian", asked=404, unknown=404),
    "custody.end_grant": route("custodian", 303, ended=404, asked=404, unknown=404, sends=GRAVE),
    "custody.request_page": route("custodian", unknown=404),
    "custody.approve_request": route("custodian", 409, asked=303, unknown=404, sends=GRAVE),
    "custody.refuse_request": route("custodian", 409, asked=303, unknown=404, sends=GRAVE),
    "custody.take_back_proposal": route("custodian", 409, asked=404, unknown=404),
    "custody.walls_page": route("custodian", unknown=404),
    "custody.propose_wall": route("custodian", 422, unknown=404, sends=GRAVE),
    "custody.confirm_wall": route("custodian", 404, sends=GRAVE),
    "custody.drop_wall": route("custodian", 404, sends=GRAVE),
    "custody.confirm_page": route("custodian", 404, invited=200),
    "custody.confirm_account": route("custodian", 409, invited=303, unknown=404, sends=GRAVE),
    "finding.own_grants": route("investigator"),
    "finding.ask_page": route("investigator"),
    "finding.ask": route("investigator", 422),
    "finding.take_back_request": route("investigator", 404, asked=303),
    "custody.due_page": route("custodian"),
    "custody.consent_page": kept(200),
    "custody.new_consent_page": kept(200),
    "custody.record_consent": kept(422),
    "custody.confirm_consent": route("custodian", 404, sends=GRAVE),
    "custody.decline_consent": route("custodian", 404, sends=GRAVE),
    "custody.record_event": kept(303, sends={"what": "death", "occurred_on": TODAY}),
    "custody.confirm_event": route("custodian", 404, sends=GRAVE),
    "custody.drop_event": route("custodian", 404, sends=GRAVE),
    "custody.taking_back_page": kept(200),
    "custody.take_back": kept(303, sends=TAKEN_BACK),
    "custody.receipt": kept(404),
    "custody.note_receipt": kept(404, sends={"said": "given"}),
    "custody.disclosures_page": route("custodian"),
    "custody.disclosure_page": route("custodian", 404),
    "custody.act_on_disclosure": route("custodian", 404, sends={"act": "approve"}),
    "intake.coming_back": route("interviewer"),
    "intake.look_up": route("interviewer", 422),
    "intake.take_back": route("interviewer", 422),
    "intake.record_decision": route("interviewer", 422),
    "intake.receipt": route("interviewer", 404),
    "intake.note_receipt": route("interviewer", 404, sends={"said": "given"}),
    "review.hand_over_page": original(200, sealed=200),
    "review.prepare_hand_over": original(422, sealed=422, quarantined=422, unknown=422, no_code=422),
    "custody.register": route("custodian"),
    "custody.find": route("custodian", 422),
    "custody.testimony": route("custodian", unknown=404, no_code=404),
    "custody.retention_page": route("custodian"),
    "custody.propose_due": route("custodian", 303, sends=GRAVE),
    "custody.erasures_page": route("custodian"),
    "custody.erasure_form_page": route("custodian", unknown=404, no_code=404),
    "custody.propose_erasure": route(
        "custodian", 303, unknown=404, no_code=404, sends={**GRAVE, "cause": "witness_wish"}
    ),
    "custody.erasure_page": route("custodian", unknown=404),
    "custody.approve_erasure": route("custodian", 303, mine=422, carried_out=409, unknown=404, sends=GRAVE),
    "custody.refuse_erasure": route("custodian", 303, carried_out=409, unknown=404, sends=GRAVE),
    "custody.certificate_page": route("custodian", 409, carried_out=200, unknown=404),
    "custody.certificate_file": route("custodian", 409, carried_out=200, unknown=404),
    "custody.holds_page": route("custodian"),
    "custody.hold_form_page": route("custodian"),
    "custody.place_hold": route(
        "custodian",
        303,
        sends={
            **GRAVE,
            "scope": "case",
            "case_id": "CASE-1",
            "cause": "LH01",
            "authority": "a court",
            "review_on": "2026-06-01",
        },
    ),
    "custody.hold_page": route("custodian", unknown=404),
    "custody.keep_hold": route("custodian", 303, unknown=404, sends={**GRAVE, "review_on": "2026-09-01"}),
    "custody.ask_lift": route("custodian", 303, unknown=404, sends=GRAVE),
    "custody.lift_hold": route("custodian", 303, held=422, unknown=404, sends=GRAVE),
    "custody.demands_page": route("custodian"),
    "custody.demand_form_page": route("custodian"),
    "custody.record_demand": route(
        "custodian",
        303,
        sends={
            **GRAVE,
            "received_on": TODAY,
            "kind": "subpoena",
            "words": "a court",
            "case_id": "CASE-1",
        },
    ),
    "custody.demand_page": route("custodian", unknown=404),
    "custody.offer_account": route("custodian", 422, unknown=404, sends=GRAVE),
    "custody.second_accounts_page": route("custodian"),
    "custody.decide_second_account": route("custodian", 303, decided=409, unknown=404, sends=GRAVE),
    "custody.witness_links_page": route("custodian"),
    "custody.propose_witness_link": route("custodian", 422),
    "custody.decide_witness_link": route("custodian", 404, witness=303, sends=GRAVE),
    "links.index": linked(),
    "links.propose": linked(422),
    "links.link": linked(200, unknown=404),
    "links.decide": linked(404, incident=303, sends={"reason": "another year"}),
    "custody.move_demand": route("custodian", 303, unknown=404, sends={"words": "a letter"}),
    "custody.list_for_counsel": route("custodian", 200, new=409, unknown=404),
    "custody.incidents_page": route("custodian"),
    "custody.incident_form_page": route("custodian"),
    "custody.record_incident": route(
        "custodian",
        303,
        sends={
            "kind": "SI01",
            "found_on": TODAY,
            "found_at": "09:00",
            "words": "lost",
            "handle": "reviewer-2",
        },
    ),
    "custody.incident_page": route("custodian", unknown=404),
    "custody.step_incident": route("custodian", 303, unknown=404, sends={**GRAVE, "step": "contained"}),
    "custody.mark_warned": route("custodian", 409, unknown=404),
    "custody.affected_form_page": route("custodian"),
    "custody.affected": route("custodian", sends={"handle": "reviewer-2"}),
}
PUBLIC = {
    "static",
    "enrolment.enrol",
    "enrolment.enrol_page",
    "frame.blank",
    "frame.leave",
    "frame.sign_in",
    "frame.sign_in_page",
    "frame.sign_out",
    "frame.signed_out",
}


@dataclass
class World:
    """An archive with something in every state, its pages, and one browser a person."""

    archive: Archive
    app: Flask
    things: Things
    door: SignIn
    clock: Clock
    visitors: dict[str, Visitor] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    absent: dict[str, TestResponse] = field(default_factory=dict)

    def visitor(self, name: str) -> Visitor:
        """Signed in when first asked for. An empty name: somebody who is not."""
        if name not in self.visitors:
            client = self.app.test_client()
            client.environ_base["wsgi.url_scheme"] = "https"
            visitor = self.visitors[name] = Visitor(client)
            if name:
                visitor.sign_in(name)
            else:
                visitor.get("/sign-in")
        return self.visitors[name]

    def address(self, rule: Rule, state: str) -> str:
        """The address of a route that names something in this state."""
        gaps: dict[str, object] = {
            "filename": "icon.svg",
            "name": "account",
            "audience": "partner",
            "number": 1,
            "recipient_id": "nobody",
            **dict.fromkeys(("proposal_id", "event_id", "disclosure_id"), "0" * 16),
            "version": 1,
        }
        gaps["rule"] = "bulk-reading"
        gaps |= {"answer": "refuse", "decision": "undo"}
        gaps["object_id"] = self.things.draft_file
        gaps["release_id"] = self.things.states("release_id")["known"]
        gaps["act_id"] = gaps["bearing_id"] = gaps["step_id"] = "0" * 16
        gaps["code"] = self.things.states("code")["released"]
        if (named := named_by(rule)) is not None:
            gaps[named] = self.things.states(named)[state]
        return self.app.url_map.bind("localhost").build(rule.endpoint, {n: gaps[n] for n in rule.arguments})

    def nothing(self, name: str) -> TestResponse:
        """What this person sees where there is no page."""
        if name not in self.absent:
            self.absent[name] = self.visitor(name).get("/no-such-page")
        return self.absent[name]

    def denied(self) -> list[str]:
        """Who was denied something, oldest first."""
        wanted = sa.select(ENTRIES.c.actor).where(ENTRIES.c.action == Action.DENIED.value)
        with self.session("custodian_b").reading() as connection:
            return [row.actor for row in connection.execute(wanted.order_by(ENTRIES.c.seq))]

    def account_id(self, name: str) -> str:
        return str(self.session(name).account.id)

    def session(self, name: str) -> Session:
        if name not in self.sessions:
            self.sessions[name] = self.door.sign_in(HANDLES[name], PASSWORD, None, self.clock())
        return self.sessions[name]


def named_by(rule: Rule) -> str | None:
    return next((name for name in NAMED_FIRST if name in rule.arguments), None)


def states_of(things: Things, rule: Rule) -> tuple[str, ...]:
    named = named_by(rule)
    return ("",) if named is None else tuple(things.states(named))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Things]:
    return every_state(tmp_path_factory)


def open_world(template: tuple[Path, Things], path: Path) -> World:
    shutil.copytree(template[0], path)
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    throttle, clock = Throttle(), Clock()
    services = Services(
        name="Test archive",
        archive=archive,
        door=SignIn(archive, throttle),
        throttle=throttle,
        store=SessionStore(archive),
        clock=clock,
        sign_in_rate=UNBOUNDED,
        request_rate=UNBOUNDED,
    )
    return World(archive, create_app(services), template[1], services.door, clock)


@pytest.fixture(scope="module")
def shared(template: tuple[Path, Things], tmp_path_factory: pytest.TempPathFactory) -> World:
    """For those who are turned away: they change nothing but the log."""
    return open_world(template, tmp_path_factory.mktemp("shared") / "archive")


@pytest.fixture
def world(template: tuple[Path, Things], tmp_path: Path) -> World:
    return open_world(template, tmp_path / "archive")


def rules(app: Flask, endpoint: str) -> Rule:
    (rule,) = (rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    return rule


def call(visitor: Visitor, rule: Rule, address: str, fields: Mapping[str, object]) -> TestResponse:
    if "POST" not in (rule.methods or set()):
        return visitor.get(address)
    if rule.endpoint == "log.compare_kept_file":
        fields = {**fields, "file": (BytesIO(b"no checkpoint"), "kept.txt", "text/plain")}
    if rule.endpoint == "intake.add_file":
        fields = {**fields, "file": (BytesIO(b"a second map"), "second.png", "image/png")}
    return visitor.send(address, dict(fields))


def comparable(answer: TestResponse, address: str) -> str:
    """A page without its form tokens and without its own address, which the language links repeat."""
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text)
    return page.replace(address, "")


def test_every_route_is_in_the_table_with_the_roles_that_may_call_it(shared: World) -> None:
    marks = {
        rule.endpoint: allowed(shared.app.view_functions[rule.endpoint])
        for rule in shared.app.url_map.iter_rules()
    }

    assert {endpoint for endpoint, mark in marks.items() if mark.public} == PUBLIC
    assert {e: mark.roles for e, mark in marks.items() if not mark.public} == {
        e: r.roles for e, r in ROUTES.items()
    }


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_who_is_not_signed_in_is_led_to_the_door(shared: World, endpoint: str) -> None:
    rule, visitor = rules(shared.app, endpoint), shared.visitor("")
    posts = "POST" in (rule.methods or set())

    for state in states_of(shared.things, rule):
        answer = call(visitor, rule, shared.address(rule, state), {})
        assert answer.status_code == (401 if posts else 303), state
        assert 'href="/sign-in"' in answer.text or answer.headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "endpoint", sorted(e for e, route in ROUTES.items() if route.roles != frozenset(Role))
)
def test_for_another_role_there_is_no_such_page_and_the_attempt_is_in_the_log(
    shared: World, endpoint: str
) -> None:
    rule, before = rules(shared.app, endpoint), len(shared.denied())
    strangers = sorted(frozenset(Role) - ROUTES[endpoint].roles)
    states = states_of(shared.things, rule)
    # Each stranger, and each state: the guard answers before anything is looked up.
    tries = [
        (strangers[n % len(strangers)], states[n % len(states)])
        for n in range(max(len(strangers), len(states)))
    ]

    for stranger, state in tries:
        visitor, address = shared.visitor(stranger.value), shared.address(rule, state)
        answer, nothing = call(visitor, rule, address, {}), shared.nothing(stranger.value)
        assert answer.status_code == 404, (stranger, state)
        assert comparable(answer, address) == comparable(nothing, "/no-such-page")

    ids = {role: shared.account_id(role.value) for role in strangers}
    assert shared.denied()[before:] == [ids[stranger] for stranger, _ in tries]


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_a_form_without_its_token_does_nothing(shared: World, endpoint: str) -> None:
    rule = rules(shared.app, endpoint)
    if "POST" not in (rule.methods or set()):
        return
    visitor = shared.visitor(ROUTES[endpoint].who)
    named = states_of(shared.things, rule)[0]

    bare = Visitor(visitor.client, "")
    answer = call(bare, rule, shared.address(rule, named), ROUTES[endpoint].sends)

    assert answer.status_code == 400
    assert "open too long" in answer.text or "Send it again" in answer.text or "again" in answer.text


@pytest.mark.parametrize("endpoint", sorted(ROUTES))
def test_for_the_right_role_the_state_of_the_thing_decides(
    shared: World, template: tuple[Path, Things], tmp_path: Path, endpoint: str
) -> None:
    expected, rule = ROUTES[endpoint], rules(shared.app, endpoint)
    # Who was shown a text may not render it anew, which is asked of the same world afterwards.
    changes = "POST" in (rule.methods or set()) or endpoint in ("review.front", "review.bearings_page")
    world = open_world(template, tmp_path / "archive") if changes else shared
    states, visitor = states_of(world.things, rule), world.visitor(expected.who)
    visitor.get("/account")
    if endpoint.startswith("finding.") and endpoint != "finding.choose_purpose":
        visitor.post("/finding/purpose", purpose="CP07")

    answers = {
        state: call(visitor, rule, world.address(rule, state), expected.sends).status_code for state in states
    }

    assert answers == {state: expected.others.get(state, expected.usual) for state in states}
