#!/usr/bin/env python3
"""Measures what experiments cost a decision, and how long results over many units take.

usage: benchmarks/bench_experiments.py [--units N] [--rounds N]      `make bench` builds first and runs it too

The cost is that of whole decisions with and without experiments, in one process. For the results a journal is filled with
units, and the real daemon started on it; the time is that of the whole `bespokectl experiments results`. Medians are printed,
and written to benchmarks/results/. Ends with 1 when a bar is missed.
"""
import argparse
import datetime
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

EXPERIMENT_BAR, THOUSAND_BAR, RESULTS_BAR = 60, 10_000, 2.0
RULES = """
events: {signup: {points: 1}}
experiments:
  button: {arms: {control: {weight: 1}, start_free: {weight: 1}}, metrics: [signup]}
"""


def run(*arguments):
    command = [harness.binary("ExperimentBenchmark"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def results(folder, units, rounds):
    """Seconds of `experiments results`, and the daemon's memory for each unit in bytes."""
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(RULES)
    data = folder / "data"
    data.mkdir()
    with harness.Daemon(rules=folder / "rules") as daemon:
        empty = resident_bytes(daemon.process.pid)
    run("fill", data / "journal", units)
    with harness.Daemon(rules=folder / "rules", data_directory=data) as daemon:
        held = (resident_bytes(daemon.process.pid) - empty) / units
        seconds = []
        for _ in range(rounds):
            started = time.monotonic()
            found = daemon.json("experiments", "results", "button")
            seconds.append(time.monotonic() - started)
        arms = found["groups"][0]["arms"]
        assert sum(int(arm["units"]) for arm in arms) == units, arms
    return statistics.median(seconds), held


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise harness.Failure("the daemon says nothing of its memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--units", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    costs = [run("assign") for _ in range(options.rounds)]
    cost = {name: statistics.median(round[name] for round in costs) for name in costs[0]}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bespoke-bench-"))
    try:
        seconds, held = results(folder, options.units, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    day = datetime.date.today().isoformat()
    rows = [
        ("an experiment in scope adds to a decision", f"{cost['nanoseconds_per_experiment_in_scope']:.0f} ns",
         f"{EXPERIMENT_BAR} ns", cost["nanoseconds_per_experiment_in_scope"] <= EXPERIMENT_BAR),
        ("1,000 running experiments, 20 of them in scope", f"{cost['nanoseconds_of_a_thousand_running'] / 1000:.1f} µs",
         f"{THOUSAND_BAR // 1000} µs", cost["nanoseconds_of_a_thousand_running"] <= THOUSAND_BAR),
        (f"results over {options.units:,} units, the whole command", f"{seconds:.2f} s", f"{RESULTS_BAR:g} s",
         seconds < RESULTS_BAR),
    ]
    table = "| what | median | bar | |\n|---|--:|--:|---|\n" + "".join(
        f"| {what} | {value} | {bar} | {'met' if met else 'MISSED'} |\n" for what, value, bar, met in rows)
    note = f"In memory {held:.0f} B for each unit: id, one experiment, one metric, index, with what the daemon itself grew."
    print(f"{table}\n{note}")
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{day}-experiments.md").write_text(
        f"# Experiments, {day}\n\n    benchmarks/bench_experiments.py --units {options.units} --rounds {options.rounds}\n\n"
        f"{table}\n{note}\n")
    (HERE / "results" / f"{day}-experiments.json").write_text(
        json.dumps({"day": day, "costs": costs, "units": options.units, "seconds": seconds, "bytes": held}, indent=2) + "\n")
    return 0 if all(met for *_, met in rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"bench_experiments: {failure}")
