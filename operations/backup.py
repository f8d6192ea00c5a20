"""Backups: the database without its keys in one folder, the keys in another, so that one alone is
noise.

A restored older database is read with the newest keys: what was erased meanwhile has none, and
stays unreadable.
"""

import base64
import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    String,
    Table,
    TableClause,
    column,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import table as sql_table

from encryption import cipher, providers
from encryption.keyring import Keyring
from encryption.signing import sign, verify
from models.base import db, metadata, now, writing
from models.coded import Sealed
from models.key_wraps import keyring, load_wraps

KEY_TABLES = ("case_keys", "index_keys", "key_wraps", "system_keys")
OWN_KEYS = ("referrals", "returns", "inward")
ROWS = 500


class BadBackup(Exception):
    """The backup is incomplete, altered, or does not fit its keys. The message says where."""


def make(folder: Path, keys: Path) -> dict[str, int]:
    """Write the database into ``folder`` and its keys into ``keys``, both of one moment; gives rows
    by table.
    """
    if folder.resolve() == keys.resolve():
        raise BadBackup("Database and keys must lie apart: give two folders.")
    for place in (folder, keys):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    writing.set(False)  # a snapshot for reading: people go on writing
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        counts = {
            table.name: _write(folder / f"{table.name}.jsonl.gz", _rows(connection, table))
            for table in metadata.sorted_tables
            if table.name not in KEY_TABLES
        }
        _write_keys(connection, keys)
    writing.set(True)
    _sign(folder, counts)
    _sign(keys, {})
    return counts


def _write_keys(connection: Connection, keys: Path) -> None:
    """Write the tables of keys, and the keys that stand beside what they seal."""
    for name in KEY_TABLES:
        _write(keys / f"{name}.jsonl.gz", _rows(connection, metadata.tables[name]))
    for name in OWN_KEYS:
        own = metadata.tables[name].c
        query = select(own.id, own.own_key).where(own.own_key.is_not(None))
        rows = (row._asdict() for row in connection.execute(query))
        _write(keys / f"{name}.own.jsonl.gz", rows)


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    streaming = connection.execution_options(stream_results=True, yield_per=ROWS)
    raw = _as_it_lies(table)
    keys = [raw.c[column.name] for column in table.primary_key.columns]
    for row in streaming.execute(select(raw).order_by(*keys)):
        values = row._asdict()
        if table.name in OWN_KEYS:
            values["own_key"] = None
        yield values


def _as_it_lies(table: Table) -> TableClause:
    """A table whose sealed columns are what stands in the row: nothing is opened on its way into a
    backup, nor sealed by the keys of another database on its way out.
    """
    types = (
        (each.name, String() if isinstance(each.type, Sealed) else each.type)
        for each in table.columns
    )
    return sql_table(table.name, *(column(name, type_) for name, type_ in types))


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for row in rows:
            packed = {name: _packed(value) for name, value in row.items()}
            file.write(json.dumps(packed, ensure_ascii=False) + "\n")
            count += 1
    path.chmod(0o600)
    return count


def _packed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _opened(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        (kind, content), *_rest = value.items()
        opened: Any = {
            "bytes": base64.b64decode,
            "moment": datetime.fromisoformat,
            "day": date.fromisoformat,
        }.get(kind)
        return opened(content) if opened else value
    return value


def _sign(folder: Path, counts: dict[str, int]) -> None:
    sums = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.gz"))
    }
    body = json.dumps({"made_at": now().isoformat(), "rows": counts, "sums": sums}, indent=1)
    manifest = {"body": body, "signature": sign(keyring().derive("backup/manifest"), body)}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def _checked(folder: Path) -> dict[str, Any]:
    """The manifest of a folder, if every file is as it was written."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        body: dict[str, Any] = json.loads(manifest["body"])
    except (OSError, ValueError, KeyError):
        raise BadBackup(f"There is no whole manifest in {folder}.") from None
    for name, expected in body["sums"].items():
        path = folder / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise BadBackup(f"{path} is missing or was altered.")
    return body | {"signed": manifest}


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield {name: _opened(value) for name, value in json.loads(line).items()}


MARKED = ("fact_changes",)


def _fill(connection: Connection, folder: Path, keys: Path) -> dict[str, int]:
    """Put a backup into empty tables; gives rows by table.

    The tables put in mark their cases by triggers: what stood in :data:`MARKED` goes in last.
    """
    counts = {}
    for table in metadata.sorted_tables:
        if table.name in MARKED:
            continue
        source = keys if table.name in KEY_TABLES else folder
        rows = _read(source / f"{table.name}.jsonl.gz")
        if table.name == "case_keys":
            rows = _of_cases(rows, _ids(connection, "cases"))
        if table.name == "key_wraps":
            rows = _of_releases(rows, _ids(connection, "case_releases"))
        counts[table.name] = _insert(connection, table, rows)
    for name in OWN_KEYS:
        _give_own_keys(connection, metadata.tables[name], _read(keys / f"{name}.own.jsonl.gz"))
    for name in MARKED:
        table = metadata.tables[name]
        connection.execute(delete(table))
        counts[name] = _insert(connection, table, _read(folder / f"{name}.jsonl.gz"))
    return counts


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> int:
    """Insert rows, some hundreds at a time; gives how many."""
    count = 0
    while batch := list(islice(rows, ROWS)):
        connection.execute(insert(_as_it_lies(table)), batch)
        count += len(batch)
    return count


def _of_cases(keys: Iterator[dict[str, Any]], case_ids: set[int]) -> Iterator[dict[str, Any]]:
    """The keys of the cases that are here; not those of cases younger than this database."""
    return (key for key in keys if key["case_id"] in case_ids)


def _of_releases(wraps: Iterator[dict[str, Any]], ids: set[int]) -> Iterator[dict[str, Any]]:
    """The wraps of what was told by releases that are here."""
    return (wrap for wrap in wraps if wrap["release_id"] in ids)


def _give_own_keys(connection: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Put the keys of records that have one of their own back beside them."""
    for row in rows:
        same = update(table).where(table.c.id == row["id"])
        connection.execute(same.values(own_key=row["own_key"]))


