"""W7, W8, W57, W58: one person behind several ids, the history of consent, who comes back, and what an account sees."""
import json

import grpc
import pytest
import support
from google.protobuf.json_format import MessageToDict
from support import CALL_SECONDS, decision, event, profile, refused

RULES = """
attributes:
  visitor: {title: {type: string}, city: {type: string}, email: {type: string, purpose: personal}}
events: {visit: {points: 1}, buy: {points: 5}}
segments: {known: has(visitor.title) && has(visitor.city) && has(visitor.email) && events.visit.count > 0}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}
  side: {kind: ad, fields: {text: {type: text}}, default: {text: Nothing}}
campaigns:
  offer:
    caps: [{per: visitor, shows: 2, within: 1d}]
    ads: {side: {plain: {fields: {text: Buy}}}}
layers: {page: {unit: visitor}}
experiments:
  hero_text:
    layer: page
    placement: hero
    metrics: [buy]
    slots: [0, 500000]
    arms: {one: {weight: 1, fields: {text: One}}, two: {weight: 1, fields: {text: Two}}}
  other_text:
    layer: page
    placement: hero
    slots: [500000, 1000000]
    arms: {a: {weight: 1, fields: {text: A}}, b: {weight: 1, fields: {text: B}}}
policies: {consent: {personal: {covers: [], default: granted}}}
"""
RITA = "rita@acme.example"


@pytest.fixture
def served(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path)


class Calls:
    def __init__(self, daemon):
        self.daemon = daemon
        self.channel = grpc.insecure_channel(daemon.data)
        self.decisions, self.events = support.Decisions(self.channel), support.Events(self.channel)
        self.profiles = support.Profiles(self.channel)

    def decide(self, id, **more):
        return self.decisions.Decide(decision.DecideRequest(visitor_id=id, **more), timeout=CALL_SECONDS)

    def arm(self, visitor):
        return {item.experiment: item.arm for item in self.decide(visitor).assignments}

    def shown(self, id, **more):
        return {name: item.fields["text"] for name, item in support.placements(self.decide(id, **more)).items()}

    def record(self, *events):
        return self.events.Record(event.RecordRequest(events=[
            event.Event(id=id, visitor_id=visitor, name=name) for id, visitor, name in events]), timeout=CALL_SECONDS)

    def alias(self, alias, of):
        return self.profiles.Alias(profile.MergeProfilesRequest(alias_id=alias, id=of), timeout=CALL_SECONDS)

    def behaviour(self, visitor):
        found = self.events.GetBehaviour(event.GetBehaviourRequest(visitor_id=visitor), timeout=CALL_SECONDS)
        return found, {item.name: item.count for item in found.events}

    def unlike(self, arm):
        """A cookie that is in hero_text with another arm than the one given."""
        return next(id for id in map("cookie-{}".format, range(1000))
                    if self.arm(id).get("hero_text", arm) != arm)


def test_W8_after_an_alias_two_ids_are_one_person_across_a_kill_and_an_undo(served):
    calls = Calls(served)
    # Rita is in the other experiment of the layer, or in the same with another arm.
    cookie = calls.unlike(calls.arm(RITA).get("hero_text", ""))
    arm = calls.arm(cookie)
    served.ctl("profiles", "put", cookie, "--kind", "visitor", "--set", "city=Bern", "--set", "title=Visitor")
    served.ctl("profiles", "put", RITA, "--kind", "visitor", "--set", "title=CTO")
    assert calls.shown(cookie, record_exposure=True)["side"] == "Buy"
    calls.record(("e1", cookie, "visit"), ("e2", cookie, "visit"))
    calls.events.SetConsent(event.SetConsentRequest(visitor_id=cookie, denied=["personal"]), timeout=CALL_SECONDS)
    before = calls.behaviour(cookie)[0]
    # Rita was shown the ad once herself, with her own arm, later; e2 was told under both ids.
    assert calls.shown(RITA, record_exposure=True)["side"] == "Buy"
    calls.record(("e2", RITA, "visit"), ("e3", RITA, "visit"))
    own, own_arm = calls.behaviour(RITA)[0], calls.arm(RITA)

    answer = calls.alias(cookie, RITA)
    assert (answer.id, list(answer.other_ids), answer.changed) == (RITA, [cookie], True)
    assert not calls.alias(cookie, RITA).changed
    for attempt in range(2):
        for visitor in (cookie, RITA):
            assert calls.arm(visitor) == arm, "the earlier exposure's arm"
            assert calls.shown(visitor)["side"] == "Nothing", "both shows count for the cap"
            found, counts = calls.behaviour(visitor)
            assert counts == {"visit": 3} and found.id == RITA and list(found.other_ids) == [cookie]
            assert [(item.purpose, item.granted) for item in found.consents] == [("personal", False)]
        stored = calls.profiles.GetProfile(profile.GetProfileRequest(kind=1, id=cookie), timeout=CALL_SECONDS)
        assert {name: item.value.string for name, item in stored.features.items()} == {"city": "Bern", "title": "CTO"}
        assert stored.id == RITA
        assert calls.record(("e1", RITA, "visit"), ("e3", cookie, "visit")).duplicates == 2
        if attempt == 0:
            served.kill()
            served.start()
            calls = Calls(served)
    assert "also known as" in served.ctl("profiles", "show", cookie).stdout
    result = served.json("experiments", "results", "hero_text")
    assert sum(int(item["units"]) for item in result["groups"][0]["arms"]) == 1
    assert result["joinedUnits"] == (1 if "hero_text" in own_arm else 0)
    calls.record(("e4", cookie, "buy"))
    exported = [item for item in served.ctl("events", "export", "--output", "json").stdout.splitlines() if item]
    assert cookie not in "".join(exported) and RITA in "".join(exported)

    served.ctl("profiles", "unmerge", cookie)
    again = calls.behaviour(cookie)[0]
    assert MessageToDict(again) == MessageToDict(before)
    found, counts = calls.behaviour(RITA)
    assert counts == {"visit": 2, "buy": 1} and not found.consents and list(found.shows) == list(own.shows)
    assert calls.arm(cookie) == arm and calls.arm(RITA) == own_arm
    stored = calls.profiles.GetProfile(profile.GetProfileRequest(kind=1, id=RITA), timeout=CALL_SECONDS)
    assert {name: item.value.string for name, item in stored.features.items()} == {"title": "CTO"}
    served.kill()
    served.start()
    calls = Calls(served)
    assert calls.behaviour(RITA)[1] == counts and calls.behaviour(cookie)[1] == {"visit": 2}
    assert served.ctl("profiles", "unmerge", cookie, check=False).returncode == 1


