"""Rooflines, Amdahl's law and the budget of a pipeline. The arithmetic is grader.cost.roofline."""

from random import Random

from grader.cost.layers import Convolution
from grader.cost.roofline import Bound, amdahl, inference_s, intensity, sequential_s
from interviews.drills.problem import Choice, Number, Problem, decimals, digits, figures, number, written

MS, US = 1e3, 1e6
GIGA, TERA = 1e9, 1e12


def roofline(rng: Random) -> Problem:
    """One int8 convolution on a device whose peaks are given."""
    layer, size = a_layer(rng), rng.choice([14, 28, 56])
    peak, bandwidth = rng.choice([0.1, 0.25, 0.5, 1, 2, 4]), rng.choice([4.2, 8.5, 12.8, 17, 25.6, 34, 51.2])
    weights, ins, outs = layer.parameters, layer.in_channels * size**2, layer.output_elements(size, size)
    macs, traffic = layer.macs(size, size), weights + ins + outs
    bound, density = inference_s(macs, traffic, peak * TERA, bandwidth * GIGA), intensity(macs, traffic)
    misread = {"flop": 2 * density, "weights_only": macs / weights, "inverse": 1 / density}
    return Problem(
        given=figures(macs=macs, weights=weights, ins=ins, outs=outs, peak=peak, bandwidth=bandwidth),
        asked={
            "intensity": number(density, digits(3), "MAC/B", **misread),
            "bound": Choice(value=bound.by, options=("compute", "memory")),
            "time": time_asked(bound),
        },
        extra=figures(
            traffic=traffic,
            balance=written(peak * TERA / (bandwidth * GIGA), 1),
            compute=written(bound.compute_s * US, 2),
            memory=written(bound.memory_s * US, 2),
        ),
    )


def a_layer(rng: Random) -> Convolution:
    """A 3x3, a pointwise or a depthwise convolution that keeps the size."""
    channels, kernel = rng.choice([32, 64, 96, 128, 256]), rng.choice([1, 3, 3])
    groups = channels if kernel == 3 and rng.random() < 0.5 else 1
    outs = channels * (rng.choice([1, 2]) if groups == 1 else 1)
    return Convolution(in_channels=channels, out_channels=outs, kernel=kernel, padding=kernel // 2, groups=groups)


def time_asked(bound: Bound) -> Number:
    """The least time in microseconds, and what one gets from the wrong one of the two."""
    compute, memory = bound.compute_s * US, bound.memory_s * US
    shorter = min(compute, memory)
    return number(bound.seconds * US, digits(3), "µs", sum=compute + memory, shorter=shorter, flop=2 * compute)


def amdahls_law(rng: Random) -> Problem:
    """What quantizing the convolutions does to the whole."""
    percent, speed_up, latency = rng.randrange(40, 96, 5), rng.choice([2, 2.5, 3, 4, 5, 8]), rng.randrange(20, 125, 4)
    share, rest = percent / 100, 1 - percent / 100
    whole, part, faster = amdahl(share, speed_up), latency * share, latency * share / speed_up
    average = rest + share * speed_up
    return Problem(
        given=figures(percent=percent, speed_up=speed_up, latency=latency),
        asked={
            "whole": number(whole, decimals(2), average=average, everything=speed_up, share=share * speed_up),
            "after": number(latency / whole, decimals(1), "ms", everything=latency / speed_up, part_only=faster),
            "limit": number(1 / rest, decimals(2), share=1 / share),
        },
        extra=figures(rest=rest, share=share, part=part, other=latency - part, faster=written(faster, 2)),
    )


def camera_pipeline(rng: Random) -> Problem:
    """What a camera's pipeline leaves for the model, one frame at a time or stage beside stage."""
    rate = rng.choice([15, 20, 25, 30, 60])
    period = MS / rate
    stages = [round(period * rng.uniform(0.06, 0.17) * 2) / 2 for _ in range(4)]
    others = sequential_s(stages)
    budget = round(others + period * rng.choice([rng.uniform(0.5, 0.85), rng.uniform(1.3, 2)]))
    alone, within = period - others, budget - others
    beside = min(period, within)
    model = round((alone + rng.uniform(0.2, 0.8) * (beside - alone)) * 2) / 2
    capture, before, after, display = stages
    return Problem(
        given=figures(rate=rate, budget=budget, model=model)
        | figures(capture=capture, before=before, after=after, display=display),
        asked={
            "alone": number(alone, decimals(1), "ms", budget=within, period=period),
            "beside": number(beside, decimals(1), "ms", period=period, budget=within, alone=alone),
            "frames": number(MS / (others + model), decimals(1), "fps", model_only=MS / model, camera=rate),
        },
        extra=figures(period=written(period, 2), others=others, within=within, together=others + model),
        is_clear=min(*stages, alone, beside - alone - 2) > 0,
    )
