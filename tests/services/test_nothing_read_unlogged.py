"""Services read the archive in a unit of work, which writes an entry. Who does not is on this list, with why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import testimony.services

WITHOUT_AN_ENTRY = {
    "account_links.count_waiting": "a number for the front page",
    "alarm_notices._due": "names of rules, times and numbers of alarms, to be sent; nobody sees more",
    "alarms.count_open": "numbers for the front page",
    "approving_files.code_of_copy": "which account a file belongs to, to decide where to lead; shows nothing",
    "attaching.attach": "one's own draft, before a file is put into it",
    "backup_status.backups_due": "when backups were made, for the front page",
    "bundles.profile_of": "one's own handle and recovery codes, to lock one's own bundle",
    "carrying_out.carry_out_waiting": "which withdrawals wait; carrying each out is an entry",
    "checking._attachments": "part of that check",
    "checking._copies": "part of that check",
    "checking.check": "counts of what is sound; the check is an entry of its own",
    "coded.releases_to_code": "which releases there are to choose from; the page that shows one is an entry",
    "confirming.unconfirmed": "names of accounts that wait for a second custodian, for the front page",
    "consent_history.count_due": "numbers for the front page",
    "contact_tasks.count_open": "a number for the front page",
    "custody.promises": "numbers for the front page",
    "demand_offers.asked_for_by": "a number on the page of a demand that was just shown with its entry",
    "demand_offers.times_asked_for": "a number on the page of a testimony that was just shown with its entry",
    "demands.count_open": "a number for the front page",
    "demonstration.making._hand_in": "makes the demonstration",
    "duress.held": "which accounts rest, for the front page",
    "ended_grants.has_ended": "grants of this session, to close it",
    "earlier_answers.answer_waiting": "sealed questions and tags; answering each is an entry, and nobody sees them",
    "earlier_questions._require_patience": "how often one asked",
    "earlier_questions.is_open_to_write": "one's own draft",
    "earlier_questions.own_question": "what one asked oneself about one's own draft",
    "erasing.carry_out_waiting": "which erasures wait; carrying each out is an entry",
    "erasing.close_erased": "what a restored copy still holds; closing each is an entry",
    "erasures.count_recalls": "how many recipients did not answer, on the page that was just shown with its entry",
    "erasures.count_to_approve": "a number for the front page",
    "exporting_log.export_log": "the log itself, no content; its entry is written before the first line",
    "finding.begin_purpose": "one's own grants",
    "finding.offered_purposes": "one's own grants",
    "finding_consent.require_patience": "how often one typed a code that leads nowhere",
    "finding_people.handle_of": "what the account is called that a finding is to be about, chosen from the log",
    "finding_people.owners": "auditors' own names, to choose who looks after a finding",
    "findings.pinned": "numbers and days of open findings, for the side of the auditors' room",
    "grant_views._quietly": "how many requests wait, for the front page",
    "grant_views.ending_soon": "one's own grants",
    "hold_views.count_lifts": "a number for the front page",
    "hold_views.count_reviews": "a number for the front page",
    "identity_sweeping.sweep": "what is past its time; ending each is an entry",
    "identity_views.count_waiting": "a number for the front page",
    "identity_views.open_to": "which of one's own requests were opened, for the front page",
    "importing._import_line": "whether one brought in the same line before",
    "incidents.count_open": "a number for the front page",
    "intake.check_draft": "one's own draft",
    "intake.count_drafts": "one's own drafts",
    "intake.list_drafts": "one's own drafts",
    "intake.open_cases": "names of open cases for whoever may hand in",
    "intake.open_draft": "one's own draft",
    "intake.own_submissions": "the numbers of what one handed in oneself",
    "interpreter_limits.limit_named": "whether originals were gone through for them; each limit is an entry",
    "interpreters.limit_what_is_known": "which interpreters are under question; each limit is an entry",
    "interpreters.questioned": "one word on the page of an account that was just shown with its entry",
    "joint_reviews.waiting_reviews": "codes with a review that waits, for the front page",
    "key_cards.costs": "how many identities are sealed",
    "key_cards.due": "numbers for the front page",
    "key_cards.held_by": "which compartments an account opens",
    "looking.code_of": "which account a layer belongs to, to decide where to lead; shows nothing",
    "matching_key.pass_on": "which colleagues lack a key; handing it on is an entry",
    "membership._changes": "who lacks a key",
    "next_of_kin.identities_to_close": "codes whose identity is to be closed, for the front page",
    "original_readers.offered_original_cases": "one's own grants",
    "own_account.recovery_codes_left": "one's own",
    "public_material.open_tasks": "codes with a task that waits, for the front page",
    "receiving.receive_inbox": "what waits sealed; receiving each is an entry",
    "recovery_status._status": "numbers of sheets and their dates",
    "redacted_rows.sign_rows": "whether one brought in the same row before",
    "referrals.waiting_referrals": "codes with a referral that waits, for the front page",
    "rekey_running._carry_out_one": "whether two stand for an order; carrying it out is an entry",
    "rekeying._with_wraps": "to whom a share may be lent; the order is an entry",
    "reindexing._begin": "part of that",
    "reindexing._mend_pages": "part of that",
    "reindexing._pages": "part of that",
    "reindexing._rebuild": "texts to their index; nobody sees them, and the rebuilding is an entry",
    "reindexing._term_pages": "part of that",
    "reindexing.fill": "whether the index is empty",
    "reissuing.waiting_order": "that an order waits for an account, whose page was just shown with its entry",
    "rekey_running.reseal_inbox": "which generation the inbox is sealed to; sealing anew is an entry",
    "resharing._next": "sealed envelopes, to seal them anew; nobody sees them, and it is an entry",
    "resharing._prepare": "part of that",
    "resharing._settle": "part of that",
    "retention.count_due": "a number for the front page",
    "retention.kept_until": "how long the testimony is kept whose page was just shown with its entry",
    "retention.log_review": "when the log is to be looked at",
    "retention.propose_due": "what is due; each proposal is an entry",
    "review.waiting": "a number for the front page",
    "review.warning_of": "whether to warn; whoever is shown the words asks show_warning",
    "saved_filters.find_filter": "one's own saved filter",
    "saved_filters.saved_filters": "one's own saved filters",
    "saved_searches._waiting": "how many releases one's own saved search would find",
    "saved_searches.find_saved": "one's own saved search",
    "saved_searches.saved": "one's own saved searches",
    "saved_searches.unreadable": "one's own saved searches",
    "sessions.reading": "the method itself",
    "signin._open": "the row of who signs in; the sign-in is an entry",
    "signing_out.is_worthless": "since when sessions of this account count",
    "second_account_decisions.count_waiting": "a number for the front page",
    "second_accounts.own_decisions": "what was decided about one's own drafts",
    "second_accounts.own_request": "what one asked oneself about one's own draft",
    "submitting.find_submission": "the number of what one handed in oneself",
    "sweeping.sweep_orphans": "names of sealed files without a row",
    "testimony_walls.waiting_testimony_walls": "codes with a step that waits, for the front page",
    "thresholds.thresholds_of": "figures of a case",
    "timestamping.stamp_queued": "how many checkpoints wait",
    "verification._check": "the log itself; the check is an entry",
    "verification._read_batch": "part of that check",
    "walls.waiting_walls": "cases with a step that waits, for the front page",
    "witness_word.words_on": "what is written about the page that was just shown with its entry",
}


def readers() -> Iterator[str]:
    """Each function of the services that opens a reading without a unit of work."""
    folder = Path(testimony.services.__path__[0])
    for path in sorted(folder.rglob("*.py")):
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_opens_a_reading, ast.walk(node))):
                yield f"{module}.{node.name}"


def _opens_a_reading(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reading"


def test_whoever_reads_without_an_entry_is_on_the_list() -> None:
    assert set(readers()) == set(WITHOUT_AN_ENTRY)


def test_pages_read_nothing_by_themselves() -> None:
    web = Path(testimony.services.__path__[0]).parent / "web"
    for path in web.rglob("*.py"):
        assert not any(map(_opens_a_reading, ast.walk(ast.parse(path.read_text(encoding="utf-8"))))), path
