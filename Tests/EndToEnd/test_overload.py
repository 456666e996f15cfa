"""More calls than can be answered, each with a deadline: nearly as many as ever are answered in time, nobody too late, and all is
well a second after it is over.

`make test-overload` runs it, for OVERLOAD_SECONDS: daemon and client need a core each, or the client measures itself.
"""
import json
import os
import pathlib
import subprocess

import pytest
from support import OLIVE, harness, host_port, request

SECONDS = float(os.environ.get("OVERLOAD_SECONDS", 2))
IS_STRICT = "OVERLOAD_SECONDS" in os.environ
CONNECTIONS = 16
DEADLINE_MS = 50
PEAK_SECONDS = 1.5
CALM_SECONDS = 3
RECOVERY_MS = 1_000
# Of the peak, in time.
SHARE = 0.85
# An answer and the end of the time may cross.
LATE_SHARE = 0.001
CALM_SHARE = 0.99
# From then on the daemon has told how much it takes.
SETTLING_MS = 500


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overload")
    program = folder / "open_loop"
    subprocess.run(["cc", "-O2", "-o", program, pathlib.Path(__file__).with_name("open_loop.c")], check=True)
    body = folder / "body"
    body.write_bytes(harness.framed(request(**OLIVE).SerializeToString()))
    taskset = ["taskset", "-c", "1"] if IS_STRICT else []

    def run(daemon, deadline, *phases):
        host, port = host_port(daemon.data)
        command = [*taskset, program, host, str(port), str(CONNECTIONS), body, str(deadline), *phases]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
    return run


def total(rows, name, after=0, until=float("inf")):
    return sum(row[name] for row in rows if after < row["at_ms"] <= until)


@pytest.mark.skipif(not IS_STRICT, reason="its client needs a core of its own: make test-overload")
def test_overload_is_answered_in_time_or_not_at_all(client):
    prefix = ["taskset", "-c", "0"] if IS_STRICT else []
    with harness.Daemon(arguments=["--threads", "1"], prefix=prefix) as daemon:
        client(daemon, 0, "0:0.5")
        rows = client(daemon, 0, f"0:{PEAK_SECONDS}")
        peak = total(rows, "in_time") / PEAK_SECONDS
        rows = client(daemon, DEADLINE_MS, f"{2 * peak}:{SECONDS}", f"{peak / 2}:{CALM_SECONDS}")
        end = SECONDS * 1_000
        good = total(rows, "in_time", SETTLING_MS, end) / (end - SETTLING_MS) * 1_000
        counts = {name: total(rows, name, 0, end) for name in rows[0] if name not in ("at_ms", "mean_ms")}
        print(f"peak {peak:.0f}/s; at twice as much {good:.0f}/s in time ({good / peak:.0%}); {counts}")
        assert good >= SHARE * peak, counts
        assert counts["late"] <= LATE_SHARE * counts["in_time"], counts
        # As soon as less is asked for, all of it is answered.
        calm = {name: total(rows, name, end + RECOVERY_MS) for name in counts}
        assert calm["in_time"] >= calm["asked"] * CALM_SHARE, calm
        assert 'reason="late"' in metrics(daemon)


def metrics(daemon):
    host, port = host_port(daemon.operations)
    return subprocess.run(["curl", "-s", f"http://{host}:{port}/metrics"], capture_output=True, text=True, check=True).stdout
