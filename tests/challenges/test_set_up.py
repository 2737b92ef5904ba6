"""Set-up goes on without a data set that cannot be had, and says what waits for it."""

import io

import pytest
from rich.console import Console

from challenges import prepare
from challenges.datasets import DATASETS, spoken_words
from challenges.registry import catalogue, kernels


@pytest.fixture
def said() -> Console:
    """A console that remembers."""
    return Console(file=io.StringIO(), width=400)


@pytest.fixture(autouse=True)
def no_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has everything but espeak-ng."""
    monkeypatch.setattr(spoken_words, "PROGRAM", "no-such-program")
    monkeypatch.setattr(prepare, "DATASETS", ("fashion_mnist", "spoken_words"))


def test_a_set_that_cannot_be_had_is_told_in_both_languages(said: Console) -> None:
    assert prepare.fetch(said) == {"spoken_words"}

    told = said.file.getvalue()
    assert "Install the Debian package no-such-program" in told
    assert "Debian パッケージ no-such-program" in told


@pytest.mark.sandbox
def test_only_the_challenges_of_that_set_wait(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = set()
    monkeypatch.setattr(prepare, "measure", lambda spec, split, *_: measured.add((spec.id, split)))

    assert prepare.main([]) == 0

    waiting = {spec.id for spec in catalogue().values() if spec.dataset == "spoken_words"}
    assert measured == {(name, split) for name in catalogue() if name not in waiting for split in prepare.SPLITS}
    told = capsys.readouterr().err
    assert all(f"{name}: cannot be graded" in told for name in waiting)


@pytest.mark.sandbox
@pytest.mark.usefixtures("data_sets", "device_lab")
def test_what_the_references_of_kernels_take_is_counted_where_there_is_a_device_lab(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted: list[tuple[str, str]] = []
    monkeypatch.setattr(prepare, "measure", lambda *_: None)
    monkeypatch.setattr(
        prepare, "kernel_baseline", lambda challenge, _: counted.append((challenge.id, challenge.split))
    )

    assert prepare.main([]) == 0
    assert counted == [(name, "hidden") for name in kernels()]


def test_every_module_of_the_folder_that_is_not_shared_is_a_data_set() -> None:
    assert {"fashion_mnist", "spoken_words"} <= set(DATASETS)
    assert not {"base", "cache", "split"} & set(DATASETS)


def test_data_can_be_had_without_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.setattr(prepare, "fetch_dataset", fetched.append)
    monkeypatch.setattr(prepare, "open_sandbox", lambda: pytest.fail("nothing is to be measured"))

    assert prepare.main(["--data"]) == 0
    assert fetched == list(prepare.DATASETS)
