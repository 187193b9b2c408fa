"""Attacks on copies of files: what lies in a document unseen, a claim of hidden faces, a plug-in that asks the net."""

import io
import sys
import types
import zipfile

import pytest

from testimony.detection import plugins
from testimony.domain.errors import IntegrityFailed
from testimony.domain.purposes import Audience
from testimony.services.approving_files import open_copy
from testimony.services.proposing import detect_nothing
from testimony.services.released_files import release_copy
from testimony.services.text_copies import Withheld, make_text, open_text
from testimony.storage import derivatives
from tests.file_copies import approved_copy, released_text, with_photograph
from tests.media import documents
from tests.media.documents import HIDDEN
from tests.services.conftest import Clock, People, archive, clock, founded_template, people
from tests.services.test_copy_conditions import later

__all__ = ["archive", "clock", "founded_template", "people"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_a_name_in_deleted_words_comments_and_properties_of_a_letter_leaves_with_no_copy(
    people: People, clock: Clock
) -> None:
    letter = documents.docx()
    with zipfile.ZipFile(io.BytesIO(letter)) as parts:
        hiding = [name for name in parts.namelist() if HIDDEN.encode() in parts.read(name)]
    code = with_photograph(people, clock, letter, kind="XK04", mime=DOCX)

    seen = open_text(people["reviewer"], code, 1, (), (), clock(), detect_nothing)
    withheld = (Withheld("Tadfest", "X.2"),)
    copy = make_text(people["reviewer"], code, 1, Audience.PARTNER, withheld, (), seen.sha256, clock())
    _, content = open_copy(people["reviewer_b"], copy, clock())

    assert set(hiding) == {
        "word/document.xml",
        "word/comments.xml",
        "word/vbaProject.bin",
        "docProps/core.xml",
    }
    assert HIDDEN not in seen.text and HIDDEN.encode() not in content and b"Tadfest" not in content


def test_who_can_write_the_vault_cannot_claim_that_faces_are_hidden(people: People, clock: Clock) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    copy = approved_copy(people, clock, code)
    later(people, clock, code, "CC06")
    with people["reviewer"].work(clock()) as work:
        row = derivatives.find_derivative(work.connection, copy)
        assert row is not None
        claimed = row.parameters.replace('{"boxes"', '{"faces":true,"boxes"')
        derivatives.change_derivative(work.connection, row, parameters=claimed)
        assert '"faces":true' in claimed

    with pytest.raises(IntegrityFailed):
        release_copy(people["reviewer_b"], copy, clock())


def test_a_plug_in_asks_the_net_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Lists:
        """As tldextract's class: without lists of its own it asks for one when it is first used."""

        def __init__(
            self, suffix_list_urls: tuple[str, ...] = ("https://a",), cache_dir: str | None = ""
        ) -> None:
            self.urls = suffix_list_urls

        def __call__(self, address: str) -> str:
            asked.extend(self.urls)
            return address

    theirs = types.ModuleType("tldextract")
    theirs.__spec__ = types.SimpleNamespace(name="tldextract")  # type: ignore[assignment]  # enough to be found
    theirs.TLDExtract, theirs.extract = Lists, Lists()  # type: ignore[attr-defined]  # names of theirs
    monkeypatch.setitem(sys.modules, "tldextract", theirs)
    theirs.extract("ali@example.org")
    assert asked == ["https://a"]

    plugins.keep_off_the_net()
    asked.clear()
    theirs.extract("ali@example.org")

    assert asked == []
