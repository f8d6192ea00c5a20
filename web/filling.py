"""A page with one of its forms filled with what was typed before.

Only the controls of that form change; every other byte of the page stays as it was.
"""

from collections import defaultdict
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser

from web.form_tokens import FIELD

Pairs = Iterable[tuple[str, str]]
# What a form says of itself: never taken from what was typed.
OWN = frozenset(("csrf_token", FIELD))
CHANGES = OWN | {"revision", ""}  # sent unseen, and another one each time
CHECKED = frozenset(("checkbox", "radio"))
UNTOUCHED = frozenset(("password", "file", "submit", "button", "image", "reset"))


def filled(
    page: str, here: str, action: str, typed: Pairs, *, token: str, notice: str
) -> str | None:
    """``page`` with ``typed`` in the form that is sent to ``action``; None where it has none.

    ``here`` is the path of the page, to which a form without an address is sent. ``token`` takes
    the place of the form's own, ``notice`` (HTML) stands at the form's head.
    """
    typed = list(typed)
    number = _which(page, here, action, dict(typed))
    if number is None:
        return None
    filler = _Filler(here, action, typed, token, notice)
    filler.others = number
    filler.feed(page)
    filler.close()
    return "".join(filler.out) if filler.found else None


def _which(page: str, here: str, action: str, typed: dict[str, str]) -> int | None:
    """The number, from 0, of the form that was sent among those of ``action``. Where there are
    several, they are told apart by what each sends unseen: no button may do what another says.
    """
    finder = _Finder(here, action)
    finder.feed(page)
    if len(finder.hidden) <= 1:
        return 0
    for number, hidden in enumerate(finder.hidden):
        if all(typed.get(name, "") == value for name, value in hidden.items()):
            return number
    return None


class _Finder(HTMLParser):
    """What each form that is sent to an address sends unseen."""

    def __init__(self, here: str, action: str) -> None:
        super().__init__()
        self.here, self.action = here, action
        self.hidden: list[dict[str, str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = _path(about, self.here) == self.action
            self.hidden += [{}] if self.inside else []
        elif self.inside and about.get("type") == "hidden" and about.get("name") not in CHANGES:
            self.hidden[-1][about.get("name", "")] = about.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        self.inside = self.inside and tag != "form"


def _path(about: dict[str, str], here: str) -> str:
    return about.get("action", "").partition("?")[0] or here


class _Filler(HTMLParser):
    """Passes everything through as it came, but for the controls of one form."""

    def __init__(self, here: str, action: str, typed: Pairs, token: str, notice: str) -> None:
        super().__init__(convert_charrefs=False)
        self.here, self.action, self.token, self.notice = here, action, token, notice
        self.values: dict[str, list[str]] = defaultdict(list)
        for name, value in typed:
            self.values[name].append(value)
        self.out: list[str] = []
        self.found = self.inside = False
        self.others = 0  # forms of the same address that stand before
        self.select = ""  # the name of the list whose choices come now
        self.text: list[str] | None = None  # of a field of several lines: what stood in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._enter(about)
        elif self.inside and tag in {"input", "option", "textarea", "select"}:
            self._control(tag, about)
        elif self.inside and tag == "details":
            self._write(tag, about | {"open": ""})
        else:
            self._as_it_was()

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        if tag == "textarea" and self.text is not None:
            self.text = None
        elif tag == "select":
            self.select = ""
        elif tag == "form":
            self.inside = False
        self.out.append(f"</{tag}>")

    def _enter(self, about: dict[str, str]) -> None:
        self._as_it_was()
        if self.found or _path(about, self.here) != self.action:
            return
        self.others -= 1
        if self.others < 0:
            self.found = self.inside = True
            self.out.append(self.notice)

    def _control(self, tag: str, about: dict[str, str]) -> None:
        name, kind = about.get("name", ""), about.get("type", "text")
        if tag == "select":
            self.select = name
            self._as_it_was()
        elif tag == "option":
            about.pop("selected", None)
            chosen = about.get("value") in self.values[self.select]
            self._write(tag, about | ({"selected": ""} if chosen else {}))
        elif tag == "textarea":
            self._as_it_was()
            self.out.append("\n" + escape("\n".join(self.values[name])))
            self.text = []
        elif name == FIELD:
            self._write(tag, about | {"value": self.token})
        elif name in OWN or kind in UNTOUCHED or not name:
            self._as_it_was()
        elif kind in CHECKED:
            about.pop("checked", None)
            is_chosen = about.get("value", "on") in self.values[name]
            self._write(tag, about | ({"checked": ""} if is_chosen else {}))
        elif name in self.values or kind != "hidden":
            self._write(tag, about | {"value": next(iter(self.values[name]), "")})
        else:
            self._as_it_was()

    def _write(self, tag: str, about: dict[str, str]) -> None:
        words = (f' {name}="{escape(value)}"' for name, value in about.items())
        self.out.append(f"<{tag}{''.join(words)}>")

    def _as_it_was(self) -> None:
        self.out.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that is empty."""
        if self.inside and tag == "input":
            self.handle_starttag(tag, attrs)
        else:
            self._as_it_was()

    def handle_data(self, data: str) -> None:
        """Text."""
        if self.text is None:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        """A sign by its name."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """A sign by its number."""
        self.handle_data(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        """The declaration of the document."""
        self.out.append(f"<!{decl}>")

    def handle_comment(self, data: str) -> None:
        """A comment."""
        self.out.append(f"<!--{data}-->")
