#!/usr/bin/env python3
"""Measures how long checking and compiling a large rule set takes, and how much memory.

usage: benchmarks/bench_rules.py [--campaigns N] [--rounds N]      `make bench` builds first and runs it too

`bespokectl rules check` reads, checks, lints and compiles the folder as a push does; the whole process is timed. The median is
printed, and written to benchmarks/results/. Ends with 1 when a bar is missed.
"""
import argparse
import datetime
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

# For 10,000 campaigns with three conditions each.
SECONDS_BAR, MEGABYTES_BAR = 1.0, 200
HEAD = """attributes:
  visitor:
    age: {type: int}
    country: {type: string}
  account:
    employees: {type: int}
placements:
  hero: {kind: page, fields: {text: {}}, default: {text: Welcome}}
campaigns:
"""


def rules(campaigns):
    parts = [HEAD]
    for number in range(campaigns):
        condition = f"visitor.age > {number % 90} && account.employees >= {number} && visitor.country == 'c{number % 200}'"
        parts.append(f"  campaign_{number}:\n    priority: {number}\n    when: {condition}\n"
                     f"    pages:\n      hero:\n        shown: {{fields: {{text: Text {number}}}}}\n")
    return "".join(parts)


def check(folder):
    """One check: seconds, and the most memory it held, in megabytes."""
    started = time.monotonic()
    process = subprocess.Popen([harness.binary("bespokectl"), "rules", "check", str(folder)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise harness.Failure("the rules of the benchmark are refused")
    return time.monotonic() - started, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--campaigns", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bespoke-bench-") as folder:
        (pathlib.Path(folder) / "rules.yaml").write_text(rules(options.campaigns))
        rounds = [check(folder) for _ in range(options.rounds)]
    seconds, megabytes = (statistics.median(values) for values in zip(*rounds))
    day = datetime.date.today().isoformat()
    line = f"{options.campaigns:,} campaigns with 3 conditions each: checked and compiled in {seconds:.2f} s, {megabytes:.0f} MB"
    print(f"{line} (medians of {options.rounds})")
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{day}-rules.md").write_text(
        f"# Checking rules, {day}\n\n    benchmarks/bench_rules.py --campaigns {options.campaigns} --rounds {options.rounds}\n\n"
        f"{line}, whole process. Medians of {options.rounds}; bars: {SECONDS_BAR:g} s, {MEGABYTES_BAR} MB.\n")
    (HERE / "results" / f"{day}-rules.json").write_text(
        json.dumps({"day": day, "campaigns": options.campaigns, "rounds": rounds}, indent=2) + "\n")
    met = seconds < SECONDS_BAR and megabytes < MEGABYTES_BAR
    print(f"Bars: {SECONDS_BAR:g} s and {MEGABYTES_BAR} MB: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
