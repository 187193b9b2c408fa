"""Services read the archive in a unit of work, which writes an entry. Who does not is on this list, with why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import testimony.services

WITHOUT_AN_ENTRY = {
    "alarm_notices._due": "names of rules, times and numbers of alarms, to be sent; nobody sees more",
    "alarms.count_open": "numbers for the front page",
    "approving_files.code_of_copy": "which account a file belongs to, to decide where to lead; shows nothing",
    "attaching.attach": "one's own draft, before a file is put into it",
    "checking.check": "counts of what is sound; the check is an entry of its own",
    "checking._attachments": "part of that check",
    "checking._copies": "part of that check",
    "coded.releases_to_code": "which releases there are to choose from; the page that shows one is an entry",
    "custody.promises": "numbers for the front page",
    "demonstration.making._hand_in": "makes the demonstration",
    "exporting_log.export_log": "the log itself, no content; its entry is written before the first line",
    "finding.offered_purposes": "one's own grants",
    "importing._import_line": "whether one brought in the same line before",
    "intake.open_cases": "names of open cases for whoever may hand in",
    "intake.list_drafts": "one's own drafts",
    "intake.count_drafts": "one's own drafts",
    "intake.open_draft": "one's own draft",
    "intake.check_draft": "one's own draft",
    "intake.find_submission": "the number of what one handed in oneself",
    "intake.own_submissions": "the numbers of what one handed in oneself",
    "looking.code_of": "which account a layer belongs to, to decide where to lead; shows nothing",
    "membership._changes": "who lacks a key",
    "original_readers.offered_original_cases": "one's own grants",
    "receiving.receive_inbox": "what waits sealed; receiving each is an entry",
    "redacted_rows.sign_rows": "whether one brought in the same row before",
    "reindexing.fill": "whether the index is empty",
    "reindexing._rebuild": "texts to their index; nobody sees them, and the rebuilding is an entry",
    "reindexing._begin": "part of that",
    "reindexing._mend_pages": "part of that",
    "reindexing._term_pages": "part of that",
    "reindexing._pages": "part of that",
    "review.warning_of": "whether to warn; whoever is shown the words asks show_warning",
    "review.waiting": "a number for the front page",
    "saved_searches.saved": "one's own saved searches",
    "saved_searches.unreadable": "one's own saved searches",
    "saved_searches.find_saved": "one's own saved search",
    "saved_searches._waiting": "how many releases one's own saved search would find",
    "sessions.reading": "the method itself",
    "signin._open": "the row of who signs in; the sign-in is an entry",
    "sweeping.sweep_orphans": "names of sealed files without a row",
    "thresholds.thresholds_of": "figures of a case",
    "timestamping.stamp_queued": "how many checkpoints wait",
    "verification._check": "the log itself; the check is an entry",
    "verification._read_batch": "part of that check",
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
