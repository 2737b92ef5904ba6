"""What a job may do and what comes back: the same for the real sandbox and for the fake that others test with."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from grader import wording
from grader.sandbox.base import ArraySpec, Job, Lock, Outcome, Sandbox, Tensors, Verdict
from grader.sandbox.bubblewrap import BubblewrapSandbox, Privilege
from grader.sandbox.cgroups import find_tree
from grader.sandbox.fake import FakeSandbox
from grader.sandbox.limits import Limits
from grader.sandbox.mounts import View, python_view
from grader.sandbox.probe import probe
from tests.attacks import models

HERE = Path(__file__).parent
X = np.arange(12, dtype=np.float32).reshape(3, 4)
RunTask = Callable[..., Outcome]


def open_real() -> BubblewrapSandbox:
    """This machine's sandbox, with the tests' tasks inside."""
    capability = probe()
    if capability.backend == "none":
        pytest.skip(f"no sandbox here: {[missing.code for missing in capability.missing]}")
    view = python_view()
    modules = {f"/karui/{path.name}": path.read_bytes() for path in HERE.glob("inside_*.py")}
    return BubblewrapSandbox(
        Privilege(capability.backend), find_tree(), view=View(view.binds, {**view.data, **modules})
    )


@pytest.fixture(scope="module")
def real() -> BubblewrapSandbox:
    """The real sandbox."""
    return open_real()


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.sandbox), "fake"])
def run_task(request: pytest.FixtureRequest) -> RunTask:
    """Run one of `inside_tasks` in the real sandbox, and again in the fake."""
    fake = request.param == "fake"
    sandbox: Sandbox = FakeSandbox() if fake else open_real()
    module = "tests.grader.sandbox.inside_tasks" if fake else "inside_tasks"

    def run(task: str, **job: object) -> Outcome:
        return sandbox.run(Job(**{"files": {}, **job, "task": f"{module}:{task}"}))  # type: ignore[arg-type]

    return run


def test_what_a_runtime_does_once_is_done_before_the_lock(run_task: RunTask) -> None:
    fake = "tests.grader.sandbox.inside_tasks:prepare"
    module = fake if run_task("be_silent").backend == "fake" else "inside_tasks:prepare"

    assert run_task("tell_prepared", warm_up=module, arguments={"word": "ready"}).reply == {"prepared": ["ready"]}


def test_the_parent_writes_and_reads_while_a_task_waits(run_task: RunTask) -> None:
    asked, answers = iter([3.0, 5.0]), []

    def ring(name: str, fresh: Tensors, outputs: Tensors) -> None:
        answers.append(float(outputs["twice"][0]))
        number = next(asked, None)
        fresh["more"][0] = number is not None
        fresh["number"][0] = number or 0.0

    outcome = run_task(
        "double",
        outputs={"twice": ArraySpec("float64", (1,))},
        fresh={"number": ArraySpec("float64", (1,)), "more": ArraySpec("int64", (1,))},
        bell=ring,
    )

    assert outcome.verdict is Verdict.OK
    assert answers == [0.0, 6.0, 10.0]
    assert [mark.name for mark in outcome.marks] == ["next"] * 3


def test_it_carries_everything_there_and_back(run_task: RunTask) -> None:
    outcome = run_task(
        "echo",
        files={"model": b"\x00model\xff"},
        tensors={"x": X, "empty": np.zeros((0, 3), dtype=np.int8), "one": np.array(7, dtype=np.int64)},
        outputs={
            "x": ArraySpec("float32", (3, 4)),
            "empty": ArraySpec("int8", (0, 3)),
            "one": ArraySpec("int64", ()),
        },
        arguments={"名前": [1, 2.5, None, "a\nb"]},
        blob_bytes=7,
    )

    assert outcome.verdict is Verdict.OK, outcome
    assert outcome.reply == {"名前": [1, 2.5, None, "a\nb"]}
    assert outcome.blob == b"\x00model\xff"
    np.testing.assert_array_equal(outcome.arrays["x"], X)
    assert outcome.arrays["empty"].shape == (0, 3)
    assert outcome.arrays["one"] == 7
    assert [mark.name for mark in outcome.marks] == ["copied"]


def test_it_takes_arrays_that_are_not_contiguous(run_task: RunTask) -> None:
    outcome = run_task(
        "echo",
        files={"model": b""},
        tensors={"x": X.T},
        outputs={"x": ArraySpec("float32", (4, 3))},
    )

    np.testing.assert_array_equal(outcome.arrays["x"], X.T)


def test_it_refuses_arrays_of_objects(run_task: RunTask) -> None:
    with pytest.raises(TypeError, match="object"):
        run_task("echo", tensors={"x": np.array([{}], dtype=object)})


def test_a_task_need_not_answer(run_task: RunTask) -> None:
    outcome = run_task("be_silent")

    assert outcome.verdict is Verdict.OK
    assert (outcome.reply, outcome.blob, outcome.arrays) == (None, b"", {})


def test_a_rejection_travels_as_code_and_figures(run_task: RunTask) -> None:
    outcome = run_task("reject", arguments={"limit_bytes": 4})

    assert outcome.verdict is Verdict.INVALID_MODEL
    assert outcome.code == "blob_too_large"
    assert outcome.params == {"size_bytes": 5, "limit_bytes": 4}


def test_text_of_the_model_is_cut_and_escaped(run_task: RunTask) -> None:
    outcome = run_task("reject_with_text", arguments={"text": "\x1b[31m\u202e" + "長" * 500})

    assert outcome.params["detail"] == "\\x1b[31m\\u202e" + "長" * 194


def test_any_other_error_is_an_invalid_model(run_task: RunTask) -> None:
    outcome = run_task("fail", arguments={"text": "bad node\n" + "x" * 500})

    assert outcome.verdict is Verdict.INVALID_MODEL
    assert outcome.code == "invalid_model"
    assert str(outcome.params["detail"]).startswith("RuntimeError: bad node\\nxxx")
    assert len(str(outcome.params["detail"])) == 300


@pytest.mark.parametrize("text", ["std::bad_alloc", "Failed to allocate memory for requested buffer of size 9"])
def test_a_failed_allocation_is_the_memory_limit(text: str, run_task: RunTask) -> None:
    outcome = run_task("fail", arguments={"text": text}, limits=Limits(memory_mib=300))

    assert outcome.verdict is Verdict.MEMORY_LIMIT
    assert outcome.params == {"limit_mib": 300}


def test_a_blob_has_the_size_that_the_job_allows(run_task: RunTask) -> None:
    fits = run_task("hand_over", arguments={"size_bytes": 100}, blob_bytes=100)
    exceeds = run_task("hand_over", arguments={"size_bytes": 101}, blob_bytes=100)

    assert len(fits.blob) == 100
    assert exceeds.code == "blob_too_large"
    assert exceeds.blob == b""


def test_a_reply_may_be_one_mebibyte(run_task: RunTask) -> None:
    fits = run_task("answer_at_length", arguments={"more": 0})
    exceeds = run_task("answer_at_length", arguments={"more": 1})

    assert len(fits.reply["text"]) > 1_000_000
    assert exceeds.verdict is Verdict.INVALID_MODEL


def test_figures_of_numpy_are_figures(run_task: RunTask) -> None:
    assert run_task("answer_with_numpy").reply == {"count": 3, "mean": 0.5, "kept": True}
    assert run_task("reject_with_numpy").params == {"size_bytes": 5, "limit_bytes": 4}


def test_a_reply_cannot_hold_infinity(run_task: RunTask) -> None:
    outcome = run_task("answer_with_infinity")

    assert outcome.verdict is Verdict.INVALID_MODEL


def test_inputs_cannot_be_written(run_task: RunTask) -> None:
    outcome = run_task("write_to_inputs", tensors={"x": X})

    assert outcome.verdict is Verdict.INVALID_MODEL
    assert "read-only" in str(outcome.params["detail"])


def test_every_outcome_has_its_sentence_in_both_languages(run_task: RunTask) -> None:
    outcome = run_task("fail", arguments={"text": "{braces} %s"})

    for language in wording.LANGUAGES:
        assert "{braces} %s" in wording.say(outcome.code, outcome.params, language).message


def test_the_fake_says_that_it_is_one() -> None:
    outcome = FakeSandbox().run(Job(task="tests.grader.sandbox.inside_tasks:be_silent", files={}))

    assert outcome.backend == "fake"


@pytest.mark.sandbox
def test_marks_carry_the_parent_s_clocks(real: BubblewrapSandbox) -> None:
    outcome = real.run(Job(task="inside_tasks:work_between_marks", files={}))

    start, burnt, slept = outcome.marks
    # The child waits at each mark until the parent has stamped it, so a window never misses any of its work.
    assert 1.0 <= (burnt.cpu_ns - start.cpu_ns) / outcome.reply["burnt_ns"] < 1.1
    assert burnt.wall_ns - start.wall_ns >= outcome.reply["burnt_ns"]
    assert slept.wall_ns - burnt.wall_ns >= 100_000_000
    assert slept.cpu_ns - burnt.cpu_ns < 20_000_000


@pytest.mark.sandbox
def test_jobs_side_by_side_are_different_users(real: BubblewrapSandbox) -> None:
    job = Job(task="inside_tasks:who_am_i", files={})

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: real.run(job), range(4)))

    uids = {outcome.reply["uid"] for outcome in outcomes}
    assert 0 not in uids
    assert len(uids) == (4 if real.backend == "bwrap-root" else 1)
    assert {outcome.reply["pid"] for outcome in outcomes} == {2}, "alone with pid 1 in a namespace of its own"


@pytest.mark.sandbox
def test_a_job_stays_on_the_core_that_it_is_given(real: BubblewrapSandbox) -> None:
    outcome = real.run(Job(task="inside_tasks:who_am_i", files={}, limits=Limits(core=1)))

    assert outcome.reply["cores"] == [1]


@pytest.mark.sandbox
def test_a_task_that_cannot_be_imported_is_our_fault(real: BubblewrapSandbox) -> None:
    outcome = real.run(Job(task="grader.no_such_module:run", files={}))

    assert outcome.verdict is Verdict.SANDBOX_FAILED
    assert "no_such_module" in str(outcome.params["detail"])


@pytest.mark.sandbox
def test_it_tells_what_a_job_took(real: BubblewrapSandbox) -> None:
    usage = real.run(Job(task="inside_tasks:work_between_marks", files={})).usage

    assert 0.2 < usage.wall_s < 10
    assert 0.1 < usage.cpu_s < 2
    assert 0.0 < usage.start_s < 5
    assert usage.memory_peak_bytes is None or 5 << 20 < usage.memory_peak_bytes < 200 << 20


@pytest.mark.sandbox
def test_numpy_computes_under_the_lock(real: BubblewrapSandbox) -> None:
    square = np.random.default_rng(0).normal(size=(200, 200)).astype(np.float32)

    outcome = real.run(
        Job(
            task="inside_tasks:multiply",
            files={},
            tensors={"x": square},
            outputs={"x": ArraySpec("float32", square.shape)},
        )
    )

    np.testing.assert_allclose(outcome.arrays["x"], square @ square, rtol=1e-3, atol=1e-3)


@pytest.mark.sandbox
def test_the_quantizer_of_onnx_runtime_works_under_the_scratch_lock(real: BubblewrapSandbox) -> None:
    samples = np.random.default_rng(0).normal(size=(8, 3, 8, 8)).astype(np.float32)

    outcome = real.run(
        Job(
            task="inside_quantizer:quantize",
            files={"model": models.seed_model()},
            tensors={"samples": samples},
            blob_bytes=1 << 20,
            lock=Lock.SCRATCH,
        )
    )

    assert outcome.verdict is Verdict.OK, outcome
    assert b"QuantizeLinear" in outcome.blob


@pytest.mark.sandbox
def test_onnx_runtime_writes_its_optimized_graph_under_the_scratch_lock(real: BubblewrapSandbox) -> None:
    files = {"model": models.seed_model()}

    outcomes = {
        lock: real.run(Job(task="inside_quantizer:dump_optimized", files=files, blob_bytes=1 << 20, lock=lock))
        for lock in Lock
    }

    assert outcomes[Lock.SCRATCH].verdict is Verdict.OK, outcomes[Lock.SCRATCH]
    assert b"Conv" in outcomes[Lock.SCRATCH].blob
    assert outcomes[Lock.STRICT].verdict is Verdict.INVALID_MODEL, "the control: the strict lock lets no file be made"
