"""How quick pages are: p95 at 50 requests a second, as a ratio to a bare Django view behind the same middleware.

uvicorn serves as `./run` starts it. Requests are sent at fixed times whatever the answers do, and latency counts from
the time at which a request was due, so that a stall is not hidden. Pages take turns, a short round each.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BOUND = 2.0
RATE_HZ = 50
ROUND_S = 6
ROUNDS = 5
CLIENTS = 16
BARE = "/healthz"
PAGES = ["/guide/quantization/", "/challenges/"]
LOCAL = threading.local()


def run(raw: Path) -> None:
    """Measure, print p95 and ratios, keep the raw latencies."""
    with tempfile.TemporaryDirectory() as home:
        server, port = start(home)
        try:
            samples_ms = measure(port)
        finally:
            server.terminate()
            server.wait()
    raw.write_text(json.dumps(samples_ms))
    report(samples_ms)


def start(home: str) -> tuple[subprocess.Popen[bytes], int]:
    """Serve a fresh site; returns when it answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {**os.environ, "KARUI_HOME": home, "PYTHONPATH": "platform", "KARUI_LOG_LEVEL": "WARNING"}
    for command in ("compile_translations", "migrate --verbosity 0", "collectstatic --noinput --verbosity 0"):
        subprocess.run([sys.executable, "manage.py", *command.split()], env=environment, check=True)
    arguments = ["config.asgi:application", "--app-dir", "platform", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", *arguments], env=environment)
    while True:
        try:
            fetch(port, BARE)
        except OSError:
            time.sleep(0.1)
        else:
            return server, port


def measure(port: int) -> dict[str, list[float]]:
    """Latencies in ms by address, the rounds of all addresses in turns."""
    samples_ms: dict[str, list[float]] = defaultdict(list)
    for address in (BARE, *PAGES):
        for _ in range(20):
            fetch(port, address)  # what is parsed or compiled once is not what a reader waits for
    for _ in range(ROUNDS):
        for address in (BARE, *PAGES):
            samples_ms[address] += one_round(port, address)
    return samples_ms


def one_round(port: int, address: str) -> list[float]:
    """Latencies in ms, from when each request was due to the end of its answer."""
    start_s = time.perf_counter() + 0.1

    def ask(number: int) -> float:
        due_s = start_s + number / RATE_HZ
        time.sleep(max(0.0, due_s - time.perf_counter()))
        fetch(port, address)
        return (time.perf_counter() - due_s) * 1000

    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(ask, range(RATE_HZ * ROUND_S)))


def fetch(port: int, address: str, cookie: str = "") -> None:
    """One request over this thread's own connection. Raises unless it is answered with 200."""
    if getattr(LOCAL, "port", None) != port:
        LOCAL.port, LOCAL.connection = port, http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Accept-Language": "ja", "Accept-Encoding": "gzip", "Cookie": cookie}
        LOCAL.connection.request("GET", address, headers=headers)
        answer = LOCAL.connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        LOCAL.port = None
        raise
    if answer.status != 200:
        raise RuntimeError(f"{address} answered {answer.status}")


def report(samples_ms: dict[str, list[float]]) -> None:
    """Print p95 of each page and its ratio to the bare view."""
    p95 = {address: statistics.quantiles(samples, n=20)[-1] for address, samples in samples_ms.items()}
    print(f"p95 at {RATE_HZ} requests/s, {len(samples_ms[BARE])} requests each")
    for address, value_ms in p95.items():
        print(f"  {address:24} {value_ms:7.2f} ms   ratio {value_ms / p95[BARE]:5.2f}   (bound {BOUND:g})")
