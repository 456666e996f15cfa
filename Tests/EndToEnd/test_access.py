"""Who may do what: roles, tokens, certificates, TLS; docs/security.md says the same."""
import os
import pathlib
import socket
import ssl
import subprocess

import grpc
import h2.exceptions
import pytest
import support
from support import CALL_SECONDS, Admin, Decisions, Events, Profiles, admin, decision, event, harness, profile, refused, request

REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
VISITOR = profile.PROFILE_KIND_VISITOR


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
    return folder / f"{name}.pem", folder / f"{name}.key"


def issue(folder, authority, name, alternative, days=2):
    """A certificate of an authority: paths of certificate and key."""
    certificate, key, wish = (folder / f"{name}.{end}" for end in ("crt", "key", "csr"))
    extensions = folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName={alternative}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
            "-out", wish)
    openssl("x509", "-req", "-in", wish, "-CA", authority[0], "-CAkey", authority[1], "-set_serial", abs(hash(name)) + 1, "-days",
            days, "-extfile", extensions, "-out", certificate)
    return certificate, key


def issue_between(folder, authority, name, alternative, start, end):
    """The same, good from one time to another, such as 20400101000000Z."""
    _, key = issue(folder, authority, name, "DNS:unused")
    files = {end: folder / f"{name}.between.{end}" for end in ("conf", "ext", "index", "crt")}
    files["index"].write_text("")
    files["conf"].write_text(
        f"[ca]\ndefault_ca=made\n[made]\ndatabase={files['index']}\nnew_certs_dir={folder}\nrand_serial=yes\n"
        "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n")
    files["ext"].write_text(f"subjectAltName={alternative}\n")
    openssl("ca", "-batch", "-notext", "-config", files["conf"], "-cert", authority[0], "-keyfile", authority[1], "-in",
            folder / f"{name}.csr", "-out", files["crt"], "-startdate", start, "-enddate", end, "-extfile", files["ext"])
    return files["crt"], key


def with_nul(name):
    """An alternative name of a host with a NUL in it, as no tool writes it: reading it as C does ends there."""
    content = bytes([0x82, len(name)]) + name.encode()
    return "DER:" + ":".join(f"{byte:02x}" for byte in bytes([0x30, len(content)]) + content)


def bearer(token):
    return [("authorization", f"Bearer {token}")]


def explained(asked):
    return decision.ExplainRequest(request=asked)


def everything(channel):
    """Each method of the data port that not everybody may call, as a call that takes metadata."""
    profiles, events = Profiles(channel), Events(channel)
    return {
        "decide": [
            lambda m: Decisions(channel).Decide(request(), metadata=m, timeout=CALL_SECONDS),
            lambda m: Decisions(channel).BatchDecide(decision.BatchDecideRequest(requests=[request()]), metadata=m),
            lambda m: events.Record(event.RecordRequest(), metadata=m),
        ],
        "privacy": [
            lambda m: profiles.GetProfile(profile.GetProfileRequest(kind=VISITOR, id="v1"), metadata=m),
            lambda m: profiles.EraseProfile(profile.EraseProfileRequest(kind=VISITOR, id="v9"), metadata=m),
            lambda m: profiles.DeleteProfile(profile.DeleteProfileRequest(kind=VISITOR, id="v9"), metadata=m),
            lambda m: list(profiles.ExportProfiles(profile.ExportProfilesRequest(kind=VISITOR), metadata=m)),
            lambda m: events.GetBehaviour(event.GetBehaviourRequest(visitor_id="v1"), metadata=m),
        ],
        "operator": [
            lambda m: profiles.PutAccountLinks(iter([profile.PutAccountLinksRequest(replaces=0)]), metadata=m),
            lambda m: profiles.ImportProfiles(iter([profile.ImportProfilesRequest()]), metadata=m),
        ],
    }


def metrics(daemon):
    return subprocess.run(["curl", "-s", f"http://{daemon.operations}/metrics"], capture_output=True, text=True,
                          check=True).stdout


def may(call, metadata):
    """Whether the gate lets a call in; what becomes of it then is not its matter."""
    try:
        call(metadata)
    except grpc.RpcError as error:
        return error.code() not in REFUSED
    return True


