"""What the report says in words: remarks on the figures, and what to try next. Codes only; `grader.wording` speaks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from grader.report import DeviceFacts, Diagnosis, Finding, LayerSensitivity, Measured, Result, ScoreFacts, ScorePart

MACHINE_GAP = 0.003  # exact against kernel accuracy, as a fraction: above it the machine's saturation shows
FLOAT_SHARE = 0.5  # of the computing kernels
SPARSE_SHARE = 0.3  # of all parameters
LITTLE_NOISE_DB = 30.0  # signal to noise: weights above it are not what makes an output noisy
WASTE_SHARE = 0.02  # of the bytes that the elements need
NAMED = 3  # layers named in one sentence
SENTENCES = 4  # what to try next is one paragraph
CLEARLY = 1.2  # two factors that differ by more have a reason

IN_OTHER_RUNTIMES = {
    ("tflite", "try_int8_kernels"): "try_litert_int8",
    ("tflite", "try_uint8_activations"): "try_litert_kernels",
    ("tflite", "try_overhead"): "try_litert_overhead",
    ("pt2", "try_int8_kernels"): "try_pytorch_float",
    ("pt2", "try_overhead"): "try_pytorch_overhead",
}
"""(format, what helps in ONNX Runtime) -> what helps there."""


def remarks(measured: Measured, scored: ScoreFacts, verdict: Result) -> tuple[Finding, ...]:
    """What the verdict rests on, and every figure that needs a caveat."""
    return tuple(_remarks(measured, scored, verdict))


def _remarks(measured: Measured, scored: ScoreFacts, verdict: Result) -> Iterator[Finding]:
    accuracy = measured.accuracy
    if verdict is Result.BELOW_GATE:
        yield Finding("below_gate", {"drop_points": 100 * accuracy.drop, "allowed_points": 100 * accuracy.max_drop})
    for part in scored.parts:
        if not part.met and part.name != "accuracy":
            yield _missed(part)
    if accuracy.within_noise_of_gate:
        yield Finding("near_gate", {"items": accuracy.items})
    if abs(accuracy.value - accuracy.with_kernels) > MACHINE_GAP:
        yield Finding("kernels_saturate", {"gap_points": 100 * (accuracy.value - accuracy.with_kernels)})
    if measured.latency.noisy:
        low, high = measured.latency.interval
        yield Finding("noisy", {"low": low, "high": high, "processes": len(measured.latency.processes)})
    for device in measured.devices:
        if not device.agreement.holds:
            yield _disagreement(device)


def _missed(part: ScorePart) -> Finding:
    figures = {"measured": part.measured, "par": part.par}
    if part.device:
        return Finding("missed_estimated_latency", {**figures, "device": part.device})
    return Finding(f"missed_{part.name}", figures)


def _disagreement(device: DeviceFacts) -> Finding:
    agreement = device.agreement
    percents = {"difference_percent": 100 * agreement.difference, "tolerance_percent": 100 * agreement.tolerance}
    return Finding("device_disagrees", {"device": device.title, "items": agreement.items, **percents})


def seen_on_devices(measured: Measured) -> tuple[Finding, ...]:
    """What the estimates for the boards show, as one paragraph. Empty where there are none."""
    return tuple(_seen(measured)) if measured.devices else ()


def _seen(measured: Measured) -> Iterator[Finding]:
    integer, floating = _computing(measured)
    gains = {device.name: device.instruction_gain for device in measured.devices}
    without = [device for device in measured.devices if not device.has_dot_product]
    equipped = [device for device in measured.devices if device.has_dot_product]
    if integer and without and equipped and gains[equipped[0].name] > CLEARLY * gains[without[0].name]:
        yield _dot_product(without[0], equipped[0])
    elif not integer and floating and min(gains.values()) > 1:
        yield Finding("seen_same_kernels", {"percent": 100 / gains[measured.devices[0].name]})
    for device in measured.devices:
        if gains[device.name] < 1:
            yield Finding("seen_no_gain", {"device": device.title})
    yield from _dynamic(measured)
    for device in measured.devices:
        if 1 / device.ratio > CLEARLY * gains[device.name]:
            yield _less_data(device)


def _dot_product(without: DeviceFacts, equipped: DeviceFacts) -> Finding:
    names: dict[str, str | int | float] = {"without": without.title, "with": equipped.title, "core": without.core}
    shares = {
        "percent_without": 100 / without.instruction_gain,
        "percent_with": 100 / equipped.instruction_gain,
    }
    macs = {
        "macs_without": without.entry.counts.classes["vector_mac"],
        "macs_with": equipped.entry.counts.classes["vector_mac"],
    }
    return Finding("seen_dot_product", {**names, **shares, **macs})


def _dynamic(measured: Measured) -> Iterator[Finding]:
    nodes, device = _ranges_measured(measured), measured.devices[-1]
    if nodes:
        scalar = {"scalar": device.entry.counts.scalars, "reference": device.reference.counts.scalars}
        yield Finding("seen_dynamic", {"nodes": nodes, "device": device.title, **scalar})


def _less_data(device: DeviceFacts) -> Finding:
    misses = {"misses": device.entry.counts.level1_misses, "reference": device.reference.counts.level1_misses}
    shares = {"time_percent": 100 * device.ratio, "percent": 100 / device.instruction_gain}
    return Finding("seen_data", {"device": device.title, **shares, **misses})


def _ranges_measured(measured: Measured) -> int:
    """Nodes that look for an activation's range while the model runs."""
    return sum(node.op == "DynamicQuantizeLinear" for node in measured.inspection.nodes)


