"""A tree built again in steps of any size is the tree that was grown leaf by leaf."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from crypto.merkle import EMPTY_ROOT, Frontier
from testimony.services.growing_tree import GrowingTree


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=8))
def test_steps_of_any_size_complete_the_same_subtrees_and_give_every_root(steps: list[int]) -> None:
    frontier, tree, number = Frontier(), GrowingTree(), 0
    for step in steps:
        leaves = [hashlib.sha256(str(number + offset).encode()).digest() for offset in range(step)]
        number += step
        expected, roots = set(), {frontier.size: frontier.root()}
        for leaf in leaves:
            expected |= {(node.level, node.index, node.hash) for node in frontier.append(leaf)}
            roots[frontier.size] = frontier.root()

        made = tree.extend(leaves)

        found = {(row.level, row.first + n, value) for row in made for n, value in enumerate(row.hashes)}
        assert found == expected
        assert {size: tree.root_at(size) for size in roots} == roots


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert GrowingTree().root() == EMPTY_ROOT