def test_W8_erasing_one_id_erases_all_and_verification_reads_what_is_kept(served):
    calls = Calls(served)
    cookie = "cookie-1b7e44"
    for visitor in (cookie, RITA):
        served.ctl("profiles", "put", visitor, "--kind", "visitor", "--set", f"title=Countess-{visitor}")
        calls.record(("e-" + visitor, visitor, "visit"))
    calls.alias(cookie, RITA)
    assert served.json("profiles", "verify")["bad"] in (0, "0", None)
    answer = served.json("profiles", "erase", cookie)
    assert answer["ids"] == [RITA, cookie] and answer["events"] == 2 and answer["hadProfile"] is True
    for visitor in (cookie, RITA):
        assert served.ctl("profiles", "show", visitor, check=False).returncode == 1
    import pathlib
    left = [path.name for path in pathlib.Path(served.directory).rglob("*") if path.is_file()
            and any(word.encode() in path.read_bytes() for word in (cookie, RITA))]
    assert left == []
    calls.record(("new", cookie, "visit"))
    assert calls.behaviour(cookie)[0].id == cookie


def test_W8_what_is_mistaken_is_refused_by_name(served):
    calls = Calls(served)
    calls.alias("cookie-1", RITA)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "cookie-1", RITA, "MergeProfiles"):
        calls.alias("cookie-1", "tom@acme.example")
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "two ids"):
        calls.alias(RITA, RITA)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "alias_id", "empty"):
        calls.alias("", RITA)
    with refused(grpc.StatusCode.NOT_FOUND, RITA):
        calls.profiles.UndoMerge(profile.UndoMergeRequest(id=RITA), timeout=CALL_SECONDS)
    for number in range(2, 32):
        calls.alias(f"cookie-{number}", RITA)
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "33 ids", "32"):
        calls.alias("cookie-40", RITA)
    # Merged as a whole into another, and back.
    calls.profiles.UndoMerge(profile.UndoMergeRequest(id="cookie-31"), timeout=CALL_SECONDS)
    assert served.json("profiles", "merge", "cookie-1", "r.meier")["id"] == "r.meier"
    with refused(grpc.StatusCode.FAILED_PRECONDITION, RITA):
        calls.profiles.UndoMerge(profile.UndoMergeRequest(id="cookie-1"), timeout=CALL_SECONDS)
    undone = calls.profiles.UndoMerge(profile.UndoMergeRequest(id=RITA), timeout=CALL_SECONDS)
    assert undone.id == RITA and len(undone.other_ids) == 30


def test_W8_an_import_speaks_of_the_person(served, tmp_path):
    calls = Calls(served)
    calls.alias("cookie-1", RITA)
    (tmp_path / "people.csv").write_text("id,title\ncookie-1,CFO\n")
    served.ctl("profiles", "import", tmp_path / "people.csv", "--kind", "visitor")
    shown = served.json("profiles", "get", RITA, "--kind", "visitor")
    assert shown["features"]["title"]["value"]["string"] == "CFO"


