"""What an auditor signed before custodians gave them new keys still verifies outside; forged statements do not."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from crypto.keys import Secret
from crypto.labels import Label
from crypto.signing import SigningKey, sign
from testimony.domain.roles import Role
from testimony.exports.log_keys import Broken, Keys
from testimony.services.accounts import activate
from testimony.services.archives import Archive
from testimony.services.invitations import Newcomer
from testimony.services.membership import wrap_for_members
from testimony.services.recovering import open_with_sheets, restore
from testimony.services.reissuing import confirm_reissue, order_reissue
from testimony.services.sessions import Session
from testimony.services.throttling import Throttle
from testimony.services.verification import verify_log
from testimony.services.witnessing import begin_anew
from tests.exported_logs import ExportedLog
from tests.recovery_archive import Founded, archive, clock, enter, people, read, with_sheets
from tests.services.conftest import HANDLES, Clock, People

__all__ = ["archive", "clock", "people", "with_sheets"]

NEW = "four lanterns beyond the harbour"
REASON = "the password was forgotten"

Forgery = Callable[[dict[str, Any]], None]


def with_new_keys(
    archive: Archive,
    people: People,
    clock: Clock,
    who: str,
    by: tuple[str, str] = ("custodian", "custodian_b"),
) -> None:
    account_id = people[who].account.id
    halves = [order_reissue(people[by[0]], account_id, REASON, clock())]
    halves.append(confirm_reissue(people[by[1]], account_id, REASON, clock()))
    activate(archive, Throttle(), HANDLES[who], " ".join(halves), NEW, clock())


@pytest.fixture
def log(archive: Archive, people: People, clock: Clock) -> ExportedLog:
    """Co-signed by an auditor before and after they got new keys from custodians, one of whom got new ones as well."""
    assert verify_log(people["auditor"], clock()).whole
    with_new_keys(archive, people, clock, "custodian_c")
    with_new_keys(archive, people, clock, "auditor", ("custodian_b", "custodian"))
    back = came_back(archive, clock)
    assert verify_log(back, clock()).cosignatures == 1
    return ExportedLog.of(back, clock())


def came_back(archive: Archive, clock: Clock) -> Session:
    """The auditor with the new keys, who remembers nothing and says why, once for all."""
    auditor = enter(archive, HANDLES["auditor"], NEW, clock)
    wrap_for_members(auditor, clock())
    begin_anew(auditor, "I was given new keys", clock())
    return auditor


def record_of(log: ExportedLog) -> dict[str, Any]:
    """What the file says of the auditor."""
    record: dict[str, Any]
    (record,) = (one for one in log.rows[0]["accounts"].values() if one.get("reissues"))
    return record


def test_cosignatures_of_before_new_keys_hold_outside_as_they_do_inside(log: ExportedLog) -> None:
    verdict = log.verdict()

    assert verdict.fault is None
    assert (verdict.cosignatures, verdict.strangers) == (2, 0)


def test_a_file_of_before_reissues_were_written_still_verifies_and_says_what_it_cannot_prove(
    log: ExportedLog,
) -> None:
    del record_of(log)["reissues"]
    del log.rows[0]["recovery"]

    verdict = log.verdict()

    assert verdict.fault is None
    assert (verdict.cosignatures, verdict.strangers) == (1, 1)


def other_key(record: dict[str, Any]) -> None:
    """The auditor's new key exchanged for another, signed by nobody who may."""
    mine = SigningKey(Secret.random())
    for half in record["reissues"][0]["activation"]:
        said = json.loads(half["statement"])
        said["signing"] = base64.b64encode(mine.public.raw).decode()
        half["statement"] = json.dumps(said)
        signature = sign(mine, half["statement"].encode(), Label.ACTIVATION)
        half["signature"] = base64.b64encode(signature).decode()


def one_custodian_twice(record: dict[str, Any]) -> None:
    record["reissues"][0]["confirmation"]["signer"] = record["reissues"][0]["order"]["signer"]


