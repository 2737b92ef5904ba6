"""The local runner of a kernel's kit: from an unpacked folder, with the grader's figures and the grader's verdicts."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from challenges.kernels.kit import KITS, kernel_kit
from challenges.kernels.spec import KernelSpec
from challenges.registry import kernels
from challenges.starter import write_starter
from grader.devices.lab import VERSIONS, version_of

SPECS = [spec for spec in kernels().values() if not spec.is_operator]  # those have a runner of their own

each_challenge = pytest.mark.parametrize("spec", SPECS, ids=[spec.id for spec in SPECS])


@pytest.fixture(scope="module")
def tools() -> None:
    """What the runner needs, which is what the lab needs of the system."""
    if missing := [name for name, wanted in VERSIONS.items() if not version_of(name).startswith(wanted)]:
        pytest.skip(f"the device lab's tools are absent: {', '.join(missing)}")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit of each challenge in a folder of its id."""
    folder = tmp_path_factory.mktemp("kits")
    for spec in SPECS:
        for name, content in kernel_kit(spec).items():
            path = folder / spec.id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What somebody does who has unpacked the kit; nothing of Karui is in reach."""
    words = [
        sys.executable,
        "-I",
        "-c",
        "import runpy, sys; sys.path.insert(0, '.'); runpy.run_path('run.py', run_name='__main__')",
    ]
    return subprocess.run(
        [*words, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


def solution(challenge: str, name: str) -> Path:
    return next(spec.folder for spec in SPECS if spec.id == challenge) / "solutions" / name / "kernel.cpp"


def figure(name: str, told: str) -> list[float]:
    """A line's first figure, once for each device."""
    return [float(value.replace(",", "")) for value in re.findall(rf"^  {name} +([\d,.]+)", told, re.MULTILINE)]


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(
    "spec",
    [pytest.param(spec, id=spec.id, marks=[] if spec.id == "gemm_riscv" else pytest.mark.long) for spec in SPECS],
)
def test_the_first_entry_runs_on_every_device_and_leaves_something_to_do(spec: KernelSpec, unpacked: Path) -> None:
    done = run(unpacked / spec.id)

    assert done.returncode == 0, done.stderr
    for target in spec.targets:
        assert target.device.title in done.stdout
    assert done.stdout.count("not there yet") == len(spec.targets)


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(
    "spec",
    [pytest.param(spec, id=spec.id, marks=[] if spec.id == "gemm_riscv" else pytest.mark.long) for spec in SPECS],
)
def test_the_reference_is_gold_with_the_cycles_beside_the_targets(spec: KernelSpec, unpacked: Path) -> None:
    done = run(unpacked / spec.id, solution(spec.id, "reference"))

    assert done.stdout.count(": gold\n") == len(spec.targets)
    for target, cycles in zip(spec.targets, figure("cycles", done.stdout), strict=True):
        assert target.gold is not None
        assert cycles == pytest.approx(target.gold / 1.01, rel=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
def test_hot_instructions_are_shown_with_how_often_they_ran(unpacked: Path) -> None:
    done = run(unpacked / "gemm_arm64", "--device", "pi5", "--hot", solution("gemm_arm64", "pass"))

    assert "Raspberry Pi 4" not in done.stdout
    assert re.search(r"[\d,]+ times \d+ instructions:", done.stdout)
    assert "sdot" in done.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(
    ("challenge", "name", "said"),
    [
        ("gemm_arm64", "tiles_only", "wrong at"),
        ("depthwise_arm64", "not_declared", "use of undeclared identifier 'vload1q_s8'"),
        pytest.param("gemm_arm64", "sdot_everywhere", "does not know one of its instructions", marks=pytest.mark.long),
        pytest.param("depthwise_arm64", "forged_end", "one of the harness's marks", marks=pytest.mark.long),
        pytest.param("gemm_riscv", "exec", "system call 221", marks=pytest.mark.long),
        pytest.param("gemm_riscv", "whole_vectors", "beyond the end of its output", marks=pytest.mark.long),
    ],
)
def test_what_the_grader_refuses_is_refused_with_the_reason(
    challenge: str, name: str, said: str, unpacked: Path
) -> None:
    done = run(unpacked / challenge, solution(challenge, name))

    assert done.returncode == 1
    assert said in done.stderr
    assert "points" not in done.stdout


def test_where_a_tool_is_missing_it_says_what_to_install(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    done = run(unpacked / "gemm_riscv")

    assert done.returncode == 1
    assert "clang++-19" in done.stderr
    assert "qemu-riscv64" in done.stderr
    assert "apt-get install" in done.stderr


@each_challenge
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_kit_is_written_with_its_folders(spec: KernelSpec, language: str, tmp_path: Path) -> None:
    names = write_starter(spec, tmp_path / "kit", language)

    assert {"README.md", "brief.md", "run.py", "kernel.cpp", "cases.py", "lab/count.c", "kernel/scalar.cpp"} <= set(
        names
    )
    for name in names:
        assert (tmp_path / "kit" / name).is_file()


def test_the_runner_needs_nothing_but_numpy() -> None:
    tree = ast.parse((KITS / "kernel" / "run.py").read_text("utf-8"))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported <= sys.stdlib_module_names | {"numpy", "cases"}
