"""The shapes of files."""

from flask_babel import lazy_gettext as _l

from standards import lists
from web.forms import FormSchema, choice, text, whole


class FileSchema(FormSchema):
    """A file in one request."""

    compartment = choice(
        _l("Section"),
        lists.COMPARTMENTS,
        required=True,
        hint=_l("Only those who may open this section see the file."),
    )
    file = text(_l("File"), most=300)


class BeginSchema(FormSchema):
    """A file that comes in parts."""

    compartment = choice(_l("Section"), lists.COMPARTMENTS, required=True)
    name = text(_l("Name"), required=True, most=300)
    size = whole(_l("Size"), required=True, least=1, most=10**12)


class FileFactsSchema(FormSchema):
    """What is said of a file: words to find it by, and which older file it takes the place of."""

    tags = text(_l("Tags"), hint=_l("Words to find it by, with commas between them."), most=300)
    replaces = text(_l("Newer version of"), most=32)
