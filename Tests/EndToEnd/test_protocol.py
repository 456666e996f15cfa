"""gRPC over HTTP/2 as such: deadlines, cancellation, metadata, compression, windows, and frames that break the rules."""
import base64
import contextlib
import gzip
import socket
import struct
import threading
import time

import grpc
import h2.events
import h2.exceptions
import pytest
import support
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support import CALL_SECONDS, DECIDE, OLIVE, RawHTTP2, decision, harness, host_port, profile, refused, request

IMPORT = "/bespoke.v1.ProfileService/ImportProfiles"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, GOAWAY = 4, 7


def body(message):
    return harness.framed(message.SerializeToString())


def answers(address):
    """Whether a new connection gets its decision."""
    with grpc.insecure_channel(address) as channel:
        return support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS).icp.name == "office_olive"


# --- Deadlines and cancellation ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("timeout", ["1m", "20m", "1000u", "1000000n", "1S"])
def test_the_server_itself_ends_a_call_at_its_deadline(daemon, timeout):
    with RawHTTP2(daemon.data) as raw:
        stream = raw.call(IMPORT, end=False, headers=[("grpc-timeout", timeout)])
        found = raw.finish(stream)
        assert found.get("grpc-status") == "4" or raw.of(stream, h2.events.StreamReset)
        assert raw.finish(raw.call(DECIDE, body(request(**OLIVE))))["grpc-status"] == "0"


@pytest.mark.parametrize("timeout", ["", "5", "m", "123456789m", "-1S", "1.5S", "5x", "5 S"])
def test_a_malformed_timeout_is_refused(daemon, timeout):
    with RawHTTP2(daemon.data) as raw:
        found = raw.finish(raw.call(DECIDE, body(request()), headers=[("grpc-timeout", timeout)]))
        assert found["grpc-status"] not in ("0", "4")


@pytest.mark.parametrize("timeout", ["1H", "99999999H", "5M", "30S", "60000m", "60000000u", "99999999n"])
def test_all_six_units_are_understood(daemon, timeout):
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, body(request()), headers=[("grpc-timeout", timeout)]))["grpc-status"] == "0"


def test_grpcio_sees_its_deadline(channel):
    never_ending = threading.Event()

    def messages():
        yield profile.ImportProfilesRequest(options=profile.ImportOptions(dry_run=True))
        never_ending.wait(CALL_SECONDS)

    with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
        support.Profiles(channel).ImportProfiles(messages(), timeout=0.2)
    never_ending.set()


def test_cancelling_a_call_leaves_the_connection_in_use(channel):
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
    next(watch)
    watch.cancel()
    with pytest.raises(grpc.RpcError) as cancelled:
        next(watch)
    assert cancelled.value.code() == grpc.StatusCode.CANCELLED
    assert support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS).icp.name == "office_olive"


def test_many_cancelled_calls_leave_no_stream_behind(daemon):
    with RawHTTP2(daemon.data) as raw:
        for _ in range(50):
            stream = raw.call(IMPORT, end=False)
            raw.h2.reset_stream(stream, error_code=8)
            raw.flush()
        assert raw.finish(raw.call(DECIDE, body(request(**OLIVE))))["grpc-status"] == "0"


# --- Headers ---------------------------------------------------------------------------------------------------------

def test_metadata_of_either_kind_does_not_disturb_a_call(decisions):
    metadata = [("x-request-id", "7f"), ("x-trace-bin", bytes(range(256))), ("x-many", "a"), ("x-many", "b")]
    answer, call = decisions.Decide.with_call(request(**OLIVE), timeout=CALL_SECONDS, metadata=metadata)
    assert answer.icp.name == "office_olive" and call.code() == grpc.StatusCode.OK


def test_binary_metadata_is_taken_with_and_without_padding(daemon):
    with RawHTTP2(daemon.data) as raw:
        padded = base64.b64encode(b"abcd").decode()
        headers = [("x-a-bin", padded), ("x-b-bin", padded.rstrip("=")), ("x-c-bin", f"{padded},{padded}")]
        assert raw.finish(raw.call(DECIDE, body(request()), headers=headers))["grpc-status"] == "0"


