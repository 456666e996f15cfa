"""Profiles with a time to live: unknown at once when it is over, gone from memory and disk with the next sweep."""
import pathlib
import subprocess
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event, profile

RULES = """
attributes:
  visitor: {title: {type: string}}
  account: {industry: {type: string}}
events: {visit: {points: 1}}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns:
  both: {priority: 2, when: has(visitor.title) && has(account.industry), pages: {hero: {plain: {fields: {text: Both}}}}}
  known: {priority: 1, when: has(visitor.title), pages: {hero: {plain: {fields: {text: Known}}}}}
"""
DAY = 86_400


class Clock:
    """The daemon's wall clock, ahead of ours."""

    def __init__(self, file):
        self.file = file
        self.set(days=0)

    def set(self, days, seconds=0):
        self.file.write_text(str(int(days * DAY + seconds)))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "ahead")


@pytest.fixture
def served(start, tmp_path, clock):
    """A daemon that keeps visitors thirty days and accounts a hundred."""
    shim = tmp_path / "shifted_clock.so"
    source = pathlib.Path(__file__).with_name("shifted_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path / "rules", arguments=["--visitor-ttl-days", "30", "--account-ttl-days", "100"],
                 environment={"LD_PRELOAD": str(shim), "CLOCK_AHEAD": str(clock.file), "BESPOKE_CLOCK_HOLD_HOURS": "0"})


def put(daemon, person, *options):
    return daemon.json("profiles", "put", person, "--kind", "visitor", "--set", "title=Baker", "--account", "acme", *options)


def shown(daemon, person, **others):
    with grpc.insecure_channel(daemon.data) as channel:
        asked = decision.DecideRequest(visitor_id=person, **others)
        return support.placements(support.Decisions(channel).Decide(asked, timeout=CALL_SECONDS))["hero"].campaign


def explained(daemon, person):
    with grpc.insecure_channel(daemon.data) as channel:
        asked = decision.ExplainRequest(request=decision.DecideRequest(visitor_id=person))
        answer = support.Decisions(channel).Explain(asked, timeout=CALL_SECONDS)
        return support.placements(answer.decision)["hero"].campaign


def is_known(daemon, person, kind="visitor"):
    return daemon.ctl("profiles", "get", person, "--kind", kind, check=False).returncode == 0


def metric(daemon, name):
    with urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS) as page:
        return next(float(line.split()[-1]) for line in page.read().decode().splitlines() if line.startswith(name))


def test_a_profile_that_was_not_written_for_so_long_is_unknown_at_once(served, clock):
    served.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    put(served, "old")
    clock.set(days=20)
    put(served, "new")
    assert shown(served, "old") == "both"
    clock.set(days=30, seconds=-60)
    assert shown(served, "old") == "both" and is_known(served, "old")
    clock.set(days=30, seconds=60)
    assert shown(served, "old") == "" and not is_known(served, "old")
    assert shown(served, "new") == "both" and is_known(served, "new")
    assert "old" not in served.ctl("profiles", "export", "--kind", "visitor").stdout
    assert explained(served, "old") == "" and explained(served, "new") == "both"
    # Not swept yet, and still nothing to delete; writing it makes it anew.
    assert metric(served, "bespoke_profiles{kind=\"visitor\"}") == 2
    assert served.json("profiles", "delete", "old", "--kind", "visitor") == {"existed": False}
    assert put(served, "old", "--expected-version", "0") == {"version": 1}
    assert shown(served, "old") == "both"
    # The account lives longer, by its own setting.
    clock.set(days=49)
    assert shown(served, "old") == "both"
    clock.set(days=101)
    put(served, "old")
    assert shown(served, "old") == "known" and not is_known(served, "acme", "account")


def test_each_write_begins_the_time_anew_also_an_import(served, clock, tmp_path):
    put(served, "v")
    (tmp_path / "more.csv").write_text("id,title\nv,Count\n")
    clock.set(days=29)
    served.ctl("profiles", "import", tmp_path / "more.csv", "--kind", "visitor")
    clock.set(days=58)
    assert served.json("profiles", "get", "v", "--kind", "visitor")["version"] == 2
    clock.set(days=59, seconds=60)
    assert not is_known(served, "v")
    # What a value was learnt long ago does not count, only when it was written.
    with grpc.insecure_channel(served.data) as channel:
        past = profile.Feature(value=support.value("Baker"))
        past.observed_at.FromJsonString("2020-01-01T00:00:00Z")
        write = profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id="past", features={"title": past})
        support.Profiles(channel).PutProfile(profile.PutProfileRequest(profile=write), timeout=CALL_SECONDS)
    assert is_known(served, "past")


def test_a_decision_at_another_time_sees_what_is_known_then(served):
    put(served, "v")
    now = support.request(now=None).now
    now.GetCurrentTime()
    assert shown(served, "v", now=now) == "known"
    now.seconds += 31 * DAY
    assert shown(served, "v", now=now) == ""


def test_the_sweep_gives_memory_and_disk_back_and_leaves_everything_else(served, clock):
    for n in range(20):
        put(served, f"old-{n}")
    with grpc.insecure_channel(served.data) as channel:
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id="e1", visitor_id="old-1", name="visit")]), timeout=CALL_SECONDS)
    clock.set(days=25)
    put(served, "new")
    clock.set(days=31)
    served.kill()
    # The sweep comes with the start, and then every hour.
    served.start()
    served.wait_until(lambda: metric(served, "bespoke_profiles_expired_total{kind=\"visitor\"}") == 20, "it has swept")
    assert served.json("status")["visitors"] == 1
    assert {row["kind"]: row["rows"] for row in served.json("profiles", "verify")["rows"]}["visitors"] == 1
    assert is_known(served, "new") and not is_known(served, "old-1")
    # Behaviour stays: what was counted is counted.
    assert served.json("profiles", "show", "old-1")["behaviour"]["events"][0]["count"] == 1
    # With the clock set back nothing returns, on disk neither.
    clock.set(days=0)
    served.kill()
    served.start()
    assert served.json("status")["visitors"] == 1


def test_without_the_setting_nothing_expires(served, clock):
    put(served, "v")
    served.kill()
    served.arguments = []
    clock.set(days=36_500)
    served.start()
    assert is_known(served, "v") and shown(served, "v") == "known"


def test_settings_out_of_range_are_refused(start):
    for flag in ("--visitor-ttl-days", "--account-ttl-days"):
        for text in ("-1", "1.5", "forever", "36501"):
            with pytest.raises(support.harness.Failure, match="0 to 36500"):
                start(arguments=[f"{flag}={text}"])
