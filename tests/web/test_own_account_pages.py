"""The pages of one's own account, and those on which custodians end sessions and lift a rest."""

import re
from collections.abc import Callable

import pytest

from testimony.domain.accounts import AccountId
from testimony.services import duress, own_account
from testimony.services.archives import Archive
from testimony.services.session_store import SessionStore
from testimony.web.wiring import Services
from tests.services.conftest import PASSWORD, Clock, People
from tests.services.test_own_account import SECRET, app_code
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

_CODE = re.compile(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}")


def test_new_recovery_codes_are_shown_once_and_counted(visit: Visit, people: People, clock: Clock) -> None:
    own_account.turn_on_totp(people["interviewer"], PASSWORD, SECRET, app_code(clock), clock())
    clock.forward(minutes=2)
    visitor = visit()
    visitor.get("/sign-in")
    visitor.post("/sign-in", handle="interviewer-1", password=PASSWORD, code=app_code(clock))
    assert "10 left" in visitor.get("/account").text

    visitor.get("/account/recovery-codes")
    made = visitor.post("/account/recovery-codes", password=PASSWORD)

    codes = _CODE.findall(made.text)
    assert len(set(codes)) == 10
    assert not _CODE.findall(visitor.get("/account/recovery-codes").text)
    visitor.post("/sign-out")
    visitor.get("/sign-in")
    visitor.post("/sign-in", handle="interviewer-1", password=PASSWORD, code=codes[3])
    assert "9 left" in visitor.get("/account").text
    visitor.get("/account/code/off")
    assert visitor.post("/account/code/off", password="not mine").status_code == 422
    assert visitor.post("/account/code/off", password=PASSWORD).location == "/account"
    assert "9 left" not in visitor.get("/account").text


def test_recovery_codes_come_with_the_code(visit: Visit) -> None:
    visitor = visit("interviewer")
    visitor.get("/account/recovery-codes")

    answer = visitor.post("/account/recovery-codes", password=PASSWORD)

    assert answer.status_code == 422 and "Turn on the code" in answer.text


def test_ones_other_sessions_are_listed_and_closed_one_by_one_or_all(visit: Visit, clock: Clock) -> None:
    here, second, third = visit("reviewer"), visit("reviewer"), visit("reviewer")
    clock.forward(minutes=1)
    page = here.get("/account").text
    names = re.findall(r"/account/sessions/([0-9a-f]+)/close", page)
    assert len(names) == 2 and "This one" in page

    assert here.post(f"/account/sessions/{names[0]}/close").location == "/account"

    assert sorted(v.get("/account").status_code for v in (second, third)) == [200, 303]
    here.get("/account")
    here.post("/account/sessions/close-others")
    assert [v.get("/account").status_code for v in (here, second, third)] == [200, 303, 303]


def test_nobody_closes_the_session_of_somebody_else_by_its_name(
    visit: Visit, services: Services, people: People, clock: Clock
) -> None:
    store: SessionStore = services.store
    other = store.sessions_of(store.open(people["auditor"], clock()))[0].name
    visitor = visit("reviewer")

    assert visitor.post(f"/account/sessions/{other}/close").status_code == 404
    assert store.close_named(people["auditor"].account.id, other)
    people.sessions.pop("auditor")


def test_changing_the_password_closes_the_other_browser(visit: Visit, clock: Clock) -> None:
    here, there = visit("interviewer"), visit("interviewer")
    clock.forward(minutes=1)
    here.get("/account/password")
    new = "seven quiet herons at noon"

    here.post("/account/password", password=PASSWORD, new_password=new, new_password_again=new)

    assert (here.get("/account").status_code, there.get("/account").status_code) == (200, 303)


@pytest.mark.parametrize("path", ["/account/second-password", "/account/second-password/remove"])
def test_the_page_is_the_same_whether_an_emergency_password_is_set_or_not(visit: Visit, path: str) -> None:
    visitor = visit("interviewer")

    def page() -> str:
        return re.sub(
            r'value="[^"]+"', "", visitor.get("/account/second-password").text + visitor.get("/account").text
        )

    before = page()
    second = "merry otters juggle lemons"
    answer = visitor.post("/account/second-password", password=PASSWORD, second=second, second_again=second)
    assert answer.location == "/account"
    assert page() == before
    assert visitor.post(path, password="not mine", second=second, second_again=second).status_code == 422
    assert visitor.post(path, password=PASSWORD, second=second, second_again=second).location == "/account"
    assert page() == before


def test_two_custodians_let_a_resting_account_work_again_by_the_pages(
    visit: Visit, archive: Archive, people: People, clock: Clock
) -> None:
    account_id: AccountId = people["investigator"].account.id
    first, second = visit("custodian"), visit("custodian_b")
    duress.signal_at_once(archive, archive.keyring(), account_id, clock())
    safety = f"/custody/accounts/{account_id}"
    grave = {"reason": "met in person", "password": PASSWORD}
    assert "rests after a duress signal" in first.get("/custody/").text

    first.get(f"{safety}/safety")
    assert first.send(f"{safety}/ask-to-lift", dict(grave)).status_code == 303
    assert "Another custodian must agree" in first.get(f"{safety}/safety").text
    assert first.send(f"{safety}/agree-to-lift", dict(grave)).status_code == 422
    second.get(f"{safety}/safety")
    assert second.send(f"{safety}/agree-to-lift", dict(grave)).status_code == 303

    assert "rests after a duress signal" not in second.get("/custody/").text


def test_a_custodian_signs_somebody_out(visit: Visit, people: People, clock: Clock) -> None:
    reviewer, custodian = visit("reviewer"), visit("custodian")
    clock.forward(minutes=1)
    safety = f"/custody/accounts/{people['reviewer'].account.id}"
    custodian.get(f"{safety}/safety")

    assert custodian.send(f"{safety}/sign-out", {"reason": "", "password": PASSWORD}).status_code == 422
    custodian.send(f"{safety}/sign-out", {"reason": "a stolen laptop", "password": PASSWORD})

    assert reviewer.get("/account").status_code == 303
