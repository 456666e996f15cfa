#!/usr/bin/env python3
"""Serves for half an hour at seven tenths of the peak while rules are pushed, profiles imported and clients come and go.

usage: benchmarks/soak.py        `make soak` builds first; SOAK_SECONDS=60 for a short one

Memory and file descriptors must stay as they are once everything has been in use, and no call may fail. Prints the slope of
memory; ends with 1 when it, descriptors or calls are not as they should be.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

SECONDS = float(os.environ.get("SOAK_SECONDS", 1_800))
SHARE = 0.7
CONNECTIONS = 16
SEGMENT_SECONDS = 10
# Connections close after each segment, so that clients come and go.
PEAK_SECONDS = 3
# Shorter ones show that it works, and say nothing of slopes.
LONG_SECONDS = 600
# What is left of a slope by noise: 1 MB in 10 minutes.
SLOPE_BYTES_MAX = 1_750
# The journal's files come and go.
DESCRIPTORS_MAX = 64
LOST_SHARE = 0.001
BODY = 'visitor_id: "v0001" placements: "search_ad" consent { granted: "personalisation" }'


class Soak:
    """The daemon, what is asked of it, and what was measured."""

    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder
        self.program = folder / "open_loop"
        source = HERE.parent / "Tests" / "EndToEnd" / "open_loop.c"
        subprocess.run(["cc", "-O2", "-o", self.program, source], check=True)
        self.body = folder / "body"
        self.body.write_bytes(harness.framed(harness.encode("bespoke.v1.DecideRequest", BODY)))
        self.samples, self.failures = [], []
        self.counts = dict.fromkeys(["asked", "in_time", "late", "refused", "expired", "given_up", "reset"], 0)

    def load(self, deadline, *phases):
        host, _, port = self.daemon.data.rpartition(":")
        command = [str(part) for part in (self.program, host, port, CONNECTIONS, self.body, deadline, *phases)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def rows(self, process):
        output, errors = process.communicate()
        if process.returncode != 0:
            self.failures.append(f"the client ended with {process.returncode}: {errors.strip()}")
        return [json.loads(line) for line in output.splitlines()]

    def peak(self):
        rows = self.rows(self.load(0, f"0:{PEAK_SECONDS}"))
        return sum(row["in_time"] for row in rows) / PEAK_SECONDS

    def sample(self, since):
        pid = self.daemon.process.pid
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1_024
        self.samples.append((time.monotonic() - since, resident, len(os.listdir(f"/proc/{pid}/fd"))))

    def change(self, number):
        """One of everything that changes what is served."""
        for kind in ("account", "visitor"):
            self.ctl("profiles", "import", harness.SAMPLE / f"{kind}s.csv", "--kind", kind)
        self.ctl("rules", "push", harness.RULES, "--force")
        if number % 5 == 0:
            self.daemon.signal(1)

    def ctl(self, *arguments):
        done = self.daemon.ctl(*arguments, check=False)
        if done.returncode != 0:
            self.failures.append(f"bespokectl {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")

    def run(self):
        rate = SHARE * self.peak()
        since, number = time.monotonic(), 0
        while time.monotonic() - since < SECONDS:
            load = self.load(1_000, f"{rate}:{min(SEGMENT_SECONDS, SECONDS / 6)}")
            self.change(number)
            for row in self.rows(load):
                for name in self.counts:
                    self.counts[name] += row[name]
            self.sample(since)
            number += 1
        return rate


def slope(samples):
    """Bytes a second, over the second half: before, caches fill."""
    late = samples[len(samples) // 2:]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression([at for at, _, _ in late], [resident for _, resident, _ in late]).slope


def main():
    with tempfile.TemporaryDirectory() as folder, harness.Daemon(arguments=["--threads", "1"]) as daemon:
        soak = Soak(daemon, pathlib.Path(folder))
        soak.change(1)
        rate = soak.run()
        bytes_a_second = slope(soak.samples)
        descriptors = [count for _, _, count in soak.samples]
        counts = soak.counts
        # What is under way when a segment ends is not waited for, and not lost.
        lost = sum(counts[name] for name in ("late", "refused", "expired", "given_up", "reset"))
        print(f"{SECONDS:.0f} s at {rate:.0f}/s: {counts}")
        print(f"memory {soak.samples[0][1] >> 20} to {soak.samples[-1][1] >> 20} MB, {bytes_a_second / 1_000:+.1f} KB/s; "
              f"descriptors {min(descriptors)} to {max(descriptors)}")
        problems = soak.failures
        if SECONDS >= LONG_SECONDS and lost > counts["asked"] * LOST_SHARE:
            problems.append(f"{lost} calls were not answered in time")
        if SECONDS >= LONG_SECONDS and bytes_a_second > SLOPE_BYTES_MAX:
            problems.append("memory grows")
        if max(descriptors) - min(descriptors) > DESCRIPTORS_MAX:
            problems.append("descriptors grow")
        if daemon.stop() != 0:
            problems.append("it did not end well")
    for problem in problems:
        print(f"problem: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
