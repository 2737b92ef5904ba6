"""How many bytes weights take once they are packed below eight bits, with the scales that belong to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedSize:
    """The size of a weight matrix in which every `group_size` weights of a row share one scale."""

    elements: int
    payload_bytes: int
    scale_bytes: int

    @property
    def total_bytes(self) -> int:
        """Packed weights and their scales."""
        return self.payload_bytes + self.scale_bytes

    @property
    def bits_per_weight(self) -> float:
        """What one weight really costs: bits + scale_bits / group_size, where groups fill the rows."""
        return 8 * self.total_bytes / self.elements


def grouped_size(rows: int, columns: int, *, bits: int, group_size: int, scale_bits: int = 16) -> GroupedSize:
    """Size of a [rows, columns] matrix quantized in groups along its rows, symmetric (no zero points stored).

    payload = groups · ceil(group_size · bits / 8) bytes, groups = rows · ceil(columns / group_size): the last group of
    a row is padded, as in ONNX Runtime's MatMulNBits. scale_bits: bits of one scale.
    Raises ValueError unless all are above 0.
    Source: Frantar et al. 2022, arXiv:2210.17323 (grouping); ONNX Runtime, contrib operator MatMulNBits (layout).
    """
    if min(rows, columns, bits, group_size, scale_bits) <= 0:
        raise ValueError("rows, columns, bits, group_size and scale_bits must be above 0")
    groups = rows * -(-columns // group_size)
    return GroupedSize(
        elements=rows * columns,
        payload_bytes=groups * -(-group_size * bits // 8),
        scale_bytes=-(-groups * scale_bits // 8),
    )


def masked_bytes(elements: int, kept: int, bits: int) -> int:
    """Bytes of a sparse tensor stored as one mask bit for each element and the kept values behind one another.

    ceil(elements / 8) + ceil(kept · bits / 8); kept: elements that are not zero. Raises ValueError unless
    0 <= kept <= elements. The layout's own arithmetic; formats that store indices need other bytes.
    """
    if not 0 <= kept <= elements:
        raise ValueError("kept must lie between 0 and elements")
    return -(-elements // 8) + -(-kept * bits // 8)


def mask_break_even(bits: int) -> float:
    """Sparsity from which a masked tensor is smaller than the dense one: 1 + (1 - s) · bits = bits at s = 1 / bits."""
    return 1 / bits


def unpack(packed: npt.NDArray[np.uint8], bits: int) -> npt.NDArray[np.uint8]:
    """The values in each byte, lowest bits first: uint8 [..., n] -> uint8 [..., n · 8 / bits].

    Raises ValueError unless whole values fill a byte. Source: ONNX Runtime, contrib operator MatMulNBits (layout).
    """
    if bits not in (1, 2, 4, 8):
        raise ValueError(f"values of {bits} bits do not fill a byte")
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    values: npt.NDArray[np.uint8] = (packed[..., np.newaxis] >> shifts) & np.uint8(2**bits - 1)
    return values.reshape(*packed.shape[:-1], -1)
