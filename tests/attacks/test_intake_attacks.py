"""What someone with a keyboard, or with the disk, may try against drafts and submissions. Each attack is
present first, then fails.
"""

import io
import json
from pathlib import Path

import pytest

from crypto.errors import BadSignature, Tampered
from crypto.labels import Label
from crypto.sealing import seal
from testimony.domain.errors import Conflict, NotFound
from testimony.services.archives import Archive
from testimony.services.attaching import FileDescription, attach
from testimony.services.certificates import certified_account
from testimony.services.drafts import Draft, Step, seal_draft
from testimony.services.envelopes import open_submission, seal_submission
from testimony.services.intake import check_draft, list_drafts, open_draft, own_submissions, submit_draft
from testimony.services.opening import sealing_key_of
from testimony.services.submitting import submit
from testimony.storage import drafts, inbox
from testimony.storage.compartments import Compartment
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.intake_answers import ACCOUNT, IDENTITY, type_draft

__all__ = ["archive", "clock", "founded_template", "people"]

HOSTILE = (
    "<script>alert(1)</script>",
    "'; DROP TABLE drafts; --",
    "{{ 7 * 7 }}${7*7}<%= 7 * 7 %>",
    "../../../../etc/passwd\\..\\..",
    "\u202eevil\u202c \u200b\u200d\ufeff\u00ad",
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "👩‍👩‍👧‍👦🇲🇱 ﷽ الكل في المجمو",
    "\x01\x02\x7f\x85\u2028\u2029",
    "%s%n%x $(touch /tmp/pwned) `id` | & ; \r\nSet-Cookie: a=b",
    "=cmd|' /C calc'!A0",
)


def test_a_draft_moved_to_another_account_in_the_table_does_not_open(people: People, clock: Clock) -> None:
    draft_id = type_draft(people["interviewer"], clock())

    with people["interviewer_b"].work(clock()) as work:
        forged = drafts.DRAFTS.update().values(owner_id=people["interviewer_b"].account.id)
        assert work.connection.execute(forged).rowcount == 1

    with pytest.raises(Tampered):
        open_draft(people["interviewer_b"], draft_id, clock())
    with pytest.raises(Tampered):
        submit_draft(people["interviewer_b"], draft_id, clock())


def test_a_draft_forged_for_somebody_else_is_never_handed_in_as_theirs_by_the_forger(
    people: People, clock: Clock
) -> None:
    """Anyone can seal to a public key, so a forged row opens; what it becomes is still only its owner's to
    hand in.
    """
    victim, forger = people["interviewer"], people["interviewer_b"]
    draft_id, at = "f" * 32, clock().isoformat()
    sealed = seal_draft(victim.keys.sealing, Draft(draft_id, at, at))
    with forger.work(clock()) as work:
        drafts.insert_draft(work.connection, drafts.DraftRow(draft_id, victim.account.id, 1, sealed, at, at))

    assert len(list_drafts(victim)) == 1
    with pytest.raises(NotFound):
        submit_draft(forger, draft_id, clock())
    assert not check_draft(victim, draft_id, clock()).is_ready


