"""The second day of a rule set: two people push, arms travel, pushes are taken back, experiments end, attributes are renamed."""
import os
import re
import shutil
import urllib.request

import grpc
import support
from support import CALL_SECONDS, admin, decision, event

RULES = """
attributes:
  visitor:
    {attribute}
    country: {{type: string}}
events: {{order: {{points: 1}}}}
placements: {{slot: {{kind: page, fields: {{text: {{}}}}, default: {{text: {text}}}}}}}
experiments:
{experiments}
"""
HERO = "  hero: {{salt: s, metrics: [order], arms: {{a: {{weight: {a}}}, b: {{weight: {b}}}{more}}}}}\n"
OTHER = "  other: {arms: {x: {weight: 1}, y: {weight: 1}}}\n"
VISITORS = [f"v{number}" for number in range(400)]


def write(folder, a=1, b=1, more="", text="one", attribute="job: {type: string}", hero=True):
    folder.mkdir(exist_ok=True)
    experiments = (HERO.format(a=a, b=b, more=more) if hero else "") + OTHER
    (folder / "rules.yaml").write_text(RULES.format(text=text, attribute=attribute, experiments=experiments))
    return folder


def push(daemon, folder, *arguments, check=True):
    return daemon.ctl("rules", "push", folder, *arguments, check=check)


def arms(daemon, record=False):
    with grpc.insecure_channel(daemon.data) as channel:
        answers = support.Decisions(channel).BatchDecide(decision.BatchDecideRequest(requests=[
            decision.DecideRequest(visitor_id=name, record_exposure=record) for name in VISITORS]),
            timeout=CALL_SECONDS).responses
    return {name: next((one.arm for one in answer.assignments if one.experiment == "hero"), None)
            for name, answer in zip(VISITORS, answers)}


def expose(daemon):
    with grpc.insecure_channel(daemon.data) as channel:
        asked = event.RecordRequest()
        for name, arm in arms(daemon).items():
            asked.exposures.add(visitor_id=name, decision_id=f"d-{name}", experiment="hero", arm=arm)
        support.Events(channel).Record(asked, timeout=CALL_SECONDS)


def test_W54_a_push_from_an_older_copy_is_refused_with_what_came_between(start, tmp_path):
    daemon = start(rules=None)
    first = push(daemon, write(tmp_path / "ada"))
    assert "does not say which revision" in first.stderr
    base = daemon.json("status")["revision"]
    daemon.ctl("rules", "show", "--to", tmp_path / "bob")
    push(daemon, write(tmp_path / "bob", text="two"), "--author", "bob", "--reason", "a new text")
    served = daemon.json("status")["revision"]
    refused = push(daemon, write(tmp_path / "ada", a=3), check=False)
    assert refused.returncode == 1 and "--force" in refused.stderr
    for words in (base, "bob", "a new text", "text: one → two"):
        assert words in refused.stdout, refused.stdout
    assert daemon.json("status")["revision"] == served
    rehearsed = push(daemon, tmp_path / "ada", "--dry-run", check=False)
    assert rehearsed.returncode == 1 and "would be refused" in rehearsed.stderr
    push(daemon, tmp_path / "ada", "--force")
    # From then on the folder is up to date, also after an answer that was lost, and another daemon is another matter.
    push(daemon, write(tmp_path / "ada", a=4))
    last = (tmp_path / "ada" / ".bespoke-revision").read_text()
    (tmp_path / "ada" / ".bespoke-revision").write_text(re.sub("[0-9a-f]{32}", base, last))
    assert "as before" in push(daemon, tmp_path / "ada").stdout
    assert (tmp_path / "ada" / ".bespoke-revision").read_text() == last
    other = start(rules=None)
    assert "does not say which revision" in push(other, tmp_path / "ada").stderr


