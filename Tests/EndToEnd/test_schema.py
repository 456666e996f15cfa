"""What helps whoever writes rules: the JSON Schema, judged by a validator that this project did not write, and the commands
that begin, format and compare rule sets."""
import json
import re
import shutil

import jsonschema
import pytest
import yaml
from support import ROOT, harness

DONE, REFUSED, USAGE = 0, 1, 2
SCHEMA = json.loads((ROOT / "config" / "bespoke.schema.json").read_text())
EXAMPLES = ROOT / ".." / "shared" / "examples" / "rules"
RULE_FILES = sorted([*EXAMPLES.glob("*.yaml"), *harness.RULES.glob("*.yaml")])


class EditorsLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: times are texts, `yes` and `no` as well."""


EditorsLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"), ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    EditorsLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


def with_text_keys(value):
    """Keys of JSON are texts."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


def problems(text):
    value = with_text_keys(yaml.load(text, EditorsLoader))
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(value)]


def same_rules(folder, other):
    """Whether two folders hold the same values, whatever their form and the order of keys."""
    def read(root):
        return {path.relative_to(root): yaml.load(path.read_text(), EditorsLoader) for path in sorted(root.glob("*.yaml"))}
    return read(folder) == read(other)


def comments(folder):
    return sorted(line.strip() for path in folder.glob("*.yaml") for line in path.read_text().splitlines()
                  if line.strip().startswith("#"))


def ctl_json(*arguments, check=True):
    done = harness.ctl("--output", "json", *arguments, check=check)
    return done.returncode, json.loads(done.stdout)


# --- Schema ----------------------------------------------------------------------------------------------------------

def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_there_are_rule_files_to_judge():
    assert {path.parent.resolve() for path in RULE_FILES} == {EXAMPLES.resolve(), harness.RULES.resolve()}


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: f"{path.parent.parent.name}-{path.name}")
def test_the_rule_files_that_load_fit_the_schema(path):
    assert problems(path.read_text()) == []


