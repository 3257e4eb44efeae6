"""The branches of a case: counterparts by condition, whatever number Zuora has given them."""

import re
from collections.abc import Mapping

type Branches = Mapping[str, str]
"""The conditions of one case, by linkage type such as `Case_1`."""
type BranchPairs = list[tuple[str | None, str | None]]


def branch_pairs(before: Branches, after: Branches) -> BranchPairs:
    """Types before and after: the same condition first, then the same number.

    None stands for the counterpart of a branch that was added or removed.
    """
    ours, theirs = sorted(before, key=_number), sorted(after, key=_number)
    pairs: BranchPairs = []
    for mine in list(ours):
        same = next((other for other in theirs if after[other] == before[mine]), None)
        if same is not None:
            pairs.append((mine, same))
            ours.remove(mine)
            theirs.remove(same)
    pairs += [(mine, mine) for mine in ours if mine in theirs]
    pairs += [(mine, None) for mine in ours if mine not in theirs]
    pairs += [(None, other) for other in theirs if other not in ours]
    return pairs


def _number(branch: str) -> tuple[int, str]:
    """`Case_10` comes after `Case_9`."""
    found = re.search(r"(\d{1,9})$", branch, re.ASCII)
    return int(found[1]) if found else 0, branch
