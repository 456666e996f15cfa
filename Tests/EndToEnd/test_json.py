"""docs/json.md: every command prints one schema. Numbers are numbers, what is one of several is a lower-case word."""
import json
import os
import subprocess

import pytest
import yaml
from support import harness

DONE, REFUSED = 0, 1
RULES = """
policies: {consent: {measurement: {covers: [events], default: granted}}}
attributes:
  visitor: {age: {type: int}, seen: {type: timestamp}, tags: {type: strings}}
segments:
  adults: visitor.age >= 18
  keen: "'a' in visitor.tags && visitor.seen > timestamp('2026-01-01T00:00:00Z')"
icps:
  grown:
    of: visitor
    segment: adults
    required: [visitor.age >= 18]
    criteria: [{when: visitor.age >= 30, points: 10, category: able}]
    tiers: {a: 5}
personas: {ada: {icp: grown, when: visitor.age >= 18}}
events:
  order: {points: 1}
placements:
  hero: {kind: page, fields: {headline: {max_length: 40}}, default: {headline: Hello}}
  side: {kind: page, fields: {headline: {max_length: 40}}, default: {headline: Hello}}
campaigns:
  spring: {priority: 3, when: "in_segment('adults') || in_segment('keen')", pages: {side: {offer: {fields: {headline: Spring}}}}}
experiments:
  button:
    unit: visitor
    placement: hero
    arms:
      red: {weight: 1, fields: {headline: Red}}
      blue: {weight: 1, fields: {headline: Blue}}
    metrics: [order]
"""
# Members whose texts people or rules have written, so that they may look like anything.
FREE = {"id", "ids", "name", "value", "address", "account", "visitor", "link", "path", "markdown", "before", "after", "title",
        "message", "condition", "version", "content", "string", "values", "code", "bespokectl", "bespoked", "revision"}
# What prints no JSON: a shell's script, tables for spreadsheets, one record a line for other programs.
OTHER_FORMS = {"completions", "profiles export", "events export"}
# What is made ready is removed, stopped or taken back by those at the end.
ARGUMENTS = {
    "rules list": "", "rules new": "{new}", "rules format": "{rules} --check", "rules check": "{rules}", "rules test": "{rules}",
    "rules diff": "{rules}", "rules push": "{rules} --force --yes", "rules show": "", "rules history": "",
    "rules reference": "campaigns", "rules rename": "segment adults grown_ups {rules} --dry-run",
    "decide": "--visitor v", "explain": "--visitor v", "profiles show": "v", "profiles get": "v --kind visitor",
    "profiles put": "w --kind visitor --set age=12", "profiles import": "{profiles} --kind visitor",
    "profiles consent": "v --grant measurement", "profiles merge": "w v", "profiles unmerge": "w",
    "profiles backup": "{backups}", "profiles verify": "", "profiles restore": "v --from {backups}",
    "profiles delete": "x --kind visitor", "profiles erase": "x", "accounts link": "{links}", "accounts find": "--ip 192.0.2.1",
    "accounts rank": "--icp grown --all", "accounts committee": "",
    "campaigns list": "", "campaigns show": "spring", "campaigns results": "--metric order", "segments list": "",
    "segments show": "adults", "icps list": "", "icps show": "grown", "personas list": "", "personas show": "ada",
    "placements list": "", "placements show": "hero", "attributes list": "", "attributes show": "visitor.age",
    "events record": "order --visitor v", "events import": "{events} --mapping {mapping}", "experiments list": "",
    "experiments show": "button", "experiments results": "button",
    "experiments plan": "--baseline 0.04 --lift 0.1 --per-day 2000",
    "experiments simulate": "button --units 1000", "experiments stop": "button --yes", "experiments start": "button --yes",
    "privacy report": "",
    "tokens create": "web --role decide", "tokens list": "", "tokens rotate": "web", "tokens revoke": "web",
    "context add": "here --to 127.0.0.1:1", "context use": "here", "context list": "", "context show": "here",
    "context remove": "here", "status": "", "stats": "", "doctor": "", "version": "",
    "rules rollback": "", "rules revert": "{revision}"}
# They are refused here, and say so in JSON: nothing was pushed between that could be taken back.
MAY_REFUSE = {"rules revert", "rules format", "profiles restore"}


