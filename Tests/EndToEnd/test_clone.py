"""`bespoked clone --anonymise`: a backup for tests, in which nobody is to be found and everything still belongs together."""
import hashlib
import hmac
import json
import subprocess

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event, harness

RULES = """
attributes:
  visitor:
    email: {type: string}
    title: {type: string}
    plan: {type: string, values: [free, paid]}
    tags: {type: strings}
    age: {type: int}
  account: {industry: {type: string, values: [software, bank]}}
events: {visit: {points: 1}, order: {points: 5}}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
  strip: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
campaigns:
  software: {when: account.industry == "software", pages: {hero: {a: {fields: {text: Software}}}}}
experiments:
  words:
    placement: strip
    arms: {short: {weight: 1, fields: {text: short}}, long: {weight: 1, fields: {text: long}}}
    metrics: [order]
"""
KEY = "0123456789abcdef0123456789abcdef"
PLANTED = ["rita-", "rita@", "Gardener", "gartenbau", "acme", "cookie-rita", "192.0.2", "ada-pushes", "because-of-rita",
           "planted-event"]


def pseudonym(text):
    """HMAC as docs/operations.md has it: whoever holds the key finds somebody again."""
    return hmac.new(KEY.encode(), b"text\0" + text.encode(), hashlib.sha256).hexdigest()[:24]


def clone(folder, data, key, *options):
    return subprocess.run(
        [harness.binary("bespoked"), "clone", str(folder), "--data-directory", str(data), "--key-file", str(key), *options],
        capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)


