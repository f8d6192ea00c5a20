"""What several makers use: pictures, archives with a part more, a PDF written object by object."""

import io
import zipfile
from collections.abc import Callable

from PIL import Image, ImageDraw


def letter() -> Image.Image:
    """A small page with some lines, as scanned."""
    page = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(page)
    draw.text((20, 20), "Invented letter\nof Rosemary Example", fill="black")
    draw.rectangle((20, 90, 300, 200), outline="navy")
    return page


def picture(kind: str = "JPEG", **how: object) -> bytes:
    """The page as a picture of a kind."""
    out = io.BytesIO()
    letter().save(out, kind, **how)
    return out.getvalue()


def with_parts(content: bytes, parts: dict[str, bytes | Callable[[bytes], bytes]]) -> bytes:
    """An Office document with parts put in, or changed by a function of what is there."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", 8) as new:
        names = old.namelist()
        for name in [*names, *(each for each in parts if each not in names)]:
            before = old.read(name) if name in names else b""
            change = parts.get(name, before)
            new.writestr(name, change(before) if callable(change) else change)
    return out.getvalue()


def before(mark: str, words: str) -> Callable[[bytes], bytes]:
    """Puts ``words`` before the last ``mark`` of a part."""

    def change(part: bytes) -> bytes:
        head, found, tail = part.rpartition(mark.encode())
        assert found, mark
        return head + words.encode() + found + tail

    return change


def paper(
    *objects: str | bytes, catalog: str = "", page: str = "", hide: bool = False, end: str = ""
) -> bytes:
    """A PDF of one empty page, written by hand; ``hide`` leaves the objects out of its table."""
    own = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] {page} >>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate((*own, *objects), 1):
        places.append(len(out))
        body = each if isinstance(each, bytes) else each.encode()
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    listed = places[:3] if hide else places
    table = f"xref\n0 {len(listed) + 1}\n0000000000 65535 f \n"
    table += "".join(f"{place:010d} 00000 n \n" for place in listed)
    tail = (
        f"trailer\n<< /Size {len(listed) + 1} /Root 1 0 R {end} >>\nstartxref\n{len(out)}\n%%EOF\n"
    )
    return out + table.encode() + tail.encode()
