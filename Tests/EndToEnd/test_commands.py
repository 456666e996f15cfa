"""Commands that people try: lists and details of what is served, contexts, help, completion, slips."""
import json
import os
import pty
import subprocess

import pytest
import yaml
from support import ROOT, harness

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
# What completes a word waits for a second only, unless more is said.
PATIENT = ["--timeout", "60"]


def environment(**values):
    return {"PATH": os.environ["PATH"], **values}


def run(*arguments, env, stdin=None):
    return subprocess.run([harness.binary("bespokectl"), *map(str, arguments)], env=env, input=stdin, capture_output=True,
                          text=True, timeout=harness.COMMAND_SECONDS, check=False)


# --- Names of what is served -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind, name", [("campaigns", "office_trial"), ("segments", "offices"), ("icps", "office_olive"),
                                        ("personas", "olive"), ("placements", "landing_hero"),
                                        ("attributes", "account.industry")])
def test_each_kind_is_listed_and_shown(daemon, kind, name):
    assert name in daemon.ctl(kind, "list").stdout
    listed = daemon.json(kind, "list")
    assert name in [item["name"] for item in listed]
    shown = daemon.json(kind, "show", name)
    assert shown == next(item for item in listed if item["name"] == name)
    assert ".yaml:" in daemon.ctl(kind, "show", name).stdout
    missing = daemon.ctl(kind, "show", name + "x", check=False)
    assert missing.returncode == REFUSED and f"did you mean `{name}`?" in missing.stderr


def test_rules_list_shows_everything_or_one_kind(daemon):
    text = daemon.ctl("rules", "list").stdout
    assert "campaigns (" in text and "\n  office_trial" in text and "policies (" in text
    assert daemon.ctl("rules", "list", "segments").stdout == daemon.ctl("segments", "list").stdout
    wrong = daemon.ctl("rules", "list", "campaing", check=False)
    assert wrong.returncode == USAGE and "did you mean `campaign`?" in wrong.stderr


def test_yaml_says_what_json_says(daemon):
    for arguments in (["campaigns", "list"], ["rules", "list"], ["icps", "show", "office_olive"]):
        assert yaml.safe_load(daemon.ctl(*arguments, "--output", "yaml").stdout) == daemon.json(*arguments)
    refused = daemon.ctl("campaigns", "show", "nobody", "--output", "yaml", check=False)
    assert yaml.safe_load(refused.stderr)["error"]["code"] == "NOT_FOUND"


def test_names_are_completed_from_what_is_served(daemon):
    def completed(*words):
        done = run("---completion", *words, env=environment(BESPOKE_ADDRESS=daemon.admin, SAP_SHELL="bash"))
        return done.stdout.split("\n")
    assert "office_trial" in completed("campaigns", "show", "--", "positional@0", "5", "0", "bespokectl", *PATIENT, "campaigns",
                                       "show", "off")


def test_version_names_both_programs(daemon):
    assert set(daemon.json("version")) == {"bespokectl", "bespoked"}
    alone = harness.ctl("version", address="127.0.0.1:1")
    assert "not known" in alone.stdout and alone.returncode == DONE


# --- Slips -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("arguments, words", [
    (["ruels"], "did you mean `bespokectl rules`?"), (["rules", "pusch"], "did you mean `bespokectl rules push`?"),
    (["campaigns", "ls"], "did you mean `bespokectl campaigns list`?"), (["status", "--adress", "x"], "--address"),
    (["rules"], "name a command of `bespokectl rules`")])
def test_a_mistyped_command_is_answered_with_the_nearest(arguments, words):
    done = run(*arguments, env=environment())
    assert done.returncode == USAGE and words in done.stderr, done


def test_an_admin_command_on_the_data_port_says_where_to_go(daemon):
    done = harness.ctl("status", address=daemon.data, check=False)
    assert done.returncode == REFUSED and "the data port" in done.stderr and "--address unix:" in done.stderr


def test_a_daemon_that_is_down_is_told_how_to_be_started():
    done = harness.ctl("status", address="127.0.0.1:1", check=False)
    assert done.returncode == UNREACHABLE and "start the daemon" in done.stderr and "BESPOKE_ADDRESS" in done.stderr


def test_every_help_has_examples_and_folds_the_global_options():
    dump = json.loads(run("--experimental-dump-help", env=environment()).stdout)["command"]

    def commands(command, path):
        yield path
        for below in command.get("subcommands", []):
            if below["commandName"] != "help":
                yield from commands(below, [*path, below["commandName"]])

    paths = list(commands(dump, []))
    assert len(paths) > 60
    for path in paths:
        text = run(*path, "--help", env=environment()).stdout
        assert "\nEXAMPLES:\n  bespokectl " in text, path
        assert "bespokectl help options" in text and "--timeout <seconds>" not in text, path
    assert "--timeout <seconds>" in run("help", "options", env=environment()).stdout


