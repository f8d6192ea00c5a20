"""How parts of an address are read."""

from werkzeug.routing import BaseConverter


class WordConverter(BaseConverter):
    """``<word:name>``: a code of ours; it has no dot, so that a file of the same page is not taken
    for it.
    """

    regex = "[a-z_]+"
