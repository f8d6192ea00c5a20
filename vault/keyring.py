"""Three levels: the master key wraps keys, keys seal values, derived keys serve one field each (HKDF, RFC 5869)."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault import cipher
from vault.providers import Provider


@dataclass(frozen=True)
class WrappedKey:
    """A key as it lies in the database: sealed by a version of the master key."""

    master_version: int
    content: bytes


class Keyring:
    """The keys of one installation. ``root`` seeds what is derived: indexes, signatures, sessions."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._root: bytes | None = None

    def new(self, context: str) -> tuple[bytes, WrappedKey]:
        """A fresh key and its wrapped form, usable for ``context`` alone."""
        key = cipher.new_key()
        return key, WrappedKey(self._provider.version, self._provider.wrap(key, context))

    def unwrap(self, content: bytes, context: str) -> bytes:
        """The key in ``content``; raises :class:`vault.providers.KeyTrouble`."""
        return self._provider.unwrap(content, context)

    def use_root(self, content: bytes) -> None:
        """Take the installation's root key from the database. Fails here, at start, if the master key is the wrong one."""
        self._root = self.unwrap(content, "root")

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same at every start."""
        if self._root is None:
            raise RuntimeError("the root key is not loaded")
        return _derive(self._root, purpose)


@lru_cache(maxsize=512)
def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(root)
