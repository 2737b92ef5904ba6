"""The graded result as JSON: versioned, with raw samples, so that points can be computed again without running."""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from grader.devices.targets import Counts
from grader.errors import Params
from grader.kernels.facts import KernelFacts

SCHEMA = "karui-report/1"
SQNR_CEILING_DB = 140.0  # stands for "nothing was lost": float32 itself rounds off what is smaller


class Result(StrEnum):
    """What the candidate is told first."""

    PASSED = "passed"  # gate and every target
    PARTIAL = "partial"  # gate, not every target
    BELOW_GATE = "below_gate"
    REJECTED = "rejected"  # the entry could not be graded, for a reason the candidate can mend


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence to be said: its code in `grader.wording` and the figures in it."""

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """The uploaded file as it arrived. runtime: name and version of what runs its format here."""

    sha256: str
    format: str
    file_bytes: int
    runtime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One weight tensor of the graph: where it is used, its element type and how much of it is zero."""

    name: str
    op: str
    dtype: str
    bits: int
    elements: int
    zeros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """One node of the graph that the runtime really executed, after its own optimisation."""

    name: str
    op: str
    precision: str  # "int8", "float", or "other" where the node moves data only


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionFacts:
    """What is inside the measured graph. Sizes in bytes of the re-serialised model without metadata.

    memory_bytes: peak of live activations at batch 1 over the graph as executed. bytes_by_dtype, elements_by_dtype:
    over every stored tensor. parameters: stored values, packed ones counted one by one, also where only constant
    folding or a node unpacks them. macs: of one item; int8_macs: those of them that integer kernels execute. dead_qdq:
    quantize/dequantize pairs that surround no integer kernel.
    """

    opset: int
    parameters: int
    nonzero_parameters: int
    macs: int
    size_bytes: int
    bytes_by_dtype: dict[str, int]
    elements_by_dtype: dict[str, int]
    memory_bytes: int
    layers: tuple[LayerFacts, ...]
    nodes: tuple[NodeFacts, ...]
    dead_qdq: int
    int8_macs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyFacts:
    """The metric over the split, as fractions, with 95 % intervals. The gate uses `value`, from exact arithmetic.

    drop: baseline minus entry over the same items (positive is worse). with_kernels: by the machine's own int8 kernels.
    """

    items: int
    value: float
    interval: tuple[float, float]
    baseline: float
    drop: float
    drop_interval: tuple[float, float]
    max_drop: float
    within_noise_of_gate: bool
    with_kernels: float
    metric: str = "accuracy"

    @property
    def gate(self) -> float:
        """Lowest accuracy that passes: the baseline's minus the allowed drop."""
        return self.baseline - self.max_drop


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingProcess:
    """One fresh process: per slice the least CPU time of one inference and that of the whole slice, integer ns."""

    runs_per_slice: tuple[int, int]  # reference, entry
    reference_min_ns: tuple[int, ...]
    reference_total_ns: tuple[int, ...]
    entry_min_ns: tuple[int, ...]
    entry_total_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyFacts:
    """Entry's CPU time per inference over the reference's, with its 95 % interval. Below 1 is faster.

    noisy: the interval did not narrow to the bound; the score then still uses its upper end. reference_ns: of the
    baseline in the entry's own runtime. onnx_reference_ns: of the baseline in ONNX Runtime, on the same machine; it
    enters no score, so that the same speed-up gets the same points in every runtime.
    """

    ratio: float
    interval: tuple[float, float]
    noisy: bool
    reference_ns: int
    entry_ns: int
    processes: tuple[TimingProcess, ...]
    onnx_reference_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCost:
    """What one inference executes on a device, and the processor cycles that this is estimated to take.

    level1_cycles, level2_cycles: of `cycles`, those for misses of the caches.
    """

    counts: Counts
    cycles: float
    level1_cycles: float
    level2_cycles: float
    estimated_ms: float

    @property
    def instruction_cycles(self) -> float:
        """The rest of `cycles`: those for instructions themselves."""
        return self.cycles - self.level1_cycles - self.level2_cycles


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far the emulated device's answers are from those of exact native arithmetic, over `items` public items.

    difference: the largest, relative to the largest output. tolerance: what rounding may make of it; 0 is bit for bit.
    """

    items: int
    difference: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the device answers what accuracy was measured on."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """An estimate for a device that is not here. ratio: cycles of the entry over those of the baseline, exact.

    median_error, worst_error: of estimates for networks that the fit had not seen, as fractions; None where no timings
    of the device were fitted (`fitted`). has_dot_product: whether its core sums four int8 products in one instruction.
    tools: versions of what counted.
    """

    name: str
    title: str
    core: str
    clock_ghz: float
    fitted: bool
    median_error: float | None
    worst_error: float | None
    has_dot_product: bool
    entry: DeviceCost
    reference: DeviceCost
    ratio: float
    agreement: Agreement
    tools: dict[str, str]

    @property
    def instruction_gain(self) -> float:
        """How many times fewer instructions the entry executes than the baseline."""
        return self.reference.counts.instructions / self.entry.counts.instructions


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """One line of the score. For accuracy, baseline/par/measured are accuracies and `progress` is q.

    device: what latency was estimated on, by its title; "" where it was measured.
    """

    name: str  # accuracy, size, memory or latency; for a kernel the device
    weight: float
    baseline: float
    par: float
    measured: float
    progress: float
    points: float
    met: bool
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """Points and how they came about. `multiplier` is M of the formula."""

    formula: str
    points: float
    multiplier: float
    parts: tuple[ScorePart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """A rule of the challenge that the graph itself proved. `name` is a field of `grader.challenge.Rules`.

    limit, measured: in the unit of that field; None for rules that hold or do not, such as "weights".
    """

    name: str
    kind: str = ""
    limit: float | None = None
    measured: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything measured about an entry that could be graded; the score is a function of this and the targets."""

    inspection: InspectionFacts
    accuracy: AccuracyFacts
    latency: LatencyFacts
    baseline_size_bytes: int
    baseline_memory_bytes: int
    quantized_by: str  # "candidate" or "grader"
    model_format: str = "onnx"  # of the model that was measured
    rules: tuple[RuleFacts, ...] = ()  # those that held; a broken one rejects the entry
    devices: tuple[DeviceFacts, ...] = ()
    no_estimate: Finding | None = None  # why there are no devices; None in reports from before there were any

    def on_device(self, name: str) -> DeviceFacts | None:
        """The estimate for one device."""
        return next((device for device in self.devices if device.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerNoise:
    """One weighted layer of the baseline, and how much noise its counterpart in the entry adds.

    entry: the counterpart's node, "" where none could be matched; bits: of its stored weights. Ratios of signal to
    quantization noise in dB (higher is better, see `SQNR_CEILING_DB`), None where there is nothing to compare: of the
    weights, channels free to be rescaled, and of what comes out of the layer.
    """

    name: str
    op: str
    entry: str = ""
    bits: int | None = None
    weights_sqnr_db: float | None = None
    output_sqnr_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSensitivity:
    """What the float model's answers lose if this layer's weights alone are quantized, one scale for each channel.

    *_sqnr_db: of the model's output; *_changed: fraction of items whose first answer is
    another one; None where an item has more than one answer, as in detection.
    """

    name: str
    op: str
    elements: int
    int8_sqnr_db: float
    int8_changed: float | None
    int4_sqnr_db: float
    int4_changed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Where the bytes of the uploaded file are. All but `external_bytes`, which lie elsewhere, sum to `file_bytes`.

    tensor_bytes: by element type, every content once; duplicate_bytes: contents stored again (looked for in ONNX files
    only), the largest of them named in `duplicates`; metadata_bytes: documentation, properties and cached shapes;
    structure_bytes: the rest.
    """

    file_bytes: int
    tensor_bytes: dict[str, int]
    duplicate_bytes: int
    metadata_bytes: int
    structure_bytes: int
    external_bytes: int = 0
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found layer by layer, over `items` public calibration items and without labels.

    worst: up to five names of `layers`, noisiest output first. float_fallbacks: kernels that computed in float next to
    integer ones. dead_qdq: quantize/dequantize pairs that surround no integer kernel. failure: why the layers could
    not be looked into; the rest is then what is known without.
    """

    items: int = 0
    layers: tuple[LayerNoise, ...] = ()
    worst: tuple[str, ...] = ()
    sensitivity: tuple[LayerSensitivity, ...] = ()
    ledger: Ledger | None = None
    float_fallbacks: tuple[str, ...] = ()
    dead_qdq: tuple[str, ...] = ()
    failure: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One graded entry. A rejected one has `reasons` and no `score`; `measured` is of a model, `kernel` of a kernel.

    gold: whether it passed and holds the challenge's figures for gold as well. environment: of the machine that timed
    it, or refused it; evaluated_on: of the machine that did the rest.
    """

    challenge: str
    challenge_version: int
    split: str
    entry: EntryFacts
    result: Result
    reasons: tuple[Finding, ...]
    next_steps: tuple[Finding, ...] = ()
    gold: bool = False
    measured: Measured | None = None
    kernel: KernelFacts | None = None
    score: ScoreFacts | None = None
    diagnosis: Diagnosis | None = None
    environment: dict[str, str | int | float] = field(default_factory=dict)
    evaluated_on: dict[str, str | int | float] = field(default_factory=dict)
    stage_wall_s: dict[str, float] = field(default_factory=dict)
    schema: str = SCHEMA

    @property
    def scored_device(self) -> DeviceFacts | None:
        """The estimate that the points for latency rest on; None where they rest on this machine's clock."""
        titles = {part.device for part in self.score.parts} if self.score else set()
        devices = self.measured.devices if self.measured else ()
        return next((device for device in devices if device.title in titles), None)

    @property
    def counted_latency(self) -> float | None:
        """The ratio to the baseline that counts: the estimate, or the upper end of what was measured."""
        if self.measured is None:
            return None
        device = self.scored_device
        return device.ratio if device else self.measured.latency.interval[1]

    def to_json(self) -> bytes:
        """UTF-8 JSON of the whole report."""
        return msgspec.json.encode(self)

    @classmethod
    def from_json(cls, data: bytes | str) -> "Report":
        """Read a stored report. Raises msgspec.ValidationError if it is not one of this schema."""
        return msgspec.json.decode(data, type=cls)