COMPLETE = """source "$1"
shift
COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_bespokectl bespokectl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("words, offered", [
    (["--output", ""], ["text", "json", "yaml"]), (["decide", "--output", "y"], ["yaml"]),
    (["decide", "--consent", "p"], ["personalisation"]), (["decide", "--set", "account.ind"], ["account.industry=software"]),
    (["decide", "--force", "landing"], ["landing_hero="]),
    (["tokens", "create", "web", "--role", "op"], ["operator"]), (["events", "record", "tast"], ["tasting_signup"]),
    (["rules", "rename", "segment", "off"], ["offices"]), (["campaigns", "show", "office"], ["office_trial"]),
    (["profiles", "put", "a", "--kind", "account", "--set", "is_c"], ["is_customer=true", "is_customer=false"]),
    (["rules", "reference", "unreac"], ["unreachable"]), (["status", "--context", ""], ["here"])])
def test_a_shell_completes_names_that_are_served_and_values_of_options(daemon, tmp_path, words, offered):
    home = environment(BESPOKE_ADDRESS=daemon.admin, HOME=str(tmp_path),
                       PATH=f"{harness.BINARIES}:{os.environ['PATH']}")
    script = tmp_path / "completions"
    script.write_text(run("completions", "bash", env=home).stdout)
    run("context", "add", "here", "--to", "127.0.0.1:1", env=home)
    done = subprocess.run(["bash", "-c", COMPLETE, "bash", script, "bespokectl", *PATIENT, *words], env=home,
                          capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
    found = done.stdout.split()
    assert found[:len(offered)] == offered, done


def test_a_revision_and_a_token_are_completed(daemon, tmp_path):
    home = environment(BESPOKE_ADDRESS=daemon.admin, HOME=str(tmp_path),
                       PATH=f"{harness.BINARIES}:{os.environ['PATH']}")
    script = tmp_path / "completions"
    script.write_text(run("completions", "bash", env=home).stdout)
    run("tokens", "create", "completed", "--role", "decide", env=home)
    revision = json.loads(run("status", "--output", "json", env=home).stdout)["revision"]
    for words, offered in [(["tokens", "revoke", "compl"], "completed"),
                           (["rules", "show", "--revision", revision[:8]], revision),
                           (["rules", "rollback", revision[:8]], revision)]:
        done = subprocess.run(["bash", "-c", COMPLETE, "bash", script, "bespokectl", *PATIENT, *words], env=home,
                              capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
        assert done.stdout.split() == [offered], done


def test_a_section_of_the_rules_and_a_code_are_explained():
    assert "`priority`" in run("rules", "reference", "campaigns", env=environment()).stdout
    assert "### unreachable" in run("rules", "reference", "unreachable", env=environment()).stdout
    wrong = run("rules", "reference", "campaing", env=environment())
    assert wrong.returncode == REFUSED and "did you mean `campaigns`?" in wrong.stderr


# --- Contexts --------------------------------------------------------------------------------------------------------

def test_contexts_say_where_the_daemon_is(daemon, tmp_path):
    env = environment(XDG_CONFIG_HOME=str(tmp_path))
    assert run("context", "add", "ours", "--to", daemon.admin, env=env).returncode == DONE
    assert run("context", "add", "other", "--to", "127.0.0.1:1", env=env).returncode == DONE
    kept = tmp_path / "bespoke" / "contexts.yaml"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(kept.read_text())["current"] == "ours"
    assert run("status", env=env).returncode == DONE
    assert run("status", "--context", "other", env=env).returncode == UNREACHABLE
    assert run("context", "use", "other", env=env).returncode == DONE
    assert run("status", env=env).returncode == UNREACHABLE
    assert run("status", env={**env, "BESPOKE_ADDRESS": daemon.admin}).returncode == DONE
    assert "*  other" in run("context", "list", env=env).stdout
    assert run("context", "remove", "other", env=env).returncode == DONE
    missing = run("status", "--context", "othr", env=env)
    assert missing.returncode == REFUSED and "there is no such" in missing.stderr
    assert run("context", "add", "x", "--to", "nonsense", env=env).returncode == REFUSED
    kept.write_text("contexts:\n  a:\n    adress: x\n")
    broken = run("status", env=env)
    assert broken.returncode == REFUSED and f"{kept}:3: " in broken.stderr and "did you mean `address`?" in broken.stderr


# --- Pushes that are shown first -------------------------------------------------------------------------------------

RULES = """
events:
  order: {points: 1}
placements:
  hero: {kind: page, fields: {headline: {max_length: 40}}, default: {headline: Hello}}
experiments:
  # Which headline?
  button:
    unit: visitor
    placement: hero
    arms:
      red: {weight: 1, fields: {headline: Red}}
      blue: {weight: 1, fields: {headline: Blue}}
    metrics: [order]
