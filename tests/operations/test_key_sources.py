"""Where the master key is, beside where the database is."""

import pytest

from operations.keys import Source, lies_beside


@pytest.mark.parametrize(
    ("kind", "database", "beside"),
    [
        ("file", "sqlite:////srv/safeconduct.sqlite", True),
        ("file", "postgresql://app@localhost/safeconduct", True),
        ("file", "postgresql://app@/safeconduct?host=/run/postgresql", True),
        ("environment", "postgresql://app@127.0.0.1/safeconduct", True),
        ("file", "postgresql://app@db.example.org/safeconduct", False),
        ("vault", "postgresql://app@localhost/safeconduct", False),
        ("kms", "sqlite:////srv/safeconduct.sqlite", False),
    ],
)
def test_a_key_on_the_machine_of_the_database_is_warned_of(
    kind: str, database: str, beside: bool
) -> None:
    assert lies_beside(Source(kind), database) is beside
