"""The `karui` command. list, show, start, grade, ladder, parity: the site's code on your own machine.

login, submit, status, fetch, logout, verify: the site itself. worker: a real board that works for the site.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import TaskID
from rich.table import Table

from challenges.datasets import DATASETS
from challenges.fetching import bars, fetch_dataset
from challenges.judge import judge, model_spec
from challenges.judge import ladder as climb
from challenges.judge import parity as compare
from challenges.kernels.spec import KernelSpec
from challenges.online import commands as online
from challenges.online.login import HERE, SITE_VARIABLE
from challenges.online.machine import BOARDS
from challenges.online.verify import verify
from challenges.online.worker import worker
from challenges.registry import everything, find, find_any
from challenges.spec import ChallengeSpec, Spec
from challenges.starter import write_starter
from challenges.terminal import show_ladder, show_parity, show_report
from challenges.wording import words
from grader import stages
from grader.entry import Entry
from grader.errors import EntryRejected, GraderError
from grader.ladder import Climbing, RungName
from grader.report import Result
from grader.sandbox import open_sandbox
from grader.wording import LANGUAGES, say

GRADED, FAILED, REJECTED = 0, 1, 2
LANGUAGE_VARIABLES = ("KARUI_LANG", "LC_ALL", "LANG")


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes end with our exit code: 2 is kept for an entry that was rejected."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and stop."""
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: done or graded, 1: our failure or a wrong command line, 2: the entry was rejected."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    language = _language(given)
    options = _parser(words(language)).parse_args(given)
    errors = Console(stderr=True)
    try:
        command: Callable[[argparse.Namespace, str, Console], int] = options.command
        return command(options, language, Console())
    except GraderError as failure:
        sentence = say(failure.code, failure.params, language)
        errors.print(sentence.message, style="red", markup=False)
        if sentence.hint:
            errors.print(words(language)["hint"].format(hint=sentence.hint), markup=False)
        return REJECTED if isinstance(failure, EntryRejected) else FAILED


