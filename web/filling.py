"""A page with one of its forms filled with what was typed before.

Only the controls of that form change; every other byte of the page stays as it was.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from html import escape
from html.parser import HTMLParser

from web.form_tokens import FIELD

Pairs = Iterable[tuple[str, str]]
# What has no place in the form any more: name and value, which is empty where it was a choice.
Gone = list[tuple[str, str]]
# What a form says of itself: never taken from what was typed.
OWN = frozenset(("csrf_token", FIELD))
CHANGES = OWN | {"revision", ""}  # sent unseen, and another one each time
CHECKED = frozenset(("checkbox", "radio"))
UNTOUCHED = frozenset(("password", "file", "submit", "button", "image", "reset"))


def filled(
    page: str,
    here: str,
    action: str,
    typed: Pairs,
    *,
    token: str,
    notice: Callable[[Gone], str],
    no_longer: str = "",
) -> str | None:
    """``page`` with ``typed`` in the form that is sent to ``action``; None where it has none.

    ``here`` is the path of the page, to which a form without an address is sent. ``token`` takes
    the place of the form's own, ``notice`` (HTML) stands at the form's head and says what of
    ``typed`` has no place in it any more. A choice of a list that is not offered any more stands
    there as ``no_longer``, so that it does not become another one unseen.
    """
    typed = list(typed)
    finder = _Finder(here, action)
    finder.feed(page)
    number = _which(finder, dict(typed))
    if number is None:
        return None
    about = notice(finder.gone(number, typed))
    filler = _Filler(here, action, typed, token, about)
    filler.no_longer = no_longer
    filler.others = number
    filler.feed(page)
    filler.close()
    return "".join(filler.out) if filler.found else None


def _which(finder: "_Finder", typed: dict[str, str]) -> int | None:
    """The number, from 0, of the form that was sent among those of ``action``. Where there are
    several, they are told apart by what each sends unseen: no button may do what another says.
    """
    if len(finder.hidden) <= 1:
        return 0
    for number, hidden in enumerate(finder.hidden):
        if all(typed.get(name, "") == value for name, value in hidden.items()):
            return number
    return None


class _Finder(HTMLParser):
    """What each form that is sent to an address sends unseen, and what it offers."""

    def __init__(self, here: str, action: str) -> None:
        super().__init__()
        self.here, self.action = here, action
        self.hidden: list[dict[str, str]] = []
        # Of each form: the names of its fields, with the values of those that offer some.
        self.offers: list[dict[str, set[str] | None]] = []
        self.inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = _path(about, self.here) == self.action
            self.hidden += [{}] if self.inside else []
            self.offers += [{}] if self.inside else []
        elif self.inside:
            self._field(tag, about)

    def _field(self, tag: str, about: dict[str, str]) -> None:
        name, kind = about.get("name", ""), about.get("type", "")
        if kind == "hidden" and name not in CHANGES:
            self.hidden[-1][name] = about.get("value", "")
        if tag == "select":
            self.select = name
            self.offers[-1][name] = set()
        elif tag == "option":
            self._offer(self.select, about)
        elif kind in CHECKED:
            self._offer(name, {"value": "on"} | about)
        elif name:
            self.offers[-1].setdefault(name, None)

    def _offer(self, name: str, about: dict[str, str]) -> None:
        offered = self.offers[-1].setdefault(name, set())
        if offered is not None and "disabled" not in about:
            offered.add(about.get("value", ""))

    def gone(self, number: int, typed: Pairs) -> Gone:
        """What of ``typed`` the form of this number has no place for: a choice that it does not
        offer any more, or a field that it does not have.
        """
        offers = self.offers[number] if number < len(self.offers) else {}
        lost: Gone = []
        for name, value in typed:
            if not value or name in CHANGES:
                continue
            offered = offers.get(name)
            if name not in offers:
                lost.append((name, value))
            elif offered is not None and value not in offered:
                lost.append((name, ""))
        return lost

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        self.inside = self.inside and tag != "form"


def _path(about: dict[str, str], here: str) -> str:
    return about.get("action", "").partition("?")[0] or here


def _tag(tag: str, about: dict[str, str]) -> str:
    words = (f' {name}="{escape(value)}"' for name, value in about.items())
    return f"<{tag}{''.join(words)}>"


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
        self.unmet: list[str] = []  # what was chosen of it and did not come yet
        self.no_longer = ""
        self.folds: list[tuple[int, dict[str, str]]] = []  # around what comes now, and where
        self.text: list[str] | None = None  # of a field of several lines: what stood in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that opens."""
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._enter(about)
        elif self.inside and tag in {"input", "option", "textarea", "select"}:
            self._control(tag, about)
        elif tag == "details":
            self.folds.append((len(self.out), about))
            if self.inside:
                self._write(tag, about | {"open": ""})
            else:
                self._as_it_was()
        else:
            self._as_it_was()

    def handle_endtag(self, tag: str) -> None:
        """A tag that closes."""
        if tag == "textarea" and self.text is not None:
            self.text = None
        elif tag == "select":
            self._keep_unmet()
            self.select = ""
        elif tag == "form":
            self.inside = False
        elif tag == "details" and self.folds:
            self.folds.pop()
        self.out.append(f"</{tag}>")

    def _keep_unmet(self) -> None:
        for value in self.unmet if self.inside else ():
            self._write("option", {"value": value, "selected": ""})
            self.out.append(f"{escape(self.no_longer)}</option>")
        self.unmet = []

    def _enter(self, about: dict[str, str]) -> None:
        self._as_it_was()
        if self.found or _path(about, self.here) != self.action:
            return
        self.others -= 1
        if self.others < 0:
            self.found = self.inside = True
            for place, fold in self.folds:  # what was typed lies in no closed fold
                self.out[place] = _tag("details", fold | {"open": ""})
            self.out.append(self.notice)

    def _control(self, tag: str, about: dict[str, str]) -> None:
        name, kind = about.get("name", ""), about.get("type", "text")
        if tag == "select":
            self.select = name
            self.unmet = [value for value in self.values[name] if value]
            self._as_it_was()
        elif tag == "option":
            self._option(about)
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

    def _option(self, about: dict[str, str]) -> None:
        about.pop("selected", None)
        value = about.get("value", "")
        chosen = value in self.values[self.select] and "disabled" not in about
        self.unmet = [each for each in self.unmet if not (chosen and each == value)]
        self._write("option", about | ({"selected": ""} if chosen else {}))

    def _write(self, tag: str, about: dict[str, str]) -> None:
        self.out.append(_tag(tag, about))

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
