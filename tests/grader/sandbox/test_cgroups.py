"""Cgroups of both versions, on a tree of ordinary files: version 2 cannot be run on every machine that we test on."""

import os
from pathlib import Path

import pytest

from grader.sandbox import cgroups
from grader.sandbox.cgroups import CgroupV1, CgroupV2, TreeV1, TreeV2, find_tree
from grader.sandbox.limits import Limits

LIMITS = Limits(memory_mib=100, processes=8)
FILES_V2 = {
    "memory.max": "max", "memory.swap.max": "max", "memory.oom.group": "0", "pids.max": "max", "cgroup.procs": "",
    "memory.peak": "4096\n", "memory.events": "low 0\noom 1\noom_kill 2\n",
    "cpu.stat": "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n",
}  # fmt: skip
FILES_V1 = {
    "memory": {"memory.limit_in_bytes": "", "memory.max_usage_in_bytes": "4096\n", "cgroup.procs": "",
               "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"},
    "pids": {"pids.max": "", "cgroup.procs": ""},
    "cpuacct": {"cpuacct.usage": "1500000\n", "cgroup.procs": ""},
}  # fmt: skip


def fill(folder: Path, files: dict[str, str]) -> Path:
    """A directory as the kernel would fill it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_all(folder, files)
    return folder


def write_all(folder: Path, files: dict[str, str]) -> None:
    """Files by their names."""
    for name, content in files.items():
        (folder / name).write_text(content)


@pytest.fixture
def membership(tmp_path: Path) -> Path:
    """/proc/self/cgroup of a process in a user's terminal, version 2."""
    file = tmp_path / "membership"
    file.write_text("0::/user.slice/app.slice/terminal.scope\n")
    return file


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    """A version 2 mount, with the slices of that membership."""
    mount = fill(tmp_path / "cgroup", {"cgroup.controllers": "cpu memory pids\n"})
    app = fill(mount / "user.slice/app.slice", {"cgroup.subtree_control": "\n", "cgroup.procs": ""})
    fill(app / "terminal.scope", {"cgroup.subtree_control": "\n", "cgroup.procs": "11\n12\n"})
    return mount


@pytest.fixture(autouse=True)
def kernel_fills_new_cgroups(monkeypatch: pytest.MonkeyPatch) -> None:
    """mkdir in a cgroup mount makes the files too, and rmdir takes them along."""
    make, remove = Path.mkdir, Path.rmdir

    def mkdir(self: Path, *arguments: object, **options: object) -> None:
        make(self, *arguments, **options)  # type: ignore[arg-type]
        controller = next((part for part in self.parts if part in FILES_V1), "")
        if self.name.startswith("karui-"):
            write_all(self, FILES_V1.get(controller, FILES_V2))

    def rmdir(self: Path) -> None:
        for file in self.iterdir():
            file.unlink()
        remove(self)

    monkeypatch.setattr(Path, "mkdir", mkdir)
    monkeypatch.setattr(Path, "rmdir", rmdir)


def test_version_2_sets_the_limits_of_a_job(tmp_path: Path) -> None:
    folder = fill(tmp_path / "job", FILES_V2)

    CgroupV2(folder, LIMITS).admit(42)

    assert (folder / "memory.max").read_text() == str(100 << 20)
    assert (folder / "memory.swap.max").read_text().startswith("0")
    assert (folder / "memory.oom.group").read_text() == "1"
    assert (folder / "pids.max").read_text().startswith("10")
    assert (folder / "cgroup.procs").read_text() == "42"


def test_version_2_reads_what_a_job_took(tmp_path: Path) -> None:
    cgroup = CgroupV2(fill(tmp_path / "job", FILES_V2), LIMITS)

    assert (cgroup.cpu_ns(), cgroup.peak_bytes(), cgroup.oom_kills()) == (1_500_000, 4096, 2)


def test_version_2_of_an_old_kernel_has_no_peak(tmp_path: Path) -> None:
    files = {name: content for name, content in FILES_V2.items() if name != "memory.peak"}

    assert CgroupV2(fill(tmp_path / "job", files), LIMITS).peak_bytes() is None