def _ids(connection: Connection, table: str) -> set[int]:
    return set(connection.execute(select(metadata.tables[table].c.id)).scalars())


def restore(folder: Path, keys: Path) -> dict[str, int]:
    """Put a backup into an empty, migrated database. Raises :class:`BadBackup`."""
    manifests = [_checked(folder), _checked(keys)]
    with db.engine.begin() as connection:
        if connection.execute(select(func.count()).select_from(metadata.tables["users"])).scalar():
            raise BadBackup("This database is not empty. Restore into a new one.")
        _empty(connection)
        counts = _fill(connection, folder, keys)
        _refuse_foreign(_ring(connection), manifests)
        if connection.dialect.name == "postgresql":
            _advance_sequences(connection)
    load_wraps()
    db.session.rollback()
    return counts


def _empty(connection: Connection) -> None:
    """Take away what migrations and a first start wrote where nobody is yet: keys, marks, the
    beginning of a trail that is not the one that comes. (A trail only grows: its triggers let
    nobody delete a row, and go aside here alone.)
    """
    if connection.dialect.name == "postgresql":
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables}"))
        return
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = connection.execute(query).all()
    for name, _sql in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    for _name, sql in triggers:
        connection.execute(text(sql))


def _advance_sequences(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = connection.execute(select(func.max(column))).scalar() or 0
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
                {"table": table.name, "column": column.name, "last": last + 1},
            )


def verify_backup(folder: Path, keys: Path, sample: int = 500) -> dict[str, int]:
    """Restore into a throw-away database and compare: files as written, signature, rows by table,
    contents that open. Gives figures.
    """
    manifests = [_checked(folder), _checked(keys)]
    with tempfile.TemporaryDirectory(prefix="safeconduct-verify-") as place:
        engine = create_engine(f"sqlite:///{place}/restored.sqlite")
        metadata.create_all(engine)
        with engine.begin() as connection:
            counts = _fill(connection, folder, keys)
        with engine.connect() as connection:
            _refuse_other_counts(connection, manifests[0]["rows"])
            ring = _ring(connection)
            _refuse_foreign(ring, manifests)
            opened, erased = _sample(connection, ring, sample)
        engine.dispose()
    return {
        "tables": len(counts),
        "rows": sum(counts.values()),
        "opened": opened,
        "without a key": erased,
    }


def _refuse_other_counts(connection: Connection, expected: Mapping[str, int]) -> None:
    for name, count in expected.items():
        query = select(func.count()).select_from(metadata.tables[name])
        restored = connection.execute(query).scalar()
        if restored != count:
            raise BadBackup(f"{name}: {restored} rows instead of {count}.")


def _refuse_foreign(ring: Keyring, manifests: Iterable[Mapping[str, Any]]) -> None:
    """Both manifests must bear the signature of the installation whose keys these are."""
    key = ring.derive("backup/manifest")
    for manifest in manifests:
        signed = manifest["signed"]
        if not verify(key, signed["signature"], signed["body"]):
            raise BadBackup("The manifest was not signed by this installation.")


def _ring(connection: Connection) -> Keyring:
    """The keys of the backup, opened by the master key in place."""
    table = metadata.tables["system_keys"]
    stored: dict[str, bytes] = {
        row.name: row.content for row in connection.execute(select(table.c.name, table.c.content))
    }
    wraps = {
        int(name.removeprefix("wrap/")): content
        for name, content in stored.items()
        if name.startswith("wrap/")
    }
    ring = Keyring(keyring().provider)
    try:
        ring.use_root(stored["root"])
        ring.use_wraps(wraps)
    except (KeyError, providers.KeyTrouble):
        raise BadBackup("The master key in place does not open the keys of this backup.") from None
    return ring


def _sample(connection: Connection, ring: Keyring, sample: int) -> tuple[int, int]:
    """Open contents of the newest cases; gives how many opened, and how many have no key."""
    opened = erased = 0
    for row in connection.execute(_newest_documents().limit(sample)):
        if row.wrapped is None:
            erased += 1
        else:
            _open(ring, row)
            opened += 1
    return opened, erased


def _newest_documents() -> Select[Any]:
    documents, keys = metadata.tables["case_documents"], metadata.tables["case_keys"]
    same = (documents.c.case_id == keys.c.case_id) & (documents.c.compartment == keys.c.compartment)
    columns = (
        documents.c.case_id,
        documents.c.compartment,
        documents.c.content,
        keys.c.content.label("wrapped"),
        keys.c.number,
        keys.c.previous,
    )
    return select(*columns).outerjoin(keys, same).order_by(documents.c.case_id.desc())


def _open(ring: Keyring, row: Row[Any]) -> None:
    """Open a document by its key, or by the one before where it still stands under that."""
    wrapped = row.wrapped if cipher.key_version(row.content) == row.number else row.previous
    key = ring.unwrap(wrapped, f"case_keys/{row.case_id}/{row.compartment}")
    cipher.unseal(key, row.content, bound=f"case_documents/{row.case_id}/{row.compartment}")
