"""Which kind of CPU this is, as far as int8 speed goes: par for latency differs between them."""

from enum import StrEnum

from grader.measure.environment import cpu_flags


class MachineClass(StrEnum):
    """CPUs on which the int8 kernels of ONNX Runtime gain about equally much over its fp32 kernels."""

    VNNI = "vnni"  # sums four int8 products per lane in one instruction
    AVX512 = "avx512"  # needs three for it, and its fp32 kernels are fast
    AVX2 = "avx2"  # needs three for it; also assumed where we cannot tell


FLAGS = {MachineClass.VNNI: {"avx512_vnni", "avx_vnni"}, MachineClass.AVX512: {"avx512f"}}


def machine_class(flags: frozenset[str] | None = None) -> MachineClass:
    """The class that a CPU with these flags belongs to; this machine's own flags by default."""
    found = cpu_flags() if flags is None else flags
    return next((kind for kind, any_of in FLAGS.items() if any_of & found), MachineClass.AVX2)
