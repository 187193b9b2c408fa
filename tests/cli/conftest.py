"""Commands as they are typed, without the time that each password takes."""

import pytest

from crypto.passwords import Argon2Cost
from testimony.services import decoys


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """At what is recommended each sign-in takes half a second, and the first of each person three times that.

    What an archive costs that somebody really opens is in tests/attacks/test_server_process.py.
    """
    monkeypatch.setattr(Argon2Cost, "DEFAULT", Argon2Cost.TESTING_ONLY)
    monkeypatch.setattr(decoys, "PACE_SECONDS", 0.0)
