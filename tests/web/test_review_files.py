"""Copies of files as a browser without script makes them: listed, made, looked at, approved, released."""

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image

from testimony.media import copying, faces, recordings
from testimony.media.boxes import Box, covered
from testimony.media.copying import Made
from testimony.services.derivatives import categories_of
from testimony.storage import derivatives
from tests.file_copies import give_grant, released_copy, released_text, with_photograph
from tests.media.samples import SECRET, scanned_pdf
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]

ONE_BOX = {
    "audience": "partner",
    "page": ["", "1"],
    "left": ["10", ""],
    "top": ["20,0", ""],
    "width": ["40", ""],
    "height": ["40.0", ""],
    "category": ["X.2", "X.1"],
}


def make(visitor: Visitor, code: str, **changes: object) -> str:
    """Make a copy by the form; return where it led."""
    visitor.get(f"/review/{code}/files/1/copy")
    answer = visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_file_goes_from_the_list_to_the_reading_room_without_script(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = with_photograph(people, clock)
    released_text(people, clock, code)
    first, second = visit("reviewer"), visit("reviewer_b")
    assert f"/review/{code}/files/1/copy" in first.get(f"/review/{code}/files/").text

    copy = make(first, code)
    assert "you made it" in first.get(copy).text
    looked = second.get(f"{copy}?shown=1").text
    picture = second.get(re.findall(r'src="([^"]+/pages/1)"', looked)[0])
    assert second.post(f"{copy}/approve").status_code == 422
    assert second.post(f"{copy}/approve", nobody_recognised="y").status_code == 303
    second.get(copy)
    assert second.post(f"{copy}/release").status_code == 303

    shown = Image.open(io.BytesIO(picture.data))
    assert shown.crop(covered(Box(0.1, 0.2, 0.5, 0.6), shown.size)).getextrema() == ((0, 0),) * 3
    assert ": released" in first.get(f"/review/{code}/files/").text
    with people["reviewer"].reading() as connection:
        assert categories_of(derivatives.derivatives_of(connection, code)[0]) == ("X.2",)


def test_an_investigator_saves_a_released_file_under_its_code_alone(
    people: People, clock: Clock, visit: Visit
) -> None:
    code, _ = released_copy(people, clock)
    give_grant(people, clock)
    visitor = visit("investigator")
    assert visitor.get(f"/finding/testimony/{code}/files/1").status_code == 303
    visitor.get("/finding/purpose")
    visitor.post("/finding/purpose", purpose="CP07")

    page = visitor.get(f"/finding/testimony/{code}").text
    saved = visitor.get(f"/finding/testimony/{code}/files/1")

    assert f'href="/finding/testimony/{code}/files/1"' in page and "field.jpg" not in page
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{code}-1.jpg"'
    assert Image.open(io.BytesIO(saved.data)).format == "JPEG" and SECRET not in saved.data
    assert visitor.get(f"/finding/testimony/{code}/files/2").status_code == 404


def test_nothing_of_a_file_is_shown_before_a_click_and_no_browser_keeps_it(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = with_photograph(people, clock)
    visitor = visit("reviewer")

    before = visitor.get(f"/review/{code}/files/1/copy").text
    after = visitor.get(f"/review/{code}/files/1/copy?shown=1").text
    picture = visitor.get(f"/review/{code}/files/1/picture")

    assert "<img" not in before and f'src="/review/{code}/files/1/picture?page=1"' in after
    assert picture.headers["Cache-Control"] == "no-store" and picture.mimetype == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff" and SECRET not in picture.data


def test_a_copy_is_shown_alone_and_only_after_a_click(people: People, clock: Clock, visit: Visit) -> None:
    code = with_photograph(people, clock)
    copy, second = make(visit("reviewer"), code), visit("reviewer_b")

    before = second.get(copy).text
    after = second.get(f"{copy}?shown=1").text

    assert "<img" not in before and "Approve it?" not in before
    assert "/files/1/picture" not in after and f"{copy}/pages/1" in after


def test_every_page_of_a_document_is_shown_to_the_second_reviewer(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = with_photograph(people, clock, scanned_pdf(3), kind="XK04")
    first, second = visit("reviewer"), visit("reviewer_b")

    copy = make(first, code, page=["3", ""])
    looked = second.get(f"{copy}?shown=1").text

    assert re.findall(r"/pages/(\d+)", looked) == ["1", "2", "3"]
    assert second.get(f"{copy}/pages/3").mimetype == "image/jpeg"
    assert second.get(f"{copy}/pages/4").status_code == 404
    assert first.get(f"/review/{code}/files/1/picture?page=4").status_code == 404
    saved = second.get(f"{copy}/content")
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{code}-1-partner.pdf"'
    assert saved.mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"width": ["95", ""]}, "leaves the picture"),
        ({"width": ["0", ""]}, "A box is empty"),
        ({"left": ["wide", ""]}, "leaves the picture"),
        ({"left": ["nan", ""]}, "leaves the picture"),
        ({"page": ["9", ""]}, "a page that is not there"),
        ({"category": ["X.99", ""]}, "one of the entries of the list"),
        ({"audience": "everybody"}, "one of the entries of the list"),
    ],
)
def test_a_box_that_cannot_be_makes_no_copy_and_what_was_typed_is_kept(
    people: People, clock: Clock, visit: Visit, changes: dict[str, object], said: str
) -> None:
    code = with_photograph(people, clock)
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy")

    answer = visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, **changes})

    assert answer.status_code == 422 and said in answer.text and 'value="20,0"' in answer.text
    assert "No version of it was made yet" in visitor.get(f"/review/{code}/files/").text


