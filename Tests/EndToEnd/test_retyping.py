"""Attributes that are added, removed or get another type while profiles have values of them."""
import grpc
import pytest
import support
from support import CALL_SECONDS, decision

from bespoke.v1 import profile_pb2

RULES = """
attributes:
  visitor:
{attributes}
placements: {{slot: {{kind: page, fields: {{text: {{}}}}, default: {{text: d}}}}}}
campaigns: {{c: {{when: "{when}", pages: {{slot: {{v: {{fields: {{text: x}}}}}}}}}}}}
"""
# Former type, value as CSV, new type, value as CSV then; None where it cannot be said.
CONVERSIONS = [
    ("int", "42", "double", "42.0"),
    ("int", "42", "string", "42"),
    ("int", "1", "bool", "true"),
    ("int", "2", "bool", None),
    ("int", "7", "strings", "7"),
    ("int", "7", "timestamp", None),
    ("double", "2.5", "int", None),
    ("double", "-3.0", "int", "-3"),
    ("double", "2.5", "string", "2.5"),
    ("double", "4.0", "string", "4"),
    ("bool", "true", "int", "1"),
    ("bool", "false", "string", "false"),
    ("string", "9007199254740993", "int", "9007199254740993"),
    ("string", "12.5", "double", "12.5"),
    ("string", "a lot", "int", None),
    ("string", "2026-11-20T10:00:00Z", "timestamp", "2026-11-20T10:00:00Z"),
    ("string", "a", "strings", "a"),
    ("string", "yes", "bool", None),
    ("strings", "a", "string", "a"),
    ("strings", "a|b", "string", None),
    ("strings", "5", "int", "5"),
    ("timestamp", "2026-11-20T10:00:00Z", "string", "2026-11-20T10:00:00Z"),
    ("timestamp", "2026-11-20T10:00:00Z", "int", None),
]


@pytest.fixture
def rules(tmp_path):
    def write(types, when="true", **more):
        lines = "".join(f"    {name}: {{type: {kind}{more.get(name, '')}}}\n" for name, kind in types.items())
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / "rules.yaml").write_text(RULES.format(attributes=lines.rstrip("\n"), when=when))
        return tmp_path / "rules"
    return write


def load(daemon, tmp_path, text):
    (tmp_path / "visitors.csv").write_text(text)
    daemon.ctl("profiles", "import", tmp_path / "visitors.csv", "--kind", "visitor")


def exported(daemon):
    lines = daemon.ctl("profiles", "export", "--kind", "visitor", "--format", "csv").stdout.splitlines()
    head = lines[0].split(",")
    return {row.split(",")[0]: dict(zip(head[1:], row.split(",")[1:])) for row in lines[1:]}


def test_values_are_converted_where_the_new_type_can_say_them_and_the_others_itemised(start, rules, tmp_path):
    old = {f"a{n}": former for n, (former, _, _, _) in enumerate(CONVERSIONS)}
    new = {f"a{n}": kind for n, (_, _, kind, _) in enumerate(CONVERSIONS)}
    daemon = start(rules=rules(old))
    load(daemon, tmp_path, "id," + ",".join(old) + "\nv1," + ",".join(value for _, value, _, _ in CONVERSIONS) + "\n")
    pushed = daemon.json("rules", "push", rules(new))
    said = [(one["attribute"], one["from"], one["to"], int(one["converted"]), one["leftValues"]) for one in pushed["retypings"]]
    assert said == [
        (f"visitor.a{n}", former, kind, int(then is not None), [] if then is not None else [{"id": "v1", "value": value}])
        for n, (former, value, kind, then) in enumerate(CONVERSIONS)]
    expected = {f"a{n}": then or "" for n, (_, _, _, then) in enumerate(CONVERSIONS)}
    for _ in range(2):
        found = exported(daemon)["v1"]
        assert {name: found[name] for name in expected} == expected
        # Through kill -9 as well.
        daemon.kill()
        daemon.start()
    # What could not be said is there again under its former type; what was converted goes the way back.
    daemon.ctl("rules", "push", rules(old))
    found = exported(daemon)["v1"]
    for n, (former, value, kind, then) in enumerate(CONVERSIONS):
        assert found[f"a{n}"] in (value, value.removesuffix(".0"), f"{value}.0"), (former, value, kind)


