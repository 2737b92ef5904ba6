"""A quick site: no sandbox, no broker, a real database, and reports that the real scoring has computed."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from model_bakery import baker
from pytest_django import Settings

from accounts.models import User
from challenges import registry
from challenges.kernels.spec import KernelSpec
from challenges.registry import catalogue, kernels
from challenges.spec import ChallengeSpec
from config.management.commands.compile_translations import compile_translations
from grader.advice import next_steps, remarks
from grader.challenge import Baseline
from grader.devices.lab import COMPILER, LINKER, Lab
from grader.devices.targets import Counts
from grader.entry import Entry
from grader.evaluation import Evaluated
from grader.kernels import scoring
from grader.kernels.facts import HotBlock, KernelFacts, KernelOnDevice
from grader.report import (
    AccuracyFacts,
    EntryFacts,
    Finding,
    InspectionFacts,
    LatencyFacts,
    LayerFacts,
    Measured,
    NodeFacts,
    Report,
    Result,
    TimingProcess,
)
from grader.scoring import result, score
from submissions.models import Submission
from tests.evaluated import evaluated_of

LOCALE = Path(__file__).parents[2] / "platform" / "locale"
ONNX = b"\x08\x08 not really a model, but it begins like one"

MakeReport = Callable[..., Report]


@pytest.fixture(scope="session", autouse=True)
def translations() -> None:
    """The site speaks Japanese in every test."""
    compile_translations(LOCALE)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file as in production: threads and processes of a test see the same rows."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def quick_site(settings: Settings, tmp_path: Path) -> None:
    """Uploads in a folder of the test's own, cheap password hashes, static files without a manifest."""
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media"},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True  # or it would look at every static file for every client of a test
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def spec() -> ChallengeSpec:
    """A challenge as it is shipped."""
    return catalogue()["int8_fashion"]


@pytest.fixture(autouse=True)
def measured_baseline(monkeypatch: pytest.MonkeyPatch) -> Baseline:
    """The card's figures, without a sandbox."""
    outputs = np.zeros((5000, 10), np.float32)
    baseline = Baseline(outputs=outputs, accuracy=0.92, size_bytes=1_233_895, memory_bytes=75_264)
    monkeypatch.setattr("catalog.card._measured", lambda challenge_id: baseline)
    return baseline


@pytest.fixture(autouse=True)
def whole_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device lab by its word, wherever these tests run: nothing is emulated in them."""
    monkeypatch.setattr(Lab, "require", lambda self: None)
    monkeypatch.setattr(Lab, "tools", {"qemu": "7.2.22", "onnxruntime": "1.32.0", "counter": "0123456789ab"})


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queue: for which lines turns were added, in that order."""
    turns: list[str] = []
    for task, line in {"evaluate": "evaluation", "time": "timing", "run_trial": "trial"}.items():
        monkeypatch.setattr(f"submissions.tasks.{task}.delay", partial(turns.append, line))
    return turns


@pytest.fixture
def user(db: None) -> User:
    """Somebody who practises."""
    return User.objects.create_user("candidate@example.com", "a long enough pass phrase")


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    """Their browser."""
    client.force_login(user)
    return client


@pytest.fixture
def model_file() -> SimpleUploadedFile:
    """A file that gets past the door."""
    return SimpleUploadedFile("entry.onnx", ONNX)


@pytest.fixture
def submission(user: User) -> Submission:
    """A submission in the queue."""
    return baker.make(
        Submission,
        owner=user,
        challenge="int8_fashion",
        upload_key=UUID(int=1),
        file_name="entry.onnx",
        file_bytes=len(ONNX),
        sha256=Entry("entry.onnx", ONNX).sha256,
    )


def timed(ratio: float) -> TimingProcess:
    """A process whose slices scatter around a ratio."""
    reference = tuple(100_000 + 700 * n for n in range(8))
    entry = tuple(round(ratio * ns) + 300 * (n % 3) for n, ns in enumerate(reference))
    return TimingProcess(
        runs_per_slice=(100, 200),
        reference_min_ns=reference,
        reference_total_ns=tuple(100 * ns for ns in reference),
        entry_min_ns=entry,
        entry_total_ns=tuple(200 * ns for ns in entry),
    )


