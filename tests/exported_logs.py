"""A log as it left the archive, taken apart and put together again as somebody who bends it would."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testimony.exports.log_reading import Verdict, verify_lines
from testimony.services.exporting_log import export_log
from testimony.services.sessions import Session


@dataclass
class ExportedLog:
    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, session: Session, now: datetime, *, with_subjects: bool = False) -> "ExportedLog":
        return cls([json.loads(line) for line in export_log(session, now, with_subjects=with_subjects)])

    @property
    def text(self) -> str:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.rows)

    @property
    def leaves(self) -> list[int]:
        """Where the entries stand among the rows."""
        return [place for place, row in enumerate(self.rows) if "leaf" in row]

    def place(self, kind: str, last: bool = True) -> int:
        return [place for place, row in enumerate(self.rows) if kind in row][-1 if last else 0]

    def verdict(self, kept: str | None = None, root: str | None = None) -> Verdict:
        return verify_lines(self.text.splitlines(), kept, root)

    def fault(self, kept: str | None = None, root: str | None = None) -> tuple[str, int] | None:
        found = self.verdict(kept, root).fault
        return None if found is None else (found.kind, found.seq)
