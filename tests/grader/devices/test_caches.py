"""The counter's data caches, against a small model of the same in Python, on addresses that hypothesis chooses."""

import struct
from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.devices.kernels import Built, Case, run_kernel
from grader.devices.lab import Lab
from grader.devices.targets import CacheModel, Device
from grader.sandbox.base import Sandbox
from tests.grader.devices.kernels import JETSON, PI4, PI5, RISCV, Kernels, kernel

pytestmark = pytest.mark.sandbox
LINE, WIDTH, MOST, REGION = 64, 8, 4096, 1 << 20
READER = kernel(
    """for (int at = 0; at < MOST; at++) places[at] = ((const int *)input)[at];
    sweep(before);
    for (int at = 0; at < size; at++) (void)*(volatile const long *)(region + places[at]);
    sweep(after);
    output[0] = 1;""",
    f"""enum {{ MOST = {MOST}, LARGE = 4 << 20 }};
    alignas(65536) static volatile int places[MOST];
    alignas(65536) static uint8_t region[{REGION}], before[LARGE], after[LARGE];
    __attribute__((noinline)) static void sweep(const uint8_t *bytes) {{
        for (int at = 0; at < LARGE; at += 64) (void)*(volatile const uint8_t *)(bytes + at);
    }}""",
)
"""Fills both caches with lines of no interest, reads at the places that it is given, and fills them again."""


class Cache:
    """Sets of lines, the least recently used of which goes."""

    def __init__(self, model: CacheModel) -> None:
        self.ways = model.ways
        self.sets = [OrderedDict[int, None]() for _ in range(model.size_bytes // LINE // model.ways)]

    def misses(self, line: int) -> bool:
        """Touch a line."""
        lines = self.sets[line % len(self.sets)]
        missed = line not in lines
        lines[line] = None
        lines.move_to_end(line)
        if len(lines) > self.ways:
            lines.popitem(last=False)
        return missed


def expected_misses(places: Iterable[int], device: Device) -> tuple[int, int]:
    """Misses of both caches. The list itself is read along, from addresses that lie apart from the region."""
    level1, level2 = Cache(device.level1), Cache(device.level2)
    found = [0, 0]
    for index, place in enumerate(places):
        for first, width in ((4 * index - (1 << 30), 4), (place, WIDTH)):
            for line in range(first // LINE, (first + width - 1) // LINE + 1):
                if level1.misses(line):
                    found[0] += 1
                    found[1] += level2.misses(line)
    return found[0], found[1]


@pytest.fixture(scope="module", params=[PI4, PI5, JETSON, RISCV], ids=lambda device: device.name)
def device(request: pytest.FixtureRequest) -> Device:
    """Each of the lab's."""
    found: Device = request.param
    return found


@pytest.fixture(scope="module")
def reader(device: Device, lab: Lab, sandbox: Sandbox) -> Built:
    """The program, compiled once."""
    return Kernels(lab, sandbox).build(READER, device)


strides = st.builds(
    lambda start, step, count: [(start + step * at) % (REGION - WIDTH) for at in range(count)],
    st.integers(0, REGION - 1),
    st.sampled_from([0, 1, 8, 60, 64, 4096, 16384, 65536, 65600, -64]),
    st.integers(1, 300),
)
scattered = st.lists(st.integers(0, REGION - WIDTH - 1), max_size=200)
patterns = st.lists(st.one_of(strides, scattered), min_size=1, max_size=6).map(lambda parts: [*chain(*parts)])


def check(places: list[int], device: Device, built: Built, lab: Lab, sandbox: Sandbox) -> None:
    """Compare the misses of a run with those of one that reads nothing."""
    data = struct.pack(f"<{MOST}i", *places, *[0] * (MOST - len(places)))
    some, none = (
        run_kernel(built, [Case((size,), data, 1)], device, lab, sandbox).emulated.between for size in (len(places), 0)
    )

    more = some - none

    assert (more.level1_misses, more.level2_misses) == expected_misses(places, device)


def test_misses_are_those_of_the_model(device: Device, reader: Built, lab: Lab, sandbox: Sandbox) -> None:
    conflicts = [65536 * (at % 3) for at in range(30)]  # three lines of one set
    rows = [stride * at % (REGION - WIDTH) for stride in (8, 60, 4096, 65600) for at in range(400)]
    again = list(range(0, 48 << 10, 64)) * 2  # more than the smaller caches hold

    check([*conflicts, *rows, *again, *conflicts], device, reader, lab, sandbox)


@pytest.mark.long
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=patterns)
def test_misses_are_those_of_the_model_for_any_addresses(
    places: list[int], device: Device, reader: Built, lab: Lab, sandbox: Sandbox
) -> None:
    check(places, device, reader, lab, sandbox)
