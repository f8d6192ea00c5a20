"""Work of operations outside a request. An edge: commits."""

from models.base import db
from operations import rotation


def tidy() -> None:
    """Every ten minutes: keys that nothing needs any more."""
    rotation.settle()
    db.session.commit()