def create(daemon, name, role, *options):
    return daemon.ctl("tokens", "create", name, "--role", role, *options).stdout.strip()


@pytest.fixture(scope="module")
def guarded():
    with harness.Daemon(arguments=["--data-access", "roles", "--log-level", "trace"],
                        environment={"BESPOKE_PREVIEW_TOKEN": "planted-preview-secret"}) as started:
        yield started


def test_without_a_token_this_machine_may_decide_and_nothing_else(guarded):
    with grpc.insecure_channel(guarded.data) as channel:
        for role, calls in everything(channel).items():
            assert [may(call, None) for call in calls] == [role == "decide"] * len(calls), role
        with refused(grpc.StatusCode.UNAUTHENTICATED, "privacy", "bespokectl tokens create"):
            list(Profiles(channel).ExportProfiles(profile.ExportProfilesRequest(kind=VISITOR)))
        with refused(grpc.StatusCode.UNAUTHENTICATED, "marketer or privacy"):
            Decisions(channel).Explain(explained(request()))


@pytest.mark.parametrize("role", ["decide", "marketer", "operator", "privacy", "admin"])
def test_a_token_gives_what_its_role_may(guarded, role):
    token = create(guarded, f"role-{role}", role)
    with grpc.insecure_channel(guarded.data) as channel:
        for needed, calls in everything(channel).items():
            allowed = role in (needed, "admin") or (needed, role) in {("decide", "marketer")}
            got = [may(call, bearer(token)) for call in calls]
            if (needed, role) in {("decide", "operator"), ("decide", "marketer")}:
                # Marketers decide and do not record; operators record and do not decide.
                assert got == [role == "marketer"] * 2 + [role == "operator"]
            else:
                assert got == [allowed] * len(calls), (needed, role)


def test_a_marketer_has_explained_what_is_sent_along_only(guarded):
    token = bearer(create(guarded, "explaining", "marketer"))
    with grpc.insecure_channel(guarded.data) as channel:
        explain = Decisions(channel).Explain
        assert explain(explained(request(visitor={"seniority": "manager"})), metadata=token).decision.placements
        for asked in (request(visitor_id="v1"), request(account_id="a1"), request(page={"ip": "192.0.2.1"})):
            with refused(grpc.StatusCode.PERMISSION_DENIED, "privacy"):
                explain(explained(asked), metadata=token)


def test_scopes_hold(guarded):
    with grpc.insecure_channel(guarded.data) as channel:
        token = bearer(create(guarded, "hero-only", "decide", "--placement", "landing_hero"))
        decide = Decisions(channel).Decide
        assert len(decide(request(placements=["landing_hero"]), metadata=token).placements) == 1
        for asked in (request(), request(placements=["landing_hero", "side_offer"])):
            with refused(grpc.StatusCode.PERMISSION_DENIED, "placement"):
                decide(asked, metadata=token)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "scope"):
            Events(channel).Record(event.RecordRequest(), metadata=token)
        token = bearer(create(guarded, "accounts-only", "privacy", "--kind", "account"))
        with refused(grpc.StatusCode.NOT_FOUND):
            Profiles(channel).GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_ACCOUNT, id="x"),
                                         metadata=token)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "scope"):
            Profiles(channel).GetProfile(profile.GetProfileRequest(kind=VISITOR, id="x"), metadata=token)


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer bespoke_", "Bearer bespoke_" + "0" * 64, "Basic YTpi",
                                  "Bearer " + "x" * 6_000])
def test_what_is_no_token_tells_nothing(guarded, text):
    with grpc.insecure_channel(guarded.data) as channel:
        with pytest.raises(grpc.RpcError) as error:
            Decisions(channel).Decide(request(), metadata=[("authorization", text)])
        assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED
        assert error.value.details() == ("the credential is not valid; whoever runs the daemon makes one with "
                                         "`bespokectl tokens create`")


