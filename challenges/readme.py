"""The table in a challenge's README.md: what is asked, and what its solutions reach. Written by `challenges.verify`."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version

from challenges.figures import percent
from challenges.judge import baseline, model_spec
from challenges.kernels.judge import kernel_baseline, load_kernel
from challenges.kernels.spec import KernelSpec
from challenges.machine import machine_class
from challenges.registry import load
from challenges.solutions import Solution, found
from challenges.spec import ChallengeSpec, Spec
from grader.challenge import Baseline, Gold
from grader.report import Report
from grader.sandbox import open_sandbox

BEGIN, END = "<!-- verify -->", "<!-- /verify -->"
HEAD = ("", "verdict", "points", "accuracy", "size B", "memory B")


def write_table(spec: Spec, graded: Sequence[tuple[Solution, Report]]) -> None:
    """Put the table of gradings on the hidden split between its marks in README.md, made if it is not there."""
    path = spec.folder / "README.md"
    text = path.read_text("utf-8") if path.exists() else f"# {spec.title.en}\n\n{BEGIN}\n{END}\n"
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    lines = _kernel_lines(spec, graded) if isinstance(spec, KernelSpec) else _lines(model_spec(spec), graded)
    table = "\n".join(lines)
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")


def _lines(spec: ChallengeSpec, graded: Sequence[tuple[Solution, Report]]) -> Iterator[str]:
    untouched = baseline(load(spec, "hidden"), open_sandbox())
    yield f"`python -m challenges.verify {spec.id} --record`, hidden split, latency class {machine_class()}, "
    yield f"ONNX Runtime {version('onnxruntime')}:\n"
    estimated = [f"latency, estimated on {spec.device.title}"] if spec.device else []
    head = [*HEAD, *estimated, "latency here" if estimated else "latency"]
    yield _row(head)
    yield _row(["--"] * len(head))
    yield _row([*_untouched(untouched), *["1"] * len(head[len(HEAD) :])])
    yield _row(_asked(spec, "pass", _pars(spec), untouched))
    if spec.targets.gold:
        yield _row(_asked(spec, "gold", spec.targets.gold, untouched))
    for solution, report in graded:
        yield _row(_reached(spec, solution, report))


def _kernel_lines(spec: KernelSpec, graded: Sequence[tuple[Solution, Report]]) -> Iterator[str]:
    yield f"`python -m challenges.verify {spec.id} --record`, hidden calls, estimated cycles:\n"
    names = [target.device.name for target in spec.targets]
    yield _row(("", "verdict", "points", *names))
    yield _row(["--"] * (3 + len(names)))
    scalar = kernel_baseline(load_kernel(spec, "hidden"), open_sandbox()).devices
    untouched = [target.device.cycles(scalar[target.device.name].scalar) for target in spec.targets]
    yield _row(
        (
            "standard nodes" if spec.is_operator else "scalar reference",
            "",
            "0",
            *(f"{cycles:,.0f}" for cycles in untouched),
        )
    )
    yield _row(("pass", "", "", *(f"{target.par:,}" for target in spec.targets)))
    yield _row(("gold", "", "", *(f"{target.gold:,}" if target.gold else "" for target in spec.targets)))
    for solution, report in graded:
        found_on = report.kernel.devices if report.kernel else ()
        cycles = [f"{on.cycles:,.0f}" for on in found_on] or [""] * len(names)
        points = f"{report.score.points:.1f}" if report.score else ""
        yield _row((solution.name, str(found(report)), points, *cycles))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _untouched(untouched: Baseline) -> Sequence[str]:
    sizes = (f"{untouched.size_bytes:,}", f"{untouched.memory_bytes:,}")
    return ("baseline", "", "", f"{untouched.accuracy:.2%}", *sizes)


def _pars(spec: ChallengeSpec) -> Gold:
    """The figures for passing, in the form of those for gold."""
    pars = {name: target.par for name, target in spec.given_targets().items()}
    native = spec.targets.latency.native if spec.targets.latency else None
    return Gold(max_drop=spec.targets.max_drop, native_latency=native, **pars)


def _asked(spec: ChallengeSpec, name: str, asked: Gold, untouched: Baseline) -> Sequence[str]:
    figures = [asked.size, asked.memory, asked.latency, *([asked.native_latency] if spec.device else [])]
    limits = [f"{limit:,.10g}" if limit else "" for limit in figures]
    return (name, "", "", _gate(untouched, asked.max_drop), *limits)


def _gate(untouched: Baseline, max_drop: float) -> str:
    return f"{untouched.accuracy - max_drop:.2%} (drop {percent(max_drop)})"


def _reached(spec: ChallengeSpec, solution: Solution, report: Report) -> Sequence[str]:
    measured, score = report.measured, report.score
    if measured is None or score is None:
        return (solution.name, str(found(report)), *[""] * (6 if spec.device else 5))
    low, high = measured.latency.interval
    on = report.scored_device
    return (
        solution.name,
        str(found(report)),
        f"{score.points:.1f}",
        f"{measured.accuracy.value:.2%} (drop {100 * measured.accuracy.drop:.2f})",
        f"{measured.inspection.size_bytes:,}",
        f"{measured.inspection.memory_bytes:,}",
        *([f"{on.ratio:.3f}" if on else ""] if spec.device else []),
        f"{measured.latency.ratio:.3f} [{low:.3f}, {high:.3f}]",
    )
