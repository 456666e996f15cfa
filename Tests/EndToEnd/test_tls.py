"""TLS as an auditor, old and new clients, and a certificate that changes under load see it; see docs/security.md."""
import os
import socket
import ssl
import subprocess
import threading
import urllib.request

import grpc
import pytest
import sslyze
from support import CALL_SECONDS, Admin, Decisions, admin, harness, request
from test_access import issue, make_authority

DECIDE = "/bespoke.v1.DecisionService/Decide"
CHANGES = int(os.environ.get("CERTIFICATE_CHANGES", "20"))
OLD = ["SSL_2_0_CIPHER_SUITES", "SSL_3_0_CIPHER_SUITES", "TLS_1_0_CIPHER_SUITES", "TLS_1_1_CIPHER_SUITES"]
NEW = ["TLS_1_2_CIPHER_SUITES", "TLS_1_3_CIPHER_SUITES"]
FAULTS = {
    "HEARTBLEED": "is_vulnerable_to_heartbleed", "OPENSSL_CCS_INJECTION": "is_vulnerable_to_ccs_injection",
    "TLS_COMPRESSION": "supports_compression", "SESSION_RENEGOTIATION": "is_vulnerable_to_client_renegotiation_dos",
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    made = make_authority(folder, "authority")
    return folder, made, issue(folder, made, "server", "DNS:localhost")


def port(address):
    return address.rpartition(":")[2]


@pytest.mark.parametrize("opened", ["data", "remote_admin"])
def test_sslyze_finds_no_weak_cipher_and_no_known_fault(start, authority, opened):
    _, _, (certificate, key) = authority
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key), "--admin-listen", "127.0.0.1:0"])
    names = [*OLD, *NEW, *FAULTS, "ROBOT", "TLS_FALLBACK_SCSV", "TLS_EXTENDED_MASTER_SECRET"]
    asked = {sslyze.ScanCommand[name] for name in names}
    location = sslyze.ServerNetworkLocation("localhost", int(port(daemon.addresses[opened])), ip_address="127.0.0.1")
    scanner = sslyze.Scanner()
    scanner.queue_scans([sslyze.ServerScanRequest(server_location=location, scan_commands=asked)])
    (found,) = scanner.get_results()

    def result(name):
        attempt = getattr(found.scan_result, sslyze.ScanCommand[name].value)
        assert attempt.status.name == "COMPLETED", (name, attempt.error_reason)
        return attempt.result

    def suites(name):
        return {accepted.cipher_suite.name for accepted in result(name).accepted_cipher_suites}

    assert [suites(name) for name in OLD] == [set()] * len(OLD)
    for name in NEW:
        assert suites(name)
        # Forward secrecy, and ciphers that authenticate what they encrypt: RFC 9113, appendix A.
        assert {s for s in suites(name) if "GCM" not in s and "CHACHA20_POLY1305" not in s} == set()
    assert {s for s in suites("TLS_1_2_CIPHER_SUITES") if "ECDHE" not in s} == set()
    for name, fault in FAULTS.items():
        assert not getattr(result(name), fault), name
    assert result("ROBOT").robot_result.name.startswith("NOT_VULNERABLE")
    assert result("TLS_FALLBACK_SCSV").supports_fallback_scsv
    assert result("TLS_EXTENDED_MASTER_SECRET").supports_ems_extension


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_another_protocol_than_h2_is_answered_with_an_alert(start, authority, version):
    _, (ca, _), (certificate, key) = authority
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key), "--admin-listen", "127.0.0.1:0"])

    def connect(address, protocols):
        context = ssl.create_default_context(cafile=str(ca))
        context.minimum_version = context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(protocols)
        with socket.create_connection(("127.0.0.1", int(port(address))), CALL_SECONDS) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                first = wrapped.recv(9)
                return wrapped.selected_alpn_protocol(), first

    for address in (daemon.data, daemon.addresses["remote_admin"]):
        for protocols in (["http/1.1"], ["h2c", "h3"], [f"x{number:03}" for number in range(200)]):
            with pytest.raises(ssl.SSLError) as error:
                connect(address, protocols)
            assert "no application protocol" in str(error.value)
        # SETTINGS, the frame of kind 4, come first.
        chosen, first = connect(address, ["http/1.1", "h2"])
        assert (chosen, first[3:4]) == ("h2", b"\4")
        # Whoever says nothing of protocols is sent away once the handshake is over.
        assert connect(address, []) == (None, b"")
    said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port(daemon.data)}", "-alpn", "http/1.1"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "alert number 120" in said.stderr
    metrics = urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS).read().decode()
    assert 'bespoke_ended_connections_total{limit="alpn"} 9' in metrics
    daemon.wait_until(lambda: "do not offer h2 with ALPN" in daemon.log_text(), "the log tells of it")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("shows", [False, True])
