"""Every command of bespokectl: what it does, its exit codes, its JSON."""
import json
import shutil
import subprocess

import pytest
from support import NOW, ROOT, harness

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
NOWHERE = "unix:/nowhere/bespoke.sock"


def placement(answer, name):
    return next(item for item in answer["placements"] if item["placement"] == name)


def write(path, text):
    path.write_text(text)
    return path


# --- Usage and reach -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments", [["divine"], ["decide", "--nonsense"], ["rules"], ["profiles", "import"],
                                       ["decide", "--set", "visitor.title"], ["decide", "--now", "yesterday"],
                                       ["status", "--output", "xml"], ["profiles", "get", "x", "--kind", "robot"]])
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(daemon, arguments):
    done = daemon.ctl(*arguments, check=False)
    assert done.returncode == USAGE and done.stderr and not done.stdout.startswith("{"), done


@pytest.mark.parametrize("address", [NOWHERE, "127.0.0.1:1"])
@pytest.mark.parametrize("arguments", [["status"], ["stats"], ["decide"], ["rules", "show"],
                                       ["rules", "push", str(harness.RULES)], ["profiles", "get", "x", "--kind", "visitor"]])
def test_a_daemon_out_of_reach_ends_with_3_and_names_the_address(arguments, address):
    done = harness.ctl(*arguments, address=address, check=False)
    assert done.returncode == UNREACHABLE, done
    assert address.removeprefix("unix:") in done.stderr