def test_W54_a_folder_that_was_begun_anew_does_not_take_the_place_of_what_is_served(start, tmp_path):
    daemon = start(rules=None)
    daemon.ctl("rules", "new", tmp_path / "one")
    daemon.ctl("rules", "new", tmp_path / "two")
    push(daemon, tmp_path / "one")
    assert push(daemon, write(tmp_path / "three")).returncode == 0
    refused = push(daemon, tmp_path / "two", check=False)
    assert refused.returncode == 1 and "begun anew" in refused.stdout
    (tmp_path / "two" / ".bespoke-revision").write_text("<<<<<<< mine\n")
    damaged = push(daemon, tmp_path / "two", check=False)
    assert damaged.returncode == 1 and ".bespoke-revision:1:" in damaged.stderr


def test_W13_the_arms_travel_with_the_folder(start, tmp_path):
    daemon = start(rules=None)
    folder = tmp_path / "rules"
    for a, b in ((1, 1), (3, 7), (5, 5), (8, 2)):
        done = push(daemon, write(folder, a, b))
    assert "commit" in done.stderr and (folder / "allocations.txt").exists()
    other = start(rules=None)
    copy = shutil.copytree(folder, tmp_path / "copy")
    push(other, copy)
    assert other.json("status")["revision"] == daemon.json("status")["revision"]
    assert arms(other) == arms(daemon)
    # A fresh daemon that gets a running experiment without its arms says so.
    started = (copy / "rules.yaml").read_text().replace("salt: s,", "salt: s, starts: 2026-01-01T00:00:00Z,")
    (copy / "rules.yaml").write_text(started)
    (copy / "allocations.txt").unlink()
    third = start(rules=None)
    assert "hero runs already, but came without its arms" in push(third, copy).stdout
    # Where the weights alone say the same again, the file goes.
    for a in (1, 3, 1):
        last = push(third, write(copy, a))
    assert "removed allocations.txt" in last.stderr and not (copy / "allocations.txt").exists()


def test_W55_two_rollbacks_go_back_two_and_revert_takes_one_push_out_of_three(start, tmp_path):
    daemon = start(rules=None)
    folder, revisions = tmp_path / "rules", []
    for text, a in (("one", 1), ("two", 1), ("two", 3)):
        push(daemon, write(folder, a, text=text))
        revisions.append(daemon.json("status")["revision"])
    # The second push is taken out; what the third has changed stays.
    daemon.ctl("rules", "revert", revisions[1][:10])
    daemon.ctl("rules", "show", "--to", tmp_path / "now")
    now = (tmp_path / "now" / "rules.yaml").read_text()
    assert "text: one" in now and "weight: 3" in now
    assert daemon.json("rules", "history")["revisions"][0]["reverts"] == revisions[1]
    again = daemon.ctl("rules", "revert", revisions[1], check=False)
    assert again.returncode == 1 and "nothing of" in again.stderr
    daemon.ctl("rules", "rollback")
    assert daemon.json("status")["revision"] == revisions[2]
    daemon.ctl("rules", "rollback")
    assert daemon.json("status")["revision"] == revisions[1]
    daemon.kill()
    daemon.start()
    daemon.ctl("rules", "rollback")
    assert daemon.json("status")["revision"] == revisions[0]
    assert daemon.ctl("rules", "rollback", check=False).returncode == 1
    assert [one["restoredPush"] for one in daemon.json("rules", "history")["revisions"]] == [1, 2, 3] + [0] * 4
    # Both have changed the same line.
    push(daemon, write(folder, text="three"), "--force")
    third = daemon.json("status")["revision"]
    push(daemon, write(folder, text="four"))
    refused = daemon.ctl("rules", "revert", third, check=False)
    assert refused.returncode == 1 and "served now:" in refused.stdout and "same lines" in refused.stderr


