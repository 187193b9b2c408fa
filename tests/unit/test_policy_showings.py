"""Which entries say that somebody saw a testimony, and how they are counted."""

from datetime import date

import pytest

from testimony.domain.audit import Action
from testimony.domain.roles import Role
from testimony.policy.showings import SeenBy, Showing, Shown, count_showings, shown

MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)


@pytest.mark.parametrize(
    ("action", "fields", "role", "expected"),
    [
        (Action.ITEM_SHOWN, ("text", "release:1", "partner"), Role.INVESTIGATOR, Shown.RELEASED),
        (Action.ITEM_SHOWN, ("text", "acts", "release:1"), Role.REVIEWER, Shown.RELEASED),
        (Action.LIST_SHOWN, ("snippet", "release:1"), Role.INVESTIGATOR, Shown.EXCERPT),
        (Action.ITEM_SHOWN, ("original", "version:1"), Role.INVESTIGATOR, Shown.ORIGINAL),
        (Action.LIST_SHOWN, ("original", "snippet"), Role.INVESTIGATOR, Shown.ORIGINAL_EXCERPT),
        (Action.ITEM_SHOWN, ("original", "marks"), Role.REVIEWER, Shown.PREPARED),
        (Action.ITEM_SHOWN, ("attachment",), Role.REVIEWER, Shown.PREPARED),
        (Action.ITEM_SHOWN, ("result", "partner"), Role.REVIEWER, Shown.PREPARED),
        (Action.ITEM_SHOWN, ("file-copy", "partner"), Role.INVESTIGATOR, Shown.FILE),
        (Action.ITEM_SHOWN, ("acts", "release:1"), Role.INVESTIGATOR, Shown.CODED),
        (Action.LIST_SHOWN, ("codes", "release:1"), Role.INVESTIGATOR, Shown.LISTED),
        (Action.IDENTITY_SHOWN, ("names", "request:1"), Role.CUSTODIAN, Shown.IDENTITY),
        (Action.ITEM_SHOWN, ("something-new",), Role.INVESTIGATOR, Shown.OTHER),
        (Action.ITEM_SHOWN, (), Role.INVESTIGATOR, Shown.OTHER),
        (Action.ITEM_SHOWN, ("register",), Role.CUSTODIAN, None),
        (Action.ITEM_SHOWN, ("seen-by",), Role.CUSTODIAN, None),
        (Action.ITEM_SHOWN, ("something-new",), Role.CUSTODIAN, None),
        (Action.LIST_SHOWN, ("warning", "release:1"), Role.INVESTIGATOR, None),
        (Action.ITEM_SHOWN, ("identity-request",), Role.REVIEWER, None),
        (Action.WRITTEN, ("act",), Role.REVIEWER, None),
        (Action.DENIED, (), Role.INVESTIGATOR, None),
    ],
)
def test_an_entry_says_what_was_seen(
    action: Action, fields: tuple[str, ...], role: Role, expected: Shown | None
) -> None:
    assert shown(action, fields, (role,)) is expected


def test_people_are_counted_once_and_their_months_gathered() -> None:
    found = count_showings(
        Showing(Shown.RELEASED, person, Role.INVESTIGATOR, month, "CP07")
        for person, month in (("a", MAY), ("a", MAY), ("b", MARCH), ("a", MARCH))
    )

    assert found == (SeenBy(Shown.RELEASED, Role.INVESTIGATOR, "CP07", 2, (MARCH, MAY)),)


def test_purposes_and_roles_are_told_apart_and_the_most_comes_first() -> None:
    found = count_showings(
        (
            Showing(Shown.RELEASED, "a", Role.INVESTIGATOR, MAY, "CP07"),
            Showing(Shown.RELEASED, "a", Role.INVESTIGATOR, MAY, "CP09"),
            Showing(Shown.PREPARED, "c", Role.REVIEWER, MAY),
            Showing(Shown.ORIGINAL, "b", Role.INVESTIGATOR, MAY, "CP07"),
        )
    )

    assert [(each.what, each.purpose, each.people) for each in found] == [
        (Shown.ORIGINAL, "CP07", 1),
        (Shown.PREPARED, "", 1),
        (Shown.RELEASED, "CP07", 1),
        (Shown.RELEASED, "CP09", 1),
    ]


def test_whoever_read_the_whole_is_not_told_again_for_the_excerpt() -> None:
    found = count_showings(
        (
            Showing(Shown.EXCERPT, "a", Role.INVESTIGATOR, MAY, "CP07"),
            Showing(Shown.RELEASED, "a", Role.INVESTIGATOR, MAY, "CP07"),
            Showing(Shown.EXCERPT, "b", Role.INVESTIGATOR, MAY, "CP07"),
        )
    )

    assert [(each.what, each.people) for each in found] == [(Shown.RELEASED, 1), (Shown.EXCERPT, 1)]


def test_nobody_is_nobody() -> None:
    assert count_showings(()) == ()
