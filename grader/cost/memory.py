"""Bytes that an inference needs: stored tensors, the peak of what is alive, the KV cache."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


def stored_bytes(elements: int, bits: int) -> int:
    """Bytes of packed elements: ceil(elements · bits / 8). Raises ValueError if one of them is below 0."""
    if min(elements, bits) < 0:
        raise ValueError("elements and bits must not be below 0")
    return -(-elements * bits // 8)


@dataclass(frozen=True, slots=True)
class Step:
    """One kernel call: the values that it reads, and the bytes of each value that it writes."""

    reads: tuple[str, ...]
    writes: Mapping[str, int]


def live_bytes(steps: Sequence[Step], inputs: Mapping[str, int], outputs: Collection[str]) -> list[int]:
    """Bytes alive while each step runs: a value lives from the step that writes it to the last one that reads it.

    steps: in order of execution. inputs: bytes of each value that is there from the start. outputs: values that must
    outlive the last step. A step's inputs and outputs are alive together (no in-place reuse); weights do not count.
    """
    last_use = {name: at for at, step in enumerate(steps) for name in step.reads}
    last_use |= dict.fromkeys(outputs, len(steps))
    alive, found = dict(inputs), []
    for at, step in enumerate(steps):
        alive |= step.writes
        found.append(sum(alive.values()))
        alive = {name: size for name, size in alive.items() if last_use.get(name, -1) > at}
    return found


def peak_live_bytes(steps: Sequence[Step], inputs: Mapping[str, int], outputs: Collection[str]) -> int:
    """Largest sum of values alive at once. See `live_bytes`."""
    return max([sum(inputs.values()), *live_bytes(steps, inputs, outputs)])


def kv_cache_bytes(layers: int, kv_heads: int, head_size: int, tokens: int, bits: int) -> int:
    """Bytes of the keys and values of one sequence: 2 · layers · kv_heads · head_size · tokens · bits / 8.

    bits: of one stored element; scales of a quantized cache are not counted.
    Sources: Pope et al. 2022, arXiv:2211.05102; Ainslie et al. 2023, arXiv:2305.13245 (fewer key and value heads).
    """
    return stored_bytes(2 * layers * kv_heads * head_size * tokens, bits)
