"""R69: exposures, events and decisions leave the daemon for analytics: exported on demand, and sent to a file or a web server."""
import csv
import http.server
import io
import json
import pathlib
import random
import ssl
import subprocess
import threading
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event, harness

RULES = """
attributes:
  visitor: {title: {type: string}}
events: {visit: {points: 1}, purchase: {points: 5}}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
  strip: {kind: page, fields: {text: {type: text}}, default: {text: Strip}}
campaigns:
  hello: {when: has(visitor.title), pages: {hero: {plain: {fields: {text: Hi}}}}}
experiments:
  words:
    placement: hero
    arms: {short: {weight: 1, fields: {text: Hi}}, long: {weight: 3, fields: {text: Good day}}}
    metrics: [purchase]
  desk: {unit: account, arms: {a: {weight: 1}, b: {weight: 1}}, metrics: [purchase]}
"""


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return tmp_path / "rules"


def record(daemon, *events, exposures=()):
    with grpc.insecure_channel(daemon.data) as channel:
        return support.Events(channel).Record(
            event.RecordRequest(events=events, exposures=exposures), timeout=CALL_SECONDS)


def decide(daemon, **asked):
    with grpc.insecure_channel(daemon.data) as channel:
        return support.Decisions(channel).Decide(decision.DecideRequest(**asked), timeout=CALL_SECONDS)


def visit(n, visitor="v", **more):
    return event.Event(id=f"e{n}", visitor_id=visitor, name="visit", **more)


def timed(item, text):
    item.time.FromJsonString(text)
    return item


def exported(daemon, *arguments):
    return [json.loads(line) for line in daemon.ctl("events", "export", *arguments).stdout.splitlines()]


def fill(daemon):
    """A visitor of an account with two shows and two events, and an event of the account alone."""
    daemon.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "title=Baker", "--account", "acme")
    answer = decide(daemon, visitor_id="v", placements=["hero", "strip"], record_exposure=True)
    record(daemon, visit(1, value=2.5, decision_id=answer.decision_id),
           event.Event(id="o", account_id="acme", name="purchase", value=900),
           timed(visit(2), "2026-10-01T10:00:00Z"),
           exposures=[event.Exposure(visitor_id="v", decision_id="d2", placement="strip")])
    return answer


def test_R69_decision_ids_and_arms_are_exported(start, rules):
    daemon = start(rules=rules)
    answer = fill(daemon)
    rows = exported(daemon)
    shown = {(row["placement"], row["decision_id"]): row for row in rows if row["kind"] == "exposure"}
    hero = support.placements(answer)["hero"]
    (words,) = [found for found in answer.assignments if found.experiment == "words"]
    first = shown["hero", answer.decision_id]
    assert (first["campaign"], first["variant"], first["experiment"], first["arm"]) == ("hello", "plain", "words", hero.arm)
    assert first["propensity"] == words.propensity and first["revision"] == answer.revision
    assert first["visitor_id"] == "v" and first["account_id"] == "acme"
    # The default has a placement and nothing else.
    assert shown["strip", "d2"].keys() == {"kind", "id", "time", "visitor_id", "account_id", "placement", "decision_id"}
    events = {(row.get("visitor_id"), row["name"], row.get("value")): row for row in rows if row["kind"] == "event"}
    assert events.keys() == {("v", "visit", 2.5), (None, "purchase", 900), ("v", "visit", None)}
    assert events["v", "visit", 2.5]["decision_id"] == answer.decision_id
    # What counts for visitor and account is one row.
    assert len(rows) == 5 and len({row["id"] for row in rows}) == 5
    # The same as CSV.
    table = list(csv.DictReader(io.StringIO(daemon.ctl("events", "export", "--format", "csv").stdout)))
    assert [{name: cell for name, cell in row.items() if cell} for row in table] == [
        {name: str(cell) for name, cell in row.items()} for row in rows]
    # After a crash too.
    daemon.kill()
    daemon.start()
    assert sorted(map(str, exported(daemon))) == sorted(map(str, rows))


