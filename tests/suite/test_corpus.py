"""The corpus gives back what was kept, is bounded, and survives whatever stands in its folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.findings import Json
from validator.suite.corpus import LARGEST, LARGEST_FILE, MOST, Corpus

GOOD: list[dict[str, Json]] = [{"item": "\N{GRINNING FACE}"}, {"count": 2**53 + 1, "note": None}, {}]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path / "corpus")


def file_of(corpus: Corpus) -> Path:
    """The only file that is there."""
    (file,) = corpus.folder.iterdir()
    return file


def test_what_is_kept_is_read_in_order_and_once(corpus: Corpus) -> None:
    corpus.keep("greeter", "batch", [*GOOD, GOOD[0]])

    assert corpus.read("greeter", "batch") == tuple(GOOD)
    assert corpus.read("greeter", "streaming") == corpus.read("other", "batch") == ()
    corpus.keep("greeter", "batch", GOOD[1:])
    assert corpus.read("greeter", "batch") == tuple(GOOD[1:])


def test_it_is_bounded(corpus: Corpus) -> None:
    large: dict[str, Json] = {"text": "a" * LARGEST}
    corpus.keep("greeter", "batch", [large, *({"number": number} for number in range(2 * MOST))])

    assert corpus.read("greeter", "batch") == tuple({"number": number} for number in range(MOST))
    file_of(corpus).write_text("".join(f'{{"number": {number}}}\n' for number in range(2 * MOST)), encoding="utf-8")
    assert len(corpus.read("greeter", "batch")) == MOST


HOSTILE = [
    b"",
    b"\xff\xfe\x00",
    b"[1, 2]\nnull\n3\n",
    b"{",
    b'{"a": NaN}',
    b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    b'{"a": "' + b"a" * LARGEST + b'"}',
    b"{}\n" * (LARGEST_FILE // 3 + 1),
    b'{"a": ' + b"1" * 5_000 + b"}",
]


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: repr(content[:12]))
def test_hostile_content_counts_as_not_there(corpus: Corpus, content: bytes) -> None:
    corpus.keep("greeter", "batch", GOOD)
    file_of(corpus).write_bytes(content)

    assert corpus.read("greeter", "batch") == ()
    corpus.keep("greeter", "batch", GOOD)
    assert corpus.read("greeter", "batch") == tuple(GOOD)


def test_good_lines_among_bad_ones_are_read(corpus: Corpus) -> None:
    corpus.keep("greeter", "batch", GOOD)
    file = file_of(corpus)
    file.write_bytes(b"{\n" + file.read_bytes() + b"[]\n")

    assert corpus.read("greeter", "batch") == tuple(GOOD)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_is_no_regular_file_is_not_read(corpus: Corpus, tmp_path: Path, kind: str) -> None:
    corpus.keep("greeter", "batch", GOOD)
    file = file_of(corpus)
    elsewhere = tmp_path / "elsewhere"
    file.rename(elsewhere)
    {"folder": file.mkdir, "pipe": lambda: os.mkfifo(file), "link": lambda: file.symlink_to(elsewhere)}[kind]()

    assert corpus.read("greeter", "batch") == ()
    corpus.keep("greeter", "batch", [])
    assert len(elsewhere.read_text(encoding="utf-8").splitlines()) == len(GOOD)
    assert list(corpus.folder.glob("*.part")) == []


@pytest.mark.parametrize("name", ["../../escape", "a/b", "", "\N{GRINNING FACE}", "a" * 5000, "\ud800"])
def test_a_name_leads_nowhere_else(corpus: Corpus, name: str) -> None:
    corpus.keep(name, "batch", GOOD)

    assert corpus.read(name, "batch") == tuple(GOOD)
    assert file_of(corpus).parent == corpus.folder


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    corpus = Corpus(tmp_path / "file" / "corpus")

    corpus.keep("greeter", "batch", GOOD)

    assert corpus.read("greeter", "batch") == ()


@given(st.lists(st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=3), max_size=5))
def test_whatever_is_kept_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, documents: list[dict[str, Json]]
) -> None:
    corpus = Corpus(tmp_path_factory.mktemp("corpus"))
    corpus.keep("greeter", "batch", documents)

    expected = list({json.dumps(each): each for each in documents}.values())
    assert list(corpus.read("greeter", "batch")) == expected