def next_steps(measured: Measured, scored: ScoreFacts, diagnosis: Diagnosis | None = None) -> tuple[Finding, ...]:
    """What to try: one paragraph, most valuable sentence first, from what was found in the graph. Never empty."""
    parts = {part.name: part for part in scored.parts}
    steps = tuple(
        replace(step, code=IN_OTHER_RUNTIMES.get((measured.model_format, step.code), step.code))
        for step in _next_steps(measured, parts, diagnosis or Diagnosis())
    )
    return steps[:SENTENCES] or (Finding("try_harder_par"),)


def _next_steps(measured: Measured, parts: dict[str, ScorePart], diagnosis: Diagnosis) -> Iterator[Finding]:
    integer, floating = _computing(measured)
    if not parts["accuracy"].met:
        yield from _more_accurate(measured, diagnosis)
    if _may_quantize(measured) and floating > FLOAT_SHARE * (integer + floating):
        yield Finding("try_int8_kernels", {"float_nodes": floating, "nodes": integer + floating})
    elif diagnosis.float_fallbacks:
        names = _named(diagnosis.float_fallbacks)
        yield Finding("try_float_fallbacks", {"float_nodes": len(diagnosis.float_fallbacks), "names": names})
    if diagnosis.dead_qdq:
        yield Finding("try_dead_qdq", {"pairs": len(diagnosis.dead_qdq), "names": _named(diagnosis.dead_qdq)})
    if "size" in parts and not parts["size"].met:
        yield from _smaller(measured, diagnosis)
    if "latency" in parts and not parts["latency"].met:
        yield from _faster(measured, parts["latency"])


def _faster(measured: Measured, part: ScorePart) -> Iterator[Finding]:
    """Where the time goes: on the board that the target names, or in the kernels of this machine."""
    integer, floating = _computing(measured)
    device = next((one for one in measured.devices if one.title == part.device), None)
    if device is None:
        if not floating:
            yield Finding("try_uint8_activations")
        return
    if nodes := _ranges_measured(measured):
        yield Finding("try_static_on_device", {"nodes": nodes, "device": device.title})
    if integer and not device.has_dot_product:
        named = {"device": device.title, "core": device.core}
        yield Finding("try_dot_product", {**named, "percent": 100 / device.instruction_gain})
    elif not floating:
        counted = {"nodes": len(measured.inspection.nodes), "moving": len(measured.inspection.nodes) - integer}
        yield Finding("try_fewer_operations", {"device": device.title, **counted})


def _more_accurate(measured: Measured, diagnosis: Diagnosis) -> Iterator[Finding]:
    """Where accuracy is lost: the layer at which noise rises most, and the one whose weights need their bits most."""
    if measured.quantized_by == "grader":
        yield Finding("try_equalisation")
    layer = _steepest(diagnosis)
    if layer is not None:
        name, weights_db, output_db = layer
        code = "try_activations" if weights_db > LITTLE_NOISE_DB else "try_weights"
        ratios = {"weights_db": weights_db, "output_db": output_db}
        yield Finding(code, {"name": name, **ratios, "names": _named(diagnosis.worst)})
    elif diagnosis.layers:
        yield Finding("try_training")
    if diagnosis.sensitivity and (layer is not None or not diagnosis.layers):
        fragile = min(diagnosis.sensitivity, key=lambda one: one.int4_sqnr_db)
        yield _sensitive(fragile)


