"""Released testimonies put straight into an archive, each as the review of it would leave it, signatures included."""

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from crypto.labels import Label
from crypto.passwords import Argon2Cost
from crypto.signing import sign
from search.documents import Label as IndexedLabel
from testimony.domain.codes import TESTIMONY, new_code
from testimony.domain.grants import ClosedPart, Grant
from testimony.domain.purposes import Audience, Purpose
from testimony.services.archives import Archive
from testimony.services.finding import SearchPage, search
from testimony.services.releasing import release_statement
from testimony.services.search_requests import SearchRequest
from testimony.services.sessions import Session, timestamp
from testimony.services.signin import SignIn
from testimony.services.throttling import Throttle
from testimony.storage.cases import Case, insert_case
from testimony.storage.consents import ConsentRow, DecisionRow, insert_consent
from testimony.storage.directory import ArchiveDirectory
from testimony.storage.log import StoredEntry, entries_from, size
from testimony.storage.objects import local_objects
from testimony.storage.register import REGISTER, RegisterRow, insert_row
from testimony.storage.releases import INDEX, RELEASES, Release, document_of
from tests.grants import GrantRequest, grant
from tests.later_consents import put_signed
from tests.services.conftest import Clock, People

YES_TO_STUDY = DecisionRow("CP07", "granted")
WELLS = "They poisoned the wells before the rain. We walked north for two nights."


def open_shelf(template: Path, path: Path, seed: int) -> "Shelf":
    """A shelf of its own, for tests that only look and so can share one archive."""
    shutil.copytree(template, path)
    directory = ArchiveDirectory(path)
    archive = Archive(directory, local_objects(directory.objects), Argon2Cost.TESTING_ONLY)
    clock = Clock()
    return Shelf(People(archive, clock, SignIn(archive, Throttle())), clock, Random(seed))


