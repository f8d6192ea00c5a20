"""The shapes of files."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields

from standards import lists
from web.forms import FormSchema, choice, text, whole


def _shows_person() -> fields.String:
    return choice(
        _l("Does it show the person?"),
        lists.SHOWS_PERSON,
        hint=_l("A picture, a scan or a video in which the person can be recognised."),
    )


class FileSchema(FormSchema):
    """A file in one request."""

    compartment = choice(
        _l("Section"),
        lists.COMPARTMENTS,
        required=True,
        hint=_l("Only those who may open this section see the file."),
    )
    shows_person = _shows_person()
    file = text(_l("File"), most=300)


class BeginSchema(FormSchema):
    """A file that comes in parts."""

    compartment = choice(_l("Section"), lists.COMPARTMENTS, required=True)
    shows_person = _shows_person()
    name = text(_l("Name"), required=True, most=300)
    size = whole(_l("Size"), required=True, least=0, most=10**12)


class FileFactsSchema(FormSchema):
    """What is said of a file: words to find it by, which older file it takes the place of, whether
    it shows the person.
    """

    tags = text(_l("Tags"), hint=_l("Words to find it by, with commas between them."), most=300)
    replaces = text(_l("Newer version of"), most=32)
    shows_person = _shows_person()
