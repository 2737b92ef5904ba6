"""What a grading on the device lab takes: processor seconds of a kernel's and of models', and what counting adds."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from challenges.kernels.judge import judge_kernel, kernel_baseline, load_kernel
from challenges.lab import lab
from challenges.registry import kernels
from grader.challenge import Items, TensorSpec
from grader.devices.estimates import inferences
from grader.devices.lab import emulator
from grader.devices.models import run_model
from grader.devices.targets import Device, boards
from grader.entry import Entry
from grader.sandbox import open_sandbox
from grader.sandbox.base import Job, Outcome, Sandbox
from grader.sandbox.native import Native, NativeOutcome

KERNEL_BOUND_S = 5.0
NETS = {"small": (0.25, 128, 5.0), "large": (1.0, 224, 15.0)}  # width, size of images, CPU s at most
CLASSES = 1000
OUTPUT = TensorSpec(dtype="float32", shape=(None, CLASSES))
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""MobileNet v1: channels and stride of each pair of depthwise and pointwise convolutions."""


@dataclass
class Metered:
    """A sandbox that adds up the processor time of what it runs."""

    inner: Sandbox
    cpu_s: float = 0.0
    backend: str = field(init=False)

    def __post_init__(self) -> None:
        self.backend = self.inner.backend

    def run(self, job: Job) -> Outcome:
        """Run it in the inner sandbox."""
        return self.inner.run(job)

    def run_native(self, native: Native) -> NativeOutcome:
        """Run it in the inner sandbox."""
        outcome = self.inner.run_native(native)
        self.cpu_s += outcome.usage.cpu_s
        return outcome


