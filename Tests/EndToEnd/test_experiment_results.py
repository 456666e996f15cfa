"""From push to result: exposures and outcomes of real requests, analysed by bespokectl, held to scipy and to counting."""
import csv
import io
import json
import random
import time
import xml.etree.ElementTree

import grpc
import pytest
import scipy.stats
import support
from support import CALL_SECONDS, decision, event, placements

RULES = """
attributes:
  visitor: {country: {type: string}}
events:
  signup: {points: 1}
placements:
  hero: {kind: page, fields: {button: {type: text}}, default: {button: Go}}
layers:
  page: {unit: visitor}
experiments:
  hero_button:
    layer: page
    slots: [0, 500000]
    placement: hero
    arms: {control: {weight: 1}, start_free: {weight: 1, fields: {button: Start free}}}
    metrics: [signup]
  other_button:
    layer: page
    slots: [500000, 1000000]
    placement: hero
    arms: {control: {weight: 1}, later: {weight: 3, fields: {button: Later}}}
    metrics: [signup]
  countries:
    when: visitor.country == "DE"
    arms: {a: {weight: 1}, b: {weight: 1}}
    metrics: [signup]
"""
UNITS = 4_000
RATES = {"control": 0.10, "start_free": 0.25}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A daemon whose visitors saw the page, signed up by arm, and what truly happened."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.yaml").write_text(RULES)
    with support.harness.Daemon(rules=folder) as daemon, grpc.insecure_channel(daemon.data) as channel:
        events, decisions = support.Events(channel), support.Decisions(channel)
        chance, truth = random.Random(5), {}
        for first in range(0, UNITS, 500):
            names = [f"u{number}" for number in range(first, first + 500)]
            answers = decisions.BatchDecide(decision.BatchDecideRequest(
                requests=[decision.DecideRequest(visitor_id=name) for name in names]), timeout=CALL_SECONDS).responses
            asked = event.RecordRequest()
            for name, answer in zip(names, answers):
                hero = placements(answer)["hero"]
                asked.exposures.add(visitor_id=name, decision_id=answer.decision_id, placement="hero",
                                    experiment=hero.experiment, arm=hero.arm, revision=answer.revision, propensity=0.5)
                if hero.experiment != "hero_button":
                    continue
                before, after = chance.random() < 0.3, chance.random() < RATES[hero.arm]
                truth[name] = (hero.arm, int(after))
                if after:
                    asked.events.add(visitor_id=name, id="signup", name="signup", value=20)
                if before:
                    early = asked.events.add(visitor_id=name, id="early", name="signup", value=5)
                    early.time.FromSeconds(answer.decided_at.seconds - 3_600)
            for _ in range(2):
                events.Record(event.RecordRequest(exposures=asked.exposures), timeout=CALL_SECONDS)
            for start in range(0, len(asked.events), 500):
                events.Record(event.RecordRequest(events=asked.events[start:start + 500]), timeout=CALL_SECONDS)
        yield daemon, truth


def counted(truth):
    return {arm: (sum(1 for other, _ in truth.values() if other == arm),
                  sum(value for other, value in truth.values() if other == arm)) for arm in RATES}


def test_R66_the_counts_are_those_that_happened(run):
    daemon, truth = run
    arms = {arm["arm"]: arm for arm in daemon.json("experiments", "results", "hero_button")["groups"][0]["arms"]}
    assert {name: (int(arm["units"]), arm["outcomes"]) for name, arm in arms.items()} == counted(truth)
    assert arms["control"]["control"] is True


def test_R67_the_sample_ratio_and_the_p_value_are_those_of_scipy(run):
    daemon, truth = run
    group = daemon.json("experiments", "results", "hero_button")["groups"][0]
    (control, control_done), (free, free_done) = counted(truth)["control"], counted(truth)["start_free"]
    assert group["sampleRatio"]["pValue"] == pytest.approx(scipy.stats.chisquare([control, free]).pvalue, rel=1e-9)
    arm = group["arms"][1]
    # Welch's difference of two means, from the values themselves.
    values = {name: [1] * done + [0] * (units - done) for name, (units, done) in counted(truth).items()}
    welch = scipy.stats.ttest_ind(values["start_free"], values["control"], equal_var=False)
    assert arm["pValueFixedHorizon"] == pytest.approx(welch.pvalue, rel=0.05, abs=1e-12)
    assert arm["difference"]["lowAtAnyTime"] < free_done / free - control_done / control < arm["difference"]["highAtAnyTime"]


