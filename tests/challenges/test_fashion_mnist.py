"""The data set: read, checked, divided and fetched."""

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from challenges.datasets import fashion_mnist
from grader.errors import ChallengeBroken

CONTENT = bytes(range(256)) * 400


class Source(BaseHTTPRequestHandler):
    """A web server with one file, which can continue a download."""

    archive: ClassVar[bytes] = gzip.compress(CONTENT, mtime=0)
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer with the part that was asked for."""
        self.asked.append(self.headers["Range"])
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.archive):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.archive) - start))
        self.end_headers()
        self.wfile.write(self.archive[start:])

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Source]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    Source.asked.clear()
    monkeypatch.setattr(fashion_mnist, "SOURCES", (f"http://127.0.0.1:{server.server_port}/",))
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "no-package")
    monkeypatch.setattr(fashion_mnist, "CONTENT_SHA256", {"some-file": hashlib.sha256(CONTENT).hexdigest()})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Source
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def nothing_cached() -> Iterator[None]:
    """The arrays are kept for the life of the process; this test must really read."""
    fashion_mnist._file.cache_clear()
    yield
    fashion_mnist._file.cache_clear()


def test_a_download_ends_up_under_its_name(source: type[Source], karui_home: Path) -> None:
    told: list[tuple[str, float]] = []

    fashion_mnist.fetch(lambda name, fraction: told.append((name, fraction)))

    assert [path.name for path in fashion_mnist.downloads().iterdir()] == ["some-file.gz"]
    assert fashion_mnist.is_present()
    assert told[-1] == ("some-file", 1.0)
    assert fashion_mnist.downloads().is_relative_to(karui_home)


def test_a_download_that_was_cut_off_is_continued(source: type[Source]) -> None:
    fashion_mnist.downloads().mkdir(parents=True)
    (fashion_mnist.downloads() / "some-file.gz.part").write_bytes(source.archive[:100])

    fashion_mnist.fetch()

    assert source.asked == ["bytes=100-"]
    assert (fashion_mnist.downloads() / "some-file.gz").read_bytes() == source.archive


def test_a_download_that_was_complete_but_not_renamed_is_taken(source: type[Source]) -> None:
    fashion_mnist.downloads().mkdir(parents=True)
    (fashion_mnist.downloads() / "some-file.gz.part").write_bytes(source.archive)

    fashion_mnist.fetch()

    assert fashion_mnist.is_present()


def test_what_is_here_is_not_downloaded_again(source: type[Source]) -> None:
    fashion_mnist.fetch()
    source.asked.clear()

    fashion_mnist.fetch()

    assert source.asked == []


def test_a_download_with_other_content_is_thrown_away(source: type[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "CONTENT_SHA256", {"some-file": "0" * 64})

    with pytest.raises(ChallengeBroken) as failure:
        fashion_mnist.fetch()

    assert failure.value.code == "dataset_unreachable"
    assert list(fashion_mnist.downloads().iterdir()) == []


def test_a_source_that_cannot_be_reached_is_named(source: type[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "SOURCES", ("http://127.0.0.1:9/",))

    with pytest.raises(ChallengeBroken) as failure:
        fashion_mnist.fetch()

    assert "127.0.0.1" in str(failure.value.params["reason"])


@pytest.mark.usefixtures("nothing_cached")
def test_a_missing_data_set_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path / "no-package")

    with pytest.raises(ChallengeBroken) as failure:
        fashion_mnist.training()

    assert failure.value.code == "dataset_missing"
    assert failure.value.params["package"] == "dataset-fashion-mnist"


@pytest.mark.usefixtures("nothing_cached")
@pytest.mark.parametrize(
    "damage",
    [b"not an archive", gzip.compress(b"another content", mtime=0), Source.archive[:500]],
    ids=["no archive", "another one", "cut off"],
)
def test_an_altered_file_is_refused_by_name(damage: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(damage)
    monkeypatch.setattr(fashion_mnist, "DEBIAN_FOLDER", tmp_path)

    with pytest.raises(ChallengeBroken) as failure:
        fashion_mnist.evaluation("public", b"secret")

    assert failure.value.code == "dataset_altered"
    assert failure.value.params["file"] == "t10k-images-idx3-ubyte.gz"


def test_training_and_validation_share_the_training_file() -> None:
    training, validation = fashion_mnist.training(), fashion_mnist.validation()

    assert (len(training.labels), len(validation.labels)) == (54_000, 6_000)
    assert training.inputs.shape == (54_000, 1, 28, 28)
    assert training.inputs.dtype == np.float32
    assert abs(float(training.inputs.mean())) < 0.01
    assert abs(float(training.inputs.std()) - 1) < 0.01


def test_public_and_hidden_halves_are_disjoint_and_complete() -> None:
    halves = [fashion_mnist.evaluation(split, b"secret") for split in ("public", "hidden")]

    pictures = [{picture.tobytes() for picture in half.inputs} for half in halves]

    assert [len(half.labels) for half in halves] == [5_000, 5_000]
    assert len(pictures[0] | pictures[1]) == 10_000


def test_labels_stay_with_their_pictures() -> None:
    """Whatever the secret, the same picture has the same label."""
    one, other = (fashion_mnist.evaluation("hidden", secret) for secret in (b"one", b"other"))
    known = {picture.tobytes(): label for picture, label in zip(one.inputs, one.labels, strict=True)}

    common = [(known.get(picture.tobytes()), label) for picture, label in zip(other.inputs, other.labels, strict=True)]

    pairs = [(label, same) for label, same in common if label is not None]
    assert len(pairs) > 2_000
    assert all(label == same for label, same in pairs)


def test_calibration_images_are_training_images_and_always_the_same() -> None:
    drawn = fashion_mnist.calibration(256)

    training = {picture.tobytes() for picture in fashion_mnist.training().inputs}
    assert len({picture.tobytes() for picture in drawn}) == 256
    assert all(picture.tobytes() in training for picture in drawn)
    assert np.array_equal(drawn, fashion_mnist.calibration(256))


def test_white_black_and_grey_are_normalised_by_hand() -> None:
    pixels = np.array([[[0, 255, 51]]], np.uint8)

    normalised = fashion_mnist.normalise(pixels)

    expected = [(0 - 0.2860) / 0.3530, (1 - 0.2860) / 0.3530, (0.2 - 0.2860) / 0.3530]
    assert np.allclose(normalised.ravel(), expected, atol=1e-6)
