"""The glosses: read, checked, turned into numbers, divided and fetched."""

import hashlib
import io
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from challenges.datasets import wordnet_glosses
from grader.errors import ChallengeBroken


@pytest.fixture
def nothing_cached() -> Iterator[None]:
    """What was read is kept for the life of the process; these tests must really read."""
    wordnet_glosses.glosses.cache_clear()
    yield
    wordnet_glosses.glosses.cache_clear()


def debian_package(content: bytes) -> bytes:
    """An archive of archives as Debian makes them, with the one file that we want."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        entry = tarfile.TarInfo("./usr/share/wordnet/data.noun")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    members = {b"debian-binary": b"2.0", b"data.tar.xz": lzma.compress(inner.getvalue())}
    parts = [b"!<arch>\n"]
    for name, member in members.items():
        header = name.ljust(16) + b"0".ljust(32) + str(len(member)).encode().ljust(10) + b"`\n"
        parts += [header, member, b"\n" * (len(member) % 2)]
    return b"".join(parts)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A mirror with one package in it, on a machine that does not have it."""
    package = tmp_path / "wordnet-base.deb"
    package.write_bytes(debian_package(b"the glosses"))
    monkeypatch.setattr(wordnet_glosses, "SOURCE", package.as_uri())
    monkeypatch.setattr(wordnet_glosses, "DEBIAN_FOLDER", tmp_path / "no-package")
    monkeypatch.setattr(wordnet_glosses, "CONTENT_SHA256", hashlib.sha256(b"the glosses").hexdigest())
    return package


def test_the_file_is_taken_out_of_debians_package(mirror: Path, karui_home: Path) -> None:
    wordnet_glosses.fetch()

    assert wordnet_glosses.is_present()
    assert [path.read_bytes() for path in wordnet_glosses.downloads().iterdir()] == [b"the glosses"]
    assert wordnet_glosses.downloads().is_relative_to(karui_home)


@pytest.mark.parametrize("served", [b"", b"a page that says sorry", debian_package(b"other glosses")])
def test_a_package_with_other_content_is_thrown_away(served: bytes, mirror: Path) -> None:
    mirror.write_bytes(served)

    with pytest.raises(ChallengeBroken) as failure:
        wordnet_glosses.fetch()

    assert failure.value.code == "dataset_altered"
    assert list(wordnet_glosses.downloads().iterdir()) == []


def test_a_mirror_that_does_not_answer_is_named(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordnet_glosses, "SOURCE", "http://127.0.0.1:9/wordnet-base.deb")

    with pytest.raises(ChallengeBroken) as failure:
        wordnet_glosses.fetch()

    assert failure.value.code == "dataset_unreachable"
    assert failure.value.params["package"] == "wordnet-base"


@pytest.mark.usefixtures("nothing_cached")
def test_missing_glosses_say_how_to_get_them(mirror: Path) -> None:
    with pytest.raises(ChallengeBroken) as failure:
        wordnet_glosses.glosses()

    assert failure.value.code == "dataset_missing"
    assert failure.value.params["package"] == "wordnet-base"


def test_every_gloss_is_in_one_part() -> None:
    parts = [wordnet_glosses.training(), wordnet_glosses.validation()]
    parts += [wordnet_glosses.evaluation(split, b"secret") for split in ("public", "hidden")]

    assert [len(part.labels) for part in parts] == [64_115, 6_000, 6_000, 6_000]
    assert {part.inputs.dtype for part in parts} == {np.dtype(np.int64)}
    assert {part.inputs.shape[1:] for part in parts} == {(24,)}


def test_all_26_classes_can_be_learnt() -> None:
    assert set(wordnet_glosses.training().labels.tolist()) == set(range(26))
    assert len(wordnet_glosses.CLASSES) == 26


def test_labels_stay_with_their_glosses() -> None:
    """Whatever the secret, the same gloss has the same class; a few short ones really belong to several."""
    one, other = (wordnet_glosses.evaluation("hidden", secret) for secret in (b"one", b"other"))
    known = {words.tobytes(): label for words, label in zip(one.inputs, one.labels, strict=True)}

    pairs = [(known.get(words.tobytes()), label) for words, label in zip(other.inputs, other.labels, strict=True)]

    same = [before == label for before, label in pairs if before is not None]
    assert len(same) > 2_000
    assert np.mean(same) > 0.99


def test_words_are_lower_case_and_digits_alike() -> None:
    assert wordnet_glosses.words("United States poet (1874-1963)") == "united states poet 0000 0000".split()


def test_a_gloss_becomes_numbers_of_known_words_and_padding() -> None:
    numbers = {"the": 2, "cat": 3}

    encoded = wordnet_glosses.encode(["the", "cat", "purrs"], numbers)

    assert encoded == [2, 3, 1] + [0] * 21
    assert wordnet_glosses.encode(["cat"] * 30, numbers) == [3] * 24


def test_the_vocabulary_is_ranked_by_the_training_split_alone() -> None:
    ranked = wordnet_glosses.vocabulary()

    assert len(ranked) == 6_142
    assert list(ranked)[:4] == ["a", "the", "of", "and"]
    assert sorted(ranked.values()) == list(range(2, 6_144))
    assert int(wordnet_glosses.training().inputs.max()) == 6_143


def test_calibration_items_are_training_items_and_always_the_same() -> None:
    drawn = wordnet_glosses.calibration(256)

    assert np.array_equal(drawn, wordnet_glosses.training().inputs[:256])
