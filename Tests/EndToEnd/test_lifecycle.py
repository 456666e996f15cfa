"""Start, readiness, configuration, signals, and what survives kill -9."""
import json
import select
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

import grpc
import pytest
import support
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support import CALL_SECONDS, OLIVE, admin, harness, host_port, marked_rules, profile, request


def get(daemon, path):
    """Status, content type and text of a page of the operations port."""
    try:
        with urllib.request.urlopen(f"http://{daemon.operations}{path}", timeout=CALL_SECONDS) as page:
            return page.status, page.headers["content-type"], page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()


def health(daemon):
    with grpc.insecure_channel(daemon.data) as channel:
        return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=CALL_SECONDS).status


def decide(daemon, asked):
    with grpc.insecure_channel(daemon.data) as channel:
        return support.Decisions(channel).Decide(asked, timeout=CALL_SECONDS)


def log_lines(daemon):
    return [json.loads(line) for line in daemon.log.read_text().splitlines() if line.startswith("{")]


# --- Readiness and the operations port -------------------------------------------------------------------------------

def test_without_a_rule_set_it_lives_but_is_not_ready(start):
    started = start(rules=None)
    assert get(started, "/healthz")[0] == 200
    status, _, text = get(started, "/readyz")
    assert status == 503 and "rule" in text
    assert health(started) == health_pb2.HealthCheckResponse.NOT_SERVING
    with support.refused(grpc.StatusCode.UNAVAILABLE, "rule"):
        decide(started, request())
    started.ctl("rules", "push", harness.RULES)
    assert get(started, "/readyz")[0] == 200
    assert health(started) == health_pb2.HealthCheckResponse.SERVING
    decide(started, request())


