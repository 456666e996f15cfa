"""Pushing rule sets: bad ones are refused whole, good ones are swapped in without a failed or mixed answer."""
import concurrent.futures
import json
import shutil
import threading

import grpc
import pytest
import support
from support import CALL_SECONDS, DECIDE, OLIVE, ROOT, admin, harness, marked_rules, placements, request

LOAD_REQUESTS = 1_000_000
PUSHES = 100
# Nine levels of ten aliases each: a billion nodes in a few hundred bytes.
BILLION_LAUGHS = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level, level, b", ".join([b"*a%d" % (level - 1)] * 10)) for level in range(1, 10))


def broken_copy(tmp_path, *edits):
    """A copy of config/rules with texts replaced."""
    folder = shutil.copytree(harness.RULES, tmp_path / "rules")
    for name, old, new in edits:
        text = (folder / name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        (folder / name).write_text(text.replace(old, new, 1))
    return folder


def test_a_rule_set_with_errors_is_refused_whole_and_every_error_listed(daemon, admin_channel, decisions, tmp_path):
    folder = broken_copy(tmp_path,
                         ("audiences.yaml", "between(account.employees, 20, 500)", "between(account.employes, 20, 500)"),
                         ("campaigns.yaml", "priority: 110", "prioritty: 110"),
                         ("campaigns.yaml", "page: hero_tour", "page: hero_detour"),
                         ("attributes.yaml", "growth:            {type: double", "growth:            {type: dubble"))
    before = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    answer = support.Admin(admin_channel).PushRules(admin.PushRulesRequest(files=support.rule_files(folder)),
                                                    timeout=CALL_SECONDS)
    assert not answer.accepted
    errors = [item for item in answer.diagnostics if item.severity == admin.SEVERITY_ERROR]
    text = "\n".join(f"{item.file}:{item.line}:{item.column} {item.message} {item.suggestion}" for item in errors)
    for words in ["employes", "employees", "prioritty", "hero_detour", "dubble"]:
        assert words in text, text
    assert all(item.line > 0 and item.column > 0 and item.code for item in errors)
    places = [(item.file, item.line, item.column) for item in answer.diagnostics]
    assert places == sorted(places)
    lines = (folder / "audiences.yaml").read_text().split("\n")
    found = next(item for item in errors if "employes" in item.message)
    assert lines[found.line - 1][found.column - 1:].startswith(("employes", ".employes", "account.employes"))
    assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS) == before


def test_a_rule_set_whose_own_test_fails_is_refused(daemon, admin_channel, decisions, tmp_path):
    folder = broken_copy(tmp_path, ("audiences.yaml", "employees, 20, 500)", "employees, 20, 499)"))
    before = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    answer = support.Admin(admin_channel).PushRules(admin.PushRulesRequest(files=support.rule_files(folder)),
                                                    timeout=CALL_SECONDS)
    assert not answer.accepted and answer.tests == 7
    assert {failure.test for failure in answer.test_failures} == {"an office manager at 500 people is Olive"}
    failure = next(item for item in answer.test_failures if item.path == "icp")
    assert (failure.expected, failure.actual, failure.file) == ("office_olive", "none", "tests.yaml")
    assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS) == before


@pytest.mark.parametrize("files", [
    [], [("rules.yaml", b"attributes: [")], [("rules.yaml", b"\xff\xfe")], [("../escape.yaml", b"a: 1")],
    [("rules.yaml", BILLION_LAUGHS)],
    [("rules.yaml", b"{" * 100_000)], [("a.yaml", b"segments: {}"), ("a.yaml", b"segments: {}")],
], ids=["nothing", "broken YAML", "not UTF-8", "a path that escapes", "aliases of aliases", "deep nesting",
        "the same file twice"])
def test_a_hostile_push_is_refused_and_the_old_rules_serve_on(start, files):
    pushed = admin.PushRulesRequest(files=[admin.RuleFile(path=path, content=content) for path, content in files])
    with grpc.insecure_channel(start().admin) as channel:
        decisions = support.Decisions(channel)
        before = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
        try:
            answer = support.Admin(channel).PushRules(pushed, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT and error.details()
        else:
            assert not answer.accepted and answer.diagnostics
        assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS) == before


def test_check_changes_nothing(admin_channel, decisions):
    stub = support.Admin(admin_channel)
    before = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    answer = stub.CheckRules(admin.CheckRulesRequest(files=marked_rules("checked")), timeout=CALL_SECONDS)
    assert answer.accepted and answer.revision and answer.revision != before.revision
    assert decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS) == before


def test_what_was_pushed_is_given_back_with_its_author_and_reason(start):
    with grpc.insecure_channel(start().admin) as channel:
        stub = support.Admin(channel)
        files = marked_rules("given back")
        pushed = stub.PushRules(admin.PushRulesRequest(files=files, author="ada", reason="autumn"), timeout=CALL_SECONDS)
        assert pushed.accepted and pushed.previous_revision
        got = stub.GetRules(admin.GetRulesRequest(), timeout=CALL_SECONDS)
        assert (got.revision, got.author, got.reason) == (pushed.revision, "ada", "autumn")
        assert list(got.files) == files


