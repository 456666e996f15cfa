"""What is not agreed to is neither read nor kept, whichever door asks: W1, W2, W3, W52, and a walk through all doors."""
import json
import re
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, admin, decision, event, profile, value

RULES = """
attributes:
  visitor:
    email: {type: string, purpose: personal}
    religion: {type: string, sensitive: true, purpose: belief}
    city: {type: string}
  account: {industry: {type: string}}
events:
  visit: {points: 1}
  donation: {points: 40, purpose: belief}
  order: {legal_basis: contract}
policies:
  consent:
    personal: {covers: [], default: granted}
    belief: {covers: [], default: denied}
    measurement: {covers: [events], default: granted}
roles: {believer: visitor.religion == "jedi"}
icps:
  donor:
    of: visitor
    criteria:
      - {when: visitor.religion == "jedi", points: 1, category: willing}
      - {when: events.donation.count > 2, points: 1, category: able}
    tiers: {a: 50}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
  strip: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
campaigns:
  temple:
    priority: 9
    when: visitor.religion == "jedi" || events.donation.count > 2
    pages: {hero: {a: {fields: {text: Temple}}}}
  software:
    when: account.industry == "software"
    caps: [{per: visitor, shows: 3, within: 1d}]
    pages: {hero: {a: {fields: {text: Software}}}}
  banks: {when: account.industry == "bank", pages: {hero: {a: {fields: {text: Bank}}}}}
routes: {sales: [{to: monk@example.com, when: visitor.religion == "jedi"}, {to: all@example.com}]}
experiments:
  words:
    placement: strip
    arms: {short: {weight: 1, fields: {text: short}}, long: {weight: 1, fields: {text: long}}}
    metrics: [visit]
"""


@pytest.fixture
def served(start, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    (tmp_path / "links.csv").write_text("account,network,domain\nacme,,acme.example\nbank,,bank.example\n")
    daemon = start(rules=folder, arguments=["--sink", f"file:{tmp_path / 'sink'}", "--sink-decisions", "true"])
    daemon.ctl("accounts", "link", tmp_path / "links.csv")
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    daemon.ctl("profiles", "put", "bank", "--kind", "account", "--set", "industry=bank")
    return daemon


@pytest.fixture
def stubs(served):
    with grpc.insecure_channel(served.data) as channel:
        yield support.Decisions(channel), support.Events(channel), support.Profiles(channel)


def consent(events, visitor, granted=(), denied=()):
    events.SetConsent(event.SetConsentRequest(visitor_id=visitor, granted=granted, denied=denied), timeout=CALL_SECONDS)


def ask(decisions, who, granted=(), denied=(), **more):
    return decisions.Decide(decision.DecideRequest(
        visitor_id=who, consent=decision.Consent(granted=granted, denied=denied), **more), timeout=CALL_SECONDS)


def campaign(answer):
    return support.placements(answer)["hero"].campaign


def test_W1_a_link_asks_for_the_purpose_of_the_email_first(served, stubs):
    decisions, events, profiles = stubs
    served.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "email=rita@acme.example")
    assert campaign(ask(decisions, "v")) == "software"
    # Denied by the request, then stored; the address stored, in the request, or as the id itself.
    for visitor, more in [("v", {}), ("w", dict(visitor=dict(email=value("x@acme.example")))), ("x@acme.example", {})]:
        assert campaign(ask(decisions, visitor, **more)) == "software"
        answer = ask(decisions, visitor, denied=["personal"], **more)
        assert (campaign(answer), "personal" in answer.unread_purposes) == ("", True)
        consent(events, visitor, denied=["personal"])
        answer = ask(decisions, visitor, granted=["belief"], **more)
        assert (campaign(answer), list(answer.unread_purposes)) == ("", ["personal"])
        explained = decisions.Explain(decision.ExplainRequest(
            request=decision.DecideRequest(visitor_id=visitor, **more)), timeout=CALL_SECONDS).decision
        assert campaign(explained) == "" and "personal" in explained.unread_purposes
        # Decision 0026: what is denied is opened by a newer choice, and by no request.
        assert campaign(ask(decisions, visitor, granted=["personal"], **more)) == ""
        consent(events, visitor, granted=["personal"])
        assert campaign(ask(decisions, visitor, **more)) == "software"
        consent(events, visitor, denied=["personal"])
    found = profile.FindAccountRequest(email="x@acme.example")
    with support.refused(grpc.StatusCode.FAILED_PRECONDITION, "purpose is not agreed to", "`personal`"):
        profiles.FindAccount(found, timeout=CALL_SECONDS)
    found.consent.granted.append("personal")
    with support.refused(grpc.StatusCode.FAILED_PRECONDITION, "purpose is not agreed to", "`personal`"):
        profiles.FindAccount(found, timeout=CALL_SECONDS)
    found.email = "somebody@acme.example"
    assert profiles.FindAccount(found, timeout=CALL_SECONDS).account_id == "acme"


