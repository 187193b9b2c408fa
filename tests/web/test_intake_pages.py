"""The intake room in a browser without script: every step, both windows, every answer to bad input."""

import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from testimony.services.drafts import MAX_ANSWERS_BYTES, Step
from testimony.web.factory import create_app
from testimony.web.intake import ROOM
from testimony.web.wiring import Services
from tests.services.intake_answers import ACCOUNT, WHOLE
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services, (ROOM,))


def begin(visitor: Visitor) -> str:
    """Begin a draft and return its address."""
    visitor.get("/intake/")
    answer = visitor.post("/intake/drafts")
    assert answer.status_code == 303
    return answer.headers["Location"].removesuffix("/before")


def typed(step: Step) -> dict[str, object]:
    """The answers of a whole interview as a form sends them."""
    form: dict[str, object] = {}
    for name, value in WHOLE.get(step, {}).items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                form |= {f"{name}-{number}-{column}": text for column, text in row.items()}
        else:
            form[name] = value
    return form


def type_all(visitor: Visitor, draft: str) -> None:
    for step in Step:
        if step not in (Step.IDENTITY, Step.FILES):
            if step is Step.ACCOUNT:
                visitor.send(f"{draft}/earlier", {"go": "no_name"})
            visitor.get(f"{draft}/{step}")
            answer = visitor.send(f"{draft}/{step}", {"version": "0", **typed(step)})
            assert answer.status_code == 303, step
    visitor.get(f"{draft}/consent/conditions")
    visitor.send(
        f"{draft}/consent/conditions",
        {"version": "1", "conditions-CP10": ["CC04"], "parameter-CP10-CC04": "the grey truck"},
    )


def test_a_testimony_goes_from_an_empty_draft_to_a_code(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)

    type_all(visitor, draft)
    check = visitor.get(f"{draft}/check")
    sealed = visitor.post(f"{draft}/seal")
    page = visitor.get(sealed.headers["Location"])

    assert "Seal and hand in" in check.text, check.text
    assert "code-large" in page.text
    assert "Sealed. Waits for a reviewer." in visitor.get("/intake/").text


