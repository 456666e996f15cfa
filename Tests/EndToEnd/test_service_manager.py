"""What a service manager does: it hands sockets over, hears how the daemon is, restarts and stops it; nobody loses a call."""
import configparser
import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time

import grpc
import pytest
import support
from support import CALL_SECONDS, OLIVE, harness, request

RESTARTS = int(os.environ.get("RESTARTS", 3))
UNITS = harness.ROOT / "config" / "systemd"


class Activated(harness.Daemon):
    """A daemon that gets its sockets from here, as from systemd."""

    def __init__(self, **options):
        super().__init__(**options)
        self.sockets = [socket.create_server(("127.0.0.1", 0), backlog=1_024) for _ in range(2)]
        self.data_address, self.operations_address = (f"127.0.0.1:{made.getsockname()[1]}" for made in self.sockets)
        self.pass_fds = tuple(made.fileno() for made in self.sockets)

    def command(self):
        # The variable names the process that it is meant for, whose number is known once it runs.
        numbers = [made.fileno() for made in self.sockets]
        moves = "".join(f" {3 + index}<&{number}" for index, number in enumerate(numbers))
        script = f'exec env LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=data:operations "$@" {moves}'
        return ["bash", "-c", script, "bash", *super().command()]

    def close(self):
        super().close()
        for made in self.sockets:
            made.close()


@pytest.fixture
def activated():
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Activated(**options))


class Caller(threading.Thread):
    """One call after the other on one channel, until told to stop."""

    def __init__(self, address, waits):
        super().__init__(daemon=True)
        self.address, self.waits = address, waits
        self.has_ended = threading.Event()
        self.answers, self.failures = 0, []

    def run(self):
        with grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            decide = support.Decisions(channel).Decide
            while not self.has_ended.is_set():
                try:
                    decide(request(**OLIVE), timeout=CALL_SECONDS, wait_for_ready=self.waits)
                    self.answers += 1
                except grpc.RpcError as error:
                    self.failures.append(str(error))


def test_restarts_lose_no_call(activated):
    daemon = activated(arguments=["--drain-milliseconds", "3000"])
    assert daemon.data == daemon.data_address and daemon.operations == daemon.operations_address
    callers = [Caller(daemon.data, waits) for waits in (True, False) for _ in range(2)]
    for caller in callers:
        caller.start()
    for _ in range(RESTARTS):
        before = [caller.answers for caller in callers]
        daemon.wait_until(lambda: all(caller.answers > count for caller, count in zip(callers, before)), "all are served")
        assert daemon.stop() == 0
        daemon.start()
    for caller in callers:
        caller.has_ended.set()
        caller.join(CALL_SECONDS)
    assert [caller.failures for caller in callers] == [[]] * len(callers)


def test_two_daemons_share_a_port_and_one_may_go(start):
    first = start(arguments=["--reuse-port", "true"])
    second = start(arguments=["--reuse-port", "true", "--listen", first.data])
    assert second.data == first.data
    first.stop()
    for _ in range(10):
        with grpc.insecure_channel(second.data) as channel:
            support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS)


def test_a_lame_duck_serves_on_and_says_that_it_ends(start):
    daemon = start(arguments=["--lame-duck-milliseconds", "1500"])
    with grpc.insecure_channel(daemon.data) as channel:
        decide = support.Decisions(channel).Decide
        decide(request(**OLIVE), timeout=CALL_SECONDS)
        since = time.monotonic()
        daemon.signal(15)
        daemon.wait_until(lambda: "shutting down" in page(daemon, "/readyz"), "it says that it ends")
        with grpc.insecure_channel(daemon.data, options=[("grpc.use_local_subchannel_pool", 1)]) as late:
            support.Decisions(late).Decide(request(**OLIVE), timeout=CALL_SECONDS)
        decide(request(**OLIVE), timeout=CALL_SECONDS)
        assert daemon.wait() == 0
        assert time.monotonic() - since >= 1.5


def page(daemon, path):
    return subprocess.run(["curl", "-s", f"http://{daemon.operations}{path}"], capture_output=True, text=True).stdout


def test_the_service_manager_hears_how_it_is(start, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(CALL_SECONDS)
        heard = []

        def hear_until(word):
            while not any(line.startswith(word) for line in heard):
                heard.extend(manager.recv(4_096).decode().splitlines())
        daemon = start(environment={"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "5000000"})
        hear_until("READY=1")
        hear_until("WATCHDOG=1")
        heard.clear()
        daemon.signal(1)
        hear_until("READY=1")
        kinds = [line.partition("=")[0] for line in heard if not line.startswith("WATCHDOG")]
        assert kinds[:2] == ["RELOADING", "MONOTONIC_USEC"] and "READY" in kinds
        assert daemon.stop() == 0
        hear_until("STOPPING=1")


def test_descriptors_that_do_not_suffice_lower_the_limit_and_are_named(start):
    daemon = start(prefix=["prlimit", "--nofile=256:256"])
    warning = next(line for line in map(json.loads, filter(None, daemon.log.read_text().splitlines()))
                   if "file descriptors" in json.dumps(line))
    assert '"128"' in json.dumps(warning) or "128" in json.dumps(warning)
    host, port = support.host_port(daemon.data)
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(socket.create_connection((host, port)))
        daemon.wait_until(lambda: "connections are refused" in daemon.log_text(), "the log says so")
    daemon.wait_until(lambda: decides(daemon), "it serves")


def decides(daemon):
    with grpc.insecure_channel(daemon.data, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            return support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS) is not None
        except grpc.RpcError:
            return False


def test_when_memory_is_short_writes_are_refused_and_decisions_go_on(start, tmp_path):
    csv = tmp_path / "visitors.csv"
    csv.write_text("id,department\n" + "".join(f"v{number},office\n" for number in range(1_000)))
    configuration = tmp_path / "bespoked.yaml"
    configuration.write_text("memory_bytes_max: 1048576\n")
    daemon = start(arguments=["--config", str(configuration)])
    refused = daemon.ctl("profiles", "import", csv, "--kind", "visitor", check=False)
    assert refused.returncode != 0 and "memory is short" in refused.stdout + refused.stderr
    assert decides(daemon)
    daemon.wait_until(lambda: "memory is short" in daemon.log_text(), "the log says so")


def test_the_units_are_whole(tmp_path):
    service, sockets = (read_unit(UNITS / f"bespoked.{kind}") for kind in ("service", "socket"))
    assert service["Service"]["Sockets"] == "bespoked.socket" and sockets["Socket"]["Service"] == "bespoked.service"
    known = (harness.ROOT / "config" / "bespoked.yaml").read_text()
    for setting in ("lame_duck_milliseconds", "drain_milliseconds"):
        assert setting in known and setting in (UNITS / "bespoked.service").read_text()
    if shutil.which("systemd-analyze"):
        for unit in UNITS.iterdir():
            (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/bin/bespoked", "/bin/true"))
        verified = subprocess.run(["systemd-analyze", "verify", *tmp_path.iterdir()], capture_output=True, text=True)
        assert "bespoked" not in verified.stderr, verified.stderr


def read_unit(path):
    parser = configparser.ConfigParser(strict=False, delimiters=["="], comment_prefixes=["#"], interpolation=None)
    parser.optionxform = str
    parser.read(path)
    return parser