def test_the_address_may_come_from_the_environment(daemon):
    done = subprocess.run([harness.binary("bespokectl"), "status"], env={"BESPOKE_ADDRESS": daemon.admin},
                          capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
    assert done.returncode == DONE, done


def test_help_and_version_end_with_0():
    assert "decide" in harness.ctl("--help").stdout
    assert harness.ctl("--version").stdout.strip()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_scripts_that_their_shell_reads(shell, tmp_path):
    script = harness.ctl("completions", shell).stdout
    assert "bespokectl" in script and "decide" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", write(tmp_path / "script", script)], check=True)
    assert harness.ctl("completions", "tcl", check=False).returncode == USAGE


# --- Rules -----------------------------------------------------------------------------------------------------------

def test_check_accepts_the_shipped_rules_without_a_daemon():
    done = harness.ctl("--output", "json", "rules", "check", harness.RULES)
    answer = json.loads(done.stdout)
    assert answer["accepted"] is True and len(answer["revision"]) == 32


def test_check_lists_every_error_with_its_place_and_the_line(tmp_path):
    write(tmp_path / "rules.yaml", "attributes: {visitor: {age: {type: int}}}\n"
          "segments:\n  young: visitor.agee < 30\n  old: visitor.age > 'x'\n")
    done = harness.ctl("rules", "check", tmp_path, check=False)
    text = done.stdout + done.stderr
    assert done.returncode == REFUSED
    assert "rules.yaml:3:" in text and "visitor.age" in text and "rules.yaml:4:" in text
    assert "young: visitor.agee < 30" in text
    assert "\x1b[" not in text, "colours are for terminals only"
    answer = json.loads(harness.ctl("--output", "json", "rules", "check", tmp_path, check=False).stdout)
    assert answer["accepted"] is False
    assert {item["line"] for item in answer["diagnostics"]} >= {3, 4}


def test_check_of_a_folder_that_is_not_there_is_refused(tmp_path):
    done = harness.ctl("rules", "check", tmp_path / "nowhere", check=False)
    assert done.returncode == REFUSED and "nowhere" in done.stderr


def test_the_tests_of_the_shipped_rules_pass_and_a_wrong_one_is_shown(tmp_path):
    assert harness.ctl("rules", "test", harness.RULES).returncode == DONE
    folder = shutil.copytree(harness.RULES, tmp_path / "rules")
    tests = folder / "tests.yaml"
    tests.write_text(tests.read_text().replace("{icp: startup_sam,", "{icp: office_olive,"))
    done = harness.ctl("rules", "test", folder, check=False)
    text = done.stdout + done.stderr
    assert done.returncode == REFUSED
    for words in ["Startup Sam gets a guide", "office_olive", "startup_sam", "tests.yaml:"]:
        assert words in text


def test_push_show_and_push_again(start, tmp_path):
    started = start(rules=None)
    pushed = started.json("rules", "push", harness.RULES, "--author", "ada", "--reason", "first")
    assert pushed["accepted"] is True
    started.ctl("rules", "show", "--to", tmp_path / "copy")
    for path in sorted(harness.RULES.rglob("*")):
        # What a folder was made from is its own.
        if path.is_file() and path.name != ".bespoke-revision":
            assert (tmp_path / "copy" / path.relative_to(harness.RULES)).read_bytes() == path.read_bytes()
    shown = started.json("rules", "show")
    assert (shown["revision"], shown["author"], shown["reason"]) == (pushed["revision"], "ada", "first")
    assert pushed["revision"] in started.ctl("rules", "show").stdout
    broken = shutil.copytree(harness.RULES, tmp_path / "broken")
    write(broken / "more.yaml", "segments: {bad: visitor.nothing == 1}\n")
    done = started.ctl("rules", "push", broken, check=False)
    assert done.returncode == REFUSED and "more.yaml:1:" in done.stdout + done.stderr
    assert started.json("status")["revision"] == pushed["revision"]


# --- Decide ----------------------------------------------------------------------------------------------------------

def test_decide_takes_attributes_as_flags(daemon):
    answer = daemon.json("decide", "--set", "visitor.department=office", "--set", "visitor.seniority=manager",
                         "--set", "visitor.need=task", "--set", "account.industry=software", "--set", "account.employees=140",
                         "--set", "account.annual_revenue=18500000", "--set", "account.coffee_budget=14000.5",
                         "--set", "visitor.interests=coffee|tea", "--consent", "personalisation", "--now", NOW,
                         "--placement", "landing_hero")
    assert answer["icp"]["name"] == "office_olive" and answer["persona"]["name"] == "olive"
    assert [item["placement"] for item in answer["placements"]] == ["landing_hero"]
    assert placement(answer, "landing_hero")["variant"] == "hero_speed"


def test_decide_takes_a_request_as_json_from_a_file_or_stdin(daemon, tmp_path):
    asked = json.dumps({"visitor_id": "v0002", "consent": {"granted": ["personalisation"]}, "now": NOW})
    file = write(tmp_path / "request.json", asked)
    from_file = daemon.json("decide", "--json", file)
    from_stdin = json.loads(daemon.ctl("--output", "json", "decide", "--json", "-", stdin=asked).stdout)
    assert from_file == from_stdin and from_file["icp"]["name"] == "hotel_hugo"
    broken = daemon.ctl("decide", "--json", "-", stdin="{", check=False)
    assert broken.returncode in (REFUSED, USAGE) and broken.stderr


def test_decide_reads_well_as_text(daemon):
    text = daemon.ctl("decide", "--visitor", "v0001", "--consent", "personalisation").stdout
    for words in ["office_olive", "olive", "landing_hero", "office_trial"]:
        assert words in text
    assert "\x1b[" not in text


def test_what_the_daemon_refuses_ends_with_1_and_its_message(daemon):
    done = daemon.ctl("decide", "--placement", "nowhere", check=False)
    assert done.returncode == REFUSED and "nowhere" in done.stderr
    done = daemon.ctl("decide", "--set", "visitor.agee=3", check=False)
    assert done.returncode == REFUSED and "agee" in done.stderr


# --- Profiles --------------------------------------------------------------------------------------------------------

def test_profiles_are_put_read_and_deleted(daemon):
    daemon.ctl("profiles", "put", "ctl-1", "--kind", "visitor", "--set", "age=33", "--set", "title=Owner")
    got = daemon.json("profiles", "get", "ctl-1", "--kind", "visitor")
    assert got["id"] == "ctl-1" and got["features"]["age"] and got["features"]["title"]
    assert "33" in daemon.ctl("profiles", "get", "ctl-1", "--kind", "visitor").stdout
    daemon.ctl("profiles", "delete", "ctl-1", "--kind", "visitor")
    done = daemon.ctl("profiles", "get", "ctl-1", "--kind", "visitor", check=False)
    assert done.returncode == REFUSED and "ctl-1" in done.stderr


BAD_CSV = ("id,age,department,interests\n"
           "good-1,30,office,coffee|tea\n"
           "bad-1,thirty,office,\n"
           "bad-2,31,offce,\n"
           ",32,office,\n"
           "good-2,33,,\n")


def test_bad_rows_are_itemised_and_nothing_is_half_imported(start, tmp_path):
    started = start()
    file = write(tmp_path / "visitors.csv", BAD_CSV)
    done = started.ctl("profiles", "import", file, "--kind", "visitor", check=False)
    text = done.stdout + done.stderr
    assert done.returncode == REFUSED
    for words in ["3", "age", "thirty", "4", "department", "offce", "5", "id"]:
        assert words in text
    assert started.ctl("profiles", "get", "good-1", "--kind", "visitor", check=False).returncode == REFUSED
    answer = started.json("profiles", "import", file, "--kind", "visitor", "--skip-invalid")
    assert (int(answer["written"]), int(answer["rejected"])) == (2, 3)
    assert sorted(int(item["line"]) for item in answer["rejects"]) == [3, 4, 5]
    assert started.ctl("profiles", "get", "good-2", "--kind", "visitor").returncode == DONE


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(start):
    started = start()
    answer = started.json("profiles", "import", harness.SAMPLE / "visitors.csv", "--kind", "visitor", "--dry-run")
    assert int(answer["written"]) == 1_000
    assert int(started.json("status").get("visitors", 0)) == 0


@pytest.mark.parametrize("content", ["", "age\n3\n", "id,age,age\nx,1,1\n", "id,nothing\nx,1\n", "id,age\nx,1,2\n",
                                     'id,title\nx,"open\n', "id,title\nx,\x00\n"])
def test_a_broken_file_is_refused_with_its_line(daemon, tmp_path, content):
    done = daemon.ctl("profiles", "import", write(tmp_path / "broken.csv", content), "--kind", "visitor", check=False)
    assert done.returncode == REFUSED and (done.stderr or done.stdout)
    assert daemon.ctl("profiles", "get", "x", "--kind", "visitor", check=False).returncode == REFUSED


# --- Looking ---------------------------------------------------------------------------------------------------------

def test_status_says_what_is_held(daemon):
    status = daemon.json("status")
    assert status["ready"] is True and len(status["revision"]) == 32
    assert int(status["visitors"]) >= 1_000 and int(status["accounts"]) >= 1_000
    assert (status["campaigns"], status["placements"], status["icps"]) == (8, 3, 4)
    assert int(status["residentBytes"]) > 1 << 20
    assert status["revision"] in daemon.ctl("status").stdout


def test_stats_counts_each_method_and_its_percentiles_grow(start):
    started = start()
    for _ in range(20):
        started.ctl("decide")
    assert started.ctl("decide", "--placement", "nowhere", check=False).returncode == REFUSED
    methods = {item["method"]: item for item in started.json("stats")["methods"]}
    decided = methods[harness.DECIDE]
    assert (int(decided["count"]), int(decided["errors"])) == (21, 1)
    times = [decided[f"{name}Microseconds"] for name in ("p50", "p90", "p99", "p999", "max")]
    assert times == sorted(times) and times[0] > 0
    text = started.ctl("stats").stdout
    for words in ["Decide", "p50", "p99.9", "max"]:
        assert words in text


def test_the_demo_shows_what_it_promises():
    done = subprocess.run([ROOT / "scripts" / "demo"], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ["Olive", "Hugo", "Hana", "The push was done while requests ran", "p99", "0 requests failed",
                  "what would change the answer", "the cap holds", "gets the same arm again",
                  "Decide, one call after the other", "“data missing”"]:
        assert words in done.stdout