@pytest.mark.parametrize("content_type", ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"])
def test_each_grpc_content_type_is_taken(daemon, content_type):
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, body(request()), content_type=content_type))["grpc-status"] == "0"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/grpc-web", "application/grpcx", None])
def test_another_content_type_gets_415(daemon, content_type):
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, body(request()), content_type=content_type))[":status"] == "415"


def test_another_http_method_gets_405(daemon):
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, method="GET"))[":status"] == "405"


def test_error_messages_travel_percent_encoded(decisions):
    with refused(grpc.StatusCode.NOT_FOUND, "café ☕ 100%"):
        decisions.Decide(request(placements=["café ☕ 100%"]), timeout=CALL_SECONDS)


def test_an_error_is_trailers_only(daemon):
    with RawHTTP2(daemon.data) as raw:
        stream = raw.call("/bespoke.v1.Nobody/Nothing", body(request()))
        assert raw.finish(stream)["grpc-status"] == "12"
        assert not raw.of(stream, h2.events.DataReceived) and not raw.of(stream, h2.events.TrailersReceived)


def test_too_many_headers_do_not_hurt_others(daemon):
    with grpc.insecure_channel(daemon.data) as channel:
        with pytest.raises(grpc.RpcError):
            support.Decisions(channel).Decide(request(), timeout=CALL_SECONDS,
                                              metadata=[(f"x-{number}", "y" * 1_000) for number in range(300)])
    assert answers(daemon.data)


# --- Compression -----------------------------------------------------------------------------------------------------

def test_gzip_is_taken_and_answered(daemon):
    with grpc.insecure_channel(daemon.data, compression=grpc.Compression.Gzip) as channel:
        batch = decision.BatchDecideRequest(requests=[request(**OLIVE)] * 100)
        answer = support.Decisions(channel).BatchDecide(batch, timeout=CALL_SECONDS)
        assert len(answer.responses) == 100 and answer.responses[99].icp.name == "office_olive"


def test_a_large_reply_is_compressed_when_the_client_takes_gzip(daemon):
    batch = decision.BatchDecideRequest(requests=[request(**OLIVE)] * 200)
    with RawHTTP2(daemon.data) as raw:
        stream = raw.call("/bespoke.v1.DecisionService/BatchDecide", body(batch), headers=[("grpc-accept-encoding", "gzip")])
        raw.h2.increment_flow_control_window(1 << 24)
        raw.h2.increment_flow_control_window(1 << 24, stream)
        raw.flush()
        found = raw.finish(stream)
        reply = b"".join(event.data for event in raw.of(stream, h2.events.DataReceived))
        assert (found["grpc-status"], found["grpc-encoding"], reply[0]) == ("0", "gzip", 1)
        plain = gzip.decompress(reply[5:])
        assert len(decision.BatchDecideResponse.FromString(plain).responses) == 200
        assert len(reply) < len(plain) / 2


def compressed(content, encoding):
    return [("grpc-encoding", encoding)], harness.framed(content, compressed=True)


def test_another_encoding_is_unimplemented_and_the_known_ones_are_named(daemon):
    headers, content = compressed(b"x", "snappy")
    with RawHTTP2(daemon.data) as raw:
        found = raw.finish(raw.call(DECIDE, content, headers=headers))
        assert found["grpc-status"] == "12" and "gzip" in found["grpc-accept-encoding"]


def test_a_gzip_bomb_is_stopped_at_the_message_limit(daemon):
    bomb = gzip.compress(bytes(8 << 20))
    assert len(bomb) < 60_000
    headers, content = compressed(bomb, "gzip")
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, content, headers=headers))["grpc-status"] == "8"


