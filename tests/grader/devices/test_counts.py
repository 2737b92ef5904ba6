"""What the counter counts, against programs whose counts are known beforehand: loops and single instructions."""

from dataclasses import replace

import pytest

from grader.devices.lab import Lab
from grader.devices.targets import Device
from grader.sandbox.base import Sandbox
from tests.grader.devices.kernels import EXPECTED, PI5, RISCV, Kernels, kernel

pytestmark = pytest.mark.sandbox
TIMES = 50
FEW, MANY = 0x1000, 0x10000  # each is made by one instruction
VLEN_256 = replace(RISCV, emulated_cpu=RISCV.emulated_cpu.replace("vlen=128", "vlen=256"))


@pytest.fixture(scope="module")
def kernels(lab: Lab, sandbox: Sandbox) -> Kernels:
    """Builds and runs."""
    return Kernels(lab, sandbox)


LOOPS = {
    PI5: 'asm volatile("mov x9, %0\\n 1: subs x9, x9, #1\\n b.ne 1b" :: "r"({times}L) : "x9", "cc");',
    RISCV: 'asm volatile("mv t0, %0\\n 1: addi t0, t0, -1\\n bnez t0, 1b" :: "r"({times}L) : "t0");',
}


@pytest.mark.parametrize("device", LOOPS, ids=lambda device: device.name)
def test_a_loop_costs_its_instructions_times_its_rounds(device: Device, kernels: Kernels) -> None:
    few, many = (kernels.run(kernel(LOOPS[device].format(times=times)), device).emulated for times in (FEW, MANY))

    for more in (many.total - few.total, many.between - few.between):
        assert more.instructions == 3 * 2 * (MANY - FEW)  # cases, instructions, rounds
        assert {name: count for name, count in more.classes.items() if count} == {
            "int": 3 * (MANY - FEW),
            "branch": 3 * (MANY - FEW),
        }
        assert more.level1_misses == more.level2_misses == more.vector_registers == 0


ARM = {
    "int": "add x9, x9, #1; mov x9, x10;"
    "madd x9, x10, x11, x9; lsl x9, x9, #2; csel x9, x10, x11, eq; ubfx x9, x9, #1, #4;"
    "udiv x9, x10, x11; adr x9, .",
    "load": "ldr x9, [x12]; ldp x9, x10, [x12]; ldrsb x9, [x12]; ldrb w9, [x12]; ldrsw x9, [x12]; ldr q0, [x12];"
    "ld1 {v0.16b}, [x12]; ld4 {v0.16b-v3.16b}, [x12]; ld1r {v0.16b}, [x12]; ldp q0, q1, [x12]; ldar x9, [x12];"
    "ldr x9, 0x0; ldur x9, [x12, #1]",
    "store": "str x9, [x12]; stp x9, x10, [x12]; strb w9, [x12]; str q0, [x12]; st1 {v0.16b}, [x12]; stp q0, q1, [x12];"
    "stlr x9, [x12]; stur x9, [x12, #1]",
    "branch": "b .+4; cbz x9, .+4; tbz x9, #3, .+4; b.eq .+4",
    "vector": "add v0.16b, v1.16b, v2.16b; sadalp v0.4s, v1.8h; dup v0.16b, w9; ext v0.16b, v1.16b, v2.16b, #3;"
    "zip1 v0.16b, v1.16b, v2.16b; addv b0, v1.16b; sshr v0.8h, v1.8h, #2; eor v0.16b, v1.16b, v2.16b;"
    "fadd v0.4s, v1.4s, v2.4s; saddw v0.8h, v1.8h, v2.8b; sqrdmulh v0.8h, v1.8h, v2.8h; fmov w9, s0",
    "vector_mac": "smull v0.8h, v1.8b, v2.8b; smlal v0.8h, v1.8b, v2.8b; smlal2 v0.4s, v1.8h, v2.h[3];"
    "mul v0.8h, v1.8h, v2.8h; mla v0.8h, v1.8h, v2.8h; fmla v0.4s, v1.4s, v2.4s; fmla v0.4s, v1.4s, v2.s[1];"
    "fmul v0.4s, v1.4s, v2.4s; sdot v0.4s, v1.16b, v2.16b; sdot v0.4s, v1.16b, v2.4b[1]; udot v0.4s, v1.16b, v2.16b;"
    "fmadd s0, s1, s2, s3",
    "system": "nop; mrs x9, nzcv; dmb ish; yield",
}
VECTORS = "vsetivli x0, 4, e32, m1, ta, ma\\n"
RISC = {
    "int": "addi t0, t0, 1; add t0, t0, t1; mul t0, t0, t1; sltu t0, t0, t1; lui t0, 5; c.addi t0, 1; c.mv t0, t1;"
    "vsetivli x0, 4, e32, m1, ta, ma; vsetvli x0, t0, e32, m1, ta, ma",
    "load": "ld t0, (t2); lb t0, (t2); lbu t0, (t2); fld f0, (t2); c.ldsp t0, 0(sp); vle32.v v0, (t2); vle8.v v0, (t2);"
    "vl1r.v v0, (t2)",
    "store": "sd t0, (t2); sb t0, (t2); fsd f0, (t2); vse32.v v0, (t2); vse8.v v0, (t2); vs1r.v v0, (t2)",
    "branch": "beq x0, t0, .+4; c.j .+2; jal x0, .+4",
    "vector": "vadd.vv v0, v1, v2; vmv.v.x v0, t0; vand.vv v0, v1, v2; vredsum.vs v0, v1, v2; vslidedown.vi v0, v1, 1;"
    "vmv1r.v v0, v1; vmv.x.s t0, v0; vfadd.vv v0, v1, v2",
    "vector_mac": "vmul.vv v0, v1, v2;"
    "vmacc.vv v0, v1, v2; vmacc.vx v0, t0, v2; vwmul.vv v4, v1, v2; vwmacc.vv v4, v1, v2;"
    "vfmacc.vv v0, v1, v2; vfmul.vv v0, v1, v2; fmadd.d f0, f1, f2, f3",
    "system": "csrr t0, vlenb; csrr t0, vl",
}
CLOBBERED = {
    PI5: (':: "r"(block) : "x9", "x10", "x11", "x12", "v0", "v1", "v2", "v3", "memory", "cc");', "mov x12, %0\\n"),
    RISCV: (':: "r"(block) : "t0", "t1", "t2", "f0", "v0", "v4", "v5", "memory");', f"mv t2, %0\\n{VECTORS}"),
}


