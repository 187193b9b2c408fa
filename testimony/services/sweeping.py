"""Removing sealed objects that nothing names: uploads that were cut off, drafts discarded as the process died.

Their keys went with the row that was never written, so they are noise; removed, so that noise does not grow.
"""

from datetime import datetime, timedelta

from testimony.domain.audit import Action
from testimony.services.sessions import Session
from testimony.storage import derivatives, drafts, inbox, originals
from testimony.storage.compartments import Compartment
from testimony.storage.objects import ObjectId

MAY_STILL_ARRIVE = timedelta(days=1)
"""An upload is named only when it is whole; nothing takes longer than this."""


def sweep_orphans(session: Session, now: datetime) -> int:
    """Delete old objects that no draft, inbox item, original or copy of a file names; return how many.

    Raises CompartmentClosed without the vault, which alone knows what originals name.
    """
    session.archive.secret(Compartment.VAULT)
    old = session.archive.objects.names_older_than(now - MAY_STILL_ARRIVE)
    if not old:
        return 0
    with session.reading() as connection:
        named = drafts.draft_objects(connection) | inbox.inbox_objects(connection)
        named |= {ObjectId(object_id) for object_id in originals.object_ids(connection)}
        named |= {ObjectId(object_id) for object_id in derivatives.derivative_objects(connection)}
    orphans = sorted(old - named)
    for object_id in orphans:
        session.archive.objects.delete(object_id)
    if orphans:
        with session.work(now) as work:
            work.log(Action.DISPOSED, fields=("cut-off-uploads",), count=len(orphans))
    return len(orphans)
