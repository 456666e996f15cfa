"""What doctor and check find, and what a clock that has jumped does not delete."""
import json
import pathlib
import subprocess
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, event, harness

RULES = """
attributes: {visitor: {title: {type: string}}}
policies: {consent: {ads: {covers: [], default: denied}}}
events: {visit: {points: 1}}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
"""
DAY = 86_400


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return tmp_path / "rules"


@pytest.fixture
def shifted(tmp_path, start, rules):
    """A daemon that keeps visitors thirty days, whose clock is ahead as a file says."""
    shim = tmp_path / "shifted_clock.so"
    source = pathlib.Path(__file__).with_name("shifted_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    ahead = tmp_path / "ahead"
    ahead.write_text("0")
    daemon = start(rules=rules, arguments=["--visitor-ttl-days", "30"],
                   environment={"LD_PRELOAD": str(shim), "CLOCK_AHEAD": str(ahead)})
    return daemon, lambda seconds: ahead.write_text(str(seconds))


def doctor(daemon, *arguments):
    done = daemon.ctl("--output", "json", "doctor", *arguments, check=False)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0)
    return {finding["text"].partition(":")[0]: finding for finding in report["findings"]}


def test_doctor_finds_nothing_wrong_with_a_daemon_that_is_well(start, rules):
    daemon = start(rules=rules)
    found = doctor(daemon, rules)
    wrong = [finding for finding in found.values() if finding["problem"]]
    assert not wrong, wrong
    assert {"ready", "journal", "disk", "file descriptors", "memory", "clock", "rules", "versions"} <= set(found)


def test_doctor_names_what_is_wrong_and_what_to_do(start, rules):
    daemon = start(rules=rules, arguments=["--sink", "http://127.0.0.1:9/none"])
    (rules / "rules.yaml").write_text(RULES + "\nlists: {}\n")
    with grpc.insecure_channel(daemon.data) as channel:
        asked = event.RecordRequest(events=[event.Event(visitor_id="v", name="visit", id="1")])
        support.Events(channel).Record(asked, timeout=CALL_SECONDS)
    daemon.wait_until(lambda: doctor(daemon)["sink"]["problem"], "the sink is named")
    found = doctor(daemon, rules)
    assert "attempts have failed" in found["sink"]["text"]
    assert found["rules"]["problem"] and "push it" in found["rules"]["text"]
    text = daemon.ctl("doctor", rules, check=False)
    assert text.returncode == 1 and "problem  rules: " in text.stdout


def test_check_says_the_same_as_json(tmp_path):
    done = subprocess.run([harness.binary("bespoked"), "check", "--output", "json", "--data-directory", tmp_path / "none"],
                          capture_output=True, text=True, timeout=60)
    report = json.loads(done.stdout)
    assert done.returncode == 1 and not report["ok"]
    assert any(finding["problem"] and "A start makes an empty one" in finding["text"] for finding in report["findings"])


def stored(daemon):
    with urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS) as page:
        lines = page.read().decode().splitlines()
    return next(int(float(line.split()[-1])) for line in lines if line.startswith('bespoke_profiles{kind="visitor"}'))


def test_a_clock_that_is_ahead_for_one_start_deletes_nothing(shifted):
    daemon, ahead = shifted
    daemon.ctl("profiles", "put", "old", "--kind", "visitor", "--set", "title=Baker")
    assert daemon.stop() == 0
    ahead(60 * DAY)
    daemon.start()
    # Unknown by this clock, but there.
    assert daemon.ctl("profiles", "get", "old", "--kind", "visitor", check=False).returncode == 1
    found = doctor(daemon)["clock"]
    assert found["problem"] and "the clock is 60 days ahead" in found["text"], found
    assert stored(daemon) == 1 and "60 days ahead" in daemon.log_text()
    assert daemon.stop() == 0
    ahead(0)
    daemon.start()
    assert daemon.json("profiles", "get", "old", "--kind", "visitor")["version"] == 1
    assert not doctor(daemon)["clock"]["problem"]


def test_a_clock_that_jumps_while_it_serves_is_told_and_believed_once_it_is_back(shifted):
    daemon, ahead = shifted
    assert not doctor(daemon)["clock"]["problem"]
    ahead(3_600)
    daemon.wait_until(lambda: doctor(daemon)["clock"]["problem"], "the jump is named")
    ahead(0)
    daemon.wait_until(lambda: not doctor(daemon)["clock"]["problem"], "the clock is believed again")


def test_a_denial_behind_a_choice_that_was_made_by_a_clock_ahead_holds(shifted):
    daemon, ahead = shifted
    with grpc.insecure_channel(daemon.data) as channel:
        events = support.Events(channel)
        ahead(60 * DAY)
        events.SetConsent(event.SetConsentRequest(visitor_id="v", granted=["ads"]), timeout=CALL_SECONDS)
        ahead(0)
        events.SetConsent(event.SetConsentRequest(visitor_id="v", denied=["ads"]), timeout=CALL_SECONDS)
        kept = events.GetBehaviour(event.GetBehaviourRequest(visitor_id="v"), timeout=CALL_SECONDS)
    assert [(choice.purpose, choice.granted) for choice in kept.consents] == [("ads", False)]
