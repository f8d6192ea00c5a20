"""Every file of the corpus: ordinary ones are kept, the others refused for their reason.

``good/<kind that is kept>/<name>`` and ``bad/<reason>/<name>``; tests/data/files/README.md.
"""

import io
from pathlib import Path

import pytest

from files.content import kinds, looking, recordings
from standards import lists

CORPUS = Path(__file__).parents[1] / "data" / "files"
GOOD = sorted((CORPUS / "good").rglob("*.*"))
BAD = sorted((CORPUS / "bad").rglob("*.*"))
MARK = b"Zqxmarker"


def looked(content: bytes) -> kinds.Looked:
    """As inspection does it, in this process."""
    kind = kinds.kind_of(content[: 1024**2], len(content))
    if kind in kinds.RECORDINGS:
        keeps, spans = recordings.look(io.BytesIO(content), kind)
        bare = bytearray(content)
        for span in spans:
            bare[span.start : span.end] = bytes(span.end - span.start)
            bare[span.free_at : span.free_at + 4] = b"free"
        return kinds.Looked(keeps, bytes(bare))
    return kinds.Looked(kind) if kind == "txt" else looking.look(kind, content)


def named(path: Path) -> str:
    return path.relative_to(CORPUS).as_posix()


@pytest.mark.parametrize("path", GOOD, ids=named)
def test_ordinary_files_are_kept(path: Path) -> None:
    content = path.read_bytes()
    kept = looked(content)
    assert kept.kind == path.parent.name
    assert kept.kind in kinds.KINDS
    if path.suffix[1:] in kinds.PICTURES:
        assert kept.content
        assert kept.thumbnail
        assert MARK not in kept.content
    if kept.kind in kinds.BOXED:
        assert b"36.8" not in kept.content
        assert b"loci" not in kept.content
        assert MARK not in kept.content
        assert len(kept.content) == len(content)


@pytest.mark.parametrize("path", BAD, ids=named)
def test_others_are_refused_for_their_reason(path: Path) -> None:
    with pytest.raises(kinds.NotKept) as refused:
        looked(path.read_bytes())
    assert refused.value.reason == path.parent.name
    assert refused.value.reason in lists.codes(lists.FILE_REFUSALS)


def test_the_corpus_is_large_and_small_enough() -> None:
    assert len(GOOD) >= 60
    assert len(BAD) >= 40
    assert sum(path.stat().st_size for path in (*GOOD, *BAD)) < 3_000_000
    assert {path.parent.name for path in BAD} >= {"active", "opens", "remote", "carries", "form"}
