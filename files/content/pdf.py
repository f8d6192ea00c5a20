"""Whether a PDF only shows pages: every object is looked at, a short list of actions is allowed.

Nothing is re-written: a signed paper stays signed, and what is kept is what was sent.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from files.content import pdf_objects
from files.content.kinds import Looked, NotKept
from files.content.links import is_plain_link
from loading import later

if TYPE_CHECKING:
    from pypdf import generic
else:
    generic = later("pypdf.generic")

# What an action does, where it is not allowed. GoTo, URI and the rest stand below.
_ACTIONS = {
    "/JavaScript": "active",
    "/Rendition": "active",
    "/RichMediaExecute": "active",
    "/GoTo3DView": "active",
    "/Movie": "active",
    "/Sound": "active",
    "/Launch": "opens",
    "/GoToR": "opens",
    "/GoToE": "opens",
    "/ImportData": "opens",
    "/SubmitForm": "opens",
}
_ALLOWED = frozenset(
    {"/GoTo", "/GoToDp", "/Named", "/URI", "/Thread", "/Hide", "/ResetForm", "/SetOCGState"}
)
_BY_ITSELF = frozenset({"/GoTo", "/GoToDp", "/Named"})  # may happen without a click
_TURNS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
_KEYS = {
    "/XFA": "form",
    "/JavaScript": "active",
    "/EF": "carries",
    "/RichMediaContent": "active",
    "/RichMediaSettings": "active",
}
_SUBTYPES = {
    "/RichMedia": "active",
    "/3D": "active",
    "/Movie": "active",
    "/Sound": "active",
    "/Screen": "active",
    "/FileAttachment": "carries",
}
_TRIGGERS = frozenset(
    f"/{key}"
    for key in "E X D U Fo Bl PO PC PV PI O C K F V WC WS DS WP DP".split()  # noqa: SIM905 -- a table
)


def look(content: bytes) -> Looked:
    """Give the kind of a PDF that only shows pages; raises :class:`NotKept` with the reason."""
    walk = _Walk()
    for number, found in pdf_objects.read(content):
        walk.take(number, found)
    walk.end()
    return Looked("pdf")


class _Walk:
    """What was seen so far: what happens by itself, and what could be meant by a number."""

    def __init__(self) -> None:
        self.by_itself: set[int] = set()
        self.meant: dict[int, list[Any]] = {}

    def take(self, number: int, found: Any) -> None:
        """Look at one object and at everything that stands directly in it."""
        if isinstance(found, generic.NameObject) and str(found) in _ACTIONS:
            raise NotKept(_ACTIONS[str(found)])  # pointed at by an action that hides its kind
        if isinstance(found, generic.IndirectObject):
            raise NotKept("broken")  # an object that is only a pointer: no program writes one
        for each in _dictionaries(found):
            self._take(each)
        if isinstance(found, generic.DictionaryObject) and _could_act(found):
            self.meant.setdefault(number, []).append(found)

    def _take(self, each: Mapping[str, Any]) -> None:
        _refuse_keys(each)
        if isinstance(each, generic.StreamObject):
            _refuse_outside(each)
        if _is_action(each):
            _refuse_action(each)
        self._happens(_raw(each, "/OpenAction"))
        triggers = _raw(each, "/AA")
        if isinstance(triggers, generic.DictionaryObject):
            for action in triggers.values():
                self._happens(action)
        else:
            self._happens(triggers)

    def _happens(self, action: Any) -> None:
        """This action, or the one pointed at, happens without a click."""
        if isinstance(action, generic.IndirectObject):
            self.by_itself.add(action.idnum)
        elif isinstance(action, generic.DictionaryObject):
            self._refuse_unasked(action)

    def _refuse_unasked(self, action: Mapping[str, Any]) -> None:
        kind = str(_raw(action, "/S"))
        if kind not in _BY_ITSELF:
            raise NotKept(_ACTIONS.get(kind, "opens"))
        if kind == "/Named" and str(_raw(action, "/N")) not in _TURNS:
            raise NotKept("opens")
        following = _raw(action, "/Next")
        for each in following if isinstance(following, generic.ArrayObject) else [following]:
            self._happens(each)

    def end(self) -> None:
        """Judge what was only pointed at, whichever of the objects with that number is meant."""
        done: set[int] = set()
        while waiting := self.by_itself - done:
            number = waiting.pop()
            done.add(number)
            for found in (*self.meant.get(number, []), *self.meant.get(pdf_objects.ANY, [])):
                if "/S" in found:
                    self._refuse_unasked(found)
                else:
                    for action in found.values():
                        self._happens(action)


def _dictionaries(found: Any) -> Iterator[Any]:
    """Every dictionary that stands in an object directly, itself included."""
    waiting = [found]
    while waiting:
        each = waiting.pop()
        if isinstance(each, generic.DictionaryObject):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, generic.ArrayObject):
            waiting.extend(each)


def _raw(each: Mapping[str, Any], key: str) -> Any:
    """What stands under a key itself; pypdf's own look-up follows pointers."""
    return dict.get(each, key)  # type: ignore[call-overload]


def _plain(each: Mapping[str, Any], key: str) -> Any:
    """What stands under a key, a pointer followed."""
    found = _raw(each, key)
    return found.get_object() if isinstance(found, generic.IndirectObject) else found


def _is_action(each: Mapping[str, Any]) -> bool:
    kind = str(_plain(each, "/S"))
    return kind in _ACTIONS or kind in _ALLOWED


def _could_act(each: Mapping[str, Any]) -> bool:
    """Whether a pointer to what happens by itself could mean this: an action, a list of them."""
    hidden = isinstance(_raw(each, "/S"), generic.IndirectObject)
    return hidden or _is_action(each) or (len(each) > 0 and _TRIGGERS.issuperset(each))


def _refuse_keys(each: Mapping[str, Any]) -> None:
    for key, reason in _KEYS.items():
        if key in each and not _is_empty(_plain(each, key)):
            raise NotKept(reason)
    for key in ("/Subtype", "/Type"):
        kind = str(_plain(each, key))
        if kind in _SUBTYPES and "/Rect" in each:
            raise NotKept(_SUBTYPES[kind])
        if kind == "/EmbeddedFile":
            raise NotKept("carries")
    if "/Encrypt" in each and "/Root" in each:
        raise NotKept("encrypted")


def _is_empty(found: Any) -> bool:
    """Programs leave an empty list of scripts or an empty form behind."""
    if isinstance(found, generic.DictionaryObject):
        return not any(_plain(found, key) for key in found if key != "/Limits")
    return found is None or isinstance(found, generic.NullObject) or found == []


def _refuse_outside(stream: Mapping[str, Any]) -> None:
    """The contents of this stream lie in another file, or are a page of another file."""
    if any(key in stream for key in ("/F", "/FFilter", "/Ref")):
        raise NotKept("remote")


def _refuse_action(action: Mapping[str, Any]) -> None:
    kind = str(_plain(action, "/S"))
    if kind in _ACTIONS:
        raise NotKept(_ACTIONS[kind])
    if kind == "/Thread" and "/F" in action:
        raise NotKept("opens")
    if kind == "/Named" and str(_plain(action, "/N")) not in _TURNS | {"/Print"}:
        raise NotKept("active")
    if kind == "/URI" and not is_plain_link(_plain(action, "/URI")):
        raise NotKept("opens")
