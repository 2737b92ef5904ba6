"""The card of a kernel challenge: what the reference costs here, and what is asked for."""

from django.core.cache import cache

from catalog.card import REMEMBERED_S, Row
from challenges.kernels.judge import kept_kernel_baseline, load_kernel
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from grader.kernels.challenge import KernelBaseline

NOBODY = "nobody has counted it"


def kernel_rows(spec: KernelSpec) -> list[Row]:
    """Estimated cycles on each device."""
    counted = counted_baseline(spec)
    return [
        Row(
            target.device.name,
            target.device.cycles(counted.devices[target.device.name].scalar) if counted else None,
            target.par,
            target.gold,
            target.weight,
        )
        for target in spec.targets
    ]


def counted_baseline(spec: KernelSpec) -> KernelBaseline | None:
    """What the reference costs on the hidden calls; None where nobody has counted it here yet."""
    if not lab().is_whole:
        return None
    key = f"kernel-baseline-{spec.id}-{spec.version}"
    found = cache.get_or_set(key, lambda: kept_kernel_baseline(load_kernel(spec, "hidden")) or NOBODY, REMEMBERED_S)
    return found if isinstance(found, KernelBaseline) else None
