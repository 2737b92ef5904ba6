"""Every solution gets the verdict that it declares; and a wrong verdict would be noticed.

Where a verdict on record still holds, it stands for a grading: nothing has changed that the verdict hangs on. What is
not on record is graded in the real sandbox, and at any rate one reference, so that a grader or a machine that gives
other verdicts than those on record is noticed: others are handed in on the site. `./run challenges` grades everything.
"""

from pathlib import Path

import pytest

from challenges.judge import judge
from challenges.kernels.spec import KernelSpec
from challenges.lab import lab
from challenges.machine import MachineClass, machine_class
from challenges.registry import catalogue, everything
from challenges.solutions import Declared, Solution, Verdict, found, solutions
from challenges.spec import ChallengeSpec, Spec
from challenges.verdicts import Recorded, on_record
from grader.errors import ChallengeBroken
from grader.report import EntryFacts, Finding, Report, Result
from grader.sandbox import open_sandbox

pytestmark = pytest.mark.usefixtures("data_sets")
TRIES = 3
ALL = {f"{spec.id}/{solution.name}": (spec, solution) for spec in everything().values() for solution in solutions(spec)}
RECORD = {f"{spec.id}/{name}": row for spec in everything().values() for name, row in on_record(spec).items()}
AT_ANY_RATE = "keyword_spotting/reference"
LONG = {"detect_scenes/reference", "int4_encoder/reference"}  # the other data sets'
TO_GRADE = [
    pytest.param(*each, id=name, marks=pytest.mark.long if name in RECORD and name in LONG else [])
    for name, each in ALL.items()
    if name not in RECORD or name in {AT_ANY_RATE, *LONG}
]


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.graded
@pytest.mark.parametrize(("spec", "solution"), TO_GRADE)
def test_a_solution_gets_its_declared_verdict(spec: Spec, solution: Solution) -> None:
    if (isinstance(spec, KernelSpec) or spec.device) and not lab().is_whole:
        pytest.skip("the device lab is absent: ./run devices")
    if not solution.runs_here:
        pytest.skip(f"no runtime for {solution.declared.file}")

    report = undisturbed(spec, solution)

    agreed = solution.agrees(found(report), machine_class())
    assert agreed, f"declared {solution.declared}, found {found(report)}: {report.reasons}"


def undisturbed(spec: Spec, solution: Solution) -> Report:
    """A report on hidden items. If it disagrees and calls its timing noisy, it is made anew, twice at most."""
    for _ in range(TRIES):
        report = judge(spec, solution.build(spec), "hidden", open_sandbox())
        noisy = any(reason.code == "noisy" for reason in report.reasons)
        if not noisy or solution.agrees(found(report), machine_class()):
            break
    return report


@pytest.mark.parametrize(("name", "row"), RECORD.items(), ids=list(RECORD))
def test_a_verdict_on_record_is_the_declared_one(name: str, row: Recorded) -> None:
    _, solution = ALL[name]

    assert solution.agrees(row.verdict, row.machine), f"declared {solution.declared}, on record {row.verdict}"


@pytest.mark.parametrize("spec", catalogue().values(), ids=list(catalogue()))
def test_every_challenge_has_a_reference_and_entries_that_must_fail(spec: ChallengeSpec) -> None:
    verdicts = {solution.folder.name: solution.declared.result for solution in solutions(spec)}

    assert verdicts["reference"] is Result.PASSED
    assert list(verdicts.values()).count(Result.REJECTED) >= 1
    assert {Result.PARTIAL, Result.BELOW_GATE} & set(verdicts.values())


def test_a_verdict_on_record_that_is_not_the_declared_one_is_noticed() -> None:
    partial = Verdict(result=Result.PARTIAL, missed=frozenset({"latency"}))

    with pytest.raises(AssertionError, match="declared gold, on record partial latency"):
        test_a_verdict_on_record_is_the_declared_one(
            "int8_fashion/reference", Recorded(machine=MachineClass.AVX2, runtime="", verdict=partial)
        )


def rejected(code: str) -> Report:
    return Report(
        challenge="some",
        challenge_version=1,
        split="hidden",
        entry=EntryFacts(sha256="0", format="onnx", file_bytes=1),
        result=Result.REJECTED,
        reasons=(Finding(code),),
    )


def test_another_reason_is_another_verdict() -> None:
    cheat = Solution(Path(), Declared(result=Result.REJECTED, code="weights_not_baseline", why="a cheat"))

    assert cheat.agrees(found(rejected("weights_not_baseline")), machine_class())
    assert not cheat.agrees(found(rejected("output_not_finite")), machine_class())


def test_a_machine_for_which_nothing_was_declared_cannot_disagree() -> None:
    declared = Declared(result=Result.PASSED, why="VNNI", machines=frozenset({MachineClass.VNNI}))
    verdict = Verdict(result=Result.PARTIAL, missed=frozenset({"latency"}))

    assert Solution(Path(), declared).agrees(verdict, MachineClass.AVX2)
    assert not Solution(Path(), declared).agrees(verdict, MachineClass.VNNI)


@pytest.mark.parametrize(
    "text",
    [
        'result = "rejected"\nwhy = "no code"',
        'result = "partial"\nwhy = "nothing missed"',
        'result = "perfect"\nwhy = ""',
    ],
)
def test_a_declaration_that_says_too_little_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "solution.toml").write_text(text)

    with pytest.raises(ChallengeBroken, match="challenge_invalid"):
        Solution.read(tmp_path)