def test_W58_the_history_of_consent_is_shown_exported_united_and_erased(served):
    calls = Calls(served)
    for number in range(3):
        served.ctl("profiles", "consent", "cookie-1", "--grant", "personal", "--source", "banner", "--text-version", "v1")
    served.ctl("profiles", "consent", "cookie-1", "--deny", "personal", "--source", "settings", "--text-version", "v2")
    calls.events.SetConsent(event.SetConsentRequest(visitor_id=RITA, granted=["personal"], text_version="v3"),
                            timeout=CALL_SECONDS)
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "text_version", "64"):
        calls.events.SetConsent(event.SetConsentRequest(visitor_id=RITA, text_version="v" * 65), timeout=CALL_SECONDS)
    calls.alias("cookie-1", RITA)
    served.kill()
    served.start()
    calls = Calls(served)
    found = calls.behaviour("cookie-1")[0]
    said = [(item.granted, item.source, item.text_version) for item in found.consent_history]
    assert said == [(True, "banner", "v1"), (False, "settings", "v2"), (True, "", "v3")]
    assert [item.granted for item in found.consents] == [False]
    assert "settings  v2" in served.ctl("profiles", "show", RITA).stdout
    import json
    lines = [json.loads(line) for line in served.ctl("events", "export", "--kind", "consent").stdout.splitlines()]
    assert sorted((line["visitor_id"], line["name"], line["reason"], line["text_version"]) for line in lines) == [
        (RITA, "personal", "denied", "v2"), (RITA, "personal", "granted", "v1"), (RITA, "personal", "granted", "v3")]
    served.ctl("profiles", "erase", RITA)
    assert served.ctl("events", "export", "--kind", "consent").stdout == ""


def test_W58_a_choice_that_lifts_what_a_merge_brought_is_in_the_history_though_it_repeats_an_older_one(served):
    calls = Calls(served)
    told = ["--source", "web", "--text-version", "v1"]
    served.ctl("profiles", "consent", "cookie-1", "--deny", "personal", *told)
    served.ctl("profiles", "consent", RITA, "--grant", "personal", *told)
    served.ctl("profiles", "merge", "cookie-1", RITA)
    assert [item.granted for item in calls.behaviour(RITA)[0].consents] == [False]
    served.ctl("profiles", "consent", RITA, "--grant", "personal", *told)
    found = calls.behaviour(RITA)[0]
    assert [item.granted for item in found.consents] == [True]
    assert [item.granted for item in found.consent_history] == [False, True, True]


def test_W58_the_history_is_bounded(served):
    calls = Calls(served)
    for number in range(205):
        calls.events.SetConsent(event.SetConsentRequest(visitor_id=RITA, granted=["personal"], text_version=f"v{number}"),
                                timeout=CALL_SECONDS)
    kept = [item.text_version for item in calls.behaviour(RITA)[0].consent_history]
    assert kept == [f"v{number}" for number in range(5, 205)]


def test_W57_one_person_comes_back_from_a_backup_as_they_were(served, tmp_path):
    calls = Calls(served)
    served.ctl("profiles", "put", "cookie-1", "--kind", "visitor", "--set", "title=CTO")
    calls.shown("cookie-1", record_exposure=True)
    calls.record(("e1", "cookie-1", "visit"))
    served.ctl("profiles", "consent", "cookie-1", "--deny", "personal", "--text-version", "v1")
    calls.alias("cookie-1", RITA)
    calls.record(("other", "tom", "visit"))
    before = served.json("profiles", "show", RITA)
    served.ctl("profiles", "backup", tmp_path / "backups")
    refused_now = served.ctl("profiles", "restore", RITA, "--from", tmp_path / "backups", check=False)
    assert refused_now.returncode == 1 and "erase" in refused_now.stderr
    served.ctl("profiles", "erase", "cookie-1")
    calls.record(("later", "tom", "visit"))
    answer = served.json("profiles", "restore", "cookie-1", "--from", tmp_path / "backups")
    assert answer["ids"] == [RITA, "cookie-1"] and answer["hadProfile"] and answer["hadBehaviour"]
    assert int(answer["events"]) >= 3 and (answer["consents"], answer["generation"]) == (1, 1)
    for attempt in range(2):
        after = served.json("profiles", "show", "cookie-1")
        assert after["behaviour"] == before["behaviour"]
        assert after["profile"]["features"] == before["profile"]["features"]
        calls = Calls(served)
        assert calls.behaviour("tom")[1] == {"visit": 2}
        assert calls.record(("e1", RITA, "visit")).duplicates == 1
        if attempt == 0:
            served.kill()
            served.start()
    served.ctl("profiles", "unmerge", "cookie-1")
    (tmp_path / "people.csv").write_text("id,title\ncookie-1,CFO\n")
    served.ctl("profiles", "import", tmp_path / "people.csv", "--kind", "visitor", "--respect-erasure")
    missing = served.ctl("profiles", "restore", "nobody", "--from", tmp_path / "backups", check=False)
    assert missing.returncode == 1 and "nobody" in missing.stderr