def test_curl_is_served_by_both_versions_with_and_without_a_certificate(start, authority, tmp_path, version, shows):
    folder, (ca, ca_key), (certificate, key) = authority
    arguments = ["--tls-certificate", str(certificate), "--tls-key", str(key)]
    daemon = start(arguments=arguments + (["--tls-client-authority", str(ca)] if shows else []))
    body = request().SerializeToString()
    (tmp_path / "body").write_bytes(b"\0" + len(body).to_bytes(4, "big") + body)
    mine, my_key = issue(folder, (ca, ca_key), "curl", "DNS:web.example")

    def curl(*options):
        return subprocess.run(
            ["curl", "-sS", "--http2", "--cacert", ca, f"--tlsv{version}", "--tls-max", version, "--max-time", "20", "-o",
             tmp_path / "answer", "-w", "%{http_version} %{response_code}", "-H", "content-type: application/grpc",
             "-H", "te: trailers", "--data-binary", f"@{tmp_path / 'body'}", *options,
             f"https://localhost:{port(daemon.data)}{DECIDE}"], capture_output=True, text=True)

    served = curl(*(["--cert", mine, "--key", my_key] if shows else []))
    assert (served.stdout, served.returncode) == ("2 200", 0), served.stderr
    assert len((tmp_path / "answer").read_bytes()) > 5
    if shows:
        assert curl().returncode != 0


class OneVersion:
    """Speaks one version of TLS to a client, and hands what comes to the daemon's clear text: the daemon itself offers both."""

    def __init__(self, version, target, server, authority):
        self.target, self.shown = target, []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = version
        self.context.set_alpn_protocols(["h2"])
        self.context.load_cert_chain(*server)
        if authority:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(authority)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"localhost:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as near, socket.create_connection(self.target) as far:
                    self.shown.append((near.version(), near.selected_alpn_protocol(), bool(near.getpeercert())))
                    back = threading.Thread(target=self.pump, args=(far, near), daemon=True)
                    back.start()
                    self.pump(near, far)
                    far.shutdown(socket.SHUT_WR)
                    back.join()
            except OSError:
                continue

    @staticmethod
    def pump(source, target):
        try:
            while content := source.recv(65_536):
                target.sendall(content)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shows", [False, True])
def test_bespokectl_speaks_both_versions_with_and_without_a_certificate(start, authority, version, shows):
    folder, made, server = authority
    daemon = start()
    mine, key = issue(folder, made, "ctl", "DNS:ctl.example")
    host, _, number = daemon.data.rpartition(":")
    between = OneVersion(version, (host, int(number)), server, made[0] if shows else None)
    try:
        options = ["--cert", mine, "--key", key] if shows else []
        done = harness.ctl("decide", "--visitor", "v", "--ca", made[0], *options, address=between.address)
        assert "landing_hero" in done.stdout
        name = {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
        assert between.shown and set(between.shown) == {(name, "h2", shows)}
        if shows:
            refused = harness.ctl("decide", "--visitor", "v", "--ca", made[0], address=between.address, check=False)
            assert refused.returncode in (1, 3) and "certificate to be shown" in refused.stderr
    finally:
        between.close()


def test_a_certificate_that_changes_under_load_loses_no_call(start, authority, tmp_path):
    folder, made, first = authority
    live = tmp_path / "live.crt", tmp_path / "live.key"
    pairs = [first, issue(folder, made, "second", "DNS:localhost,DNS:second.example")]

    def put(pair):
        for source, target in zip(pair, live):
            fresh = target.with_suffix(".new")
            fresh.write_bytes(source.read_bytes())
            os.replace(fresh, target)

    put(pairs[0])
    daemon = start(arguments=["--tls-certificate", str(live[0]), "--tls-key", str(live[1])])
    credentials = grpc.ssl_channel_credentials(made[0].read_bytes())
    target = f"localhost:{port(daemon.data)}"
    ended, lost, answered = threading.Event(), [], [0, 0]

    def ask(which, renews):
        channel = grpc.secure_channel(target, credentials, options=[("grpc.use_local_subchannel_pool", 1)])
        while not ended.is_set():
            try:
                Decisions(channel).Decide(request(), timeout=CALL_SECONDS)
                answered[which] += 1
            except grpc.RpcError as error:
                lost.append(error)
            if renews:  # A new handshake each time.
                channel.close()
                channel = grpc.secure_channel(target, credentials, options=[("grpc.use_local_subchannel_pool", 1)])
        channel.close()

    threads = [threading.Thread(target=ask, args=(index, index == 1)) for index in range(2)]
    for thread in threads:
        thread.start()
    try:
        for change in range(1, CHANGES + 1):
            put(pairs[change % 2])
            daemon.signal(1)
            daemon.wait_until(lambda: daemon.log.read_text().count("certificates read again") >= change, "they are read again")
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not lost
    assert min(answered) > CHANGES / 2, answered


def test_bespokectl_and_grpcio_reach_the_admin_port_over_tls(start, authority):
    _, (ca, _), (certificate, key) = authority
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key), "--admin-listen", "127.0.0.1:0"])
    token = daemon.ctl("tokens", "create", "far", "--role", "operator").stdout.split()[-1]
    remote = f"localhost:{port(daemon.addresses['remote_admin'])}"
    assert harness.ctl("status", "--ca", ca, "--token", token, address=remote).returncode == 0
    with grpc.secure_channel(remote, grpc.ssl_channel_credentials(ca.read_bytes())) as channel:
        status = Admin(channel).GetStatus(admin.GetStatusRequest(), metadata=[("authorization", f"Bearer {token}")],
                                          timeout=CALL_SECONDS)
        assert status.ready


