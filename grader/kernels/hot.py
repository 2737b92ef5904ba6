"""The hot loop: where most instructions of a kernel were, as the compiler wrote them, with how often each ran."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from grader.devices.compiler import disassemble
from grader.devices.emulator import Block
from grader.devices.targets import Device
from grader.kernels.facts import HotBlock
from grader.sandbox.base import Sandbox

SHOWN = 6
SHARE = 0.02  # of all instructions between the marks; less is not hot
LONGEST_INSTRUCTION = 4
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(.+)$")
TEXT_CHARS = 100


def hot_blocks(program: bytes, blocks: Sequence[Block], device: Device, sandbox: Sandbox) -> tuple[HotBlock, ...]:
    """The hottest blocks in the order of the program."""
    runs = Counter[tuple[int, int]]()
    for block in blocks:  # the emulator may have translated one more than once
        runs[block.address, block.instructions] += block.runs
    total = sum(size * count for (_, size), count in runs.items())
    by_work = sorted(runs, key=lambda key: -key[1] * runs[key])[:SHOWN]
    hot = [key for key in by_work if key[1] * runs[key] >= SHARE * total]
    return tuple(
        HotBlock(
            address=address,
            runs=runs[address, size],
            share=size * runs[address, size] / total,
            instructions=tuple(_instructions(program, address, size, device, sandbox)),
        )
        for address, size in sorted(hot)
    )


def _instructions(program: bytes, address: int, size: int, device: Device, sandbox: Sandbox) -> Iterator[str]:
    text = disassemble(program, address, address + LONGEST_INSTRUCTION * size, device, sandbox)
    found = filter(None, map(LINE.match, text.splitlines()))
    for _, match in zip(range(size), found, strict=False):
        yield " ".join(match[2].split())[:TEXT_CHARS]
