"""Recovery and new keys in the custodians' room, in a browser without script."""

import re
from collections.abc import Callable
from html import unescape

from testimony.services.archives import Archive
from testimony.services.rehearsing import read_sheet, rehearse
from tests.recovery_archive import Founded, archive, clock, people, with_sheets
from tests.services.conftest import PASSWORD, Clock, People
from tests.web.conftest import Visitor, app, services, visit

__all__ = ["app", "archive", "clock", "people", "services", "visit", "with_sheets"]

Visit = Callable[..., Visitor]
GRAVE = {"reason": "the safe was broken open", "password": PASSWORD}
NEW = "four lanterns beyond the harbour"


def words_of(page: str) -> str:
    listed = re.search(r'<ol class="recovery-words".*?</ol>', page, re.S)
    assert listed
    return " ".join(re.findall(r"<li>(\w+)</li>", listed[0]))


def half_of(page: str) -> str:
    found = re.search(r'code-large">([^<]+)<', page)
    assert found
    return unescape(found[1])


def test_two_custodians_make_sheets_that_are_shown_one_by_one_and_once(
    visit: Visit, archive: Archive, clock: Clock
) -> None:
    first, second = visit("custodian"), visit("custodian_b")
    first.get("/custody/recovery/sheets")
    ordered = first.post("/custody/recovery/sheets/order", count="4", needed="2", **GRAVE)
    own = first.get("/custody/recovery/sheets").text
    second.get("/custody/recovery/sheets")

    pages = [second.post("/custody/recovery/sheets/confirm", **GRAVE).text]
    pages += [second.post("/custody/recovery/sheets/next").text for _ in range(3)]
    over = second.post("/custody/recovery/sheets/next")

    assert ordered.status_code == over.status_code == 303
    assert "another custodian is needed" in own
    numbers = [read_sheet(archive.keyring(), words_of(page)).number for page in pages]
    assert numbers == [1, 2, 3, 4]
    assert "Recovery sheet 4 of 4" in pages[3]
    assert words_of(pages[0]) not in second.get("/custody/recovery").text


def test_sheets_not_seen_yet_are_offered_again_and_a_wrong_password_makes_none(visit: Visit) -> None:
    first, second = visit("custodian"), visit("custodian_b")
    first.get("/custody/recovery/sheets")
    too_few = first.post("/custody/recovery/sheets/order", count="3", needed="3", **GRAVE)
    first.post("/custody/recovery/sheets/order", count="3", needed="2", **GRAVE)
    second.get("/custody/recovery/sheets")
    wrong = second.post("/custody/recovery/sheets/confirm", **{**GRAVE, "password": "no"})
    second.post("/custody/recovery/sheets/confirm", **GRAVE)

    shown = second.get("/custody/recovery").text

    assert (too_few.status_code, wrong.status_code) == (422, 422)
    assert "Sheets were made that you have not seen yet" in shown
    assert "These sheets do not open yet" in shown


def test_the_page_tells_when_each_sheet_was_proven(
    visit: Visit, archive: Archive, clock: Clock, with_sheets: Founded
) -> None:
    rehearse(archive, with_sheets.sheets[0], clock())
    custodian = visit("custodian")

    page, front = custodian.get("/custody/recovery").text, custodian.get("/custody/").text

    assert page.count(">Due<") == 2
    assert page.count(">Proven<") == 1
    assert "2 recovery sheets were not proven for half a year" in front


def test_two_custodians_give_somebody_new_keys_and_they_come_back(visit: Visit, people: People) -> None:
    account = people["interviewer"].account.id
    first, second, lost = visit("custodian"), visit("custodian_b"), visit("interviewer")
    at = f"/custody/accounts/{account}/new-keys"
    first.get(at)
    one = half_of(first.post(f"{at}/order", **GRAVE).text)
    second.get(at)
    other = half_of(second.post(f"{at}/confirm", **GRAVE).text)
    thrown_out = lost.get("/account")

    newcomer = visit()
    newcomer.get("/enrol")
    came = newcomer.post(
        "/enrol", handle="interviewer-1", one_time_code=f"{one} {other}", password=NEW, password_again=NEW
    )

    assert thrown_out.status_code == 303
    assert came.status_code == 303
    assert newcomer.get("/account").status_code == 200


def test_who_ordered_new_keys_cannot_confirm_and_anyone_may_withdraw(visit: Visit, people: People) -> None:
    account = people["interviewer"].account.id
    first, second = visit("custodian"), visit("custodian_b")
    at = f"/custody/accounts/{account}/new-keys"
    first.get(at)
    first.post(f"{at}/order", **GRAVE)
    again = first.get(at)

    alone = first.post(f"{at}/confirm", **GRAVE)
    second.get(at)
    withdrawn = second.post(f"{at}/withdraw")
    after = second.post(f"{at}/confirm", **GRAVE)

    assert "another custodian is needed" in again.text
    assert (alone.status_code, withdrawn.status_code, after.status_code) == (404, 303, 404)


def test_shares_of_the_identities_key_are_made_anew_by_two(visit: Visit) -> None:
    first, second = visit("custodian"), visit("custodian_b")
    first.get("/custody/recovery/identity")
    first.post("/custody/recovery/identity/order", **GRAVE)
    offered = second.get("/custody/recovery/identity").text

    done = second.post("/custody/recovery/identity/confirm", **GRAVE)

    assert "Split it now" in offered
    assert done.status_code == 303
    assert "Every active custodian holds a share" in second.get("/custody/recovery").text