def test_version_1_sets_limits_and_reads_usage(tmp_path: Path) -> None:
    folders = {name: fill(tmp_path / name, files) for name, files in FILES_V1.items()}

    cgroup = CgroupV1(folders, LIMITS)
    cgroup.admit(42)

    assert (folders["memory"] / "memory.limit_in_bytes").read_text() == str(100 << 20)
    assert (folders["pids"] / "pids.max").read_text() == "10"
    assert [(folder / "cgroup.procs").read_text() for folder in folders.values()] == ["42"] * 3
    assert (cgroup.cpu_ns(), cgroup.peak_bytes(), cgroup.oom_kills()) == (1_500_000, 4096, 3)


def test_it_makes_room_in_its_own_delegated_cgroup(
    mount: Path, membership: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = mount / "user.slice/app.slice/terminal.scope"
    written: list[tuple[str, str]] = []

    def kernel_write(file: Path, value: str) -> None:
        written.append((str(file.relative_to(own)), value))
        file.write_text(value.replace("+", ""))  # the kernel shows what is on, not what was asked for

    monkeypatch.setattr(cgroups, "_write", kernel_write)

    tree = find_tree(mount, membership)

    assert isinstance(tree, TreeV2)
    assert written[:3] == [
        ("karui-self/cgroup.procs", "11"),
        ("karui-self/cgroup.procs", "12"),
        ("cgroup.subtree_control", "+memory +pids"),
    ]
    assert all(file.startswith(f"karui-{os.getpid()}-") for file, _ in written[3:]), "then only the job's own limits"


def test_it_uses_its_own_cgroup_where_that_hands_controllers_down(mount: Path, membership: Path) -> None:
    own = mount / "user.slice/app.slice/terminal.scope"
    (own / "cgroup.subtree_control").write_text("memory pids\n")

    tree = find_tree(mount, membership)

    assert isinstance(tree, TreeV2)
    tree.create(LIMITS)
    assert [folder.parent for folder in mount.rglob(f"karui-{os.getpid()}-*")] == [own]


def test_it_uses_the_slice_above_where_only_that_hands_controllers_down(mount: Path, membership: Path) -> None:
    above = mount / "user.slice/app.slice"
    (above / "cgroup.subtree_control").write_text("cpu memory pids\n")

    tree = find_tree(mount, membership)

    assert tree is not None
    tree.create(LIMITS)
    assert [folder.parent for folder in mount.rglob(f"karui-{os.getpid()}-*")] == [above]


def test_trying_out_leaves_nothing(mount: Path, membership: Path) -> None:
    (mount / "user.slice/app.slice/cgroup.subtree_control").write_text("memory pids\n")

    find_tree(mount, membership)

    assert list(mount.rglob("karui-*")) == []


def test_it_recognises_version_1_and_its_own_place_in_it(tmp_path: Path) -> None:
    membership = tmp_path / "membership"
    membership.write_text("4:memory:/batch\n3:cpu,cpuacct:/\n2:pids:/not/visible/here\n0::/\n")
    for name in ("memory/batch", "cpuacct", "pids"):
        (tmp_path / name).mkdir(parents=True)

    tree = find_tree(tmp_path, membership)

    assert isinstance(tree, TreeV1)
    tree.create(LIMITS)
    made = {folder.parent for folder in tmp_path.rglob(f"karui-{os.getpid()}-*")}
    assert made == {tmp_path / "memory/batch", tmp_path / "cpuacct", tmp_path / "pids"}


def test_without_permission_there_is_no_tree(tmp_path: Path) -> None:
    membership = tmp_path / "membership"
    membership.write_text("0::/\n")

    assert find_tree(tmp_path, membership) is None, "no controller is mounted here, so no directory can be made"


def test_it_sweeps_what_dead_graders_left_and_nothing_else(tmp_path: Path) -> None:
    tree = TreeV2(tmp_path)
    tree.create(LIMITS)
    for name in ("karui-999999999-1-0", f"karui-{os.getpid()}-1-0", "karui-self", "other"):
        (tmp_path / name).mkdir()

    swept = tree.sweep()

    assert swept == 2, "a pid that nobody has, and our own pid from before its last reuse"
    left = {folder.name.split("-")[0] + "-" + folder.name.split("-")[1] for folder in tmp_path.glob("karui-*")}
    assert left == {f"karui-{os.getpid()}", "karui-self"}


def test_a_cgroup_that_will_not_empty_is_left_for_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "REMOVAL_S", 0.05)

    def busy(_: Path) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "rmdir", busy)

    assert cgroups._remove(tmp_path, patience_s=0.05) is False