def samples(text):
    """Every sample of a Prometheus text page by name and labels; the format's rules are checked on the way."""
    typed, found, helped = {}, {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in typed and kind in {"counter", "gauge", "histogram", "summary", "untyped"}
            typed[name] = kind
        elif line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in helped
            helped.add(name)
        elif line and not line.startswith("#"):
            series, _, number = line.rpartition(" ")
            name = series.partition("{")[0]
            family = next((base for base in (name, name.removesuffix("_bucket"), name.removesuffix("_sum"),
                                             name.removesuffix("_count")) if base in typed), None)
            assert family in helped, f"{name} has no TYPE or HELP"
            assert series not in found, f"{series} stands twice"
            found[series] = float(number)
    return typed, found


def test_metrics_are_prometheus_text_and_count_calls(start):
    started = start()
    for _ in range(7):
        decide(started, request(**OLIVE))
    with support.refused(grpc.StatusCode.NOT_FOUND):
        decide(started, request(placements=["nowhere"]))
    status, content_type, text = get(started, "/metrics")
    assert status == 200 and content_type.startswith("text/plain") and "version=0.0.4" in content_type
    typed, found = samples(text)
    assert any(kind == "histogram" for kind in typed.values()) and any(kind == "gauge" for kind in typed.values())
    assert all(name.startswith(("bespoke_", "process_")) for name in typed)
    decided = [number for series, number in found.items()
               if "Decide" in series and "BatchDecide" not in series and "bucket" not in series and number in (7, 8)]
    assert decided, text
    for name, kind in typed.items():
        if kind == "histogram":
            check_histogram(name, found)


def check_histogram(name, found):
    """Buckets grow, and the last is the count."""
    rows = {}
    for series, number in found.items():
        if series.startswith(name + "_bucket{"):
            labels = series[len(name) + 8:-1]
            key = ",".join(part for part in labels.split(",") if not part.startswith("le="))
            limit = next(part for part in labels.split(",") if part.startswith("le=")).split('"')[1]
            rows.setdefault(key, []).append((float(limit.replace("+Inf", "inf")), number))
    for key, buckets in rows.items():
        counts = [number for _, number in sorted(buckets)]
        assert counts == sorted(counts), f"{name}{{{key}}} shrinks"
        total = found[f"{name}_count{{{key}}}" if key else f"{name}_count"]
        assert sorted(buckets)[-1] == (float("inf"), total)


def test_unknown_pages_and_methods_of_the_operations_port_are_refused(daemon):
    assert get(daemon, "/nothing")[0] == 404
    refused = urllib.request.Request(f"http://{daemon.operations}/metrics", data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(refused, timeout=CALL_SECONDS)
    assert error.value.code == 405


# --- Configuration ---------------------------------------------------------------------------------------------------

def refused_start(start, tmp_path, **options):
    """The exit code and the words of a daemon that does not start."""
    with pytest.raises(harness.Failure) as failure:
        start(**options)
    assert "ended with code" in str(failure.value)
    return str(failure.value)


def test_an_unknown_key_is_refused_with_file_line_and_suggestion(start, tmp_path):
    file = tmp_path / "bespoked.yaml"
    file.write_text("# settings\nthreads: 1\nlog_lvel: debug\n")
    words = refused_start(start, tmp_path, arguments=["--config", str(file)])
    assert f"{file}:3:1" in words and "log_lvel" in words and "log_level" in words


def test_every_wrong_setting_is_named_at_once(start, tmp_path):
    file = tmp_path / "bespoked.yaml"
    file.write_text("threads: many\nlisten: nowhere\nlog_format: xml\n")
    # The flags of the harness would win over the file, but a wrong file is refused all the same.
    words = refused_start(start, tmp_path, arguments=["--config", str(file)])
    for place in (":1:", ":2:", ":3:"):
        assert f"{file}{place}" in words


def test_wrong_flags_and_variables_are_refused(start, tmp_path):
    assert "BESPOKE_THREDS" in refused_start(start, tmp_path, environment={"BESPOKE_THREDS": "1"})
    assert "--threads" in refused_start(start, tmp_path, arguments=["--threads", "-3"])
    assert "tls_key" in refused_start(start, tmp_path, arguments=["--tls-certificate", "/nowhere.pem"])
    assert "/nowhere.yaml" in refused_start(start, tmp_path, arguments=["--config", "/nowhere.yaml"])


def test_flags_win_over_the_environment_and_that_over_the_file(start, tmp_path):
    file = tmp_path / "bespoked.yaml"
    file.write_text("threads: 3\n")
    loops = []
    for options in [dict(), dict(environment={"BESPOKE_THREADS": "2"}),
                    dict(environment={"BESPOKE_THREADS": "2"}, arguments=["--threads", "1"])]:
        options["arguments"] = ["--config", str(file), *options.get("arguments", [])]
        loops.append(int(start(**options).json("status")["eventLoops"]))
    assert loops == [3, 2, 1]


def test_the_shipped_configuration_is_accepted(start):
    start(arguments=["--config", str(support.ROOT / "config" / "bespoked.yaml")])


def test_rules_with_errors_at_the_start_are_listed_and_refused(start, tmp_path):
    (tmp_path / "rules.yaml").write_text("segments: {a: visitor.nothing > 1}\n")
    words = refused_start(start, tmp_path, rules=tmp_path)
    assert "rules.yaml:1:" in words and "nothing" in words


def test_a_port_in_use_is_named(start, daemon):
    words = refused_start(start, None, arguments=["--listen", daemon.data])
    assert daemon.data.rpartition(":")[2] in words


def test_a_data_directory_in_use_is_refused(start):
    first = start()
    assert str(first.directory) in refused_start(start, None, data_directory=first.directory)
    decide(first, request())


def test_sighup_applies_what_can_change_and_names_what_cannot(start, tmp_path):
    file = tmp_path / "bespoked.yaml"
    file.write_text("log_level: info\n")
    started = start(arguments=["--config", str(file)])
    file.write_text("log_level: debug\nconcurrent_streams_max: 7\n")
    started.signal(signal.SIGHUP)
    started.wait_until(lambda: "concurrent_streams_max" in started.log.read_text(), "the log names what needs a restart")
    file.write_text("log_level: info\nbroken\n")
    started.signal(signal.SIGHUP)
    started.wait_until(lambda: str(file) in started.log.read_text(), "the log says what is wrong with the file")
    assert started.process.poll() is None
    decide(started, request())


def test_logs_are_json_lines_with_the_addresses(start):
    started = start()
    listening = next(line for line in log_lines(started) if line["message"] == "listening")
    assert (listening["data"], listening["operations"], listening["admin"]) == (started.data, started.operations, started.admin)
    assert started.admin == f"unix:{started.directory}/bespoke.sock"
    assert (started.directory / "bespoke.sock").stat().st_mode & 0o777 == 0o600
    assert started.directory.stat().st_mode & 0o777 == 0o700


# --- Ending ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_calls_under_way_finish(start, number):
    started = start()
    may_end, sent = threading.Event(), threading.Event()

    def messages():
        row = profile.ImportRow(line=2, profile=profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id="drained"))
        yield profile.ImportProfilesRequest(rows=[row])
        sent.set()
        may_end.wait(CALL_SECONDS)

    with grpc.insecure_channel(started.data) as channel:
        call = support.Profiles(channel).ImportProfiles.future(messages(), timeout=CALL_SECONDS)
        assert sent.wait(CALL_SECONDS)
        # A second call on the same connection proves that the first has reached the daemon.
        support.Decisions(channel).Decide(request(), timeout=CALL_SECONDS)
        started.signal(number)
        started.wait_until(lambda: not accepts(started.data), "no new connection is taken")
        may_end.set()
        assert call.result(CALL_SECONDS).written == 1
    assert started.wait() == 0


def accepts(address):
    try:
        socket.create_connection(host_port(address), timeout=CALL_SECONDS).close()
        return True
    except OSError:
        return False


def test_an_endless_call_holds_up_the_end_only_for_so_long(start):
    started = start(arguments=["--drain-milliseconds", "200"])
    with grpc.insecure_channel(started.data) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        next(watch)
        assert started.stop() == 0


def test_an_idle_daemon_ends_at_once_and_leaves_no_socket(start):
    started = start()
    assert started.stop() == 0
    assert not (started.directory / "bespoke.sock").exists()


# --- What survives ---------------------------------------------------------------------------------------------------

def test_after_kill_9_the_last_pushed_rules_and_acknowledged_profiles_are_there(start):
    started = start()
    with grpc.insecure_channel(started.admin) as channel:
        pushed = support.Admin(channel).PushRules(admin.PushRulesRequest(files=marked_rules("survivor")), timeout=CALL_SECONDS)
        assert pushed.accepted
        acknowledged = put_until_killed(started, support.Profiles(channel))
    assert len(acknowledged) >= 100
    # The rules of the flag are only for a data directory that holds none.
    started.start()
    assert started.json("status")["revision"] == pushed.revision
    answer = decide(started, request(visitor_id=acknowledged[7], consent=()))
    assert answer.revision == pushed.revision
    assert {item.fields["text"].split(" ")[0] for item in answer.placements} == {"survivor"}
    with grpc.insecure_channel(started.data) as channel:
        stub = support.Profiles(channel)
        for id_ in acknowledged:
            read = stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id=id_), timeout=CALL_SECONDS)
            assert read.features["age"].value.int == 7