def list_challenges(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui list`."""
    told = words(language)
    table = Table(*(told[f"column_{name}"] for name in ("id", "title", "track", "minutes")), box=None)
    for spec in everything().values():
        track = "kernel" if isinstance(spec, KernelSpec) else model_spec(spec).track
        table.add_row(spec.id, spec.title[language], told[f"track_{track}"], str(spec.minutes))
    console.print(table)
    return GRADED


def show(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui show ID`."""
    console.print(Markdown(find_any(options.id).brief(language)))
    return GRADED


def start(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui start ID [FOLDER]`."""
    spec, told = find_any(options.id), words(language)
    folder = options.folder or Path(spec.id)
    _fetch_data_of(spec)
    try:
        written = write_starter(spec, folder, language)
    except FileExistsError as taken:
        return _refuse(told["folder_taken"].format(folder=folder, file=taken))
    except OSError as problem:
        return _refuse(told["unwritable"].format(path=folder, reason=problem.strerror))
    console.print(told["started"].format(count=len(written), folder=folder), markup=False)
    return GRADED


def grade(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui grade ID MODEL`."""
    spec, told = find_any(options.id), words(language)
    entry = _entry(options.model, told)
    if entry is None:
        return FAILED
    _fetch_data_of(spec)
    with _stages(language) as progress:
        report = judge(spec, entry, options.split, open_sandbox(), progress)
    show_report(report, language, console)
    if options.json is not None:
        try:
            options.json.write_bytes(report.to_json())
        except OSError as problem:
            return _refuse(told["unwritable"].format(path=options.json, reason=problem.strerror))
    return REJECTED if report.result is Result.REJECTED else GRADED


def _fetch_data_of(spec: Spec) -> None:
    """Get what a challenge measures on; the calls of a kernel are drawn. Raises ChallengeBroken."""
    if isinstance(spec, ChallengeSpec):
        fetch_dataset(spec.dataset)


def ladder(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui ladder ID MODEL`."""
    spec = find(options.id)
    entry = _entry(options.model, words(language))
    if entry is None:
        return FAILED
    fetch_dataset(spec.dataset)
    with _rungs(language) as progress:
        report = climb(spec, entry, open_sandbox(), progress)
    show_ladder(report, language, console)
    return GRADED


def parity(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui parity ID MODEL MODEL …`."""
    spec = find(options.id)
    entries = [_entry(path, words(language)) for path in options.models]
    readable = [entry for entry in entries if entry is not None]
    if len(readable) < len(entries):
        return FAILED
    fetch_dataset(spec.dataset)
    with bars() as shown:
        task = shown.add_task("", total=1.0)
        report = compare(
            spec,
            readable,
            open_sandbox(),
            lambda name, fraction: shown.update(task, description=name, completed=fraction),
        )
    show_parity(report, language, console)
    return GRADED


def fetch(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui fetch`: data sets, or the report of a submission."""
    if options.submission:
        return online.fetch(options, language, console)
    for name in DATASETS:
        fetch_dataset(name)
    console.print(words(language)["fetched"])
    return GRADED


def _language(given: Sequence[str]) -> str:
    """Known before anything is parsed, because the help is spoken too: --lang, KARUI_LANG, then the system's."""
    asked = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    asked.add_argument("--lang", default="")
    try:
        wanted = asked.parse_known_args(given)[0].lang
    except argparse.ArgumentError:  # the real parser will say so
        wanted = ""
    candidates = (wanted, *(os.environ.get(name, "")[:2].lower() for name in LANGUAGE_VARIABLES))
    return next((word for word in candidates if word in LANGUAGES), "en")


def _parser(told: Mapping[str, str]) -> Parser:
    parser = Parser(prog="karui", description=told["about"])
    common = Parser(add_help=False)
    common.add_argument("--lang", choices=LANGUAGES, help=told["help_lang"])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, parents=[common], help=told[f"help_{name}"], description=told[f"help_{name}"])
        made.set_defaults(command=command)
        return made

    add("list", list_challenges)
    add("show", show).add_argument("id", metavar="ID", help=told["help_id"])
    starting = add("start", start)
    starting.add_argument("id", metavar="ID", help=told["help_id"])
    starting.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, help=told["help_folder"])
    grading = add("grade", grade)
    grading.add_argument("id", metavar="ID", help=told["help_id"])
    grading.add_argument("model", metavar="MODEL", type=Path, help=told["help_model"])
    grading.add_argument("--split", choices=("public", "hidden"), default="public", help=told["help_split"])
    grading.add_argument("--json", metavar="FILE", type=Path, help=told["help_json"])
    climbing = add("ladder", ladder)
    climbing.add_argument("id", metavar="ID", help=told["help_id"])
    climbing.add_argument("model", metavar="MODEL", type=Path, help=told["help_float_model"])
    comparing = add("parity", parity)
    comparing.add_argument("id", metavar="ID", help=told["help_id"])
    comparing.add_argument("models", metavar="MODEL", nargs="+", type=Path, help=told["help_models"])
    fetching = add("fetch", fetch)
    fetching.add_argument("submission", metavar="SUBMISSION", nargs="?", help=told["help_fetch_submission"])
    fetching.add_argument("--to", metavar="FILE", type=Path, help=told["help_to"])
    _add_online(add, told)
    return parser


def _add_online(add: Callable[..., argparse.ArgumentParser], told: Mapping[str, str]) -> None:
    """The commands that speak to the site."""
    here = os.environ.get(SITE_VARIABLE, HERE)
    add("login", online.login).add_argument("--site", metavar="URL", default=here, help=told["help_site"])
    add("logout", online.logout)
    handing_in = add("submit", online.submit)
    handing_in.add_argument("id", metavar="ID", help=told["help_id"])
    handing_in.add_argument("model", metavar="MODEL", type=Path, help=told["help_model"])
    handing_in.add_argument("--no-wait", action="store_true", help=told["help_no_wait"])
    handing_in.add_argument("--must-pass", action="store_true", help=told["help_must_pass"])
    watching = add("status", online.status)
    watching.add_argument("submission", metavar="SUBMISSION", nargs="?", help=told["help_submission"])
    watching.add_argument("--wait", action="store_true", help=told["help_wait"])
    working = add("worker", worker)
    working.add_argument("--device", choices=BOARDS, required=True, help=told["help_device"])
    working.add_argument("--name", metavar="NAME", help=told["help_worker_name"])
    working.add_argument("--once", action="store_true", help=told["help_once"])
    verifying = add("verify", verify)
    verifying.add_argument("credential", metavar="FILE|URL", help=told["help_credential"])
    verifying.add_argument("--model", metavar="MODEL", type=Path, help=told["help_verify_model"])
    verifying.add_argument("--email", metavar="ADDRESS", help=told["help_email"])
    verifying.add_argument("--issuer", metavar="URL", help=told["help_issuer"])


def _entry(path: Path, told: Mapping[str, str]) -> Entry | None:
    """The file as an entry; None, after saying so, where it cannot be read."""
    try:
        return Entry.read(path)
    except OSError as problem:
        _refuse(told["unreadable"].format(path=path, reason=problem.strerror))
        return None


def _refuse(sentence: str) -> int:
    Console(stderr=True).print(sentence, style="red", markup=False)
    return FAILED


@contextmanager
def _stages(language: str) -> Iterator[stages.Progress]:
    """A bar for each stage of a grading as it comes; the one before is then full."""
    with bars() as shown:
        tasks: dict[stages.Stage, TaskID] = {}

        def told(stage: stages.Stage, fraction: float) -> None:
            if stage not in tasks:
                for finished in tasks.values():
                    shown.update(finished, completed=1.0)
                    shown.stop_task(finished)
                tasks[stage] = shown.add_task(say(f"stage_{stage}", {}, language).message, total=1.0)
            shown.update(tasks[stage], completed=fraction)

        yield told


@contextmanager
def _rungs(language: str) -> Iterator[Climbing]:
    """One bar, named after the rung that is being tried."""
    with bars() as shown:
        climb = shown.add_task("", total=1.0)

        def told(rung: RungName, fraction: float) -> None:
            shown.update(climb, completed=fraction, description=say(f"rung_{rung}", {}, language).message)

        yield told


if __name__ == "__main__":
    sys.exit(main())
