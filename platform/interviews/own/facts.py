"""What a graded report gives to ask about. Each function answers None where its question makes no sense."""

from collections.abc import Callable, Mapping, Sequence

from catalog.quantities import count, file_size, percent, ratio, whole_percent
from catalog.templatetags.figures import called
from grader.report import Measured, NodeFacts, Report, ScorePart

Facts = Mapping[str, str]
COMPUTING = ("Conv", "Gemm", "MatMul")
KERNEL_GAIN = 4
"""How much faster an int8 kernel is taken to be than a float one, to see what Amdahl's law then says."""
CLEAR_SHARE_OF_ZEROS = 0.1
LIKE_THE_WIDTH = 0.3
"""float32 to int8 is a quarter; a little more is rounding of shapes."""
NAMES = 5


def float_layers(measured: Measured, _: Report) -> Facts | None:
    """Layers that were left in float beside integer ones."""
    computing = computing_nodes(measured)
    left = [node for node in computing if node.precision == "float"]
    if not left or len(left) == len(computing):
        return None
    return {"left": count(len(left)), "all": count(len(computing)), "names": names(left)}


def all_integer(measured: Measured, _: Report) -> Facts | None:
    """Every layer that multiplies did so in int8."""
    computing = computing_nodes(measured)
    if not computing or any(node.precision != "int8" for node in computing):
        return None
    others = [node for node in measured.inspection.nodes if node.precision == "other"]
    return {"all": count(len(computing)), "others": count(len(others)), "names": names(others)}


def on_a_device(_: Measured, report: Report) -> Facts | None:
    """Points rest on an estimate for a device that nobody has timed."""
    device = report.scored_device
    if device is None or device.median_error is None or device.worst_error is None:
        return None
    entry, reference = device.entry, device.reference
    return {
        "device": device.title,
        "core": device.core,
        "ratio": ratio(device.ratio),
        "ms": f"{entry.estimated_ms:.3g}",
        "median": percent(device.median_error),
        "worst": whole_percent(device.worst_error),
        "instructions": count(entry.counts.instructions),
        "instructions_before": count(reference.counts.instructions),
        "misses": count(entry.counts.level1_misses),
        "misses_before": count(reference.counts.level1_misses),
    }


def less_than_four_times(measured: Measured, report: Report) -> Facts | None:
    """Faster than the baseline by the clock that counts, but by less than the weights have shrunk."""
    value = measured.latency.ratio
    if report.scored_device or not 1 / KERNEL_GAIN < value <= measured.latency.interval[1] < 1:
        return None
    accelerated = (1 - value) / (1 - 1 / KERNEL_GAIN)
    return {
        **latency(measured),
        "gain": f"{1 / value:.2f}",
        "kernel_gain": str(KERNEL_GAIN),
        "accelerated": whole_percent(accelerated),
        "rest": whole_percent(1 - accelerated),
        "nodes": count(len(measured.inspection.nodes)),
        "moving": count(sum(node.precision == "other" for node in measured.inspection.nodes)),
    }


def not_faster(measured: Measured, report: Report) -> Facts | None:
    """Slower than the baseline by the clock that counts, or too close to tell."""
    if report.scored_device or measured.latency.interval[1] < 1:
        return None
    floats = [node for node in measured.inspection.nodes if node.precision == "float"]
    conversions = [node for node in measured.inspection.nodes if "QuantizeLinear" in node.op]
    return {**latency(measured), "floats": count(len(floats)), "conversions": count(len(conversions))}


def latency(measured: Measured) -> Facts:
    """The ratio with its interval."""
    low, high = measured.latency.interval
    return {"ratio": ratio(measured.latency.ratio), "low": ratio(low), "high": ratio(high)}


def clear_drop(measured: Measured, _: Report) -> Facts | None:
    """Accuracy fell by more than chance explains."""
    return drop(measured) if measured.accuracy.drop_interval[0] > 0 else None


def clear_gain(measured: Measured, _: Report) -> Facts | None:
    """Accuracy rose by more than chance explains."""
    low, high = measured.accuracy.drop_interval
    gained = {"gain": signed(-measured.accuracy.drop), "from": signed(-high), "to": signed(-low)}
    return {**drop(measured), **gained} if high < 0 else None


def unclear_change(measured: Measured, _: Report) -> Facts | None:
    """The interval of the change holds zero."""
    low, high = measured.accuracy.drop_interval
    return drop(measured) if low <= 0 <= high else None


def drop(measured: Measured) -> Facts:
    """The paired difference with its interval; four times the items halve its width."""
    accuracy = measured.accuracy
    low, high = accuracy.drop_interval
    return {
        "before": percent(accuracy.baseline),
        "after": percent(accuracy.value),
        "drop": signed(accuracy.drop),
        "low": signed(low),
        "high": signed(high),
        "half": f"{50 * (high - low):.2f}",
        "half_of_half": f"{25 * (high - low):.2f}",
        "items": count(accuracy.items),
        "items_for_half": count(4 * accuracy.items),
    }


def signed(fraction: float) -> str:
    """A difference of accuracies in points."""
    return f"{100 * fraction:+.2f}".replace("-", "−")


