"""Rules of a challenge that what was found inside the model proves or breaks."""

from grader.challenge import Baseline, Rules
from grader.errors import EntryRejected
from grader.report import InspectionFacts

INTEGER_SHARE = 0.90  # of all stored elements, after the grader's own quantization; the rest are scales


def check_inspected(facts: InspectionFacts, rules: Rules, baseline: Baseline) -> None:
    """Compare the upload's size with the band that the challenge allows. Raises EntryRejected."""
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


def check_quantized(facts: InspectionFacts) -> None:
    """Every layer must have become integer, or a float detour hid weights from the quantizer. Raises EntryRejected."""
    total = sum(facts.elements_by_dtype.values())
    integer = sum(count for dtype, count in facts.elements_by_dtype.items() if "int" in dtype)
    if total == 0 or integer / total < INTEGER_SHARE:
        share = 100 * integer / total if total else 0.0
        raise EntryRejected("not_quantized", share_percent=share, required_percent=100 * INTEGER_SHARE)