def test_exports_are_cut_by_kind_and_time(start, rules):
    daemon = start(rules=rules)
    fill(daemon)
    assert {row["kind"] for row in exported(daemon, "--kind", "event")} == {"event"}
    assert {row["kind"] for row in exported(daemon, "--kind", "exposure")} == {"exposure"}
    assert [row["time"] for row in exported(daemon, "--until", "2026-10-02")] == ["2026-10-01T10:00:00Z"]
    assert exported(daemon, "--since", "2026-10-01T10:00:00Z", "--until", "2026-10-01T10:00:00.000001Z")
    assert not exported(daemon, "--until", "2026-10-01T10:00:00Z")
    assert len(exported(daemon, "--since", "2026-10-02")) == 4
    refused = daemon.ctl("events", "export", "--since", "2026-10-02", "--until", "2026-10-01", check=False)
    assert refused.returncode == 1 and "since: is not before until" in refused.stderr
    assert "is no time" in daemon.ctl("events", "export", "--since", "yesterday", check=False).stderr
    with grpc.insecure_channel(daemon.data) as channel, support.refused(
            grpc.StatusCode.INVALID_ARGUMENT, "decisions are not kept", "sink"):
        list(support.Events(channel).ExportEvents(
            event.ExportEventsRequest(kind=event.EVENT_RECORD_KIND_DECISION), timeout=CALL_SECONDS))


def test_many_events_are_exported_each_once(start, rules):
    daemon = start(rules=rules)
    for start_at in range(0, 25_000, 1_000):
        record(daemon, *(visit(n, visitor=f"v{n % 977}") for n in range(start_at, start_at + 1_000)))
    rows = exported(daemon)
    assert len(rows) == 25_000 and len({(row["visitor_id"], row["id"]) for row in rows}) == 25_000


# MARK: sinks

def metric(daemon, name):
    with urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS) as page:
        return next(float(line.split()[-1]) for line in page.read().decode().splitlines() if line.startswith(name))


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_W61_an_account_that_is_named_goes_with_its_record_in_sink_and_export_alike(start, rules, tmp_path):
    file = tmp_path / "records.ndjson"
    daemon = start(rules=rules, arguments=["--sink", f"file:{file}"])
    fill(daemon)
    # Whatever the profile says.
    record(daemon, visit(9, account_id="other"), exposures=[
        event.Exposure(visitor_id="v", account_id="third", decision_id="d9", placement="strip")])
    decide(daemon, visitor_id="v", account_id="fourth", placements=["hero"], record_exposure=True)
    daemon.wait_until(lambda: len(lines(file)) == 8, "everything is in the file")
    told = {row["id"]: row.get("account_id") for row in lines(file)}
    assert {"fourth", "other", "third", "acme"} == set(told.values())
    assert told == {row["id"]: row.get("account_id") for row in exported(daemon)}
    daemon.kill()
    daemon.start()
    assert told == {row["id"]: row.get("account_id") for row in exported(daemon)}


def test_a_file_gets_what_is_recorded_and_decided(start, rules, tmp_path):
    file = tmp_path / "records.ndjson"
    daemon = start(rules=rules, arguments=["--sink", f"file:{file}", "--sink-decisions", "true"])
    answer = fill(daemon)
    preview = daemon.json("decide", "--visitor", "v", "--force", "words=short")
    daemon.wait_until(lambda: len(lines(file)) >= 8, "everything is in the file")
    rows = lines(file)
    kept = [row for row in rows if row["kind"] != "decision"]
    assert {row["id"] for row in kept} == {row["id"] for row in exported(daemon)}
    # W61: and the account that the visitor's profile names.
    assert {row["id"]: row.get("account_id") for row in kept} == {
        row["id"]: row.get("account_id") for row in exported(daemon)}
    decided = {row.get("placement", row.get("experiment")): row for row in rows if row["kind"] == "decision"}
    assert decided.keys() == {"hero", "strip", "desk"}
    assert all(row["decision_id"] == answer.decision_id for row in decided.values())
    assert preview["decisionId"] not in file.read_text()
    assert decided["hero"]["reason"] == "campaign" and decided["strip"]["reason"] == "default"
    assert decided["hero"]["arm"] == support.placements(answer)["hero"].arm and decided["desk"]["arm"] in "ab"
    # It may be moved away at any time.
    file.rename(tmp_path / "yesterday.ndjson")
    record(daemon, visit(3))
    daemon.wait_until(lambda: len(lines(file)) == 1, "a new file is begun")
    daemon.wait_until(lambda: metric(daemon, "bespoke_sink_waiting_records") == 0, "nothing waits")
    assert metric(daemon, "bespoke_sink_delivered_total") == 9
    daemon.stop()
    # What a crash left of a line goes, its record comes again.
    with file.open("a") as torn:
        torn.write('{"kind":"ev')
    daemon.start()
    record(daemon, visit(4))
    daemon.wait_until(lambda: file.read_text().count("\n") == 2, "a whole line follows")
    assert len(lines(file)) == 2