BROKEN = {
    "an unknown section": "segmints: {}",
    "an unknown key": "events: {e: {point: 3}}",
    "a missing key": "attributes: {visitor: {age: {unit: years}}}",
    "an unknown type": "attributes: {visitor: {age: {type: integer}}}",
    "a wrong entity": "attributes: {visitors: {age: {type: int}}}",
    "a bad name": "segments: {Big: 'true'}",
    "a name that is too long": f"segments: {{{'a' * 65}: 'true'}}",
    "a duration in words": "events: {e: {half_life: two weeks}}",
    "a duration of nothing": "events: {e: {half_life: 0d}}",
    "a text for a number": "events: {e: {points: many}}",
    "a text for a list": "attributes: {visitor: {a: {type: string, values: one}}}",
    "a list for a condition": "segments: {a: [x, y]}",
    "a condition without quotes": "segments: {a: {b: c}}",
    "a list with both values and file": "lists: {l: {values: [a], file: b.txt}}",
    "a list with neither": "lists: {l: {of: account.domain}}",
    "a wrong category": "icps: {i: {tiers: {a: 1}, criteria: [{when: 'true', points: 1, category: nice}]}}",
    "a campaign that shows nothing": "campaigns: {c: {priority: 1}}",
    "a fraction as priority": "campaigns: {c: {priority: 1.5, pages: {}}}",
    "a variant without fields": "campaigns: {c: {pages: {p: {v: {when: 'true'}}}}}",
    "an empty click": "campaigns: {c: {ads: {p: {v: {fields: {}, utm: {}}}}}}",
    "a time without a zone": "campaigns: {c: {starts: '2026-10-01T00:00:00', pages: {}}}",
    "a day that is none": "routes: {r: [{to: a, schedule: {timezone: visitor, days: [monday]}}]}",
    "hours that are none": "routes: {r: [{to: a, schedule: {timezone: visitor, hours: '9-18'}}]}",
    "a share above one": "holdout: {share: 2, salt: a}",
    "three slots": "experiments: {e: {arms: {a: {weight: 1}}, slots: [1, 2, 3]}}",
    "an unknown hash": "experiments: {e: {arms: {a: {weight: 1}}, hash: md5}}",
    "a test without a name": "tests: [{expect: {icp: none}}]",
    "an expectation of nothing": "tests: [{name: a, expect: {weather: fine}}]",
    "a reason that is none": "tests: [{name: a, expect: {placements: {p: {reason: luck}}}}]",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_the_schema_refuses_the_loader_refuses_too(text, tmp_path):
    assert problems(text), text
    (tmp_path / "rules.yaml").write_text(text)
    # The reason of a decision is compared when the test runs; all else is known before.
    done = harness.ctl("rules", "check", tmp_path, check=False)
    assert done.returncode == REFUSED, done.stdout


# --- Beginning -------------------------------------------------------------------------------------------------------

def test_new_writes_rules_that_pass_their_own_tests_and_fit_the_schema(tmp_path):
    folder = tmp_path / "rules"
    code, answer = ctl_json("rules", "new", folder)
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert code == DONE and set(answer["files"]) == written - {".bespoke-revision"}
    code, checked = ctl_json("rules", "test", folder)
    assert code == DONE and checked["accepted"] is True and checked["tests"] == 6
    assert checked["diagnostics"] == []
    for path in folder.glob("*.yaml"):
        assert problems(path.read_text()) == [], path
    assert (folder / "bespoke.schema.json").read_text() == (ROOT / "config" / "bespoke.schema.json").read_text()
    assert harness.ctl("rules", "format", "--check", folder).returncode == DONE


def test_new_leaves_a_folder_alone_that_is_not_empty(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = harness.ctl("rules", "new", tmp_path, check=False)
    assert done.returncode == REFUSED and "not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# --- Formatting ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("source", [EXAMPLES, harness.RULES], ids=["examples", "config"])
def test_format_keeps_values_and_comments_and_changes_nothing_the_second_time(source, tmp_path):
    # A push from there leaves what it was made from.
    folder = shutil.copytree(source, tmp_path / "rules", copy_function=shutil.copyfile,
                             ignore=shutil.ignore_patterns(".bespoke-revision"))
    folder.chmod(0o755)
    (folder / "lists").chmod(0o755)
    done = harness.ctl("rules", "format", "--check", folder, check=False)
    assert done.returncode == REFUSED and "attributes.yaml: differs" in done.stdout
    assert {path.name: path.read_text() for path in folder.glob("*.yaml")} == {
        path.name: path.read_text() for path in source.glob("*.yaml")}
    code, answer = ctl_json("rules", "format", folder)
    assert code == DONE and not any("note" in item for item in answer["files"])
    assert same_rules(source, folder) and comments(source) == comments(folder)
    assert harness.ctl("rules", "format", "--check", folder).returncode == DONE
    assert ctl_json("rules", "diff", source, folder)[1] == {"changes": []}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_format_keeps_modes_and_links_and_says_what_it_leaves(tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "real.yaml").write_text("segments:\n    a:   has(x)\n")
    (rules / "real.yaml").chmod(0o600)
    (rules / "link.yml").symlink_to("real.yaml")
    (rules / "odd.yaml").write_text("segments: &a {}\n")
    done = harness.ctl("rules", "format", rules)
    assert "odd.yaml: left as it is" in done.stdout
    assert (rules / "link.yml").is_symlink() and (rules / "real.yaml").read_text() == "segments:\n  a: has(x)\n"
    assert (rules / "real.yaml").stat().st_mode & 0o777 == 0o600
    assert (rules / "odd.yaml").read_text() == "segments: &a {}\n"


def test_format_writes_nothing_when_a_file_is_not_yaml(tmp_path):
    (tmp_path / "a.yaml").write_text("segments:\n    a:   has(x)\n")
    (tmp_path / "b.yaml").write_text("segments: {\n")
    done = harness.ctl("rules", "format", tmp_path, check=False)
    assert done.returncode == REFUSED and "b.yaml:" in done.stderr
    assert (tmp_path / "a.yaml").read_text() == "segments:\n    a:   has(x)\n"


# --- Comparing -------------------------------------------------------------------------------------------------------

def changed_copy(tmp_path):
    folder = shutil.copytree(harness.RULES, tmp_path / "changed")
    path = folder / "campaigns.yaml"
    text = path.read_text()
    assert "priority: 110" in text
    path.write_text(text.replace("priority: 110", "priority: 115", 1))
    return folder


def test_diff_of_two_folders_names_what_changed(tmp_path):
    folder = changed_copy(tmp_path)
    code, answer = ctl_json("rules", "diff", harness.RULES, folder)
    assert code == DONE and answer == {"changes": [{
        "section": "campaigns", "name": "hotel_tour", "change": "changed",
        "details": [{"path": "priority", "before": "110", "after": "115"}]}]}
    assert "priority: 110 → 115" in harness.ctl("rules", "diff", harness.RULES, folder).stdout
    assert harness.ctl("rules", "diff", harness.RULES, harness.RULES).stdout == "The rules say the same.\n"


def test_diff_of_one_folder_compares_with_what_is_served(daemon, tmp_path):
    answer = json.loads(daemon.ctl("--output", "json", "rules", "diff", changed_copy(tmp_path)).stdout)
    assert [(item["name"], item["details"][0]["after"]) for item in answer["changes"]] == [("hotel_tour", "115")]


@pytest.mark.parametrize("arguments", [["rules", "diff"], ["rules", "diff", "a", "b", "c"], ["rules", "new"],
                                       ["rules", "format"]])
def test_wrong_usage_ends_with_2(arguments):
    assert harness.ctl(*arguments, check=False).returncode == USAGE
