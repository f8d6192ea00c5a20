"""The installation's keys: made at the first start, checked at every start, counted and sampled on
demand.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import func, inspect, make_url, select
from sqlalchemy.exc import IntegrityError

from encryption import providers
from encryption.keyring import FIRST_WRAP, Keyring, NarrowKeyring, forget_derived
from models.base import db
from models.cases import Case
from models.index_keys import IndexKey
from models.index_rows import NameCard
from models.key_wraps import SystemKey, keyring, load_wraps
from models.migrating import migrated
from models.party_keys import BUNDLE, KeyWrap
from models.people import Organisation
from models.sealed import CaseDocument, CaseKey, HeldElsewhere, Unreadable, open_with
from operations import rewrapping


@dataclass(frozen=True)
class Source:
    """Where settings say the master key is."""

    kind: str  # file | environment | vault | kms
    key_file: object = None
    master_key: str = ""
    vault_address: str = ""
    vault_token: str = ""
    key_name: str = ""
    kms_endpoint: str = ""
    kms_region: str = ""


def provider(source: Source) -> providers.Provider:
    """The provider that settings name; raises :class:`encryption.providers.KeyTrouble`."""
    if source.kind == "environment":
        return providers.from_text(source.master_key)
    if source.kind == "vault":
        return providers.VaultTransit(source.vault_address, source.vault_token, source.key_name)
    if source.kind == "kms":
        return providers.AwsKms(source.key_name, source.kms_endpoint, source.kms_region)
    return providers.from_file(source.key_file)  # type: ignore[arg-type]


def has_keys() -> bool:
    """Whether the database was begun with a key, whichever version made it."""
    if not inspect(db.engine).has_table(SystemKey.__tablename__):
        return False
    found = db.session.execute(select(SystemKey.name).limit(1)).first() is not None
    db.session.rollback()
    return found


def load_root() -> None:
    """Take root and wrapping keys from the database, or make them in a new one.

    A wrong master key stops here.
    """
    _load_root_alone()
    if not db.session.execute(select(SystemKey.name).where(SystemKey.name.like("wrap/%"))).first():
        _make(f"wrap/{FIRST_WRAP}")
    load_wraps()
    rewrapping.give_each_office_its_key()
    db.session.rollback()


def _load_root_alone() -> None:
    if db.session.get(SystemKey, "root") is None:
        if db.session.execute(select(func.count()).select_from(CaseKey)).scalar():
            raise providers.KeyTrouble(
                "The database has cases but no root key. Restore system_keys from your backup."
            )
        _make("root")
    keyring().use_root(db.session.get_one(SystemKey, "root").content)


def _make(name: str) -> None:
    wrapped = keyring().new_by_provider(name)
    db.session.add(
        SystemKey(name=name, master_version=wrapped.master_version, content=wrapped.content)
    )
    try:
        db.session.commit()
    except IntegrityError:  # another process was first
        db.session.rollback()


def status() -> dict[str, int]:
    """How many keys there are, by what wraps them, and what is on its way."""
    system_keys = select(SystemKey).order_by(SystemKey.name)
    by_version = (
        select(CaseKey.master_version, func.count())
        .group_by(CaseKey.master_version)
        .order_by(CaseKey.master_version)
    )
    waiting = select(func.count()).select_from(CaseKey).where(CaseKey.previous.is_not(None))
    names = select(Organisation.id, Organisation.code)
    codes = {row.id: row.code for row in db.session.execute(names)}
    found = list(db.session.execute(system_keys).scalars())
    counts = {_in_words(key, codes): 1 for key in found}
    of = {key.name: f" of {codes[key.office_id]}" for key in found if key.office_id}
    for version, count in db.session.execute(by_version):
        counts[f"case keys under wrap/{version}{of.get(f'wrap/{version}', '')}"] = count
    counts |= _indexes(codes) | _told()
    if both := db.session.execute(waiting).scalar():
        counts["case keys that keep the one before"] = both
    return counts


def _told() -> dict[str, int]:
    """How many keys of records other offices were told, and how many wait to be taken."""
    bundle = KeyWrap.master_version == BUNDLE
    query = select(bundle, func.count()).group_by(bundle)
    words = {True: "bundles that no office took yet", False: "keys of records told to others"}
    return {words[bool(waits)]: count for waits, count in db.session.execute(query)}


def _indexes(codes: Mapping[int, str]) -> dict[str, int]:
    """How many cases stand in which index of names."""
    of = {
        row.id: f"index {row.id} of {codes[row.office_id]} under wrap/{row.master_version}"
        for row in db.session.execute(
            select(IndexKey.id, IndexKey.office_id, IndexKey.master_version)
        )
    }
    query = select(NameCard.index_number, func.count()).group_by(NameCard.index_number)
    stands = dict.fromkeys(of, 0) | {row[0]: row[1] for row in db.session.execute(query)}
    return {
        f"cases in {of.get(number, 'the common index')}": count for number, count in stands.items()
    }


def _in_words(key: SystemKey, codes: Mapping[int, str]) -> str:
    whose = f" of {codes[key.office_id]}" if key.office_id else ""
    words = f"{key.name}{whose} under master key version {key.master_version}"
    if key.state:
        words += f", {key.state}"
    if key.position:
        words += f", stands at case {key.position}"
    return words


@dataclass
class Report:
    """What a check opened, and what it could not."""

    opened: int = 0
    elsewhere: int = 0  # under keys of offices that this process was not given
    faulty: list[str] = field(default_factory=list)


def verify(sample: int = 1000) -> Report:
    """Open up to ``sample`` compartments of the newest cases, keys and contents, without showing
    any.
    """
    report = Report()
    joined = (CaseDocument.case_id == CaseKey.case_id) & (
        CaseDocument.compartment == CaseKey.compartment
    )
    query = (
        select(CaseDocument, CaseKey, Case.number)
        .outerjoin(CaseKey, joined)
        .join(Case, Case.id == CaseDocument.case_id)
    )
    for document, key, number in db.session.execute(
        query.order_by(CaseDocument.case_id.desc()).limit(sample)
    ):
        place = f"case_documents/{document.case_id}/{document.compartment}"
        try:
            if key is None:
                raise Unreadable(place)
            open_with(key, document.content, place)
            report.opened += 1
        except HeldElsewhere:
            report.elsewhere += 1
        except (Unreadable, providers.KeyTrouble):
            report.faulty.append(f"{number} {document.compartment}")
    return report


def lies_beside(source: Source, database_url: str) -> bool:
    """Whether the master key lies on the machine of the database, so that one theft has both."""
    if source.kind not in {"file", "environment"}:
        return False
    host = make_url(database_url).host or ""
    return host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith("/")


def open_keys(app: Flask, settings: Any, only: Iterable[str] = ()) -> None:
    """Put the keyring in place, by the application's settings.

    ``only``: the derived keys that are all this process needs; root and wrapping keys are dropped.
    Raises :class:`encryption.providers.KeyTrouble`.
    """
    ring = Keyring(provider(source_of(settings)))
    app.extensions["keyring"] = ring
    if migrated():
        if settings.offices:
            _load_root_alone()  # the codes of offices are sealed under keys derived of it
            ring = app.extensions["keyring"] = ring.only(offices_of(settings.offices))
        load_root()
        app.secret_key = ring.derive("web/csrf")
    if only:
        app.secret_key = None
        app.extensions["keyring"] = NarrowKeyring(ring, only)
        forget_derived()


def offices_of(codes: Collection[str]) -> list[int]:
    """The offices of some codes. Raises :class:`encryption.providers.KeyTrouble` for another."""
    query = select(Organisation.code, Organisation.id)  # some may not be sealed yet
    known = {row.code: row.id for row in db.session.execute(query) if row.code in codes}
    db.session.rollback()
    if missing := sorted(set(codes) - known.keys()):
        raise providers.KeyTrouble(f"SAFECONDUCT_OFFICES: there is no office {missing[0]}.")
    return list(known.values())


def source_of(settings: Any) -> Source:
    """Where the application's settings say the master key is."""
    return Source(
        settings.key_provider,
        settings.key_file,
        settings.master_key,
        settings.vault_address,
        settings.vault_token,
        settings.key_name,
        settings.kms_endpoint,
        settings.kms_region,
    )
