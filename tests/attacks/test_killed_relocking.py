"""A change of one's own bundle that dies at any statement: one may always come in again, the old way or the new."""

from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from testimony.domain.errors import SignInFailed
from testimony.services.archives import Archive
from testimony.services.own_account import turn_on_totp
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from tests.deaths import every_death, next_process
from tests.services.conftest import HANDLES, PASSWORD, Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

SECRET = b"12345678901234567890"


def app_code(at: datetime) -> str:
    return TOTP(SECRET, 6, SHA1(), 30).generate(int(at.timestamp())).decode()  # noqa: S303 - RFC 6238


def comes_in(archive: Archive, code: str | None, at: datetime) -> bool:
    try:
        session = SignIn(archive, Throttle()).sign_in(HANDLES["interviewer"], PASSWORD, code, at)
    except SignInFailed:
        return False
    archive.release(session.archive.secrets)
    return True


def test_a_killed_change_of_the_code_locks_nobody_out(archive: Archive, people: People, clock: Clock) -> None:
    before = people["interviewer"]

    def change() -> None:
        with next_process(before) as session:
            turn_on_totp(session, PASSWORD, SECRET, app_code(clock()), clock())

    def look(died: bool) -> None:
        at = clock.forward(minutes=2)
        assert comes_in(archive, None, at) is died
        assert comes_in(archive, app_code(at), at)
        clock.forward(minutes=2)

    assert every_death(change, look, step=2) > 8