def walk(value, path=()):
    if isinstance(value, dict):
        for name, below in value.items():
            yield from walk(below, (*path, name))
    elif isinstance(value, list):
        for below in value:
            yield from walk(below, path)
    else:
        yield path, value


def check_schema(value, command):
    for path, leaf in walk(value):
        name = path[-1] if path else ""
        assert name == name.strip() and "-" not in name, (command, path)
        if isinstance(leaf, str) and not FREE & set(path):
            assert not leaf.lstrip("-").isdigit() or abs(int(leaf)) >= 1 << 53, (command, path, leaf)
            assert leaf not in ("True", "False") and not (leaf.isupper() and "_" in leaf), (command, path, leaf)


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A daemon with a little of everything, and a call of its command line."""
    folder = tmp_path_factory.mktemp("busy")
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(RULES)
    (folder / "profiles.csv").write_text("id,age\np,44\n")
    (folder / "links.csv").write_text("network,account\n192.0.2.0/24,acme\n")
    (folder / "events.csv").write_text("who,when,what\nv,2026-11-01T10:00:00Z,order\n")
    (folder / "mapping.yaml").write_text("kind: event\nvisitor: who\ncolumns: {when: time, what: name}\n")
    with harness.Daemon(rules=folder / "rules") as daemon:
        home = {"PATH": os.environ["PATH"], "HOME": str(folder), "USER": "ada", "BESPOKE_ADDRESS": daemon.admin}

        def ctl(command, arguments="", form="json"):
            words = arguments.format(
                rules=folder / "rules", new=folder / "new", backups=folder / "backups", profiles=folder / "profiles.csv",
                links=folder / "links.csv", events=folder / "events.csv", mapping=folder / "mapping.yaml",
                revision=daemon.json("status")["revision"]).split()
            return subprocess.run([harness.binary("bespokectl"), *command.split(), *words, "--output", form], env=home,
                                  capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
        daemon.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "age=33", "--set", "tags=[a,b]")
        daemon.ctl("events", "record", "order", "--visitor", "v")
        daemon.ctl("decide", "--visitor", "v", "--record-exposure")
        yield daemon, ctl


def test_the_table_names_every_command(busy):
    _, ctl = busy
    dump = json.loads(subprocess.run([harness.binary("bespokectl"), "--experimental-dump-help"], capture_output=True, text=True,
                                     check=True, timeout=harness.COMMAND_SECONDS).stdout)["command"]

    def leaves(command, path):
        below = [one for one in command.get("subcommands", []) if one["commandName"] != "help"]
        if not below:
            yield " ".join(path)
        for one in below:
            yield from leaves(one, [*path, one["commandName"]])

    assert set(leaves(dump, [])) - OTHER_FORMS == set(ARGUMENTS)


def test_every_command_prints_one_schema(busy):
    daemon, ctl = busy
    for command, arguments in ARGUMENTS.items():
        done = ctl(command, arguments)
        assert done.returncode == DONE or (command in MAY_REFUSE and done.returncode == REFUSED), (command, done)
        check_schema(json.loads(done.stdout or done.stderr), command)
    assert daemon.json("decide", "--visitor", "v")["placements"][0]["reason"] in ("campaign", "default")
    assert daemon.json("profiles", "get", "v", "--kind", "visitor")["features"]["age"]["value"] == {"int": 33}
    assert daemon.json("rules", "history")["revisions"][-1]["number"] == 1
    assert daemon.json("status")["visitors"] >= 1


def test_yaml_has_the_same_schema_and_failures_name_a_code(busy):
    _, ctl = busy
    for command in ("status", "experiments list", "stats"):
        check_schema(yaml.safe_load(ctl(command, form="yaml").stdout), command)
    for command in ("profiles export", "events export"):
        arguments = "--kind visitor" if command.startswith("profiles") else ""
        listed, lines = ctl(command, arguments, form="yaml").stdout, ctl(command, arguments).stdout.splitlines()
        assert lines and yaml.safe_load(listed) == [json.loads(line) for line in lines], command
        refused = ctl(command, arguments + " --format csv")
        assert refused.returncode == 2 and "--format csv and --output json say different things" in refused.stderr
    refused = ctl("campaigns show", "nobody")
    error = json.loads(refused.stderr)["error"]
    assert refused.returncode == REFUSED and refused.stdout == "" and error["code"] == "NOT_FOUND" and error["message"]
