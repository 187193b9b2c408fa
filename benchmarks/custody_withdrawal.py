"""Taking one testimony back among many: from the click to the closed gate, and to the emptied files.

    measure(archive) -> seconds of server time for the withdrawal by a custodian

The gate is closed at the end of what is measured. `carry_out` gives the seconds that the next session spends that holds
vault and reading room. No file is vacuumed: freed pages are overwritten as they are freed, and given back later.
"""

import time
from random import Random

import sqlalchemy as sa

from benchmarks.archives import CASE, Measured, now, temporary_archive
from benchmarks.released import put_released
from testimony.domain.roles import Role
from testimony.services.carrying_out import carry_out_waiting
from testimony.services.consent_versions import Taken
from testimony.services.withdrawing import ALL, withdraw

TESTIMONIES = 100_000
LIMIT_SECONDS = 1.0
TEXT = "They came before dawn with two lorries, and we walked north along the river for two nights."
IN_PERSON = Taken("safe_words", "in_person")


def measure(archive: Measured, seed: int = 7) -> float:
    """Withdraw one testimony of the archive, chosen by chance; return the seconds it took. Nothing is left undone."""
    custodian = archive.sessions[Role.CUSTODIAN]
    with custodian.reading() as connection:
        codes = connection.execute(
            sa.text("SELECT code FROM register WHERE state = 'released' ORDER BY code")
        ).scalars()
        code = Random(seed).choice(codes.all())
    begun = time.perf_counter()
    withdraw(custodian, code, ALL, IN_PERSON, now())
    return time.perf_counter() - begun


def carry_out(archive: Measured) -> float:
    """Empty vault and reading room of what was withdrawn; return the seconds it took."""
    begun = time.perf_counter()
    carry_out_waiting(archive.sessions[Role.REVIEWER], now())
    return time.perf_counter() - begun


def filled(archive: Measured, testimonies: int = TESTIMONIES) -> None:
    """Put released testimonies into the archive."""
    texts = tuple(f"{TEXT} Account {number}." for number in range(testimonies))
    put_released(archive.sessions[Role.REVIEWER], CASE, texts, Random(3), now())


def main() -> None:
    with temporary_archive() as archive:
        filled(archive)
        print(f"withdrawal {measure(archive):.3f} s, carrying out {carry_out(archive):.3f} s")  # a bench


if __name__ == "__main__":
    main()
