"""Measurements built from a handful of figures, for tests of what is computed from them."""

from dataclasses import replace

from grader.devices.estimates import cost_of
from grader.devices.targets import Counts, devices
from grader.report import (
    AccuracyFacts,
    Agreement,
    DeviceFacts,
    InspectionFacts,
    LatencyFacts,
    LayerFacts,
    Measured,
    NodeFacts,
    TimingProcess,
)


def measured(
    *,
    accuracy: float,
    baseline_accuracy: float,
    max_drop: float,
    size_bytes: int,
    baseline_size_bytes: int,
    memory_bytes: int,
    baseline_memory_bytes: int,
    latency: float,
) -> Measured:
    """Measurements with these figures and plausible rest."""
    drop = baseline_accuracy - accuracy
    return Measured(
        inspection=inspection(size_bytes, memory_bytes),
        accuracy=AccuracyFacts(
            items=5000,
            value=accuracy,
            interval=(accuracy - 0.008, accuracy + 0.008),
            baseline=baseline_accuracy,
            drop=drop,
            drop_interval=(drop - 0.006, drop + 0.006),
            max_drop=max_drop,
            within_noise_of_gate=False,
            with_kernels=accuracy,
        ),
        latency=LatencyFacts(
            ratio=latency,
            interval=(latency, latency),
            noisy=False,
            reference_ns=150_000,
            entry_ns=round(150_000 * latency),
            processes=(process(150_000, round(150_000 * latency)),) * 5,
        ),
        baseline_size_bytes=baseline_size_bytes,
        baseline_memory_bytes=baseline_memory_bytes,
        quantized_by="candidate",
    )


def inspection(size_bytes: int, memory_bytes: int) -> InspectionFacts:
    """A graph of one int8 layer."""
    return InspectionFacts(
        opset=17,
        parameters=78_000,
        nonzero_parameters=78_000,
        macs=12_000_000,
        size_bytes=size_bytes,
        bytes_by_dtype={"int8": size_bytes // 2, "float32": size_bytes // 8},
        elements_by_dtype={"int8": size_bytes // 2, "float32": size_bytes // 32},
        memory_bytes=memory_bytes,
        layers=(LayerFacts(name="stem", op="Conv", dtype="int8", bits=8, elements=144, zeros=3),),
        nodes=(NodeFacts(name="stem", op="QLinearConv", precision="int8"),),
        dead_qdq=0,
    )


def process(reference_ns: int, entry_ns: int) -> TimingProcess:
    """One timing process whose slices all say the same."""
    return TimingProcess(
        runs_per_slice=(30, 60),
        reference_min_ns=(reference_ns,) * 4,
        reference_total_ns=(reference_ns * 31,) * 4,
        entry_min_ns=(entry_ns,) * 4,
        entry_total_ns=(entry_ns * 62,) * 4,
    )


def on_device(ratio: float, name: str = "pi5", gain: float = 2.0) -> DeviceFacts:
    """An estimate of this ratio, with this many times fewer instructions than the baseline's."""
    device = devices()[name]
    before, after = counts(4_000_000, 100_000), counts(round(4_000_000 / gain), 20_000)
    reference = cost_of(device, before)
    entry = cost_of(device, after)
    return DeviceFacts(
        name=name,
        title=device.title,
        core=device.core,
        clock_ghz=device.clock_ghz,
        fitted=device.fitted,
        median_error=device.error.median if device.error else None,
        worst_error=device.error.worst if device.error else None,
        has_dot_product="asimddp" in device.features,
        entry=replace(entry, cycles=ratio * reference.cycles),
        reference=reference,
        ratio=ratio,
        agreement=Agreement(items=2, difference=0.0, tolerance=0.0),
        tools={"qemu": "7.2.22", "onnxruntime": "1.32.0", "counter": "0123456789ab"},
    )


def counts(instructions: int, misses: int) -> Counts:
    """Of an inference half of whose instructions multiply."""
    others = {"int": instructions // 4, "load": instructions // 4, "store": 0, "branch": 0, "vector": 0, "system": 0}
    classes = {**others, "vector_mac": instructions // 2}
    return Counts(instructions=instructions, level1_misses=misses, level2_misses=misses // 10, classes=classes)
