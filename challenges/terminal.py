"""A report, a ladder or a comparison for the terminal. Of a report: verdict, figures, reasons, what to try next."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from challenges.machine import machine_class
from challenges.wording import words
from grader.advice import seen_on_devices
from grader.devices.targets import devices
from grader.kernels.facts import KernelFacts
from grader.ladder import LadderReport, Rung
from grader.parity import ParityEntry, ParityReport
from grader.report import DeviceFacts, Diagnosis, Finding, Measured, Report, Result, ScoreFacts, ScorePart
from grader.wording import say

COLOURS = {
    Result.PASSED: "green",
    Result.PARTIAL: "yellow",
    Result.BELOW_GATE: "red",
    Result.REJECTED: "red",
}
FRAGILE = 3  # layers named for their sensitivity


def show_report(report: Report, language: str, console: Console, on_site: bool = False) -> None:
    """Print the whole report. One from this machine says how the site's will differ."""
    console.print(Panel(_headline(report, language), border_style=COLOURS[report.result], expand=False))
    for block in _blocks(report, language):
        console.print(block)
    if report.measured is not None and not on_site:
        note = words(language)["differences" if report.split == "public" else "own_hidden"]
        console.print(Text(note, style="dim"))


def _headline(report: Report, language: str) -> Text:
    verdict = say(f"verdict_{report.result}", {}, language)
    told = words(language)
    line = Text(verdict.message, style=f"bold {COLOURS[report.result]}")
    if report.score is not None:
        line.append("  " + told["points"].format(points=report.score.points), style="bold")
    if report.gold:
        line.append(f"  {told['gold']}", style="bold")
    if report.result is Result.BELOW_GATE:
        line.append(f"  {told['practice']}", style="not bold")
    return line.append(f"\n{verdict.hint}", style="not bold default")


def _blocks(report: Report, language: str) -> Iterator[RenderableType]:
    told = words(language)
    if report.score is not None:
        yield _parts(report.score, language)
    if report.kernel is not None:
        yield from (Text(line) for line in _kernel_lines(report.kernel, language))
    if report.measured is not None:
        yield from (Text(line) for line in _lines(report, report.measured, language))
    if report.reasons:
        yield _sentences(told["reasons"], report.reasons, language)
    if report.next_steps:
        yield _sentences(told["next_steps"], report.next_steps, language)
    if report.diagnosis is not None:
        yield from (Text(line) for line in _diagnosis(report.diagnosis, language))
    yield Text(_environment(report, language), style="dim")


def show_ladder(ladder: LadderReport, language: str, console: Console) -> None:
    """Print one row for each rung, and where accuracy breaks."""
    told = words(language)
    names = ("column_rung", "column_size", "column_memory", "column_accuracy", "column_change", "column_latency")
    table = Table(*(told[name] for name in names), box=None, pad_edge=False)
    for rung in ladder.rungs:
        table.add_row(say(f"rung_{rung.name}", {}, language).message, *_rung(rung, language))
    console.print(table)
    for rung in ladder.rungs:
        if rung.failure is not None:
            reason = say(rung.failure.code, rung.failure.params, language)
            name = say(f"rung_{rung.name}", {}, language).message
            console.print(Text(f"{name}: {reason.message} {reason.hint}".rstrip()))
    console.print(Text(_breaks(ladder, language), style="bold"))


def _rung(rung: Rung, language: str) -> tuple[str, ...]:
    """The figures of one rung, marked where the drop is beyond the gate; nothing where it could not be built."""
    if rung.figures is None:
        return ("-",) * 5
    figures, told = rung.figures, words(language)
    drops = (figures.accuracy.drop, *reversed(figures.accuracy.drop_interval))
    change = "{:+.2f} [{:+.2f}, {:+.2f}]".format(*(0 - 100 * drop for drop in drops))  # 0 -, so that none is "-0.00"
    return (
        told["bytes"].format(bytes=figures.size_bytes),
        told["bytes"].format(bytes=figures.memory_bytes),
        f"{figures.accuracy.value:.2%}",
        f"[red]{escape(change)}[/]" if figures.breaks else escape(change),
        escape(f"{figures.latency:.3f} [{figures.latency_interval[0]:.3f}, {figures.latency_interval[1]:.3f}]"),
    )