"""


@pytest.fixture
def folder(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rules.yaml").write_text(RULES)
    return rules


def assigned(daemon):
    return [one["arm"] for one in daemon.json("decide", "--visitor", "ada")["assignments"]]


def test_an_experiment_is_stopped_and_started(start, folder):
    daemon = start(rules=folder)
    before = assigned(daemon)
    assert len(before) == 1
    refused = daemon.ctl("experiments", "stop", "button", check=False)
    assert refused.returncode == REFUSED and "--yes" in refused.stderr and "ends" in refused.stderr
    assert assigned(daemon) == before
    daemon.ctl("experiments", "stop", "button", "--yes")
    assert assigned(daemon) == []
    assert daemon.json("experiments", "show", "button")["status"] == "over"
    again = daemon.ctl("experiments", "stop", "button", "--yes", check=False)
    assert again.returncode == REFUSED and "has ended already" in again.stderr
    daemon.ctl("experiments", "start", "button", "--yes", "--reason", "go on")
    assert assigned(daemon) == before
    assert daemon.json("rules", "history")["revisions"][0]["reason"] == "go on"


def test_a_stop_can_be_written_into_the_folder(start, folder):
    daemon = start(rules=folder)
    daemon.ctl("experiments", "stop", "button", "--folder", folder, "--yes")
    assert "    ends: 20" in (folder / "rules.yaml").read_text()
    assert daemon.ctl("rules", "diff", folder, "--exit-code").returncode == DONE
    (folder / "rules.yaml").write_text(RULES)
    assert daemon.ctl("rules", "diff", folder, "--exit-code", check=False).returncode == REFUSED


def on_terminal(arguments, answer):
    """What a command says on a terminal where somebody answers."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(harness.binary("bespokectl"), ["bespokectl", *map(str, arguments)])
    text = b""
    try:
        while b"[y/N]" not in text:
            text += os.read(terminal, 4096)
        os.write(terminal, answer + b"\n")
        while True:
            text += os.read(terminal, 4096)
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), text.decode()


def test_a_push_on_a_terminal_shows_the_change_and_asks(start, folder):
    daemon = start(rules=folder)
    before = daemon.json("status")["revision"]
    (folder / "rules.yaml").write_text(RULES.replace("Hello", "Good day"))
    push = ["--address", daemon.admin, "rules", "push", folder]
    code, text = on_terminal(push, b"n")
    assert code == REFUSED and "Good day" in text and "nothing was pushed" in text
    assert daemon.json("status")["revision"] == before
    code, text = on_terminal(push, b"y")
    assert code == DONE, text
    assert daemon.json("status")["revision"] != before


def test_status_says_by_its_code_that_no_rules_are_served(start):
    daemon = start(rules=None)
    done = daemon.ctl("status", check=False)
    assert done.returncode == REFUSED and "not ready" in done.stdout
    assert daemon.ctl("campaigns", "list", check=False).returncode == REFUSED


def test_configured_rules_that_are_not_served_are_a_warning(start, folder):
    def warned():
        return [warning for warning in daemon.json("status")["warnings"] if "rules" in warning]
    daemon = start(rules=folder)
    assert warned() == []
    (folder / "rules.yaml").write_text(RULES.replace("Hello", "Good day"))
    daemon.stop()
    daemon.start()
    assert "are not those that are stored" in daemon.log_text()
    assert f"bespokectl rules push {folder}" in warned()[0]
    assert "warning: the rules in" in daemon.ctl("status").stdout
    daemon.ctl("rules", "push", folder)
    assert warned() == []


def test_a_start_without_rules_warns(start):
    assert "no rule set is loaded" in start(rules=None).log_text()


def test_check_config_looks_at_folders_and_certificates(tmp_path):
    def checked(*arguments):
        return subprocess.run([harness.binary("bespoked"), "--check-config", *map(str, arguments)], capture_output=True,
                              text=True, timeout=harness.COMMAND_SECONDS, check=False)
    assert checked("--data-directory", tmp_path / "data", "--rules", harness.RULES).returncode == DONE
    certificate = tmp_path / "c.pem"
    certificate.write_text("no certificate")
    done = checked("--data-directory", tmp_path / "data", "--rules", tmp_path / "none", "--tls-certificate", certificate,
                   "--tls-key", certificate)
    assert done.returncode == REFUSED
    assert f"rules {tmp_path}/none: " in done.stderr and "certificate in PEM form" in done.stderr, done


def test_an_address_in_use_is_said_in_words(daemon, start):
    with pytest.raises(harness.Failure) as failed:
        start(arguments=["--listen", daemon.data])
    assert "Address already in use" in str(failed.value) and "bind(" not in str(failed.value)
