"""Whatever is marked: what is kept is unchanged, and what is withheld is in no byte of the reading room."""

import string
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.keys import Secret, database_key
from crypto.labels import Label
from crypto.passwords import Argon2Cost
from testimony.domain.purposes import Audience
from testimony.services.approving import approve, compare, propose_for, read_alone
from testimony.services.archives import Archive
from testimony.services.lifting import Order, lift
from testimony.services.recipients import add_recipient, read_sealed, release_to_recipient
from testimony.services.redacting import Cover, mark_span
from testimony.services.releasing import release
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage import releases
from testimony.storage.compartments import Compartment
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.objects import local_objects
from tests.review_room import approved, marks, taken, turn
from tests.services.conftest import Clock, People, make_archive

PAGE_BYTES, RESERVED_BYTES, IV_BYTES = 4096, 80, 16
TOKEN = "[area or month]"
COVER = Cover("X.4", Audience.PARTNER)

words = st.text(string.ascii_lowercase, min_size=9, max_size=9)
accounts = st.lists(words, min_size=4, max_size=40, unique=True)
numbers = count(100)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    path = tmp_path_factory.mktemp("reading-room") / "archive"
    make_archive(path, Clock())
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    people = People(archive, Clock(), SignIn(archive, Throttle()))
    yield people
    for session in people.sessions.values():
        archive.release(session.archive.secrets)


def decrypted(path: Path, secret: Secret) -> bytes:
    """Every page of a SQLCipher file in clear, free pages included, as the file format has them.

    Page: ciphertext, then 16 bytes of initial vector, then the code that authenticates it; the first begins
    with a salt.
    """
    key = bytes.fromhex(database_key(secret, Label.COMPARTMENT_DATABASE)[2:66])
    raw, clear = path.read_bytes(), b""
    for start in range(0, len(raw), PAGE_BYTES):
        page = raw[start : start + PAGE_BYTES]
        body = page[16 if start == 0 else 0 : PAGE_BYTES - RESERVED_BYTES]
        iv = page[PAGE_BYTES - RESERVED_BYTES :][:IV_BYTES]
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        clear += decryptor.update(body) + decryptor.finalize()
    return clear


def reading_room_bytes(people: People) -> bytes:
    archive = people["investigator"].archive
    return decrypted(
        archive.directory.file_of(Compartment.READING_ROOM), archive.secret(Compartment.READING_ROOM)
    )


def place(told: list[str], number: int) -> tuple[int, int]:
    start = sum(len(word) + 1 for word in told[:number])
    return start, start + len(told[number])


def published(people: People, told: list[str], withheld: set[int]) -> releases.Release:
    reviewer, now = people["reviewer"], people.clock()
    code = taken(people["interviewer"], reviewer, now, " ".join(told))
    for number in sorted(withheld):
        mark_span(reviewer, turn(reviewer, code), place(told, number), COVER, now)
    approved(reviewer, people["reviewer_b"], code, now)
    made = release(reviewer, code, Audience.PARTNER, now)
    with people["investigator"].reading() as connection:
        shown = releases.find_release(connection, made.release_id)
    assert shown is not None
    return shown


@settings(max_examples=12)
@given(told=accounts, data=st.data())
def test_kept_words_stay_and_withheld_words_are_in_no_byte(
    people: People, told: list[str], data: st.DataObject
) -> None:
    # All examples share one reading room: a word kept in one must not be withheld in another.
    number = next(numbers)
    told = [f"{word}{number}" for word in told]
    withheld = data.draw(st.sets(st.integers(0, len(told) - 1)))

    shown = published(people, told, withheld)

    assert shown.text == " ".join(TOKEN if n in withheld else word for n, word in enumerate(told))
    room = reading_room_bytes(people)
    assert all(told[n].encode() not in room for n in withheld)
    assert all(told[n].encode() in room for n in range(len(told)) if n not in withheld)


def test_a_word_withheld_by_a_newer_release_is_in_no_byte_any_more(people: People) -> None:
    told = ["quenchless", "umbraphile", "vexillary", "wyrmflight"]
    shown = published(people, told, {0})
    reviewer, now = people["reviewer"], people.clock()
    assert b"vexillary" in reading_room_bytes(people)

    mark_span(reviewer, turn(reviewer, shown.code), place(told, 2), COVER, now)
    approved(reviewer, people["reviewer_b"], shown.code, now)
    release(reviewer, shown.code, Audience.PARTNER, now)

    room = reading_room_bytes(people)
    assert b"vexillary" not in room
    assert shown.text_sha256.encode() not in room
    assert b"umbraphile" in room


def test_what_is_lifted_for_one_recipient_is_in_no_byte_of_the_reading_room(people: People) -> None:
    told = ["xylophonic", "yesterglow", "zephyrlike", "arrowsmith"]
    shown = published(people, told, {0, 1})
    reviewer, second, now = people["reviewer"], people["reviewer_b"], people.clock()
    who = add_recipient(reviewer, "A court expert", "RT02", Audience.PARTNER, now)
    lifted = next(row for row in marks(reviewer, shown.code) if row.start == 0)
    order = Order("Chamber", "The expert must read it.", now.date())
    lift(reviewer, turn(reviewer, shown.code), lifted.mark_id, who, order, now)
    set_id = propose_for(reviewer, turn(reviewer, shown.code), who, now)
    compare(second, set_id, now)
    approve(second, set_id, read_alone(second, set_id, now).needed, now)

    kept = release_to_recipient(second, set_id, now)

    text = read_sealed(reviewer, shown.code, kept, now).text
    room = reading_room_bytes(people)
    assert "xylophonic" in text and "yesterglow" not in text
    assert b"xylophonic" not in room and b"yesterglow" not in room and b"zephyrlike" in room
