"""What connections and calls leave behind: memory, credit, and room for others."""
import contextlib
import os
import pathlib
import socket
import ssl
import subprocess
import threading
import time

import grpc
import pytest
import support
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support import CALL_SECONDS, DECIDE, OLIVE, RawHTTP2, harness, host_port, profile, request

CONNECTIONS = int(os.environ.get("LEAK_CONNECTIONS", 2_000))
# Of connections that left nothing, the allocator may keep this much beside what it kept after the warm-up.
LEFT_BYTES_MAX = 8 << 20
IDLE_CONNECTIONS = 2_000
IDLE_BYTES_MAX = 40_000
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
WATCH = "/grpc.health.v1.Health/Watch"
REFLECT = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


def resident_bytes(daemon):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024


def open_connections(daemon):
    """As the daemon counts them."""
    host, port = host_port(daemon.operations)
    with socket.create_connection((host, port), timeout=CALL_SECONDS) as page:
        page.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: page.recv(65_536), b"")).decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("bespoke_open_connections"))


def body(message):
    return harness.framed(message.SerializeToString())


def come_and_go(daemon, count):
    """Connections of every kind: silent, greeting only, answered, amid a call, reset, with half a message."""
    decide = body(request(**OLIVE))
    for index in range(count):
        kind = index % 6
        if kind < 2:
            with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as connection:
                if kind == 1:
                    connection.sendall(PREFACE)
            continue
        with RawHTTP2(daemon.data) as raw:
            if kind == 2:
                assert raw.finish(raw.call(DECIDE, decide))["grpc-status"] == "0"
            elif kind == 3:
                raw.call(WATCH, body(health_pb2.HealthCheckRequest()))
            elif kind == 4:
                stream = raw.call(WATCH, body(health_pb2.HealthCheckRequest()))
                raw.h2.reset_stream(stream, error_code=8)
                raw.flush()
            else:
                raw.call(DECIDE, decide[:20], end=False)


def test_connections_that_are_gone_leave_nothing(start):
    daemon = start()
    # As many before as after: what is open at once, and what the allocator keeps for it, is alike.
    come_and_go(daemon, CONNECTIONS)
    daemon.wait_until(lambda: open_connections(daemon) == 0, "every connection is gone")
    before = resident_bytes(daemon)
    come_and_go(daemon, CONNECTIONS)
    daemon.wait_until(lambda: open_connections(daemon) == 0, "every connection is gone")
    # Once it was 25 kilobytes for each.
    assert resident_bytes(daemon) - before < LEFT_BYTES_MAX


def test_idle_connections_hold_little_and_memory_is_given_back(start):
    daemon = start()
    decide = body(request(**OLIVE))
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, decide))["grpc-status"] == "0"
    before = resident_bytes(daemon)
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE_CONNECTIONS):
            raw = stack.enter_context(RawHTTP2(daemon.data))
            assert raw.finish(raw.call(DECIDE, decide))["grpc-status"] == "0"
        held = resident_bytes(daemon) - before
        # Once it was 82 kilobytes.
        assert held / IDLE_CONNECTIONS < IDLE_BYTES_MAX
    daemon.wait_until(lambda: open_connections(daemon) == 0, "every connection is gone")
    daemon.wait_until(lambda: resident_bytes(daemon) - before < held / 3, "memory is given back")


def test_connections_over_tls_leave_nothing(start, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost"], check=True,
                   capture_output=True)
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key)])
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.set_alpn_protocols(["h2"])

    def visit(count):
        for index in range(count):
            with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as plain:
                if index % 3 == 0:
                    continue
                with context.wrap_socket(plain) as connection:
                    if index % 3 == 1:
                        connection.sendall(PREFACE)

    def growth():
        before = resident_bytes(daemon)
        visit(600)
        daemon.wait_until(lambda: open_connections(daemon) == 0, "every connection is gone")
        return resident_bytes(daemon) - before

    visit(600)
    # The TLS library keeps a connection that ended without a farewell for the five seconds that it would wait for one: until
    # the first are let go, each round takes memory of its own. What leaves something behind takes more in every round.
    daemon.wait_until(lambda: growth() < LEFT_BYTES_MAX, "a round leaves nothing behind")


