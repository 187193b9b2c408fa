"""Ready questions about today: accounts that rest, records that wait, a log that nobody checks."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

from testimony.domain.accounts import AccountState
from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.questions import Setting
from testimony.services.asking import ROWS, Asked, Row, moment_of, people_with
from testimony.storage import accounts as account_rows
from testimony.storage import room_queries, waiting_records
from testimony.storage.log import StoredEntry
from testimony.storage.room_queries import Span


def dormant(asked: Asked) -> list[Row]:
    """Accounts that may sign in and did not for long; then those that came back after as long a rest.

    other: days of rest. The rest that somebody came back from is looked for in the year before today.
    """
    rest = timedelta(days=asked.settings[Setting.DAYS])
    year = Span(asked.now - timedelta(days=366), asked.now + timedelta(seconds=1))
    resting, back = [], []
    for person in account_rows.all_accounts(asked.connection):
        if person.state != AccountState.ACTIVE:
            continue
        times = room_queries.times_of(asked.connection, Action.SIGN_IN.value, person.account_id, year)
        known = [moment_of(at) for _, at in times]
        last = known[-1] if known else _last_seen(person)
        if asked.now - last >= rest:
            days = (asked.now - last).days
            events = (times[-1][0],) if times else ()
            words = ("rests",)
            resting.append(Row(account=person.account_id, other=days, events=events, since=last, words=words))
        gaps = [
            (later - earlier, number)
            for number, (earlier, later) in enumerate(pairwise(known))
            if later - earlier >= rest
        ]
        if gaps:
            gap, number = gaps[-1]
            back.append(
                Row(
                    account=person.account_id,
                    other=gap.days,
                    events=(times[number][0], times[number + 1][0]),
                    since=known[number + 1],
                    words=("came-back",),
                )
            )
    resting.sort(key=lambda row: row.other or 0, reverse=True)
    return [*back, *resting]


def _last_seen(person: account_rows.AccountRow) -> datetime:
    return moment_of(person.last_signed_in or person.enrolled_at)


def capture_waits(asked: Asked) -> list[Row]:
    """Records begun or sealed long ago that are still not in the vault. other: days of the oldest."""
    before = room_queries.text_of(asked.now - timedelta(days=asked.settings[Setting.DAYS]))
    found = waiting_records.waiting_since(asked.connection, before, limit=ROWS + 1)
    return [
        Row(
            account=owner,
            count=count,
            other=(asked.now - moment_of(oldest)).days,
            since=moment_of(oldest),
            words=(kind,),
        )
        for kind, owner, count, oldest in found
    ]


def check_long_ago(asked: Asked) -> list[Row]:
    """Whether no check succeeded for long, then each auditor who made none. other: days; None: never."""
    limit = timedelta(days=asked.settings[Setting.DAYS])
    rows = []
    for account in (None, *people_with(asked, Role.AUDITOR)):
        last = last_check(asked, account)
        if last is None or asked.now - moment_of(last.at) >= limit:
            rows.append(
                Row(
                    account=account,
                    other=None if last is None else (asked.now - moment_of(last.at)).days,
                    events=() if last is None else (last.seq,),
                    since=None if last is None else moment_of(last.at),
                    words=("archive",) if account is None else ("auditor",),
                )
            )
    return rows


def last_check(asked: Asked, account: str | None) -> StoredEntry | None:
    """The last check that found the log whole; None when there was none among the newest hundreds of such entries."""
    for entry in room_queries.newest_of(asked.connection, Action.LOG_CHECKED.value, account, limit=500):
        if json.loads(entry.leaf)["fields"][:1] == ["whole"]:
            return entry
    return None
