"""Four levels: the master key (in a provider) wraps the wrapping keys, these wrap case keys, case
keys seal values; derived keys serve one field each (HKDF, RFC 5869).

The wrapping keys stand between so that a key service far away is asked at the start and at
rotation, not for every case.
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


class Keyring:
    """The keys of one installation.

    ``root`` seeds what is derived: signatures, sessions, the first index.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._root: bytes | None = None
        self._wraps: dict[int, bytes] = {}

    @property
    def current(self) -> int:
        """The version of the wrapping key that new keys are wrapped with."""
        return max(self._wraps)

    def use_wraps(self, wrapped: Mapping[int, bytes]) -> None:
        """Take the wrapping keys from the database; raises
        :class:`encryption.providers.KeyTrouble`.
        """
        self._wraps = {
            version: self.provider.unwrap(content, f"wrap/{version}")
            for version, content in wrapped.items()
        }

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
            chosen, cipher.seal(self._wraps[chosen], key, bound=context, version=chosen)
        )

    def unwrap(self, content: bytes, context: str) -> bytes:
        """The key in ``content``; raises :class:`UnknownVersion`, or
        :class:`encryption.providers.KeyTrouble` where it does not open.
        """
        version = cipher.key_version(content)
        if version < FIRST_WRAP:
            return self.provider.unwrap(content, context)
        if version not in self._wraps:
            raise UnknownVersion(version)
        try:
            return cipher.unseal(self._wraps[version], content, bound=context)
        except cipher.Unreadable:
            raise KeyTrouble(f"A key of this database was changed: {context}.") from None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same at every start."""
        if self._root is None:
            raise RuntimeError("the root key is not loaded")
        return _derive(self._root, purpose)

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

    def use_wraps(self, wrapped: Mapping[int, bytes]) -> None:
        """Refuse: it opens no record."""
        raise KeyTrouble("This process opens no record.")

    def use_root(self, content: bytes) -> None:
        """Refuse: it opens no record."""
        raise KeyTrouble("This process opens no record.")


def forget_derived() -> None:
    """Drop what was derived and opened so far from this process's memory."""
    _derive.cache_clear()
    _opened.cache_clear()


@lru_cache(maxsize=512)
def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(root)


@lru_cache(maxsize=8)
def _opened(provider: Provider, content: bytes, context: str) -> bytes:
    return provider.unwrap(content, context)
