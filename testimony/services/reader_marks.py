"""What readers of an account are told beside its text: gaps in custody, an interpreter under question, a conflict.

Days and degrees, never names and never why. Asked in the unit of work that shows the text, for released text, for
originals and for reviewers alike.
"""

from dataclasses import dataclass

from testimony.services.custody_gaps import Gap, gaps_of
from testimony.storage import case_notes
from testimony.storage.connections import Connection

AT_MOST = 3
"""The best credibility (info_credibility.csv) of what an interpreter under question rendered: possibly true (F5)."""


@dataclass(frozen=True, slots=True)
class ReaderMarks:
    """gaps: oldest first. credibility_at_most: a grade of info_credibility.csv, 1 the best; None without a limit.

    has_conflict: whoever took or interpreted it said, or was said, to be too near to it (F12).
    """

    gaps: tuple[Gap, ...] = ()
    credibility_at_most: int | None = None
    has_conflict: bool = False

    def __bool__(self) -> bool:
        return bool(self.gaps or self.credibility_at_most or self.has_conflict)


def marks_for_readers(connection: Connection, code: str) -> ReaderMarks:
    limits = case_notes.standing_notes(connection, code, case_notes.LIMIT)
    return ReaderMarks(
        gaps_of(connection, code),
        min((note.position or AT_MOST for note in limits), default=None),
        bool(case_notes.standing_notes(connection, code, case_notes.CONFLICT)),
    )


NOTHING_TOLD = ReaderMarks()
