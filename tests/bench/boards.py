"""How quick a board is with a million submissions of fifty thousand people on PostgreSQL: p95 of its pages.

A visitor's pages, and a page of people who are signed in: each request is of somebody else, who has twenty entries.

The rows are made by SQL, because a million of them would take an hour through the models; what boards show of them is
told from them by the same rule as in `submissions.standings`: the best entry of everybody.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.pages import LOCAL, fetch, start
from tests.services.servers import ROOT, Postgres

BOUND_MS = 100.0
PEOPLE, SUBMISSIONS = 50_000, 1_000_000
REQUESTS = 300
READERS, OWN = 150, 20
CHALLENGE = "int8_fashion"
SEED = """
INSERT INTO accounts_user (password, is_superuser, email, first_name, last_name, is_staff, is_active, date_joined,
    language, time_zone)
SELECT '', false, n || '@example.com', '', '', false, true, now(), '', '' FROM generate_series(1, {people}) n;
INSERT INTO submissions_submission (
    id, owner_id, challenge, status, stage, stage_fraction, worker, attempt, losses, queued_at, finished_at,
    failure_code, failure_params, phase, noisy_before, evaluated_by, file_name, file_bytes, sha256, upload_key,
    result, gold, points, version, machine, disqualified, report_json)
SELECT gen_random_uuid(), (SELECT min(id) FROM accounts_user) + (random() * ({people} - 1))::int,
    (ARRAY[{challenges}])[1 + (random() * ({count} - 1))::int], 'graded', '', 0, '', 2, 0,
    now(), now() - n * interval '10 seconds', '', '{{}}', 'timing', false, '', 'entry.onnx', 300000, md5(n::text),
    gen_random_uuid(), 'passed', false, 40 + 60 * random(), 1, 'Example CPU', false, ''
FROM generate_series(1, {submissions}) n;
INSERT INTO submissions_standing (
    owner_id, submission_id, challenge, version, runtime, machine, points, noise, gold, result,
    accuracy, size_bytes, memory_bytes, latency, at)
SELECT DISTINCT ON (owner_id, challenge)
    owner_id, id, challenge, version, 'onnx', machine, points, 0.3 * random(), false, 'passed',
    0.85 + 0.08 * random(), (30000 + 900000 * random())::int, 20000, 0.1 + 0.9 * random(), finished_at
FROM submissions_submission ORDER BY owner_id, challenge, points DESC;
"""
OWN_ENTRIES = """
from itertools import product
from sys import stdout
from uuid import uuid4
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from accounts.models import User
from submissions.example import example
from submissions.models import Submission
readers = User.objects.filter(standings__challenge="{challenge}").order_by("pk")[:{readers}]
entry = dict(challenge="{challenge}", status="graded", result="passed", points=1, version=1, machine="Example CPU",
             file_name="entry.onnx", file_bytes=1, sha256="a" * 64, report_json=example().report.to_json().decode())
rows = [Submission(owner=reader, upload_key=uuid4(), finished_at=now(), **entry)
        for reader, _ in product(readers, range({own}))]
Submission.objects.bulk_create(rows, batch_size=200)
for reader in readers:
    client = Client()
    client.force_login(reader)
    stdout.write(client.cookies[settings.SESSION_COOKIE_NAME].OutputString() + "\\n")
"""
RUN_SQL = (
    "import sys; from django.db import connection; cursor = connection.cursor();"
    "cursor.execute(sys.stdin.read()); cursor.execute('VACUUM ANALYZE')"  # as PostgreSQL does by itself before long
)


def run(raw: Path) -> None:
    """Seed, measure, print, keep the raw latencies."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres()
        postgres.create()
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
        try:
            server, port = start(folder)
            try:
                environment = {**os.environ, "KARUI_HOME": folder, "PYTHONPATH": "platform"}
                seed(environment)
                samples_ms = measure(port, sessions(environment))
            finally:
                server.terminate()
                server.wait()
        finally:
            del os.environ["DATABASE_URL"]
            postgres.remove()
    raw.write_text(json.dumps(samples_ms))
    print(f"{SUBMISSIONS:,} submissions of {PEOPLE:,} people, bound {BOUND_MS:g} ms")
    for address, samples in samples_ms.items():
        p95_ms = statistics.quantiles(samples, n=20)[-1]
        print(
            f"  {address:32} p95 {p95_ms:6.1f} ms, median {statistics.median(samples):6.1f} ms, {len(samples)} requests"
        )


def seed(environment: dict[str, str]) -> None:
    """Make the rows."""
    challenges = sorted(path.parent.name for path in (ROOT / "challenges").glob("*/challenge.toml"))
    sql = SEED.format(
        people=PEOPLE,
        submissions=SUBMISSIONS,
        challenges=", ".join(f"'{name}'" for name in challenges),
        count=len(challenges),
    )
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", RUN_SQL]
    subprocess.run(shell, cwd=ROOT, env=environment, input=sql, text=True, check=True)


def sessions(environment: dict[str, str]) -> list[str]:
    """Give some people entries of their own, sign them in, and tell their cookies."""
    script = OWN_ENTRIES.format(challenge=CHALLENGE, readers=READERS, own=OWN)
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    told = subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return [line.partition(";")[0] for line in told.splitlines()]


def measure(port: int, cookies: list[str]) -> dict[str, list[float]]:
    """Latencies in ms by address, one request after the other."""
    LOCAL.port = None  # the server has closed the connection of before the seeding
    board = f"/boards/{CHALLENGE}/"
    samples_ms: dict[str, list[float]] = {}
    for address in (board, f"{board}?page=400"):
        fetch(port, address)
        samples_ms[address] = [timed_ms(port, address) for _ in range(REQUESTS)]
    samples_ms["signed in"] = [timed_ms(port, board, cookie) for cookie in cookies]
    return samples_ms


def timed_ms(port: int, address: str, cookie: str = "") -> float:
    """One request."""
    start_s = time.perf_counter()
    fetch(port, address, cookie)
    time.sleep(0.1)  # so that what is cached grows old between requests, as it would
    return (time.perf_counter() - start_s - 0.1) * 1000