def test_W1_the_account_of_a_profile_needs_what_covers_the_visitor(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES.replace("personal: {covers: []", "personal: {covers: [visitor]"))
    daemon = start(rules=tmp_path)
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    daemon.ctl("profiles", "put", "v", "--kind", "visitor", "--account", "acme")
    assert "Software" in daemon.ctl("decide", "--visitor", "v").stdout
    denied = daemon.ctl("decide", "--visitor", "v", "--deny", "personal").stdout
    assert "Software" not in denied and "personal" in denied
    assert "Software" in daemon.ctl("decide", "--visitor", "v", "--deny", "personal", "--account", "acme").stdout


def test_W1_sinks_do_not_tell_the_account_of_whoever_denied_it(start, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES.replace("personal: {covers: []", "personal: {covers: [visitor]"))
    daemon = start(rules=tmp_path / "rules", arguments=["--sink", f"file:{tmp_path / 'sink'}", "--sink-decisions", "true"])
    for visitor in ("agreed", "denied", "asked"):
        daemon.ctl("profiles", "put", visitor, "--kind", "visitor", "--account", "acme")
    daemon.ctl("profiles", "consent", "denied", "--deny", "personal")
    for visitor, deny in (("agreed", ()), ("denied", ()), ("asked", ("--deny", "personal"))):
        daemon.ctl("events", "record", "visit", "--visitor", visitor, *deny)
        daemon.ctl("decide", "--visitor", visitor, "--record-exposure", *deny)

    def told():
        rows = (tmp_path / "sink").read_text().splitlines() if (tmp_path / "sink").exists() else []
        return [json.loads(row) for row in rows]

    daemon.wait_until(
        lambda: {row["visitor_id"] for row in told() if row["kind"] == "decision"} == {"agreed", "denied", "asked"},
        "the decisions are in the sink")
    kinds = {(row["kind"], row["visitor_id"]): row.get("account_id") for row in told() if row["kind"] != "consent"}
    assert {who: account for (kind, who), account in kinds.items() if kind == "event"} == {
        "agreed": "acme", "denied": None, "asked": None}
    assert all(account is None for (_, who), account in kinds.items() if who != "agreed")
    assert kinds["decision", "agreed"] == "acme"


def test_W3_a_request_decides_the_purposes_that_it_names(served, stubs):
    decisions, events, _ = stubs
    consent(events, "v", denied=["personal", "measurement"])
    more = dict(visitor=dict(email=value("x@acme.example"), religion=value("jedi")))
    assert campaign(ask(decisions, "v", granted=["belief"], **more)) == "temple"
    answer = ask(decisions, "v", denied=["belief"], **more)
    assert campaign(answer) == "" and set(answer.unread_purposes) == {"personal", "belief", "measurement"}
    batch = decisions.BatchDecide(decision.BatchDecideRequest(requests=[decision.DecideRequest(
        visitor_id="v", consent=decision.Consent(granted=["belief"]), visitor=dict(email=value("x@acme.example")))]),
        timeout=CALL_SECONDS).responses[0]
    assert campaign(batch) == "" and "personal" in batch.unread_purposes
    assert "measurement" in served.ctl("decide", "--visitor", "v", "--consent", "belief").stdout


