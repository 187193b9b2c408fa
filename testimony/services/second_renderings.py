"""A blind second rendering (F5): somebody who has not read the first hears the recording and writes down what it says.

For accounts whose interpreter is under question, and wherever a reviewer wants one. Who renders anew neither took nor
interpreted the account, has not read a word of it here, and does not until theirs is sealed: reading first bars them,
by the log. It is another rendering beside the text, never in its place: what is redacted and released stays the
first until a reviewer adds a version of it. Reviewers see both side by side, with what differs.
"""

import difflib
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from crypto.errors import CryptoError
from crypto.labels import Label
from crypto.signing import sign
from testimony.domain.accounts import AccountId
from testimony.domain.audit import Action, DenyReason
from testimony.domain.canonical import canonical_json
from testimony.domain.errors import Conflict, IntegrityFailed, NotYet, Refused
from testimony.domain.statement import StatementKind
from testimony.policy.access import Permission, require
from testimony.services.archives import OpenArchive
from testimony.services.certificates import certified_account, verify_by
from testimony.services.new_versions import NewText
from testimony.services.recording_copies import is_recording
from testimony.services.sessions import Session, Work
from testimony.services.under_review import UnderReview, name_of, open_account
from testimony.services.walled_testimonies import WORDS_SHOWN
from testimony.storage import joint_acts, originals
from testimony.storage import second_renderings as rows
from testimony.storage.errors import ArchiveDamaged
from testimony.storage.originals import Attachment
from testimony.storage.second_renderings import RenderingRow

FORMAT = "second-rendering/1"
SHOWN = "second-rendering"
_WORDS = re.compile(r"\s*\S+\s*")
_MOST_COMPARED = 5_000
"""Words of either that are held against each other; of more, what lies between the common ends counts as different."""

_HEARD, _EVIDENCE_OF_CONSENT = frozenset({"XK02", "XK03", "XK12"}), "XK13"
"""Codes of exhibit.csv: film, sound, the recording of the interview; and what shows that the witness agreed."""

_READS = (Action.ITEM_SHOWN.value, Action.LIST_SHOWN.value, Action.REDACTION_DECIDED.value)


class NothingToHear(NotYet):
    """The account came without a recording."""


@dataclass(frozen=True, slots=True)
class ToRender:
    """What somebody gets who renders anew: the recordings, and no word of the first rendering."""

    code: str
    spoken: str | None
    files: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of the two renderings that stand in the same place. same: they are alike."""

    first: str = field(repr=False)
    second: str = field(repr=False)
    same: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A second rendering beside the text it is held against. version_no: of that text. differing: how many places."""

    rendering_id: str
    by: str
    sealed_on: str
    language: str
    version_no: int
    stretches: tuple[Stretch, ...] = field(repr=False)

    @property
    def differing(self) -> int:
        return sum(1 for one in self.stretches if not one.same)