def test_a_token_that_is_cut_doubled_binary_or_huge_opens_nothing_and_tells_nothing(guarded):
    token = create(guarded, "to-be-spoilt", "decide")
    spoilt = [token[:-1], token[1:], token + token, token + "0", token.upper(), token.removeprefix("bespoke_"), token + "\0",
              "\0" + token, token[:40] + "\x7f" + token[41:], token.replace("e", "\u00e9"), token + " " + token, "x" * 65_536]
    for text in spoilt:
        with support.RawHTTP2(guarded.data) as raw:
            try:
                found = raw.finish(raw.call(support.DECIDE, harness.framed(b""), headers=[("authorization", f"Bearer {text}")]))
            except (AssertionError, ConnectionError, h2.exceptions.ProtocolError):
                continue  # A field that HTTP/2 does not have, or one that is too long, ends the stream or the connection.
            assert found.get("grpc-status") not in ("0", None) or found.get(":status") in ("400", "431") or not found, text[:80]
            if found.get("grpc-status") == "16":
                assert "credential" in found["grpc-message"] and "to-be-spoilt" not in found["grpc-message"]
    with grpc.insecure_channel(guarded.data) as channel:
        assert Decisions(channel).Decide(request(), metadata=bearer(token)).decision_id
    assert token not in guarded.log.read_text()