def _breaks(ladder: LadderReport, language: str) -> str:
    if ladder.breaks_at is None:
        return "\n" + words(language)["ladder_holds"]
    return "\n" + words(language)["ladder_breaks"].format(rung=say(f"rung_{ladder.breaks_at}", {}, language).message)


def show_parity(report: ParityReport, language: str, console: Console) -> None:
    """Print one row for each entry, one for each pair of them, and why any was not measured."""
    told = words(language)
    names = ("file", "runtime", "accuracy", "size", "latency", "estimated", "points")
    table = Table(*(told[f"column_{name}"] for name in names), box=None, pad_edge=False)
    for entry in report.entries:
        table.add_row(escape(entry.name), entry.facts.runtime, *_compared(entry, language))
    pairs = Table(*(told[f"column_{name}"] for name in ("pair", "same", "largest", "mean")), box=None, pad_edge=False)
    for pair in report.pairs:
        files = " / ".join(report.entries[at].name for at in (pair.first, pair.second))
        figures = (f"{pair.max_difference:.3g}", f"{pair.mean_difference:.3g}")
        pairs.add_row(escape(files), f"{pair.same_answers:.2%}", *figures)
    console.print(table, "", pairs)
    for entry in report.entries:
        if entry.failure is not None:
            reason = say(entry.failure.code, entry.failure.params, language)
            console.print(Text(f"{entry.name}: {reason.message} {reason.hint}".rstrip()))


def _compared(entry: ParityEntry, language: str) -> tuple[str, ...]:
    """The figures of one entry; nothing where it was refused."""
    if entry.figures is None:
        return ("-",) * 5
    figures = entry.figures
    low, high = figures.latency_interval
    return (
        f"{figures.accuracy:.2%}",
        words(language)["bytes"].format(bytes=figures.size_bytes),
        escape(f"{figures.latency:.3f} [{low:.3f}, {high:.3f}]"),
        "-" if figures.estimated is None else f"{figures.estimated:.3f}",
        f"{figures.points:.1f}",
    )


def _parts(score: ScoreFacts, language: str) -> Table:
    told = words(language)
    names = ("column_part", "column_baseline", "column_value", "column_par", "column_points", "column_met")
    table = Table(*(told[name] for name in names), box=None, pad_edge=False)
    for part in score.parts:
        mark = f"[green]{told['yes']}[/]" if part.met else f"[red]{told['no']}[/]"
        figures = (_figure(part.name, value, language) for value in (part.baseline, part.measured, part.par))
        full = f"{part.points:.1f} / {100 * part.weight:g}"
        table.add_row(_part_name(part, language), *figures, full, mark)
    return table


def _part_name(part: ScorePart, language: str) -> str:
    if part.device:
        return say("part_estimated_latency", {"device": part.device}, language).message
    return say(f"part_{part.name}", {}, language).message


def _figure(name: str, value: float, language: str) -> str:
    """A measured value in the unit of its part."""
    if name == "accuracy":
        return f"{value:.2%}"
    if name in devices():
        return f"{value:,.0f}"
    return f"{value:.3f}" if name == "latency" else words(language)["bytes"].format(bytes=value)


def _kernel_lines(kernel: KernelFacts, language: str) -> Iterator[str]:
    """What was counted on each device, and what the compiler said."""
    for on in kernel.devices:
        yield words(language)["kernel_counts" if kernel.macs else "operator_counts"].format(
            device=on.title,
            instructions=on.counts.instructions,
            macs=kernel.macs,
            floor=on.counts.instructions / on.floor_instructions,
            level1=on.counts.level1_misses,
            level2=on.counts.level2_misses,
        )
        yield "    " + ", ".join(f"{name} {count:,}" for name, count in on.counts.classes.items() if count)
        yield from on.compiler_log.splitlines()


def _lines(report: Report, measured: Measured, language: str) -> Iterator[str]:
    told = words(language)
    accuracy, latency = measured.accuracy, measured.latency
    yield told["accuracy"].format(
        value=accuracy.value,
        low=accuracy.interval[0],
        high=accuracy.interval[1],
        items=accuracy.items,
        change=-100 * accuracy.drop,
        change_low=-100 * accuracy.drop_interval[1],
        change_high=-100 * accuracy.drop_interval[0],
        allowed=100 * accuracy.max_drop,
    )
    yield told["latency"].format(
        ratio=latency.ratio,
        low=latency.interval[0],
        high=latency.interval[1],
        processes=len(latency.processes),
        entry_us=latency.entry_ns / 1000,
        reference_us=latency.reference_ns / 1000,
    )
    yield from _estimates(measured, language)
    if report.entry.format != "onnx":
        yield told["runtime"].format(
            runtime=report.entry.runtime,
            reference_us=latency.reference_ns / 1000,
            onnx_us=latency.onnx_reference_ns / 1000,
        )
    yield _sizes(measured, language)
    yield told["kernels"].format(**_kernels(measured))
    if measured.quantized_by == "grader":
        yield told["quantized_by_grader"]


