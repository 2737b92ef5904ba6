"""Kernels that attack the device lab: each ends in the verdict that is named for it, and none scores."""

import dataclasses
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from grader.devices.lab import COMPILER, Lab
from grader.devices.targets import Device
from grader.errors import EntryRejected, GraderError
from grader.sandbox.base import Sandbox
from tests.attacks.device_kernels import (
    ARM_TOUCHES,
    BOMBS,
    CALLS,
    COMPILED,
    FOREIGN,
    HUNGRY,
    LOST,
    MARKS,
    RISCV_TOUCHES,
    SECTIONS,
    TOUCHES,
    ZEROES,
    calling,
    early,
    hungry,
)
from tests.grader.devices.conftest import lab, sandbox  # noqa: F401  # fixtures
from tests.grader.devices.kernels import CASES, EXPECTED, HONEST, PI4, PI5, RISCV, Kernels, kernel

pytestmark = pytest.mark.sandbox
BOTH = pytest.mark.parametrize("device", [PI4, RISCV], ids=lambda device: device.name)
CALLS_IN_CI = ("fork", "thread", "move pages beyond the guest", "make code", "read the map of memory")


@pytest.fixture(scope="module")
def kernels(lab: Lab, sandbox: Sandbox) -> Kernels:  # noqa: F811
    """Builds and runs."""
    return Kernels(lab, sandbox)


def verdict(source: str, device: Device, kernels: Kernels) -> EntryRejected:
    """How a kernel ends that must not come through."""
    with pytest.raises(EntryRejected) as rejection:
        kernels.run(source, device)
    return rejection.value


def test_an_honest_kernel_comes_through(kernels: Kernels) -> None:
    assert kernels.run(HONEST, PI4).outputs == EXPECTED


@BOTH
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in CALLS_IN_CI else pytest.mark.long) for name in CALLS]
)
def test_a_system_call_that_is_not_a_kernel_s_ends_it(name: str, device: Device, kernels: Kernels) -> None:
    assert verdict(calling(CALLS[name]), device, kernels).code == "device_forbidden_call"


def test_no_descriptor_but_the_output_can_be_written(kernels: Kernels) -> None:
    """The counter's report is memory of the emulator, and among the descriptors there is none for it."""
    for descriptor in (0, 2, 3, 14, 63):
        source = calling(f'call(WRITE, {descriptor}, (long)"forged", 6);')

        assert verdict(source, PI4, kernels).params == {"number": 64}


@pytest.mark.long
@pytest.mark.parametrize("descriptor", [number for number in range(64) if number != 1])
def test_no_descriptor_at_all_can_be_written_or_read(descriptor: int, kernels: Kernels) -> None:
    write = verdict(calling(f'call(WRITE, {descriptor}, (long)"forged", 6);'), PI4, kernels)
    read = descriptor and verdict(calling(f"static char in[64]; call(READ, {descriptor}, (long)in, 64);"), PI4, kernels)

    assert write.params == {"number": 64}
    assert not read or read.params == {"number": 63}


@pytest.mark.parametrize("device", [PI4, PI5], ids=lambda device: device.name)
def test_the_guests_own_words_in_the_output_are_wrong_outputs(device: Device, kernels: Kernels) -> None:
    run = kernels.run(calling('call(WRITE, 1, (long)"{\\"ending\\":\\"exit\\"}", 17);'), device)

    assert run.outputs != EXPECTED


def touching(device: Device, touches: Mapping[str, str]) -> Iterator[object]:
    """Parameters: a few in CI, all at length."""
    for name, touch in touches.items():
        marks = [] if name in ("store", "vector store") else [pytest.mark.long]
        yield pytest.param(device, touch, id=f"{device.name}, {name}", marks=marks)


@pytest.mark.parametrize("name", TOUCHES)
def test_an_address_outside_of_the_guest_where_nothing_lies_ends_it(name: str, kernels: Kernels) -> None:
    assert verdict(calling(TOUCHES[name]), PI4, kernels).code == "crashed"


@pytest.mark.parametrize(
    ("device", "touch"),
    [
        *touching(PI4, {**TOUCHES, **ARM_TOUCHES}),
        *touching(RISCV, {**TOUCHES, **RISCV_TOUCHES}),
    ],
)
def test_an_address_outside_of_the_guest_where_the_emulator_lies_ends_it(
    device: Device, touch: str, kernels: Kernels, altered: Callable[[str, str], Lab]
) -> None:
    """The counter of this lab has pages at the addresses, so that the touch itself goes well."""
    pages = "\n".join(
        f"mmap((void *)({address}), 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);"
        for address in ("1L << 40", "0x555555554000", "0x7ffff7d00000")
    )
    lab_with_pages = altered("make_vtypes();\n", f"make_vtypes();\n{pages}\n")
    code = verdict(calling(touch), device, dataclasses.replace(kernels, lab=lab_with_pages)).code

    never_there = "-8L" in touch or "vle8ff" in touch  # of the latter the emulator asks whether the page is the guest's
    assert code == ("crashed" if never_there else "device_outside_memory")


