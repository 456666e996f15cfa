"""A data directory that an earlier version has left is read: fixtures/data-0.1.0.tar.gz, with what was answered from it then.

`BINARIES=FOLDER python Tests/EndToEnd/test_old_data.py` makes such a folder anew, with the binaries of the version to be kept.
"""
import json
import pathlib
import sys
import tarfile

import grpc
import pytest
import support
from google.protobuf.json_format import MessageToDict
from support import CALL_SECONDS, decision, event, harness, profile

FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures"
# Written in it, so that no retention takes anything away before this test is of no use any more.
ARGUMENTS = ["--event-retention-days", "36500"]
RULES = """
attributes:
  visitor: {title: {type: string}, age: {type: int}, tags: {type: strings}, email: {type: string, purpose: personal}}
  account: {industry: {type: string}, employees: {type: int}}
events: {visit: {points: 10, half_life: 30d}, buy: {points: 5}}
segments: {regular: events.visit.count >= 2, grown: visitor.age >= 18}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
  side: {kind: ad, fields: {text: {type: text}}, default: {text: Nothing}}
campaigns:
  offer:
    caps: [{per: visitor, shows: 2, within: 1d}]
    ads: {side: {plain: {fields: {text: %s}}}}
  software: {when: account.industry == "software", priority: 2, pages: {hero: {plain: {fields: {text: Software}}}}}
experiments:
  words:
    placement: hero
    metrics: [buy]
    arms: {one: {weight: 1, fields: {text: One}}, two: {weight: 1, fields: {text: Two}}}
policies: {keep_objections: true, consent: {personal: {covers: [], default: granted}, ads: {covers: [], default: granted}}}
"""
VISITORS = ["v1", "v2", "cookie", "rita", "erased", "v7", "nobody"]
NOW = "2026-11-28T17:00:00Z"


def stamped(message, **times):
    for name, text in times.items():
        getattr(message, name).FromJsonString(text)
    return message


def push(daemon, folder, word, reason):
    (folder / "rules.yaml").write_text(RULES % word)
    daemon.ctl("rules", "push", folder, "--author", "eve", "--reason", reason)


def fill(daemon, folder):
    """Everything that a daemon keeps, once at least."""
    push(daemon, folder, "Buy", "first")
    push(daemon, folder, "Sell", "second")
    channel = grpc.insecure_channel(daemon.data)
    decisions, events, profiles = support.Decisions(channel), support.Events(channel), support.Profiles(channel)
    (folder / "visitors.csv").write_text("id,account,title,age\n" + "".join(f"v{n},acme,CTO,{n + 14}\n" for n in range(1, 9)))
    daemon.ctl("profiles", "import", folder / "visitors.csv", "--kind", "visitor")
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software", "--set", "employees=12")
    daemon.ctl("profiles", "put", "rita", "--kind", "visitor", "--set", "title=CEO", "--set", "email=rita@acme.example")
    daemon.ctl("profiles", "put", "erased", "--kind", "visitor", "--set", "title=Gone")
    daemon.ctl("profiles", "delete", "v8", "--kind", "visitor")
    (folder / "links.csv").write_text("account,network,domain\nacme,192.0.2.0/24,\nacme,,acme.example\n")
    daemon.ctl("accounts", "link", folder / "links.csv")
    for visitor in ("v1", "v2", "cookie", "rita"):
        shown = decision.DecideRequest(visitor_id=visitor, record_exposure=True)
        decisions.Decide(stamped(shown, now="2026-11-28T15:00:00Z"), timeout=CALL_SECONDS)
    happened = [("e1", "v1", "visit", 0), ("e2", "v1", "visit", 0), ("e3", "v1", "buy", 9.5), ("e4", "cookie", "visit", 0),
                ("e5", "erased", "visit", 0), ("e6", "rita", "buy", 20)]
    events.Record(event.RecordRequest(events=[
        stamped(event.Event(id=id, visitor_id=visitor, name=name, value=worth), time=f"2026-11-28T15:{number + 10}:00Z")
        for number, (id, visitor, name, worth) in enumerate(happened)]), timeout=CALL_SECONDS)
    for number, (visitor, granted, denied) in enumerate([
            ("v1", ["personal"], ["ads"]), ("v1", ["ads"], []), ("erased", [], ["personal"]), ("cookie", [], ["ads"])]):
        events.SetConsent(stamped(event.SetConsentRequest(
            visitor_id=visitor, granted=granted, denied=denied, source="banner", text_version="v3"),
            time=f"2026-11-28T15:3{number}:00Z"), timeout=CALL_SECONDS)
    profiles.MergeProfiles(profile.MergeProfilesRequest(alias_id="cookie", id="rita"), timeout=CALL_SECONDS)
    daemon.ctl("profiles", "erase", "erased")


