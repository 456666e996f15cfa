"""Experiments on the real daemon: arms, what moves with a push, routes, and the files that build servers read."""
import json
import math
import xml.etree.ElementTree

import pytest
import scipy.stats
import support
from support import CALL_SECONDS, decision

RULES = """
placements:
  hero: {kind: page, fields: {button: {type: text}}, default: {button: Book a demo}}
layers:
  landing: {unit: visitor}
experiments:
  hero_button:
    layer: landing
    placement: hero
    arms:
      control: {weight: CONTROL}
      start_free: {weight: START, fields: {button: Start free}}
routes:
  demo_request:
    - {to: team, schedule: {timezone: Europe/Kyiv, days: [mon, tue, wed, thu, fri], hours: "09:00-18:00"}}
    - {to: callback_form}
tests:
  - {name: on a Friday, now: 2026-11-20T10:00:00Z, expect: {routes: {demo_request: team}}}
"""
VISITORS = [f"visitor-{number}" for number in range(2_000)]


@pytest.fixture
def rules(tmp_path):
    """Writes the rule set with two weights; gives its folder."""
    def write(control, start):
        folder = tmp_path / "rules"
        folder.mkdir(exist_ok=True)
        (folder / "rules.yaml").write_text(RULES.replace("CONTROL", str(control)).replace("START", str(start)))
        return folder
    return write


def arms(daemon):
    with support.grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        found = {}
        for visitor in VISITORS:
            answer = decisions.Decide(decision.DecideRequest(visitor_id=visitor), timeout=CALL_SECONDS)
            hero = answer.placements[0]
            found[visitor] = hero.arm
            assert hero.experiment == "hero_button"
            assert hero.fields["button"] == ("Start free" if hero.arm == "start_free" else "Book a demo")
            assert [(item.experiment, item.arm) for item in answer.assignments] == [("hero_button", hero.arm)]
        return found


def test_R60_R63_arms_stay_through_restarts_and_move_only_as_the_push_says(start, rules, tmp_path):
    daemon = start(rules=rules(1, 1))
    before = arms(daemon)
    share = sum(arm == "control" for arm in before.values()) / len(before)
    assert abs(share - 0.5) < 5 * math.sqrt(0.25 / len(before))
    assert daemon.stop() == 0
    daemon.start()
    assert arms(daemon) == before
    said = daemon.ctl("rules", "push", rules(6, 4)).stdout
    assert "hero_button: 10% of units get another arm" in said
    after = arms(daemon)
    moved = {visitor for visitor in VISITORS if before[visitor] != after[visitor]}
    assert all(before[visitor] == "start_free" for visitor in moved)
    assert abs(len(moved) / len(before) - 0.1) < 5 * math.sqrt(0.09 / len(before))
    # Another daemon with the same files has the same revision and the same arms.
    copy = tmp_path / "copy"
    daemon.ctl("rules", "show", "--to", copy)
    assert (copy / "allocations.txt").exists()
    other = start(rules=copy)
    assert other.json("status")["revision"] == daemon.json("status")["revision"]
    assert arms(other) == after
    # The first rules again: everybody has the first arm again.
    daemon.ctl("rules", "push", rules(1, 1))
    assert arms(daemon) == before


def test_R55_a_lead_goes_to_who_is_there(start, rules):
    daemon = start(rules=rules(1, 1))
    answer = daemon.json("decide", "--route", "demo_request", "--now", "2026-11-20T10:00:00Z")
    assert answer["routes"] == {"demo_request": "team"}
    assert "callback_form" in daemon.ctl("decide", "--route", "demo_request", "--now", "2026-11-21T10:00:00Z").stdout
    failed = daemon.ctl("decide", "--route", "demo_reqest", check=False)
    assert failed.returncode == 1 and "demo_request" in failed.stderr


def test_a_build_server_reads_what_was_found(rules, tmp_path):
    folder = rules(1, 1)
    sarif = support.harness.ctl("rules", "check", folder, "--sarif", "-")
    log = json.loads(sarif.stdout)
    assert log["version"] == "2.1.0" and log["runs"][0]["tool"]["driver"]["name"] == "bespokectl"
    report = tmp_path / "junit.xml"
    assert support.harness.ctl("rules", "test", folder, "--junit", report).returncode == 0
    suites = xml.etree.ElementTree.parse(report).getroot()
    assert suites.get("tests") == "1" and suites.get("failures") == "0"
    assert suites.find(".//testcase").get("name") == "on a Friday"
    text = (folder / "rules.yaml").read_text().replace("demo_request: team}", 'demo_request: "<x>"}')
    (folder / "rules.yaml").write_text(text)
    assert support.harness.ctl("rules", "test", folder, "--junit", report, check=False).returncode == 1
    failure = xml.etree.ElementTree.parse(report).getroot().find(".//failure")
    assert failure.get("message") == "routes.demo_request: expected <x>, got team"


def test_a_plan_needs_the_units_that_the_textbook_says():
    plan = json.loads(support.harness.ctl("experiments", "plan", "--baseline", "0.04", "--lift", "0.1", "--per-day", "5000",
                                          "--output", "json").stdout)
    # Source: J. L. Fleiss, Statistical Methods for Rates and Proportions, without its continuity correction.
    p, q = 0.04, 0.044
    z = scipy.stats.norm.ppf
    mean = (p + q) / 2
    pooled = (z(0.975) * math.sqrt(2 * mean * (1 - mean)) + z(0.8) * math.sqrt(p * (1 - p) + q * (1 - q))) ** 2 / (q - p) ** 2
    assert abs(int(plan["unitsPerArm"]) / pooled - 1) < 0.01
    assert int(plan["days"]) == math.ceil(2 * int(plan["unitsPerArm"]) / 5000)
    assert int(plan["unitsPerArmAtAnyTime"]) > int(plan["unitsPerArm"])
