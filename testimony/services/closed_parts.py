"""Which closed parts of its case a testimony lies in, from its row of the register."""

from testimony.domain.grants import ClosedPart
from testimony.storage.register import RegisterRow


def closed_parts_of(row: RegisterRow) -> frozenset[ClosedPart]:
    tags = {
        ClosedPart.SEXUAL_VIOLENCE: row.tag_s,
        ClosedPart.CHILDREN: row.tag_c,
        ClosedPart.INSIDERS: row.tag_p,
        ClosedPart.EXTREME_RISK: row.tag_r4,
    }
    return frozenset(part for part, tag in tags.items() if tag)
