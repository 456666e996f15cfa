"""What the end-to-end tests share: stubs made from proto/ at test time, values, rule sets, and raw HTTP/2 connections."""
import atexit
import contextlib
import pathlib
import shutil
import socket
import sys
import tempfile

import grpc
import grpc_tools
import h2.config
import h2.connection
import h2.events
import h2.settings
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROTO = ROOT / "proto"
sys.path.insert(0, str(ROOT / "scripts"))
import harness  # noqa: E402


def _make_stubs():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bespoke-stubs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    files = [str(path) for path in sorted((PROTO / "bespoke").rglob("*.proto"))]
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                        *files])
    assert code == 0, "protoc does not accept the files in proto/"
    sys.path.insert(0, str(folder))


_make_stubs()
from bespoke.v1 import admin_pb2 as admin  # noqa: E402
from bespoke.v1 import admin_pb2_grpc  # noqa: E402
from bespoke.v1 import decision_pb2 as decision  # noqa: E402
from bespoke.v1 import decision_pb2_grpc  # noqa: E402
from bespoke.v1 import event_pb2 as event  # noqa: E402
from bespoke.v1 import event_pb2_grpc  # noqa: E402
from bespoke.v1 import explanation_pb2  # noqa: E402, F401
from bespoke.v1 import profile_pb2 as profile  # noqa: E402
from bespoke.v1 import profile_pb2_grpc  # noqa: E402
from bespoke.v1 import value_pb2  # noqa: E402

Decisions = decision_pb2_grpc.DecisionServiceStub
Profiles = profile_pb2_grpc.ProfileServiceStub
Events = event_pb2_grpc.EventServiceStub
Admin = admin_pb2_grpc.AdminServiceStub
DECIDE = harness.DECIDE
# Enough for a busy two-core machine; a call that needs it all has failed.
CALL_SECONDS = 60
NOW = "2026-11-20T10:00:00Z"


def value(of):
    """A protobuf Value from a Python one: bool, int, float, str or a set of str."""
    if isinstance(of, bool):
        return value_pb2.Value(bool=of)
    if isinstance(of, int):
        return value_pb2.Value(int=of)
    if isinstance(of, float):
        return value_pb2.Value(double=of)
    if isinstance(of, str):
        return value_pb2.Value(string=of)
    return value_pb2.Value(strings=value_pb2.StringList(values=of))


def values(**named):
    return {name: value(of) for name, of in named.items()}


def request(visitor=None, account=None, page=None, consent=("personalisation",), now=NOW, **others):
    """A DecideRequest with attributes from plain Python values, at a fixed time."""
    made = decision.DecideRequest(visitor=values(**(visitor or {})), account=values(**(account or {})), **others)
    if page:
        made.page.CopyFrom(decision.Page(**page))
    made.consent.granted.extend(consent)
    if now:
        made.now.FromJsonString(now)
    return made


OLIVE = dict(visitor=dict(department="office", seniority="manager", need="task"),
             account=dict(industry="software", employees=140, annual_revenue=18_500_000.0, coffee_budget=14_000.0, sites=2))


def placements(response):
    return {item.placement: item for item in response.placements}


@contextlib.contextmanager
def refused(code, *words):
    """Expects the call inside to end with this status, and its message to name all the words."""
    try:
        yield
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()} {error.details()!r}, wanted {code}"
        for word in words:
            assert word in error.details(), f"{error.details()!r} does not name {word!r}"
    else:
        raise AssertionError(f"the call was accepted; wanted {code}")


def rule_files(folder):
    """The files of a rule folder, as a push sends them."""
    return [admin.RuleFile(path=path.relative_to(folder).as_posix(), content=path.read_bytes())
            for path in sorted(folder.rglob("*")) if path.suffix in {".yaml", ".yml", ".txt"}]


MARKED_PLACEMENTS = 4


def marked_rules(marker, campaigns=50):
    """A rule set whose every text carries one marker, in defaults and in campaigns; so a mixture of two would show."""
    lines = ["attributes:", "  visitor:", "    age: {type: int}", "placements:"]
    for number in range(MARKED_PLACEMENTS):
        lines += [f"  slot_{number}:", "    kind: page", "    fields: {text: {max_length: 80}}",
                  f"    default: {{text: {marker} default {number}}}"]
    lines.append("campaigns:")
    for number in range(campaigns):
        slot = number % MARKED_PLACEMENTS
        lines += [f"  campaign_{number}:", f"    priority: {number}", f"    when: visitor.age == {number}", "    pages:",
                  f"      slot_{slot}:", "        shown:", f"          fields: {{text: {marker} campaign {number}}}"]
    return [admin.RuleFile(path="rules.yaml", content="\n".join(lines).encode() + b"\n")]


def host_port(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


class RawHTTP2:
    """One HTTP/2 connection whose every frame the test decides, by the h2 library; nothing is acknowledged by itself."""

    def __init__(self, address, window=65_535):
        self.socket = socket.create_connection(host_port(address), timeout=CALL_SECONDS)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8",
                                                                       validate_outbound_headers=False,
                                                                       normalize_outbound_headers=False))
        # As if acknowledged from the start: the server is bound by them before it sees the first call.
        self.h2.local_settings = h2.settings.Settings(client=True, initial_values={
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.h2.initiate_connection()
        self.flush()
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def call(self, path, body=b"", end=True, headers=(), content_type="application/grpc", method="POST"):
        """Opens a stream; returns its number."""
        stream = self.h2.get_next_available_stream_id()
        named = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers")]
        if content_type is not None:
            named.append(("content-type", content_type))
        self.h2.send_headers(stream, named + list(headers), end_stream=end and not body)
        self.flush()
        if body:
            self.send(stream, body, end)
        return stream

    def send(self, stream, body, end=False):
        """Sends data in frames as large as allowed, reading while the server's window is closed."""
        while body:
            self.read_until(lambda: self.h2.local_flow_control_window(stream) > 0)
            size = min(len(body), self.h2.max_outbound_frame_size, self.h2.local_flow_control_window(stream))
            part, body = body[:size], body[size:]
            self.h2.send_data(stream, part, end_stream=end and not body)
            self.flush()

    def read(self):
        """Reads once; returns False at the end of the connection."""
        content = self.socket.recv(65_536)
        if not content:
            return False
        self.events += self.h2.receive_data(content)
        self.flush()
        return True

    def read_until(self, holds):
        """Reads until `holds()`; at the end of the connection the test fails."""
        while not holds():
            assert self.read(), f"the connection was closed early; seen: {self.events}"

    def of(self, stream, kind=None):
        return [event for event in self.events if getattr(event, "stream_id", None) == stream
                and (kind is None or isinstance(event, kind))]

    def is_over(self, stream):
        return bool(self.of(stream, h2.events.StreamEnded) or self.of(stream, h2.events.StreamReset))

    def received_bytes(self, stream):
        return sum(len(event.data) for event in self.of(stream, h2.events.DataReceived))

    def finish(self, stream):
        """Reads to the end of the stream; returns its headers and trailers as one dictionary."""
        self.read_until(lambda: self.is_over(stream))
        found = {}
        for event in self.of(stream, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
            found.update(dict(event.headers))
        return found
