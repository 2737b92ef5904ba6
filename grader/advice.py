"""What the report says in words: remarks on the figures, and what to try next. Codes only; `grader.wording` speaks."""

from collections.abc import Iterator

from grader.report import Finding, Measured, Result, ScoreFacts, ScorePart

MACHINE_GAP = 0.003  # exact against kernel accuracy, as a fraction: above it the machine's saturation shows
FLOAT_SHARE = 0.5  # of the computing kernels
SPARSE_SHARE = 0.3  # of all parameters


def remarks(measured: Measured, scored: ScoreFacts, verdict: Result) -> tuple[Finding, ...]:
    """What the verdict rests on, and every figure that needs a caveat."""
    return tuple(_remarks(measured, scored, verdict))


def _remarks(measured: Measured, scored: ScoreFacts, verdict: Result) -> Iterator[Finding]:
    accuracy = measured.accuracy
    if verdict is Result.BELOW_GATE:
        yield Finding("below_gate", {"drop_points": 100 * accuracy.drop, "allowed_points": 100 * accuracy.max_drop})
    for part in scored.parts:
        if not part.met and part.name != "accuracy":
            yield Finding(f"missed_{part.name}", {"measured": part.measured, "par": part.par})
    if accuracy.within_noise_of_gate:
        yield Finding("near_gate", {"items": accuracy.items})
    if abs(accuracy.value - accuracy.with_kernels) > MACHINE_GAP:
        yield Finding("kernels_saturate", {"gap_points": 100 * (accuracy.value - accuracy.with_kernels)})
    if measured.latency.noisy:
        low, high = measured.latency.interval
        yield Finding("noisy", {"low": low, "high": high, "processes": len(measured.latency.processes)})


def next_steps(measured: Measured, scored: ScoreFacts) -> tuple[Finding, ...]:
    """What to try, most valuable first, from what was found in the graph. Never empty."""
    steps = tuple(_next_steps(measured, {part.name: part for part in scored.parts}))
    return steps or (Finding("try_harder_par"),)


def _next_steps(measured: Measured, parts: dict[str, ScorePart]) -> Iterator[Finding]:
    integer, floating = _computing(measured)
    if not parts["accuracy"].met:
        yield Finding("try_sensitivity" if measured.quantized_by == "candidate" else "try_equalisation")
    if integer + floating and floating / (integer + floating) > FLOAT_SHARE:
        yield Finding("try_int8_kernels", {"float_nodes": floating, "nodes": integer + floating})
    elif floating:
        yield Finding("try_float_fallbacks", {"float_nodes": floating, "names": _float_names(measured)})
    if measured.inspection.dead_qdq:
        yield Finding("try_dead_qdq", {"pairs": measured.inspection.dead_qdq})
    if "size" in parts and not parts["size"].met:
        yield from _smaller(measured)
    if "latency" in parts and not parts["latency"].met and not floating:
        yield Finding("try_uint8_activations")


def _smaller(measured: Measured) -> Iterator[Finding]:
    """Where the bytes are: float weights first, then everything that is not a weight."""
    by_dtype = measured.inspection.bytes_by_dtype
    payload, floats = sum(by_dtype.values()), by_dtype.get("float32", 0)
    if payload and floats / payload > FLOAT_SHARE:
        yield Finding("try_float_weights", {"float_percent": 100 * floats / payload})
    overhead = measured.inspection.size_bytes - payload
    if overhead > payload / 4:
        yield Finding("try_overhead", {"overhead_bytes": overhead, "size_bytes": measured.inspection.size_bytes})
    zeros = measured.inspection.parameters - measured.inspection.nonzero_parameters
    if zeros > SPARSE_SHARE * measured.inspection.parameters:
        yield Finding("try_structured", {"zero_percent": 100 * zeros / measured.inspection.parameters})


def _computing(measured: Measured) -> tuple[int, int]:
    kinds = [node.precision for node in measured.inspection.nodes]
    return sum(kind.startswith("int") for kind in kinds), kinds.count("float")


def _float_names(measured: Measured) -> str:
    return ", ".join(node.name for node in measured.inspection.nodes if node.precision == "float")[:120]
