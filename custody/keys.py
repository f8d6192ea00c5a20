"""The installation's keys: made at the first start, checked at every start."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.sealed import CaseKey, SystemKey, keyring
from vault import providers


def provider(kind: str, key_file: object, master_key: str) -> providers.Provider:
    """The provider that settings name; raises :class:`vault.providers.KeyTrouble`."""
    if kind == "environment":
        return providers.from_text(master_key)
    return providers.from_file(key_file)  # type: ignore[arg-type]


def load_root() -> None:
    """Take the root key from the database, or make it in a new one. A wrong master key stops here."""
    stored = db.session.get(SystemKey, "root")
    if stored is None:
        if db.session.execute(select(func.count()).select_from(CaseKey)).scalar():
            raise providers.KeyTrouble("The database has cases but no root key. Restore system_keys from your backup.")
        _key, wrapped = keyring().new("root")
        db.session.add(SystemKey(name="root", master_version=wrapped.master_version, content=wrapped.content))
        try:
            db.session.commit()
        except IntegrityError:  # another process was first
            db.session.rollback()
        stored = db.session.get_one(SystemKey, "root")
    keyring().use_root(stored.content)
    db.session.rollback()


def status() -> dict[str, int]:
    """How many keys there are, by version of the master key that wraps them."""
    query = select(CaseKey.master_version, func.count()).group_by(CaseKey.master_version)
    return {f"master key version {version}": count for version, count in db.session.execute(query)}


def verify(sample: int = 1000) -> int:
    """Unwrap up to ``sample`` case keys; gives how many were read. Raises :class:`vault.providers.KeyTrouble`."""
    read = 0
    for key in db.session.execute(select(CaseKey).order_by(CaseKey.case_id.desc()).limit(sample)).scalars():
        keyring().unwrap(key.content, f"case_keys/{key.case_id}/{key.compartment}")
        read += 1
    return read
