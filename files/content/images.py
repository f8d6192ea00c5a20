"""Pictures made anew: decoded and encoded again, so that nothing but pixels survives.

What a camera wrote about place and owner is gone, as is anything appended or hidden beside. Kinds
that browsers and other programs do not open everywhere become ones that they do.
"""

import io
from typing import TYPE_CHECKING

from files.content.kinds import PICTURES, Looked, NotKept
from loading import later

if TYPE_CHECKING:
    import PIL
    from PIL import Image, ImageOps, ImageSequence
else:
    PIL = later("PIL")
    Image = later("PIL.Image")
    ImageOps = later("PIL.ImageOps")
    ImageSequence = later("PIL.ImageSequence")
pillow_heif = later("pillow_heif")

PIXELS_MOST = 50_000_000
PAGES_MOST = 200
ALL_PIXELS_MOST = 300_000_000
# What a kind becomes; scans of many pages become a PDF, moving pictures stay moving.
BECOMES = {
    "jpg": "jpg",
    "png": "png",
    "webp": "webp",
    "gif": "png",
    "bmp": "png",
    "tif": "png",
    "heic": "jpg",
    "avif": "jpg",
}
_MODES = {"jpg": ("RGB", "L"), "png": ("RGBA", "RGB", "L", "1"), "webp": ("RGBA", "RGB")}


def look(content: bytes, kind: str) -> Looked:
    """The picture made anew, with a small one beside it; raises :class:`NotKept`."""
    if kind == "heic":
        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    try:
        with Image.open(io.BytesIO(content), formats=[PICTURES[kind]]) as opened:
            _refuse_large(opened)
            frames = int(getattr(opened, "n_frames", 1))
            if frames > 1 and kind == "tif":
                return _pages(opened)
            return _moving(opened) if frames > 1 and kind == "gif" else _still(opened, kind)
    except (PIL.UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise NotKept("broken") from None
    except Image.DecompressionBombError:
        raise NotKept("too_big") from None


def _refuse_large(opened: "Image.Image") -> None:
    if opened.width * opened.height > PIXELS_MOST:
        raise NotKept("too_big")


def _still(opened: "Image.Image", kind: str) -> Looked:
    becomes = BECOMES[kind]
    picture = _bare(opened, _MODES[becomes])
    out = io.BytesIO()
    picture.save(out, PICTURES[becomes], quality=90)
    return Looked(becomes, out.getvalue(), _small(picture))


def _bare(opened: "Image.Image", modes: tuple[str, ...]) -> "Image.Image":
    """The pixels alone, turned as the camera meant them."""
    turned = ImageOps.exif_transpose(opened)
    picture = turned if turned.mode in modes else turned.convert(modes[0])
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    return plain


def _pages(opened: "Image.Image") -> Looked:
    """A scan of several pages as PDF, which everybody can open."""
    pages: list[Image.Image] = []
    pixels = 0
    for frame in ImageSequence.Iterator(opened):
        _refuse_large(frame)
        pixels += frame.width * frame.height
        if len(pages) == PAGES_MOST or pixels > ALL_PIXELS_MOST:
            raise NotKept("too_big")
        pages.append(_bare(frame, ("RGB", "L", "1")))
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=150)
    return Looked("pdf", out.getvalue(), _small(pages[0]))


def _moving(opened: "Image.Image") -> Looked:
    """A moving picture frame by frame, without what stands between the frames."""
    frames: list[Image.Image] = []
    lasting: list[int] = []
    for frame in ImageSequence.Iterator(opened):
        if len(frames) == PAGES_MOST or len(frames) * frame.width * frame.height > ALL_PIXELS_MOST:
            raise NotKept("too_big")
        lasting.append(int(frame.info.get("duration", 100)) or 100)
        frames.append(_bare(frame, ("RGBA",)))
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=lasting, loop=0)
    return Looked("gif", out.getvalue(), _small(frames[0]))


def _small(picture: "Image.Image", most: int = 256) -> bytes:
    scale = min(1.0, most / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    out = io.BytesIO()
    picture.convert("RGB").resize(size).save(out, "JPEG", quality=75)
    return out.getvalue()
