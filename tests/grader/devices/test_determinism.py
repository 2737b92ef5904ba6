"""One figure, whatever else the machine does: busy, from another place, with another environment, as another user."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from challenges.registry import find, load
from grader.challenge import Items, TensorSpec
from grader.devices.kernels import run_kernel
from grader.devices.lab import Lab
from grader.devices.models import ModelRun, run_model
from grader.devices.targets import Device
from grader.sandbox.base import Sandbox
from tests.grader.devices.kernels import CASES, HONEST, JETSON, PI4, PI5, RISCV, Kernels

pytestmark = pytest.mark.sandbox
RUNS = 10
OUTPUT = TensorSpec(dtype="float32", shape=(None, 10))
IMAGES: Items = np.random.default_rng(1).standard_normal((2, 3, 12, 12), dtype=np.float32)


@pytest.fixture
def busy() -> Iterator[None]:
    """Two loops beside us, and all of it on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()
    os.sched_setaffinity(0, cores)


@pytest.fixture
def elsewhere(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A copy of the lab with a far longer path, from a working directory and an environment of its own."""
    folder = tmp_path / ("long" * 20) / "devices"
    shutil.copytree(lab.folder, folder)
    monkeypatch.chdir(folder)
    for name in ("LD_BIND_NOW", "QEMU_LOG", "QEMU_STACK_SIZE", "GLIBC_TUNABLES", "OMP_NUM_THREADS", "LANG", "X" * 3000):
        monkeypatch.setenv(name, "1")
    return Lab(folder)


def tiny_model() -> bytes:
    """A convolution, a mean and a product."""
    random = np.random.default_rng(0)
    weights = {"kernel": (4, 3, 3, 3), "matrix": (4, 10)}
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["seen"], pads=[1, 1, 1, 1]),
        helper.make_node("GlobalAveragePool", ["seen"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["y"]),
    ]
    shapes = [("x", ["n", *IMAGES.shape[1:]]), ("y", ["n", 10])]
    graph = helper.make_graph(
        nodes,
        "tiny",
        *([helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in shapes),
        [
            numpy_helper.from_array(random.standard_normal(shape, dtype=np.float32), name)
            for name, shape in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("device", [PI4, PI5, JETSON, RISCV], ids=lambda device: device.name)
def test_a_kernel_has_one_count(device: Device, lab: Lab, elsewhere: Lab, sandbox: Sandbox) -> None:
    built = Kernels(lab, sandbox).build(HONEST, device)

    runs = [run_kernel(built, CASES, device, home, sandbox).emulated for home in [lab, elsewhere] * (RUNS // 2)]

    assert all((run.total, run.between, run.blocks) == (runs[0].total, runs[0].between, runs[0].blocks) for run in runs)


def test_a_kernel_is_compiled_to_the_same_program_again(lab: Lab, sandbox: Sandbox) -> None:
    one, other = (Kernels(lab, sandbox).build(HONEST, PI5).program for _ in range(2))

    assert one == other


def of_tiny_model(device: Device, lab: Lab, sandbox: Sandbox) -> ModelRun:
    """Run the tiny model."""
    return run_model(tiny_model(), IMAGES, OUTPUT, device, lab, sandbox)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("device", "runs"),
    [(PI4, 2), *(pytest.param(device, RUNS, marks=pytest.mark.long) for device in (PI4, PI5, JETSON))],
    ids=lambda value: value.name if isinstance(value, Device) else str(value),
)
def test_a_model_has_one_count(device: Device, runs: int, lab: Lab, elsewhere: Lab, sandbox: Sandbox) -> None:
    done = [of_tiny_model(device, home, sandbox) for home in [lab, elsewhere] * (runs // 2)]

    assert all(run.counts == done[0].counts for run in done)
    assert all(np.array_equal(run.outputs, done[0].outputs) for run in done)


@pytest.mark.long
@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("device", [PI4, PI5, JETSON], ids=lambda device: device.name)
def test_a_challenge_s_baseline_has_one_count(device: Device, lab: Lab, elsewhere: Lab, sandbox: Sandbox) -> None:
    model, images, output = baseline()

    runs = [run_model(model, images, output, device, home, sandbox) for home in [lab, elsewhere] * (RUNS // 2)]

    assert all(run.counts == runs[0].counts for run in runs)


def baseline() -> tuple[bytes, Items, TensorSpec]:
    """The baseline of int8_fashion, with images of its split."""
    challenge = load(find("int8_fashion"), "public")
    return challenge.reference, challenge.evaluation.inputs[:2], challenge.rules.output
