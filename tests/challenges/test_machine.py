"""The classes of CPU that have a latency par of their own."""

import pytest

from challenges.machine import MachineClass, machine_class


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx2", "avx512f", "avx512_vnni"}, MachineClass.VNNI),
        ({"avx2", "avx_vnni"}, MachineClass.VNNI),
        ({"avx2", "avx512f"}, MachineClass.AVX512),
        ({"avx2", "fma"}, MachineClass.AVX2),
        (set(), MachineClass.AVX2),
    ],
)
def test_the_class_follows_from_the_flags(flags: set[str], expected: MachineClass) -> None:
    assert machine_class(frozenset(flags)) is expected
