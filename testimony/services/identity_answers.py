"""The identity page of a draft, laid out as the document that is sealed to the custodians:
"testimony-identity/1". Pure.
"""

from testimony.services.drafts import Answers

FORMAT = "testimony-identity/1"
NAME_KINDS = ("official", "used", "nickname", "nom_de_guerre", "transliteration")
CONTACT_OWNERS = ("self", "relative", "other")
_CONTACT = ("channel", "value", "owner", "safe_hours", "safe_words", "never_say")


def identity_document(answers: Answers) -> dict[str, object] | None:
    """None where there is no name and no contact."""
    names = [
        {"full": row["full"], "kind": row.get("kind", "")}
        for row in answers.rows("names")
        if row.get("full", "").strip()
    ]
    contacts = [
        {name: row.get(name, "") for name in _CONTACT}
        for row in answers.rows("contacts")
        if row.get("value", "").strip()
    ]
    if not names and not contacts:
        return None
    return {
        "format": FORMAT,
        "names": names,
        "contacts": contacts,
        "dwelling": answers.text("dwelling"),
        "next_contact": answers.text("next_contact"),
        "note": answers.text("note"),
    }
