"""Somebody bends a log that left the archive, or the archive's own before it left. The program for people outside,
run by itself without any package of ours, names each attack; where the live verifier sees the same, both agree.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from crypto.keys import Secret
from crypto.notes import Checkpoint, sign_checkpoint
from crypto.signing import SigningKey
from testimony.exports import one_file
from testimony.exports.log_reading import verify_lines
from testimony.services import audit
from testimony.services.proving import prove_event
from testimony.services.sessions import Session, log_origin
from testimony.services.verification import FaultKind, verify_log
from tests.attacks.test_log_tampering import (
    CODE,
    EDIT,
    rebuild_tree,
    show,
    sign_every_checkpoint_anew,
    tamper,
)
from tests.exported_logs import ExportedLog
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]


@pytest.fixture
def auditor(people: People, clock: Clock) -> Session:
    """An auditor who verified and co-signed a log of some showings, and some more after it."""
    show(people["reviewer"], 12, clock)
    verify_log(people["auditor"], clock())
    show(people["reviewer"], 8, clock)
    return people["auditor"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outside") / one_file.NAME
    path.write_text(one_file.program(), encoding="utf-8")
    return path


def alone(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as people outside do: its one file, Python, `cryptography`, in a folder with nothing else."""
    call = [sys.executable, "-I", str(program), *arguments]
    return subprocess.run(call, capture_output=True, text=True, cwd=program.parent, check=False)


def test_an_untouched_log_is_whole_for_people_outside(
    auditor: Session, clock: Clock, tmp_path: Path, program: Path
) -> None:
    log = ExportedLog.of(auditor, clock())
    (tmp_path / "log.jsonl").write_text(log.text, encoding="utf-8")

    done = alone(program, str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(log.leaves)} entries" in done.stdout
    assert f"Auditor {auditor.account.id} verified and co-signed" in done.stdout
    assert log.verdict().clock_steps == []


def test_what_leaves_says_no_code_unless_it_was_asked_for(auditor: Session, clock: Clock) -> None:
    bare = ExportedLog.of(auditor, clock())
    told = ExportedLog.of(auditor, clock(), with_subjects=True)

    assert CODE not in bare.text
    assert CODE in told.text
    assert told.fault() is None