def _sensitive(layer: LayerSensitivity) -> Finding:
    costs: dict[str, str | int | float] = {"name": layer.name, "output_db": layer.int4_sqnr_db}
    if layer.int4_changed is None:
        return Finding("try_noisy_layer", costs)
    return Finding("try_sensitive_layer", {**costs, "changed_percent": 100 * layer.int4_changed})


def _steepest(diagnosis: Diagnosis) -> tuple[str, float, float] | None:
    """Name, weights and output in dB of the layer whose output falls most below all before it; None without layers.

    Every layer hands its noise on, so the noisiest output is as a rule the last one, and not the cause.
    """
    lowest, falls = LITTLE_NOISE_DB, {}
    for layer in diagnosis.layers:
        if layer.weights_sqnr_db is not None and layer.output_sqnr_db is not None:
            falls[layer.name, layer.weights_sqnr_db, layer.output_sqnr_db] = lowest - layer.output_sqnr_db
            lowest = min(lowest, layer.output_sqnr_db)
    return max(falls, key=falls.__getitem__, default=None)


def _smaller(measured: Measured, diagnosis: Diagnosis) -> Iterator[Finding]:
    """Where the bytes are: float weights first, then everything that is not a weight."""
    by_dtype = measured.inspection.bytes_by_dtype
    payload, floats = sum(by_dtype.values()), by_dtype.get("float32", 0)
    if _may_quantize(measured) and floats > FLOAT_SHARE * payload:
        yield Finding("try_float_weights", {"float_percent": 100 * floats / payload})
    yield from _stored_as_numbers(measured, diagnosis)
    if diagnosis.ledger and diagnosis.ledger.duplicates:
        names = _named(diagnosis.ledger.duplicates)
        yield Finding("try_duplicates", {"duplicate_bytes": diagnosis.ledger.duplicate_bytes, "names": names})
    if _may_quantize(measured):
        yield from _fewer_bits(diagnosis)
    overhead = measured.inspection.size_bytes - payload
    if overhead > payload / 4:
        yield Finding("try_overhead", {"overhead_bytes": overhead, "size_bytes": measured.inspection.size_bytes})
    zeros = measured.inspection.parameters - measured.inspection.nonzero_parameters
    if zeros > SPARSE_SHARE * measured.inspection.parameters:
        yield Finding("try_structured", {"zero_percent": 100 * zeros / measured.inspection.parameters})


def _stored_as_numbers(measured: Measured, diagnosis: Diagnosis) -> Iterator[Finding]:
    """Tensors that take more bytes than their elements, because protobuf holds them as numbers of variable length."""
    if diagnosis.ledger is None or measured.quantized_by == "grader":
        return
    elements = sum(measured.inspection.bytes_by_dtype.values())
    wasted = sum(diagnosis.ledger.tensor_bytes.values()) + diagnosis.ledger.duplicate_bytes - elements
    if wasted > WASTE_SHARE * elements:
        yield Finding("try_raw_data", {"wasted_bytes": wasted})


def _fewer_bits(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Layers that are stored in 8 bits or more although int4 alone changes no answer."""
    wide = {layer.name for layer in diagnosis.layers if layer.bits is not None and layer.bits >= 8}
    sturdy = [one for one in diagnosis.sensitivity if one.name in wide and one.int4_changed == 0]
    total = sum(one.elements for one in diagnosis.sensitivity)
    if sturdy:
        sturdy.sort(key=lambda one: one.elements, reverse=True)
        percent = 100 * sum(one.elements for one in sturdy) / total
        names = _named(one.name for one in sturdy)
        yield Finding("try_fewer_bits", {"layers": len(sturdy), "weight_percent": percent, "names": names})


def _may_quantize(measured: Measured) -> bool:
    """Whether the rules leave quantizing to the candidate."""
    return all(rule.kind != "float" for rule in measured.rules if rule.name == "weights")


def _computing(measured: Measured) -> tuple[int, int]:
    kinds = [node.precision for node in measured.inspection.nodes]
    return sum(kind.startswith("int") for kind in kinds), kinds.count("float")


def _named(names: Iterable[str]) -> str:
    """The first few names; what follows is left to the report's tables."""
    given = list(names)
    return ", ".join(given[:NAMED]) + (" …" if len(given) > NAMED else "")