def test_a_clock_that_jumps_ends_tokens_that_have_expired_and_no_others(start, tmp_path):
    shim, ahead = tmp_path / "shifted_clock.so", tmp_path / "ahead"
    source = pathlib.Path(__file__).with_name("shifted_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)

    def jump(seconds):
        fresh = ahead.with_suffix(".new")
        fresh.write_text(str(seconds))
        os.replace(fresh, ahead)

    jump(0)
    daemon = start(arguments=["--data-access", "roles"],
                   environment={"LD_PRELOAD": str(shim), "CLOCK_AHEAD": str(ahead), "BESPOKE_CLOCK_HOLD_HOURS": "0"})
    short, endless = create(daemon, "short", "decide", "--expires-in", "1h"), create(daemon, "endless", "decide")

    def holds(token):
        with grpc.insecure_channel(daemon.data, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            return may(Decisions(channel).Decide, token)

    def may(call, token):
        try:
            call(request(), metadata=bearer(token), timeout=CALL_SECONDS)
            return True
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAUTHENTICATED and "expired" in error.details()
            return False

    assert holds(short) and holds(endless)
    for seconds, is_good in ((7_200, False), (-86_400, True), (20 * 365 * 86_400, False), (0, True)):
        jump(seconds)
        assert (holds(short), holds(endless)) == (is_good, True), seconds


def test_guessing_ends_connections_and_is_counted_and_logged_without_what_was_tried(guarded):
    token = create(guarded, "good-among-guesses", "decide")
    with support.RawHTTP2(guarded.data) as raw:
        tried = 0
        with pytest.raises((AssertionError, ConnectionError, h2.exceptions.ProtocolError)):
            for number in range(100):
                tried = number
                raw.finish(raw.call(support.DECIDE, harness.framed(b""),
                                    headers=[("authorization", f"Bearer bespoke_{number:064x}")]))
    assert tried < 50
    # Whoever has a good one is served meanwhile.
    with grpc.insecure_channel(guarded.data) as channel:
        assert Decisions(channel).Decide(request(), metadata=bearer(token)).decision_id
    figures = metrics(guarded)
    assert 'bespoke_access_refused_total{method="/bespoke.v1.DecisionService/Decide",role="none",reason="unknown"}' in figures
    log = guarded.log.read_text()
    assert '"refused"' in log and f"{5:064x}" not in log


@pytest.mark.parametrize("method", ["Decide", "BatchDecide", "Explain"])
def test_guessing_the_secret_of_previews_ends_connections_and_is_counted(guarded, method):
    wrong = request(preview=decision.Preview(token="no-such-secret-here", segments=["any"]))
    wrap = {"Decide": lambda asked: asked, "Explain": explained,
            "BatchDecide": lambda asked: decision.BatchDecideRequest(requests=[asked])}[method]
    path = f"/bespoke.v1.DecisionService/{method}"
    role = [("authorization", f"Bearer {create(guarded, f'previews-{method.lower()}', 'admin')}")]
    with support.RawHTTP2(guarded.data) as raw:
        tried = 0
        with pytest.raises((AssertionError, ConnectionError, h2.exceptions.ProtocolError)):
            for number in range(100):
                tried = number
                raw.finish(raw.call(path, harness.framed(wrap(wrong).SerializeToString()), headers=role))
    assert tried < 50
    assert f'method="{path}",role="admin",reason="wrong_secret"' in metrics(guarded)
    assert "no-such-secret-here" not in guarded.log.read_text()


def test_tokens_are_shown_once_survive_a_restart_and_end_when_they_are_revoked(start):
    daemon = start(arguments=["--data-access", "roles"])
    token = create(daemon, "web-1", "privacy", "--expires-in", "90d", "--calls-per-second", "1000")
    again = daemon.ctl("tokens", "create", "web-1", "--role", "decide", check=False)
    assert again.returncode == 1 and "holds already" in again.stderr
    daemon.stop()
    daemon.start()
    with grpc.insecure_channel(daemon.data) as channel:
        def export():
            return list(Profiles(channel).ExportProfiles(profile.ExportProfilesRequest(kind=VISITOR), metadata=bearer(token)))

        export()
        daemon.ctl("tokens", "revoke", "web-1")
        with refused(grpc.StatusCode.UNAUTHENTICATED, "revoked"):
            export()
    listed = daemon.ctl("tokens", "list").stdout
    assert "web-1" in listed and "revoked" in listed and token not in listed
    first = create(daemon, "ops", "operator")
    second = daemon.ctl("tokens", "rotate", "ops", "--grace", "1h").stdout.strip()
    assert first != second
    with grpc.insecure_channel(daemon.data) as channel:
        for secret in (first, second):
            assert may(everything(channel)["operator"][0], bearer(secret))


def test_a_budget_is_kept(guarded):
    token = bearer(create(guarded, "slow", "decide", "--calls-per-second", "5"))
    codes = []
    with grpc.insecure_channel(guarded.data) as channel:
        for _ in range(40):
            try:
                Decisions(channel).Decide(request(), metadata=token)
                codes.append(None)
            except grpc.RpcError as error:
                assert "calls a second" in error.details() and " ms" in error.details()
                codes.append(error.code())
    assert codes[0] is None and grpc.StatusCode.RESOURCE_EXHAUSTED in codes


def test_a_budget_of_bytes_is_kept_and_says_when_to_try_again(guarded):
    token = bearer(create(guarded, "narrow", "decide", "--bytes-per-second", "2000", "--requests-per-second", "1000",
                          "--concurrent", "50"))
    listed = guarded.ctl("tokens", "list").stdout
    assert "1000 calls/s, 2000 bytes/s, 50 at once" in listed
    with grpc.insecure_channel(guarded.data) as channel:
        events = Events(channel)
        with pytest.raises(grpc.RpcError) as error:
            for _ in range(1_000):
                Decisions(channel).Decide(request(visitor_id="v" * 200), metadata=token)
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "2000 bytes a second; try again in" in error.value.details()
        assert 0 < int(dict(error.value.trailing_metadata())["grpc-retry-pushback-ms"]) < 60_000
        # One call that never ends is no way around it.
        wide = bearer(create(guarded, "stream", "decide", "--bytes-per-second", "100000"))
        item = event.Event(visitor_id="v" * 200, name="click", id="c")
        with pytest.raises(grpc.RpcError) as error:
            events.RecordStream(iter([event.RecordRequest(events=[item] * 20)] * 1_000), metadata=wide)
        assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 'reason="bytes"' in metrics(guarded)


def test_no_secret_is_in_log_metrics_or_errors(guarded):
    token = create(guarded, "planted", "privacy")
    with grpc.insecure_channel(guarded.data) as channel:
        list(Profiles(channel).ExportProfiles(profile.ExportProfilesRequest(kind=VISITOR), metadata=bearer(token)))
        with pytest.raises(grpc.RpcError) as error:
            Profiles(channel).PutAccountLinks(iter([]), metadata=bearer(token))
        told = str(Decisions(channel).Explain(explained(request()), metadata=bearer(token)))
    figures = metrics(guarded)
    told += guarded.ctl("doctor", check=False).stdout + guarded.ctl("privacy", "report").stdout
    told += guarded.ctl("--output", "json", "tokens", "list").stdout
    seen = guarded.log.read_text() + figures + told + error.value.details()
    for path in guarded.directory.rglob("*"):
        if path.is_file():
            seen += path.read_bytes().decode("latin-1")
    assert "planted" in seen
    for secret in (token, token.removeprefix("bespoke_"), "planted-preview-secret"):
        assert secret not in seen


def test_a_token_file_that_others_may_read_is_refused(guarded, tmp_path):
    token = create(guarded, "from-a-file", "operator")
    file = tmp_path / "token"
    file.write_text(token + "\n")
    for mode, code in ((0o644, 2), (0o640, 2), (0o600, 0)):
        file.chmod(mode)
        done = guarded.ctl("accounts", "find", "--ip", "192.0.2.1", "--token-file", file, address=guarded.data, check=False)
        assert (done.returncode == 2) == (code == 2), done.stderr
        assert token not in done.stdout + done.stderr
        if code == 2:
            assert "chmod 600" in done.stderr
    done = harness.ctl("status", "--token", token, address="192.0.2.1:7878", check=False)
    assert done.returncode == 2 and "clear text" in done.stderr and token not in done.stderr


def test_the_old_way_is_loud(start):
    daemon = start()
    assert "data_access is open" in daemon.log.read_text()
    assert any("data_access is open" in warning for warning in daemon.json("status")["warnings"])
    assert "data_access is open" in daemon.ctl("status").stdout


# --- TLS -------------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    made = make_authority(folder, "authority")
    server = issue(folder, made, "server", "DNS:localhost")
    return folder, made, server


# --- The whole matrix ------------------------------------------------------------------------------------------------

ROLES = ["decide", "marketer", "operator", "privacy", "admin"]
SECURITY = harness.ROOT / "docs" / "security.md"
# What of a scope a method looks at; every other one refuses tokens that have a scope.
SCOPED = {
    "placements": {"Decide", "BatchDecide", "Explain"},
    "kinds": {"PutProfile", "GetProfile", "DeleteProfile", "ExportProfiles", "EraseProfile"},
}


def documented():
    """The table of docs/security.md: the roles of each method by its path."""
    table = {}
    for line in SECURITY.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if "/" not in cells[0] or not cells[0].startswith("`") or len(cells) != len(ROLES) + 2:
            continue
        name = cells[0].strip("`")
        path = name if name.startswith("grpc.") else f"bespoke.v1.{name}"
        table[f"/{path}"] = {role for role, mark in zip(ROLES, cells[1:]) if mark == "yes"}
    return table


def let_in(channel, path, metadata):
    """Whether the gate lets a call in: one empty message of any method, whatever the handler says of it."""
    call = channel.stream_stream(path, lambda message: message, lambda message: message)
    seconds = 1 if path.endswith("/Watch") else CALL_SECONDS
    try:
        for _ in call(iter([b""]), metadata=metadata, timeout=seconds):
            break
    except grpc.RpcError as error:
        if error.code() == grpc.StatusCode.UNAUTHENTICATED:
            return "unauthenticated"
        if error.code() == grpc.StatusCode.PERMISSION_DENIED:
            return "scope" if "scope" in error.details() else "role"
    return "in"


def services(*names):
    return lambda path: path.startswith(tuple(f"/{name}/" for name in names))


DATA = services("bespoke.v1.DecisionService", "bespoke.v1.EventService", "bespoke.v1.ProfileService", "grpc.health.v1.Health")
EVERYWHERE = services("bespoke.v1", "grpc.health.v1.Health")


@pytest.fixture(scope="module")
def doors(authority):
    """A daemon that all kinds of callers reach: the data port and the remote admin port over TLS, the Unix socket."""
    folder, made, (certificate, key) = authority
    mapping = ", ".join(f"{role}.example={role}" for role in ROLES)
    with harness.Daemon(arguments=[
            "--tls-certificate", str(certificate), "--tls-key", str(key), "--tls-client-authority", str(made[0]),
            "--admin-listen", "127.0.0.1:0", "--data-access", "roles", "--certificate-roles", mapping]) as started:
        yield started, folder, made


def secure(address, made, shown=None):
    certificate, key = shown or (None, None)
    credentials = grpc.ssl_channel_credentials(
        made[0].read_bytes(), key and key.read_bytes(), certificate and certificate.read_bytes())
    return grpc.secure_channel("localhost:" + address.rpartition(":")[2], credentials)


def test_the_table_of_the_documentation_has_every_method_that_is_served(guarded):
    table = documented()
    found = {f"/{service.full_name}/{method.name}" for module in (admin, decision, event, profile)
             for service in module.DESCRIPTOR.services_by_name.values() for method in service.methods}
    assert len(found) > 30 and {path for path in table if path.startswith("/bespoke.")} == found


@pytest.mark.parametrize("role", ROLES)
def test_every_method_by_a_token_of_every_role_also_expired_revoked_and_with_a_scope(guarded, role):
    tokens = {
        "good": create(guarded, f"all-{role}", role),
        "revoked": create(guarded, f"gone-{role}", role),
        "expired": create(guarded, f"late-{role}", role, "--expires-in", "1s"),
        "placements": create(guarded, f"some-{role}", role, "--placement", "landing_hero"),
        "kinds": create(guarded, f"kind-{role}", role, "--kind", "account"),
    }
    guarded.ctl("tokens", "revoke", f"gone-{role}")
    with grpc.insecure_channel(guarded.data) as channel:
        guarded.wait_until(
            lambda: let_in(channel, "/grpc.health.v1.Health/Check", bearer(tokens["expired"])) == "unauthenticated", "it expires")
        for path, roles in documented().items():
            if not DATA(path):
                continue
            method = path.rpartition("/")[2]
            health = path.startswith("/grpc.")
            right = role in roles
            assert let_in(channel, path, bearer(tokens["good"])) == ("in" if right else "role"), (path, role)
            for wrong in ("revoked", "expired"):
                assert let_in(channel, path, bearer(tokens[wrong])) == "unauthenticated", (path, role, wrong)
            for scope in ("placements", "kinds"):
                got = let_in(channel, path, bearer(tokens[scope]))
                looked_at = health or method in SCOPED[scope]
                # An empty request asks for all placements, or names no kind: the handler refuses it where the gate does not.
                assert got in (({"in"} if health else {"in", "role", "scope"}) if right and looked_at
                               else {"scope"} if right else {"role"}), (path, role, scope, got)


def test_every_method_without_a_credential_and_by_the_socket(guarded):
    for path, roles in documented().items():
        with grpc.insecure_channel(guarded.admin) as channel:
            if EVERYWHERE(path):
                assert let_in(channel, path, None) == "in", path
        with grpc.insecure_channel(guarded.data) as channel:
            if DATA(path):
                assert let_in(channel, path, None) == ("in" if "decide" in roles else "unauthenticated"), path


@pytest.mark.parametrize("role", ROLES)
def test_every_method_by_a_certificate_of_every_role(doors, role):
    daemon, folder, made = doors
    mine = issue(folder, made, f"caller-{role}", f"DNS:{role}.example")
    for address, served in ((daemon.data, DATA), (daemon.addresses["remote_admin"], EVERYWHERE)):
        with secure(address, made, mine) as channel:
            for path, roles in documented().items():
                if served(path):
                    assert let_in(channel, path, None) == ("in" if role in roles else "role"), (address, path, role)


def test_bespokectl_over_tls_with_a_token_and_never_without(start, authority):
    folder, (ca, _), (certificate, key) = authority
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key), "--admin-listen", "127.0.0.1:0",
                              "--data-access", "roles"])
    remote = "localhost:" + daemon.addresses["remote_admin"].rpartition(":")[2]
    assert harness.ctl("status", "--ca", ca, address=remote, check=False).returncode == 1
    token = create(daemon, "far", "operator")
    harness.ctl("status", "--ca", ca, "--token", token, address=remote)
    wrong = harness.ctl("tokens", "list", "--ca", ca, "--token", token, address=remote, check=False)
    assert wrong.returncode == 1 and "admin" in wrong.stderr
    for options in (["--tls"], ["--ca", ca, "--server-name", "elsewhere.example"], ["--ca", make_authority(folder, "other")[0]]):
        done = harness.ctl("status", "--token", token, *options, address=remote, check=False)
        assert done.returncode in (2, 3), done.stderr
    # A name that is asked for must be carried, also where the certificate is good for the address.
    by_address = issue(folder, authority[1], "by-address", "DNS:bespoke.internal,IP:127.0.0.1")
    other = start(arguments=["--tls-certificate", str(by_address[0]), "--tls-key", str(by_address[1]),
                             "--admin-listen", "127.0.0.1:0"])
    far = create(other, "far", "operator")
    for options, is_good in (([], True), (["--server-name", "bespoke.internal"], True),
                             (["--server-name", "elsewhere.example"], False)):
        done = harness.ctl("status", "--token", far, "--ca", ca, *options, address=other.addresses["remote_admin"], check=False)
        assert (done.returncode == 0) == is_good, done.stderr
        assert is_good or "for another name" in done.stderr
    history = harness.ctl("rules", "push", harness.RULES, "--ca", ca, "--token", create(daemon, "writer", "marketer"),
                          address=remote)
    assert history.returncode == 0
    assert "token writer" in daemon.ctl("--output", "json", "rules", "history").stdout


