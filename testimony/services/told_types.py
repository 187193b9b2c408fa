"""Types of account as the interviewer told them, taken over when an account is released."""

from testimony.domain.acts import INSIDER
from testimony.domain.purposes import Audience
from testimony.services.sessions import Work
from testimony.services.under_review import UnderReview, day
from testimony.storage import acts as act_rows
from testimony.storage import releases


def note_told_types(work: Work, account: UnderReview, release_id: int, releaser: str) -> None:
    """When a release is made: take over what the interviewer said, unless somebody coded it already.

    That an account is an insider's is taken over only when it lies in the closed part for them already.
    """
    told = account.submission.statement.account_types
    types = tuple(code for code in told if code != INSIDER or account.row.tag_p)
    release = releases.find_release(work.connection, release_id)
    if not types or release is None:
        return
    if act_rows.account_types_of(work.connection, account.code, Audience(release.audience)) is not None:
        return
    act_rows.set_account_types(
        work.connection,
        types,
        code=account.code,
        release_id=release_id,
        coder=releaser,
        coded_on=day(work.now),
    )
    releases.reindex_testimony(work.connection, account.code)