ACCOUNT_RULES = """
attributes: {visitor: {title: {type: string}}}
events: {demo: {points: 10}}
segments: {known: has(visitor.title)}
stages: {ready: account.events.demo.count >= 2}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
"""


def test_W7_an_account_sees_what_its_visitors_did_until_they_are_erased(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(ACCOUNT_RULES)
    served = start(rules=tmp_path)
    for visitor in ("ann", "bob", "cleo"):
        served.ctl("profiles", "put", visitor, "--kind", "visitor", "--account", "acme", "--set", "title=CTO")
    calls = Calls(served)
    calls.record(("1", "ann", "demo"))
    assert calls.decide("cleo").stage == "none"
    calls.record(("2", "bob", "demo"))
    assert calls.decide("cleo").stage == "ready", "a colleague's event counts in the next decision"
    assert calls.decide("stranger").stage == "none" and calls.decide("stranger", account_id="acme").stage == "ready"
    served.kill()
    served.start()
    calls = Calls(served)
    assert calls.decide("cleo").stage == "ready"
    served.ctl("profiles", "erase", "bob")
    assert calls.decide("cleo").stage == "none"
    found = calls.events.GetBehaviour(event.GetBehaviourRequest(account_id="acme"), timeout=CALL_SECONDS)
    assert [(item.name, item.count) for item in found.events] == [("demo", 1)]


def test_W7_an_event_counts_for_the_account_of_the_profile_else_of_the_request(start, tmp_path):
    consent = "\npolicies: {consent: {who: {covers: [visitor], default: denied}}}\n"
    (tmp_path / "rules.yaml").write_text(ACCOUNT_RULES + consent)
    served = start(rules=tmp_path)
    served.ctl("profiles", "put", "ann", "--kind", "visitor", "--account", "acme")
    calls = Calls(served)

    def record(number, visitor, **more):
        calls.events.Record(event.RecordRequest(events=[event.Event(
            id=f"{number}", visitor_id=visitor, name="demo", account_id="other")], **more), timeout=CALL_SECONDS)

    def counted(account):
        try:
            found = calls.events.GetBehaviour(event.GetBehaviourRequest(account_id=account), timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.NOT_FOUND
            return []
        return [(item.name, item.count) for item in found.events]

    agreed = dict(consent=decision.Consent(granted=["who"]))
    record(1, "ann", **agreed)
    assert (counted("acme"), counted("other")) == ([("demo", 1)], [])
    record(2, "stranger", **agreed)
    record(3, "ann")
    assert (counted("acme"), counted("other")) == ([("demo", 1)], [("demo", 2)]), "a profile that may not be read names none"
    told = [json.loads(line) for line in served.ctl("events", "export").stdout.splitlines()]
    assert [row["account_id"] for row in told] == ["other"] * 3, "a record says what was sent"
    served.ctl("profiles", "erase", "ann")
    assert (counted("acme"), counted("other")) == ([], [("demo", 1)])


def test_W57_who_denied_and_was_erased_is_not_measured_when_they_return(start, tmp_path):
    rules = """
attributes: {visitor: {title: {type: string, purpose: personal}}}
segments: {boss: visitor.title == "CTO"}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns: {boss: {when: in_segment('boss'), pages: {hero: {plain: {fields: {text: Boss}}}}}}
policies: {keep_objections: true, consent: {personal: {covers: [], default: granted}}}
"""
    (tmp_path / "rules.yaml").write_text(rules)
    served = start(rules=tmp_path)
    calls = Calls(served)
    cto = dict(visitor=support.values(title="CTO"))
    for visitor, choice in (("denied-7731", "--deny"), ("agreed-7731", "--grant")):
        served.ctl("profiles", "consent", visitor, choice, "personal")
        served.ctl("profiles", "erase", visitor)
    for attempt in range(2):
        assert calls.shown("denied-7731", **cto)["hero"] == "Hello"
        assert calls.shown("agreed-7731", **cto)["hero"] == calls.shown("new", **cto)["hero"] == "Boss"
        assert served.ctl("profiles", "show", "denied-7731", check=False).returncode == 1, "nothing is kept under the id"
        if attempt == 0:
            served.kill()
            served.start()
            calls = Calls(served)
    import pathlib
    files = [path for path in pathlib.Path(served.directory).rglob("*") if path.is_file()]
    assert not [path for path in files if b"denied-7731" in path.read_bytes()]
    served.ctl("profiles", "consent", "denied-7731", "--grant", "personal")
    assert calls.shown("denied-7731", **cto)["hero"] == "Boss"