def test_two_drafts_whose_contents_were_swapped_do_not_open(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    one, two = type_draft(interviewer, clock()), type_draft(interviewer, clock())

    with interviewer.work(clock()) as work:
        rows = {row.draft_id: row for row in drafts.drafts_of(work.connection, interviewer.account.id)}
        assert drafts.replace_draft(work.connection, rows[one], rows[two].sealed, rows[one].updated_at)
        assert drafts.replace_draft(work.connection, rows[two], rows[one].sealed, rows[two].updated_at)

    for draft_id in (one, two):
        with pytest.raises(Tampered):
            open_draft(interviewer, draft_id, clock())


def test_a_submission_replayed_by_another_interviewer_is_refused(people: People, clock: Clock) -> None:
    interviewer, other = people["interviewer"], people["interviewer_b"]
    draft_id = type_draft(interviewer, clock())
    submission = check_draft(interviewer, draft_id, clock()).submission
    assert submission is not None
    submit_draft(interviewer, draft_id, clock())

    with pytest.raises(Conflict):
        submit(other, submission, None, clock())
    with pytest.raises(NotFound):
        submit_draft(other, draft_id, clock())

    assert own_submissions(other) == ()


def test_a_submission_moved_to_another_inbox_row_does_not_open(people: People, clock: Clock) -> None:
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    one, two = type_draft(interviewer, clock()), type_draft(interviewer, clock())
    submit_draft(interviewer, one, clock())
    submit_draft(interviewer, two, clock())
    key = sealing_key_of(reviewer.archive.secret(Compartment.VAULT))
    signer = certified_account(reviewer.archive.keyring(), interviewer.account.id).signing

    with reviewer.reading() as connection:
        item = inbox.find_item(connection, one)

    assert item is not None
    assert json.loads(open_submission(key, signer, item.sealed, one).document)["submission_id"] == one
    with pytest.raises(Tampered):
        open_submission(key, signer, item.sealed, two)


def test_a_submission_signed_by_someone_else_is_not_taken_for_the_interviewers(
    people: People, clock: Clock
) -> None:
    interviewer, forger, reviewer = people["interviewer"], people["interviewer_b"], people["reviewer"]
    submission = check_draft(interviewer, type_draft(interviewer, clock()), clock()).submission
    assert submission is not None
    forged = seal_submission(forger.archive.public(Compartment.VAULT), forger.keys.signing, submission)
    key = sealing_key_of(reviewer.archive.secret(Compartment.VAULT))
    signer = certified_account(reviewer.archive.keyring(), interviewer.account.id).signing

    with pytest.raises(BadSignature):
        open_submission(key, signer, forged, submission.submission_id)


def test_a_submission_without_a_signature_does_not_open(people: People, clock: Clock) -> None:
    reviewer = people["reviewer"]
    key = sealing_key_of(reviewer.archive.secret(Compartment.VAULT))
    signer = certified_account(reviewer.archive.keyring(), reviewer.account.id).signing
    unsigned = seal(key.public, b"{}", Label.INTAKE, b"an id")

    with pytest.raises(Tampered):
        open_submission(key, signer, unsigned, "an id")


def test_hostile_text_goes_through_every_field_unchanged(people: People, clock: Clock) -> None:
    interviewer = people["interviewer"]
    text = "\n".join(HOSTILE)
    draft_id = type_draft(
        interviewer,
        clock(),
        before={"place": HOSTILE[4], "intermediary": text, "first_contact_by": text},
        explanation={"benefits": text},
        consent={"parameter-CP10-CC04": text, "decision-CP06": "granted"},
        account={"text": text, "passages": [], "unanswered": [{"topic": HOSTILE[0], "why": "declined"}]},
        protect={"protect": [{"text": hostile, "kind": "PHONE"} for hostile in HOSTILE]},
        identity={"names": [{"full": hostile, "kind": "used"} for hostile in HOSTILE]},
        closing={"read_note": text, "deviation_standard": HOSTILE[1], "deviation_reason": text},
    )

    kept = open_draft(interviewer, draft_id, clock())
    submission = check_draft(interviewer, draft_id, clock()).submission

    assert submission is not None and submission.interview is not None
    assert submission.interview.place_coarse == HOSTILE[4]
    assert kept.answers(Step.ACCOUNT).text("text") == submission.statement.text == text
    assert tuple(item.text for item in submission.protect) == HOSTILE
    assert submission.interview.benefits == submission.interview.route[0].intermediary == text
    assert [row["full"] for row in kept.answers(Step.IDENTITY).rows("names")] == list(HOSTILE)


def test_nothing_that_was_typed_is_on_the_disk_in_clear(
    people: People, clock: Clock, archive: Archive
) -> None:
    """G1, and G3 from the disk: drafts, a submission, an identity and a file, looked for in every byte."""
    interviewer = people["interviewer"]
    answers = {"consent": {"decision-CP05": "granted", "decision-CP06": "granted"}, "identity": IDENTITY}
    draft_id = type_draft(interviewer, clock(), **answers)
    attach(
        interviewer,
        draft_id,
        io.BytesIO(b"canary-in-a-file " * 9000),
        FileDescription("canary-name.jpg", "image/jpeg", "XK01", "cable"),
        clock(),
    )
    submit_draft(interviewer, draft_id, clock())
    type_draft(interviewer, clock(), **answers)

    everything = b"".join(path.read_bytes() for path in files_below(archive.directory.path))

    canaries = (ACCOUNT[:20], "Fadimata", "the well is dry", "canary-in-a-file", "canary-name", "Hodh Ech")
    assert [canary for canary in canaries if canary.encode() in everything] == []
    assert interviewer.keys.sealing.seed.raw not in everything


def files_below(path: Path) -> list[Path]:
    return [found for found in sorted(path.rglob("*")) if found.is_file()]
