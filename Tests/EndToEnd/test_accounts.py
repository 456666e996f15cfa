"""R34 and R29: shortlists of accounts, and what exports give back."""
import csv
import io
import json

import pytest
from support import CALL_SECONDS, decision, explanation_pb2, harness


def rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


CATEGORIES = ["ready", "willing", "able", "success", "acquisition", "ascension", "advocacy"]


def asked_for(account):
    asked = decision.DecideRequest(account_id=account)
    asked.visitor["department"].string = "office"
    asked.consent.granted.append("personalisation")
    return asked


def rank(daemon, *arguments):
    return rows(daemon.ctl("accounts", "rank", "--icp", "office_olive", "--set", "visitor.department=office",
                           "--consent", "personalisation", *arguments))


def explained(decisions, account):
    """What Explain says of office_olive for an account, and the name of the profile that it reports."""
    answer = decisions.Explain(decision.ExplainRequest(request=asked_for(account), skip_nearest_misses=True),
                               timeout=CALL_SECONDS)
    return next(icp for icp in answer.explanation.icps if icp.name == "office_olive"), answer.decision.icp.name


def test_R34_the_shortlist_has_the_scores_that_decide_gives(daemon, decisions):
    ranked = rank(daemon)
    assert len(ranked) > 10 and [row["rank"] for row in ranked] == [str(n + 1) for n in range(len(ranked))]
    assert list(ranked[0]) == ["rank", "account", "score", "tier", *CATEGORIES, "matches", "missing", "reported_profile"]
    scores = [float(row["score"]) for row in ranked]
    assert scores == sorted(scores, reverse=True)
    reported = 0
    for row in ranked:
        answer = decisions.Decide(asked_for(row["account"]), timeout=CALL_SECONDS)
        assert (answer.icp.name, row["matches"]) == (row["reported_profile"], "yes")
        if answer.icp.name != "office_olive":
            continue
        reported += 1
        assert (answer.icp.fit, answer.icp.tier) == (float(row["score"]), row["tier"])
        given = [getattr(answer.icp.subscores, name) for name in CATEGORIES]
        assert [float(row[name]) for name in CATEGORIES] == pytest.approx(given)
    assert reported > 10
    assert len(rank(daemon, "--limit", "3")) == 3


def test_R34_every_account_that_the_profile_matches_is_listed_whichever_is_reported(daemon, decisions):
    everybody = rank(daemon, "--all")
    assert len(everybody) == 1_000
    named = {row["account"] for row in rank(daemon)}
    assert named == {row["account"] for row in everybody if row["matches"] == "yes"}
    order = ["yes", "unknown", "no"]
    assert [row["matches"] for row in everybody] == sorted((row["matches"] for row in everybody), key=order.index)
    for row in everybody[::19] + everybody[:20]:
        icp, reported = explained(decisions, row["account"])
        verdict = {explanation_pb2.VERDICT_TRUE: "yes", explanation_pb2.VERDICT_FALSE: "no"}.get(icp.matches, "unknown")
        assert (row["matches"], float(row["score"]), row["tier"]) == (verdict, icp.fit, icp.tier)
        assert row["reported_profile"] == reported
        checks = [*icp.required, *icp.excluded, *[item.check for item in icp.criteria if item.points > 0]]
        settled = (explanation_pb2.VERDICT_TRUE, explanation_pb2.VERDICT_FALSE)
        unknown = {value.path for check in checks if check.verdict not in settled for value in check.inputs
                   if value.state != explanation_pb2.INPUT_STATE_KNOWN}
        assert set(filter(None, row["missing"].split("|"))) == unknown


def test_rank_lists_an_account_whose_reported_profile_is_another(start, tmp_path):
    (tmp_path / "rules.yaml").write_text("""
attributes:
  account: {size: {type: int}, budget: {type: int}}
segments: {sold_to: "!(has(request.country) && request.country in ['KP'])"}
icps:
  wide: {of: account, segment: sold_to, required: [account.size > 10], tiers: {a: 10},
         criteria: [{when: account.size > 100, points: 10, category: able},
                    {when: account.budget > 5, points: 30, category: ready}]}
  close: {of: account, segment: sold_to, required: [account.size > 10], tiers: {a: 10},
          criteria: [{when: account.size > 10 || account.budget > 1000, points: 10, category: able}]}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: none}}
""")
    daemon = start(rules=tmp_path)
    (tmp_path / "accounts.csv").write_text("id,size,budget\nbig,500,\nsmall,5,1\nfull,500,9\nnobody,,\n")
    daemon.ctl("profiles", "import", tmp_path / "accounts.csv", "--kind", "account")
    ranked = {row["account"]: row for row in rows(daemon.ctl("accounts", "rank", "--icp", "wide", "--all"))}
    found = {name: (row["rank"], float(row["score"]), row["tier"], float(row["able"]), float(row["ready"]), row["matches"],
                    row["missing"], row["reported_profile"]) for name, row in ranked.items()}
    assert found == {
        # Both profiles fit wholly, and `close` comes first by name.
        "full": ("1", 100, "a", 25, 75, "yes", "", "close"),
        "big": ("2", 25, "a", 25, 0, "yes", "account.budget", "close"),
        "nobody": ("3", 0, "", 0, 0, "unknown", "account.size|account.budget", ""),
        "small": ("4", 0, "", 0, 0, "no", "", ""),
    }
    assert [row["account"] for row in rows(daemon.ctl("accounts", "rank", "--icp", "wide"))] == ["full", "big"]


def test_rank_of_a_profile_that_does_not_exist_is_refused_with_a_suggestion(daemon):
    done = daemon.ctl("accounts", "rank", "--icp", "office_olve", check=False)
    assert done.returncode == 1 and "did you mean `office_olive`" in done.stderr


def test_R29_the_committee_names_known_and_missing_roles(daemon, decisions):
    table = rows(daemon.ctl("accounts", "committee", "--consent", "personalisation"))
    assert table and set(table[0]) >= {"account", "champion", "decision_maker", "missing"}
    row = next(row for row in table if row["champion"])
    visitor = row["champion"].split("|")[0]
    asked = decision.DecideRequest(visitor_id=visitor)
    asked.consent.granted.append("personalisation")
    assert decisions.Decide(asked, timeout=CALL_SECONDS).role == "champion"
    assert "champion" not in row["missing"].split("|")
    only = rows(daemon.ctl("accounts", "committee", "--only", row["account"], "--consent", "personalisation"))
    assert [item["account"] for item in only] == [row["account"]]


@pytest.mark.parametrize("kind", ["visitor", "account"])
def test_an_export_is_what_an_import_reads(daemon, start, tmp_path, kind):
    exported = daemon.ctl("profiles", "export", "--kind", kind).stdout
    (tmp_path / "all.csv").write_text(exported)
    other = start()
    other.ctl("profiles", "import", tmp_path / "all.csv", "--kind", kind)
    again = other.ctl("profiles", "export", "--kind", kind).stdout
    assert sorted(again.splitlines()) == sorted(exported.splitlines())
    assert len(exported.splitlines()) == 1_001


def test_ndjson_has_one_object_a_line(daemon):
    lines = daemon.ctl("profiles", "export", "--kind", "account", "--format", "ndjson").stdout.splitlines()
    assert len(lines) == 1_000 and all("features" in json.loads(line) for line in lines)
