"""A file goes out: whole, or the part that a player or a broken download asks for."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from flask import Response, request

from access import audit
from files import receiving
from files.content.kinds import KINDS
from models.files import Attachment

_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")


def attached(attachment: Attachment) -> Response:
    """The file as attachment; a download that broke off goes on where it stopped."""
    name = attachment.name
    if not name.lower().endswith(f".{attachment.kind}"):
        name = f"{name}.{attachment.kind}"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "ETag": f'"{attachment.key}-{attachment.revision}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return _answer(attachment, "file_download", headers)


def played(attachment: Attachment) -> Response:
    """A voice note, to be played on the page; opened part by part as the player asks."""
    return _answer(attachment, "file_played", {"Cache-Control": "no-store"})


def _answer(attachment: Attachment, deed: str, headers: Mapping[str, str]) -> Response:
    start, end, status = _wanted(attachment.size)
    if status == 416:
        return Response(status=416, headers={"Content-Range": f"bytes */{attachment.size}"})
    audit.record(deed, subject=attachment.key, cases=(attachment.case_id,))
    all_headers = {**headers, "Content-Length": str(end - start), "Accept-Ranges": "bytes"}
    if status == 206:
        all_headers["Content-Range"] = f"bytes {start}-{end - 1}/{attachment.size}"
    content = receiving.read(attachment, start, end)
    content_type = KINDS[attachment.kind]
    return Response(content, status, headers=all_headers, content_type=content_type)


def _wanted(size: int) -> tuple[int, int, int]:
    """First and last byte (exclusive) and status, by the Range header (RFC 9110, one range)."""
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if not asked:
        return 0, size, 200
    start = int(asked[1])
    end = min(int(asked[2]) + 1 if asked[2] else size, size)
    return (start, end, 206) if start < end else (0, 0, 416)
