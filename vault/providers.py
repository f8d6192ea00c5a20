"""Where the master key comes from. One small interface; each provider wraps and unwraps, none gives the key away.

Issue of scope: a key file for one machine and the environment. HashiCorp Vault and a cloud KMS fit behind the same three methods.
"""

import base64
import binascii
import os
import stat
from pathlib import Path
from typing import Protocol

from vault import cipher


class KeyTrouble(Exception):
    """The master key is missing, unreadable, exposed or wrong. The message says what to do."""


class Provider(Protocol):
    """Wraps keys with a master key that stays inside."""

    @property
    def version(self) -> int:
        """The version of the master key that new wraps use."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """``key``, sealed by the master key for ``context`` alone."""

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key in ``wrapped``; raises :class:`KeyTrouble`."""


class LocalMasterKey:
    """A master key held in this process's memory."""

    def __init__(self, master: bytes, version: int = 1) -> None:
        if len(master) != 32:
            raise KeyTrouble("The master key must be 32 bytes. Restore it from your key backup.")
        self._master = master
        self._version = version

    @property
    def version(self) -> int:
        """The version of the master key that new wraps use."""
        return self._version

    def wrap(self, key: bytes, context: str) -> bytes:
        """``key``, sealed by the master key for ``context`` alone."""
        return cipher.seal(self._master, key, bound=context, version=self._version)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key in ``wrapped``; raises :class:`KeyTrouble` where this master key did not wrap it."""
        try:
            return cipher.unseal(self._master, wrapped, bound=context)
        except cipher.Unreadable:
            raise KeyTrouble("The master key does not fit this database. Put the right key file in place; nothing was changed.") from None


def from_file(path: Path) -> LocalMasterKey:
    """The master key in ``path`` (base64, mode 0600); raises :class:`KeyTrouble` with what to do."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise KeyTrouble(f"No master key at {path}. Restore it from your key backup.") from None
    except (OSError, UnicodeDecodeError):
        raise KeyTrouble(f"The master key at {path} cannot be read.") from None
    if mode & 0o077:
        raise KeyTrouble(f"Others on this machine may read the master key {path}. Run: chmod 600 {path}")
    return from_text(text)


def from_text(text: str) -> LocalMasterKey:
    """The master key in base64 ``text``."""
    try:
        return LocalMasterKey(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        raise KeyTrouble("The master key is not base64 or is cut short. Restore it from your key backup.") from None


def create_file(path: Path) -> None:
    """Make a new random master key at ``path`` with mode 0600; refuses to replace one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(new_text().encode() + b"\n")


def new_text() -> str:
    """A new master key in base64."""
    return base64.urlsafe_b64encode(cipher.new_key()).decode()