def test_the_push_says_in_words_what_could_not_be_converted(start, rules, tmp_path):
    daemon = start(rules=rules({"size": "string"}))
    sizes = [f"v{n},{n}\n" for n in range(30)] + [f"w{n},about {n}\n" for n in range(12)]
    load(daemon, tmp_path, "id,size\n" + "".join(sizes))
    said = daemon.ctl("rules", "push", rules({"size": "int"})).stdout
    assert "visitor.size: from string to int, 30 stored values converted" in said
    assert "12 could not be, and count as unknown until they are written again:" in said
    assert said.count(": about ") == 10
    # Said once; the next push has nothing to convert.
    assert daemon.json("rules", "push", rules({"size": "int", "new": "bool"}))["retypings"] == []


def test_decisions_read_the_converted_value_at_once(start, rules, tmp_path):
    daemon = start(rules=rules({"size": "string"}, when="visitor.size == '7'"))
    load(daemon, tmp_path, "id,size\nv,7\n")

    def reason():
        with grpc.insecure_channel(daemon.data) as channel:
            answer = support.Decisions(channel).Decide(decision.DecideRequest(visitor_id="v"), timeout=CALL_SECONDS)
            return answer.placements[0].reason

    assert reason() == decision.REASON_CAMPAIGN
    daemon.ctl("rules", "push", rules({"size": "int"}, when="visitor.size == 7"))
    assert reason() == decision.REASON_CAMPAIGN


def test_a_value_that_was_written_since_is_not_overwritten_and_a_value_must_be_allowed(start, rules, tmp_path):
    daemon = start(rules=rules({"size": "string", "plan": "int"}))
    load(daemon, tmp_path, "id,size,plan\nv,large,3\nw,7,9\n")
    pushed = daemon.json("rules", "push", rules({"size": "int", "plan": "string"}, plan=', values: ["3", "4"]'))
    assert [one["leftValues"] for one in pushed["retypings"]] == [
        [{"id": "v", "value": "large"}], [{"id": "w", "value": "9"}]]
    daemon.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "size=5")
    daemon.ctl("rules", "push", rules({"size": "string", "plan": "string"}, plan=', values: ["3", "4"]'))
    assert exported(daemon)["v"]["size"] == "5"


def test_a_removed_attribute_is_not_seen_and_comes_back_when_it_is_declared_again(start, rules, tmp_path):
    daemon = start(rules=rules({"size": "int", "other": "int"}))
    load(daemon, tmp_path, "id,size,other\nv,7,8\n")
    daemon.ctl("rules", "push", rules({"other": "int"}))
    assert exported(daemon)["v"] == {"account": "", "other": "8"} or "size" not in exported(daemon)["v"]
    daemon.ctl("rules", "push", rules({"size": "int", "other": "int"}))
    assert exported(daemon)["v"]["size"] == "7"


def test_forgetting_an_attribute_forgets_its_former_types_too(start, rules, tmp_path):
    daemon = start(rules=rules({"size": "string"}))
    load(daemon, tmp_path, "id,size\nv,large\n")
    daemon.ctl("rules", "push", rules({"size": "int"}))
    with grpc.insecure_channel(daemon.admin) as channel:
        change = profile_pb2.PutProfileRequest(
            profile=profile_pb2.Profile(kind=profile_pb2.PROFILE_KIND_VISITOR, id="v"), remove=["size"])
        support.Profiles(channel).PutProfile(change, timeout=CALL_SECONDS)
    daemon.ctl("rules", "push", rules({"size": "string"}))
    assert exported(daemon)["v"].get("size", "") == ""
