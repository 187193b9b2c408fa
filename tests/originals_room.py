"""Originals in the vault and people with a grant to them, for the tests of searching originals. Knows no fixture."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Purpose
from testimony.services.membership import wrap_for_members
from testimony.services.originals_search import OriginalsPage, OriginalView, read_original, search_originals
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session
from testimony.storage.cases import Case, insert_case
from testimony.storage.consents import ConsentRow, DecisionRow
from testimony.storage.log import StoredEntry, entries_from, size
from testimony.storage.register import REGISTER
from tests.grants import GrantRequest, grant
from tests.later_consents import put_signed
from tests.review_room import received
from tests.services.conftest import HANDLES, PASSWORD, Clock, People

STUDY = Purpose.CP07
WELLS = "Tadfest Amellal told me that they poisoned the wells at Inekar."
REASON = "Comparing two accounts of the same morning"


@dataclass
class OriginalsRoom:
    people: People
    clock: Clock

    def put(self, text: str = WELLS, *decisions: DecisionRow, **register: object) -> str:
        """Take an account through intake into the vault; return its code.

        decisions: instead of its consent's. register: columns that differ.
        """
        code = received(self.people["interviewer"], self.people["reviewer"], self.clock(), text)
        if decisions:
            self.decide(code, *decisions)
        if register:
            self.change(code, **register)
        return code

    def decide(self, code: str, *decisions: DecisionRow, **columns: object) -> None:
        """A new version of the consent, as of now."""
        values: dict[str, Any] = {
            "status": "active",
            "given_on": "2026-02-01",
            "language": "eng",
            "evidence": "signed",
            "basis": "LB01",
            "review_due": "2027-02-01",
        }
        with self.people["custodian"].reading() as connection:
            highest = "SELECT max(version) FROM consents WHERE code = :code"
            version = connection.execute(sa.text(highest), {"code": code}).scalar_one() + 1
        row: dict[str, Any] = {"code": code, "version": version, "decisions": decisions, **values, **columns}
        put_signed(self.people, self.clock, ConsentRow(**row))

    def change(self, code: str, **columns: object) -> None:
        with self.people["reviewer"].work(self.clock()) as work:
            work.connection.execute(REGISTER.update().where(REGISTER.c.code == code).values(columns))

    def open_second_case(self) -> None:
        with self.people["custodian"].work(self.clock()) as work:
            opened = self.clock().isoformat()
            insert_case(work.connection, Case("CASE-2", "Case two", "open", opened, "a-custodian"))

    def grant(
        self,
        *purposes: Purpose,
        handle: str = "investigator-1",
        case_id: str = "CASE-1",
        parts: frozenset[ClosedPart] = frozenset(),
        days: int = 60,
        originals: bool = True,
    ) -> Grant:
        request = GrantRequest(
            handle=handle,
            case_id=case_id,
            purposes=frozenset(purposes) or frozenset({STUDY}),
            closed_parts=parts,
            valid_from=self.clock(),
            valid_until=self.clock() + timedelta(days=days),
            originals=originals,
        )
        return grant(self.people["custodian"], request, self.clock())

    def enter(self, name: str = "investigator") -> Session:
        """Sign somebody in anew, after a reviewer's sign-in has handed on what there is to hand on."""
        wrap_for_members(self.people["reviewer"], self.clock())
        if (left := self.people.sessions.pop(name, None)) is not None:
            left.archive.archive.release(left.archive.secrets)
        session = self.people.door.sign_in(HANDLES[name], PASSWORD, None, self.clock())
        self.people.sessions[name] = session
        return session

    def look(
        self, query: str = "wells", purpose: Purpose = STUDY, name: str = "investigator"
    ) -> OriginalsPage:
        session = self.people[name]
        return search_originals(session, SearchRequest(query), purpose, REASON, None, self.clock())

    def read(self, code: str, purpose: Purpose = STUDY, name: str = "investigator") -> OriginalView:
        return read_original(self.people[name], code, purpose, REASON, self.clock())

    def entries(self, number: int) -> list[StoredEntry]:
        """The last entries of the log, oldest first."""
        with self.people["reviewer"].reading() as connection:
            last = size(connection)
            return list(entries_from(connection, last - number, last))


def codes(page: OriginalsPage) -> list[str]:
    return [hit.code for hit in page.hits]