def test_W53_what_has_ended_stays_readable(start, tmp_path):
    daemon = start(rules=None)
    folder = write(tmp_path / "rules", more=", c: {weight: 1}")
    push(daemon, folder)
    before = arms(daemon)
    expose(daemon)
    counts = {arm: list(before.values()).count(arm) for arm in "abc"}
    # An arm goes.
    assert f"hero: arm c ends, {counts['c']} units exposed" in push(daemon, write(folder)).stdout
    report = daemon.json("experiments", "results", "hero")["groups"][0]
    assert {one["arm"]: int(one["units"]) for one in report["arms"]} == {arm: counts[arm] for arm in "ab"}
    assert [(one["arm"], int(one["units"])) for one in report["formerArms"]] == [("c", counts["c"])]
    assert "c, which the rules have no longer" in daemon.ctl("experiments", "results", "hero").stdout
    # The experiment ends, and stays readable after a restart.
    served = arms(daemon)
    assert "hero ends, 400 units exposed" in push(daemon, write(folder, hero=False), "--dry-run").stdout
    assert "hero ends, 400 units exposed" in push(daemon, folder).stdout
    daemon.kill()
    daemon.start()
    report = daemon.json("experiments", "results", "hero")
    assert report["endedAt"] and int(report["groups"][0]["arms"][0]["units"]) == counts["a"]
    assert [one["name"] for one in daemon.json("experiments", "list")] == ["other", "hero"]
    assert "ended" in daemon.ctl("experiments", "show", "hero").stdout
    missing = daemon.ctl("experiments", "results", "herp", check=False)
    assert missing.returncode == 1 and "did you mean `hero`" in missing.stderr
    # It comes back with the arms that it had.
    push(daemon, write(folder))
    assert arms(daemon) == served
    assert "endedAt" not in daemon.json("experiments", "results", "hero")


def check(daemon, folder, against):
    return daemon.ctl("rules", "check", folder, "--against", against)


def test_W56_a_renamed_attribute_keeps_its_values_and_a_removed_one_is_named(start, tmp_path):
    daemon = start(rules=None)
    folder = write(tmp_path / "rules")
    push(daemon, folder)
    (tmp_path / "v.csv").write_text("id,job,country\nv1,owner,DE\nv2,,AT\nv3,buyer,FR\n")
    daemon.ctl("profiles", "import", tmp_path / "v.csv", "--kind", "visitor")
    before = shutil.copytree(folder, tmp_path / "before")
    write(folder, attribute="title: {type: string}")
    # A check says it too: against the copy of before, and against what is served.
    assert "profiles lose the value of visitor.job" in check(daemon, folder, before).stdout
    for done in (check(daemon, folder, "served"), push(daemon, folder, "--dry-run"), push(daemon, folder)):
        assert "2 profiles lose the value of visitor.job" in done.stdout
        assert "`rename: {from: job}` on visitor.title" in done.stdout
    assert "profiles lose" not in check(daemon, folder, folder).stdout
    assert "owner" not in daemon.ctl("profiles", "get", "--kind", "visitor", "v1").stdout
    # Also afterwards.
    done = push(daemon, write(folder, attribute="title: {type: string, rename: {from: job}}"))
    assert "visitor.job is visitor.title now, 2 stored values taken along" in done.stdout
    for _ in range(2):
        assert "owner" in daemon.ctl("profiles", "get", "--kind", "visitor", "v1").stdout
        daemon.kill()
        daemon.start()
    # What is written under the new name is not overwritten by a value of the old one.
    (tmp_path / "v.csv").write_text("id,title\nv1,chef\n")
    daemon.ctl("profiles", "import", tmp_path / "v.csv", "--kind", "visitor")
    push(daemon, write(folder, attribute="title: {type: string, rename: {from: job}}", text="two"))
    assert "chef" in daemon.ctl("profiles", "get", "--kind", "visitor", "v1").stdout