def test_the_words_say_who_wins(run):
    daemon, _ = run
    text = daemon.ctl("experiments", "results", "hero_button").stdout
    assert "start_free wins: +" in text and "signup; 95% at any time, against control" in text
    assert "control (control)" in text and "units per arm and weights: p = " in text


def test_values_and_cuped_and_guardrails_are_asked_for_by_flag(run):
    daemon, truth = run
    value = daemon.json("experiments", "results", "hero_button", "--kind", "value")["groups"][0]["arms"]
    assert value[0]["outcomes"] == 20 * counted(truth)["control"][1]
    cuped = daemon.json("experiments", "results", "hero_button", "--cuped")["groups"][0]["arms"]
    plain = daemon.json("experiments", "results", "hero_button")["groups"][0]["arms"]
    assert cuped[1]["difference"]["standardError"] <= plain[1]["difference"]["standardError"]
    guard = daemon.json("experiments", "results", "hero_button", "--guardrail", "0.02")["groups"][0]["arms"]
    assert guard[1]["guardrail"] == "kept"
    text = daemon.ctl("experiments", "results", "hero_button", "--guardrail", "0.02").stdout
    assert "guardrail kept: +" in text and "wins" not in text


def test_groups_csv_and_svg(run, tmp_path):
    daemon, truth = run
    for number in range(30):
        daemon.ctl("profiles", "put", f"u{number}", "--kind", "visitor", "--set", f"country={'DE' if number % 2 else 'FR'}")
    done = daemon.ctl("experiments", "results", "hero_button", "--by", "country", "--format", "csv",
                      "--svg", tmp_path / "plot.svg")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["group"] for row in rows} == {"", "DE", "FR"}
    assert sum(int(row["units"]) for row in rows) == len(truth)
    assert xml.etree.ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")


@pytest.mark.parametrize("arguments, said", [
    (["hero_buton"], "did you mean `hero_button`"), (["hero_button", "--metric", "orders"], "there is no such"),
    (["hero_button", "--by", "contry"], "did you mean `country`"), (["hero_button", "--control", "free"], "free")])
def test_names_that_do_not_exist_are_refused_with_a_suggestion(run, arguments, said):
    done = run[0].ctl("experiments", "results", *arguments, check=False)
    assert done.returncode == 1 and said in done.stderr


def test_list_and_show_name_arms_and_metrics(run):
    daemon, _ = run
    assert [item["name"] for item in daemon.json("experiments", "list")] == ["hero_button", "other_button", "countries"]
    text = daemon.ctl("experiments", "show", "other_button").stdout
    assert "later, 75% of units" in text and "500000 to 1000000" in text


def test_R61_simulated_units_are_balanced_and_in_one_experiment_of_a_layer_only(run):
    daemon, _ = run
    report = daemon.json("experiments", "simulate", "other_button", "--units", "100000")
    assert report["sharedUnits"] == 0 and int(report["checks"]) == 100 and int(report["alarms"]) <= 2
    taking = sum(int(arm["units"]) for arm in report["arms"])
    assert scipy.stats.binomtest(taking, 100_000, 0.5).pvalue > 1e-6
    assert report["pValue"] > 1e-6
    eligible = daemon.json("experiments", "simulate", "countries", "--units", "1000", "--set", "visitor.country=DE")
    assert sum(int(arm["units"]) for arm in eligible["arms"]) == 1_000


def test_json_is_json(run):
    assert json.loads(run[0].ctl("experiments", "results", "hero_button", "--format", "json").stdout)["metric"] == "signup"