def repeated(instructions: str, device: Device, times: int = TIMES) -> str:
    """A kernel that runs each of the instructions so many times."""
    clobbers, first = CLOBBERED[device]
    lines = "\\n".join(f".rept {times}\\n{each.strip()}\\n.endr" for each in instructions.split(";"))
    extension = ".arch_extension dotprod\\n" if device is PI5 else ""
    assembly = f'asm volatile("{extension}{first}{lines}" {clobbers}'
    return kernel(assembly, "alignas(64) static char block[256];")


@pytest.mark.parametrize(
    ("device", "kind"),
    [*((PI5, kind) for kind in ARM), *((RISCV, kind) for kind in RISC)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_an_instruction_is_counted_in_its_class(device: Device, kind: str, kernels: Kernels) -> None:
    table = ARM if device is PI5 else RISC
    instructions = table[kind]
    more, base = (kernels.run(repeated(instructions, device, times), device).emulated for times in (TIMES, 0))

    counted = (more.between - base.between).classes

    expected = 3 * TIMES * len(instructions.split(";"))
    assert {name: count for name, count in counted.items() if count} == {kind: expected}


REGISTERS = {
    ("e8, m1", "vadd.vv v0, v8, v16"): 1,
    ("e8, m2", "vadd.vv v0, v8, v16"): 2,
    ("e8, m8", "vadd.vv v0, v8, v16"): 8,
    ("e8, mf2", "vadd.vv v0, v8, v16"): 0.5,
    ("e8, mf8", "vadd.vv v0, v8, v16"): 0.125,
    ("e32, m4", "vmul.vv v0, v8, v16"): 4,
    ("e8, m1", "vle8.v v0, (t2)"): 1,
    ("e8, m1", "vle32.v v0, (t2)"): 4,
    ("e8, mf8", "vle64.v v0, (t2)"): 1,
    ("e32, m4", "vle8.v v0, (t2)"): 1,
    ("e32, m4", "vse32.v v0, (t2)"): 4,
    ("e16, m2", "vlse16.v v0, (t2), x0"): 2,
    ("e8, m1", "vlseg3e8.v v0, (t2)"): 3,
    ("e8, m1", "vlseg2e16.v v0, (t2)"): 4,
    ("e32, m2", "vluxei8.v v0, (t2), v8"): 2,
    ("e8, m1", "vl1r.v v0, (t2)"): 1,
    ("e8, m1", "vl4re8.v v0, (t2)"): 4,
    ("e8, mf8", "vs8r.v v0, (t2)"): 8,
    ("e8, m8", "vlm.v v0, (t2)"): 1,
    ("e8, m1", "vmv2r.v v0, v8"): 2,
    ("e8, mf8", "vmv8r.v v0, v8"): 8,
}
"""vtype, instruction -> registers that it works on."""


def in_vtypes(rows: dict[tuple[str, str], float], set_vtype: str, times: int) -> str:
    """A kernel that runs each instruction so many times under its vtype."""
    lines = "".join(
        f"{set_vtype.format(vtype)}\\n.rept {times}\\n{instruction}\\n.endr\\n" for vtype, instruction in rows
    )
    clobbers = ':: "r"(block) : "t0", "t1", "t2", "v0", "v8", "memory");'
    return kernel(
        f'asm volatile("mv t2, %0\\n vsetivli x0, 1, e8, m1, ta, ma\\n vmv.v.i v8, 0\\n {lines}" {clobbers}',
        "static char block[4096];",
    )


def registers_of(rows: dict[tuple[str, str], float], set_vtype: str, kernels: Kernels) -> float:
    """Registers that one run of each instruction works on, together."""
    more, base = (
        kernels.run(in_vtypes(rows, set_vtype, times), RISCV).emulated.between.vector_registers for times in (TIMES, 0)
    )
    return (more - base) / TIMES / 3


@pytest.mark.parametrize(
    "row", [None, *(pytest.param(row, marks=pytest.mark.long, id=" ".join(row)) for row in REGISTERS)]
)
def test_a_vector_instruction_costs_the_registers_it_works_on(row: tuple[str, str] | None, kernels: Kernels) -> None:
    """All together, and at length one by one."""
    rows = REGISTERS if row is None else {row: REGISTERS[row]}

    assert registers_of(rows, "vsetvli t0, x0, {}, ta, ma", kernels) == sum(rows.values())


def test_a_vtype_that_comes_from_a_register_is_the_dearest(kernels: Kernels) -> None:
    rows = {("", "vadd.vv v0, v8, v16"): 8.0, ("", "vle8.v v0, (t2)"): 8.0}

    assert registers_of(rows, "li t1, 0\\n vsetvl t0, x0, t1{}", kernels) == 16


def gemm(narrow: int) -> str:
    """An 8-bit product of 32 x 256 and 256 x 32, with LMUL `narrow` for bytes and as many sums as registers allow."""
    tile, half, wide = 4 // narrow, 2 * narrow, 4 * narrow
    sums = range(tile)
    steps = "\n".join(
        f"sum{at} = __riscv_vwadd_wv_i32m{wide}_tu(sum{at}, sum{at}, __riscv_vwmul_vv_i16m{half}(a, "
        f"__riscv_vle8_v_i8m{narrow}(right + (column + {at}) * 256 + k, lanes), lanes), lanes);"
        for at in sums
    )
    zeros = "\n".join(f"auto sum{at} = __riscv_vmv_v_x_i32m{wide}(0, all);" for at in sums)
    stores = "\n".join(
        f"product[row * 32 + column + {at}] = __riscv_vmv_x_s_i32m1_i32("
        f"__riscv_vredsum_vs_i32m{wide}_i32m1(sum{at}, zero, all));"
        for at in sums
    )
    body = f"""size_t all = __riscv_vsetvlmax_e32m{wide}();
    auto zero = __riscv_vmv_v_x_i32m1(0, 1);
    for (int row = 0; row < 32; row++)
        for (int column = 0; column < 32; column += {tile}) {{
            {zeros}
            for (size_t k = 0, lanes; k < 256; k += lanes) {{
                lanes = __riscv_vsetvl_e8m{narrow}(256 - k);
                auto a = __riscv_vle8_v_i8m{narrow}(left + row * 256 + k, lanes);
                {steps}
            }}
            {stores}
        }}
    for (int at = 0; at < size; at++) output[at] = input[at] + 1;
    asm volatile("" :: "r"(product) : "memory");"""
    data = "static int8_t left[32 * 256], right[32 * 256];\nstatic int32_t product[32 * 32];"
    return kernel(body, f"#include <riscv_vector.h>\n{data}")


def test_twice_the_lmul_does_not_make_the_same_work_much_cheaper(kernels: Kernels) -> None:
    narrow, wide = (kernels.counts(gemm(lmul), RISCV) for lmul in (1, 2))

    assert wide.instructions / narrow.instructions < 0.75  # which is what a bare count would pay for it
    assert RISCV.cycles(wide) / RISCV.cycles(narrow) > 0.85


BY_LANES = kernel(
    """for (size_t at = 0, lanes; at < (size_t)size; at += lanes) {
        lanes = __riscv_vsetvl_e8m1(size - at);
        __riscv_vse8(output + at, __riscv_vadd(__riscv_vle8_v_u8m1(input + at, lanes), 1, lanes), lanes);
    }""",
    "#include <riscv_vector.h>",
)


def test_vectors_come_out_right_whatever_their_length(kernels: Kernels) -> None:
    short, long = (kernels.run(BY_LANES, device) for device in (RISCV, VLEN_256))

    assert short.outputs == long.outputs == EXPECTED
    assert short.emulated.between.vector_registers == 3 * (4 + 3 + 1)  # loads, sums and stores of 64, 33 and 1 bytes
    assert long.emulated.between.vector_registers == 3 * (2 + 2 + 1)