@pytest.fixture(scope="module")
def altered(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Lab]:  # noqa: F811
    """A copy of the lab whose counter was built from other source: some text replaced by other text."""

    @cache
    def make(text: str, other: str) -> Lab:
        folder = tmp_path_factory.mktemp("lab", numbered=True)
        for path in lab.folder.iterdir():
            (folder / path.name).symlink_to(path)
        with as_file(files("grader.devices") / "plugin") as source:
            shutil.copytree(source, folder / "source")
        counter = folder / "source" / "count.c"
        content = counter.read_text()
        assert text in content
        counter.write_text(content.replace(text, other))
        (folder / "count.so").unlink()
        compiler = [COMPILER.replace("++", ""), "-O1", "-shared", "-fPIC", "-fvisibility=hidden"]
        subprocess.run([*compiler, counter, "-o", folder / "count.so"], check=True)
        return Lab(folder)

    return make


PASSED_ON = ("if (!known || ", "if (number == 4001 && ")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("open a socket", "forbidden_action"),
        ("send a signal to a thread", "forbidden_action"),
        ("make a file of memory", "forbidden_action"),
        ("fork", "forbidden_action"),
    ],
)
def test_behind_the_counter_stands_the_kernel_s_filter(
    name: str, code: str, kernels: Kernels, altered: Callable[[str, str], Lab]
) -> None:
    """With a counter that lets every call through."""
    through = dataclasses.replace(kernels, lab=altered(*PASSED_ON))

    assert verdict(calling(CALLS[name]), PI4, through).code == code


def test_without_the_counter_s_look_at_calls_emulated_memory_could_lie_over_the_emulator(
    kernels: Kernels, altered: Callable[[str, str], Lab]
) -> None:
    through = dataclasses.replace(kernels, lab=altered(*PASSED_ON))
    moved = calling("if (call(MREMAP, (long)page, PAGE, PAGE, 3, HOST) == HOST) output = nullptr;",
                    "static char page[8192] __attribute__((aligned(4096)));")  # fmt: skip

    assert verdict(moved, PI4, through).params == {"signal": "SIGSEGV"}


def test_the_filter_is_on_while_a_guest_runs(kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bubblewrap's own and the counter's second one, in every thread of the emulator."""
    source = calling('for (;;) asm volatile("");')
    monkeypatch.setattr("grader.devices.kernels.INSTRUCTION_LIMIT", 400_000_000)
    ended = []
    running = threading.Thread(target=lambda: ended.append(verdict(source, PI4, kernels).code))
    running.start()
    seen = set()
    while running.is_alive():
        seen |= {filters_of(thread) for task in emulators() for thread in (task / "task").glob("*")}
        time.sleep(0.02)
    running.join()

    assert 2 in seen
    assert max(seen) == 2
    assert ended == ["device_instruction_limit"]


def emulators() -> list[Path]:
    """Processes of this machine that are an emulator in one of our cages."""
    return [path.parent for path in Path("/proc").glob("[0-9]*/comm") if text_of(path) == "qemu-aarch64\n"]


def filters_of(thread: Path) -> int:
    """How many seccomp filters a thread has."""
    lines = text_of(thread / "status").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Seccomp_filters:")), 0)


def text_of(path: Path) -> str:
    """A file of /proc, empty where its process has gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


def test_a_lab_whose_filter_cannot_be_put_on_is_our_fault(kernels: Kernels, altered: Callable[[str, str], Lab]) -> None:
    broken = dataclasses.replace(kernels, lab=altered("open(lock_path,", 'open("/nowhere",'))

    with pytest.raises(GraderError) as failure:
        broken.run(HONEST, PI4)

    assert failure.value.code == "device_report_broken"


@BOTH
@pytest.mark.parametrize("name", MARKS)
def test_who_breaks_the_order_of_the_marks_is_not_counted(name: str, device: Device, kernels: Kernels) -> None:
    assert verdict(calling(MARKS[name]), device, kernels).code == "device_forged_marks"


def test_a_kernel_that_leaves_as_the_harness_would_gains_less_than_its_last_steps(kernels: Kernels) -> None:
    """In the last call it writes all outputs and leaves, with every mark in its place."""
    last = f"if (size == 1) {{ {STORED} }}"
    source = kernel(f"for (int at = 0; at < size; at++) output[at] = input[at] + 1; {last}", WITH_CALLS)

    honest, leaver = kernels.run(HONEST, PI4), kernels.run(source, PI4)

    assert leaver.outputs == EXPECTED
    assert honest.emulated.total.instructions - leaver.emulated.total.instructions < 40


WITH_CALLS = calling("").partition("void kernel")[0].removeprefix('#include "kernel.h"\n')
STORED = """asm volatile(END);
    char *first = (char *)((long)output - 256);
    call(WRITE, 1, (long)first, 384);
    call(EXIT_GROUP, 0);"""


@pytest.mark.parametrize("name", FOREIGN)
def test_a_name_that_could_stand_in_for_another_is_refused(name: str, kernels: Kernels) -> None:
    assert verdict(early(FOREIGN[name]), PI4, kernels).code == "kernel_foreign_symbol"


@pytest.mark.parametrize("name", SECTIONS)
def test_what_would_run_before_the_kernel_is_called_is_refused(name: str, kernels: Kernels) -> None:
    assert verdict(early(SECTIONS[name]), PI4, kernels).code == "kernel_foreign_section"


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long if "malloc, " in name or "mmap, " in name else []) for name in HUNGRY],
)
def test_more_than_two_gibibytes_are_the_memory_limit(name: str, kernels: Kernels) -> None:
    rejection = verdict(hungry(name), PI4, kernels)

    # Where no cgroup counts what is touched, the emulator cannot even load a program with so many zeros.
    assert rejection.code in ("memory_limit", "crashed" if name.startswith("static") else "memory_limit")
    assert rejection.code == "crashed" or rejection.params == {"limit_mib": 2048}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name != "a loop without end" else pytest.mark.long) for name in LOST]
)
def test_a_kernel_that_comes_to_no_end_of_its_own_is_named(name: str, kernels: Kernels) -> None:
    source, code = LOST[name]

    assert verdict(source, PI4, kernels).code == code