@pytest.fixture
def backup(start, tmp_path):
    """A folder of backups with persons, an account, links, a merge, events, an experiment and a token in it; and its daemon."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path / "rules")
    daemon.ctl("rules", "push", tmp_path / "rules", "--force", "--yes", "--author", "ada-pushes", "--reason",
               "because-of-rita")
    (tmp_path / "links.csv").write_text("account,network,domain\nacme,192.0.2.0/24,\nacme,,acme.example\n")
    daemon.ctl("accounts", "link", tmp_path / "links.csv")
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    daemon.ctl("profiles", "put", "rita-1", "--kind", "visitor", "--account", "acme", "--set", "title=Gardener rita",
               "--set", "tags=[gartenbau,rita]", "--set", "plan=paid", "--set", "age=44")
    daemon.ctl("profiles", "put", "rita-2", "--kind", "visitor", "--set", "email=rita@mail.acme.example", "--set", "plan=free")
    daemon.ctl("profiles", "merge", "cookie-rita", "rita-1")
    daemon.ctl("tokens", "create", "rita-token", "--role", "decide")
    with grpc.insecure_channel(daemon.data) as channel:
        for number in range(20):
            answer = support.Decisions(channel).Decide(decision.DecideRequest(
                visitor_id=f"rita-{number}", record_exposure=True), timeout=CALL_SECONDS)
            assert answer.exposures_not_agreed == 0
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id=f"planted-event-{number}", visitor_id=f"rita-{number}", name="order", value=number)
            for number in range(0, 20, 2)]), timeout=CALL_SECONDS)
    daemon.ctl("profiles", "backup", tmp_path / "backups")
    return tmp_path / "backups", daemon


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    return file


def arms(daemon):
    results = daemon.json("experiments", "results", "words", "--metric", "order")
    return [int(arm["units"]) for arm in results["groups"][0]["arms"]]


def test_nobody_is_in_a_clone_and_everything_still_belongs_together(backup, key, start, tmp_path):
    folder, original = backup
    done = clone(folder, tmp_path / "clone", key, "--anonymise")
    assert done.returncode == 0, done.stderr
    assert "2 visitors" in done.stdout and "1 accounts" in done.stdout and KEY not in done.stdout + done.stderr
    daemon = start(rules=None, data_directory=tmp_path / "clone")
    exports = [daemon.ctl("profiles", "export", "--kind", kind, "--format", "ndjson").stdout
               for kind in ("visitor", "account")]
    events = daemon.ctl("events", "export").stdout
    # In what is asked for, and in every file.
    everything = "".join(exports) + events + daemon.ctl("rules", "history").stdout
    everything += daemon.ctl("profiles", "show", pseudonym("rita-1")).stdout
    for path in (tmp_path / "clone").rglob("*"):
        if path.is_file():
            everything += path.read_bytes().decode("latin-1")
    for text in [*PLANTED, KEY]:
        assert text not in everything, text
    assert daemon.json("tokens", "list")["tokens"] == []
    # The same persons with the same accounts, numbers and listed values.
    visitors = {row["id"]: row for row in map(json.loads, exports[0].splitlines())}
    assert set(visitors) == {pseudonym("rita-1"), pseudonym("rita-2")}
    shown = json.loads(daemon.ctl("--output", "json", "profiles", "show", pseudonym("cookie-rita")).stdout)
    assert shown["profile"]["id"] == pseudonym("rita-1") and shown["profile"]["accountId"] == pseudonym("acme")
    features = {name: feature["value"] for name, feature in shown["profile"]["features"].items()}
    assert (features["age"], features["plan"]) == ({"int": 44}, {"string": "paid"})
    assert len(features["tags"]["strings"]["values"]) == 2
    assert features["title"]["string"] == pseudonym("Gardener rita")
    # Decisions: by the profile's account, and by the domain of an address that is still one.
    second = daemon.json("profiles", "show", pseudonym("rita-2"))["profile"]["features"]["email"]["value"]["string"]
    mailbox, _, domain = second.partition("@")
    assert len(domain.split(".")) == 3 and domain.endswith(".example") and len(mailbox) == 12
    for visitor in (pseudonym("rita-1"), pseudonym("rita-2")):
        assert "Software" in daemon.ctl("decide", "--visitor", visitor).stdout
    assert "Software" not in daemon.ctl("decide", "--visitor", "rita-1").stdout
    # Who was shown which arm, and what they did since.
    assert arms(daemon) == arms(original) and sum(arms(daemon)) == 20
    before = [json.loads(row) for row in original.ctl("events", "export").stdout.splitlines()]
    after = [json.loads(row) for row in events.splitlines()]
    facts = ["kind", "time", "name", "value", "campaign", "placement", "variant", "experiment", "arm"]
    assert sorted(str([row.get(fact) for fact in facts]) for row in after) == sorted(
        str([row.get(fact) for fact in facts]) for row in before)
    assert {row["visitor_id"] for row in after} == {pseudonym(row["visitor_id"]) for row in before}
    assert daemon.ctl("profiles", "verify").returncode == 0


def test_the_same_key_makes_the_same_clone_and_another_another(backup, key, start, tmp_path):
    folder, _ = backup
    for name, text in (("one", KEY), ("two", KEY), ("three", KEY[::-1])):
        key.write_text(text)
        assert clone(folder, tmp_path / name, key, "--anonymise").returncode == 0
    ids = []
    for name in ("one", "two", "three"):
        daemon = start(rules=None, data_directory=tmp_path / name)
        ids.append({json.loads(row)["visitor_id"] for row in daemon.ctl("events", "export").stdout.splitlines()})
        daemon.kill()
    assert ids[0] == ids[1] and not ids[0] & ids[2] and len(ids[2]) == 20


def test_what_is_wrong_is_said_and_leaves_nothing(backup, key, tmp_path):
    folder, _ = backup
    assert clone(folder, tmp_path / "c", key).returncode == 2
    key.chmod(0o644)
    assert "chmod 600" in clone(folder, tmp_path / "c", key, "--anonymise").stderr
    key.chmod(0o600)
    key.write_text("short")
    assert "openssl rand -hex 32" in clone(folder, tmp_path / "c", key, "--anonymise").stderr
    key.write_text(KEY)
    assert "no generation 7" in clone(folder, tmp_path / "c", key, "--anonymise", "--generation", "7").stderr
    assert not (tmp_path / "c" / "journal").exists()
    assert clone(folder, tmp_path / "c", key, "--anonymise").returncode == 0
    again = clone(folder, tmp_path / "c", key, "--anonymise")
    assert again.returncode == 1 and "is there already" in again.stderr
