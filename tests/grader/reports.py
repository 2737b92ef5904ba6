"""Measurements built from a handful of figures, for tests of what is computed from them."""

from grader.report import (
    AccuracyFacts,
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
