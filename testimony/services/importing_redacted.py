"""Testimonies that were redacted elsewhere: taken in, approved and released at once, by two reviewers together.

The first hands each text in as it is and stands as its redactor, the second approves and releases it; each signs what
they would sign in the review room, and what is written is what the review room would leave. Nobody here took the
account: its document says for whom it was redacted, and no one stands as its interviewer. The words of `protect` must
not be in the text any more, and are not kept: nowhere else in this archive do they stand.

Rows are signed outside of any transaction and written in batches. A row is reported when its batch is on disk.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from testimony.domain.audit import Action, Outcome
from testimony.domain.errors import Conflict, Invalid, Problem
from testimony.domain.purposes import Audience
from testimony.policy.access import Permission, require
from testimony.policy.redaction import NOBODY, require_may_approve, require_may_redact
from testimony.services import redacted_rows
from testimony.services.approving import Tick
from testimony.services.importing import RowReport
from testimony.services.redacted_rows import Pair, RefusedRow, SignedRow, sign_rows
from testimony.services.residual_checks import keep_details, log_override, read_checked
from testimony.services.sessions import Work, joint_work
from testimony.storage import (
    consents,
    originals,
    originals_index,
    redaction_sets,
    redactions,
    register,
    releases,
)
from testimony.storage.compartments import Compartment
from testimony.storage.releases import Release

BATCH_ROWS = 25
BATCH_BYTES = 2 * 1024 * 1024
"""A batch ends at either: a commit costs some milliseconds, and others wait while a batch is written."""

ATTESTED = frozenset({Tick.NO_ONE_POINTED_AT})
"""What both reviewers must say of every row before the first is read."""

_TRIES = 8


def import_redacted(
    pair: Pair, lines: Iterable[bytes], attested: frozenset[Tick], clock: Callable[[], datetime]
) -> Iterator[RowReport]:
    """Take rows in; blank lines are passed over.

    Before the first row: raises Refused for a person who may not, or one person twice; Invalid without what both must
    attest; CompartmentClosed for one who lacks a key. Run again, it goes on: an external id is taken once.
    """
    _begin(pair, attested, clock())
    kept = 0
    for batch in _batches(lines):
        for report in _import_batch(pair, batch, clock()):
            kept += report.code is not None and not report.already_there
            yield report
    with pair.redactor.work(clock()) as work:
        work.log(Action.WRITTEN, fields=("redacted-import-ended",), count=kept)


def _begin(pair: Pair, attested: frozenset[Tick], now: datetime) -> None:
    redactor, approver = pair.redactor, pair.approver
    # Each in a unit of work of their own: a refusal is in the log under the name of whom it met.
    with redactor.work(now) as work:
        require(redactor.account, Permission.IMPORT_REDACTED)
        require_may_redact(redactor.account, NOBODY)
        work.log(Action.WRITTEN, fields=("redacted-import-started",))
    with approver.work(now) as work:
        require(approver.account, Permission.IMPORT_REDACTED)
        require(approver.account, Permission.RELEASE)
        require_may_approve(approver.account, frozenset({redactor.account.id}), NOBODY)
        work.log(Action.WRITTEN, fields=("redacted-import-joined",))
    for session in (redactor, approver):
        for compartment in (Compartment.VAULT, Compartment.READING_ROOM):
            session.archive.secret(compartment)
    if missing := ATTESTED - attested:
        raise Invalid(tuple(Problem(tick.value, "required") for tick in sorted(missing)))
    with joint_work(redactor, approver, now) as both:
        for work in both:
            work.log(Action.REDACTION_DECIDED, fields=("attested", *sorted(attested)))


def _batches(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    taken = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            batch.append((number, line))
            taken += len(line)
        if len(batch) >= BATCH_ROWS or taken >= BATCH_BYTES:
            yield batch
            batch, taken = [], 0
    if batch:
        yield batch


def _import_batch(pair: Pair, batch: list[tuple[int, bytes]], now: datetime) -> list[RowReport]:
    """Raises Conflict only when another process takes the same codes again and again."""
    for _ in range(_TRIES):
        outcomes = sign_rows(pair, batch, now)
        try:
            return _write_all(pair, outcomes, now)
        except Conflict:
            # Between the look and the transaction somebody took a code, or the same row. Nothing of it is kept.
            continue
    raise Conflict


def _write_all(pair: Pair, outcomes: list[redacted_rows.Outcome], now: datetime) -> list[RowReport]:
    reports = [outcome for outcome in outcomes if isinstance(outcome, RowReport)]
    if len(reports) == len(outcomes):
        return reports
    with joint_work(pair.redactor, pair.approver, now) as (redacting, approving):
        # From here to the commit: the whole batch is on disk, with the entries that tell of it, or nothing of it.
        kept: list[Release] = []
        reports = [_write(redacting, approving, outcome, kept) for outcome in outcomes]
        # Together, once all other rows of the batch are written: each of those makes the index write itself out.
        releases.index_releases(redacting.connection, kept)
        versions = [row.account.version for row in outcomes if isinstance(row, SignedRow)]
        originals_index.put_versions(
            redacting.connection, ((version.code, version.version_no) for version in versions)
        )
        return reports


def _write(
    redacting: Work, approving: Work, outcome: redacted_rows.Outcome, kept: list[Release]
) -> RowReport:
    match outcome:
        case SignedRow():
            kept.append(_keep(redacting, approving, outcome))
            return RowReport(outcome.line, outcome.account.code)
        case RefusedRow():
            redacting.log(
                Action.DENIED,
                case=outcome.case_id,
                fields=("redacted-elsewhere", outcome.audience.value, f"line:{outcome.line}"),
                outcome=Outcome.DENIED,
                reasons=outcome.reasons,
                detail=outcome.external_id or None,
            )
            problems = tuple(Problem("consent", reason.value) for reason in outcome.reasons)
            return RowReport(outcome.line, None, problems)
        case RowReport():
            return outcome


def _keep(redacting: Work, approving: Work, row: SignedRow) -> Release:
    """Write all of a row but its entries in the indexes.

    Raises Conflict when the code or the row was taken since it was signed.
    """
    connection, account = redacting.connection, row.account
    if register.find_row(connection, account.code) is not None:
        raise Conflict
    if register.find_submission(connection, account.row.submission_id) is not None:
        raise Conflict
    register.insert_row(connection, account.row)
    consents.insert_consent(connection, row.consent)
    originals.keep_original(connection, account.original, account.version, ())
    redactions.insert_work(connection, row.work)
    redaction_sets.insert_set(connection, row.layer)
    checked = read_checked(row.layer.residual)
    if checked is not None:
        keep_details(connection, account.code, checked.found)
    kept = releases.keep_release(connection, row.release, set_id=row.layer.set_id)
    subject, case, audience = account.subject, account.row.case_id, row.layer.audience
    redacting.log(Action.WRITTEN, subject=subject, case=case, fields=("redacted-elsewhere", audience))
    redacting.log(Action.REDACTION_DECIDED, subject=subject, case=case, fields=("proposed", audience))
    if checked is not None and checked.is_override:
        log_override(redacting, account, Audience(audience), checked)
    # "attested": approved on their word for the whole file, without the two looks of the review room.
    approving.log(
        Action.REDACTION_DECIDED, subject=subject, case=case, fields=("approved", audience, "attested")
    )
    approving.log(
        Action.REDACTION_DECIDED,
        subject=subject,
        case=case,
        fields=("released", audience),
        count=row.release.number,
    )
    return kept
