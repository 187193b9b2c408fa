"""A copy for one recipient and the handing over of their layer, as a browser without script does it."""

import io
import re
import zipfile
from collections.abc import Callable

from testimony.services.derivatives import files_of
from tests.recipients_room import account_with_file, named, sealed
from tests.services.conftest import Clock, People
from tests.web.conftest import Visitor

Visit = Callable[..., Visitor]
TO_THEM = {"purpose": "CP09"}


def test_a_copy_for_one_recipient_is_made_sealed_and_handed_over_by_plain_forms(
    people: People, clock: Clock, visit: Visit
) -> None:
    code, who = account_with_file(people, clock), named(people, clock, name="Team <b>A</b>")
    kept = sealed(people, clock, code, who)
    first, second, custodian = visit("reviewer"), visit("reviewer_b"), visit("custodian")
    first.get(f"/review/{code}/files/1/copy")
    page = first.get(f"/review/{code}/files/1/copy").text
    assert f'value="partner/{who}"' in page and "Team &lt;b&gt;A&lt;/b&gt; alone" in page

    box = {"page": "1", "left": "10", "top": "20", "width": "40", "height": "40", "category": "X.2"}
    copy = str(first.post(f"/review/{code}/files/1/copy", audience=f"partner/{who}", **box).location)
    second.get(f"{copy}?shown=1")
    second.get(f"{copy}/pages/1")
    assert second.post(f"{copy}/approve", nobody_recognised="y").status_code == 303
    approved = second.get(f"{copy}?shown=1").text
    assert f"{copy}/seal" in approved and f"{copy}/release" not in approved
    assert second.post(f"{copy}/release").status_code == 404
    assert second.post(f"{copy}/seal").status_code == 303
    assert "made for them alone" in first.get(f"/review/{code}/sealed/{kept}").text

    asked = first.get(f"/review/{code}/sealed/{kept}/hand-over").text
    assert "and 1 file." in asked and "Team &lt;b&gt;A&lt;/b&gt;" in asked
    done = first.post(f"/review/{code}/sealed/{kept}/hand-over", **TO_THEM)
    assert done.status_code == 303 and "Waits for approval" in first.get(str(done.location)).text
    handing = re.search(r"/custody/handed-over/(\w+)", custodian.get("/custody/handed-over").text)
    assert handing is not None
    assert "this recipient alone" in custodian.get(handing[0]).text
    taking = f"/review/handed/{handing[1]}/package"
    assert first.post(taking).status_code == 409
    assert custodian.post(handing[0], act="approve").status_code == 303
    assert taking in first.get(f"/review/{code}/sealed/{kept}").text
    package = first.post(taking)
    assert package.headers["Content-Disposition"] == f'attachment; filename="{code}-1.zip"'
    with zipfile.ZipFile(io.BytesIO(package.data)) as held:
        assert sorted(held.namelist()) == ["file-1.jpg", "manifest.json", "text.txt"]
    assert custodian.post(handing[0], act="sent", channel="in_person").status_code == 303
    assert "Handed over" in first.get(f"/review/{code}/sealed/{kept}").text
    assert first.post(taking).status_code == 409


def test_what_cannot_be_handed_over_is_said_in_the_form(people: People, clock: Clock, visit: Visit) -> None:
    code, who = account_with_file(people, clock), named(people, clock)
    kept = sealed(people, clock, code, who)
    visitor = visit("reviewer")

    answer = visitor.post(f"/review/{code}/sealed/{kept}/hand-over", purpose="CP09", expires_on="2020-01-01")
    unknown = visitor.post(f"/review/{code}/files/1/copy", audience="partner/nobody", category="X.2")

    assert answer.status_code == 422 and "This does not fit." in answer.text
    assert unknown.status_code == 404
    assert files_of(people["reviewer"], code, clock()).copies == ()


def test_what_a_kind_of_place_counts_for_in_a_case_is_said_by_a_plain_form(
    people: People, clock: Clock, visit: Visit
) -> None:
    code, visitor = account_with_file(people, clock), visit("reviewer")
    address = f"/review/{code}/residual/partner"
    before = visitor.get(address).text

    said = visitor.post(f"{address}/population", place="PL5", band="PB2", case="y")
    wrong = visitor.post(f"{address}/population", place="nowhere", band="PB2", case="y")

    assert '<option value="PB2" selected>' not in before and "the guess: 1000" in before
    assert said.status_code == 303 and '<option value="PB2" selected>' in visitor.get(address).text
    assert wrong.status_code == 404