@pytest.mark.parametrize("reopens", [False, True])
def test_a_stored_denial_is_the_ceiling_at_every_door(start, tmp_path, reopens):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path / "rules", arguments=["--request-consent-reopens", "true"] if reopens else [])
    warned = "request_consent_reopens is true" in daemon.ctl("status").stdout
    assert (warned, "request_consent_reopens is true" in daemon.log_text()) == (reopens, reopens)
    for visitor in ("denied", "unasked"):
        daemon.ctl("profiles", "put", visitor, "--kind", "visitor", "--set", "religion=jedi")
    daemon.ctl("profiles", "consent", "denied", "--deny", "belief", "--deny", "measurement")
    with grpc.insecure_channel(daemon.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)
        # Nothing is stored: the request may open, and close.
        assert campaign(ask(decisions, "unasked", granted=["belief"])) == "temple"
        assert campaign(ask(decisions, "unasked", granted=["belief"], denied=["belief"])) == ""
        opened = decision.DecideRequest(visitor_id="denied", consent=decision.Consent(granted=["belief", "measurement"]))
        answers = [decisions.Decide(opened, timeout=CALL_SECONDS),
                   decisions.BatchDecide(decision.BatchDecideRequest(requests=[opened]), timeout=CALL_SECONDS).responses[0]]
        explained = decisions.Explain(decision.ExplainRequest(request=opened), timeout=CALL_SECONDS)
        answers.append(explained.decision)
        assert [campaign(answer) for answer in answers] == ["temple" if reopens else ""] * 3
        assert all(("belief" in answer.unread_purposes) != reopens for answer in answers)
        assert list(explained.explanation.held_purposes) == ([] if reopens else ["belief", "measurement"])
        opened.record_exposure = True
        assert (decisions.Decide(opened, timeout=CALL_SECONDS).exposures_not_agreed == 0) == reopens
        reply = events.Record(event.RecordRequest(events=[happened("denied", "visit"), happened("denied", "donation")],
                                                  consent=opened.consent), timeout=CALL_SECONDS)
        assert (reply.recorded, reply.not_agreed) == ((2, 0) if reopens else (0, 2))
    said = daemon.ctl("explain", "--visitor", "denied", "--consent", "belief").stdout
    assert ("the purpose `belief`: the stored choice denies it" in said) != reopens
    export = daemon.ctl("profiles", "export", "--kind", "visitor", "--consent", "belief").stdout
    assert export.count("jedi") == (2 if reopens else 1)
    # A newer choice opens it.
    daemon.ctl("profiles", "consent", "denied", "--grant", "belief")
    assert "Temple" in daemon.ctl("decide", "--visitor", "denied").stdout


def happened(visitor, name, number=1):
    return event.Event(visitor_id=visitor, name=name, id=f"{name}{number}")


def shown(answer, visitor):
    hero = support.placements(answer)["hero"]
    return event.Exposure(visitor_id=visitor, decision_id=answer.decision_id, placement="hero", campaign=hero.campaign,
                          variant=hero.variant, revision=answer.revision)


def test_W52_what_is_denied_is_not_recorded_and_the_answer_says_how_much(served, stubs, tmp_path):
    decisions, events, _ = stubs
    answer = ask(decisions, "v", visitor=dict(email=value("x@acme.example")))
    consent(events, "v", denied=["measurement"])
    items = event.RecordRequest(events=[happened("v", "visit"), happened("v", "click"), happened("v", "order")],
                                exposures=[shown(answer, "v")])
    reply = events.Record(items, timeout=CALL_SECONDS)
    assert (reply.recorded, reply.duplicates, reply.not_agreed) == (1, 0, 3)
    reply = events.RecordStream(iter([items, items]), timeout=CALL_SECONDS)
    assert (reply.recorded, reply.duplicates, reply.not_agreed) == (0, 2, 6)
    more = dict(visitor=dict(email=value("x@acme.example")), record_exposure=True)
    # The campaign and the arm.
    assert ask(decisions, "v", **more).exposures_not_agreed == 2
    assert ask(decisions, "w", denied=["measurement"], **more).exposures_not_agreed == 2
    kept = events.GetBehaviour(event.GetBehaviourRequest(visitor_id="v"), timeout=CALL_SECONDS)
    assert [item.name for item in kept.events] == ["order"] and not kept.shows and not kept.trials
    exported = [json.loads(line)["name"] for line in served.ctl("events", "export").stdout.splitlines()]
    assert exported == ["order"]
    served.wait_until(lambda: "order" in (tmp_path / "sink").read_text(), "the sink has the order")
    sink = [json.loads(line) for line in (tmp_path / "sink").read_text().splitlines()]
    assert {item["kind"] for item in sink if item.get("visitor_id") == "v"} <= {"event", "decision"}
    assert "software" not in served.ctl("campaigns", "results", "--format", "csv").stdout.replace("software,0,0,0", "")
    said = served.ctl("events", "record", "visit", "--visitor", "v").stdout
    assert said == "not recorded: the visitor does not agree to what it needs\n"
    # A request closes what it names, and opens nothing that is denied (decision 0026): that takes a newer choice.
    items.consent.granted.append("measurement")
    assert events.Record(items, timeout=CALL_SECONDS).not_agreed == 3
    assert ask(decisions, "v", granted=["measurement"], **more).exposures_not_agreed == 2
    consent(events, "v", granted=["measurement"])
    assert events.Record(items, timeout=CALL_SECONDS).recorded == 3
    assert events.Record(event.RecordRequest(events=[happened("w", "visit")], consent=decision.Consent(
        denied=["measurement"])), timeout=CALL_SECONDS).not_agreed == 1
    with support.refused(grpc.StatusCode.NOT_FOUND, "measure"):
        events.Record(event.RecordRequest(consent=decision.Consent(denied=["measure"])), timeout=CALL_SECONDS)