def test_what_is_no_picture_is_said_so(people: People, clock: Clock, visit: Visit) -> None:
    code = with_photograph(people, clock, b"PK\x03\x04 a document of an office")
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy")

    answer = visitor.send(f"/review/{code}/files/1/copy", dict(ONE_BOX))

    assert answer.status_code == 422 and "Convert it to PDF first" in answer.text
    assert visitor.get(f"/review/{code}/files/1/picture").status_code == 404


def test_who_made_a_copy_is_refused_its_approval(people: People, clock: Clock, visit: Visit) -> None:
    visitor = visit("reviewer")
    copy = make(visitor, with_photograph(people, clock))
    looked = visitor.get(f"{copy}?shown=1").text

    answer = visitor.post(f"{copy}/approve", nobody_recognised="y")

    assert "Approve it?" not in looked and answer.status_code == 403


def test_a_copy_sent_back_shows_its_maker_why(people: People, clock: Clock, visit: Visit) -> None:
    code = with_photograph(people, clock)
    first, second = visit("reviewer"), visit("reviewer_b")
    copy = make(first, code)
    second.get(f"{copy}?shown=1")

    assert second.post(f"{copy}/send-back").status_code == 422
    assert second.post(f"{copy}/send-back", answer="Cover the sign.").status_code == 303
    assert "Cover the sign." in first.get(f"/review/{code}/files/").text


RECORDING = {
    "audience": "partner",
    "recording": "y",
    "category": ["X.1", "X.2"],
    "start": ["0:01", ""],
    "end": ["2,5", ""],
}