@pytest.mark.parametrize("which, content, said", [
    ("certificate", None, "No such file or directory"),
    ("certificate", "", "has no certificate in PEM form"),
    ("certificate", "key", "has no certificate in PEM form, but a private key; are the two files swapped?"),
    ("certificate", "cut", "has a certificate that cannot be read; it may be cut off"),
    ("key", None, "No such file or directory"),
    ("key", "certificate", "has no private key in PEM form, but a certificate; are the two files swapped?"),
    ("key", "other", "is not the key of the certificate in"),
    ("authority", None, "No such file or directory"),
    ("authority", "key", "has no certificate in PEM form, but a private key"),
])
def test_a_file_that_does_not_serve_is_named_with_what_is_wrong(authority, tmp_path, which, content, said):
    folder, (ca, ca_key), (certificate, key) = authority
    files = {"certificate": certificate, "key": key, "authority": ca}
    texts = {"": "", "key": key.read_text(), "certificate": certificate.read_text(), "other": ca_key.read_text(),
             "cut": certificate.read_text()[:120]}
    files[which] = tmp_path / "given.pem"
    if content is not None:
        files[which].write_text(texts[content])
    environment = {**os.environ, "BESPOKE_TLS_CERTIFICATE": str(files["certificate"]), "BESPOKE_TLS_KEY": str(files["key"]),
                   "BESPOKE_TLS_CLIENT_AUTHORITY": str(files["authority"])}
    setting = {"certificate": "tls_certificate", "key": "tls_key", "authority": "tls_client_authority"}[which]
    checked = subprocess.run([harness.binary("bespoked"), "check", "--data-directory", tmp_path], capture_output=True, text=True,
                             env=environment)
    assert f"problem  {setting} {files[which]}: {said}" in checked.stdout
    option = {"certificate": "--cert", "key": "--key", "authority": "--ca"}[which]
    asked = harness.ctl("status", "--cert", files["certificate"], "--key", files["key"], "--ca", files["authority"],
                        address="localhost:1", check=False)
    assert asked.returncode == 2 and f"{option} {files[which]}: {said}" in asked.stderr
    for text in (checked.stdout, checked.stderr, asked.stderr):
        assert "Error" not in text.replace("Error: --", "") and "BoringSSL" not in text


def test_what_keeps_a_connection_from_coming_about_is_said_in_words(start, authority, tmp_path):
    _, (ca, _), (certificate, key) = authority
    plain = start()
    secured = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key)])
    other, _ = make_authority(tmp_path, "other")
    cases = [
        (f"localhost:{port(plain.data)}", ["--ca", ca], "the port does not speak TLS"),
        (f"localhost:{port(secured.data)}", ["--ca", other], "the certificate is of no authority that is trusted here"),
        ("no-such-host.invalid:7878", [], "the name no-such-host.invalid is not known"),
    ]
    for address, options, said in cases:
        asked = harness.ctl("decide", "--visitor", "v", *options, address=address, check=False)
        assert asked.returncode == 3 and said in asked.stderr, asked.stderr
        assert "NIO" not in asked.stderr and "Error." not in asked.stderr and "BoringSSL" not in asked.stderr


def test_an_address_that_cannot_be_had_is_named_with_what_helps(start, tmp_path):
    running = start()
    for options, said in [
        (["--listen", running.data], f"listen {running.data} cannot be had: Address already in use; another process has it"),
        (["--operations", running.operations], f"operations {running.operations} cannot be had: Address already in use"),
        (["--listen", "192.0.2.1:7878"], "Cannot assign requested address; this machine has no such address"),
        (["--admin-socket", "/no/such/x.sock"], "admin_socket /no/such/x.sock cannot be had: No such file or directory"),
        (["--admin-socket", str(tmp_path / ("x" * 120))], "107 bytes"),
        (["--listen", "*:7878"], "0.0.0.0:7878 is every IPv4 address"), (["--listen", "http://127.0.0.1:1"], "is not HOST:PORT"),
    ]:
        free = ["--listen", "127.0.0.1:0"] if "--listen" not in options else []
        free += ["--operations", "127.0.0.1:0"] if "--operations" not in options else []
        done = subprocess.run([harness.binary("bespoked"), "--data-directory", tmp_path / "data", *free, *options],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and said in done.stderr, done.stderr
        assert "descriptor:" not in done.stderr and "errno" not in done.stderr
    wrong = subprocess.run([harness.binary("bespoked"), "--lisen", "x"], capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 2 and "--listen" in wrong.stderr