def units(results):
    return [(group["name"], group["notAgreed"], sum(int(arm["units"]) for arm in group["arms"])) for group in results["groups"]]


def test_W52_who_denies_later_is_in_no_result_and_no_export(served, stubs):
    decisions, events, _ = stubs
    for number, city in enumerate(["Bern", "Bern", "Thun", "Thun"]):
        served.ctl("profiles", "put", f"v{number}", "--kind", "visitor", "--set", f"city={city}",
                   "--set", f"religion=r{number}")
        ask(decisions, f"v{number}", record_exposure=True)
    results = served.json("experiments", "results", "words", "--by", "religion")
    assert units(results) == [("", True, 4)]
    consent(events, "v0", granted=["belief"])
    results = served.json("experiments", "results", "words", "--by", "religion")
    assert units(results) == [("r0", False, 1), ("", True, 3)]
    consent(events, "v1", denied=["measurement"])
    results = served.json("experiments", "results", "words")
    assert sum(int(arm["units"]) for arm in results["groups"][0]["arms"]) == 3 and int(results["notAgreed"]) == 1
    assert "1 not counted" in served.ctl("experiments", "results", "words").stdout
    exported = served.ctl("events", "export")
    assert "v1" not in exported.stdout and "v2" in exported.stdout
    assert exported.stderr == "left out, for lack of consent: exposures and events of 1 visitor\n"
    export = served.ctl("profiles", "export", "--kind", "visitor")
    assert "r0" in export.stdout and "r1" not in export.stdout and "of 3 profiles" in export.stderr
    assert "r1" in served.ctl("profiles", "export", "--kind", "visitor", "--not-agreed").stdout


def page(served, name):
    return urllib.request.urlopen(f"http://{served.operations}/{name}", timeout=CALL_SECONDS).read().decode()


def walked(served, visitor, email, religion, donations, tmp_path):
    """What every door says of a visitor, without ids and times."""
    served.ctl("profiles", "put", visitor, "--kind", "visitor", "--set", "city=Bern", "--set", f"email={email}",
               *(["--set", f"religion={religion}"] if religion else []))
    said = []
    with grpc.insecure_channel(served.data) as channel:
        decisions, events, profiles = support.Decisions(channel), support.Events(channel), support.Profiles(channel)
        if donations:
            # Agreed to then, and denied since.
            consent(events, visitor, granted=["belief"])
            events.Record(event.RecordRequest(events=[happened(visitor, "donation", number) for number in range(donations)]),
                          timeout=CALL_SECONDS)
        consent(events, visitor, denied=["belief", "personal"])
        asked = decision.DecideRequest(visitor_id=visitor, routes=["sales"])
        asked.now.FromJsonString("2040-01-01T00:00:00Z")
        said.append(decisions.Decide(asked, timeout=CALL_SECONDS))
        said.append(decisions.BatchDecide(decision.BatchDecideRequest(requests=[asked]), timeout=CALL_SECONDS))
        said.append(decisions.Explain(decision.ExplainRequest(request=asked), timeout=CALL_SECONDS))
        said.append(decisions.Explain(decision.ExplainRequest(request=asked, skip_nearest_misses=True), timeout=CALL_SECONDS))
        said.append(events.Record(event.RecordRequest(events=[happened(visitor, "donation", 99)]), timeout=CALL_SECONDS))
        said.append(decisions.Decide(decision.DecideRequest(visitor_id=visitor, record_exposure=True), timeout=CALL_SECONDS))
        with pytest.raises(grpc.RpcError) as refused:
            profiles.FindAccount(profile.FindAccountRequest(email=email, consent=decision.Consent(denied=["personal"])),
                                 timeout=CALL_SECONDS)
        said.append(refused.value.details())
    with grpc.insecure_channel(served.admin) as channel:
        previewed = support.Decisions(channel)
        for preview in (decision.Preview(variants=dict(hero="temple/a")), decision.Preview(arms=dict(words="long"))):
            asked.preview.CopyFrom(preview)
            said.append(previewed.Decide(asked, timeout=CALL_SECONDS))
            said.append(previewed.Explain(decision.ExplainRequest(request=asked), timeout=CALL_SECONDS))
    for command in (["decide", "--visitor", visitor], ["explain", "--visitor", visitor],
                    ["events", "export"], ["profiles", "export", "--kind", "visitor"], ["accounts", "committee"],
                    ["accounts", "rank", "--icp", "donor", "--all"], ["campaigns", "results", "--by", "icp"],
                    ["experiments", "results", "words", "--by", "religion"], ["status"]):
        done = served.ctl(*command, check=False)
        said.append(done.stdout + done.stderr)
    said.append(rule_tests(served, email, religion, donations, tmp_path))
    # How long calls took is chance; how many there were is not.
    methods = served.json("stats")["methods"]
    said.append(str(sorted((method["method"], method["count"], method["errors"]) for method in methods)))
    lines = page(served, "metrics").splitlines()
    said.append("\n".join(line for line in lines if re.match("bespoke_(event|decision|placement)", line)))
    log = served.log_text()
    assert email not in log and (not religion or religion not in log)
    # Decisions are gathered from all loops at once, time and again: behind the second of these everything before is in the sink.
    for _ in range(2):
        probe = served.json("decide", "--visitor", "nobody")["decisionId"]
        served.wait_until(lambda: probe in (tmp_path / "sink").read_text(), "the sink has what was decided")
    served.wait_until(lambda: "bespoke_sink_waiting_records 0\n" in page(served, "metrics"), "nothing waits for the sink")
    lines = (tmp_path / "sink").read_text().splitlines()
    # What was agreed to when it happened, and nothing since.
    assert sum('"donation"' in line for line in lines) == donations

    def masked(text):
        return re.sub(r"\b(preview-)?[0-9a-f]{32}\b", "ID", str(text).replace(visitor, "VISITOR"))

    # Sorted without ids and times: which of two loops was asked first is chance.
    said.append("\n".join(sorted(masked(line) for line in lines if '"donation"' not in line)))
    return [masked(part) for part in said]


