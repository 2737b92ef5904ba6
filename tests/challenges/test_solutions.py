"""Every solution gets the verdict that it declares, in the real sandbox; and a wrong verdict would be noticed."""

from pathlib import Path

import pytest

from challenges.judge import judge
from challenges.registry import catalogue
from challenges.solutions import Declared, Solution, found, solutions
from challenges.spec import ChallengeSpec
from grader.errors import ChallengeBroken
from grader.report import EntryFacts, Finding, Report, Result
from grader.sandbox import open_sandbox

pytestmark = pytest.mark.usefixtures("data_sets")
ALL = [(spec, solution) for spec in catalogue().values() for solution in solutions(spec)]
NAMES = [f"{spec.id}/{solution.folder.name}" for spec, solution in ALL]


@pytest.mark.sandbox
@pytest.mark.slow
@pytest.mark.parametrize(("spec", "solution"), ALL, ids=NAMES)
def test_a_solution_gets_its_declared_verdict(spec: ChallengeSpec, solution: Solution) -> None:
    if not solution.runs_here:
        pytest.skip(f"no runtime for {solution.declared.file}")

    report = judge(spec, solution.build(spec), "hidden", open_sandbox())

    assert solution.agrees(report), f"declared {solution.declared}, found {found(report)}: {report.reasons}"


@pytest.mark.parametrize("spec", catalogue().values(), ids=list(catalogue()))
def test_every_challenge_has_a_reference_and_entries_that_must_fail(spec: ChallengeSpec) -> None:
    verdicts = {solution.folder.name: solution.declared.result for solution in solutions(spec)}

    assert verdicts["reference"] is Result.PASSED
    assert list(verdicts.values()).count(Result.REJECTED) >= 1
    assert {Result.PARTIAL, Result.BELOW_GATE} & set(verdicts.values())


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

    assert cheat.agrees(rejected("weights_not_baseline"))
    assert not cheat.agrees(rejected("output_not_finite"))


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