@pytest.mark.parametrize("content", [b"not gzip at all", gzip.compress(b"\x0a\x01a")[:-4]])
def test_broken_gzip_is_refused(daemon, content):
    headers, message = compressed(content, "gzip")
    with RawHTTP2(daemon.data) as raw:
        assert raw.finish(raw.call(DECIDE, message, headers=headers))["grpc-status"] in ("3", "13")


def test_a_compressed_message_without_an_encoding_is_refused(daemon):
    with RawHTTP2(daemon.data) as raw:
        found = raw.finish(raw.call(DECIDE, harness.framed(gzip.compress(b""), compressed=True)))
        assert found["grpc-status"] in ("12", "13")


# --- Message framing -------------------------------------------------------------------------------------------------

def test_a_message_may_arrive_byte_by_byte(daemon):
    with RawHTTP2(daemon.data) as raw:
        stream = raw.call(DECIDE, end=False)
        content = body(request(**OLIVE))
        for at in range(len(content)):
            raw.send(stream, content[at:at + 1], end=at == len(content) - 1)
        assert raw.finish(stream)["grpc-status"] == "0"


FRAMINGS = {
    "no message": b"",
    "half a prefix": b"\x00\x00",
    "less than it says": b"\x00\x00\x00\x00\x0aabc",
    "two messages": harness.framed(b"") * 2,
    "an unknown flag": b"\x07\x00\x00\x00\x00",
    "a length of four gigabytes": b"\x00\xff\xff\xff\xffabc",
}


@pytest.mark.parametrize("content", FRAMINGS.values(), ids=FRAMINGS.keys())
def test_broken_message_framing_ends_only_its_own_call(daemon, content):
    with RawHTTP2(daemon.data) as raw:
        found = raw.finish(raw.call(DECIDE, content))
        assert found["grpc-status"] not in ("0", "2")
        assert raw.finish(raw.call(DECIDE, body(request(**OLIVE))))["grpc-status"] == "0"


# --- Flow control ----------------------------------------------------------------------------------------------------

def batch_of(count):
    return body(decision.BatchDecideRequest(requests=[request(**OLIVE)] * count))


def test_a_reply_larger_than_the_window_comes_as_the_window_opens(daemon):
    with RawHTTP2(daemon.data) as raw:
        slow = raw.call("/bespoke.v1.DecisionService/BatchDecide", batch_of(150))
        raw.read_until(lambda: raw.received_bytes(slow) >= 65_535)
        assert raw.received_bytes(slow) == 65_535 and not raw.is_over(slow)
        while not raw.is_over(slow):
            raw.h2.increment_flow_control_window(10_000)
            raw.h2.increment_flow_control_window(10_000, slow)
            raw.flush()
            raw.read()
        assert raw.finish(slow)["grpc-status"] == "0"
        reply = b"".join(event.data for event in raw.of(slow, h2.events.DataReceived))
        assert len(decision.BatchDecideResponse.FromString(reply[5:]).responses) == 150


def test_a_closed_window_of_one_stream_does_not_hold_up_another(daemon):
    with RawHTTP2(daemon.data, window=1_000) as raw:
        slow = raw.call("/bespoke.v1.DecisionService/BatchDecide", batch_of(50))
        raw.read_until(lambda: raw.received_bytes(slow) >= 1_000)
        quick = raw.call(DECIDE, body(request(placements=["side_offer"])))
        assert raw.finish(quick)["grpc-status"] == "0"
        assert not raw.is_over(slow)


def test_a_client_that_does_not_read_holds_up_nobody(daemon):
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            deaf = stack.enter_context(RawHTTP2(daemon.data))
            deaf.h2.increment_flow_control_window(1 << 30)
            for _ in range(20):
                deaf.call("/bespoke.v1.DecisionService/BatchDecide", batch_of(20))
        assert all(answers(daemon.data) for _ in range(10))