@dataclass
class Shelf:
    """Where released testimonies are put. Codes are random and always the same."""

    people: People
    clock: Clock
    random: Random

    def put(
        self,
        text: str = WELLS,
        *,
        decisions: tuple[DecisionRow, ...] = (YES_TO_STUDY,),
        register: dict[str, object] | None = None,
        consent: dict[str, object] | None = None,
        release: dict[str, object] | None = None,
    ) -> str:
        """Put one testimony there, by default one that nothing stands against; return its code.

        register, consent, release: columns that differ.
        """
        reviewer = self.people["reviewer"]
        row = self._row(register or {})
        with reviewer.work(self.clock()) as work:
            insert_row(work.connection, row)
            insert_consent(work.connection, self._consent(row.code, decisions, consent or {}))
        self.release(row, text, **(release or {}))
        return row.code

    def release(self, row: RegisterRow, text: str = WELLS, **columns: object) -> int:
        """Release a testimony once more, for another audience or by another number; return the release's id."""
        reviewer = self.people["reviewer"]
        signed = self._signed(reviewer, row, text, columns)
        values = {c.name: getattr(signed, c.name) for c in RELEASES.columns if c.name != "id"}
        with reviewer.work(self.clock()) as work:
            key = work.connection.execute(RELEASES.insert(), values).inserted_primary_key
            assert key is not None
            if signed.current:
                INDEX.put(work.connection, document_of(work.connection, signed, int(key[0])))
        return int(key[0])

    def describe(self, code: str, *labels: str, **fields: tuple[str, ...]) -> None:
        """Let the index know more of a testimony, as its coding would. labels: English."""
        wanted = RELEASES.select().where(RELEASES.c.code == code, RELEASES.c.current == 1)
        with self.people["reviewer"].work(self.clock()) as work:
            for row in work.connection.execute(wanted).all():
                document = document_of(work.connection, Release(**row._mapping), row.id)
                coded = tuple(IndexedLabel(label, "eng") for label in labels)
                INDEX.put(
                    work.connection, replace(document, fields={**document.fields, **fields}, labels=coded)
                )

    def row_of(self, code: str) -> RegisterRow:
        with self.people["reviewer"].reading() as connection:
            found = connection.execute(REGISTER.select().where(REGISTER.c.code == code)).one()
        return RegisterRow(**found._mapping)

    def decide(self, code: str, *decisions: DecisionRow, **consent: object) -> None:
        """A new version of the consent, as of now."""
        with self.people["custodian"].reading() as connection:
            version = connection.execute(
                sa.text("SELECT max(version) FROM consents WHERE code = :code"), {"code": code}
            ).scalar_one()
        row = self._consent(code, decisions, {"version": version + 1, **consent})
        put_signed(self.people, self.clock, row)

    def change(self, code: str, **columns: object) -> None:
        """Change the row of a testimony in the register."""
        with self.people["reviewer"].work(self.clock()) as work:
            work.connection.execute(REGISTER.update().where(REGISTER.c.code == code).values(columns))

    def open_second_case(self) -> None:
        with self.people["custodian"].work(self.clock()) as work:
            opened = self.clock().isoformat()
            insert_case(work.connection, Case("CASE-2", "Case two", "open", opened, "a-custodian"))

    def grant(
        self,
        *purposes: Purpose,
        case_id: str = "CASE-1",
        parts: frozenset[ClosedPart] = frozenset(),
        handle: str = "investigator-1",
        days: int = 60,
    ) -> Grant:
        now = self.clock()
        wanted = frozenset(purposes) or frozenset({Purpose.CP07})
        request = GrantRequest(
            handle=handle,
            case_id=case_id,
            purposes=wanted,
            closed_parts=parts,
            valid_from=now,
            valid_until=now + timedelta(days=days),
        )
        return grant(self.people["custodian"], request, now)

    def entries(self, number: int) -> list[StoredEntry]:
        """The last entries of the log, oldest first."""
        with self.people["reviewer"].reading() as connection:
            last = size(connection)
            return list(entries_from(connection, last - number, last))

    def _row(self, columns: dict[str, object]) -> RegisterRow:
        code = new_code(TESTIMONY, self.random.randrange)
        row = RegisterRow(
            code=code,
            submission_id=code,
            case_id="CASE-1",
            state="released",
            language="eng",
            month="2025-11",
            submitted_on="2026-02-01",
            interviewer_id=self.people["reviewer"].account.id,
            interpreter_id=None,
            risk=None,
            warning="CW00",
        )
        return replace(row, **columns)  # type: ignore[arg-type]  # columns by name

    def _consent(
        self, code: str, decisions: tuple[DecisionRow, ...], columns: dict[str, object]
    ) -> ConsentRow:
        consent = ConsentRow(
            code=code,
            version=1,
            status="active",
            given_on="2026-02-01",
            language="eng",
            evidence="signed",
            basis="LB01",
            review_due="2027-02-01",
            decisions=decisions,
        )
        return replace(consent, **columns)  # type: ignore[arg-type]  # columns by name

    def _signed(self, reviewer: Session, row: RegisterRow, text: str, columns: dict[str, object]) -> Release:
        audience = Audience(str(columns.get("audience", "partner")))
        unsigned = Release(
            code=row.code,
            audience=audience.value,
            rank=audience.rank,
            number=1,
            language=row.language,
            month=row.month,
            case_id=row.case_id,
            text=text,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
            withheld="{}",
            warning=row.warning,
            hides_named_details=0,
            residual_checked=1,
            current=1,
            released_at=timestamp(self.clock()),
            redactor_id="a-redactor",
            approver_id=reviewer.account.id,
            releaser_id=reviewer.account.id,
            statement=b"",
            signature=b"",
        )
        unsigned = replace(unsigned, **columns)  # type: ignore[arg-type]  # columns by name
        statement = release_statement(reviewer.archive.keyring().archive_id, unsigned)
        signature = sign(reviewer.keys.signing, statement, Label.RELEASE)
        return replace(unsigned, statement=statement, signature=signature)


def look(people: People, clock: Clock, query: str = "wells", purpose: Purpose = Purpose.CP07) -> SearchPage:
    """The first page that the investigator finds."""
    return search(people["investigator"], SearchRequest(query), purpose, None, clock())


def codes(page: SearchPage) -> list[str]:
    """The testimonies of a page, in its order."""
    return [hit.code for hit in page.hits]


def leaf(entry: StoredEntry) -> dict[str, object]:
    """What an entry commits to."""
    found: dict[str, object] = json.loads(entry.leaf)
    return found
