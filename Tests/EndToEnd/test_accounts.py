"""R34 and R29: shortlists of accounts, and what exports give back."""
import csv
import io
import json

import pytest
from support import CALL_SECONDS, decision, harness


def rows(done):
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_R34_the_shortlist_has_the_scores_that_decide_gives(daemon, decisions):
    ranked = rows(daemon.ctl("accounts", "rank", "--icp", "office_olive", "--set", "visitor.department=office",
                             "--consent", "personalisation"))
    assert len(ranked) > 10 and [row["rank"] for row in ranked] == [str(n + 1) for n in range(len(ranked))]
    fits = [float(row["fit"]) for row in ranked]
    assert fits == sorted(fits, reverse=True)
    for row in ranked[::7]:
        asked = decision.DecideRequest(account_id=row["account"])
        asked.visitor["department"].string = "office"
        asked.consent.granted.append("personalisation")
        answer = decisions.Decide(asked, timeout=CALL_SECONDS)
        assert (answer.icp.name, answer.icp.fit, answer.icp.tier) == ("office_olive", float(row["fit"]), row["tier"])
    named = {row["account"] for row in ranked}
    others = [account for account in (row["id"] for row in csv.DictReader(open(harness.SAMPLE / "accounts.csv")))
              if account not in named]
    for account in others[::97]:
        asked = decision.DecideRequest(account_id=account)
        asked.visitor["department"].string = "office"
        asked.consent.granted.append("personalisation")
        assert decisions.Decide(asked, timeout=CALL_SECONDS).icp.name != "office_olive"
    assert len(rows(daemon.ctl("accounts", "rank", "--icp", "office_olive", "--limit", "3"))) <= 3


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
