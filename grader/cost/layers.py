"""Multiply-accumulates and parameters of layers, and what an output sees of the input."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def convolution_macs(output_elements: int, weight_shape: Sequence[int]) -> int:
    """Multiply-accumulates of a convolution: output elements · (C_in / groups) · kernel height · kernel width.

    weight_shape: [C_out, C_in / groups, height, width], as ONNX has it. The bias is not counted.
    """
    return output_elements * math.prod(weight_shape[1:])


def product_macs(output_elements: int, inner: int) -> int:
    """Multiply-accumulates of a matrix product [..., m, inner] · [..., inner, n]: output elements · inner."""
    return output_elements * inner


def contraction_macs(equation: str, shapes: Sequence[Sequence[int]]) -> int:
    """Multiply-accumulates of an Einsum: the product of the sizes of all its indices, such as 2·3·4 for "ij,jk->ik".

    The axes that an ellipsis stands for are indices as well, counted from the right. An index of size 1 is stretched.
    """
    sizes: dict[str, int] = {}
    for term, shape in zip(equation.replace(" ", "").partition("->")[0].split(","), shapes, strict=True):
        for index, size in zip(_indices(term, len(shape)), shape, strict=True):
            sizes[index] = max(sizes.get(index, 1), size)
    return math.prod(sizes.values())


def _indices(term: str, dimensions: int) -> list[str]:
    """One name for each axis: "...ij" of four dimensions is "2", "1", "i", "j"."""
    before, dots, behind = term.partition("...")
    spread = dimensions - len(before) - len(behind) if dots else 0
    return [*before, *(str(axis) for axis in range(spread, 0, -1)), *behind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """A convolution with a square kernel. groups = in_channels = out_channels makes it depthwise."""

    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    bias: bool = False

    def __post_init__(self) -> None:
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError("groups must divide the channels")

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """[C_out, C_in / groups, kernel, kernel]."""
        return self.out_channels, self.in_channels // self.groups, self.kernel, self.kernel

    @property
    def parameters(self) -> int:
        """Weights, and one bias for each output channel if there is any."""
        return math.prod(self.weight_shape) + self.bias * self.out_channels

    def output_size(self, size: int) -> int:
        """Rows (or columns) that come out of `size`: floor((size + 2 · padding - kernel) / stride) + 1.

        Source: Dumoulin and Visin 2016, arXiv:1603.07285, relationship 6.
        """
        return (size + 2 * self.padding - self.kernel) // self.stride + 1

    def output_elements(self, height: int, width: int) -> int:
        """Elements of the output at batch 1."""
        return self.out_channels * self.output_size(height) * self.output_size(width)

    def macs(self, height: int, width: int) -> int:
        """Multiply-accumulates at batch 1, padding counted as if it were data; height, width: of the input."""
        return convolution_macs(self.output_elements(height, width), self.weight_shape)


def depthwise_separable(
    in_channels: int, out_channels: int, kernel: int, *, stride: int = 1, padding: int = 0
) -> tuple[Convolution, Convolution]:
    """A depthwise convolution and the 1x1 convolution behind it. Source: Howard et al. 2017, arXiv:1704.04861."""
    depthwise = Convolution(
        in_channels=in_channels,
        out_channels=in_channels,
        kernel=kernel,
        stride=stride,
        padding=padding,
        groups=in_channels,
    )
    return depthwise, Convolution(in_channels=in_channels, out_channels=out_channels, kernel=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Self-attention with four projections (query, key, value, output) and no bias.

    kv_heads below heads is grouped-query attention. Sources: Vaswani et al. 2017, arXiv:1706.03762; Ainslie et al.
    2023, arXiv:2305.13245.
    """

    width: int
    heads: int
    kv_heads: int

    def __post_init__(self) -> None:
        if self.width % self.heads or self.heads % self.kv_heads:
            raise ValueError("heads must divide the width, and kv_heads the heads")

    @property
    def kv_width(self) -> int:
        """Features of all keys, or all values, of one token."""
        return self.width // self.heads * self.kv_heads

    @property
    def parameters(self) -> int:
        """Query and output: width² each; key and value: width · kv_width each."""
        return 2 * self.width**2 + 2 * self.width * self.kv_width

    def projection_macs(self, tokens: int) -> int:
        """Multiply-accumulates of the four projections: each token meets each parameter once."""
        return tokens * self.parameters

    def score_macs(self, tokens: int) -> int:
        """Multiply-accumulates of Q·Kᵀ and of the scores times V, without a causal mask: 2 · tokens² · width."""
        return 2 * product_macs(tokens**2 * self.heads, self.width // self.heads)

    def macs(self, tokens: int) -> int:
        """All of them; softmax and scaling are not counted."""
        return self.projection_macs(tokens) + self.score_macs(tokens)


def receptive_field(layers: Iterable[tuple[int, int, int]]) -> int:
    """Input positions along one axis that one output position sees: 1 + Σ (kernel - 1) · dilation · jump.

    layers: (kernel, stride, dilation), first layer first; jump is the product of the strides before a layer.
    Source: Araujo et al. 2019, Distill, doi:10.23915/distill.00021, equation 2.
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * jump
        jump *= stride
    return field