def test_W56_values_follow_a_rollback_past_a_renaming_and_forth_again(start, tmp_path):
    daemon = start(rules=None)
    folder = write(tmp_path / "rules")
    push(daemon, folder)
    (tmp_path / "v.csv").write_text("id,job,country\nv1,owner,DE\nv2,,AT\nv3,buyer,FR\n")
    daemon.ctl("profiles", "import", tmp_path / "v.csv", "--kind", "visitor")
    daemon.ctl("rules", "rename", "attribute", "visitor.job", "title", folder)
    push(daemon, folder)
    # A later set need not say any more what it was called.
    push(daemon, write(folder, attribute="title: {type: string}", text="later"))
    daemon.ctl("profiles", "put", "v2", "--kind", "visitor", "--set", "title=chef")

    def profile(visitor):
        return daemon.ctl("profiles", "get", "--kind", "visitor", visitor).stdout

    for back in (("rules", "rollback"), ("rules", "rollback")):
        daemon.ctl(*back)
    for _ in range(2):
        assert all("job" in profile(visitor) and job in profile(visitor)
                   for visitor, job in (("v1", "owner"), ("v2", "chef"), ("v3", "buyer")))
        daemon.kill()
        daemon.start()
    done = push(daemon, write(folder, attribute="title: {type: string, rename: {from: job}}", text="anew"), "--force")
    assert "visitor.job is visitor.title now, 3 stored values taken along" in done.stdout and "lose" not in done.stdout
    assert "chef" in profile("v2") and "owner" in profile("v1")


def test_W59_the_system_says_who_pushed_and_erasures_are_logged_without_the_id(start, tmp_path):
    daemon = start(rules=None)
    push(daemon, write(tmp_path / "rules"), "--author", "CEO")
    pushed = daemon.json("rules", "history")["revisions"][0]
    assert pushed["author"] == "CEO" and f"uid {os.getuid()}" in pushed["peer"]
    daemon.ctl("profiles", "put", "rita@acme.example", "--kind", "visitor", "--set", "country=DE")
    daemon.ctl("profiles", "erase", "rita@acme.example")
    lines = [line for line in daemon.log_text().splitlines() if "erased" in line]
    assert len(lines) == 1 and re.search('"digest":"[0-9a-f]{32}"', lines[0]) and f"uid {os.getuid()}" in lines[0]
    assert "rita" not in daemon.log_text()


def large(folder, text):
    write(folder, text=text)
    segments = "".join(f"  s{number}: \"visitor.country == 'c{number}'\"\n" for number in range(4_000))
    (folder / "more.yaml").write_text("segments:\n" + segments)
    return folder


def open_calls(daemon):
    page = urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS).read().decode()
    return float(re.search(r"^bespoke_open_calls (\S+)$", page, re.M)[1])


def test_D7_a_long_push_is_waited_for_and_one_whose_caller_has_gone_does_nothing(start, tmp_path):
    daemon = start(rules=None)
    folder = large(tmp_path / "rules", "one")
    done = push(daemon, folder, "--timeout", 0.2)
    assert done.returncode == 0
    served = daemon.json("status")["revision"]
    files = [admin.RuleFile(path=path.name, content=path.read_bytes()) for path in large(folder, "two").glob("*.yaml")]
    with grpc.insecure_channel(daemon.admin) as channel:
        stub = support.Admin(channel)
        asked = [admin.PushRulesRequest(files=files, reason=reason) for reason in ("stays", "goes", "last")]
        stays = stub.PushRules.future(asked[0], timeout=CALL_SECONDS)
        daemon.wait_until(lambda: open_calls(daemon) >= 1 or stays.done(), "the first push is there")
        goes = stub.PushRules.future(asked[1], timeout=CALL_SECONDS)
        daemon.wait_until(lambda: open_calls(daemon) >= 2 or stays.done(), "the second waits behind it")
        goes.cancel()
        assert stays.result().previous_revision == served
        # It takes its turn behind the others, so that afterwards they are over.
        stub.PushRules(asked[2], timeout=CALL_SECONDS)
    assert [one["reason"] for one in daemon.json("rules", "history")["revisions"]] == ["last", "stays", ""]
