"""The same corpus with a grader that is not root: namespaces from a user namespace, memory by RLIMIT_DATA."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import grader
from challenges.home import home as karui_home
from challenges.lab import lab
from grader.sandbox.mounts import package_roots

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.alone]
HERE = Path(__file__).parent
REPOSITORY = Path(grader.__file__).parents[1]
NOBODY = "65534"
CORPUS = ["test_programs.py", "test_layers.py", "test_lock.py", "test_canaries.py"]
REST = ["test_models.py", "test_leaks.py"]
DEVICES = ["test_devices.py"]
IMPORTS = "import grader.sandbox.bubblewrap, numpy, onnx, onnxruntime, pytest, xdist"
# Our pytest settings bring Django with them, which this user has no use for.
PYTEST = ["-m", "pytest", "-q", "-c", os.devnull, "-p", "no:django", "-p", "no:cacheprovider", "-rfE",
          "-n", "2", "--dist", "worksteal", "-m", "not long", "-o", "markers=sandbox\nlong",
          "--import-mode=importlib", f"--rootdir={REPOSITORY}", f"--confcutdir={HERE}"]  # fmt: skip


def as_nobody(arguments: list[str], home: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command as an ordinary user with our packages in reach."""
    path = os.pathsep.join([str(REPOSITORY), *package_roots()])
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(home),
        "KARUI_HOME": str(karui_home()),
    }
    # env comes between, because setpriv itself starts its program with rights that the program then lacks.
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", "env"]
    return subprocess.run([*drop, *arguments], env=environment, cwd="/", capture_output=True, text=True, check=False)


def reachable_python(home: Path) -> str:
    """An interpreter of our version that an ordinary user can start, with our packages. Skips where there is none."""
    tried = {}
    for python in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        trial = as_nobody([python, "-c", IMPORTS], home)
        if trial.returncode == 0:
            return python
        tried[python] = trial.stderr.strip().splitlines()[-1:]
    pytest.skip(f"no interpreter that user {NOBODY} can start with our packages: {tried}")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as an ordinary user")
@pytest.mark.parametrize(
    "corpus",
    [CORPUS, pytest.param(REST, marks=pytest.mark.long), pytest.param(DEVICES, marks=pytest.mark.long)],
    ids=["corpus", "rest", "devices"],
)
def test_an_ordinary_user_s_sandbox_contains_the_corpus(corpus: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which only we may enter
        os.chown(folder, int(NOBODY), int(NOBODY))
        python = reachable_python(Path(folder))
        run = as_nobody([python, *PYTEST, *(str(HERE / name) for name in corpus)], Path(folder))

    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout


COUNT = """
from challenges.lab import lab
from grader.sandbox import open_sandbox
from tests.grader.devices.kernels import HONEST, PI4, RISCV, Kernels
print(*(Kernels(lab(), open_sandbox()).run(HONEST, device).emulated.total for device in (PI4, RISCV)))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="there is no other user to compare with")
def test_an_ordinary_user_s_lab_counts_the_same() -> None:
    if not lab().is_whole:
        pytest.skip("the device lab is absent: ./run devices")
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, int(NOBODY), int(NOBODY))
        counted = as_nobody([reachable_python(Path(folder)), "-c", COUNT], Path(folder))
    ours = subprocess.run([sys.executable, "-c", COUNT], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert counted.returncode == 0, counted.stderr
    assert counted.stdout == ours.stdout != ""