def _estimates(measured: Measured, language: str) -> Iterator[str]:
    """A line for each device, and one that says what is seen; or why nothing is estimated."""
    told = words(language)
    for on in measured.devices:
        line = told["estimated"].format(
            device=on.title,
            ratio=on.ratio,
            entry_ms=on.entry.estimated_ms,
            reference_ms=on.reference.estimated_ms,
            instructions=on.entry.counts.instructions,
            level1=on.entry.counts.level1_misses,
            level2=on.entry.counts.level2_misses,
        )
        yield line + _error(on, language)
    if measured.no_estimate:
        reason = say(measured.no_estimate.code, measured.no_estimate.params, language)
        yield f"{reason.message} {reason.hint}".rstrip()
    if seen := seen_on_devices(measured):
        yield " ".join(say(finding.code, finding.params, language).message for finding in seen)


def _error(on: DeviceFacts, language: str) -> str:
    if on.median_error is None or on.worst_error is None:
        return ""
    return " " + words(language)["estimate_error"].format(median=on.median_error, worst=on.worst_error)


def _sizes(measured: Measured, language: str) -> str:
    told, stored = words(language), measured.inspection.bytes_by_dtype
    parts = [told["size_of"].format(dtype=dtype, bytes=count) for dtype, count in stored.items()]
    rest = measured.inspection.size_bytes - sum(stored.values())
    return told["sizes"].format(sizes=", ".join([*parts, told["size_rest"].format(bytes=rest)]))


def _kernels(measured: Measured) -> dict[str, int]:
    count = Counter(node.precision for node in measured.inspection.nodes)
    integer = sum(number for precision, number in count.items() if precision.startswith("int"))
    return {"integer": integer, "floating": count["float"], "other": count.total() - integer - count["float"]}


def _diagnosis(diagnosis: Diagnosis, language: str) -> Iterator[str]:
    """A line for each part of it; the whole tables are in the JSON report."""
    told = words(language)
    if diagnosis.failure is not None:
        reason = say(diagnosis.failure.code, diagnosis.failure.params, language).message
        yield "\n" + told["diagnosis_failed"].format(reason=reason)
    if diagnosis.worst:
        ratios = {layer.name: layer.output_sqnr_db for layer in diagnosis.layers}
        worst = ", ".join(told["layer_db"].format(name=name, db=ratios[name]) for name in diagnosis.worst)
        yield "\n" + told["worst_layers"].format(layers=worst)
    if diagnosis.sensitivity:
        fragile = sorted(diagnosis.sensitivity, key=lambda one: one.int4_sqnr_db)[:FRAGILE]
        layers = ", ".join(told["layer_db"].format(name=one.name, db=one.int4_sqnr_db) for one in fragile)
        yield told["sensitive_layers"].format(layers=layers)
    if diagnosis.ledger is not None:
        ledger = diagnosis.ledger
        yield told["ledger"].format(
            file=ledger.file_bytes,
            tensors=sum(ledger.tensor_bytes.values()),
            duplicates=ledger.duplicate_bytes,
            metadata=ledger.metadata_bytes,
            structure=ledger.structure_bytes,
        )


def _sentences(title: str, findings: tuple[Finding, ...], language: str) -> Group:
    told = [say(finding.code, finding.params, language) for finding in findings]
    lines = [Text(f"• {sentence.message} {sentence.hint}".rstrip()) for sentence in told]
    return Group(Text(f"\n{title}", style="bold"), *lines)


def _environment(report: Report, language: str) -> str:
    facts = report.environment
    if "cpu_model" not in facts:
        return "\n" + ", ".join(f"{name} {value}" for name, value in facts.items())
    return "\n" + words(language)["environment"].format(
        cpu=facts["cpu_model"], machine=machine_class(), onnxruntime=facts["onnxruntime"], sandbox=facts["sandbox"]
    )
