"""Builds ``icons.svg`` from an unpacked ``lucide-static`` package: python static/build_sprite.py FOLDER/icons. Run by hand when an icon is added."""

import re
import sys
from pathlib import Path

NAMES = [
    "list-checks",
    "folder",
    "inbox",
    "calendar",
    "bed",
    "plane",
    "wallet",
    "chart-column",
    "search",
    "eye",
    "eye-off",
    "log-out",
    "plus",
    "clock",
    "check",
    "x",
    "minus",
    "lock",
    "printer",
    "send",
    "triangle-alert",
    "shield",
    "phone",
    "badge-check",
    "hand",
    "languages",
    "chevron-right",
    "ellipsis",
    "user",
    "users",
    "file-text",
    "upload",
    "download",
    "message-square",
    "hourglass",
    "circle-check",
    "circle",
    "circle-alert",
    "settings",
    "bell",
    "arrow-left",
    "heart-handshake",
    "folder-open",
    "undo-2",
    "info",
    "scroll-text",
    "pencil",
    "map-pin",
    "plane-landing",
    "filter",
]

parts = []
for name in NAMES:
    text = (Path(sys.argv[1]) / f"{name}.svg").read_text("utf-8")
    inner = re.sub(
        r"\s+",
        " ",
        re.sub(r"<!--.*?-->", "", re.search(r"<svg[^>]*>(.*)</svg>", text, re.S)[1], flags=re.S),
    ).strip()
    parts.append(
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
    )
# Our own mark: an archway, a passage.
parts.append(
    '<symbol id="mark" viewBox="0 0 24 24"><path d="M4 22V11a8 8 0 0 1 16 0v11" fill="none" stroke="#E9B44C" stroke-width="2.4"/><path d="M8.5 22V12a3.5 3.5 0 0 1 7 0v10z" fill="currentColor"/><path d="M2 22h20" stroke="#E9B44C" stroke-width="2"/></symbol>'
)
Path(__file__).with_name("icons.svg").write_text(
    '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(parts) + "</svg>\n", "utf-8"
)
