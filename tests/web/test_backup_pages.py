"""Backups in the custodians' room and the auditors', in a browser without script."""

from collections.abc import Callable
from pathlib import Path

from testimony.services.archives import Archive
from tests.backup_places import backed_up
from tests.services.conftest import PASSWORD, Clock, archive, clock, founded_template, people
from tests.web.conftest import Visitor, app, services, visit

__all__ = ["app", "archive", "clock", "founded_template", "people", "services", "visit"]

Visit = Callable[..., Visitor]


def test_a_custodian_confirms_the_key_and_both_rooms_show_the_last_backup(
    visit: Visit, archive: Archive, clock: Clock, tmp_path: Path
) -> None:
    custodian, auditor = visit("custodian"), visit("auditor")
    empty = custodian.get("/custody/backups").text
    made = backed_up(archive.directory.path, tmp_path / "dest", clock())
    shown = custodian.get("/custody/backups").text
    grave = {"reason": "read out by telephone", "password": PASSWORD, "fingerprint": made.note.key}
    wrong = custodian.post("/custody/backups/key", **{**grave, "password": "no"})
    waits = custodian.get("/custody/").text

    confirmed = custodian.post("/custody/backups/key", **grave)
    limited = custodian.post("/custody/backups/limit", days="9")

    assert "No backup was made" in empty
    assert made.note.key in shown and made.note.manifest in shown
    assert "Nobody confirmed the key" in waits
    assert wrong.status_code == 422
    assert confirmed.status_code == limited.status_code == 303
    page = custodian.get("/custody/backups").text
    assert "Confirmed" in page and 'value="9"' in page
    log = auditor.get("/log/backups").text
    assert made.note.manifest in log and made.note.key not in log
    assert "the key that signs backups was confirmed" in auditor.get("/log/").text
