"""Where sealed parts of files lie: a folder of the data directory, or an S3-compatible bucket.

Names are random, contents ciphertext.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Any, Protocol

from flask import current_app

from loading import later

boto3 = later("boto3")
botocore_errors = later("botocore.exceptions")

_NAME = re.compile(r"[0-9a-f]{32}/[0-9a-z]+")


class StoreAway(Exception):
    """The place where files lie does not answer, or has lost a part."""


class Store(Protocol):
    """Parts by name."""

    def put(self, name: str, content: bytes) -> None:
        """Keep ``content`` under ``name``, whole or not at all."""

    def get(self, name: str) -> bytes:
        """What was kept; raises :class:`StoreAway`."""

    def remove(self, names: list[str]) -> None:
        """Forget; what is gone already is gone."""


class Folder:
    """Parts as files of mode 0600 in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not a name of ours")
        return self.root / name

    def put(self, name: str, content: bytes) -> None:
        """Write beside, flush, move into place."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f".{secrets.token_hex(6)}")
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as wrong:
            beside.unlink(missing_ok=True)
            raise StoreAway(type(wrong).__name__) from None

    def get(self, name: str) -> bytes:
        """Read one part."""
        try:
            return self._path(name).read_bytes()
        except OSError as wrong:
            raise StoreAway(type(wrong).__name__) from None

    def remove(self, names: list[str]) -> None:
        """Unlink the parts and their folder."""
        for name in names:
            self._path(name).unlink(missing_ok=True)
        for folder in {self._path(name).parent for name in names}:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


class Bucket:
    """Parts as objects of an S3-compatible bucket.

    Credentials come from the usual AWS environment.
    """

    def __init__(self, name: str, endpoint: str = "", region: str = "") -> None:
        self.name = name
        self._client = boto3.client("s3", endpoint_url=endpoint or None, region_name=region or None)

    def put(self, name: str, content: bytes) -> None:
        """Put one object."""
        self._ask("put_object", Key=name, Body=content)

    def get(self, name: str) -> bytes:
        """Get one object."""
        return bytes(self._ask("get_object", Key=name)["Body"].read())

    def remove(self, names: list[str]) -> None:
        """Delete objects, a thousand at a time."""
        for start in range(0, len(names), 1000):
            objects = [{"Key": name} for name in names[start : start + 1000]]
            self._ask("delete_objects", Delete={"Objects": objects, "Quiet": True})

    def _ask(self, verb: str, **named: Any) -> Any:
        try:
            return getattr(self._client, verb)(Bucket=self.name, **named)
        except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as wrong:
            raise StoreAway(type(wrong).__name__) from None


def store() -> Store:
    """The place that settings name: ``s3://bucket``, or a folder."""
    place: Store | None = current_app.extensions.get("file_store")
    if place is None:
        place = current_app.extensions["file_store"] = _opened()
    return place


def _opened() -> Store:
    settings = current_app.config["SETTINGS"]
    bucket = settings.file_store.removeprefix("s3://")
    if bucket != settings.file_store:
        return Bucket(bucket, settings.file_endpoint, settings.file_region)
    return Folder(Path(settings.file_store))
