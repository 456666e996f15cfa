"""Rule folders that nobody should write, through the command line and the daemon: errors with a place, in bounded memory."""
import pathlib
import subprocess
import sys

import pytest
from support import CALL_SECONDS, OLIVE, harness, request

MEGABYTE = 1 << 20
BOMB = "segments:\n  a0: &a0 [x, x]\n" + "".join(
    f"  a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)) + "tests: *a39\n"


def large(size):
    """A rule file of this size that would be valid."""
    line = b"  s%07d: visitor.age == 1\n"
    return b"attributes: {visitor: {age: {type: int}}}\nsegments:\n" + b"".join(
        line % number for number in range(size // len(line % 0) + 1))


# What the file holds, and where the error must be; column 0 is any.
HOSTILE = {
    "100 MB": (lambda: large(100 * MEGABYTE), 1, 1),
    "100 MB without a line end": (lambda: b"a" * (100 * MEGABYTE), 1, 1),
    "100 MB of brackets": (lambda: b"[" * (100 * MEGABYTE), 1, 1),
    "brackets": (lambda: b"events:\n  " + b"[" * 1_000_000, 2, 0),
    "indentation": (lambda: b"".join(b" " * n + b"a:\n" for n in range(3_000)), 0, 0),
    "brackets in a condition": (
        lambda: b"segments:\n  s: '" + b"(" * 100_000 + b"1" + b")" * 100_000 + b" == 1'\n", 2, 0),
    "aliases of aliases": (lambda: BOMB.encode(), 0, 0),
    "not UTF-8": (lambda: b"events: {}\n# \xff\xfe\n", 2, 3),
    "NUL": (lambda: b"events: {}\n#\x00\n", 2, 2),
}


# In a small process of its own: what a process had before it became another counts for its peak.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stderr=subprocess.STDOUT)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def measured(*arguments):
    """Runs bespokectl; returns its code, what it printed and the most memory that it had, in bytes."""
    command = [sys.executable, "-c", MEASURE, harness.binary("bespokectl"), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    code, kilobytes = map(int, result.stderr.split())
    return code, result.stdout, kilobytes * 1024


def peak(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_rule_file_is_an_error_with_its_place_in_bounded_memory(daemon, decisions, tmp_path, name):
    make, line, column = HOSTILE[name]
    (tmp_path / "rules.yaml").write_bytes(make())
    before = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    for arguments in (("rules", "check", tmp_path), ("rules", "test", tmp_path),
                      ("--address", daemon.admin, "rules", "push", tmp_path)):
        code, printed, memory = measured(*arguments)
        assert code == 1, printed[:500]
        assert f"rules.yaml:{line or ''}" in printed and (not column or f"rules.yaml:{line}:{column}" in printed), printed[:500]
        assert memory < 700 * MEGABYTE, f"{name}: {memory / MEGABYTE:.0f} MB"
        assert len(printed) < MEGABYTE
    assert peak(daemon) < 1_024 * MEGABYTE, f"{name}: {peak(daemon) / MEGABYTE:.0f} MB in the daemon"
    assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS) == before