def answers(daemon):
    """What a daemon says of all that, in a form that can be kept."""
    with grpc.insecure_channel(daemon.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)

        def decided(**asked):
            return MessageToDict(decisions.Decide(stamped(decision.DecideRequest(**asked), now=NOW), timeout=CALL_SECONDS))

        def behaviour(**asked):
            try:
                return MessageToDict(events.GetBehaviour(event.GetBehaviourRequest(**asked), timeout=CALL_SECONDS))
            except grpc.RpcError as error:
                return error.details()
        exported = daemon.ctl("events", "export", "--output", "json").stdout.splitlines()
        consents = daemon.ctl("events", "export", "--kind", "consent", "--output", "json").stdout.splitlines()
        return {
            "decisions": {id: decided(visitor_id=id) for id in VISITORS},
            "linked": decided(page=decision.Page(ip="192.0.2.7")),
            "behaviour": {id: behaviour(visitor_id=id) for id in VISITORS},
            "account": behaviour(account_id="acme"),
            "events": sorted(exported), "consents": sorted(consents),
            "profiles": sorted(daemon.ctl("profiles", "export", "--kind", "visitor").stdout.splitlines()),
            "accounts": sorted(daemon.ctl("profiles", "export", "--kind", "account").stdout.splitlines()),
            "revisions": daemon.json("rules", "history"),
            "experiment": daemon.json("experiments", "results", "words")["groups"],
        }


def means(found, kept):
    """Whether an answer says what the kept one says. Long numbers were texts then; what was not known yet may be added."""
    if isinstance(kept, dict):
        return isinstance(found, dict) and all(key in found and means(found[key], value) for key, value in kept.items())
    if isinstance(kept, list):
        return isinstance(found, list) and len(found) == len(kept) and all(map(means, found, kept))
    return found == kept or isinstance(found, int) and isinstance(kept, str) and kept.isdigit() and int(kept) == found


@pytest.fixture
def kept(tmp_path):
    """A copy of the kept folder, and what was answered from it."""
    with tarfile.open(FIXTURES / "data-0.1.0.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data", json.loads((tmp_path / "answers.json").read_text())


def test_W31_a_data_directory_of_an_earlier_version_gives_the_same_answers_and_goes_on(kept, start, tmp_path):
    folder, expected = kept
    waiting = expected.pop("waiting")
    sink = tmp_path / "sink.jsonl"
    daemon = start(rules=None, data_directory=folder, arguments=[*ARGUMENTS, "--sink", f"file:{sink}"])
    found = answers(daemon)
    for key, value in expected.items():
        assert means(found[key], value), (key, found[key], value)
    # What waited for the sink is delivered, in its order and once.
    daemon.wait_until(lambda: sink.exists() and len(sink.read_text().splitlines()) >= waiting,
                      "the records that waited are delivered")
    delivered = [json.loads(line) for line in sink.read_text().splitlines()]
    assert len(delivered) == waiting
    assert len({one["id"] for one in delivered}) == len(delivered)
    assert "erased" not in {one.get("visitorId") for one in delivered}
    assert daemon.json("profiles", "verify")["bad"] in (0, "0", None)
    # And all of it can be written on: a duplicate is known, a rollback finds its push, a choice follows those before.
    with grpc.insecure_channel(daemon.data) as channel:
        events = support.Events(channel)
        again = event.RecordRequest(events=[event.Event(id="e1", visitor_id="v1", name="visit"),
                                            event.Event(id="e9", visitor_id="v1", name="visit")])
        answer = events.Record(again, timeout=CALL_SECONDS)
        assert (answer.recorded, answer.duplicates) == (1, 1)
    daemon.ctl("rules", "rollback", "--author", "eve", "--reason", "back")
    history = daemon.json("rules", "history")["revisions"]
    assert [one["revision"] for one in history] == [
        expected["revisions"]["revisions"][1]["revision"], *[one["revision"] for one in expected["revisions"]["revisions"]]]
    daemon.kill()
    daemon.start()
    assert daemon.json("rules", "history")["revisions"] == history
    with grpc.insecure_channel(daemon.data) as channel:
        found = support.Events(channel).GetBehaviour(event.GetBehaviourRequest(visitor_id="v1"), timeout=CALL_SECONDS)
    assert {one.name: one.count for one in found.events} == {"visit": 3, "buy": 1}


def make(target):
    """Makes the folder with the binaries of `BINARIES`."""
    import tempfile
    import urllib.request
    work = pathlib.Path(tempfile.mkdtemp(prefix="old-", dir="/tmp"))
    with harness.Daemon(rules=None, data_directory=work / "data",
                        arguments=[*ARGUMENTS, "--sink", "http://127.0.0.1:1/"]) as daemon:
        (work / "rules").mkdir()
        fill(daemon, work / "rules")
        daemon.stop()
        daemon.start()
        kept = answers(daemon)
        metrics = urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=10).read().decode()
        waiting = next(line for line in metrics.splitlines() if line.startswith("bespoke_sink_waiting_records"))
        kept["waiting"] = int(float(waiting.split()[-1]))
        daemon.stop()
    (work / "answers.json").write_text(json.dumps(kept, indent=1, sort_keys=True))
    for name in ("addresses.json", "bespoke.sock"):
        (work / "data" / name).unlink(missing_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        for name in ("data", "answers.json"):
            archive.add(work / name, name)
    print(target, pathlib.Path(target).stat().st_size, "bytes;", kept["waiting"], "records wait for a sink")


if __name__ == "__main__":
    make(sys.argv[1] if len(sys.argv) > 1 else FIXTURES / "data-0.1.0.tar.gz")
