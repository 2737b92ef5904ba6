"""What a measurement needs and this repository must not hold: fetched and checked by pip and apt, unpacked in a folder.

Nothing of it runs on this machine: the interpreter and ncnn run in the emulator, and ncnn's sources are only read.
"""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NCNN = "1.0.20261020"
WHEEL = f"ncnn=={NCNN} --hash=sha256:0503da4f3960ee2e555feef55db13adffd6c62eb59a4bd22f8083b12d1757ad8"
SOURCES = "sr-vulkan==2.1.0 --hash=sha256:02b8daa1c45b6ce33504ca390f5da2750622e33a5f35711c7f907d8ec339a645"
"""A source archive that carries ncnn's whole tree, with its networks and its published timings."""
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_24_aarch64")
INTERPRETER = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib", "zlib1g", "libexpat1")
"""Debian packages for arm64. Apt takes the newest: what is counted is the difference of two runs, so it cancels out."""

Shape = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where everything is."""

    folder: Path

    @property
    def interpreter(self) -> Path:
        """Python for arm64."""
        return self.folder / "interpreter"

    @property
    def ncnn(self) -> Path:
        """The unpacked wheel."""
        return self.folder / "ncnn"

    @property
    def benchmark(self) -> Path:
        """The folder of ncnn's benchmark."""
        return next((self.folder / "sources").glob("*/*/src/ncnn/benchmark"))

    def network(self, name: str) -> Path:
        """The network's topology; it has no weights, and its benchmark takes zeros."""
        return self.benchmark / "models" / f"{name}.param"

    def input_shapes(self) -> Mapping[str, Shape]:
        """Width, height and channels of every network's input, as the benchmark has them."""
        text = (self.benchmark / "benchncnn.cpp").read_text("utf-8")
        rows = re.findall(r'"([\w.-]+)", ncnn::Mat\((\d+), (\d+), (\d+)\)', text)
        return {name: (int(width), int(height), int(channels)) for name, width, height, channels in rows}

    def least_ms(self, section: str) -> Mapping[str, float]:
        """The published timings of one section: the least of each network's runs on one thread of the processor."""
        text = (self.benchmark / "README.md").read_text("utf-8")
        _, _, rest = text.partition(f"### {section}\n")
        runs = rest.partition("\n### ")[0].split("loop_count = ")
        alone = next(run for run in runs if "num_threads = 1\n" in run and "gpu_device = -1\n" in run)
        return {name: float(least) for name, least in re.findall(r"(\S+) +min = +([\d.]+)", alone)}


def fetch(folder: Path) -> Fetched:
    """Fetch what is not there yet. Raises OSError, subprocess.CalledProcessError."""
    fetched = Fetched(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not fetched.ncnn.exists():
        _fetch_wheel(folder)
    if not (folder / "sources").exists():
        _fetch_sources(folder)
    if not fetched.interpreter.exists():
        _fetch_interpreter(folder)
    return fetched


def _fetch_wheel(folder: Path) -> None:
    platforms = [word for each in PLATFORMS for word in ("--platform", each)]
    _download(
        folder, WHEEL, "--only-binary=:all:", "--python-version", "3.11", *platforms, "--dest", str(folder)
    ).check_returncode()
    with zipfile.ZipFile(next(folder.glob("ncnn-*.whl"))) as wheel:
        wheel.extractall(folder / "ncnn")


def _fetch_sources(folder: Path) -> None:
    """Unpack the source archive without running any of it.

    Pip has no verb that only fetches a source archive: it wants to ask the package's own build for its metadata. It is
    told to do so in an environment that cannot build, so it stops once the archive is checked and unpacked.
    """
    draft, barren = folder / "sources.draft", folder / "barren"
    draft.mkdir(exist_ok=True)
    venv.create(barren, with_pip=False)
    flags = ("--no-binary=:all:", "--use-pep517", "--no-build-isolation", "--no-clean")
    stopped = _download(folder, SOURCES, *flags, python=barren / "bin/python", scratch=draft)
    if not any(draft.glob("*/*/src/ncnn/benchmark")):
        stopped.check_returncode()
    draft.rename(folder / "sources")


def _download(
    folder: Path, requirement: str, *flags: str, python: Path | None = None, scratch: Path | None = None
) -> subprocess.CompletedProcess[str]:
    (folder / "wanted").write_text(f"{requirement}\n")
    pip = (sys.executable, "-m", "pip", *(("--python", str(python)) if python else ()), "download", "--quiet")
    command = (
        *pip,
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        *flags,
        "--requirement",
        str(folder / "wanted"),
    )
    environment = os.environ | ({"TMPDIR": str(scratch)} if scratch else {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _fetch_interpreter(folder: Path) -> None:
    """Apt with an empty state of its own: nothing is installed, and the system's package lists stay as they are."""
    apt, draft = folder / "apt", folder / "interpreter.draft"
    for part in ("lists/partial", "archives/partial"):
        (apt / part).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    state = (f"Dir::State={apt}", f"Dir::State::status={apt / 'status'}", f"Dir::Cache={apt}")
    options = ("APT::Architecture=arm64", "APT::Architectures=arm64", "APT::Sandbox::User=root", *state)
    apt_get = ("apt-get", "--quiet", *(word for option in options for word in ("-o", option)))
    subprocess.run((*apt_get, "update"), check=True, capture_output=True)
    subprocess.run((*apt_get, "download", *INTERPRETER), check=True, capture_output=True, cwd=apt)
    for package in apt.glob("*.deb"):
        subprocess.run(("dpkg-deb", "--extract", str(package), str(draft)), check=True)
    draft.rename(folder / "interpreter")
