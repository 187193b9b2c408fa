"""Keys on the pages: cost first, another custodian confirms, open browsers go on."""

import re
from collections.abc import Callable

from testimony.services.archives import Archive
from testimony.services.generations import generation_of
from testimony.storage.compartments import Compartment
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor, app, archive, clock, founded_template, people, services, visit

__all__ = ["app", "archive", "clock", "founded_template", "people", "services", "visit"]

GRAVE: dict[str, object] = {"reason": "reviewer left", "password": PASSWORD}


def test_keys_are_changed_after_a_suspension_while_others_go_on_reading(
    visit: Callable[..., Visitor], archive: Archive, people: People
) -> None:
    first, second, reviewer = visit("custodian"), visit("custodian_b"), visit("reviewer")
    gone = people["reviewer_b"].account.id
    first.get(f"/custody/accounts/{gone}")
    first.send(f"/custody/accounts/{gone}/suspend", GRAVE)
    page = first.get(f"/custody/accounts/{gone}").text
    assert f"/custody/keys/new?account={gone}" in page

    form = first.get(f"/custody/keys/new?account={gone}").text
    assert (
        len(
            re.findall(
                r'value="(?:ledger|vault|reading_room)"[^>]*checked|checked[^>]*value="(?:ledger|vault|reading_room)"',
                form,
            )
        )
        == 3
    )
    assert "MB are written anew" in form
    held = ["ledger", "reading_room", "vault"]
    answer = first.send(
        "/custody/keys/new", {**GRAVE, "compartments": held, "cause": "member_removed", "account": gone}
    )
    address = answer.headers["Location"]
    assert "Waits for another custodian" in first.get("/custody/keys").text
    assert first.send(f"{address}/confirm", GRAVE).status_code == 404
    assert "1 order to change keys waits for you" in second.get("/").text

    second.get(address)
    assert second.send(f"{address}/confirm", GRAVE).status_code == 303

    keys = second.get("/custody/keys").text
    assert "changed 1 time" in keys and "Vault: still to be done by a reviewer" in keys
    assert reviewer.get("/review/").status_code == 200
    assert first.get("/custody/register").status_code == 200
    assert "No order waits" in second.get("/custody/keys").text
    keyring = archive.keyring()
    assert [generation_of(keyring, Compartment(c)).number for c in held] == [1, 1, 1]


def test_a_wrong_password_orders_nothing_and_what_was_typed_stays(visit: Callable[..., Visitor]) -> None:
    custodian = visit("custodian")
    custodian.get("/custody/keys/new")

    answer = custodian.send(
        "/custody/keys/new",
        {"compartments": ["audit"], "cause": "rotation", "account": "", "reason": "time", "password": "no"},
    )

    assert answer.status_code == 422 and "This is not your password." in answer.text
    assert "No order waits" in custodian.get("/custody/keys").text


def test_a_member_is_named_with_the_reason_that_they_left(visit: Callable[..., Visitor]) -> None:
    custodian = visit("custodian")
    custodian.get("/custody/keys/new")

    answer = custodian.send(
        "/custody/keys/new", {**GRAVE, "compartments": ["audit"], "cause": "member_removed", "account": ""}
    )

    assert answer.status_code == 422 and "Choose who left" in answer.text


def test_keys_past_their_day_are_shown_to_custodians_and_auditors(
    visit: Callable[..., Visitor], clock: Clock
) -> None:
    assert "due to be changed" not in visit("custodian").get("/").text

    clock.forward(days=366)

    custodian = visit("custodian")
    assert "5 keys are due to be changed" in custodian.get("/").text
    assert "Due to be changed" in visit("auditor").get("/log/keys").text
    custodian.get("/custody/keys")
    assert custodian.send("/custody/keys/rotation", {**GRAVE, "days": "700"}).status_code == 303
    assert "keys are due" not in custodian.get("/").text