def put_until_killed(daemon, stub):
    """Puts profiles without pause and kills the daemon among them; returns the ids that were acknowledged."""
    acknowledged, enough = [], threading.Event()

    def put():
        for number in range(1_000_000):
            stored = profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id=f"killed-{number}",
                                     features={"age": profile.Feature(value=support.value(7))})
            try:
                stub.PutProfile(profile.PutProfileRequest(profile=stored), timeout=CALL_SECONDS)
            except grpc.RpcError:
                enough.set()
                return
            acknowledged.append(stored.id)
            if len(acknowledged) == 100:
                enough.set()

    writer = threading.Thread(target=put)
    writer.start()
    assert enough.wait(CALL_SECONDS)
    daemon.kill()
    writer.join()
    return acknowledged


def test_kill_9_in_the_middle_of_pushes_leaves_one_of_them(start):
    started = start()
    for round_ in range(5):
        revisions = [started.json("status")["revision"]]
        with grpc.insecure_channel(started.admin) as channel:
            stub = support.Admin(channel)
            for number in range(3):
                pushed = stub.PushRules(admin.PushRulesRequest(files=marked_rules(f"r{round_}n{number}")), timeout=CALL_SECONDS)
                revisions.append(pushed.revision)
            # This one is not waited for: it may have been acknowledged or not.
            last = admin.PushRulesRequest(files=marked_rules(f"r{round_}last"))
            unknown = stub.CheckRules(admin.CheckRulesRequest(files=last.files), timeout=CALL_SECONDS).revision
            call = stub.PushRules.future(last, timeout=CALL_SECONDS)
            started.kill()
            call.cancel()
        started.start()
        assert started.json("status")["revision"] in (revisions[-1], unknown)


