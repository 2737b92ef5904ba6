"""The figures of a challenge, written for people: what its texts may refer to as {name}."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from challenges.spec import ChallengeSpec

KIB = 1024


def figures(spec: "ChallengeSpec") -> Mapping[str, str]:
    """`max_drop`, `size_par`, `size_gold`, `latency_par_avx2`, `max_macs` and so on, ready to be read.

    Where latency is estimated on a device: `latency_device`, which is its title, `latency_par` and `latency_gold`.
    What the challenge does not limit gives no figure.
    """
    return {
        "max_drop": percent(spec.targets.max_drop),
        "minutes": str(spec.minutes),
        "onnxruntime": version("onnxruntime"),
        **dict(_target_figures(spec)),
        **dict(_gold_figures(spec)),
        **dict(_rule_figures(spec)),
        **({"calibration_items": str(spec.recipe.calibration_items)} if spec.recipe else {}),
    }


def percent(fraction: float) -> str:
    """0.015 -> 1.5."""
    return f"{100 * fraction:g}"


def kibibytes(size_bytes: float) -> str:
    """348160 -> 340 KiB."""
    return f"{size_bytes / KIB:.0f} KiB"


def _target_figures(spec: "ChallengeSpec") -> Iterator[tuple[str, str]]:
    for name, target in spec.given_targets().items():
        yield f"{name}_weight", percent(target.weight)
        if name != "latency":
            yield f"{name}_par", kibibytes(target.par)
    if spec.device and spec.targets.latency:
        yield "latency_device", spec.device.title
        yield "latency_par", f"{spec.targets.latency.par:g}"
    for machine, par in spec.latency_pars.items():
        yield f"latency_par_{machine}", f"{par:g}"


def _gold_figures(spec: "ChallengeSpec") -> Iterator[tuple[str, str]]:
    gold = spec.targets.gold
    if gold is None:
        return
    yield "max_drop_gold", percent(gold.max_drop)
    for name, size_bytes in (("size", gold.size), ("memory", gold.memory)):
        if size_bytes is not None:
            yield f"{name}_gold", kibibytes(size_bytes)
    if spec.device and gold.latency is not None:
        yield "latency_gold", f"{gold.latency:g}"
    for machine, par in spec.latency_golds.items():
        yield f"latency_gold_{machine}", f"{par:g}"


def _rule_figures(spec: "ChallengeSpec") -> Iterator[tuple[str, str]]:
    rules = spec.rules
    written = {
        "size_band": (rules.size_band, percent),
        "max_parameters": (rules.max_parameters, "{:,}".format),
        "max_macs": (rules.max_macs, "{:,}".format),
        "max_memory": (rules.max_memory_bytes, kibibytes),
        "min_int8_macs": (rules.min_int8_macs, percent),
        "max_latency": (rules.max_latency, "{:g}".format),
    }
    for name, (limit, write) in written.items():
        if limit is not None:
            yield name, write(limit)
