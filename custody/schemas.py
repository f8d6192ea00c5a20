"""The shapes of custody."""

from flask_babel import lazy_gettext as _l

from standards import lists
from web.forms import FormSchema, choice, text, whole


class ErasureSchema(FormSchema):
    """Asking that a case is erased."""

    reason = choice(_l("Why is it to be erased?"), lists.ERASURE_REASONS, required=True, widget="radio")


class BlockSchema(FormSchema):
    """Keeping a case from somebody."""

    email = text(_l("E-mail of the person"), hint=_l("Of somebody with an account; or choose an organisation."), widget="email")
    organisation = text(_l("Organisation"), widget="select")
    reason = choice(_l("Why"), lists.BLOCK_REASONS, required=True)


class UnblockSchema(FormSchema):
    """Ending a block."""

    block = text("", required=True, most=12)


class EmergencySchema(FormSchema):
    """Opening a case in an emergency."""

    number = text(_l("Case number"), required=True, most=16, direction="ltr")
    reason = choice(_l("What is the emergency?"), lists.EMERGENCY_REASONS, required=True, widget="radio")


class ReviewSchema(FormSchema):
    """Judging an emergency access."""

    finding = choice(_l("Finding"), lists.FINDINGS, required=True, widget="radio")


class FileSchema(FormSchema):
    """A file in one request."""

    compartment = choice(_l("Section"), lists.COMPARTMENTS, required=True, hint=_l("Only those who may open this section see the file."))
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