def another_order(record: dict[str, Any]) -> None:
    order = record["reissues"][0]["order"]
    order["statement"] = order["statement"].replace('"serial":1', '"serial":2')


def by_itself(record: dict[str, Any]) -> None:
    """The order that gives the account new keys signed by the account's own."""
    order = record["reissues"][0]["order"]
    order["signer"] = json.loads(order["statement"])["account"]


def one_invitation_only(record: dict[str, Any]) -> None:
    activation = record["reissues"][0]["activation"]
    activation[1] = activation[0]


def half_gone(record: dict[str, Any]) -> None:
    del record["reissues"][0]["activation"][1]


def twice(record: dict[str, Any]) -> None:
    """The same re-issue told a second time, as if the keys had been given again."""
    record["reissues"].append(record["reissues"][0])


def no_statement(record: dict[str, Any]) -> None:
    record["reissues"][0] = None


@pytest.mark.parametrize(
    "forgery",
    [
        other_key,
        one_custodian_twice,
        another_order,
        by_itself,
        one_invitation_only,
        half_gone,
        twice,
        no_statement,
    ],
)
def test_a_forged_reissue_is_detected(log: ExportedLog, forgery: Forgery) -> None:
    assert log.fault() is None
    first = log.rows[log.place("cosignature", last=False)]["cosignature"]["size"]
    forgery(record_of(log))

    assert log.fault() == ("cosigned-differs", first)


def test_custodians_who_gave_new_keys_to_one_another_are_followed_and_a_loop_is_not(
    archive: Archive, people: People, clock: Clock
) -> None:
    assert verify_log(people["auditor"], clock()).whole
    with_new_keys(archive, people, clock, "custodian_c", ("custodian", "custodian_b"))
    people.sessions["custodian_c"] = enter(archive, HANDLES["custodian_c"], NEW, clock)
    with_new_keys(archive, people, clock, "custodian", ("custodian_b", "custodian_c"))
    people.sessions["custodian"] = enter(archive, HANDLES["custodian"], NEW, clock)
    with_new_keys(archive, people, clock, "auditor", ("custodian", "custodian_c"))
    auditor = came_back(archive, clock)
    assert verify_log(auditor, clock()).whole
    log = ExportedLog.of(auditor, clock())
    accounts = log.rows[0]["accounts"]
    mine = accounts[auditor.account.id]

    sound = log.verdict()
    mine["enrolment"]["signer"] = auditor.account.id
    with pytest.raises(Broken):
        Keys(log.rows[0]).auditor(auditor.account.id)

    assert (sound.fault, sound.cosignatures) == (None, 2)
    assert sum("reissues" in record for record in accounts.values()) == 3


def test_an_auditor_whom_custodians_from_the_recovery_sheets_brought_in_is_followed(
    archive: Archive, with_sheets: Founded, clock: Clock
) -> None:
    auditor = recovered_auditor(archive, with_sheets, clock)
    assert verify_log(auditor, clock()).whole
    log = ExportedLog.of(auditor, clock())
    header = log.rows[0]

    sound = log.verdict()
    header["recovery"][0]["statement"] = header["recovery"][0]["statement"].replace('"count":3', '"count":4')

    assert (sound.fault, list(sound.cosigners)) == (None, [auditor.account.id])
    assert log.fault() == ("cosigned-differs", sound.cosigners[auditor.account.id])


def recovered_auditor(archive: Archive, with_sheets: Founded, clock: Clock) -> Session:
    """Everybody is gone: new people from two sheets."""
    auditor = Newcomer("auditor-new", "New auditor", frozenset({Role.AUDITOR}))
    custodian = Newcomer("custodian-new", "New custodian", frozenset({Role.CUSTODIAN}))
    opened = open_with_sheets(archive, read(archive, with_sheets.sheets[1:]))
    restored = restore(archive, opened, custodian, NEW, (auditor,), clock())
    for invitation in restored.invitations:
        activate(archive, Throttle(), invitation.row.handle, invitation.code, NEW, clock())
    enter(archive, "custodian-new", NEW, clock)
    return enter(archive, "auditor-new", NEW, clock)