def test_profiles_keep_their_versions_over_a_restart(start):
    started = start()
    with grpc.insecure_channel(started.data) as channel:
        stub = support.Profiles(channel)
        stored = profile.Profile(kind=profile.PROFILE_KIND_ACCOUNT, id="kept", features={
            "employees": profile.Feature(value=support.value(12))})
        versions = [stub.PutProfile(profile.PutProfileRequest(profile=stored), timeout=CALL_SECONDS).version for _ in range(3)]
        before = stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_ACCOUNT, id="kept"), timeout=CALL_SECONDS)
    assert versions == sorted(set(versions))
    assert started.stop() == 0
    started.start()
    with grpc.insecure_channel(started.data) as channel:
        after = support.Profiles(channel).GetProfile(
            profile.GetProfileRequest(kind=profile.PROFILE_KIND_ACCOUNT, id="kept"), timeout=CALL_SECONDS)
    assert after == before and after.version == versions[-1]


def put_seconds(daemon):
    """How long three puts took, one after the other; the quickest first."""
    with grpc.insecure_channel(daemon.data) as channel:
        stub, seconds = support.Profiles(channel), []
        for number in range(3):
            stored = profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id=f"timed-{number}")
            began = time.monotonic()
            stub.PutProfile(profile.PutProfileRequest(profile=stored), timeout=CALL_SECONDS)
            seconds.append(time.monotonic() - began)
    return sorted(seconds)


def test_a_journal_group_waits_as_long_as_it_is_told_before_it_acknowledges(start):
    # The first may join a group that something else began, such as the note of the time at the start.
    assert put_seconds(start(arguments=["--journal-sync", "group:400"]))[1] >= 0.4
    assert put_seconds(start(arguments=["--journal-sync", "everysec"]))[0] < 0.4


def test_with_everysec_what_was_acknowledged_survives_the_death_of_the_process(start):
    started = start(arguments=["--journal-sync", "everysec"])
    with grpc.insecure_channel(started.data) as channel:
        acknowledged = put_until_killed(started, support.Profiles(channel))
    started.start()
    with grpc.insecure_channel(started.data) as channel:
        stub = support.Profiles(channel)
        for id_ in acknowledged:
            stub.GetProfile(profile.GetProfileRequest(kind=profile.PROFILE_KIND_VISITOR, id=id_), timeout=CALL_SECONDS)


def test_the_operations_port_keeps_no_answers_for_those_who_do_not_read_and_bounds_its_connections(start):
    started = start()
    endpoint = host_port(started.operations)
    greedy = []
    for _ in range(5):
        made = socket.create_connection(endpoint)
        made.setblocking(False)
        greedy.append(made)

    samples = []

    def is_still():
        samples.append(resident_kilobytes(started))
        last = samples[-STILL_SAMPLES:]
        return len(last) == STILL_SAMPLES and max(last) - min(last) < 1_024

    def ask():
        samples.clear()
        for _ in range(200):
            for made in greedy:
                try:
                    made.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
                except BlockingIOError:
                    continue
        assert get(started, "/healthz")[0] == 200
        started.wait_until(is_still, "its memory stays as it is")
        return samples.pop()

    # What the sockets take is taken once; 400,000 answers of 70 KB more would be 28 GB.
    first = ask()
    assert ask() - first < 48 * 1024
    idle = [socket.create_connection(endpoint) for _ in range(300)]
    # Nobody has sent anything to them: those that can be read are closed.
    started.wait_until(lambda: len(select.select(idle, [], [], 0)[0]) >= 300 - 256, "those beyond the limit are closed")
    for made in greedy + idle:
        made.close()
    started.wait_until(lambda: is_answered(started), "it answers again")


STILL_SAMPLES = 50


def is_answered(daemon):
    try:
        return get(daemon, "/healthz")[0] == 200
    except OSError:
        return False


def resident_kilobytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
