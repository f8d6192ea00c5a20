"""Each rule that the mutation run makes wrong stands in the code once, as it is written there: a text
that fits no more would leave its rule unproven without a word.
"""

from tests.mutation.changes import CHANGES
from tests.mutation.run import rotten


def test_each_wrong_rule_fits_the_code_once() -> None:
    assert rotten(CHANGES) == []
