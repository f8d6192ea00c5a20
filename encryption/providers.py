"""Where the master key comes from.

One small interface; each provider wraps and unwraps, none gives the key away.

A key file for one machine, the environment, HashiCorp Vault's transit engine, AWS KMS: chosen by a
setting, tested by one suite.
"""

import base64
import binascii
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from encryption import cipher
from loading import later

boto3 = later("boto3")
botocore_errors = later("botocore.exceptions")
hvac = later("hvac")
hvac_errors = later("hvac.exceptions")
requests = later("requests")


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

    def rotate(self) -> str:
        """Bring a newer version of the master key into use; says in words what happened."""

    def forget_old(self) -> str:
        """Destroy older versions, once nothing needs them; says in words what happened."""


class LocalMasterKey:
    """Master keys by version, asked of ``source`` each time and not kept; the highest wraps.

    A process needs the master at its start and at a rotation: between them it is not in its memory.
    """

    def __init__(self, source: Callable[[], dict[int, bytes]]) -> None:
        self._source = source
        masters = source()
        if not masters or any(len(master) != 32 for master in masters.values()):
            raise KeyTrouble("The master key must be 32 bytes. Restore it from your key backup.")

    @property
    def version(self) -> int:
        """The version of the master key that new wraps use."""
        return max(self._source())

    def wrap(self, key: bytes, context: str) -> bytes:
        """``key``, sealed by the master key for ``context`` alone."""
        masters = self._source()
        newest = max(masters)
        return cipher.seal(masters[newest], key, bound=context, version=newest)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key in ``wrapped``; raises :class:`KeyTrouble` where none here wrapped it."""
        version = cipher.key_version(wrapped)
        try:
            return cipher.unseal(self._source()[version], wrapped, bound=context)
        except (cipher.Unreadable, KeyError):
            raise KeyTrouble(
                "The master key does not fit this database. Put the right key in place; "
                "nothing was changed."
            ) from None

    def rotate(self) -> str:
        """The newest of the given versions is in use already."""
        if len(self._source()) < 2:
            raise KeyTrouble(
                "Put the new key before the old one in SAFECONDUCT_MASTER_KEY (as "
                "2:NEW,1:OLD), restart, then rotate."
            )
        return f"Version {self.version} from the environment is in use."

    def forget_old(self) -> str:
        """The environment is not ours to change."""
        return (
            f"Take every version but {self.version} out of SAFECONDUCT_MASTER_KEY "
            "at the next restart."
        )


class KeyFile(LocalMasterKey):
    """Master keys in a file of mode 0600, one line a version."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(lambda: _read(path))

    def rotate(self) -> str:
        """Write a new version into the file; the old ones stay until :meth:`forget_old`."""
        masters = _read(self.path)
        self._write({**masters, max(masters) + 1: cipher.new_key()})
        return f"Version {self.version} of the master key is in {self.path}. Back it up now."

    def forget_old(self) -> str:
        """Leave the newest version alone in the file."""
        masters = _read(self.path)
        self._write({max(masters): masters[max(masters)]})
        return (
            f"Version {self.version} stands alone in {self.path}. "
            "Destroy copies of older versions when their backups may go."
        )

    def _write(self, masters: dict[int, bytes]) -> None:
        text = "".join(f"{version}:{_text(key)}\n" for version, key in sorted(masters.items()))
        beside = self.path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