def test_certificates_of_clients_have_the_role_of_their_name(start, authority):
    folder, made, (certificate, key) = authority
    ca = made[0]
    daemon = start(arguments=["--tls-certificate", str(certificate), "--tls-key", str(key), "--tls-client-authority", str(ca),
                              "--data-access", "roles", "--certificate-roles", "privacy.example=privacy"])
    other = make_authority(folder, "stranger")
    cases = [
        ("privacy", issue(folder, made, "one", "DNS:privacy.example")), ("decide", issue(folder, made, "two", "DNS:web.example")),
        (None, issue(folder, other, "three", "DNS:privacy.example")),
        (None, issue(folder, made, "four", "DNS:privacy.example", days=-1)),
        (None, issue_between(folder, made, "five", "DNS:privacy.example", "20400101000000Z", "20410101000000Z")),
        ("privacy", issue_between(folder, made, "six", "DNS:privacy.example", "20200101000000Z", "20410101000000Z")),
        # One with a NUL is no name at all: neither what stands before it nor what stands behind it counts.
        ("decide", issue(folder, made, "seven", with_nul("privacy.example\0.evil.example"))),
        ("decide", issue(folder, made, "eight", with_nul("evil.example\0privacy.example"))),
    ]
    for role, (shown, shown_key) in cases:
        credentials = grpc.ssl_channel_credentials(ca.read_bytes(), shown_key.read_bytes(), shown.read_bytes())
        with grpc.secure_channel(daemon.data.replace("127.0.0.1", "localhost"), credentials) as channel:
            if role is None:
                with refused(grpc.StatusCode.UNAVAILABLE):
                    Decisions(channel).Decide(request(), timeout=CALL_SECONDS)
                continue
            for needed, calls in everything(channel).items():
                assert [may(call, None) for call in calls] == [needed == role] * len(calls), (role, needed)