@pytest.fixture
def measure() -> Callable[..., Measured]:
    """Measurements of an int8 model, as good as asked for."""

    def build(*, accuracy: float = 0.918, ratio: float = 0.5, noisy: bool = False) -> Measured:
        return Measured(
            inspection=InspectionFacts(
                opset=17,
                parameters=78_042,
                nonzero_parameters=77_900,
                macs=12_500_000,
                size_bytes=337_509,
                elements_by_dtype={"int8": 310_000, "float32": 1_500, "int32": 1_000, "uint8": 30},
                bytes_by_dtype={"int8": 310_000, "float32": 6_000, "int32": 4_000, "uint8": 30},
                memory_bytes=18_816,
                layers=(LayerFacts(name="conv1.weight", op="Conv", dtype="int8", bits=8, elements=144, zeros=3),),
                nodes=(
                    NodeFacts(name="conv1", op="QLinearConv", precision="int8"),
                    NodeFacts(name="pool", op="GlobalAveragePool", precision="float"),
                    NodeFacts(name="input_q", op="QuantizeLinear", precision="other"),
                ),
                dead_qdq=1,
            ),
            accuracy=AccuracyFacts(
                items=5000,
                value=accuracy,
                interval=(accuracy - 0.0077, accuracy + 0.0074),
                baseline=0.92,
                drop=0.92 - accuracy,
                drop_interval=(0.92 - accuracy - 0.003, 0.92 - accuracy + 0.003),
                max_drop=0.01,
                within_noise_of_gate=False,
                with_kernels=accuracy - 0.004,
            ),
            latency=LatencyFacts(
                ratio=ratio,
                interval=(ratio * 0.985, ratio * 1.015),
                noisy=noisy,
                reference_ns=100_000,
                entry_ns=round(100_000 * ratio),
                processes=tuple(timed(ratio * (0.98 + 0.01 * n)) for n in range(5)),
            ),
            baseline_size_bytes=1_233_895,
            baseline_memory_bytes=75_264,
            quantized_by="candidate",
        )

    return build


@pytest.fixture
def graded(spec: ChallengeSpec, measure: Callable[..., Measured]) -> MakeReport:
    """A graded report whose verdict, points and remarks are computed by the grader itself."""

    def build(**how_good: float | bool) -> Report:
        measured = measure(**how_good)
        points = score(measured, spec.targets)
        verdict = result(measured, points)
        return Report(
            challenge=spec.id,
            challenge_version=spec.version,
            split="hidden",
            entry=EntryFacts(sha256="a" * 64, format="onnx", file_bytes=355_000),
            result=verdict,
            reasons=remarks(measured, points, verdict),
            next_steps=next_steps(measured, points),
            measured=measured,
            score=points,
            environment={
                "cpu_model": "Example CPU",
                "onnxruntime": "1.32.0",
                "sandbox": "bubblewrap",
                "load_1min": 0.4,
            },
            stage_wall_s={"validate": 0.01, "inspect": 1.2, "infer": 4.5, "time": 9.0, "score": 0.01},
        )

    return build


@pytest.fixture
def evaluated(graded: MakeReport) -> Evaluated:
    """What the first half of the grading of a good entry found."""
    return evaluated_of(graded(), ONNX)


@pytest.fixture
def rejected(spec: ChallengeSpec) -> Report:
    """A report on an entry that could not be graded."""
    return Report(
        challenge=spec.id,
        challenge_version=spec.version,
        split="hidden",
        entry=EntryFacts(sha256="b" * 64, format="onnx", file_bytes=12),
        result=Result.REJECTED,
        reasons=(Finding("output_not_finite", {"items": 7, "total": 5000}),),
        environment={"cpu_model": "Example CPU"},
        stage_wall_s={"validate": 0.01},
    )