def test_a_push_that_expects_another_revision_is_refused(start):
    with grpc.insecure_channel(start().admin) as channel:
        stub = support.Admin(channel)
        pushed = admin.PushRulesRequest(files=marked_rules("unexpected"), expected_revision="0" * 32)
        with support.refused(grpc.StatusCode.ABORTED):
            stub.PushRules(pushed, timeout=CALL_SECONDS)
        served = stub.GetStatus(admin.GetStatusRequest(), timeout=CALL_SECONDS).revision
        pushed.expected_revision = served
        assert stub.PushRules(pushed, timeout=CALL_SECONDS).accepted


def test_of_pushes_at_the_same_time_that_expect_the_same_revision_one_is_accepted(start):
    daemon = start()
    served = daemon.json("status")["revision"]

    def push(number):
        with grpc.insecure_channel(daemon.admin) as channel:
            pushed = admin.PushRulesRequest(files=marked_rules(f"rival {number}"), expected_revision=served)
            try:
                return support.Admin(channel).PushRules(pushed, timeout=CALL_SECONDS).revision
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.ABORTED, error
                return None

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        accepted = [revision for revision in pool.map(push, range(8)) if revision]
    assert len(accepted) == 1
    assert daemon.json("status")["revision"] == accepted[0]
    daemon.kill()
    daemon.start()
    assert daemon.json("status")["revision"] == accepted[0]


def test_the_same_content_has_the_same_revision_whoever_pushes_it(start):
    revisions = set()
    for _ in range(2):
        with grpc.insecure_channel(start(rules=None).admin) as channel:
            revisions.add(support.Admin(channel).PushRules(admin.PushRulesRequest(files=marked_rules("same")),
                                                           timeout=CALL_SECONDS).revision)
    assert len(revisions) == 1


def test_100_pushes_during_a_million_requests_fail_none_and_mix_none(start):
    started = start()
    marker_of, seen, problems, pushes = {}, set(), [], 0
    done = threading.Event()

    def ask():
        """Asks again and again; every answer must come whole from one rule set."""
        asked = request(visitor=dict(age=7), consent=())
        with grpc.insecure_channel(started.data) as channel:
            stub = support.Decisions(channel)
            while not done.is_set():
                try:
                    answer = stub.Decide(asked, timeout=CALL_SECONDS)
                except grpc.RpcError as error:
                    problems.append(f"{error.code()} {error.details()}")
                    return
                texts = {item.fields["text"].split(" ")[0] for item in answer.placements}
                if len(texts) != 1 or placements(answer)["slot_3"].fields["text"].split(" ")[1:] != ["campaign", "7"]:
                    problems.append(str(answer))
                seen.add((answer.revision, *texts))

    with grpc.insecure_channel(started.admin) as channel:
        stub = support.Admin(channel)

        def push(marker):
            answer = stub.PushRules(admin.PushRulesRequest(files=marked_rules(marker)), timeout=CALL_SECONDS)
            assert answer.accepted, answer
            marker_of[answer.revision] = marker

        push("start")
        body = request(visitor=dict(age=7), consent=()).SerializeToString()
        load = harness.Load(started.data, body, LOAD_REQUESTS)
        askers = [threading.Thread(target=ask) for _ in range(2)]
        for asker in askers:
            asker.start()
        load.wait_until_running()
        while load.is_running():
            pushes += 1
            push(f"marker{pushes}")
        result = load.result()
        done.set()
        for asker in askers:
            asker.join()
        stats = {item.method: item for item in stub.GetStats(admin.GetStatsRequest(), timeout=CALL_SECONDS).methods}
    print(f"{pushes} pushes during {result.total} requests at {result.rate:.0f} a second, {len(seen)} rule sets seen")
    assert (result.succeeded, result.failed, result.errored) == (LOAD_REQUESTS, 0, 0)
    # h2load counts HTTP statuses; the daemon's own count covers gRPC's.
    assert stats[DECIDE].errors == 0 and stats[DECIDE].count >= LOAD_REQUESTS
    assert pushes >= PUSHES
    assert not problems, problems[:3]
    assert len(seen) > 1
    for revision, marker in seen:
        assert marker_of[revision] == marker


def test_rules_test_says_what_the_tests_reach_and_can_ask_for_more():
    asked = ["rules", "test", harness.RULES]
    assert "the tests reach " in harness.ctl(*asked).stdout
    listed = harness.ctl(*asked, "--coverage").stdout
    assert "profiles that no test reaches\n  hotel_hugo" in listed and "never " in listed
    coverage = json.loads(harness.ctl(*asked, "--output", "json").stdout)["coverage"]
    assert 0 < coverage["share"] < 1 and any(part["kind"] == "variants" for part in coverage["parts"])
    harness.ctl(*asked, "--coverage-minimum", "10")
    refused = harness.ctl(*asked, "--coverage-minimum", "99", check=False)
    assert refused.returncode == 1 and "less than the 99" in refused.stderr


def test_reference_prints_the_pages_that_the_checks_are_made_of():
    for arguments, page in (((), "reference.md"), (("--codes",), "lint.md")):
        assert harness.ctl("rules", "reference", *arguments).stdout == (ROOT / "docs" / page).read_text()
    assert harness.ctl("rules", "reference", "unreachable").stdout.startswith("### unreachable\n")
    wrong = harness.ctl("rules", "reference", "unreachabel", check=False)
    assert wrong.returncode == 1 and "did you mean `unreachable`?" in wrong.stderr