def test_certificates_are_read_again_without_losing_a_connection(start, authority, tmp_path):
    folder, made, (certificate, key) = authority
    live = tmp_path / "live.crt", tmp_path / "live.key"
    for source, target in zip((certificate, key), live):
        target.write_bytes(source.read_bytes())
    daemon = start(arguments=["--tls-certificate", str(live[0]), "--tls-key", str(live[1])])

    def shown():
        context = ssl.create_default_context(cafile=made[0])
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(support.host_port(daemon.data), timeout=CALL_SECONDS) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as wrapped:
                return wrapped.getpeercert(binary_form=True)

    credentials = grpc.ssl_channel_credentials(made[0].read_bytes())
    with grpc.secure_channel(daemon.data.replace("127.0.0.1", "localhost"), credentials) as channel:
        Decisions(channel).Decide(request(), timeout=CALL_SECONDS)
        before = shown()
        renewed = issue(folder, made, "renewed", "DNS:localhost,IP:127.0.0.1")
        for source, target in zip(renewed, live):
            next_file = target.with_suffix(".new")
            next_file.write_bytes(source.read_bytes())
            os.replace(next_file, target)
        daemon.wait_until(lambda: shown() != before, "the new certificate is shown")
        live[0].write_text("no certificate")
        daemon.signal(1)
        daemon.wait_until(lambda: "certificates not read again" in daemon.log.read_text(), "the bad file is told of")
        assert shown() != before
        Decisions(channel).Decide(request(), timeout=CALL_SECONDS)
    assert daemon.process.poll() is None