def test_sealing_again_shows_the_same_code(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.get(f"{draft}/check")

    first = visitor.get(visitor.post(f"{draft}/seal").headers["Location"])
    second = visitor.get(visitor.post(f"{draft}/seal").headers["Location"])

    assert first.text.partition("code-large")[2][:40] == second.text.partition("code-large")[2][:40]


def test_the_check_page_leads_to_each_thing_that_is_missing(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.get(f"{draft}/closing")
    visitor.send(f"{draft}/closing", {"version": "1", **typed(Step.CLOSING), "risk": ""})

    check = visitor.get(f"{draft}/check").text
    step = visitor.get(f"{draft}/closing?missing=").text

    assert 'closing?missing=#risk"' in check
    assert "Seal and hand in" not in check
    assert "error-summary" in step and 'id="risk-error"' in step


def test_an_unfinished_draft_is_not_sealed_by_a_forged_button(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    visitor.get(f"{draft}/check")

    answer = visitor.post(f"{draft}/seal")

    assert answer.status_code == 422
    assert "things are missing" in answer.text


def test_two_windows_show_both_versions_and_lose_neither(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.get(f"{draft}/account")

    visitor.send(f"{draft}/account", {"version": "1", **typed(Step.ACCOUNT), "text": "from the first window"})
    answer = visitor.send(
        f"{draft}/account", {"version": "1", **typed(Step.ACCOUNT), "text": "from the second window"}
    )
    again = visitor.send(
        f"{draft}/account", {"version": "2", **typed(Step.ACCOUNT), "text": "from the second window"}
    )

    assert answer.status_code == 409
    assert "from the first window" in answer.text and "from the second window" in answer.text
    assert again.status_code == 303
    assert "from the second window" in visitor.get(f"{draft}/account").text


def test_the_script_saves_in_the_background_and_learns_the_new_version(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    visitor.get(f"{draft}/before")
    quietly = {"Accept": "application/json"}

    first = visitor.client.post(
        f"{draft}/before", data={"csrf_token": visitor.token, "version": "0", "place": "A"}, headers=quietly
    )
    behind = visitor.client.post(
        f"{draft}/before", data={"csrf_token": visitor.token, "version": "0", "place": "B"}, headers=quietly
    )

    assert (first.status_code, first.json and first.json["version"]) == (200, 1)
    assert behind.status_code == 409
    assert 'value="A"' in visitor.get(f"{draft}/before").text


def test_another_interviewer_finds_nothing_at_the_address_of_a_draft(visit: Visit) -> None:
    draft = begin(visit("interviewer"))

    other = visit("interviewer_b")

    for path in ("/before", "/account", "/check", "/consent/conditions", "/account/basis", "/discard"):
        assert other.get(draft + path).status_code == 404
    assert other.post(f"{draft}/seal").status_code == 404


@pytest.mark.parametrize("name", ["reviewer", "investigator", "auditor", "custodian"])
def test_the_room_is_not_there_for_other_roles(visit: Visit, name: str) -> None:
    assert visit(name).get("/intake/").status_code == 404


def test_a_step_that_does_not_exist_is_not_there(visit: Visit) -> None:
    visitor = visit("interviewer")

    assert visitor.get(f"{begin(visitor)}/elsewhere").status_code == 404


def test_the_account_waits_for_the_question_about_earlier_accounts_and_for_notes(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)

    page = visitor.get(f"{draft}/account").text

    assert "Not yet" in page and "<textarea" not in page


def test_nothing_about_consent_is_preset(visit: Visit) -> None:
    visitor = visit("interviewer")

    page = visitor.get(f"{begin(visitor)}/consent").text

    assert page.count('type="radio"') >= 26 * 4
    assert " checked" not in page.replace("were checked", "")
    assert "So far the witness allows nothing." in page


def test_the_sentence_sums_up_what_was_allowed(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)

    page = visitor.get(f"{draft}/consent").text

    assert "The witness allows: Take written notes of what I say; " in page
    assert "With conditions: Publish without my name." in page


def test_hostile_text_is_shown_as_text_in_every_step(visit: Visit) -> None:
    hostile = "\"><script>alert(1)</script>{{ 7*7 }}'--"
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.send(
        f"{draft}/account",
        {"version": "1", **typed(Step.ACCOUNT), "text": hostile, "unanswered-0-topic": hostile},
    )
    visitor.send(f"{draft}/before", {"version": "1", **typed(Step.BEFORE), "place": hostile})
    visitor.send(f"{draft}/protect", {"version": "1", "protect-0-text": hostile, "protect-0-kind": "PHONE"})

    pages = [visitor.get(f"{draft}/{name}").text for name in ("account", "before", "protect", "check")]
    pages.append(visitor.get(f"{draft}/account/basis").text)

    assert all("<script>alert" not in page and "alert(1)" in page and "{{ 7*7 }}" in page for page in pages)


def test_marks_follow_the_text_when_it_is_changed_without_script(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.get(f"{draft}/account/basis")
    visitor.send(f"{draft}/account/basis", {"version": "1", "basis-1": "BA03", "speaker-1": "Akli"})

    visitor.send(f"{draft}/account", {"version": "2", **typed(Step.ACCOUNT), "text": "At first. " + ACCOUNT})

    page = visitor.get(f"{draft}/account/basis").text
    assert '<option value="BA03" selected>' in page.partition("Paragraph 2")[2]
    assert 'value="Akli"' in page


def test_stopping_leads_to_the_last_page_and_says_that_it_was_stopped(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    for step in (Step.BEFORE, Step.EXPLANATION, Step.CONSENT):
        visitor.get(f"{draft}/{step}")
        visitor.send(f"{draft}/{step}", {"version": "0", **typed(step)})
    visitor.send(f"{draft}/earlier", {"go": "not_wanted"})
    visitor.get(f"{draft}/account")

    answer = visitor.send(f"{draft}/account", {"version": "0", **typed(Step.ACCOUNT), "go": "stop"})
    page = visitor.get(answer.headers["Location"]).text

    assert "The whole conversation – Asked to stop" in page
    assert "The witness asked to stop." in page


def test_an_account_that_is_too_large_is_said_to_be_and_comes_back_to_the_page(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.get(f"{draft}/account")

    answer = visitor.send(
        f"{draft}/account", {"version": "1", **typed(Step.ACCOUNT), "text": "y" * (MAX_ANSWERS_BYTES + 1)}
    )

    assert answer.status_code == 413
    assert "more than 2 megabytes" in answer.text and "yyyy" in answer.text


def test_the_identity_page_asks_nothing_without_consent(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)

    page = visitor.get(f"{draft}/identity").text

    assert "There is nothing to write here." in page and "names-0-full" not in page


def attach(visitor: Visitor, draft: str, content: bytes, **fields: str) -> TestResponse:
    form = {"kind": "XK01", "acquired": "cable", **fields}
    return visitor.send(f"{draft}/files/add", {**form, "file": (io.BytesIO(content), "canary-name.jpg")})


def allow_copies(visitor: Visitor) -> str:
    draft = begin(visitor)
    visitor.get(f"{draft}/consent")
    visitor.send(f"{draft}/consent", {"version": "0", "decision-CP05": "granted"})
    visitor.get(f"{draft}/files")
    return draft


def test_a_file_is_attached_shown_with_its_hash_and_taken_out_again(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = allow_copies(visitor)

    answer = attach(visitor, draft, b"content of a photograph")
    page = visitor.get(f"{draft}/files").text
    removal = page.partition('action="/intake')[2].partition('"')[0]
    visitor.post("/intake" + removal)

    assert answer.status_code == 303
    assert "canary-name.jpg" in page and "SHA-256" in page
    assert "No file is attached." in visitor.get(f"{draft}/files").text


def test_no_byte_of_an_upload_is_written_in_clear(visit: Visit, tmp_path: Path) -> None:
    """G1: a form library that spools uploads to a temporary file would leave them there, unlinked or not."""
    visitor = visit("interviewer")
    draft = allow_copies(visitor)
    parts = {"csrf_token": visitor.token, "kind": "XK01", "acquired": "cable"}
    head = "".join(
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in parts.items()
    )
    file = '--line\r\nContent-Disposition: form-data; name="file"; filename="canary-name.jpg"\r\n\r\n'
    body = (head + file).encode() + b"canary-in-an-upload " * 200_000 + b"\r\n--line--\r\n"

    with WRITTEN.watched() as written:
        answer = visitor.client.post(
            f"{draft}/files/add", data=body, content_type="multipart/form-data; boundary=line"
        )

    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (answer.status_code, written) == (303, [])
    assert b"canary-in-an-upload" not in everything and b"canary-name" not in everything


class Written:
    """What Python code opens for writing while it is watched; the archive's own files are written by
    libraries below it.
    """

    def __init__(self) -> None:
        self._seen: list[str] | None = None
        sys.addaudithook(self._hear)

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        seen: list[str] = []
        self._seen = seen
        yield seen
        self._seen = None

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._seen is not None and event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
                self._seen.append(str(path))


WRITTEN = Written()


def test_the_watch_for_temporary_files_sees_one() -> None:
    with WRITTEN.watched() as written, tempfile.TemporaryFile():
        pass

    assert written != []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "XK12"}, "is not covered by what the witness allowed"),
        ({"kind": ""}, "has no answer yet"),
        ({"acquired": "by air"}, "has no answer yet"),
    ],
)
def test_a_file_that_may_not_be_kept_is_refused_in_words(
    visit: Visit, fields: dict[str, str], sentence: str
) -> None:
    visitor = visit("interviewer")
    draft = allow_copies(visitor)

    answer = attach(visitor, draft, b"content", **fields)

    assert answer.status_code == 422 and sentence in answer.text
    assert "No file is attached." in visitor.get(f"{draft}/files").text


def test_a_file_without_the_forms_token_is_refused(visit: Visit, services: Services) -> None:
    visitor = visit("interviewer")
    draft = allow_copies(visitor)
    visitor.token = "forged"

    answer = attach(visitor, draft, b"content")

    assert answer.status_code == 400
    assert services.archive.objects.names() == frozenset()


def test_discarding_asks_first_and_then_destroys(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)

    asked = visitor.get(f"{draft}/discard")
    answer = visitor.post(f"{draft}/discard")

    assert "Discard this draft?" in asked.text
    assert answer.status_code == 303
    assert visitor.get(f"{draft}/before").status_code == 404


def test_a_child_without_guardian_is_sealed_as_a_closed_note_in_plain_words(visit: Visit) -> None:
    visitor = visit("interviewer")
    draft = begin(visitor)
    type_all(visitor, draft)
    visitor.send(
        f"{draft}/before", {"version": "1", **typed(Step.BEFORE), "minor": "yes", "age_band": "13-17"}
    )
    visitor.send(
        f"{draft}/consent",
        {
            "version": "2",
            **typed(Step.CONSENT),
            "decision-CP10": "granted",
            "guardian_decision": "not_asked",
            "assent": "given",
        },
    )

    check = visitor.get(f"{draft}/check").text
    page = visitor.get(visitor.post(f"{draft}/seal").headers["Location"]).text

    assert "guardian and child have not both agreed" in check and "Seal as a closed note" in check
    assert "A closed note" in page
