"""Rules of a challenge that what was found inside the model proves or breaks."""

from collections.abc import Iterator

from grader.challenge import Baseline, Rules
from grader.errors import EntryRejected
from grader.report import InspectionFacts, LatencyFacts, RuleFacts

INTEGER_SHARE = 0.90  # of all stored elements, after the grader's own quantization; the rest are scales


def check_inspected(facts: InspectionFacts, rules: Rules, baseline: Baseline) -> tuple[RuleFacts, ...]:
    """Every rule that the graph proves, with what was found. Raises EntryRejected for the first that is broken.

    The rules about weights and topology were applied where the graph was read, and are listed here because they held.
    """
    return (*_held_while_reading(rules), *_size_band(facts, rules, baseline), *_limits(facts, rules))


def _held_while_reading(rules: Rules) -> Iterator[RuleFacts]:
    for name, kind in (("weights", rules.weights), ("topology", rules.topology)):
        if kind != "any":
            yield RuleFacts(name=name, kind=kind)


def _limits(facts: InspectionFacts, rules: Rules) -> Iterator[RuleFacts]:
    """Upper bounds first, then the one lower bound."""
    rows = (
        ("max_parameters", rules.max_parameters, facts.parameters, "too_many_parameters"),
        ("max_macs", rules.max_macs, facts.macs, "too_many_macs"),
        ("max_memory_bytes", rules.max_memory_bytes, facts.memory_bytes, "too_much_memory"),
    )
    for name, limit, measured, code in rows:
        if limit is not None:
            if measured > limit:
                raise EntryRejected(code, measured=measured, limit=limit)
            yield RuleFacts(name=name, limit=limit, measured=measured)
    if rules.min_int8_macs is not None:
        yield _int8_share(facts, rules.min_int8_macs)


def _int8_share(facts: InspectionFacts, needed: float) -> RuleFacts:
    share = facts.int8_macs / facts.macs if facts.macs else 0.0
    if share < needed:
        raise EntryRejected("int8_not_executed", share_percent=100 * share, required_percent=100 * needed)
    return RuleFacts(name="min_int8_macs", limit=needed, measured=share)


def _size_band(facts: InspectionFacts, rules: Rules, baseline: Baseline) -> Iterator[RuleFacts]:
    if rules.size_band is None:
        return
    change = facts.size_bytes / baseline.size_bytes - 1
    if abs(change) > rules.size_band:
        raise EntryRejected(
            "size_out_of_band",
            size_bytes=facts.size_bytes,
            baseline_bytes=baseline.size_bytes,
            band_percent=100 * rules.size_band,
        )
    yield RuleFacts(name="size_band", limit=rules.size_band, measured=change)


def check_timed(latency: LatencyFacts, rules: Rules) -> tuple[RuleFacts, ...]:
    """The bound on latency, where there is one. Raises EntryRejected if the entry is slower."""
    if rules.max_latency is None:
        return ()
    if latency.ratio > rules.max_latency:
        raise EntryRejected("too_slow", measured=latency.ratio, limit=rules.max_latency)
    return (RuleFacts(name="max_latency", limit=rules.max_latency, measured=latency.ratio),)


def check_quantized(facts: InspectionFacts) -> None:
    """Every layer must have become integer, or a float detour hid weights from the quantizer. Raises EntryRejected."""
    total = sum(facts.elements_by_dtype.values())
    integer = sum(count for dtype, count in facts.elements_by_dtype.items() if "int" in dtype)
    if total == 0 or integer / total < INTEGER_SHARE:
        share = 100 * integer / total if total else 0.0
        raise EntryRejected("not_quantized", share_percent=share, required_percent=100 * INTEGER_SHARE)
