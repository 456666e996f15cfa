"""Starts and stops daemons, asks them, and puts load on them: shared by the demo, the benchmarks and the end-to-end tests.

Only the standard library, the built binaries, protoc and h2load are used.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = pathlib.Path(os.environ.get("BINARIES", ROOT / ".build" / "release"))
RULES = ROOT / "config" / "rules"
SAMPLE = ROOT / "config" / "sample"
DECIDE = "/bespoke.v1.DecisionService/Decide"

# Generous: a busy two-core machine must not fail a test.
START_SECONDS = 60
STOP_SECONDS = 60
COMMAND_SECONDS = 120


class Failure(Exception):
    """Something did not go as promised; the text says what."""


def binary(name):
    """The path of `bespoked` or `bespokectl`."""
    path = BINARIES / name
    if not path.exists():
        raise Failure(f"{path} is not there: run `make build` first, or `make demo`")
    return str(path)


class Daemon:
    """One `bespoked` on free ports, with a data directory of its own unless one is given."""

    def __init__(self, rules=RULES, data_directory=None, arguments=(), environment=None, prefix=()):
        self._own_directory = data_directory is None
        # Below /tmp: the path of a Unix socket has at most 107 bytes.
        self.directory = pathlib.Path(data_directory or tempfile.mkdtemp(prefix="bespoke-", dir="/tmp"))
        self.rules = rules
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.prefix = list(prefix)
        self.pass_fds = ()
        self.process = None
        self.addresses = {}
        self.log_start = 0
        self.log = pathlib.Path(tempfile.mkstemp(prefix="bespoked-", suffix=".log", dir="/tmp")[1])

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def command(self):
        command = self.prefix + [binary("bespoked"), "--data-directory", str(self.directory)]
        # Tests and benchmarks ask the data port for everything; those of access say otherwise.
        for flag, free in [("--listen", "127.0.0.1:0"), ("--operations", "127.0.0.1:0"), ("--log-format", "json"),
                           ("--data-access", "open")]:
            if flag not in self.arguments:
                command += [flag, free]
        if self.rules is not None:
            command += ["--rules", str(self.rules)]
        return command + self.arguments

    def start(self, wait=True):
        """Starts it; returns once it serves. Raises Failure with its log when it ends instead."""
        addresses = self.directory / "addresses.json"
        if addresses.exists():
            addresses.unlink()
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **self.environment}, pass_fds=self.pass_fds)
        if wait:
            self.wait_until(addresses.exists, "it serves")
            self.addresses = json.loads(addresses.read_text())
        return self

    def wait_until(self, holds, what, seconds=START_SECONDS):
        """Asks again and again until `holds()`; fails when the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not holds():
            try:
                code = self.process.wait(timeout=0.01)
            except subprocess.TimeoutExpired:
                if time.monotonic() > deadline:
                    raise Failure(f"after {seconds} s it is not so that {what}. Its log:\n{self.log_text()}") from None
                continue
            raise Failure(f"bespoked ended with code {code} before {what}. Its log:\n{self.log_text()}")

    def log_text(self):
        """The end of what this process wrote: what one before it wrote cannot be taken for it."""
        with open(self.log, "rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")[-20_000:]

    @property
    def data(self):
        return self.addresses["data"]

    @property
    def operations(self):
        return self.addresses["operations"]

    @property
    def admin(self):
        return self.addresses["admin"]

    def ctl(self, *arguments, address=None, stdin=None, check=True):
        """Runs bespokectl against the admin socket; returns the finished process."""
        return ctl(*arguments, address=address or self.admin, stdin=stdin, check=check)

    def json(self, *arguments):
        """What bespokectl prints with `--output json`."""
        return json.loads(self.ctl("--output", "json", *arguments).stdout)

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        """The exit code, once it has ended."""
        return self.process.wait(timeout=seconds)

    def stop(self):
        """Asks it to drain and end; returns its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        """Ends it if it still runs, and removes what it left."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.log.unlink(missing_ok=True)
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)


def ctl(*arguments, address=None, stdin=None, check=True):
    """Runs bespokectl; with `check`, a code other than 0 raises Failure with what it printed."""
    command = [binary("bespokectl")] + (["--address", address] if address else []) + [str(a) for a in arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=COMMAND_SECONDS)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(command)} ended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def cpu_seconds(pid):
    """User and system time of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def encode(message, text):
    """The bytes of a protobuf message of proto/, such as `bespoke.v1.DecideRequest`, from its text format."""
    return _protoc("--encode", message, text.encode())


def decode(message, content):
    """The text format of a protobuf message of proto/."""
    return _protoc("--decode", message, content).decode()


def _protoc(action, message, content):
    proto = ROOT / "proto"
    files = sorted(path.relative_to(proto).as_posix() for path in (proto / "bespoke").rglob("*.proto"))
    return subprocess.run(["protoc", f"-I{proto}", "-I/usr/include", f"{action}={message}", *files], input=content,
                          capture_output=True, check=True, timeout=COMMAND_SECONDS).stdout


def framed(message, compressed=False):
    """A gRPC length-prefixed message."""
    return bytes([int(compressed)]) + len(message).to_bytes(4, "big") + message


LoadResult = collections.namedtuple("LoadResult", "total succeeded failed errored seconds rate output")


class Load:
    """h2load calling one method again and again with one body, in the background."""

    def __init__(self, address, body, requests, clients=4, streams=32, method=DECIDE, prefix=(), extra=(), warm_up=()):
        self._file = tempfile.NamedTemporaryFile(prefix="bespoke-body-")
        self._file.write(framed(body))
        self._file.flush()
        self.process = subprocess.Popen(
            [*prefix, "h2load", "-n", str(requests), "-c", str(clients), "-m", str(streams), "-d", self._file.name,
             "-H", "content-type: application/grpc", "-H", "te: trailers", *extra, f"http://{address}{method}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._started = threading.Event()
        self._lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.append(line)
            if line.startswith("progress:"):
                self._started.set()
        self._started.set()

    def wait_until_running(self, seconds=START_SECONDS):
        """Returns once a tenth of the requests is done."""
        if not self._started.wait(seconds):
            raise Failure("h2load does not get on:\n" + "".join(self._lines))

    def is_running(self):
        return self.process.poll() is None

    def result(self, seconds=900):
        """Waits for the end; returns the counts."""
        try:
            self.process.wait(timeout=seconds)
        finally:
            if self.process.poll() is None:
                self.process.kill()
        self._reader.join()
        self._file.close()
        return parse_load("".join(self._lines))


def parse_load(output):
    """Reads the counts from what h2load printed."""
    finished = re.search(r"finished in ([\d.]+)(us|ms|s|m)?, ([\d.]+) req/s", output)
    counts = re.search(r"requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored", output)
    if not finished or not counts:
        raise Failure("h2load did not finish:\n" + output)
    total, succeeded, failed, errored = map(int, counts.groups())
    scale = {"us": 1e-6, "ms": 1e-3, "m": 60.0}.get(finished.group(2), 1.0)
    return LoadResult(total, succeeded, failed, errored, float(finished.group(1)) * scale, float(finished.group(3)), output)
