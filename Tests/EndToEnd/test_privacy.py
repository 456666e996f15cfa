"""What a data protection officer hands in: `privacy report`; and who may have what is kept of one person."""
RULES = """
attributes:
  visitor:
    email: {type: string, purpose: personal, source: newsletter form, description: "Address | for letters"}
    city: {type: string, max_age: 30d}
    religion: {type: string, sensitive: true, purpose: belief}
  account: {industry: {type: string}}
events:
  order: {legal_basis: contract, points: 1}
  donation: {purpose: belief, points: 1}
policies:
  consent:
    personal: {covers: [visitor], default: granted}
    belief: {covers: [], default: denied}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
"""


def served(start, tmp_path, *options):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path / "rules", arguments=["--sink", f"file:{tmp_path / 'sink'}", "--event-retention-days", "30",
                                                      "--visitor-ttl-days", "365", *options])


def test_the_report_says_what_is_kept_what_for_how_long_and_who_got_it(start, tmp_path):
    daemon = served(start, tmp_path)
    for name, options in (("v1", ["email=a@x.example", "city=Bern"]), ("v2", ["email=b@x.example"]), ("v3", ["city=Thun"])):
        daemon.ctl("profiles", "put", name, "--kind", "visitor", *[word for one in options for word in ("--set", one)])
    daemon.ctl("profiles", "consent", "v1", "--grant", "belief")
    daemon.ctl("profiles", "consent", "v2", "--deny", "belief", "--deny", "personal")
    for visitor in ("v1", "v1", "v3"):
        daemon.ctl("events", "record", "order", "--visitor", visitor)
    daemon.ctl("profiles", "erase", "v3")
    daemon.ctl("profiles", "export", "--kind", "visitor")
    daemon.ctl("events", "export")
    daemon.ctl("profiles", "backup", tmp_path / "backups")
    report = daemon.json("privacy", "report")
    assert (report["visitors"], report["accounts"], report["erased"]) == (2, 0, 1)
    assert (report["eventDays"], report["visitorDays"], report["accountDays"]) == (30, 365, 0)
    assert [(p["name"], p["grantedByDefault"], p["covers"], p["granted"], p["denied"]) for p in report["purposes"]] == [
        ("personal", True, ["visitor"], 0, 1), ("belief", False, [], 1, 1)]
    assert {f"{a['entity']}.{a['name']}": (a["purpose"], a["source"], a["sensitive"], a["profiles"])
            for a in report["attributes"]} == {
        "visitor.email": ("personal", "newsletter form", False, 2), "visitor.city": ("", "", False, 1),
        "visitor.religion": ("belief", "", True, 0), "account.industry": ("", "", False, 0)}
    events = {e["name"]: (e["purpose"], e["legalBasis"], e["visitors"], e["count"]) for e in report["events"]}
    assert events["order"] == ("", "contract", 1, 2) and events["donation"] == ("belief", "consent", 0, 0)
    assert [(r["kind"], r["name"]) for r in report["recipients"]] == [
        ("sink", f"file:{tmp_path / 'sink'}"), ("export", "profiles of visitors"), ("export", "events"),
        ("backup", f"{tmp_path / 'backups'}/generation-1")]
    page = daemon.ctl("privacy", "report").stdout
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Personal data kept by Bespoke", "## Purposes", "## Attributes", "## Behaviour", "## Retention", "## Recipients"]
    assert "| personal | granted | visitor | 0 | 1 |" in page
    assert "| visitor.email | Address \\| for letters | string |  | personal | newsletter form |  | 2 |" in page
    assert "| visitor.city |  | string |  |  |  | 30 days | 1 |" in page
    assert "| profiles of visitors | 365 days after the last change |" in page
    assert "no caller opens" in page and "a@x.example" not in page and "v1" not in page
    # A table has as many cells in every row.
    rows = [line for line in page.replace("\\|", "").splitlines() if line.startswith("|")]
    assert len(rows) > 15
    # Exports are remembered over a restart.
    daemon.kill()
    daemon.start()
    assert [r["kind"] for r in daemon.json("privacy", "report")["recipients"]] == ["sink", "export", "export", "backup"]


def test_a_person_is_told_who_may_have_their_data(start, tmp_path):
    daemon = served(start, tmp_path)
    daemon.ctl("profiles", "export", "--kind", "visitor")
    daemon.ctl("profiles", "export", "--kind", "account")
    daemon.ctl("events", "record", "order", "--visitor", "v1")
    before = daemon.ctl("profiles", "show", "v1").stdout
    assert "may be with\n  sink" in before and "export" not in before
    daemon.ctl("profiles", "export", "--kind", "visitor")
    daemon.ctl("profiles", "export", "--kind", "account")
    daemon.ctl("profiles", "backup", tmp_path / "backups")
    shown = daemon.json("profiles", "show", "v1")
    assert [(r["kind"], r["name"]) for r in shown["recipients"]] == [
        ("sink", f"file:{tmp_path / 'sink'}"), ("export", "profiles of visitors"),
        ("backup", f"{tmp_path / 'backups'}/generation-1")]


def test_the_address_of_a_sink_is_told_without_what_may_be_secret(start, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path / "rules", arguments=["--sink", "http://127.0.0.1:1/take?token=planted"])
    report = daemon.ctl("privacy", "report").stdout
    assert "http://127.0.0.1:1/take" in report and "planted" not in report