@pytest.mark.parametrize("name", COMPILED)
def test_what_does_not_compile_ends_with_the_compiler_s_words(name: str, kernels: Kernels) -> None:
    rejection = verdict(early(COMPILED[name]), PI4, kernels)

    assert rejection.code == "kernel_not_compiled"
    assert "root:" not in str(rejection.params["log"])
    assert str(Path.home()) not in str(rejection.params["log"])
    assert len(str(rejection.params["log"])) <= 6000


@pytest.mark.long
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_the_compiler_meets_its_limits(name: str, kernels: Kernels) -> None:
    assert verdict(early(BOMBS[name]), PI4, kernels).code in ("time_limit_cpu", "memory_limit", "kernel_not_compiled")


def test_a_flood_of_warnings_is_cut(kernels: Kernels) -> None:
    flood = "".join(f"static int unused{number};\n" for number in range(2000))

    with pytest.raises(EntryRejected) as rejection:
        kernels.run(early(f"{flood}\n#error stop"), PI4)

    assert len(str(rejection.value.params["log"])) <= 6000


def test_a_huge_object_is_refused(kernels: Kernels) -> None:
    source = early("extern const char large[]; __attribute__((used)) static char block[8 << 20] = {1};")

    assert verdict(source, PI4, kernels).code == "kernel_not_compiled"


def test_an_output_written_past_its_end_is_named_with_its_sizes(kernels: Kernels) -> None:
    rejection = verdict(kernel("output[size] = 1;"), PI4, kernels)

    assert (rejection.code, rejection.params) == ("kernel_out_of_bounds", {"sizes": str(CASES[0].sizes[0])})


def test_outputs_of_a_former_call_are_wrong_outputs(kernels: Kernels) -> None:
    source = kernel("if (!kept) kept = output; for (int at = 0; at < size; at++) output[at] = kept == output ? "
                    "input[at] + 1 : kept[at];", "static uint8_t *kept;")  # fmt: skip

    run = kernels.run(source, PI4)

    assert run.outputs[0] == EXPECTED[0]
    assert run.outputs[1:] != EXPECTED[1:]


def test_zeros_of_a_whole_line_are_refused_because_nobody_sees_where_they_go(kernels: Kernels) -> None:
    assert verdict(calling(ZEROES), PI4, kernels).code == "device_zeroes_lines"


def test_the_c_library_zeroes_without_them(kernels: Kernels) -> None:
    clear = 'memset(block, 0, sizeof block - size); asm volatile("" :: "r"(block) : "memory");'

    assert kernels.run(calling(clear, "#include <cstring>\nstatic char block[100000];"), PI4).outputs == EXPECTED


def test_an_instruction_that_the_core_lacks_is_named(kernels: Kernels) -> None:
    dot = 'asm volatile(".arch_extension dotprod\\n sdot v0.4s, v1.16b, v2.16b");'

    on_pi4 = verdict(calling(dot), PI4, kernels)

    assert on_pi4.code == "device_illegal_instruction"
    assert on_pi4.params == {"device": "Raspberry Pi 4", "core": "Cortex-A72"}
    assert kernels.run(calling(dot), PI5).outputs == EXPECTED
