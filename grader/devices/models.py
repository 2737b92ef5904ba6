"""What an ONNX model would take on a device: estimated, and the same on every run."""

from dataclasses import dataclass

import numpy as np

from grader.challenge import Items, TensorSpec
from grader.devices.emulator import Guest, ProgramFailed, emulate
from grader.devices.lab import RUNTIME_FOLDER, Lab
from grader.devices.targets import Counts, Device
from grader.errors import EntryRejected
from grader.sandbox.base import Sandbox

RUNTIME, MODEL = f"{RUNTIME_FOLDER}/libonnxruntime.so.1", "/model.onnx"
INSTRUCTION_LIMIT = 40_000_000_000
CPU_S = 240
DETAIL_CHARS = 300


@dataclass(frozen=True, slots=True)
class ModelRun:
    """Counts of the last inference, and the outputs of all, [items, ...]."""

    counts: Counts
    outputs: Items
    cpu_s: float


def run_model(model: bytes, inputs: Items, output: TensorSpec, device: Device, lab: Lab, sandbox: Sandbox) -> ModelRun:
    """Run a model on each of the items, [items, ...]. Raises EntryRejected, GraderError.

    A model that leaves other sizes open than the batch is rejected: it would run, and cost, as for smaller items.
    """
    lab.require()
    shape = output.batched(len(inputs))
    guest = Guest(
        program=lab.runner.read_bytes(),
        arguments=(MODEL, str(len(inputs))),
        stdin=np.ascontiguousarray(inputs).tobytes(),
        output_bytes=int(np.prod(shape)) * np.dtype(output.dtype).itemsize,
        calls="runtime",
        instruction_limit=INSTRUCTION_LIMIT,
        cpu_s=CPU_S,
        binds={str(lab.runtime): RUNTIME},
        files={MODEL: model},
    )
    try:
        emulated = emulate(device, guest, lab, sandbox)
    except ProgramFailed as failure:
        raise EntryRejected(
            "device_model_refused", device=device.title, detail=failure.log[-DETAIL_CHARS:]
        ) from failure
    if len(emulated.output) != guest.output_bytes:
        raise EntryRejected("device_other_shape", device=device.title)
    outputs = np.frombuffer(emulated.output, output.dtype).reshape(shape)
    return ModelRun(emulated.between, outputs, emulated.cpu_s)
