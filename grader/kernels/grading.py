"""Grading one kernel, from source to report: compile, check, count. No clock is read: every machine says the same."""

import importlib.metadata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from grader.devices.kernels import Built, KernelRun, run_kernel
from grader.devices.targets import Device
from grader.entry import Entry
from grader.errors import EntryRejected
from grader.evaluation import entry_facts
from grader.kernels.challenge import DeviceBaseline, KernelBaseline, KernelCase, KernelChallenge, KernelTarget
from grader.kernels.facts import KernelFacts, KernelOnDevice
from grader.kernels.hot import hot_blocks
from grader.kernels.scoring import is_gold, result, score
from grader.report import Finding, Report, Result
from grader.sandbox.base import Sandbox
from grader.stages import Progress, Stage, Watch, silent
from grader.validate import validate

FORMATS = ("cpp",)
MANY_LOADS, MUCH_OVERHEAD, FEW_VECTORS = 0.3, 0.35, 0.3  # of all instructions
MANY_FOR_A_BYTE = 20
HALF_USED = 0.5  # of what the best instruction of a device can do


def grade(
    entry: Entry,
    challenge: KernelChallenge,
    baseline: KernelBaseline,
    sandbox: Sandbox,
    progress: Progress = silent,
) -> Report:
    """Grade one kernel. Raises GraderError only when we failed, never for what the candidate handed in."""
    watch = Watch(progress)
    try:
        validate(entry, FORMATS, challenge.max_bytes)
        measured = _measured(entry, challenge, baseline, sandbox, watch)
    except EntryRejected as rejection:
        return _report(entry, challenge, sandbox, watch, Result.REJECTED, Finding(rejection.code, rejection.params))
    progress(Stage.SCORE, 0.0)
    points = score(measured, challenge.targets)
    verdict = result(points)
    missed = (
        Finding("missed_kernel", {"device": on.title, "measured": on.cycles, "par": part.par})
        for on, part in zip(measured, points.parts, strict=True)
        if not part.met
    )
    return replace(
        _report(entry, challenge, sandbox, watch, verdict, *missed),
        score=points,
        gold=verdict is Result.PASSED and is_gold(measured, challenge.targets),
        kernel=KernelFacts(source_bytes=len(entry.data), macs=challenge.macs, devices=measured),
        next_steps=tuple(step for on in measured for step in _next_steps(on, challenge)),
    )


def measure_baseline(challenge: KernelChallenge, sandbox: Sandbox) -> KernelBaseline:
    """Count the reference with the code that counts entries. Raises GraderError."""
    return KernelBaseline(
        {target.device.name: _device_baseline(target.device, challenge, sandbox) for target in challenge.targets}
    )


def _device_baseline(device: Device, challenge: KernelChallenge, sandbox: Sandbox) -> DeviceBaseline:
    kind, cases = challenge.kind, [case.case for case in challenge.scored]
    idle = kind.idle(cases, device, challenge.lab, sandbox)
    return DeviceBaseline(
        idle,
        kind.counted(cases, idle, device, challenge.lab, sandbox),
        kind.around(cases, device, challenge.lab, sandbox),
    )


def _measured(
    entry: Entry, challenge: KernelChallenge, baseline: KernelBaseline, sandbox: Sandbox, watch: Watch
) -> tuple[KernelOnDevice, ...]:
    """On every device of the challenge. Raises EntryRejected."""
    challenge.lab.require()
    targets = challenge.targets
    with watch.stage(Stage.COMPILE):
        built = [challenge.kind.build(entry.data, target.device, sandbox) for target in targets]
    with watch.stage(Stage.CHECK):
        for target, program in zip(targets, built, strict=True):
            cases = [case.case for case in challenge.checked]
            for run in challenge.kind.trials(program, cases, target.device, challenge.lab, sandbox):
                _require_right(run, challenge.checked, target.device)
    with watch.stage(Stage.COUNT):
        return tuple(
            _on_device(program, target, challenge, baseline.devices[target.device.name], sandbox)
            for target, program in zip(targets, built, strict=True)
        )


def _require_right(run: KernelRun, cases: Sequence[KernelCase], device: Device) -> None:
    """Raises EntryRejected for the first case that did not come out right."""
    for case, output in zip(cases, run.outputs, strict=True):
        if output != case.expected:
            sizes = " × ".join(map(str, case.case.sizes))
            raise EntryRejected("kernel_wrong", sizes=sizes, device=device.title)


def _on_device(
    built: Built, target: KernelTarget, challenge: KernelChallenge, baseline: DeviceBaseline, sandbox: Sandbox
) -> KernelOnDevice:
    device = target.device
    run = run_kernel(built, [case.case for case in challenge.scored], device, challenge.lab, sandbox)
    _require_right(run, challenge.scored, device)
    own, floor = run.emulated.total - baseline.idle, challenge.floor(target)
    if own.instructions < floor:
        raise EntryRejected("kernel_below_floor", instructions=own.instructions, floor=floor)
    counts = own + baseline.around if baseline.around else own
    return KernelOnDevice(
        device=device.name,
        title=device.title,
        core=device.core,
        counts=counts,
        scalar=baseline.scalar,
        cycles=device.cycles(counts),
        scalar_cycles=device.cycles(baseline.scalar),
        floor_instructions=floor,
        compiler_log=built.log,
        hot=hot_blocks(built.program, run.emulated.blocks, device, sandbox),
    )


def _next_steps(on: KernelOnDevice, challenge: KernelChallenge) -> Iterator[Finding]:
    """What the counts say could be better, for one device."""
    counts, named = on.counts, {"device": on.title}
    if challenge.macs:
        yield from _of_products(on)
    elif (each := counts.instructions / challenge.output_bytes) > MANY_FOR_A_BYTE:
        yield Finding("operator_try_once", {**named, "instructions": each})
        return
    elif (vectors := counts.vectors / counts.instructions) < FEW_VECTORS:
        yield Finding("operator_try_vectors", {**named, "percent": 100 * vectors})
    if (rest := (counts.classes["int"] + counts.classes["branch"]) / counts.instructions) > MUCH_OVERHEAD:
        yield Finding("kernel_try_unrolling", {**named, "percent": 100 * rest})


def _of_products(on: KernelOnDevice) -> Iterator[Finding]:
    counts, named = on.counts, {"device": on.title}
    used = on.floor_instructions / max(counts.classes["vector_mac"], 1)
    if not counts.classes["vector_mac"]:
        yield Finding("kernel_try_vectors", named)
    elif used < HALF_USED:
        yield Finding("kernel_try_wider", {**named, "used_percent": 100 * used})
    if (loads := counts.classes["load"] / counts.instructions) > MANY_LOADS:
        yield Finding("kernel_try_reuse", {**named, "percent": 100 * loads})


def _report(
    entry: Entry, challenge: KernelChallenge, sandbox: Sandbox, watch: Watch, verdict: Result, *reasons: Finding
) -> Report:
    return Report(
        challenge=challenge.id,
        challenge_version=challenge.version,
        split=challenge.split,
        entry=entry_facts(entry),
        result=verdict,
        reasons=reasons,
        environment={
            **challenge.kind.tools(challenge.lab),
            "karui": importlib.metadata.version("karui"),
            "sandbox": sandbox.backend,
        },
        stage_wall_s=watch.wall_s,
    )
