"""TLS as an auditor, old and new clients, and a certificate that changes under load see it; docs/security.md, "From elsewhere"."""
import os
import subprocess
import threading

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
    asked = {sslyze.ScanCommand[name] for name in [*OLD, *NEW, *FAULTS, "ROBOT", "TLS_FALLBACK_SCSV", "TLS_EXTENDED_MASTER_SECRET"]}
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
            ["curl", "--silent", "--show-error", "--http2", "--cacert", ca, f"--tlsv{version}", "--tls-max", version, "--max-time",
             "20", "-o", tmp_path / "answer", "-w", "%{http_version} %{response_code}", "-H", "content-type: application/grpc",
             "-H", "te: trailers", "--data-binary", f"@{tmp_path / 'body'}", *options,
             f"https://localhost:{port(daemon.data)}{DECIDE}"], capture_output=True, text=True)

    served = curl(*(["--cert", mine, "--key", my_key] if shows else []))
    assert (served.stdout, served.returncode) == ("2 200", 0), served.stderr
    assert len((tmp_path / "answer").read_bytes()) > 5
    if shows:
        assert curl().returncode != 0


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
