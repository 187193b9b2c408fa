"""Uploads that were cut off leave noise, and the noise is removed without touching a file that somebody named."""

from datetime import UTC, datetime, timedelta

from testimony.domain.purposes import Purpose
from testimony.services.submitting import submit
from testimony.services.sweeping import sweep_orphans
from tests.review_room import PURPOSES, granted, submission, with_file
from tests.services.conftest import Clock, People


def test_an_upload_that_nothing_names_is_gone_after_a_day_and_a_named_one_stays(
    people: People, clock: Clock
) -> None:
    interviewer, reviewer = people["interviewer"], people["reviewer"]
    said = granted(*PURPOSES, Purpose.CP04)
    made = with_file(interviewer, submission(interviewer, decisions=said), b"a photograph")
    submit(interviewer, made, None, clock())
    orphan = interviewer.archive.objects.write(iter([b"half a film"]))

    too_early = sweep_orphans(reviewer, datetime.now(UTC))
    swept = sweep_orphans(reviewer, datetime.now(UTC) + timedelta(days=2))

    assert (too_early, swept) == (0, 1)
    assert interviewer.archive.objects.names() == {made.attachments[0].object_id}
    assert orphan not in interviewer.archive.objects.names()
