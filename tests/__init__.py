"""Tests, laid out like the code."""

import gc

# Every test makes an application, and Python would look through all that stands in memory again
# and again to find the old ones: a quarter of the time of all tests. After so many is enough.
COLLECTED_AFTER = 75
gc.set_threshold(200_000, 50, 1_000_000)
