"""R85: who changed what when, and one command that takes it back. R27: every decision names its revision."""
import grpc
import pytest
import support
from support import CALL_SECONDS, admin, decision

RULES = """
placements: {{slot: {{kind: page, fields: {{text: {{}}}}, default: {{text: {text}}}}}}}
experiments:
  trial:
    salt: fixed
    arms: {{a: {{weight: {a}}}, b: {{weight: {b}}}}}
"""
VISITORS = [f"v{number}" for number in range(300)]


@pytest.fixture
def push(tmp_path):
    def push(daemon, author, reason, text, a=1, b=1):
        (tmp_path / "rules.yaml").write_text(RULES.format(text=text, a=a, b=b))
        daemon.ctl("rules", "push", tmp_path, "--author", author, "--reason", reason)
        return daemon.json("status")["revision"]
    return push


def answers(daemon):
    with grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        found = {}
        for visitor in VISITORS:
            answer = decisions.Decide(decision.DecideRequest(visitor_id=visitor), timeout=CALL_SECONDS)
            found[visitor] = (answer.revision, answer.placements[0].fields["text"], answer.assignments[0].arm)
        return found


def history(daemon):
    return daemon.json("rules", "history")["revisions"]


def test_R85_history_says_who_pushed_what_when_and_rollback_takes_it_back(start, push):
    daemon = start(rules=None)
    first = push(daemon, "ada", "the first", "one")
    before = answers(daemon)
    second = push(daemon, "bob", "more of b", "two", a=1, b=3)
    assert [(one["revision"], one["author"], one["reason"]) for one in history(daemon)] == [
        (second, "bob", "more of b"), (first, "ada", "the first")]
    assert sorted((one["pushedAt"] for one in history(daemon)), reverse=True) == [one["pushedAt"] for one in history(daemon)]
    assert answers(daemon) != before
    daemon.ctl("rules", "rollback", "--author", "eve", "--reason", "b sells less")
    assert answers(daemon) == before
    served = history(daemon)[0]
    assert (served["revision"], served["author"], served["reason"]) == (first, "eve", "b sells less")
    # Back and forth, by the first digits, and through kill -9.
    daemon.ctl("rules", "rollback", second[:8])
    assert daemon.json("status")["revision"] == second
    daemon.ctl("rules", "rollback")
    daemon.kill()
    daemon.start()
    assert answers(daemon) == before
    assert [one["revision"] for one in history(daemon)] == [first, second, first, second, first]
    assert history(daemon)[0]["reason"] == f"rollback to {first}"
    assert len(daemon.json("rules", "history", "--limit", 2)["revisions"]) == 2
    text = daemon.ctl("rules", "history").stdout.splitlines()
    assert text[1].startswith("*") and first in text[1]


def test_an_earlier_rule_set_can_be_read(start, push, tmp_path):
    daemon = start(rules=None)
    first = push(daemon, "ada", "", "one")
    push(daemon, "ada", "", "two")
    copy = tmp_path / "copy"
    daemon.ctl("rules", "show", "--revision", first[:6], "--to", copy)
    assert "text: one" in (copy / "rules.yaml").read_text()


@pytest.mark.parametrize("arguments, words", [
    (("rollback",), "nothing else was served before"),
    (("rollback", "ffff"), "there is none"),
    (("show", "--revision", "nothing"), "there is none"),
])
def test_what_was_never_pushed_cannot_come_back(start, push, arguments, words):
    daemon = start(rules=None)
    push(daemon, "ada", "", "one")
    done = daemon.ctl("rules", *arguments, check=False)
    assert done.returncode == 1 and words in done.stderr


def test_what_is_served_cannot_be_rolled_back_to_and_another_revision_is_not_found(start, push):
    daemon = start(rules=None)
    first = push(daemon, "ada", "", "one")
    done = daemon.ctl("rules", "rollback", first, check=False)
    assert done.returncode == 1 and "is served already" in done.stderr
    with grpc.insecure_channel(daemon.admin) as channel:
        with support.refused(grpc.StatusCode.NOT_FOUND, "there is none", "rules history"):
            support.Admin(channel).GetRules(admin.GetRulesRequest(revision="0" * 32), timeout=CALL_SECONDS)


def test_the_newest_thousand_pushes_are_kept(start):
    daemon = start(rules=None)
    with grpc.insecure_channel(daemon.admin) as channel:
        stub = support.Admin(channel)
        for number in range(1_005):
            text = RULES.format(text=f"n{number}", a=1, b=1).encode()
            pushed = admin.PushRulesRequest(files=[admin.RuleFile(path="a.yaml", content=text)], reason=str(number))
            assert stub.PushRules(pushed, timeout=CALL_SECONDS).accepted
        kept = stub.ListRevisions(admin.ListRevisionsRequest(), timeout=CALL_SECONDS).revisions
    assert [one.reason for one in kept] == [str(number) for number in range(1_004, 4, -1)]