def test_a_request_larger_than_the_window_is_taken_as_it_is_read(decisions):
    batch = decision.BatchDecideRequest(requests=[request(visitor=dict(title="x" * 3_000))] * 900)
    assert 2_500_000 < batch.ByteSize() < 4 << 20
    assert len(decisions.BatchDecide(batch, timeout=CALL_SECONDS).responses) == 900


# --- Frames that break HTTP/2 ----------------------------------------------------------------------------------------

def frame(kind, content=b"", flags=0, stream=0, length=None):
    size = len(content) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + content


def frames_in(content):
    at, found = 0, []
    while at + 9 <= len(content):
        size = int.from_bytes(content[at:at + 3], "big")
        found.append((content[at + 3], content[at + 9:at + 9 + size]))
        at += 9 + size
    return found


BROKEN = {
    "data on stream zero": frame(0, b"abc"),
    "headers on stream zero": frame(1, b"\x82", flags=5),
    "headers that do not decode": frame(1, b"\xff\xff\xff\xff\xff\xff", flags=5, stream=1),
    "headers on an even stream": frame(1, b"\x82", flags=5, stream=2),
    "data on an idle stream": frame(0, b"abc", stream=9),
    "settings of five bytes": frame(4, b"12345"),
    "a ping of three bytes": frame(6, b"abc"),
    "a window update of zero": frame(8, b"\0\0\0\0"),
    "a window beyond two to the 31": frame(8, b"\x7f\xff\xff\xff") * 2,
    "a frame larger than allowed": frame(0, b"", stream=1, length=0xFFFFFF) + bytes(20_000),
    "a continuation of nothing": frame(9, b"\x82", flags=4, stream=1),
    "a push promise from a client": frame(5, b"\0\0\0\2\x82", flags=4, stream=1),
    "a priority of four bytes": frame(2, b"1234", stream=0),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_frame_that_breaks_the_rules_ends_its_connection_with_goaway(daemon, decisions, broken):
    with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as connection:
        connection.sendall(PREFACE + frame(SETTINGS) + broken)
        received = read_to_end(connection)
    goaway = [content for kind, content in frames_in(received) if kind == GOAWAY]
    assert goaway, f"no GOAWAY among {frames_in(received)}"
    assert int.from_bytes(goaway[-1][4:8], "big") != 0
    assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS).icp.name == "office_olive"


def read_to_end(connection):
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(65_536):
            received += chunk
    return received


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(64), b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
                                      b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40)])
def test_what_is_not_http2_is_closed(daemon, greeting):
    with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as connection:
        connection.sendall(greeting)
        read_to_end(connection)
    assert answers(daemon.data)


def test_a_flood_of_resets_ends_that_connection_only(daemon):
    with RawHTTP2(daemon.data) as raw:
        with contextlib.suppress(OSError, AssertionError, h2.exceptions.ProtocolError):
            for _ in range(20_000):
                stream = raw.call(IMPORT, end=False)
                raw.h2.reset_stream(stream, error_code=8)
                raw.flush()
            raw.finish(raw.call(DECIDE, body(request(**OLIVE))))
    assert answers(daemon.data)


def test_a_flood_of_pings_and_settings_holds_up_nobody(daemon):
    with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(PREFACE + frame(SETTINGS))
            connection.settimeout(2)
            for _ in range(200):
                connection.sendall(frame(6, b"12345678") * 500 + frame(SETTINGS) * 100)
        assert answers(daemon.data)


def test_many_connections_come_and_go(daemon):
    started = time.monotonic()
    for _ in range(300):
        with socket.create_connection(host_port(daemon.data), timeout=CALL_SECONDS) as connection:
            connection.sendall(PREFACE[:10])
    assert answers(daemon.data)
    assert time.monotonic() - started < CALL_SECONDS


def test_a_call_cut_off_in_the_middle_holds_up_nobody(daemon):
    for _ in range(50):
        with RawHTTP2(daemon.data) as raw:
            stream = raw.call(DECIDE, end=False)
            raw.send(stream, body(request(**OLIVE))[:20])
    assert answers(daemon.data)
