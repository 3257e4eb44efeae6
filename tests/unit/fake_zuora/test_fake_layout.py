from workflow_mirror.fake_zuora.layout import COLUMN, LEFT, ROW, TOP, tree_positions


def test_a_parent_stands_centred_above_its_children() -> None:
    root, left, right = tree_positions([None, 0, 0])

    assert root == (TOP, LEFT + COLUMN / 2)
    assert left == (TOP + ROW, LEFT)
    assert right == (TOP + ROW, LEFT + COLUMN)


def test_no_two_nodes_of_a_bushy_tree_share_a_place() -> None:
    parents = [None, *((n - 1) // 3 for n in range(1, 200))]

    positions = tree_positions(parents)

    assert len(set(positions)) == len(parents)


def test_a_chain_of_thousands_is_no_problem() -> None:
    positions = tree_positions([None, *range(4999)])

    assert positions[-1] == (TOP + 4999 * ROW, LEFT)
