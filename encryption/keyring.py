"""Four levels: the master key (in a provider) wraps the wrapping keys, these wrap case keys, case
keys seal values; derived keys serve one field each (HKDF, RFC 5869).

The wrapping keys stand between so that a key service far away is asked at the start and at
rotation, not for every case. Each office has its own; a version is given once in an installation,
so that the two bytes in each ciphertext say whose key opens it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from encryption import cipher
from encryption.providers import KeyTrouble, Provider

FIRST_WRAP = 2  # keys of version 1 were wrapped by the master key itself


@dataclass(frozen=True)
class WrappedKey:
    """A key as it lies in the database: sealed by a version of the wrapping key."""

    master_version: int
    content: bytes


class UnknownVersion(Exception):
    """A wrapping key that this process has not read yet: another one rotated."""


class HeldElsewhere(Exception):
    """The wrapping key of an office that this process was not given."""


class Keyring:
    """The keys of one installation, or of some of its offices.

    ``root`` seeds what is derived: signatures, sessions, the first index. ``offices``: whose
    wrapping keys it takes beside the installation's own; none given: everybody's.
    """

    def __init__(self, provider: Provider, offices: Iterable[int] | None = None) -> None:
        self.provider = provider
        self.offices = None if offices is None else frozenset(offices)
        self._root: bytes | None = None
        self._wraps: dict[int, bytes] = {}
        self._elsewhere: frozenset[int] = frozenset()

    @property
    def current(self) -> int:
        """The newest version of all wrapping keys."""
        return max(self._wraps)

    def only(self, offices: Iterable[int]) -> "Keyring":
        """A keyring that takes the wrapping keys of these offices alone, and has none yet."""
        narrowed = Keyring(self.provider, offices)
        narrowed._root = self._root
        return narrowed

    def takes(self, office: int | None) -> bool:
        """Whether the keys of an office belong here; the installation's own (none) always do."""
        return office is None or self.offices is None or office in self.offices

    def holds(self, version: int) -> bool:
        """Whether a wrapping key was read, be it to say that it is kept elsewhere."""
        return version in self._wraps or version in self._elsewhere

    def use_wraps(
        self, wrapped: Mapping[int, bytes], holders: Mapping[int, int | None] | None = None
    ) -> None:
        """Take the wrapping keys from the database, by version; ``holders`` says whose they are.

        Raises :class:`encryption.providers.KeyTrouble`.
        """
        taken = {
            version: content
            for version, content in wrapped.items()
            if self.takes((holders or {}).get(version))
        }
        self._wraps = {
            version: self.provider.unwrap(content, f"wrap/{version}")
            for version, content in taken.items()
        }
        self._elsewhere = frozenset(wrapped.keys() - taken.keys())

    def use_root(self, content: bytes) -> None:
        """Take the installation's root key.

        Fails here, at start, if the master key is the wrong one.
        """
        self._root = self.provider.unwrap(content, "root")

    def new_by_provider(self, context: str) -> WrappedKey:
        """A fresh key of the installation (root, wrapping, index), wrapped by the provider."""
        return WrappedKey(self.provider.version, self.provider.wrap(cipher.new_key(), context))

    def rewrap_by_provider(self, content: bytes, context: str) -> WrappedKey:
        """A key of the installation, wrapped anew by the provider's newest version."""
        return WrappedKey(
            self.provider.version,
            self.provider.wrap(self.provider.unwrap(content, context), context),
        )

    def new(self, context: str, version: int | None = None) -> tuple[bytes, WrappedKey]:
        """A fresh key and its wrapped form, usable for ``context`` alone."""
        key = cipher.new_key()
        return key, self.wrap(key, context, version)

    def wrap(self, key: bytes, context: str, version: int | None = None) -> WrappedKey:
        """``key`` wrapped with the wrapping key ``version`` (default: the newest)."""
        chosen = version or self.current
        return WrappedKey(
            chosen, cipher.seal(self._wrap(chosen), key, bound=context, version=chosen)
        )

    def unwrap(self, content: bytes, context: str) -> bytes:
        """The key in ``content``; raises :class:`UnknownVersion`, :class:`HeldElsewhere`, or
        :class:`encryption.providers.KeyTrouble` where it does not open.
        """
        version = cipher.key_version(content)
        if version < FIRST_WRAP:
            return self.provider.unwrap(content, context)
        try:
            return cipher.unseal(self._wrap(version), content, bound=context)
        except cipher.Unreadable:
            raise KeyTrouble(f"A key of this database was changed: {context}.") from None

    def _wrap(self, version: int) -> bytes:
        if version in self._elsewhere:
            raise HeldElsewhere(version)
        if version not in self._wraps:
            raise UnknownVersion(version)
        return self._wraps[version]

    def derive_from(self, version: int, purpose: str) -> bytes:
        """32 bytes for one purpose from a wrapping key: for what an office keeps outside cases.

        Raises :class:`UnknownVersion` or :class:`HeldElsewhere`.
        """
        return _derive(self._wrap(version), f"office/{purpose}")

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same at every start."""
        if self._root is None:
            raise RuntimeError("the root key is not loaded")
        return _derive(self._root, purpose)

    def has(self, purpose: str) -> bool:
        """Whether the key of a purpose can be derived here: all of them, but in a process that was
        given few.
        """
        return bool(purpose)

    def derive_for_index(self, content: bytes | None, context: str, purpose: str) -> bytes:
        """32 bytes for one purpose of an index: from the index key wrapped in ``content``, or from
        the root for the first index.
        """
        return (
            self.derive(purpose)
            if content is None
            else _derive(
                _opened(self.provider, content, context),  # type: ignore[arg-type] # hashed by identity
                purpose,
            )
        )


class NarrowKeyring(Keyring):
    """What a process that opens no record needs: some derived keys, and neither root nor wrapping
    keys. Whatever else it is asked for it has not.
    """

    def __init__(self, whole: Keyring, purposes: Iterable[str]) -> None:
        super().__init__(whole.provider)
        self._derived = {purpose: whole.derive(purpose) for purpose in purposes}

    def derive(self, purpose: str) -> bytes:
        """One of the keys it was given; raises :class:`KeyTrouble` for another."""
        if purpose not in self._derived:
            raise KeyTrouble(f"This process has no key for {purpose}.")
        return self._derived[purpose]

    def has(self, purpose: str) -> bool:
        """Whether it was given."""
        return purpose in self._derived

    def use_wraps(
        self, wrapped: Mapping[int, bytes], holders: Mapping[int, int | None] | None = None
    ) -> None:
        """Refuse: it opens no record."""
        raise KeyTrouble("This process opens no record.")

    def use_root(self, content: bytes) -> None:
        """Refuse: it opens no record."""
        raise KeyTrouble("This process opens no record.")


def derived(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose from a key that was opened already: of an office's index."""
    return _derive(key, purpose)


def forget_derived() -> None:
    """Drop what was derived and opened so far from this process's memory."""
    _derive.cache_clear()
    _opened.cache_clear()


@lru_cache(maxsize=2048)  # five of each office's index, among others
def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(root)


@lru_cache(maxsize=8)
def _opened(provider: Provider, content: bytes, context: str) -> bytes:
    return provider.unwrap(content, context)