class MobileNet:
    """Random weights in the shape of MobileNet v1, written layer by layer."""

    def __init__(self, width: float, size: int) -> None:
        self.width, self.size, self.macs = width, size // 2, 0
        self._nodes: list[NodeProto] = []
        self._weights: list[TensorProto] = []
        self._random = np.random.default_rng(0)
        channels = self._convolve("x", 3, self._scaled(32), stride=2, kernel=3)
        for out, stride in BLOCKS:
            self.size //= stride
            channels = self._convolve(self._last, channels, channels, stride=stride, kernel=3, groups=channels)
            channels = self._convolve(self._last, channels, self._scaled(out), stride=1, kernel=1)
        self._nodes.append(helper.make_node("GlobalAveragePool", [self._last], ["pooled"]))
        self._nodes.append(helper.make_node("Flatten", ["pooled"], ["flat"]))
        self._nodes.append(helper.make_node("MatMul", ["flat", self._weight((channels, CLASSES))], ["y"]))
        self.macs += channels * CLASSES
        shapes = [("x", ["n", 3, size, size]), ("y", ["n", CLASSES])]
        inputs, outputs = ([helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name, shape in shapes)
        graph = helper.make_graph(self._nodes, "mobilenet", inputs, outputs, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        self.data = model.SerializeToString()

    @property
    def _last(self) -> str:
        return self._nodes[-1].output[0]

    def _scaled(self, channels: int) -> int:
        return int(channels * self.width)

    def _weight(self, shape: tuple[int, ...]) -> str:
        name = f"w{len(self._weights)}"
        values = self._random.standard_normal(shape, dtype=np.float32) / np.sqrt(np.prod(shape[1:]), dtype=np.float32)
        self._weights.append(numpy_helper.from_array(values, name))
        return name

    def _convolve(self, source: str, channels: int, out: int, *, stride: int, kernel: int, groups: int = 1) -> int:
        weight = self._weight((out, channels // groups, kernel, kernel))
        name, pads = f"c{len(self._nodes)}", [kernel // 2] * 4
        options = {"strides": [stride] * 2, "pads": pads, "group": groups}
        self._nodes.append(helper.make_node("Conv", [source, weight], [name], **options))
        self._nodes.append(helper.make_node("Relu", [name], [f"r{name}"]))
        self.macs += self.size**2 * out * channels // groups * kernel**2
        return out


def graded_kernel() -> dict[str, float]:
    """Grade the reference solution of the challenge for 64-bit Arm, which is counted on two devices."""
    spec = kernels()["gemm_arm64"]
    sandbox = Metered(open_sandbox())
    entry = Entry("kernel.cpp", (spec.folder / "solutions/reference/kernel.cpp").read_bytes())
    kernel_baseline(load_kernel(spec, "hidden"), sandbox)  # counted once for all entries
    sandbox.cpu_s, begun = 0.0, time.perf_counter()
    report = judge_kernel(spec, entry, "hidden", sandbox)
    wall_s = time.perf_counter() - begun
    if report.kernel is None:
        raise SystemExit(f"the reference was rejected: {report.reasons}")
    return {"cpu_s": sandbox.cpu_s, "wall_s": wall_s, "devices": len(report.kernel.devices)}


def counted_model(net: MobileNet, images: Items, device: Device) -> dict[str, float]:
    """Count a net on a device."""
    begun = time.perf_counter()
    run = run_model(net.data, images, OUTPUT, device, lab(), open_sandbox())
    wall_s = time.perf_counter() - begun
    return {"cpu_s": run.cpu_s, "wall_s": wall_s, "instructions": run.counts.instructions, "macs": net.macs}


def uncounted_s(net: MobileNet, images: Items, device: Device) -> float:
    """Processor seconds of the same under the emulator alone. Our own net, so it needs no cage."""
    home = lab()
    qemu = [emulator(device.architecture), "-cpu", device.emulated_cpu, "-L", str(home.sysroot(device))]
    with tempfile.TemporaryDirectory() as folder:
        model, stdin = Path(folder) / "model.onnx", Path(folder) / "images"
        model.write_bytes(net.data)
        stdin.write_bytes(images.tobytes())
        library = ["-E", f"LD_LIBRARY_PATH={home.folder}"]
        begun = os.times()
        with stdin.open() as file:
            subprocess.run(
                [*qemu, *library, home.runner, model, str(len(images))],
                stdin=file,
                stdout=subprocess.DEVNULL,
                env={"ORT_DISABLE_TELEMETRY": "1"},
                check=True,
            )
        ended = os.times()
    return ended.children_user + ended.children_system - begun.children_user - begun.children_system


def say(what: str, cpu_s: float, bound_s: float) -> None:
    """One line."""
    print(f"{what}: {cpu_s:.2f} CPU s, {cpu_s / bound_s:.2f} of the bound ({bound_s:g} s)")


def run(raw: Path) -> None:
    """Grade a kernel, count two nets on every Arm device with a runtime, and one of them without the counter."""
    figures: dict[str, dict[str, float]] = {"kernel": graded_kernel()}
    kernel = figures["kernel"]
    say(f"kernel, {kernel['devices']} devices", kernel["cpu_s"], KERNEL_BOUND_S)
    for name, (width, size, bound_s) in NETS.items():
        net = MobileNet(width, size)
        images = np.random.default_rng(1).standard_normal((2, 3, size, size), dtype=np.float32)
        graded = images[: inferences(net.macs)]
        for device in boards():
            found = figures[f"{name} {device.name}"] = counted_model(net, graded, device)
            say(f"model of {net.macs / 1e6:.0f} M MACs on {device.name}", found["cpu_s"], bound_s)
        bare_s = found["uncounted_cpu_s"] = uncounted_s(net, graded, device)
        print(f"counted / only emulated, {device.name}: {found['cpu_s'] / bare_s:.2f} ({bare_s:.2f} CPU s)")
        cold, warm = (counted_model(net, images[:runs], device)["instructions"] for runs in (1, 2))
        print(f"instructions of the first inference / of the second, {device.name}: {cold / warm:.4f}")
    raw.write_text(json.dumps(figures, indent=1))