def test_a_file_gets_csv_when_its_name_says_so(start, rules, tmp_path):
    file = tmp_path / "records.csv"
    daemon = start(rules=rules, arguments=["--sink", f"file:{file}"])
    record(daemon, visit(1))
    daemon.wait_until(lambda: file.exists() and file.read_text().count("\n") == 2, "the first")
    record(daemon, event.Event(id="x", visitor_id='a,"b"', name="visit", value=1e9))
    daemon.wait_until(lambda: file.read_text().count("\n") == 3, "the second")
    first, second = csv.DictReader(io.StringIO(file.read_text()))
    assert (first["visitor_id"], first["name"], second["visitor_id"], second["value"]) == ("v", "visit", 'a,"b"', "1000000000")
    assert file.stat().st_mode & 0o777 == 0o640


class Receiver:
    """A web server that takes records, as it is told to."""

    def __init__(self, context=None):
        self.status, self.rows, self.requests = 200, [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.requests.append((self.path, dict(self.headers)))
                status = receiver.status
                if status == 200:
                    receiver.rows += [json.loads(line) for line in body.splitlines()]
                if status is None:
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"so it is")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def test_a_web_server_gets_each_record_at_least_once_whatever_happens(start, rules):
    with Receiver() as receiver:
        receiver.status = 503
        daemon = start(rules=rules, arguments=["--sink", f"http://127.0.0.1:{receiver.port}/in?source=bespoke"],
                       environment={"BESPOKE_SINK_AUTHORIZATION": "Bearer s3cret"})
        for half in range(2):
            record(daemon, *(visit(half * 600 + n) for n in range(600)))
        daemon.wait_until(lambda: receiver.requests, "it is tried")
        path, fields = receiver.requests[0]
        assert path == "/in?source=bespoke" and fields["authorization"] == "Bearer s3cret"
        assert fields["content-type"] == "application/x-ndjson"
        daemon.wait_until(lambda: "answers 503" in daemon.log_text() and "so it is" in daemon.log_text(), "the log says so")
        assert "s3cret" not in daemon.log_text()
        assert metric(daemon, "bespoke_sink_waiting_records") == 1_200
        # Killed while they wait: they are there after the start; decisions and events went on meanwhile.
        daemon.kill()
        receiver.status = None
        daemon.start()
        record(daemon, visit(5_000))
        daemon.wait_until(lambda: "without an answer" in daemon.log_text() or "broke off" in daemon.log_text(), "no answer")
        receiver.status = 200
        # At least once: a batch may have come twice, so rows alone do not tell that everything is there.
        daemon.wait_until(lambda: len({row["id"] for row in receiver.rows}) >= 1_201, "everything arrives")
        assert {row["id"] for row in receiver.rows} == {row["id"] for row in exported(daemon)}
        daemon.wait_until(lambda: metric(daemon, "bespoke_sink_waiting_records") == 0, "nothing waits")
        assert metric(daemon, "bespoke_sink_failures_total") >= 1


def test_kill_9_at_random_moments_loses_no_record(start, rules):
    with Receiver() as receiver:
        daemon = start(rules=rules, arguments=["--sink", f"http://127.0.0.1:{receiver.port}/"])
        acknowledged = 0
        for round in range(6):
            for _ in range(random.randrange(1, 8)):
                record(daemon, *(visit(acknowledged + n) for n in range(100)))
                acknowledged += 100
            daemon.kill()
            daemon.start()
        daemon.wait_until(lambda: len({row["id"] for row in receiver.rows}) == acknowledged, "everything arrives")


