"""A re-key that dies (SIGKILL) at any step: all who remain sign in, the data is whole, the order is carried out.

A death is at one of the points where something comes to be on disk: a commit, a file renamed or synced, the key of a
file changed; and at moments inside the change of key itself.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlcipher3 import dbapi2

from crypto.keys import Secret, database_key
from crypto.labels import Label
from crypto.shares import combine
from testimony.services import rekey_running
from testimony.services.checking import check
from testimony.services.generations import generation_of
from testimony.services.opening import keys_of, open_with_any
from testimony.services.receiving import receive_inbox
from testimony.services.rekey_running import carry_out, waiting_orders
from testimony.services.rekeying import own_share
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.identities import find_identity
from testimony.storage.rekey import opens, rekey_file
from tests.deaths import next_process
from tests.new_keys import EXECUTOR, confirmed, signed_in_anew, with_identity
from tests.review_room import handed_in
from tests.services.conftest import Clock, People, archive, clock, founded_template, people

__all__ = ["archive", "clock", "founded_template", "people"]

MOST_POINTS = 80


def dies_at_point(point: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is killed when it comes to its n-th point; whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def here(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

        def around(function: Callable[..., object]) -> Callable[..., object]:
            def counted(*arguments: object, **named: object) -> object:
                # Dying after it is dying before the next one: nothing else comes to be on disk in between.
                here()
                return function(*arguments, **named)

            return counted

        os.replace = around(os.replace)  # type: ignore[assignment]  # this child ends before anybody else uses it
        vars(rekey_running)["rekey_file"] = around(rekey_file)
        event.listen(sa.engine.Engine, "commit", here)
        try:
            act()
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize(
    "compartment", [Compartment.LEDGER, Compartment.VAULT, Compartment.AUDIT, Compartment.IDENTITY]
)
def test_a_killed_re_key_keeps_nobody_out_and_is_carried_out_later(
    people: People, clock: Clock, compartment: Compartment
) -> None:
    codes = [handed_in(people["interviewer"], clock()), with_identity(people)]
    executor = EXECUTOR[compartment]

    def run() -> None:
        with next_process(people[executor]) as session:
            carry_out(session, clock())

    for point in range(1, MOST_POINTS):
        assert people[executor]
        confirmed(people, compartment)
        died = dies_at_point(point, run)
        signed_in_anew(people)

        # Somebody who cannot carry it out comes first, then who can: signing in does the rest.
        for name in ("interviewer", executor):
            assert people[name]
        carry_out(people[executor], clock())
        keyring = people.archive.keyring()
        assert waiting_orders(keyring) == () and keyring.pending == ()
        assert generation_of(keyring, compartment).number == point
        assert compartment is not Compartment.IDENTITY or b"a name of theirs" in identity_of(people, codes[1])
        signed_in_anew(people)
        if not died:
            break
    assert point >= 4
    assert check(people["reviewer"], clock()) == ()
    assert check(people["auditor"], clock()) == ()
    assert set(receive_inbox(people["reviewer"], clock()).codes) == set(codes)


def identity_of(people: People, code: str) -> bytes:
    """As two custodians open it."""
    keyring = people.archive.keyring()
    shares = [own_share(people[name], keyring) or "" for name in ("custodian", "custodian_b")]
    keys = keys_of(keyring, Compartment.IDENTITY, combine(shares))
    with people["custodian"].reading() as connection:
        found = find_identity(connection, code)
    assert found is not None
    return open_with_any(keys, found.sealed, Label.IDENTITY, found.submission_id.encode())


def test_a_file_killed_inside_the_change_of_key_opens_under_one_of_the_two_and_is_whole(
    tmp_path: Path,
) -> None:
    directory = ArchiveDirectory(tmp_path)
    old, new = Secret(bytes(32)), Secret(bytes(range(32)))
    path = directory.file_of(Compartment.VAULT)
    connection = opened(path, old)
    connection.execute("CREATE TABLE pages (a BLOB)")
    connection.executemany("INSERT INTO pages VALUES (?)", [(random.randbytes(4000),) for _ in range(1500)])
    connection.commit()
    connection.close()
    kept = tmp_path / "kept"
    shutil.copy(path, kept)
    begun = time.monotonic()
    rekey_file(directory, Compartment.VAULT, old, new)
    whole = time.monotonic() - begun
    seen = set()

    for part in range(12):
        shutil.copy(kept, path)
        child = os.fork()
        if child == 0:
            rekey_file(directory, Compartment.VAULT, old, new)
            os._exit(0)
        if part < 11:
            time.sleep(whole * part / 10)
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        # Either may be tried first.
        secrets = [old, new] if part % 2 else [new, old]
        fits = [secret for secret in secrets if opens(directory, Compartment.VAULT, secret)]
        assert len(fits) == 1
        seen.add(fits[0].raw)
        connection = opened(path, fits[0])
        assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM pages").fetchone() == (1500,)
        connection.close()
    assert seen == {old.raw, new.raw}


def opened(path: Path, secret: Secret) -> dbapi2.Connection:
    connection = dbapi2.connect(str(path))
    connection.execute(f'PRAGMA key = "{database_key(secret, Label.COMPARTMENT_DATABASE)}"')
    return connection
