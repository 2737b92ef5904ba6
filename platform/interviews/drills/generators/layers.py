"""Multiply-accumulates and parameters of layers, and what an output sees. The arithmetic is grader.cost.layers."""

from math import prod
from random import Random

from grader.cost import layers
from grader.cost.layers import Attention, Convolution, depthwise_separable
from interviews.drills.problem import EXACTLY, Number, Problem, decimals, digits, figures, number

MILLION = 1e6
WIDTHS = ((384, 6), (512, 8), (768, 12), (1024, 16), (2048, 32))
Stack = list[tuple[int, int, int]]


def convolution(rng: Random) -> Problem:
    """Output size, parameters and multiply-accumulates."""
    size, layer = rng.choice([28, 32, 56, 64, 112]), a_convolution(rng)
    k, weights, groups = layer.kernel, layer.parameters, layer.groups
    ins, outs = layer.in_channels, layer.out_channels
    one_filter = prod(layer.weight_shape[1:])
    return Problem(
        given=figures(
            ins=ins, outs=outs, kernel=k, stride=layer.stride, padding=layer.padding, groups=groups, size=size
        ),
        asked={
            "out": size_asked(layer, size),
            "parameters": number(weights, no_groups=weights * groups, one_filter=one_filter, one_input=outs * k**2),
            "macs": macs_asked(layer, size),
        },
        extra=figures(
            numerator=size + 2 * layer.padding - k,
            inputs=ins // groups,
            positions=layer.output_size(size) ** 2,
            exact=layer.macs(size, size),
        ),
    )


def a_convolution(rng: Random) -> Convolution:
    """Its channels, kernel, stride, padding and groups."""
    kernel = rng.choice([3, 5, 7])
    return Convolution(
        in_channels=rng.choice([16, 24, 32, 48, 64]),
        out_channels=rng.choice([32, 64, 96, 128]),
        kernel=kernel,
        stride=rng.choice([1, 2]),
        padding=rng.choice([kernel // 2, kernel // 2, 0]),
        groups=rng.choice([1, 1, 2, 4]),
    )


def size_asked(layer: Convolution, size: int) -> Number:
    """The output size, and what one gets if one part of the formula is left out."""
    reach, stride = size + 2 * layer.padding - layer.kernel, layer.stride
    no_padding = (size - layer.kernel) // stride + 1
    return number(layer.output_size(size), no_padding=no_padding, no_one=reach // stride, no_stride=reach + 1)


def macs_asked(layer: Convolution, size: int) -> Number:
    """The multiply-accumulates, and what one gets from the wrong positions, without groups, or in FLOP."""
    macs, at_inputs = layer.macs(size, size) / MILLION, layer.parameters * size**2 / MILLION
    return number(macs, digits(3), "MMAC", input_positions=at_inputs, no_groups=macs * layer.groups, flop=2 * macs)


def separable(rng: Random) -> Problem:
    """A standard convolution against a depthwise separable one of the same shape."""
    size, k = rng.choice([14, 28, 56, 112]), rng.choice([3, 3, 5])
    ins, outs = rng.choice([32, 48, 64, 96, 128, 256]), rng.choice([64, 96, 128, 192, 256, 512])
    whole = Convolution(in_channels=ins, out_channels=outs, kernel=k, padding=k // 2)
    standard, *parts = (
        layer.macs(size, size) / MILLION for layer in (whole, *depthwise_separable(ins, outs, k, padding=k // 2))
    )
    (depth, point), total = parts, sum(parts)
    ratio, filters = standard / total, whole.parameters / MILLION
    return Problem(
        given=figures(size=size, kernel=k, ins=ins, outs=outs),
        asked={
            "standard": number(standard, digits(3), "MMAC", flop=2 * standard, one_position=filters),
            "separable": number(total, digits(3), "MMAC", depthwise_only=depth, pointwise_only=point, flop=2 * total),
            "ratio": number(ratio, decimals(2), kernel_squared=k**2, inverse=1 / ratio, outputs=outs),
        },
        extra=figures(positions=size**2, depth=depth, point=point, exact=standard, sum=total),
    )


def attention(rng: Random) -> Problem:
    """Parameters and multiply-accumulates of one attention block, with fewer key and value heads or as many."""
    (width, heads), tokens = rng.choice(WIDTHS), rng.choice([64, 96, 128, 196, 256, 384, 512, 768, 1024])
    block = Attention(width=width, heads=heads, kv_heads=heads // rng.choice([n for n in (1, 2, 4) if not heads % n]))
    exact = block.parameters, block.projection_macs(tokens), block.score_macs(tokens)
    weights, projections, scores = (count / MILLION for count in exact)
    square, full = width**2 / MILLION, tokens * 4 * width**2 / MILLION
    by_head, linear = scores * heads, 2 * tokens * width / MILLION
    return Problem(
        given=figures(width=width, heads=heads, kv_heads=block.kv_heads, tokens=tokens),
        asked={
            "parameters": number(weights, digits(3), "M", full_kv=4 * square, no_output=weights - square),
            "projections": number(projections, digits(3), "MMAC", full_kv=full, flop=2 * projections),
            "scores": number(scores, digits(3), "MMAC", one_product=scores / 2, by_head=by_head, linear=linear),
        },
        extra=figures(head_size=width // heads, kv_width=block.kv_width)
        | figures(exact_parameters=exact[0], exact_projections=exact[1], exact_scores=exact[2]),
    )


def field_of_a_stack(rng: Random) -> Problem:
    """Receptive field and total stride of four or five layers."""
    layer_count = rng.choice([4, 5])
    stack = [(rng.choice([3, 3, 5, 7]), rng.choice([1, 2]), rng.choice([1, 1, 2])) for _ in range(layer_count)]
    strides = [stride for _k, stride, _d in stack]
    field, total = layers.receptive_field(stack), prod(strides)
    return Problem(
        given=figures(rows="\n".join(f"| {at} | {k}×{k} | {s} | {d} |" for at, (k, s, d) in enumerate(stack, 1))),
        asked={
            "field": number(field, EXACTLY, "", **wrong_fields(stack)),
            "stride": number(total, sum=sum(strides), largest=max(strides)),
        },
        extra=figures(terms=" + ".join(terms(stack)), strides=" × ".join(map(str, strides))),
    )


def wrong_fields(stack: Stack) -> dict[str, float]:
    """The receptive field by methods that forget something."""
    kernels, strides, dilations = zip(*stack, strict=True)
    after = zip(kernels, (*strides[1:], 1), dilations, strict=True)  # a layer's own stride counted in its own jump
    return {
        "no_stride": layers.receptive_field([(k, 1, d) for k, _s, d in stack]),
        "no_dilation": layers.receptive_field([(k, s, 1) for k, s, _d in stack]),
        "own_stride": 1 + strides[0] * (layers.receptive_field(after) - 1),
        "kernels": sum(kernels),
    }


def terms(stack: Stack) -> list[str]:
    """What each layer adds to the field."""
    jumps = [prod(stride for _k, stride, _d in stack[:at]) for at in range(len(stack))]
    return [f"{kernel - 1}×{dilation}×{jump}" for (kernel, _s, dilation), jump in zip(stack, jumps, strict=True)]
