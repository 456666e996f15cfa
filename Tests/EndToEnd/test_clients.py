"""Clients that this project did not write: libgrpc++, curl, h2load, nghttp; and the examples, run as a reader would."""
import re
import subprocess
import sys

import grpc
import pytest
import support
from support import CALL_SECONDS, DECIDE, OLIVE, ROOT, decision, harness, request
from test_access import issue, make_authority

CPP = ROOT / "Tests" / "EndToEnd" / "cpp"
COMMAND_SECONDS = 300


def run(*command, **options):
    options = {"capture_output": True, "timeout": COMMAND_SECONDS, "check": False, **options}
    return subprocess.run([str(part) for part in command], **options)


@pytest.fixture
def body_file(tmp_path):
    file = tmp_path / "body"
    file.write_bytes(harness.framed(request(**OLIVE).SerializeToString()))
    return file


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A self-signed certificate for localhost and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
               "-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    assert made.returncode == 0, made.stderr
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def tls_daemon(start, certificate):
    return start(arguments=["--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1])])


# --- libgrpc++ -------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="session")
def cpp_client(tmp_path_factory):
    """The C++ client of cpp/, built against libgrpc++ with stubs made from proto/."""
    folder = tmp_path_factory.mktemp("cpp")
    files = sorted((ROOT / "proto" / "bespoke").rglob("*.proto"))
    plugin = run("which", "grpc_cpp_plugin").stdout.decode().strip()
    made = run("protoc", f"-I{ROOT / 'proto'}", f"--cpp_out={folder}", f"--grpc_out={folder}",
               f"--plugin=protoc-gen-grpc={plugin}", *files)
    assert made.returncode == 0, made.stderr
    flags = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").stdout.decode().split()
    names = ("value", "explanation", "decision", "profile")
    sources = [folder / f"bespoke/v1/{name}.{kind}.cc" for name in names for kind in ("pb", "grpc.pb")]
    built = run("g++", "-std=c++17", "-O0", "-o", folder / "client", f"-I{folder}", CPP / "client.cc", *sources, *flags)
    assert built.returncode == 0, built.stderr.decode()
    return folder / "client"


def test_libgrpc_plus_plus_calls_decide_batch_profiles_and_import(daemon, cpp_client):
    done = run(cpp_client, daemon.data, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all is well"


@pytest.mark.parametrize("shows", [False, True])
def test_libgrpc_plus_plus_decides_over_tls_with_and_without_a_certificate(start, cpp_client, tmp_path, shows):
    authority = make_authority(tmp_path, "authority")
    server = issue(tmp_path, authority, "server", "DNS:localhost")
    mine = issue(tmp_path, authority, "mine", "DNS:web.example")
    arguments = ["--tls-certificate", str(server[0]), "--tls-key", str(server[1])]
    started = start(arguments=arguments + (["--tls-client-authority", str(authority[0])] if shows else []))
    for kind in ("account", "visitor"):
        started.ctl("profiles", "import", harness.SAMPLE / f"{kind}s.csv", "--kind", kind)
    address = "localhost:" + started.data.rpartition(":")[2]
    done = run(cpp_client, address, authority[0], *(mine if shows else []), text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all is well"
    # Another authority, no TLS, and no certificate where one is asked for.
    others = [[make_authority(tmp_path, "other")[0]], []] + ([[authority[0]]] if shows else [])
    for options in others:
        assert run(cpp_client, address, *options, text=True).returncode == 1


# --- curl ------------------------------------------------------------------------------------------------------------

def curl(url, body_file, *options, content_type="application/grpc"):
    """Status, body and headers with trailers of one call by curl."""
    done = run("curl", "--silent", "--show-error", "--max-time", CALL_SECONDS, "--data-binary", f"@{body_file}",
               "-H", f"content-type: {content_type}", "-H", "te: trailers", "--dump-header", f"{body_file}.headers",
               "--output", f"{body_file}.reply", "--write-out", "%{http_code} %{http_version}", *options, url, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, open(f"{body_file}.reply", "rb").read(), open(f"{body_file}.headers").read()


def test_curl_with_prior_knowledge_gets_a_decision(daemon, body_file):
    status, reply, headers = curl(f"http://{daemon.data}{DECIDE}", body_file, "--http2-prior-knowledge")
    assert status == "200 2" and "grpc-status: 0" in headers
    assert decision.DecideResponse.FromString(reply[5:]).icp.name == "office_olive"


def test_curl_with_another_content_type_gets_415(daemon, body_file):
    status, _, _ = curl(f"http://{daemon.data}{DECIDE}", body_file, "--http2-prior-knowledge", content_type="application/json")
    assert status == "415 2"


def test_curl_over_tls_negotiates_h2_and_gets_a_decision(tls_daemon, certificate, body_file):
    port = tls_daemon.data.rpartition(":")[2]
    status, reply, headers = curl(f"https://localhost:{port}{DECIDE}", body_file, "--http2", "--cacert", certificate[0])
    assert status == "200 2" and "grpc-status: 0" in headers
    assert decision.DecideResponse.FromString(reply[5:]).icp.name == "office_olive"


def test_grpcio_over_tls_gets_a_decision_and_plain_text_gets_none(tls_daemon, certificate):
    credentials = grpc.ssl_channel_credentials(certificate[0].read_bytes())
    port = tls_daemon.data.rpartition(":")[2]
    with grpc.secure_channel(f"localhost:{port}", credentials) as channel:
        assert support.Decisions(channel).Decide(request(**OLIVE), timeout=CALL_SECONDS).icp.name == "office_olive"
    with grpc.insecure_channel(tls_daemon.data) as channel:
        with support.refused(grpc.StatusCode.UNAVAILABLE):
            support.Decisions(channel).Decide(request(), timeout=CALL_SECONDS)


def test_tls_without_h2_in_alpn_is_closed(tls_daemon, certificate, body_file):
    port = tls_daemon.data.rpartition(":")[2]
    done = run("curl", "--silent", "--http1.1", "--max-time", "20", "--cacert", certificate[0], f"https://localhost:{port}/")
    assert done.returncode != 0
    status, _, _ = curl(f"https://localhost:{port}{DECIDE}", body_file, "--http2", "--cacert", certificate[0])
    assert status == "200 2"


# --- h2load and nghttp -----------------------------------------------------------------------------------------------

def test_h2load_succeeds_with_every_request(start):
    started = start()
    result = harness.Load(started.data, request(**OLIVE).SerializeToString(), 50_000, clients=10, streams=100).result()
    assert (result.succeeded, result.failed, result.errored) == (50_000, 0, 0)
    stats = {item["method"]: item for item in started.json("stats")["methods"]}
    assert (int(stats[DECIDE]["count"]), int(stats[DECIDE]["errors"])) == (50_000, 0)


def test_h2load_over_tls_succeeds_with_every_request(tls_daemon, body_file):
    done = run("h2load", "-n", "2000", "-c", "4", "-m", "16", "-d", body_file, "-H", "content-type: application/grpc",
               "-H", "te: trailers", f"https://{tls_daemon.data}{DECIDE}", text=True)
    result = harness.parse_load(done.stdout)
    assert (result.succeeded, result.failed, result.errored) == (2_000, 0, 0)


def test_nghttp_shows_headers_data_and_trailers(daemon, body_file):
    done = run("nghttp", "-v", "-d", body_file, "-H", "content-type: application/grpc", "-H", "te: trailers",
               f"http://{daemon.data}{DECIDE}")
    assert done.returncode == 0, done.stderr
    assert re.search(rb":status: 200", done.stdout) and re.search(rb"grpc-status: 0", done.stdout)


# --- Examples --------------------------------------------------------------------------------------------------------

def test_the_python_example_prints_what_to_show(daemon):
    done = run(sys.executable, ROOT / "examples" / "python" / "decide.py", daemon.data, "v0001", text=True)
    assert done.returncode == 0, done.stderr
    assert "landing_hero" in done.stdout and "Office coffee from 29 cents a cup" in done.stdout


def test_the_swift_example_prints_what_to_show(daemon):
    done = run(harness.binary("ExampleSwift"), daemon.data, "v0001", text=True)
    assert done.returncode == 0, done.stderr
    assert "landing_hero" in done.stdout and "Office coffee from 29 cents a cup" in done.stdout


def test_the_curl_example_prints_what_to_show(daemon):
    done = run(ROOT / "examples" / "curl" / "decide.sh", daemon.data, "v0001", text=True)
    assert done.returncode == 0, done.stderr
    assert "landing_hero" in done.stdout and "Office coffee from 29 cents a cup" in done.stdout


@pytest.mark.parametrize("example", ["python", "curl", "swift"])
def test_an_example_says_when_nobody_answers(example):
    command = {"python": [sys.executable, ROOT / "examples" / "python" / "decide.py"],
               "curl": [ROOT / "examples" / "curl" / "decide.sh"],
               "swift": [harness.BINARIES / "ExampleSwift"]}[example]
    done = run(*command, "127.0.0.1:1", "v0001", text=True)
    assert done.returncode != 0 and done.stderr and "Traceback" not in done.stderr
