"""Bytes: sparse weights, live activations and the KV cache. The arithmetic is grader.cost.memory and packing."""

from random import Random

from grader.cost.memory import Step, kv_cache_bytes, live_bytes, peak_live_bytes, stored_bytes
from grader.quantization.packing import mask_break_even, masked_bytes
from interviews.drills.problem import EXACTLY, Problem, decimals, digits, figures, number, plain

KIB, MIB = 2**10, 2**20
DECODERS = ((16, 32, 8, 64), (24, 14, 2, 64), (26, 8, 4, 256), (28, 12, 2, 128), (28, 24, 8, 128), (32, 32, 32, 96))
TYPES = {"int8": 8, "float16": 16, "float32": 32}
Rows = list[tuple[str, str, str]]


def bitmask(rng: Random) -> Problem:
    """A pruned layer stored as a mask and the weights that are left."""
    ins, outs, kernel = rng.choice([64, 128, 256]), rng.choice([128, 256, 512]), rng.choice([1, 3])
    percent, bits = rng.choice([30, 40, 50, 60, 70, 75, 80, 90]), rng.choice([4, 8, 16])
    elements = ins * outs * kernel**2
    kept = elements * (100 - percent) // 100
    masked, swapped = masked_bytes(elements, kept, bits), masked_bytes(elements, elements - kept, bits)
    mask, values, dense = stored_bytes(elements, 1), stored_bytes(kept, bits), stored_bytes(elements, bits)
    wrong = {"no_mask": values, "byte_mask": elements + values, "swapped": swapped}
    even = 100 * mask_break_even(bits)
    return Problem(
        given=figures(elements=elements, percent=percent, kept=kept, bits=bits),
        asked={
            "size": number(masked / KIB, digits(3), "KiB", **{name: size / KIB for name, size in wrong.items()}),
            "ratio": number(dense / masked, decimals(2), no_mask=dense / values, inverse=masked / dense),
            "even": number(even, unit="%", complement=100 - even, half=50),
        },
        extra=figures(mask=mask, values=values, masked=masked, dense=dense),
    )


def inverted_residual(rng: Random) -> tuple[Rows, dict[str, int]]:
    """Rows (operation, reads, writes) and the channels of each value: MobileNetV2's block."""
    width = rng.choice([16, 24, 32, 64])
    wide = width * rng.choice([4, 6])
    rows = [("Conv 1×1", "x", "a"), ("Depthwise 3×3", "a", "b"), ("Conv 1×1", "b", "c"), ("Add", "x c", "y")]
    return rows, {"x": width, "a": wide, "b": wide, "c": width, "y": width}


def bottleneck(rng: Random) -> tuple[Rows, dict[str, int]]:
    """The same for ResNet's bottleneck."""
    width = rng.choice([32, 48, 64, 128])
    rows = [("Conv 1×1", "x", "a"), ("Conv 3×3", "a", "b"), ("Conv 1×1", "b", "c"), ("Add", "x c", "y")]
    return rows, {"x": 4 * width, "a": width, "b": width, "c": 4 * width, "y": 4 * width}


def dense_block(rng: Random) -> tuple[Rows, dict[str, int]]:
    """The same for a block that keeps its input for a concatenation."""
    width, growth = rng.choice([32, 48, 64]), rng.choice([16, 24, 32])
    rows = [("Conv 1×1", "x", "a"), ("Conv 3×3", "a", "b"), ("Concat", "x b", "y"), ("Conv 1×1", "y", "z")]
    return rows, {"x": width, "a": 4 * width, "b": growth, "y": width + growth, "z": width}


def peak(rng: Random) -> Problem:
    """The most that is alive at once in a block with a shortcut."""
    rows, channels = rng.choice([inverted_residual, bottleneck, dense_block])(rng)
    size, dtype = rng.choice([14, 28, 56]), rng.choice([*TYPES])
    stored = {name: stored_bytes(width * size**2, TYPES[dtype]) for name, width in channels.items()}
    steps = [Step(tuple(reads.split()), {writes: stored[writes]}) for _op, reads, writes in rows]
    alive = live_bytes(steps, {"x": stored["x"]}, [rows[-1][2]])
    wrong = {
        "no_shortcut": forgetful_peak(steps, stored["x"], rows[-1][2]),
        "everything": sum(stored.values()),
        "largest": max(stored.values()),
    }
    shapes = {name: f"{width}×{size}×{size}" for name, width in channels.items()}
    return Problem(
        given=figures(rows=operations(rows, shapes), input=shapes["x"], dtype=dtype, bytes=TYPES[dtype] // 8),
        asked={
            "peak": number(max(alive) / KIB, EXACTLY, "KiB", **{name: most / KIB for name, most in wrong.items()}),
            "step": number(alive.index(max(alive)) + 1),
        },
        extra=figures(
            sizes=", ".join(f"{name} = {plain(most / KIB)}" for name, most in stored.items()),
            alive="\n".join(f"| {at} | {plain(most / KIB)} |" for at, most in enumerate(alive, 1)),
        ),
        is_clear=alive.count(max(alive)) == 1,
    )


def operations(rows: Rows, shapes: dict[str, str]) -> str:
    """The rows of the table that the statement shows."""
    named = ((at, op, ", ".join(reads.split()), writes) for at, (op, reads, writes) in enumerate(rows, 1))
    return "\n".join(f"| {at} | {op} | {reads} | {writes} | {shapes[writes]} |" for at, op, reads, writes in named)


def forgetful_peak(steps: list[Step], input_bytes: int, last: str) -> int:
    """The peak if one frees the shortcut after its first use and forgets that it is read again."""
    freed = [steps[0], *(Step(tuple(name for name in step.reads if name != "x"), step.writes) for step in steps[1:])]
    return peak_live_bytes(freed, {"x": input_bytes}, [last])


def kv_cache(rng: Random) -> Problem:
    """Keys and values of one sequence."""
    layers, heads, kv_heads, head_size = rng.choice(DECODERS)
    tokens, bits = 512 * rng.randrange(1, 17), rng.choice([8, 16])
    one, total = (kv_cache_bytes(layers, kv_heads, head_size, count, bits) for count in (1, tokens))
    factors = {"keys_only": 1 / 2, "all_heads": heads / kv_heads, "one_layer": 1 / layers}
    by_token = {name: factor * one / KIB for name, factor in factors.items()}
    in_all = {name: factor * total / MIB for name, factor in factors.items()}
    return Problem(
        given=figures(layers=layers, heads=heads, kv_heads=kv_heads, head_size=head_size, tokens=tokens, bits=bits),
        asked={
            "one": number(one / KIB, digits(3), "KiB", **by_token),
            "total": number(total / MIB, digits(3), "MiB", **in_all, megabytes=total / 1e6),
        },
        extra=figures(bytes=bits // 8, one_bytes=one, total_bytes=total),
    )