def test_https_sinks_are_known_by_their_certificate(start, rules, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Receiver(context) as receiver:
        sink = f"https://localhost:{receiver.port}/"
        daemon = start(rules=rules, environment={"BESPOKE_SINK": sink})
        record(daemon, visit(1))
        daemon.wait_until(lambda: "CERTIFICATE_VERIFY_FAILED" in daemon.log_text(), "a stranger is refused")
        daemon.stop()
        assert not receiver.rows
        daemon.environment = {**daemon.environment, "BESPOKE_SINK_AUTHORITY": str(certificate)}
        daemon.start()
        daemon.wait_until(lambda: len(receiver.rows) == 1, "who is known gets it")


def test_a_dead_sink_costs_a_bounded_spool_and_nothing_else(start, rules):
    daemon = start(rules=rules, arguments=["--sink", "http://127.0.0.1:1/"],
                   environment={"BESPOKE_SINK_SPOOL_BYTES_MAX": "65536", "BESPOKE_SINK_DECISIONS": "true"})
    for n in range(5):
        assert record(daemon, *(visit(n * 1_000 + k) for k in range(1_000))).recorded == 1_000
        decide(daemon, visitor_id="v", placements=["hero"])
    daemon.wait_until(lambda: metric(daemon, "bespoke_sink_dropped_total") >= 3_000, "what does not fit is counted")
    assert 0 < metric(daemon, "bespoke_sink_waiting_bytes") <= 65_536
    assert len(exported(daemon)) == 5_000
    # What waits stays while no sink is set, and the start says so.
    daemon.stop()
    daemon.arguments, daemon.environment = [], {}
    daemon.start()
    assert "records wait for a sink" in daemon.log_text()


def test_erasing_takes_a_person_out_of_the_spool(start, rules, tmp_path):
    person, other = "person-4be1d7a0", "other-91cc"
    daemon = start(rules=rules, arguments=["--sink", "http://127.0.0.1:1/", "--sink-decisions", "true"])
    record(daemon, *(visit(n, visitor=person) for n in range(100)), *(visit(n, visitor=other) for n in range(7)))
    decide(daemon, visitor_id=person, placements=["hero"])
    daemon.ctl("profiles", "erase", person)
    assert metric(daemon, "bespoke_sink_waiting_records") == 7

    def files():
        return [path.name for path in pathlib.Path(daemon.directory).rglob("*")
                if path.is_file() and person.encode() in path.read_bytes()]

    daemon.wait_until(lambda: not files(), "no file holds the person")
    assert daemon.json("profiles", "verify")["bad"] == 0


@pytest.mark.parametrize("sink", ["records.ndjson", "file:records", "file:/tmp/", "ftp://host/", "http://", "http://host:0/",
                                  "http://user@host/", "http://host/a#b", "https://[::1/"])
def test_sinks_that_cannot_be_are_refused_at_the_start(start, rules, sink):
    with pytest.raises(harness.Failure, match="is neither file: with an absolute path"):
        start(rules=rules, arguments=["--sink", sink])


def test_settings_of_no_sink_are_refused(start, rules):
    with pytest.raises(harness.Failure, match="need sink"):
        start(rules=rules, arguments=["--sink-decisions", "true"])
    with pytest.raises(harness.Failure, match="no HTTP header"):
        start(rules=rules, arguments=["--sink", "http://h/"], environment={"BESPOKE_SINK_AUTHORIZATION": "a\nb: c"})


def test_W14_every_experiment_that_changes_a_placement_is_recorded_as_shown(start, tmp_path):
    (tmp_path / "rules.yaml").write_text("""
placements: {hero: {kind: page, fields: {text: {}, button: {}}, default: {text: none}}}
campaigns: {all: {pages: {hero: {v: {fields: {text: All, button: Go}}}}}}
experiments:
  words: {placement: hero, arms: {a: {weight: 1, fields: {text: Word}}}}
  button: {placement: hero, arms: {b: {weight: 1, fields: {button: Press}}}}
""")
    daemon = start(rules=tmp_path)
    daemon.ctl("decide", "--visitor", "v", "--record-exposure")
    shown = [json.loads(line) for line in daemon.ctl("events", "export").stdout.splitlines()]
    assert sorted((one.get("experiment"), one.get("arm"), one.get("campaign") or "") for one in shown) == [
        ("button", "b", ""), ("words", "a", "all")]