def ledger(measured: Measured, _: Report) -> Facts | None:
    """Where the bytes are, next to what a change of type alone would leave."""
    inspection = measured.inspection
    if inspection.size_bytes >= measured.baseline_size_bytes:
        return None
    stored = sum(inspection.bytes_by_dtype.values())
    return {
        "before": file_size(measured.baseline_size_bytes),
        "after": file_size(inspection.size_bytes),
        "times": f"{measured.baseline_size_bytes / inspection.size_bytes:.2f}",
        "by_type": ", ".join(f"{dtype} {file_size(size)}" for dtype, size in inspection.bytes_by_dtype.items()),
        "graph": file_size(max(0, inspection.size_bytes - stored)),
        "graph_share": percent(max(0, inspection.size_bytes - stored) / inspection.size_bytes),
    }


def memory_like_the_width(measured: Measured, _: Report) -> Facts | None:
    """The peak of live activations fell about as far as the element type did."""
    return memory(measured) if memory_ratio(measured) <= LIKE_THE_WIDTH else None


def memory_unlike_the_width(measured: Measured, _: Report) -> Facts | None:
    """The peak of live activations fell by less, or grew."""
    return memory(measured) if memory_ratio(measured) > LIKE_THE_WIDTH else None


def memory(measured: Measured) -> Facts:
    """The peak before and after."""
    before, after = measured.baseline_memory_bytes, measured.inspection.memory_bytes
    return {"before": file_size(before), "after": file_size(after), "ratio": ratio(memory_ratio(measured))}


def memory_ratio(measured: Measured) -> float:
    """The entry's peak over the baseline's."""
    return measured.inspection.memory_bytes / measured.baseline_memory_bytes


def largest_layer(measured: Measured, _: Report) -> Facts | None:
    """The layer with most weights."""
    layers = measured.inspection.layers
    if not layers:
        return None
    largest = max(layers, key=lambda layer: layer.elements * layer.bits)
    total_bits = sum(layer.elements * layer.bits for layer in layers)
    return {
        "name": largest.name,
        "op": largest.op,
        "elements": count(largest.elements),
        "bits": str(largest.bits),
        "bytes": file_size(largest.elements * largest.bits // 8),
        "share": percent(largest.elements * largest.bits / total_bits),
        "half_bytes": file_size(largest.elements * largest.bits // 16),
        "layers": count(len(layers)),
    }


def zeros(measured: Measured, _: Report) -> Facts | None:
    """Many weights are zero."""
    layers = measured.inspection.layers
    elements, zero = sum(layer.elements for layer in layers), sum(layer.zeros for layer in layers)
    if not elements or zero / elements < CLEAR_SHARE_OF_ZEROS:
        return None
    dense = sum(layer.elements * layer.bits for layer in layers) // 8
    kept = sum((layer.elements - layer.zeros) * layer.bits for layer in layers) // 8
    mask = elements // 8
    return {
        "share": percent(zero / elements),
        "dense": file_size(dense),
        "mask": file_size(mask),
        "packed": file_size(kept + mask),
    }


def dead_pairs(measured: Measured, _: Report) -> Facts | None:
    """Quantize/dequantize pairs around no integer kernel."""
    dead = measured.inspection.dead_qdq
    return {"dead": count(dead), "nodes": count(len(measured.inspection.nodes))} if dead else None


def weakest_target(_: Measured, report: Report) -> Facts | None:
    """The part of the score with most left to gain."""
    if report.score is None:
        return None
    weakest = max(report.score.parts, key=missing)
    if missing(weakest) <= 0:
        return None
    return {
        "part": called(weakest.name, "part"),
        "points": f"{weakest.points:.1f}",
        "full": f"{100 * weakest.weight:.1f}",
        "missing": f"{missing(weakest):.1f}",
    }


def missing(part: ScorePart) -> float:
    """The points between a part and its full weight, at a multiplier of 1."""
    return 100 * part.weight - part.points


def two_arithmetics(measured: Measured, _: Report) -> Facts | None:
    """Exact arithmetic and the machine's kernels, side by side."""
    accuracy = measured.accuracy
    return {
        "exact": percent(accuracy.value),
        "kernels": percent(accuracy.with_kernels),
        "difference": signed(accuracy.with_kernels - accuracy.value),
    }


def another_machine(measured: Measured, report: Report) -> Facts:
    """Where it was measured."""
    environment = report.environment
    return {
        **latency(measured),
        "cpu": str(environment.get("cpu_model", "?")),
        "flags": str(environment.get("cpu_flags", "?")),
        "runtime": str(environment.get("onnxruntime", "?")),
    }


def computing_nodes(measured: Measured) -> Sequence[NodeFacts]:
    """The executed nodes that multiply weights."""
    return [node for node in measured.inspection.nodes if any(word in node.op for word in COMPUTING)]


def names(nodes: Sequence[NodeFacts]) -> str:
    """The first few by name and operator."""
    shown = ", ".join(f"{node.name} ({node.op})" for node in nodes[:NAMES])
    return f"{shown}, …" if len(nodes) > NAMES else shown


FACTS: Mapping[str, Callable[[Measured, Report], Facts | None]] = {
    "float-layers": float_layers,
    "all-integer": all_integer,
    "on-a-device": on_a_device,
    "less-than-four-times": less_than_four_times,
    "not-faster": not_faster,
    "clear-drop": clear_drop,
    "clear-gain": clear_gain,
    "unclear-change": unclear_change,
    "ledger": ledger,
    "memory-like-the-width": memory_like_the_width,
    "memory-unlike-the-width": memory_unlike_the_width,
    "largest-layer": largest_layer,
    "zeros": zeros,
    "dead-pairs": dead_pairs,
    "weakest-target": weakest_target,
    "two-arithmetics": two_arithmetics,
    "another-machine": another_machine,
}
"""By the ids of questions.toml."""