class VaultTransit:
    """A key of HashiCorp Vault's transit engine; it never leaves Vault."""

    def __init__(self, address: str, token: str, name: str) -> None:
        self._client, self._name = hvac.Client(url=address, token=token, timeout=5), name

    @property
    def version(self) -> int:
        """The newest version of the transit key."""
        found = self._ask(lambda: self._client.secrets.transit.read_key(name=self._name))
        return int(found["data"]["latest_version"])

    def wrap(self, key: bytes, context: str) -> bytes:
        """``key`` with its context, encrypted by Vault."""
        plain = base64.b64encode(_with_context(key, context)).decode()
        answer = self._ask(
            lambda: self._client.secrets.transit.encrypt_data(name=self._name, plaintext=plain)
        )
        return str(answer["data"]["ciphertext"]).encode()

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key that Vault decrypts, if it was wrapped for ``context``."""
        answer = self._ask(
            lambda: self._client.secrets.transit.decrypt_data(
                name=self._name, ciphertext=wrapped.decode()
            )
        )
        return _without_context(base64.b64decode(answer["data"]["plaintext"]), context)

    def rotate(self) -> str:
        """Tell Vault to make a new version."""
        self._ask(lambda: self._client.secrets.transit.rotate_key(name=self._name))
        return f"Vault's key {self._name} stands at version {self.version}."

    def forget_old(self) -> str:
        """Tell Vault to refuse older versions."""
        newest = self.version
        self._ask(
            lambda: self._client.secrets.transit.update_key_configuration(
                name=self._name, min_decryption_version=newest
            )
        )
        return f"Vault refuses versions of {self._name} before {newest}."

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (hvac_errors.VaultError, requests.RequestException, UnicodeDecodeError) as wrong:
            raise KeyTrouble(
                f"Vault does not serve the key {self._name} ({type(wrong).__name__}). "
                "Check address, token, policy and key name."
            ) from None


class AwsKms:
    """A symmetric key of AWS KMS; it never leaves KMS.

    Credentials come from the usual AWS environment.
    """

    def __init__(self, key_id: str, endpoint: str = "", region: str = "") -> None:
        self._client = boto3.client(
            "kms", endpoint_url=endpoint or None, region_name=region or None
        )
        self._key_id = key_id

    @property
    def version(self) -> int:
        """KMS keeps versions to itself."""
        return 1

    def wrap(self, key: bytes, context: str) -> bytes:
        """``key``, encrypted by KMS for ``context``."""
        answer = self._ask(
            lambda: self._client.encrypt(
                KeyId=self._key_id,
                Plaintext=_with_context(key, context),
                EncryptionContext={"for": context},
            )
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The key that KMS decrypts for ``context``."""
        answer = self._ask(
            lambda: self._client.decrypt(
                KeyId=self._key_id, CiphertextBlob=wrapped, EncryptionContext={"for": context}
            )
        )
        return _without_context(answer["Plaintext"], context)

    def rotate(self) -> str:
        """KMS rotates its key itself; what we hold is encrypted anew."""
        return "KMS rotates its own material; our keys are encrypted anew with what it has now."

    def forget_old(self) -> str:
        """KMS keeps old material for its own reasons."""
        return "KMS keeps older material; delete a key there to make its ciphertexts unreadable."

    def _ask(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as wrong:
            raise KeyTrouble(
                f"KMS does not serve the key {self._key_id} ({type(wrong).__name__}). "
                "Check key, region and rights."
            ) from None


def _with_context(key: bytes, context: str) -> bytes:
    return len(context.encode()).to_bytes(2, "big") + context.encode() + key


def _without_context(plain: bytes, context: str) -> bytes:
    end = 2 + int.from_bytes(plain[:2], "big")
    if plain[2:end] != context.encode():
        raise KeyTrouble(
            "A key of this database stands in another's place. Restore system_keys from "
            "your backup."
        )
    return plain[end:]


def from_file(path: Path) -> KeyFile:
    """The master keys in ``path`` (base64, one line a version, mode 0600); raises
    :class:`KeyTrouble` with what to do.
    """
    return KeyFile(path)


def _read(path: Path) -> dict[int, bytes]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise KeyTrouble(
            f"No master key at {path}. Restore it from your key backup. "
            "A new installation gets one by: ./run setup"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise KeyTrouble(f"The master key at {path} cannot be read.") from None
    if mode & 0o077:
        raise KeyTrouble(
            f"Others on this machine may read the master key {path}. Run: chmod 600 {path}"
        )
    return _parsed(text.split())


def from_text(text: str) -> LocalMasterKey:
    """The master keys in ``text``: base64, or ``2:NEW,1:OLD`` while they are rotated."""
    return LocalMasterKey(lambda: _parsed(text.replace(",", " ").split()))


def _parsed(lines: list[str]) -> dict[int, bytes]:
    try:
        found = [line.split(":", 1) if ":" in line else ["1", line] for line in lines]
        keys = {
            int(version): base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            for version, text in found
        }
    except (binascii.Error, ValueError):
        keys = {}
    if not keys or any(len(key) != 32 or not 0 < version < 65_536 for version, key in keys.items()):
        raise KeyTrouble(
            "The master key is not base64 of 32 bytes, or is cut short. Restore it from "
            "your key backup."
        )
    return keys


def create_file(path: Path) -> None:
    """Make a new random master key at ``path`` with mode 0600; refuses to replace one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(new_text().encode() + b"\n")


def new_text() -> str:
    """A new master key in base64."""
    return _text(cipher.new_key())


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()
