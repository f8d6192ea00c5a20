"""Which look fits which kind. Whatever a look trips over is not kept."""

from files.content import images, office, pdf
from files.content.kinds import OFFICE, PICTURES, Looked, NotKept


def look(kind: str, content: bytes) -> Looked:
    """Look into a PDF, an Office document or a picture; raises :class:`NotKept`.

    A parser that stumbles over a file made to make it stumble must not let it through.
    """
    try:
        return _look(kind, content)
    except (NotKept, ImportError):
        raise
    except (MemoryError, RecursionError):
        raise NotKept("bomb") from None
    except Exception:  # noqa: BLE001 -- whatever it was, the file is not one we understand
        raise NotKept("broken") from None


def _look(kind: str, content: bytes) -> Looked:
    if kind in PICTURES:
        return images.look(content, kind)
    if kind in OFFICE:
        return office.look(content)
    if kind == "pdf":
        return pdf.look(content)
    raise NotKept("kind")
