"""Every drill solved another way than its generator solves it, from nothing but what the reader is given."""

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

from interviews.drills.problem import Problem

Solution = Mapping[str, float | str]


def figure(text: str) -> float:
    """A number as it is printed."""
    return float(text.replace("−", "-").replace(",", ""))


def cells(text: str) -> list[float]:
    """Numbers between bars or commas that stand apart."""
    return [figure(cell) for cell in re.split(r" \| |, ", text)]


def rows(text: str) -> list[list[str]]:
    """A printed table."""
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines()]


class Given(dict[str, str]):
    """What the reader sees, as numbers."""

    def __getattr__(self, name: str) -> float:
        return figure(self[name])


def seen_in(problem: Problem) -> Given:
    """The figures of the statement; `items` is a method of dictionaries."""
    return Given({{"items": "items_"}.get(name, name): text for name, text in problem.given.items()})


def scale_and_zero_point(seen: Given) -> Solution:
    scale = (Fraction(seen.high) - Fraction(seen.low)) / 255
    return {"scale": float(scale), "zero_point": round(-Fraction(seen.low) / scale)}


@cache
def linear_session() -> ort.InferenceSession:
    """ONNX Runtime's own QuantizeLinear and DequantizeLinear."""
    inputs = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("scale", TensorProto.FLOAT, []),
        helper.make_tensor_value_info("zero", TensorProto.INT8, []),
    ]
    outputs = [
        helper.make_tensor_value_info("q", TensorProto.INT8, [1]),
        helper.make_tensor_value_info("back", TensorProto.FLOAT, [1]),
    ]
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["back"]),
    ]
    graph = helper.make_graph(nodes, "there-and-back", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return ort.InferenceSession(model.SerializeToString())


def quantize_and_dequantize(seen: Given) -> Solution:
    feeds = {
        "x": np.array([seen.x], np.float32),
        "scale": np.array(seen.scale, np.float32),
        "zero": np.array(seen.zero_point, np.int8),
    }
    q, back = linear_session().run(None, feeds)
    return {"q": int(q[0]), "restored": float(back[0]), "error": abs(float(back[0]) - seen.x)}


def per_channel(seen: Given) -> Solution:
    first, second = cells(seen["first"]), cells(seen["second"])

    def largest_error(scale: Fraction) -> float:
        return float(max(abs(min(max(round(w / scale), -7), 7) * scale - w) for w in map(exact, second)))

    whole = max(abs(exact(w)) for w in first + second) / 7
    own = max(abs(exact(w)) for w in second) / 7
    return {
        "tensor_scale": float(whole),
        "tensor_error": largest_error(whole),
        "channel_scale": float(own),
        "channel_error": largest_error(own),
    }


def exact(value: float) -> Fraction:
    """The decimal fraction that was printed."""
    return Fraction(str(value))


def int4_groups(seen: Given) -> Solution:
    nibbles, groups_a_row = int(seen.rows * seen.columns), int(seen.columns / seen.group)
    packed = len(np.packbits(np.zeros(4 * int(seen.columns), np.bool_))) * int(seen.rows)
    scales = np.broadcast_to(np.float16(0), (int(seen.rows), groups_a_row)).nbytes
    return {"total": (packed + scales) / 1024 / 1024, "bits": (packed + scales) * 8 / nibbles}


def convolution(seen: Given) -> Solution:
    padded = int(seen.size + 2 * seen.padding)
    places = len(range(0, padded - int(seen.kernel) + 1, int(seen.stride)))
    weights = np.broadcast_to(np.int8(0), [int(seen.outs), int(seen.ins / seen.groups), *[int(seen.kernel)] * 2]).size
    return {"out": places, "parameters": weights, "macs": weights * places * places / 1e6}


def depthwise_separable(seen: Given) -> Solution:
    share = Fraction(1, int(seen.outs)) + Fraction(1, int(seen.kernel) ** 2)  # of the paper, equation 5
    standard = int(seen.kernel) ** 2 * int(seen.ins) * int(seen.outs) * int(seen.size) ** 2
    return {"standard": standard / 1e6, "separable": float(standard * share / 10**6), "ratio": float(1 / share)}


def attention(seen: Given) -> Solution:
    """Every matrix product as (rows, inner, columns), one by one and head by head."""
    tokens, width, head = int(seen.tokens), int(seen.width), int(seen.width / seen.heads)
    matrices = [(width, width), (width, head * int(seen.kv_heads)), (width, head * int(seen.kv_heads)), (width, width)]
    by_head = [(tokens, head, tokens), (tokens, tokens, head)] * int(seen.heads)
    return {
        "parameters": sum(ins * outs for ins, outs in matrices) / 1e6,
        "projections": sum(tokens * ins * outs for ins, outs in matrices) / 1e6,
        "scores": sum(math.prod(shape) for shape in by_head) / 1e6,
    }


def receptive_field(seen: Given) -> Solution:
    reached, start = {0}, {0, 1}
    for _at, kernel, stride, dilation in reversed(rows(seen["rows"])):
        taps = [tap * int(dilation) for tap in range(int(kernel.split("×")[0]))]
        reached = {at * int(stride) + tap for at in reached for tap in taps}
        start = {at * int(stride) for at in start}
    return {"field": max(reached) - min(reached) + 1, "stride": max(start)}


def roofline(seen: Given) -> Solution:
    moved = seen.weights + seen.ins + seen.outs
    arithmetic_us, memory_us = seen.macs / (seen.peak * 1e6), moved / (seen.bandwidth * 1e3)
    bound = "memory" if seen.macs / moved < 1000 * seen.peak / seen.bandwidth else "compute"
    return {"intensity": seen.macs / moved, "bound": bound, "time": sorted([arithmetic_us, memory_us])[1]}


def amdahl(seen: Given) -> Solution:
    part = seen.latency * seen.percent / 100
    after = seen.latency - part + part / seen.speed_up
    return {"whole": seen.latency / after, "after": after, "limit": seen.latency / (seen.latency - part)}


def camera_pipeline(seen: Given) -> Solution:
    """The longest inference, to a thousandth of a millisecond, with which every frame is in time."""
    stages = [seen.capture, seen.before, seen.after, seen.display]
    period, others = 1000 / seen.rate, sum(stages)

    def longest(in_time: Callable[[float], bool]) -> float:
        return (bisect_left(range(200_000), True, key=lambda at: not in_time(at / 1000)) - 1) / 1000

    return {
        "alone": longest(lambda t: others + t <= min(period, seen.budget)),
        "beside": longest(lambda t: max(*stages, t) <= period and others + t <= seen.budget),
        "frames": 1000 / sum([*stages, seen.model]),
    }


def sparsity_bitmask(seen: Given) -> Solution:
    mask = np.zeros(int(seen.elements), np.bool_)
    mask[: int(seen.kept)] = True
    stored = np.packbits(mask).nbytes + np.packbits(np.ones(int(mask.sum() * seen.bits), np.bool_)).nbytes
    smaller = next(zeros for zeros in range(1, 401) if 400 + (400 - zeros) * seen.bits <= 400 * seen.bits)
    return {"size": stored / 1024, "ratio": seen.elements * seen.bits / 8 / stored, "even": smaller / 4}


def peak_memory(seen: Given) -> Solution:
    """Each value with the steps of its life."""
    table = rows(seen["rows"])
    written = {"x": 0} | {name: int(at) for at, _op, _reads, name, _shape in table}
    read = {name: int(at) for at, _op, reads, _name, _shape in table for name in reads.split(", ")}
    shapes = {"x": seen["input"]} | {name: shape for _at, _op, _reads, name, shape in table}
    kib = {name: math.prod(map(int, shape.split("×"))) * seen.bytes / 1024 for name, shape in shapes.items()}
    alive = {
        step: sum(kib[name] for name in kib if written[name] <= step <= read.get(name, len(table)))
        for step in range(1, len(table) + 1)
    }
    worst = max(alive, key=alive.__getitem__)
    return {"peak": alive[worst], "step": worst}


def kv_cache(seen: Given) -> Solution:
    stored = {8: np.int8, 16: np.float16}[int(seen.bits)]
    one = [int(seen.layers), 2, int(seen.kv_heads), int(seen.head_size)]
    token, sequence = (np.broadcast_to(stored(0), [*shape]).nbytes for shape in (one, [*one, int(seen.tokens)]))
    return {"one": token / 2**10, "total": sequence / 2**20}


def battery_life(seen: Given) -> Solution:
    """Joules of one period, and how many periods the battery's joules are."""
    inference_j = seen.active * seen.latency * 1e-6
    period_j = inference_j + seen.idle * seen.every * 1e-3
    periods = seen.capacity * seen.volts * 3.6 / period_j
    return {
        "energy": 1e3 * inference_j,
        "average": 1e3 * period_j / seen.every,
        "hours": periods * seen.every / 3600,
    }


def distillation_loss(seen: Given) -> Solution:
    def probabilities(logits: list[float], temperature: float) -> list[float]:
        powers = [math.e ** (z / temperature) for z in logits]
        return [power / math.fsum(powers) for power in powers]

    teacher, student = cells(seen["teacher"]), cells(seen["student"])
    p, q = probabilities(teacher, seen.temperature), probabilities(student, seen.temperature)
    cross, entropy = (-sum(a * math.log(b) for a, b in zip(p, other, strict=True)) for other in (q, p))
    kl, hard = cross - entropy, -math.log(probabilities(student, 1)[0])
    total = seen.alpha * seen.temperature * seen.temperature * kl + (1 - seen.alpha) * hard
    return {"soft": p[0], "kl": kl, "total": total}


def accuracy_interval(seen: Given) -> Solution:
    """The accuracies from which what was seen is exactly 1.96 standard errors away."""
    p, n, z = seen.right / seen.items_, seen.items_, 1.96
    low, high = sorted(np.roots([1 + z * z / n, -(2 * p + z * z / n), p * p]).real)
    return {"low": 100 * low, "high": 100 * high}


def paired_models(seen: Given) -> Solution:
    """The mean of the differences item by item, and its standard error."""
    counts = [int(figure(seen[name])) for name in ("both", "lost", "won", "neither")]
    differences = np.repeat([0, 1, -1, 0], counts)
    middle, half = differences.mean(), 1.96 * differences.std() / math.sqrt(len(differences))
    ends = {"low": 100 * (middle - half), "high": 100 * (middle + half)}
    return {"drop": 100 * middle, **ends, "differ": "yes" if ends["low"] > 0 else "no"}


SOLVERS: Mapping[str, Callable[[Given], Solution]] = {
    "scale-and-zero-point": scale_and_zero_point,
    "quantize-and-dequantize": quantize_and_dequantize,
    "per-channel": per_channel,
    "int4-groups": int4_groups,
    "convolution": convolution,
    "depthwise-separable": depthwise_separable,
    "attention": attention,
    "receptive-field": receptive_field,
    "roofline": roofline,
    "amdahl": amdahl,
    "camera-pipeline": camera_pipeline,
    "sparsity-bitmask": sparsity_bitmask,
    "peak-memory": peak_memory,
    "kv-cache": kv_cache,
    "battery-life": battery_life,
    "distillation-loss": distillation_loss,
    "accuracy-interval": accuracy_interval,
    "paired-models": paired_models,
}
