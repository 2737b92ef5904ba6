"""What belongs to this machine: the secret above all."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from challenges.home import home, split_secret, write_private


def test_the_home_can_be_moved(karui_home: Path) -> None:
    assert home() == karui_home


def test_the_home_is_in_the_users_folder_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KARUI_HOME")

    assert home() == Path.home() / ".karui"


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(karui_home: Path) -> None:
    made = split_secret()

    assert split_secret() == made
    assert len(made) >= 32
    assert stat.S_IMODE((karui_home / "split-secret").stat().st_mode) == 0o600


def test_everybody_who_asks_at_once_gets_the_same_secret(karui_home: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(lambda _: split_secret(), range(64)))

    assert len(answers) == 1
    assert [path.name for path in karui_home.iterdir()] == ["split-secret"]


def test_a_secret_from_the_environment_comes_first(karui_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KARUI_SPLIT_SECRET", "given")

    assert split_secret() == b"given"
    assert not karui_home.exists()


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"

    write_private(path, b"first, and longer")
    write_private(path, b"second")

    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list(path.parent.iterdir())) == 1
