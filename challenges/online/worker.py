"""`karui worker --device NAME`: a real board that times models for the site, one after the other."""

import argparse
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from rich.console import Console

from challenges.online import machine
from challenges.online.answers import Lease
from challenges.online.commands import DONE, refuse, signed_in, told_plainly
from challenges.online.site import Site, SiteRefused, SiteUnreachable
from challenges.wording import words
from grader.devices.targets import Device, devices
from grader.errors import GraderError
from grader.report import LatencyFacts
from grader.sandbox import open_sandbox
from grader.sandbox.base import Sandbox
from grader.wording import say

IDLE_S = 20
"""Between two questions whether anything waits, and after a broken connection."""


@told_plainly
def worker(options: argparse.Namespace, language: str, console: Console) -> int:
    """`karui worker --device NAME`. Raises SandboxUnavailable: without a cage no model is run."""
    device, told = devices()[options.device], words(language)
    if not machine.is_a(device):
        facts = {"device": device.title, "found": machine.parts() or "–", "expected": device.part}
        return refuse(told["worker_other_device"].format(**facts))
    sandbox = open_sandbox()
    with signed_in(language) as site:
        bench = Bench(device, options.name or socket.gethostname(), sandbox, site, language, console)
        console.print(told["worker_begins"].format(name=bench.name, device=device.title, site=site.address))
        return once(bench) if options.once else for_ever(bench)


def once(bench: "Bench") -> int:
    """One model, if one waits. Raises SiteUnreachable."""
    try:
        if not bench.turn():
            bench.say("worker_idle")
    except NotAllowed as missing:
        return refuse(str(missing))
    return DONE


def for_ever(bench: "Bench") -> int:
    """One model after the other, through whatever happens to the site. It ends with a token that does not work."""
    while True:
        try:
            rest = not bench.turn()
        except NotAllowed as missing:
            return refuse(str(missing))
        except SiteUnreachable as problem:
            bench.say("worker_no_way", reason=problem, seconds=IDLE_S)
            rest = True
        if rest:
            time.sleep(IDLE_S)


class NotAllowed(Exception):
    """The token is not good for this device; the text says how to get one that is."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A board, the site that it works for, and the terminal that it tells of its work."""

    device: Device
    name: str
    sandbox: Sandbox
    site: Site
    language: str
    console: Console

    def turn(self) -> bool:
        """Time the next model. False if none waits. Raises NotAllowed, SiteUnreachable, SiteRefused."""
        lease = self.next_lease()
        if lease is None:
            return False
        self.say("worker_fetches", challenge=lease.challenge, measurement=lease.id)
        try:
            with renewed(self.site, self.device.name, lease):
                self.work_on(lease)
        except SiteRefused as refusal:
            if refusal.problem.code != "conflict":
                raise
            self.say("worker_over", challenge=lease.challenge)
        return True

    def next_lease(self) -> Lease | None:
        """What the site wants to be timed. Raises NotAllowed."""
        try:
            return self.site.claim(self.device.name, self.name, machine.described(self.sandbox.backend))
        except SiteRefused as refusal:
            if refusal.problem.code != "permission_denied":
                raise
            asked = {"device": self.device.title, "scope": f"measure:{self.device.name}"}
            raise NotAllowed(words(self.language)["worker_not_allowed"].format(**asked)) from refusal

    def work_on(self, lease: Lease) -> None:
        """Fetch, time and hand in; or say why not. Raises SiteRefused if the lease is over."""
        errand = self.site.errand(self.device.name, lease)
        try:
            latency = errand.run(self.sandbox)
        except GraderError as failure:
            self.site.give_up(self.device.name, lease, failure.code, failure.params)
            message = say(failure.code, failure.params, self.language).message
            self.say("worker_failed", challenge=lease.challenge, message=message)
        else:
            self.site.answer(self.device.name, lease, latency.processes, machine.described(self.sandbox.backend))
            self.say("worker_done", challenge=lease.challenge, **figures(latency))

    def say(self, key: str, **gaps: object) -> None:
        """A line for whoever looks."""
        self.console.print(words(self.language)[key].format(**gaps), markup=False, highlight=False, soft_wrap=True)


def figures(latency: LatencyFacts) -> dict[str, float]:
    """What the last line says."""
    low, high = latency.interval
    times = {"entry_ms": latency.entry_ns / 1e6, "reference_ms": latency.reference_ns / 1e6}
    return {"ratio": latency.ratio, "low": low, "high": high, **times}


@contextmanager
def renewed(site: Site, device: str, lease: Lease) -> Iterator[None]:
    """Keep a lease meanwhile. One that is lost is noticed when the answer is handed in."""
    done = Event()

    def keep() -> None:
        while not done.wait(lease.lease_s / 3):
            try:
                site.renew(device, lease)
            except SiteUnreachable:
                continue
            except SiteRefused:
                return

    thread = Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
