#!/usr/bin/env python3
"""Measures stored profiles of 20 features beside redis-server with the same data, in the same run.

usage: benchmarks/bench_profiles.py [--profiles N] [--rounds N]      `make bench-profiles` builds first

A million profiles by default; ten million, without Redis, as well with BENCH_LARGE=1. Each figure is the median of the
rounds; what was measured is printed and written to benchmarks/results/. Ends with 1 when a bar is missed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

THREADS = os.cpu_count()
# What must hold: (figure, whether it is a least, bound).
BARS = [("resident_bytes_per_profile", False, 96), ("lookup_cold_microseconds", False, 0.6), ("loaded_per_second", True, 2e6)]
TEXTS = dict(title=400, department=30, seniority=8, country=120, language=40, industry=60, need=12, stage=7, segment=25)
WORDS = [("resident_bytes_per_profile", "bytes for a profile, index included (resident memory)"),
         ("held_bytes_per_profile", "of these, rows, index and dictionaries"),
         ("loaded_per_second", f"profiles loaded a second at the start, {THREADS} threads"),
         ("loaded_per_processor_second", "profiles loaded for a second of processor time"),
         ("lookup_cold_microseconds", "microseconds a lookup, any profile"),
         ("lookup_warm_microseconds", "microseconds a lookup, the same 100 profiles"),
         ("lookup_while_writing_microseconds", "microseconds a lookup, any profile, while another thread writes"),
         ("writes_meanwhile_per_second", "profiles that thread writes a second, in memory"),
         ("written_per_second", "profiles written a second, on disk, in batches of 10,000"),
         ("redis_bytes_per_profile", "bytes for a hash of 20 fields in redis-server (resident memory)"),
         ("redis_loaded_per_second", "hashes a second that redis-server loads at its start, from its own file")]


def benchmark(*arguments):
    """What ProfileBenchmark measured."""
    done = subprocess.run([harness.binary("ProfileBenchmark"), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise harness.Failure(f"ProfileBenchmark {arguments[0]} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def median(measured):
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


def hashes(count):
    """Commands that store hashes like the profiles of ProfileBenchmark, in Redis' protocol."""
    seeded = random.Random(20)
    for number in range(count):
        fields = [f"{name} {seeded.randrange(distinct)}" for name, distinct in TEXTS.items()]
        named = list(zip(TEXTS, fields)) + [
            ("interests", ",".join(f"topic {place * 20 + seeded.randrange(20)}" for place in range(3))),
            ("age", seeded.randrange(80)), ("visits", seeded.randrange(200)), ("orders", seeded.randrange(50)),
            ("employees", seeded.randrange(20_000)), ("spend", seeded.randrange(1_000_000) / 100),
            ("satisfaction", seeded.randrange(50) / 10), ("subscribed", seeded.randrange(2)),
            ("customer", seeded.randrange(2)), ("first_seen", 1_702_080_000 + seeded.randrange(900) * 86_400),
            ("last_seen", 1_702_080_000 + seeded.randrange(900) * 86_400)]
        words = ["HSET", f"{number * 0x9E3779B97F4A7C15 & (1 << 52) - 1:013x}"]
        for name, value in named:
            words += [name, str(value)]
        yield f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)


class Redis:
    """A redis-server with a folder and a Unix socket of its own."""

    def __init__(self, folder):
        self.socket = folder / "redis.sock"
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "",
                                         "--dir", folder, "--dbfilename", "profiles.rdb"], stdout=subprocess.DEVNULL)

    def ask(self, *words):
        return subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True, text=True).stdout.strip()

    def wait_until_loaded(self):
        deadline = time.monotonic() + 600
        while self.ask("PING") != "PONG":
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise harness.Failure("redis-server does not start")
            time.sleep(0.01)

    def fill(self, count):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            answers = connection.makefile("rb")
            part = []
            for command in hashes(count):
                part.append(command)
                if len(part) == 500:
                    connection.sendall("".join(part).encode())
                    for _ in part:
                        answers.readline()
                    part = []
            connection.sendall("".join(part).encode())
            for _ in part:
                answers.readline()

    def resident(self):
        return next(int(line.split()[1]) * 1024 for line in
                    pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines() if line.startswith("RssAnon"))

    def close(self):
        self.process.kill()
        self.process.wait()


def measure_redis(folder, count):
    """Memory of the hashes, and how fast a new redis-server reads them back."""
    redis = Redis(folder)
    try:
        redis.wait_until_loaded()
        empty = redis.resident()
        redis.fill(count)
        stored = int(redis.ask("DBSIZE"))
        per_profile = (redis.resident() - empty) / stored
        redis.ask("SAVE")
    finally:
        redis.close()
    started = time.monotonic()
    redis = Redis(folder)
    try:
        redis.wait_until_loaded()
        seconds = time.monotonic() - started
        if int(redis.ask("DBSIZE")) != stored:
            raise harness.Failure("redis-server has not loaded all hashes")
    finally:
        redis.close()
    return {"redis_bytes_per_profile": per_profile, "redis_loaded_per_second": stored / seconds}


def measure(count, rounds, beside_redis):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bespoke-bench-"))
    try:
        print(f"{count:,} profiles of 20 features: writing", flush=True)
        figures = benchmark("fill", folder / "journal", count)
        # The first load comes after a compaction has begun; it only warms the page cache, for all alike.
        loads = [benchmark("load", folder / "journal", count, THREADS) for _ in range(rounds + 1)][1:]
        figures |= median(loads)
        if not beside_redis:
            return figures
        if shutil.which("redis-server"):
            figures |= measure_redis(folder, count)
        else:
            print("redis-server is not installed: not compared (scripts/install-dependencies installs it)", flush=True)
        return figures
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = [options.profiles] + ([10_000_000] if os.environ.get("BENCH_LARGE") == "1" else [])
    load = os.getloadavg()[0]
    results = {}
    for count in counts:
        # A hash takes as much among ten million, and filling them takes a quarter of an hour.
        results[count] = measure(count, options.rounds, beside_redis=count == counts[0])
        missed = report(results, options.rounds, load)
    return 1 if missed else 0


def report(results, rounds, load):
    """Prints and writes what was measured so far; returns the bars that were missed."""
    missed = []
    lines = [f"# Stored profiles, {datetime.date.today()}", "",
             f"{platform.machine()}, {THREADS} cores, load average before the run {load:.1f}, {rounds} rounds.", ""]
    for count, figures in results.items():
        lines += [f"## {count:,} profiles of 20 features", "", "| what | figure |", "|---|---|"]
        lines += [f"| {words} | {figures[name]:,.{0 if figures[name] > 1_000 else 2}f} |"
                  for name, words in WORDS if name in figures]
        lines.append("")
        for name, is_least, bound in BARS:
            holds = figures[name] >= bound if is_least else figures[name] <= bound
            lines.append(f"{'holds' if holds else 'MISSED'}: {name} {figures[name]:,.2f}, bar {bound:,}")
            missed += [] if holds else [name]
        lines.append("")
    text = "\n".join(lines)
    print(text)
    path = HERE / "results" / f"{datetime.date.today()}-profiles"
    path.with_suffix(".md").write_text(text)
    path.with_suffix(".json").write_text(json.dumps({"load_average": load, "results": results}, indent=1) + "\n")
    return missed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"error: {failure}")
