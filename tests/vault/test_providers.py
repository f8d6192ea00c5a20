"""A missing, exposed, cut or wrong master key is refused with words that say what to do."""

from pathlib import Path

import pytest

from vault import providers
from vault.keyring import Keyring


def test_each_trouble_with_the_key_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(providers.KeyTrouble, match="No master key"):
        providers.from_file(path)
    providers.create_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    providers.from_file(path)
    with pytest.raises(FileExistsError):
        providers.create_file(path)
    path.chmod(0o644)
    with pytest.raises(providers.KeyTrouble, match="chmod 600"):
        providers.from_file(path)
    path.chmod(0o600)
    path.write_text(path.read_text()[:20])
    with pytest.raises(providers.KeyTrouble):
        providers.from_file(path)


def test_another_master_key_opens_nothing() -> None:
    ring, other = Keyring(providers.from_text(providers.new_text())), Keyring(providers.from_text(providers.new_text()))
    key, wrapped = ring.new("case_keys/1/identity")
    assert ring.unwrap(wrapped.content, "case_keys/1/identity") == key
    with pytest.raises(providers.KeyTrouble, match="does not fit"):
        other.unwrap(wrapped.content, "case_keys/1/identity")
    with pytest.raises(providers.KeyTrouble):
        ring.unwrap(wrapped.content, "case_keys/2/identity")