def recorded(people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account with a sound, where FFmpeg is played by a fake that gives back words of its own."""
    monkeypatch.setattr(recordings, "redact_sound", fake_redaction)
    return with_photograph(people, clock, b"a sound", kind="XK03", mime="audio/mpeg")


def fake_redaction(content: bytes, plan: recordings.Plan) -> Made:
    assert content == b"a sound" and plan.silenced == (recordings.Passage(1, 2.5),) and plan.changes_voice
    return Made(b"OggS another sound", "audio/ogg", 0, "fake/1")


def test_a_recording_is_silenced_by_form_and_heard_by_the_second_reviewer(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = recorded(people, clock, monkeypatch)
    first, second = visit("reviewer"), visit("reviewer_b")
    asked = first.get(f"/review/{code}/files/1/copy").text

    made = first.send(f"/review/{code}/files/1/copy", {**RECORDING, "voice": "y"})
    looked = second.get(f"{made.location}?shown=1").text
    heard = second.get(f"{made.location}/pages/1")

    assert "can undo it" in asked and "<img" not in asked and 'name="left"' not in asked
    assert "<audio" in looked and (heard.mimetype, heard.data) == ("audio/ogg", b"OggS another sound")
    with people["reviewer"].reading() as connection:
        (row,) = derivatives.derivatives_of(connection, code)
    assert row.parameters == '{"boxes":[],"silenced":[[1000,2500,"X.1"]],"voice":820}'


def test_without_ffmpeg_the_page_says_so_and_makes_no_copy(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "PLACES", "/nowhere")
    code = with_photograph(people, clock, b"a sound", kind="XK03", mime="audio/mpeg")
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy")

    answer = visitor.send(f"/review/{code}/files/1/copy", dict(RECORDING))

    assert answer.status_code == 422 and "FFmpeg, which is not on this machine" in answer.text


@pytest.mark.parametrize("end", ["0:01", "0", "soon", "", "inf", "9:9:9:9"])
def test_a_passage_that_cannot_be_makes_no_copy(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    code = recorded(people, clock, monkeypatch)
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy")

    answer = visitor.send(
        f"/review/{code}/files/1/copy", {**RECORDING, "end": [end, ""], "start": ["1:02:04", ""]}
    )

    assert answer.status_code == 422 and "passage does not end" in answer.text


def test_suggested_faces_are_boxes_to_decide_and_no_copy_is_made_before(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = with_photograph(people, clock)
    found = ((Box(0.1, 0.2, 0.3, 0.5),), "a detector/1")
    monkeypatch.setattr(copying, "suggest_faces", lambda content, page: found)
    visitor = visit("reviewer")

    visitor.get(f"/review/{code}/files/1/copy?shown=1")
    page = visitor.post(f"/review/{code}/files/1/copy", look="1").text
    undecided = visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, "category": ["", "X.1"]})

    assert "1 place may be a face" in page and "a detector/1" in page and "to decide</option>" in page
    assert 'name="left" value="10.00"' in page and 'name="height" value="30.00"' in page
    assert undecided.status_code == 422 and "Decide every box" in undecided.text


def test_without_a_detector_of_faces_the_page_says_so(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "is_installed", lambda: False)
    code = with_photograph(people, clock)

    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy?shown=1")

    page = visitor.post(f"/review/{code}/files/1/copy", look="1").text

    assert "No program that finds faces is installed" in page and "FFmpeg" not in page


def test_boxes_of_one_page_are_kept_while_another_is_looked_at(
    people: People, clock: Clock, visit: Visit
) -> None:
    code = with_photograph(people, clock, scanned_pdf(2), kind="XK04", mime="application/pdf")
    visitor = visit("reviewer")
    visitor.get(f"/review/{code}/files/1/copy?shown=1")

    turned = visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, "turn": "2"})
    wrong = visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, "showing": "2", "width": ["99", ""]})

    assert turned.status_code == 200 and "picture?page=2" in turned.text and 'value="20,0"' in turned.text
    assert wrong.status_code == 422 and "picture?page=2" in wrong.text
    assert "No version of it was made yet" in visitor.get(f"/review/{code}/files/").text
    assert visitor.send(f"/review/{code}/files/1/copy", {**ONE_BOX, "turn": "two"}).status_code == 404


def test_a_box_of_a_film_may_move_and_a_tone_may_stand_for_what_is_silenced(
    people: People, clock: Clock, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[recordings.Plan] = []

    def kept(_: bytes, plan: recordings.Plan) -> Made:
        planned.append(plan)
        return Made(b"webm", "video/webm", 0, "a tool")

    monkeypatch.setattr(recordings, "redact_film", kept)
    code = with_photograph(people, clock, b"a film", kind="XK02", mime="video/mp4")
    rows = {"page": [], "start": ["1", "2"], "end": ["3", "4"], "to_left": ["50", ""], "tone": "y"}
    boxes = {"left": ["10", ""], "top": ["20", ""], "width": ["40", ""], "height": ["40", ""]}

    make(visit("reviewer"), code, recording="y", **rows, **boxes)

    (plan,) = planned
    assert plan.has_tone and len(plan.silenced) == 1
    to = plan.covered[0].to
    assert to is not None and (to.left, to.top, to.right, to.bottom) == pytest.approx((0.5, 0.2, 0.9, 0.6))
    with people["reviewer"].reading() as connection:
        told = derivatives.derivatives_of(connection, code)[0].parameters
    assert (
        '"tone":1000' in told and "[100000,200000,500000,600000,500000,200000,900000,600000,1000,3000" in told
    )