KERNEL_CHALLENGE = """
kind = "kernel"
version = 1
skills = ["arm", "cpp-operators"]
minutes = 90

[title]
ja = "Arm の int8 行列積"
en = "An int8 matrix product on Arm"

[summary]
ja = "行列積のカーネルを C++ で書きます。"
en = "Write the kernel of a matrix product in C++."

[starter]
script = "check.py"
result = "partial"

[kernel]
symbol = "product"
header = "product.h"
cases = "gemm"
max_bytes = 65536

[devices.pi4]
par = 400_000
gold = 300_000
weight = 0.5
floor_macs_per_instruction = 4

[devices.pi5]
par = 100_000
gold = 80_000
weight = 0.5
floor_macs_per_instruction = 16
"""
MACS = 1_048_576


@pytest.fixture
def kernel_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KernelSpec]:
    """A challenge for kernels, beside those that are shipped."""
    folder = tmp_path / "challenges"
    (folder / "product" / "kernel").mkdir(parents=True)
    for path in registry.FOLDER.glob("*/challenge.toml"):
        (folder / path.parent.name).symlink_to(path.parent)
    (folder / "product" / "challenge.toml").write_text(KERNEL_CHALLENGE)
    for name in ("brief.ja.md", "brief.en.md", *(f"kernel/{name}" for name in ("call.cpp", "empty.cpp", "scalar.cpp"))):
        (folder / "product" / name).write_text("// nothing\n")
    (folder / "product" / "kernel" / "product.h").write_text("#pragma once\n")
    monkeypatch.setattr(registry, "FOLDER", folder)
    registry.everything.cache_clear()
    yield kernels()["product"]
    registry.everything.cache_clear()


def counts(instructions: int, level1_misses: int) -> Counts:
    """Half of them loads, half of them products."""
    half = instructions // 2
    classes = dict.fromkeys(("int", "store", "branch", "vector", "system"), 0)
    return Counts(
        instructions=instructions,
        level1_misses=level1_misses,
        level2_misses=0,
        classes={**classes, "load": half, "vector_mac": instructions - half},
    )


@pytest.fixture
def kernel_report(kernel_spec: KernelSpec) -> MakeReport:
    """A report on a kernel whose verdict and points the grader itself computes; a passed one, or as slow as asked for.

    slower: times the instructions of a kernel that passes with gold.
    """

    def build(*, slower: int = 1) -> Report:
        measured = tuple(
            KernelOnDevice(
                device=target.device.name,
                title=target.device.title,
                core=target.device.core,
                counts=(mine := counts(slower * instructions, 250)),
                scalar=(scalar := counts(6_333_279, 260)),
                cycles=target.device.cycles(mine),
                scalar_cycles=target.device.cycles(scalar),
                floor_instructions=MACS / target.macs_per_instruction,
                compiler_log="product.cpp:3: warning: unused",
                hot=(HotBlock(address=4096, runs=64, share=0.9, instructions=("ldr q0, [x0]", "smull v1.8h, v0.8b")),),
            )
            for target, instructions in zip(kernel_spec.targets, (354_000, 126_549), strict=True)
        )
        points = scoring.score(measured, kernel_spec.targets)
        verdict = scoring.result(points)
        return Report(
            challenge=kernel_spec.id,
            challenge_version=kernel_spec.version,
            split="hidden",
            entry=EntryFacts(sha256="c" * 64, format="cpp", file_bytes=2_048),
            result=verdict,
            reasons=(),
            gold=verdict is Result.PASSED and scoring.is_gold(measured, kernel_spec.targets),
            kernel=KernelFacts(source_bytes=2_048, macs=MACS, devices=measured),
            score=points,
            environment={"qemu-aarch64": "7.2.22", "qemu-riscv64": "7.2.22", COMPILER: "19.1.7", LINKER: "19.1.7"},
            stage_wall_s={"compile": 1.0, "check": 0.5, "count": 0.5},
        )

    return build
