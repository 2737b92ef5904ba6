"""The rules that the grader proves in the graph itself, in words, for whoever has not handed anything in yet."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from catalog.quantities import count, file_size, ratio, whole_percent
from grader.challenge import Rules


def demands(rules: Rules) -> list[str]:
    """One sentence for each rule that this challenge has."""
    return [*kinds(rules), *limits(rules)]


def kinds(rules: Rules) -> Iterator[str]:
    """Rules that hold or do not."""
    if rules.weights == "float":
        yield _("All weights stay float32; nothing is quantized.")
    if rules.weights == "baseline":
        yield _("Every weight is one of the baseline's, quantized or rescaled by channel.")
    if rules.topology == "baseline":
        yield _("Every layer and every residual sum of the baseline stays; channels may be fewer.")


def limits(rules: Rules) -> Iterator[str]:
    """Rules with a figure."""
    written: tuple[tuple[float | None, Callable[[float], str], str], ...] = (
        (rules.size_band, whole_percent, _("The size stays within %(limit)s of the baseline's.")),
        (rules.max_parameters, count, _("At most %(limit)s stored values, packed ones counted one by one.")),
        (rules.max_macs, count, _("At most %(limit)s multiply-accumulates for one inference.")),
        (rules.max_memory_bytes, file_size, _("At most %(limit)s of activations alive at once.")),
        (
            rules.min_int8_macs,
            whole_percent,
            _("Integer kernels execute at least %(limit)s of the multiply-accumulates."),
        ),
        (rules.max_latency, ratio, _("Latency is at most %(limit)s, as a multiple of the baseline's.")),
    )
    for limit, write, sentence in written:
        if limit is not None:
            yield sentence % {"limit": write(limit)}
