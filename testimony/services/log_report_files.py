"""An auditor's report as files: JSON for programs, CSV for tables. Both hold what the page shows and nothing else."""

import csv
import io
import json
from collections.abc import Iterator

from testimony.services.log_report import Report
from testimony.services.sessions import timestamp

FORMAT = "testimony-audit-report/1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def report_json(report: Report) -> bytes:
    """The report as one JSON object, see docs/formats/audit-report.md."""
    document = {
        "format": FORMAT,
        "made_at": timestamp(report.made_at),
        "since": timestamp(report.since),
        "until": timestamp(report.until),
        "log": {
            "entries": report.size,
            "in_period": report.events,
            "first": report.first,
            "last": report.last,
        },
        "checked": None
        if report.check is None or report.checked_at is None
        else {"event": report.check, "at": timestamp(report.checked_at)},
        "checkpoint": None
        if report.checkpoint is None
        else {"entries": report.checkpoint[0], "at": timestamp(report.checkpoint[1])},
        "people": report.people,
        "actions": [{"action": one.what, "done": one.done, "refused": one.refused} for one in report.actions],
        "roles": [{"role": one.what, "done": one.done, "refused": one.refused} for one in report.roles],
        "findings": [
            {
                "number": one.number,
                "state": one.state,
                "closing": one.closing,
                "opened_on": one.opened_on.isoformat(),
                "due_on": one.due_on and one.due_on.isoformat(),
                "notes": one.notes,
                "events": list(one.events),
                "whole": one.is_whole,
            }
            for one in report.findings
        ],
        "questions": [
            {
                "question": one.question.value,
                "settings": dict(one.settings),
                "rows": one.rows,
                "more": one.is_cut,
                "events": list(one.events),
            }
            for one in report.questions
        ],
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def report_csv(report: Report) -> bytes:
    """One line a count: section, what, state, number, refused, event numbers. RFC 4180, UTF-8, no formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("section", "what", "state", "number", "refused", "events"))
    for line in _lines(report):
        writer.writerow(f"'{value}" if value.startswith(_FORMULA) else value for value in line)
    return text.getvalue().encode()


def _lines(report: Report) -> Iterator[tuple[str, ...]]:
    yield "period", "since", timestamp(report.since), "", "", ""
    yield "period", "until", timestamp(report.until), "", "", ""
    yield "log", "entries", "", str(report.size), "", ""
    yield "log", "in-period", "", str(report.events), "", f"{report.first} {report.last}"
    if report.check is not None and report.checked_at is not None:
        yield "log", "checked-whole", timestamp(report.checked_at), "", "", str(report.check)
    if report.checkpoint is not None:
        yield "log", "checkpoint", timestamp(report.checkpoint[1]), str(report.checkpoint[0]), "", ""
    yield "log", "people", "", str(report.people), "", ""
    for section, counted in (("action", report.actions), ("role", report.roles)):
        for one in counted:
            yield section, one.what, "", str(one.done), str(one.refused), ""
    for found in report.findings:
        state = found.state if found.closing is None else f"{found.state}:{found.closing}"
        yield "finding", str(found.number), state, str(found.notes), "", _numbers(found.events)
    for asked in report.questions:
        settings = " ".join(f"{name}={value}" for name, value in asked.settings)
        yield "question", asked.question.value, settings, str(asked.rows), "", _numbers(asked.events)


def _numbers(events: tuple[int, ...]) -> str:
    return " ".join(map(str, events))
