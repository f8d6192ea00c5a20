"""A missing, exposed, cut or wrong master key is refused with words that say what to do."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.vault.transit import TransitServer
from vault import providers
from vault.keyring import Keyring, UnknownVersion


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


def ring_over(provider: providers.Provider) -> Keyring:
    """A keyring with a wrapping key of its own."""
    ring = Keyring(provider)
    ring.use_wraps({2: ring.new_by_provider("wrap/2").content})
    return ring


@pytest.fixture(params=["file", "environment", "vault", "kms"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> providers.Provider:
    if request.param == "file":
        providers.create_file(tmp_path / "master.key")
        return providers.from_file(tmp_path / "master.key")
    if request.param == "environment":
        return providers.from_text(f"2:{providers.new_text()},1:{providers.new_text()}")
    return request.getfixturevalue(f"{request.param}_provider")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def vault_provider() -> Iterator[providers.Provider]:
    with TransitServer() as address:
        yield providers.VaultTransit(address, "a token", "safeconduct")


@pytest.fixture(scope="session")
def kms_provider() -> Iterator[providers.Provider]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        key_id = boto3.client("kms", endpoint_url=endpoint, region_name="eu-west-1").create_key()[
            "KeyMetadata"
        ]["KeyId"]
        yield providers.AwsKms(key_id, endpoint, "eu-west-1")
    server.stop()


def test_each_provider_wraps_for_one_place_alone(provider: providers.Provider) -> None:
    wrapped = provider.wrap(b"k" * 32, "root")
    assert b"k" * 32 not in wrapped
    assert provider.unwrap(wrapped, "root") == b"k" * 32
    with pytest.raises(providers.KeyTrouble):
        provider.unwrap(wrapped, "wrap/2")
    with pytest.raises(providers.KeyTrouble):
        provider.unwrap(wrapped[:-9], "root")


def test_each_provider_opens_what_it_wrapped_before_a_rotation(
    provider: providers.Provider,
) -> None:
    before, version = provider.wrap(b"k" * 32, "root"), provider.version
    assert provider.rotate()
    assert provider.version >= version
    assert provider.unwrap(before, "root") == b"k" * 32
    after = provider.wrap(provider.unwrap(before, "root"), "root")
    assert provider.forget_old()
    assert provider.unwrap(after, "root") == b"k" * 32


def test_a_key_file_that_forgot_opens_nothing_older_and_others_learn_of_a_rotation(
    tmp_path: Path,
) -> None:
    providers.create_file(tmp_path / "master.key")
    one, other = (
        providers.from_file(tmp_path / "master.key"),
        providers.from_file(tmp_path / "master.key"),
    )
    before = one.wrap(b"k" * 32, "root")
    one.rotate()
    assert other.unwrap(one.wrap(b"k" * 32, "root"), "root") == b"k" * 32, (
        "read from the file again"
    )
    one.forget_old()
    with pytest.raises(providers.KeyTrouble, match="does not fit"):
        one.unwrap(before, "root")
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600


def test_another_master_key_opens_nothing() -> None:
    ring, other = (
        ring_over(providers.from_text(providers.new_text())),
        ring_over(providers.from_text(providers.new_text())),
    )
    key, wrapped = ring.new("case_keys/1/identity")
    assert ring.unwrap(wrapped.content, "case_keys/1/identity") == key
    with pytest.raises(providers.KeyTrouble):
        other.unwrap(wrapped.content, "case_keys/1/identity")
    with pytest.raises(providers.KeyTrouble):
        ring.unwrap(wrapped.content, "case_keys/2/identity")
    ring.use_wraps({3: ring.new_by_provider("wrap/3").content})
    with pytest.raises(UnknownVersion):
        ring.unwrap(wrapped.content, "case_keys/1/identity")
