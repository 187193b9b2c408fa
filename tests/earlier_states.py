"""Second accounts and links in the states that their pages meet. Knows no fixture."""

from collections.abc import Mapping

from testimony.services import account_links, second_account_decisions, second_accounts
from tests.earlier import TOLD_BEFORE
from tests.services.conftest import Clock, People
from tests.services.intake_answers import type_draft


def earlier_states(
    people: People, clock: Clock, codes: Mapping[str, str]
) -> Mapping[str, Mapping[str, object]]:
    """Argument → state → id. codes: testimonies by their state."""
    interviewer, custodian = people["interviewer_b"], people["custodian"]
    drafts = [type_draft(interviewer, clock(), before=TOLD_BEFORE) for _ in range(2)]
    reason = TOLD_BEFORE["reinterview_reason"]
    waiting, decided = (second_accounts.ask(interviewer, draft, reason, clock()) for draft in drafts)
    second_account_decisions.decide(custodian, decided, "refused", "one is enough", clock())
    pair = (codes["redacting"], codes["proposed"])
    incident = account_links.propose_same_incident(people["reviewer"], pair, None, "one raid", clock())
    pair = (codes["received"], codes["approved"])
    witness = account_links.propose_same_witness(custodian, pair, "she said so", clock())
    return {
        "second_id": {"waiting": waiting, "decided": decided, "unknown": "0" * 16},
        "link_id": {"incident": incident, "witness": witness, "unknown": "0" * 16},
    }
