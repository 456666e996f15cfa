"""R64 and time: how long a sticky arm binds, arms that go away, and clocks that jump."""
import pathlib
import subprocess

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event

RULES = """
events: {signup: {points: 1}}
placements: {strip: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns:
  steady:
    caps: [{per: visitor, shows: 3, within: 1d}]
    pages: {strip: {plain: {fields: {text: Plain}}}}
experiments:
  words:
    placement: strip
    sticky: true
    arms: {short: {weight: 1, fields: {text: Short}}, long: {weight: 1, fields: {text: Long}}}
    metrics: [signup]
"""
DAY = 86_400


@pytest.fixture
def served(start, tmp_path):
    shim = tmp_path / "shifted_clock.so"
    source = pathlib.Path(__file__).with_name("shifted_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    (tmp_path / "ahead").write_text("0")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path / "rules", arguments=["--event-retention-days", "30"],
                 environment={"LD_PRELOAD": str(shim), "CLOCK_AHEAD": str(tmp_path / "ahead"),
                              "BESPOKE_CLOCK_HOLD_HOURS": "0"})


def decide(daemon, visitor, **asked):
    with grpc.insecure_channel(daemon.data) as channel:
        return support.placements(support.Decisions(channel).Decide(
            decision.DecideRequest(visitor_id=visitor, **asked), timeout=CALL_SECONDS))["strip"]


def push(daemon, tmp_path, old, new):
    assert old in RULES
    (tmp_path / "rules" / "rules.yaml").write_text(RULES.replace(old, new))
    daemon.ctl("rules", "push", tmp_path / "rules")


def signup(daemon, visitor, number):
    with grpc.insecure_channel(daemon.data) as channel:
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id=f"s{number}", visitor_id=visitor, name="signup")]), timeout=CALL_SECONDS)


def units(daemon):
    arms = daemon.json("experiments", "results", "words")["groups"][0]["arms"]
    return {arm["arm"]: int(arm["units"]) for arm in arms}


def test_R64_a_sticky_arm_binds_as_long_as_events_are_retained(served, tmp_path):
    before = {f"u{n}": decide(served, f"u{n}", record_exposure=True).arm for n in range(30)}
    (tmp_path / "ahead").write_text(str(29 * DAY))
    decide(served, "late", record_exposure=True)
    push(served, tmp_path, "short: {weight: 1", "short: {weight: 1000000")
    served.kill()
    served.start()
    assert {unit: decide(served, unit).arm for unit in before} == before and sum(units(served).values()) == 31
    # The sweep comes with the start, and then every hour.
    (tmp_path / "ahead").write_text(str(30 * DAY + 60))
    served.kill()
    served.start()
    served.wait_until(lambda: "old arms forgotten" in served.log_text(), "it has swept")
    assert {decide(served, unit).arm for unit in before} == {"short"}
    assert sum(units(served).values()) == 1
    assert not served.json("profiles", "show", "u1")["behaviour"].get("trials")


def test_units_of_an_arm_that_goes_get_one_that_stays_and_nobody_else_moves(served, tmp_path):
    before = {f"u{n}": decide(served, f"u{n}", record_exposure=True).arm for n in range(40)}
    assert set(before.values()) == {"short", "long"}
    push(served, tmp_path, "long: {weight: 1, fields: {text: Long}}", "other: {weight: 1, fields: {text: Other}}")
    after = {unit: decide(served, unit).arm for unit in before}
    assert {after[unit] for unit, arm in before.items() if arm == "short"} == {"short"}
    assert {after[unit] for unit, arm in before.items() if arm == "long"} <= {"short", "other"}
    # Their first exposure stays what it was: they count for no arm that they saw later.
    assert units(served) == {"short": list(before.values()).count("short"), "other": 0}


def test_outcomes_of_units_that_saw_no_arm_or_none_yet_count_for_none(served):
    for n in range(5):
        signup(served, f"stranger{n}", n)
    signup(served, "early", 100)
    decide(served, "early", record_exposure=True)
    arms = served.json("experiments", "results", "words")["groups"][0]["arms"]
    assert sum(int(arm["units"]) for arm in arms) == 1
    assert sum(float(arm["outcomes"]) for arm in arms) == 0


def test_a_clock_that_jumps_back_moves_no_arm_and_opens_no_cap(served, tmp_path):
    arms = {f"u{n}": decide(served, f"u{n}").arm for n in range(20)}
    for _ in range(3):
        assert decide(served, "u0", record_exposure=True).campaign == "steady"
    assert decide(served, "u0").campaign == ""
    (tmp_path / "ahead").write_text(str(-2 * DAY))
    assert {unit: decide(served, unit).arm for unit in arms} == arms
    # What was shown in the future counts as shown just now.
    assert decide(served, "u0").campaign == ""
    # What happens now is recorded, and counts for an exposure of that future as what came before it.
    signup(served, "u0", 1)
    shown = served.json("profiles", "show", "u0")["behaviour"]
    assert shown["events"][0]["count"] == 1
    assert shown["trials"][0]["outcomes"][0] == {"metric": "signup", "count": 0, "value": 0, "countBefore": 1}
    served.kill()
    served.start()
    assert {unit: decide(served, unit).arm for unit in arms} == arms and decide(served, "u0").campaign == ""
