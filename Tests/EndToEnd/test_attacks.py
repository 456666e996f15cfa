"""Attacks beside a good client: none of its calls is lost, it waits little longer, memory is bounded and given back.

ATTACK_SECONDS is how long each attack lasts, ATTACK_SLACK_MS what the slowest hundredth of the good client's calls may take
beyond twice as long as in peace. `make test-attacks` is the long and strict form, for a release build and a quiet machine.
"""
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import attacks
import grpc
import pytest
import support
from support import CALL_SECONDS, OLIVE, harness, host_port, request

SECONDS = float(os.environ.get("ATTACK_SECONDS", 1))
SLACK_SECONDS = float(os.environ.get("ATTACK_SLACK_MS", 1_000)) / 1_000
CALLS_PER_SECOND = 100
# What an attacker can make the daemon hold: `connection_bytes_max`, what is under way in the kernel's buffers and in the session,
# and what the allocator keeps of it.
HELD_BYTES_MAX = 96 << 20
LEFT_BYTES_MAX = 48 << 20
LIMITS = """
threads: 1
preface_milliseconds: 400
settings_milliseconds: 800
frame_milliseconds: 400
body_milliseconds: 400
stall_milliseconds: 800
resets_per_second_max: 2
"""
# Those that only the end of the connection stops.
ENDED = {"settings_frames": "idle_frames", "empty_data": "idle_frames", "priorities": "idle_frames", "windows": "idle_frames",
         "overflowing_windows": "resets", "slow_peers": "frame"}


class GoodClient(threading.Thread):
    """Asks a hundred times a second, one call after the other, and notes how long each took."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.channel = grpc.insecure_channel(daemon.data, options=[("grpc.use_local_subchannel_pool", 1)])
        self.decide = support.Decisions(self.channel).Decide
        self.waits = []
        self.failures = []
        self.has_ended = threading.Event()

    def run(self):
        next_at = time.monotonic()
        while not self.has_ended.is_set():
            next_at += 1 / CALLS_PER_SECOND
            time.sleep(max(0, next_at - time.monotonic()))
            started = time.monotonic()
            try:
                self.decide(request(**OLIVE), timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                self.failures.append(error)
            self.waits.append(time.monotonic() - started)

    def slowest_hundredth(self, since):
        waits = sorted(self.waits[since:])
        assert waits, "the good client has not had a single answer"
        return waits[min(len(waits) - 1, len(waits) * 99 // 100)]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    configuration = tmp_path_factory.mktemp("attacks") / "bespoked.yaml"
    configuration.write_text(LIMITS)
    with harness.Daemon(arguments=["--config", str(configuration)]) as daemon:
        good = GoodClient(daemon)
        good.start()
        time.sleep(max(1, SECONDS / 2))
        daemon.quiet = good.slowest_hundredth(since=5)
        yield daemon, good
        good.has_ended.set()
        good.join(CALL_SECONDS)
        good.channel.close()


def resident_bytes(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1_024


def figures(daemon):
    with socket.create_connection(host_port(daemon.operations), timeout=CALL_SECONDS) as page:
        page.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: page.recv(65_536), b"")).decode()
    pairs = (line.rpartition(" ") for line in text.splitlines() if line.startswith("bespoke_"))
    return {name: float(number) for name, _, number in pairs}


@pytest.mark.parametrize("case", attacks.CASES)
def test_an_attack_harms_nobody_else(attacked, case):
    daemon, good = attacked
    before, peak = resident_bytes(daemon), 0
    ended = f'bespoke_ended_connections_total{{limit="{ENDED.get(case, "")}"}}'
    ended_before = figures(daemon).get(ended, 0)
    since, failed = len(good.waits), len(good.failures)
    with subprocess.Popen([sys.executable, attacks.__file__, daemon.data, case, str(SECONDS)]) as attacker:
        while attacker.poll() is None:
            peak = max(peak, resident_bytes(daemon))
            time.sleep(0.02)
    waited = good.slowest_hundredth(since)
    assert attacker.returncode == 0, "the attacker itself failed"
    assert good.failures[failed:] == []
    assert waited <= 2 * daemon.quiet + SLACK_SECONDS, f"{waited:.3f} s, in peace {daemon.quiet:.3f} s"
    assert peak - before < HELD_BYTES_MAX, f"{(peak - before) >> 20} MB"
    # Nothing but the good client is left; whoever was ended was ended for the reason that was expected.
    daemon.wait_until(lambda: figures(daemon)["bespoke_open_connections"] <= 1, "the attacker is gone")
    assert resident_bytes(daemon) - before < LEFT_BYTES_MAX
    if case in ENDED:
        assert figures(daemon)[ended] > ended_before