def test_a_deleted_entry_is_a_gap(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    del log.rows[log.leaves[9]]

    assert log.fault() == ("gap", 9)


def test_an_edited_entry_is_found_by_the_next_signed_checkpoint(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    place = log.leaves[2]
    log.rows[place]["leaf"] = log.rows[place]["leaf"].replace('"count":null', '"count":1')
    following = next(row for row in log.rows[place:] if "checkpoint" in row)

    assert log.fault() == ("rewritten", int(following["checkpoint"].split("\n")[1]))


def test_two_entries_in_each_others_place_are_told_from_a_gap(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    first, second = log.leaves[9:11]
    log.rows[first], log.rows[second] = log.rows[second], log.rows[first]

    assert log.fault() == ("misplaced", 9)


def test_an_entry_told_twice_is_found(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    log.rows.insert(log.leaves[9], log.rows[log.leaves[8]])

    assert log.fault() == ("misplaced", 9)


def test_an_entry_that_is_no_entry_is_found(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    log.rows[log.leaves[9]]["leaf"] = "nonsense"

    assert log.fault() == ("unreadable", 9)


def test_a_cut_end_is_found_also_when_the_last_line_is_made_to_fit(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    cut = len(log.leaves) - 3
    log.rows = [*log.rows[: log.leaves[cut]]]

    without_end = log.fault()
    log.rows.append({"end": cut})

    assert without_end == ("truncated", cut)
    assert log.fault() == ("truncated", cut)


def test_a_cut_end_that_still_ends_in_a_checkpoint_is_found_by_a_kept_one(
    auditor: Session, clock: Clock
) -> None:
    log = ExportedLog.of(auditor, clock())
    kept = log.rows[log.place("checkpoint")]["checkpoint"]
    earlier = log.place("cosignature")
    size = log.rows[earlier]["cosignature"]["size"]
    log.rows = [*log.rows[: earlier + 1], {"end": size}]

    assert log.fault() is None
    assert log.fault(kept) == ("kept-ahead", int(kept.split("\n")[1]))


def test_a_changed_subject_is_found(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock(), with_subjects=True)
    place = next(place for place in log.leaves if CODE in str(log.rows[place].get("subject")))
    log.rows[place]["subject"][1] = "T-0000-00"

    assert log.fault() == ("subject-changed", log.leaves.index(place))


@pytest.mark.parametrize("half", [0, 1])
def test_a_checkpoint_with_one_good_signature_is_forged(auditor: Session, clock: Clock, half: int) -> None:
    log = ExportedLog.of(auditor, clock())
    row = log.rows[log.place("checkpoint")]
    lines = row["checkpoint"].split("\n")
    good = lines[4 + half]
    value = bytearray(base64.b64decode(good.rpartition(" ")[2]))
    value[-1] ^= 1
    lines[4 + half] = f"{good.rpartition(' ')[0]} {base64.b64encode(value).decode()}"
    row["checkpoint"] = "\n".join(lines)

    assert log.fault() == ("checkpoint-forged", len(log.leaves))


def test_a_checkpoint_signed_by_another_key_is_forged(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())
    size = len(log.leaves)
    forged = Checkpoint(log_origin(auditor.archive.keyring().archive_id), size, bytes(32))
    log.rows[log.place("checkpoint")]["checkpoint"] = sign_checkpoint(forged, SigningKey(Secret.random()))

    assert log.fault() == ("checkpoint-forged", size)


def test_a_history_signed_anew_with_the_stolen_log_key_is_a_fork_for_both_verifiers(
    auditor: Session, clock: Clock
) -> None:
    kept = audit.take_checkpoint(auditor, clock())
    tamper(auditor, EDIT, at=5)
    rebuild_tree(auditor)
    sign_every_checkpoint_anew(auditor)

    remembered = verify_log(auditor, clock())
    (auditor.archive.directory.log_memories / auditor.account.id).unlink()
    live, log = verify_log(auditor, clock()), ExportedLog.of(auditor, clock())

    assert remembered.fault is not None
    assert remembered.fault.kind is FaultKind.MEMORY_DIFFERS
    assert live.fault is not None
    assert live.fault.kind is FaultKind.COSIGNED_DIFFERS
    assert log.fault() == (live.fault.kind.value, live.fault.seq)
    del log.rows[log.place("cosignature")]
    assert log.fault() is None
    assert log.fault(kept.note) == ("kept-differs", kept.size)
    assert log.fault("\n".join(kept.note.split("\n")[:3])) == ("kept-differs", kept.size)


def test_a_cosignature_of_somebody_who_is_no_auditor_is_found(
    auditor: Session, people: People, clock: Clock
) -> None:
    log = ExportedLog.of(auditor, clock())
    row = log.rows[log.place("cosignature")]["cosignature"]
    row["account"] = people["reviewer"].account.id

    assert log.fault() == ("cosigned-differs", row["size"])


@pytest.mark.parametrize("change", ["root", "log", "role"])
def test_keys_that_the_root_did_not_certify_are_found(auditor: Session, clock: Clock, change: str) -> None:
    log = ExportedLog.of(auditor, clock())
    header = log.rows[0]
    if change == "root":
        header["root"] = base64.b64encode(SigningKey(Secret.random()).public.raw).decode()
    elif change == "log":
        header["log"]["statement"] = header["log"]["statement"].replace('"name":"log"', '"name":"vault"')
    else:
        statement = json.loads(header["accounts"][auditor.account.id]["enrolment"]["statement"])
        header["accounts"][auditor.account.id]["enrolment"]["statement"] = json.dumps(
            statement | {"roles": ["auditor", "x"]}
        )

    fault = log.fault()

    assert fault is not None
    assert fault[0] == ("cosigned-differs" if change == "role" else "keys-forged")


def test_another_archives_log_is_told_by_the_fingerprint(auditor: Session, clock: Clock) -> None:
    log = ExportedLog.of(auditor, clock())

    assert log.fault(root=log.verdict().archive_root) is None
    assert log.fault(root="0" * 64) == ("another-root", 0)


def test_a_clock_that_was_set_back_is_told(auditor: Session, people: People, clock: Clock) -> None:
    clock.forward(hours=-3)
    show(people["reviewer"], 1, clock)

    log = ExportedLog.of(auditor, clock())

    assert log.fault() is None
    assert len(log.verdict().clock_steps) == len(verify_log(auditor, clock()).clock_steps) == 1


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", "{}\n", "[]\n", '{"format":"testimony-log/1"}\n', "null\nnull\n"]
)
def test_what_is_no_log_is_told(text: str) -> None:
    fault = verify_lines(text.splitlines()).fault

    assert fault is not None
    assert fault.kind == "file-unreadable"


@pytest.mark.parametrize(
    "row", ['{"leaf":5}', '{"checkpoint":5}', '{"cosignature":[]}', '{"timestamp":{}}', "5", '{"x":1}']
)
def test_a_line_that_is_no_line_breaks_the_log_and_not_the_program(
    auditor: Session, clock: Clock, row: str
) -> None:
    log = ExportedLog.of(auditor, clock())
    lines = log.text.splitlines()
    lines.insert(4, row)

    assert verify_lines(lines).fault is not None


def test_a_proof_of_one_event_holds_outside_and_no_changed_one_does(
    auditor: Session, clock: Clock, tmp_path: Path, program: Path
) -> None:
    proof = prove_event(auditor, 7, clock()).text
    log = ExportedLog.of(auditor, clock())
    (tmp_path / "log.jsonl").write_text(log.text, encoding="utf-8")
    (tmp_path / "good.tlog-proof").write_text(proof, encoding="utf-8")
    leaf = log.rows[log.leaves[6]]["leaf"].encode()
    lines = proof.split("\n")
    lines[1] = f"extra {base64.b64encode(leaf).decode()}"
    (tmp_path / "bad.tlog-proof").write_text("\n".join(lines), encoding="utf-8")

    good = alone(program, str(tmp_path), "--proof", str(tmp_path / "good.tlog-proof"))
    bad = alone(program, str(tmp_path), "--proof", str(tmp_path / "bad.tlog-proof"))

    assert (good.returncode, bad.returncode) == (0, 1), good.stdout + good.stderr
    assert '"seq":7,' in good.stdout
    assert "does not hold" in bad.stdout