def test_R63_diff_says_before_the_push_what_the_push_will_move(start, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, weight in ((old, 1), (new, 3)):
        folder.mkdir()
        (folder / "rules.yaml").write_text(RULES.replace("start_free: {weight: 1", f"start_free: {{weight: {weight}"))
    daemon = start(rules=old)
    between = json.loads(support.harness.ctl("rules", "diff", old, new, "--output", "json").stdout)
    against_served = daemon.json("rules", "diff", new)
    pushed = daemon.json("rules", "push", new)
    # From one half to three quarters, a quarter of the units moves, and nobody else.
    for answer in (between, against_served):
        change = next(item for item in answer["changes"] if item["name"] == "hero_button")
        assert change["movedShare"] == pytest.approx(0.25, abs=1e-6)
        assert change["movedShare"] == pushed["moves"][0]["share"]
    assert daemon.json("rules", "diff", new)["changes"] == []


def test_W50_an_arm_that_is_added_raises_no_alarm_and_is_compared_with_its_time(start, tmp_path):
    rules = """
events: {signup: {points: 1}}
placements:
  hero: {kind: page, fields: {button: {type: text}}, default: {button: Go}}
experiments:
  button:
    placement: hero
    arms:
      control: {weight: 1}
      start_free: {weight: 1, fields: {button: Start free}}
    metrics: [signup]
"""
    (tmp_path / "rules.yaml").write_text(rules)
    daemon = start(rules=tmp_path)
    with grpc.insecure_channel(daemon.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)

        def see(numbers):
            """The rate falls with time: who comes later signs up less often, whatever they see."""
            for number in numbers:
                decisions.Decide(decision.DecideRequest(visitor_id=f"w{number}", record_exposure=True), timeout=CALL_SECONDS)
                if number % 10 < (5 if number < 500 else 1):
                    events.Record(event.RecordRequest(events=[event.Event(
                        visitor_id=f"w{number}", id="signup", name="signup")]), timeout=CALL_SECONDS)

        see(range(500))
        (tmp_path / "rules.yaml").write_text(rules.replace(
            "    metrics", "      book: {weight: 1, fields: {button: Book}}\n    metrics"))
        daemon.ctl("rules", "push", tmp_path)
        just_pushed = daemon.json("experiments", "results", "button")
        see(range(500, 1_100))
    assert not just_pushed["groups"][0]["sampleRatio"]["alarm"] and "countedSince" not in just_pushed
    result = daemon.json("experiments", "results", "button")
    group = result["groups"][0]
    assert not group["sampleRatio"]["alarm"] and not group["weighted"]
    # The first 500, and the few until the new arm had its first unit, are left out: nobody of them could get it.
    counted = sum(int(arm["units"]) for arm in group["arms"])
    assert 500 <= int(result["unitsBefore"]) <= 540 and counted + int(result["unitsBefore"]) == 1_100
    assert group["verdict"] == "no_difference_yet"
    assert "an arm was added" in daemon.ctl("experiments", "results", "button").stdout
    rows = list(csv.DictReader(io.StringIO(
        daemon.ctl("experiments", "results", "button", "--format", "csv").stdout)))
    assert {(row["verdict"], row["sample_ratio_alarm"]) for row in rows} == {("no_difference_yet", "false")}


def test_R68_a_bandit_publishes_the_weights_that_its_arms_have_earned(start, tmp_path):
    (tmp_path / "rules.yaml").write_text("""
events: {signup: {points: 1}}
placements:
  hero: {kind: page, fields: {button: {type: text}}, default: {button: Go}}
experiments:
  button:
    placement: hero
    allocation: thompson
    floor: 0.1
    every: 10s
    arms: {control: {weight: 1}, start_free: {weight: 1, fields: {button: Start free}}}
    metrics: [signup]
""")
    daemon = start(rules=tmp_path)
    before = daemon.json("rules", "show")["revision"]
    with grpc.insecure_channel(daemon.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)

        def see(first, last):
            """Every visitor sees the page; the new button brings three times as many sign-ups."""
            shares = {}
            for number in range(first, last):
                answer = decisions.Decide(
                    decision.DecideRequest(visitor_id=f"b{number}", record_exposure=True), timeout=CALL_SECONDS)
                given = answer.assignments[0]
                shares.setdefault((given.arm, round(given.propensity, 3)), []).append(number)
                if number % 10 < (6 if given.arm == "start_free" else 2):
                    events.Record(event.RecordRequest(events=[event.Event(
                        visitor_id=f"b{number}", id="signup", name="signup")]), timeout=CALL_SECONDS)
            return shares

        assert {share for _, share in see(0, 1_000)} == {0.5}
        deadline = time.monotonic() + CALL_SECONDS
        while daemon.json("rules", "show")["revision"] == before:
            assert time.monotonic() < deadline, "the bandit has published nothing"
            time.sleep(0.5)
        after = see(1_000, 2_000)
    assert {arm: share for arm, share in after} == {"control": 0.1, "start_free": 0.9}
    shown = daemon.json("rules", "show")
    assert shown["author"] == "bespoked" and "start_free 90%" in shown["reason"]
    assert "start_free, 90% of units" in daemon.ctl("experiments", "show", "button").stdout
    result = daemon.json("experiments", "results", "button")
    assert not result["groups"][0]["sampleRatio"]["alarm"]
    # S3: its intervals would not hold.
    assert result["groups"][0]["verdict"] == "steered" and "difference" not in result["groups"][0]["arms"][1]
    assert [int(arm["units"]) > 300 for arm in result["groups"][0]["arms"]] == [True, True]
    # What it has learnt survives a restart and a push of the same folder.
    daemon.ctl("rules", "push", tmp_path)
    assert "start_free, 90% of units" in daemon.ctl("experiments", "show", "button").stdout
