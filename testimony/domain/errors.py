"""What can go wrong, in the archive's words. Messages carry codes and field paths, never input."""

from dataclasses import dataclass

from testimony.domain.audit import DenyReason


class TestimonyError(Exception):
    """Base of every error that the archive raises on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a document or a form.

    field: a stable path such as `interview.persons_present.2.code`; empty for the whole.
    code: a stable word such as `required`, `too_long`, `unknown_code`; pages translate it.
    """

    field: str
    code: str


class Refused(TestimonyError):
    """The act is not allowed; `reasons` holds every reason, sorted.

    subject: (kind, id) of what was asked for and purpose: its code, for the entry in the log; None where
    there is none.
    """

    def __init__(
        self,
        reasons: tuple[DenyReason, ...],
        *,
        subject: tuple[str, str] | None = None,
        purpose: str | None = None,
    ) -> None:
        if not reasons:
            raise ValueError("a refusal names at least one reason")
        self.reasons = tuple(sorted(set(reasons)))
        self.subject = subject
        self.purpose = purpose
        super().__init__(" ".join(self.reasons))


class NotFound(TestimonyError):
    """There is no such thing, or none that this person may know of."""


class Invalid(TestimonyError):
    """A document or form breaks its rules; `problems` holds every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        if not problems:
            raise ValueError("an invalid document has at least one problem")
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("; ".join(f"{problem.field}: {problem.code}" for problem in self.problems))


class Conflict(TestimonyError):
    """Someone changed or made the same thing first."""


class SignInFailed(TestimonyError):
    """The sign-in did not succeed; it is not said which part was wrong."""


class EnrolmentFailed(TestimonyError):
    """The one-time code does not open an invitation, or the invitation has lapsed."""


class NotSignedIn(TestimonyError):
    """There is no session: never opened, left, closed or timed out."""


class Throttled(TestimonyError):
    """Too many attempts; the next is taken after `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"retry after {retry_after_seconds} s")


class DailyCeilingReached(Throttled):
    """This person has read as many originals today as one may; `limit` is how many."""

    def __init__(self, limit: int, retry_after_seconds: int) -> None:
        self.limit = limit
        super().__init__(retry_after_seconds)


class NotYet(TestimonyError):
    """The step before this one is not done."""


class Locked(TestimonyError):
    """The compartment is closed: no signed-in member holds its key."""


class IntegrityFailed(TestimonyError):
    """A hash, a signature or a chain does not match what it covers."""


class TooLarge(TestimonyError):
    """What was handed in is larger than `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"larger than {limit_bytes} bytes")


class UnknownCode(TestimonyError):
    """The vocabulary has no such code."""


class BadDate(TestimonyError):
    """Not a date that the archive can read."""


class BadCode(TestimonyError):
    """Not a testimony or witness code, or mistyped: the check characters do not match."""


class BadHandle(TestimonyError):
    """A handle is 2 to 40 lower-case letters, digits, dots, hyphens or underscores."""


class WeakPassword(TestimonyError):
    """The password is too easy to guess; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class IncompatibleRoles(TestimonyError):
    """These roles must not meet in one account."""


class NoRecovery(TestimonyError):
    """This archive has no recovery sheets: it was founded without, or before there were any."""


class BadSheet(TestimonyError):
    """The words are no sheet of this archive. code: `mistyped` or `foreign`. places: of words that no sheet has."""

    def __init__(self, code: str, places: tuple[int, ...] = ()) -> None:
        self.code = code
        self.places = places
        super().__init__(code)
