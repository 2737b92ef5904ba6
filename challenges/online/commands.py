"""`karui login | submit | status | fetch | logout`: what they show and how they end."""

import argparse
import getpass
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from rich.console import Console
from rich.table import Table

from challenges.fetching import bars
from challenges.online import login as logins
from challenges.online.answers import Submission
from challenges.online.login import Login
from challenges.online.site import Site, SiteRefused, SiteUnreachable
from challenges.terminal import show_report
from challenges.wording import words
from grader.entry import Entry
from grader.report import Report
from grader.wording import say

DONE, FAILED, REJECTED, NOT_PASSED = 0, 1, 2, 3
POLL_S = 2.0

Command = Callable[[argparse.Namespace, str, Console], int]


class NotSignedIn(Exception):
    """No login is kept and none is in the environment."""


def told_plainly(command: Command) -> Command:
    """A command whose failures are sentences."""

    @wraps(command)
    def plain(options: argparse.Namespace, language: str, console: Console) -> int:
        told = words(language)
        try:
            return command(options, language, console)
        except NotSignedIn:
            return refuse(told["not_signed_in"])
        except SiteRefused as refusal:
            return refuse(f"{refusal.problem.message} {refusal.problem.hint}".rstrip())
        except SiteUnreachable as problem:
            return refuse(told["site_unreachable"].format(reason=problem))
        except OSError as problem:
            return refuse(told["unwritable"].format(path=problem.filename, reason=problem.strerror))

    return plain


def refuse(sentence: str) -> int:
    """Say what went wrong."""
    Console(stderr=True).print(sentence, style="red", markup=False)
    return FAILED


@contextmanager
def signed_in(language: str) -> Iterator[Site]:
    """The site, as the person who signed in. Raises NotSignedIn."""
    known = logins.login()
    if known is None:
        raise NotSignedIn
    with Site(known, language) as site:
        yield site


@told_plainly
def login(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui login`: a token from the site's page, typed or piped in, and kept if it works."""
    told, address = words(language), options.site.rstrip("/")
    if sys.stdin.isatty():
        console.print(told["get_token"].format(address=f"{address}/api/tokens/"), markup=False)
        token = getpass.getpass(told["token"])
    else:
        token = sys.stdin.readline()
    known = Login(address, token.strip())
    with Site(known, language) as site:
        me = site.me()
    logins.keep(known)
    console.print(told["signed_in"].format(email=me.email, site=address, until=f"{me.token.expires_at:%Y-%m-%d}"))
    return DONE


@told_plainly
def logout(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui logout`: the token works no more, here or elsewhere."""
    with signed_in(language) as site:
        site.revoke()
    logins.forget()
    console.print(words(language)["signed_out"])
    return DONE


@told_plainly
def submit(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui submit ID MODEL`."""
    told = words(language)
    try:
        entry = Entry.read(options.model)
    except OSError as problem:
        return refuse(told["unreadable"].format(path=options.model, reason=problem.strerror))
    with signed_in(language) as site:
        with bars() as shown:
            sending = shown.add_task(told["sending"], total=1.0)
            submission = site.hand_in(options.id, entry, lambda fraction: shown.update(sending, completed=fraction))
        console.print(submission.page, markup=False)
        if options.no_wait:
            return DONE
        return outcome(site, followed(site, submission, language), language, console, options.must_pass)


@told_plainly
def status(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui status [SUBMISSION]`."""
    with signed_in(language) as site:
        if options.submission:
            return status_of_one(site, options, language, console)
        table = Table(
            *(words(language)[f"column_{name}"] for name in ("when", "id", "state", "points", "key")), box=None
        )
        for row in site.submissions():
            when = f"{row.queued_at.astimezone():%Y-%m-%d %H:%M}"
            points = "" if row.points is None else f"{row.points:.1f}"
            table.add_row(when, row.challenge, state(row, language), points, row.id)
        console.print(table)
    return DONE


def status_of_one(site: Site, options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui status SUBMISSION`: where it stands, or how it ended."""
    submission = site.submission(options.submission)
    if options.wait:
        submission = followed(site, submission, language)
    if submission.is_final:
        return outcome(site, submission, language, console)
    console.print(state(submission, language))
    return DONE


@told_plainly
def fetch(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui fetch SUBMISSION`: its report, into a file."""
    target = options.to or Path(f"karui-{options.submission}.json")
    with signed_in(language) as site:
        target.write_bytes(report_of(site, options.submission, language))
    console.print(str(target), markup=False)
    return DONE


def followed(site: Site, submission: Submission, language: str) -> Submission:
    """It, once it has ended. Until then a bar says how far it is."""
    with bars() as shown:
        bar = shown.add_task("", total=1.0)
        while not submission.is_final:
            shown.update(bar, description=state(submission, language), completed=submission.stage_fraction)
            time.sleep(POLL_S)
            submission = site.submission(submission.id)
    return submission


def state(submission: Submission, language: str) -> str:
    """Where it stands, in a few words."""
    told = words(language)
    if submission.wait and submission.wait.minutes is not None:
        return told["waits_minutes"].format(place=submission.wait.place, minutes=submission.wait.minutes)
    if submission.wait:
        return told["waits"].format(place=submission.wait.place)
    if submission.status == "running" and submission.stage:
        return say(f"stage_{submission.stage}", {}, language).message
    return told[f"state_{submission.result or submission.status}"]


def outcome(site: Site, ended: Submission, language: str, console: Console, must_pass: bool = False) -> int:
    """Show how it ended, and say it as an exit code."""
    if ended.status not in ("graded", "rejected"):
        failure = ended.failure
        return refuse(f"{failure.message} {failure.hint}".rstrip() if failure else state(ended, language))
    show_report(Report.from_json(report_of(site, ended.id, language)), language, console, on_site=True)
    if ended.status == "rejected":
        return REJECTED
    return NOT_PASSED if must_pass and ended.result != "passed" else DONE


def report_of(site: Site, key: str, language: str) -> bytes:
    """The report of a submission, with a bar while it comes."""
    with bars() as shown:
        bar = shown.add_task(words(language)["receiving"], total=1.0)
        return site.report(key, lambda fraction: shown.update(bar, completed=fraction))
