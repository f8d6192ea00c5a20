"""A role is decided on everywhere, or the build fails."""

from access.permissions import Role
from accounts import access_changes
from standards import lists


def test_every_role_has_a_name_and_is_given_by_one_or_by_two() -> None:
    assert set(lists.codes(lists.ROLES)) == set(Role)
    assert set(Role) == access_changes.BY_TWO | access_changes.BY_ONE
    assert not access_changes.BY_TWO & access_changes.BY_ONE
