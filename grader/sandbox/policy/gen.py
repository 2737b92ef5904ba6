"""Compile `table.py` into `bpf/`: `python -m grader.sandbox.policy.gen`. Only this needs pyseccomp and libseccomp."""

import tempfile
from pathlib import Path

import pyseccomp

from grader.sandbox.policy.table import ERRNO, FILTERS, MACHINES, Action, Bits, Filter

ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}


def compile_filter(description: Filter, machine: str) -> bytes:
    """BPF of one filter for one machine. Raises OSError for a system call that libseccomp does not know."""
    seccomp = _empty_filter(machine)
    for call, action in description.plain.items():
        seccomp.add_rule(_code(action), call)
    for rule in description.rules:
        seccomp.add_rule(_code(rule.action), rule.call, *map(_condition, rule.conditions))
    with tempfile.TemporaryFile() as target:
        seccomp.export_bpf(target)
        target.seek(0)
        return target.read()


def _empty_filter(machine: str) -> pyseccomp.SyscallFilter:
    seccomp = pyseccomp.SyscallFilter(pyseccomp.ERRNO(ERRNO[Action.REFUSE]))
    # A call in another convention (x32, 32-bit) has other numbers: die rather than guess.
    seccomp.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    wanted = ARCHITECTURES[machine]
    if wanted != pyseccomp.system_arch():
        seccomp.add_arch(wanted)
        seccomp.remove_arch(pyseccomp.system_arch())
    return seccomp


def _code(action: Action) -> int:
    plain = {Action.ALLOW: pyseccomp.ALLOW, Action.KILL: pyseccomp.KILL_PROCESS}
    return int(plain[action] if action in plain else pyseccomp.ERRNO(ERRNO[action]))


def _condition(bits: Bits) -> pyseccomp.Arg:
    return pyseccomp.Arg(bits.argument, pyseccomp.MASKED_EQ, bits.mask, bits.value)


def main() -> None:
    """Write every filter for every machine."""
    folder = Path(__file__).parent / "bpf"
    for machine in MACHINES:
        for name, description in FILTERS.items():
            (folder / f"{machine}-{name}.bpf").write_bytes(compile_filter(description, machine))


if __name__ == "__main__":
    main()
