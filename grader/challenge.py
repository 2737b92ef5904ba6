"""What the grader is told about a challenge: rules, targets, data. Built by `challenges`, which knows the folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from grader.devices.lab import Lab
from grader.errors import ChallengeBroken
from grader.report import DeviceCost, LayerSensitivity

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]
Items = npt.NDArray[Any]
"""Inputs, labels or outputs of a whole split, [items, ...]; the challenge fixes shape and element type."""
Split = Literal["public", "hidden", "validation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output: element type and shape, with None where the batch goes first."""

    dtype: str
    shape: tuple[int | None, ...]

    def batched(self, items: int) -> tuple[int, ...]:
        """Shape with the batch dimension filled in."""
        return tuple(items if size is None else size for size in self.shape)

    def zeros(self) -> Items:
        """One item of zeros, batch 1."""
        return np.zeros(self.batched(1), self.dtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an entry must look like before it is measured.

    `weights`: "any"; "float" (no quantized weights or Q/DQ nodes in the upload); "baseline" (closed track: every weight
    tensor is one of the baseline's, quantized or rescaled by channel). `topology`: "any", or "baseline" (the baseline's
    convolutions, products and residual sums, all of them and no others; their channels are free). `size_band` is the
    largest relative difference between the upload's canonical size and the baseline's. The limits hold for one item:
    stored values, multiply-accumulates, peak bytes of live activations, the least share of multiply-accumulates that
    integer kernels execute, CPU time as a multiple of the baseline's. None where a quantity is free.
    """

    input: TensorSpec
    output: TensorSpec
    formats: tuple[str, ...] = ("onnx",)
    max_bytes: int = 32 * 2**20
    weights: Literal["any", "float", "baseline"] = "any"
    topology: Literal["any", "baseline"] = "any"
    size_band: float | None = None
    max_parameters: int | None = None
    max_macs: int | None = None
    max_memory_bytes: int | None = None
    min_int8_macs: float | None = None
    max_latency: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PtqRecipe:
    """Post-training quantization that the grader itself applies: static, QDQ, uint8 activations, int8 weights."""

    calibration_items: int = 256
    calibrate: Literal["minmax", "entropy", "percentile"] = "minmax"
    per_channel: bool = True
    reduce_range: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One measured quantity to bring down: full points at `par`, none at the baseline.

    `par` is bytes for size and memory, the ratio to the reference model for latency. Weights of a challenge sum to 1.
    device: on which latency is estimated, by its name in the device lab; "" where it is measured on this machine.
    native: the par of that measurement for entries that no device runs, None where every format has an estimate.
    """

    par: float
    weight: float
    device: str = ""
    native: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """Figures beyond passing, all of which must hold. None where a challenge has no such target. Units as `Target`.

    native_latency: what `latency` is for entries that have no estimate on the target's device.
    """

    max_drop: float
    size: float | None = None
    memory: float | None = None
    latency: float | None = None
    native_latency: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """`max_drop` is the gate: the largest loss of accuracy (as a fraction) against the baseline on the same items."""

    max_drop: float
    size: Target | None = None
    memory: Target | None = None
    latency: Target | None = None
    gold: Gold | None = None

    @property
    def device(self) -> str:
        """The device that the target for latency names, "" where none does."""
        return self.latency.device if self.latency else ""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Items of one split. inputs: float32 or int64 [items, ...]; labels, which never enter the sandbox, as the metric
    wants them: int64 [items] for "accuracy", float32 [items, boxes, 5] for "map50".
    """

    split: Split
    inputs: Items
    labels: Items = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the reference model measures here, on the same items and with the same code as an entry.

    outputs: [items, ...], by exact arithmetic; accuracy: by the challenge's metric. Sizes in bytes. sensitivity: of its
    layers. devices: its cost on each device of which entries get an estimate, by name; empty without a lab.
    """

    outputs: Items = field(repr=False)
    accuracy: float
    size_bytes: int
    memory_bytes: int
    sensitivity: tuple[LayerSensitivity, ...] = ()
    devices: Mapping[str, DeviceCost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Everything that grading one entry needs. `reference` is the baseline model, as ONNX bytes.

    references: the same model in the other formats that an entry may have, for latency in that format's own runtime.
    lab: what estimates latency on devices, None where it is not set up.
    """

    id: str
    version: int
    rules: Rules
    targets: Targets
    reference: bytes = field(repr=False)
    evaluation: EvaluationSet
    calibration: Items = field(repr=False)
    recipe: PtqRecipe | None = None
    metric: str = "accuracy"
    references: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    lab: Lab | None = None

    def reference_in(self, model_format: str) -> bytes:
        """The baseline in an entry's format. Raises ChallengeBroken if the challenge does not have it."""
        reference = {"onnx": self.reference, **self.references}.get(model_format)
        if reference is None:
            raise ChallengeBroken("challenge_incomplete", challenge=self.id, file=f"baseline.{model_format}")
        return reference