def begin_rendering(session: Session, code: str, now: datetime) -> ToRender:
    """The recordings alone. Raises as `open_account`, and after it: Conflict for who has rendered it; Refused (DR12)
    for who has read it or decided about it; NothingToHear where there is no recording.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = _unread(session, work, code)
        files = _recordings(work, account)
        work.log(
            Action.LIST_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("files", "to-render-anew"),
            count=len(files),
        )
    interview = account.submission.interview
    return ToRender(account.code, interview.spoken if interview else None, files)


def seal_rendering(session: Session, code: str, text: str, language: str, now: datetime) -> str:
    """Sign and keep it; from here its author may read the first. It is never changed.

    Raises as `begin_rendering`; Invalid with fields text, language.
    """
    new = NewText(text, language, StatementKind.TRANSLATION)
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        me = session.account.id
        account = _unread(session, work, code)
        _recordings(work, account)
        rendering_id = secrets.token_hex(8)
        row = RenderingRow(
            rendering_id=rendering_id,
            code=account.code,
            version_no=account.version.version_no,
            language=new.language,
            text=new.text,
            rendered_by=me,
            sealed_on=now.date().isoformat(),
            statement=b"",
            signature=b"",
        )
        statement = _statement(session.archive.keyring().archive_id, row)
        signature = sign(session.keys.signing, statement, Label.SECOND_RENDERING)
        rows.insert_rendering(work.connection, replace(row, statement=statement, signature=signature))
        work.log(
            Action.WRITTEN,
            subject=account.subject,
            case=account.row.case_id,
            fields=(SHOWN, f"rendering:{rendering_id}"),
        )
    return rendering_id


def renderings_beside(session: Session, code: str, now: datetime) -> tuple[Beside, ...]:
    """Each second rendering beside the first text, for reviewers; the entry commits first.

    Raises as `open_account`; IntegrityFailed for one that is not what was signed.
    """
    with session.work(now) as work:
        require(session.account, Permission.READ_ORIGINAL)
        account = open_account(session, work, code)
        texts = {one.version_no: one.text for one in originals.versions_of(work.connection, account.code)}
        found = rows.renderings_of(work.connection, account.code)
        for row in found:
            _require_signed(session.archive, row)
        names = {row.rendered_by: name_of(work, row.rendered_by) for row in found}
        work.log(
            Action.ITEM_SHOWN,
            subject=account.subject,
            case=account.row.case_id,
            fields=("original", SHOWN),
            count=len(found),
        )
    # Comparing takes its time: the files are held by nobody meanwhile.
    return tuple(
        Beside(
            row.rendering_id,
            names[row.rendered_by],
            row.sealed_on,
            row.language,
            row.version_no,
            stretches_of(texts.get(row.version_no, ""), row.text),
        )
        for row in found
    )


def stretches_of(first: str, second: str) -> tuple[Stretch, ...]:
    """Two texts cut into stretches that are alike and such as differ, by words.

    Words met everywhere are nothing to go by: without that, one word written over and over takes minutes.
    """
    one, other = _WORDS.findall(first), _WORDS.findall(second)
    if max(len(one), len(other)) > _MOST_COMPARED:
        return (Stretch(first, second, same=first == second),)
    first_words, second_words = ([word.strip() for word in each] for each in (one, other))
    found = difflib.SequenceMatcher(None, first_words, second_words).get_opcodes()
    return tuple(
        Stretch("".join(one[a:b]), "".join(other[c:d]), same=tag == "equal") for tag, a, b, c, d in found
    )


def is_heard(kind: str, mime: str) -> bool:
    """Whether a file holds what was said: a recording by its kind (exhibit.csv), or by what its sender called it."""
    return kind in _HEARD or (kind != _EVIDENCE_OF_CONSENT and is_recording(mime))


def may_render(session: Session, work: Work, account: UnderReview) -> bool:
    """Whether no word of the account was shown to this person and they decided nothing about it."""
    shown = joint_acts.shown_to(work.connection, session.account.id, frozenset({account.code}), _READS)
    for one in shown:
        entry = json.loads(one.leaf)
        words = WORDS_SHOWN - {"attachment"}
        if entry["action"] == Action.REDACTION_DECIDED.value or not words.isdisjoint(entry["fields"]):
            return False
    return True


def _recordings(work: Work, account: UnderReview) -> tuple[Attachment, ...]:
    """Raises NothingToHear."""
    files = originals.attachments_of(work.connection, account.code)
    heard = tuple(file for file in files if is_heard(file.kind, file.mime))
    if not heard:
        raise NothingToHear
    return heard


def _unread(session: Session, work: Work, code: str) -> UnderReview:
    account = open_account(session, work, code)
    # After the account: who may not open it any more is not told what became of it. Before what they have read: who
    # sealed one may read.
    if any(
        row.rendered_by == session.account.id for row in rows.renderings_of(work.connection, account.code)
    ):
        raise Conflict
    if not may_render(session, work, account):
        raise Refused((DenyReason.SAME_PERSON,), subject=account.subject)
    return account


def _statement(archive_id: str, row: RenderingRow) -> bytes:
    return canonical_json(
        {
            "type": FORMAT,
            "archive": archive_id,
            "id": row.rendering_id,
            "code": row.code,
            "version": row.version_no,
            "language": row.language,
            "text_sha256": hashlib.sha256(row.text.encode()).hexdigest(),
            "by": row.rendered_by,
            "sealed_on": row.sealed_on,
        }
    )


def _require_signed(archive: OpenArchive, row: RenderingRow) -> None:
    """Raises IntegrityFailed."""
    try:
        signer = certified_account(archive.keyring(), AccountId(row.rendered_by))
        verify_by(signer.signed_with, row.statement, row.signature, Label.SECOND_RENDERING)
    except (CryptoError, ArchiveDamaged):
        raise IntegrityFailed from None
    if row.statement != _statement(archive.keyring().archive_id, row):
        raise IntegrityFailed