def test_messages_that_nobody_takes_are_bounded(start):
    daemon = start()
    with RawHTTP2(daemon.data, window=0) as raw:
        before = resident_bytes(daemon)
        stream = raw.call(REFLECT, harness.framed(b"\x22\x1abespoke.v1.DecisionService") * 300, end=False)
        # Empty messages, five bytes each: as many as the window takes.
        with contextlib.suppress(TimeoutError, socket.timeout):
            raw.socket.settimeout(2)
            for _ in range(200):
                raw.send(stream, harness.framed(b"") * 2_000)
        # Once each kept a whole buffer: a gigabyte.
        assert resident_bytes(daemon) - before < 24 << 20


@pytest.mark.parametrize("ending", ["refused", "cancelled"])
def test_d3_imports_that_are_broken_off_leave_the_channel_in_use(daemon, ending):
    rows = [profile.ImportRow(line=line + 1, profile=profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id=f"d3-{line}"))
            for line in range(60_000)]
    options = profile.ImportOptions(dry_run=True)
    big = profile.ImportProfilesRequest(rows=rows)

    is_flowing = threading.Event()

    def messages():
        yield profile.ImportProfilesRequest(options=options, rows=rows)
        # It asks for the next once the window has room for the first, so the daemon has read some of it.
        is_flowing.set()
        if ending == "refused":
            yield profile.ImportProfilesRequest(options=options)
        for _ in range(8):
            yield big

    with grpc.insecure_channel(daemon.data, options=[("grpc.max_send_message_length", -1),
                                                     ("grpc.use_local_subchannel_pool", 1)]) as channel:
        profiles = support.Profiles(channel)
        for _ in range(7):
            is_flowing.clear()
            call = profiles.ImportProfiles.future(messages(), timeout=CALL_SECONDS)
            if ending == "cancelled":
                assert is_flowing.wait(CALL_SECONDS)
                call.cancel()
            with contextlib.suppress(grpc.RpcError, grpc.FutureCancelledError):
                call.result()
            with support.refused(grpc.StatusCode.NOT_FOUND):
                profiles.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id="nobody"),
                                    timeout=10)


def test_w40_clients_that_went_with_open_calls_keep_no_place(start, tmp_path):
    configuration = tmp_path / "bespoked.yaml"
    configuration.write_text("connections_max: 20\n")
    daemon = start(arguments=["--config", str(configuration)])
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            for number in range(20):
                raw = stack.enter_context(RawHTTP2(daemon.data))
                stream = raw.call(WATCH, body(health_pb2.HealthCheckRequest()), end=number % 2 == 0)
                if number % 2 == 0:
                    raw.read_until(lambda: raw.received_bytes(stream) > 0)
        # An ordinary FIN each. Nothing tells it from a client that still reads: some have two seconds, but not every place.
        daemon.wait_until(lambda: open_connections(daemon) < 20, "there is room", seconds=1)
        with grpc.insecure_channel(daemon.data, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            assert support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS)
        daemon.wait_until(lambda: open_connections(daemon) == 0, "every connection is gone")
    # Nor do they hold up the end.
    for _ in range(5):
        with RawHTTP2(daemon.data) as raw:
            raw.call(WATCH, body(health_pb2.HealthCheckRequest()))
            raw.call("/bespoke.v1.ProfileService/ImportProfiles", end=False)
    started = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("size", [15_000, 60_000])
def test_w47_metadata_beyond_the_limit_fails_its_own_call(daemon, size):
    with RawHTTP2(daemon.data) as raw:
        fields = [(f"x-{number}", "y" * 1_000) for number in range(size // 1_000 + 2)]
        found = raw.finish(raw.call(DECIDE, body(request()), headers=fields))
        assert found["grpc-status"] == "8"
        assert raw.finish(raw.call(DECIDE, body(request(**OLIVE))))["grpc-status"] == "0"


def test_w47_one_value_beyond_the_limit_fails_its_own_call(daemon):
    with RawHTTP2(daemon.data) as raw:
        raw.h2.max_outbound_frame_size = 16_384
        found = raw.finish(raw.call(DECIDE, body(request()), headers=[("x-huge", "y" * 66_000)]))
        assert found["grpc-status"] == "8"
        assert raw.finish(raw.call(DECIDE, body(request(**OLIVE))))["grpc-status"] == "0"


def test_w48_health_lists_all_services(channel):
    health = health_pb2_grpc.HealthStub(channel)
    listed = health.List(health_pb2.HealthListRequest(), timeout=CALL_SECONDS).statuses
    assert listed[""].status == health_pb2.HealthCheckResponse.SERVING
    assert listed["bespoke.v1.DecisionService"].status == health_pb2.HealthCheckResponse.SERVING