def rule_tests(served, email, religion, donations, tmp_path):
    """What rule tests say of somebody like that who has denied, and of somebody who has only not agreed."""
    somebody = dict(visitor=dict(email=email, religion=religion, city="Bern"), events=dict(donation=dict(count=donations)))
    placed = dict(hero=dict(campaign="temple"))
    tests = [
        dict(somebody, name="denied", denied=["belief", "personal"], expect=dict(
            icp="donor", role="believer", placements=placed, routes=dict(sales="monk@example.com"))),
        dict(somebody, name="never asked", expect=dict(icp="donor", role="believer", placements=placed))]
    folder = tmp_path / "tested"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    (folder / "tests.yaml").write_text(json.dumps(dict(tests=tests)))
    done = served.ctl("rules", "test", folder, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return (done.stdout + done.stderr).replace(str(folder), "FOLDER")


def timeless(text):
    text = re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?", "TIME", text)
    return re.sub(r"(seconds|nanos): \d+|\b\d+(\.\d+)? ?(µs|ms|s|MiB|KiB|B)\b", "N", text)


def test_no_door_tells_anything_of_a_value_that_is_not_agreed_to(start, tmp_path):
    """Twins whose hidden values differ, each on a daemon of its own: every answer is alike but for ids and times."""
    answers = []
    for number, (email, religion, donations) in enumerate([("rita@acme.example", "jedi", 5), ("rita@bank.example", "sith", 1)]):
        folder = tmp_path / str(number)
        (folder / "rules").mkdir(parents=True)
        (folder / "rules" / "rules.yaml").write_text(RULES)
        (folder / "links.csv").write_text("account,network,domain\nacme,,acme.example\nbank,,bank.example\n")
        daemon = start(rules=folder / "rules", arguments=["--sink", f"file:{folder / 'sink'}", "--sink-decisions", "true"])
        daemon.ctl("accounts", "link", folder / "links.csv")
        daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
        daemon.ctl("profiles", "put", "bank", "--kind", "account", "--set", "industry=bank")
        answers.append(walked(daemon, "vera", email, religion, donations, folder))
        # Data access is the person's right: what is kept of them is shown to whoever answers them.
        own = daemon.ctl("profiles", "show", "vera").stdout
        assert religion in own and email in own and f"{donations}" in own
    for first, second in zip(*answers):
        assert timeless(first) == timeless(second)
