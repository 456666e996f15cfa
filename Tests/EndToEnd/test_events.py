"""EventService: behaviour, exposures, caps, sticky arms and consent, over grpcio and through kill -9."""
import concurrent.futures
import random

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event, placements, request

RULES = """
attributes:
  visitor: {vip: {type: bool}}
events:
  demo_signup: {points: 30, half_life: 14d}
  visit: {points: 1}
policies:
  consent: {personal: {covers: [visitor], default: denied}}
icps:
  ready_rita:
    of: visitor
    segment: vips
    criteria: [{when: events.demo_signup.count > 0, points: 10, category: ready}]
    tiers: {a: 50}
segments: {vips: visitor.vip}
placements:
  hero: {kind: page, fields: {text: {type: text}}, default: {text: default}}
  strip: {kind: page, fields: {text: {type: text}}, default: {text: default}}
campaigns:
  once:
    priority: 10
    caps: [{per: visitor, shows: 3, within: 1d}]
    pages: {hero: {offer: {fields: {text: offer}}}}
  steady:
    priority: 1
    pages: {strip: {plain: {fields: {text: plain}}}}
experiments:
  words:
    placement: strip
    sticky: true
    arms: {short: {weight: 1, fields: {text: short}}, long: {weight: 1, fields: {text: long}}}
    metrics: [demo_signup]
"""


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


@pytest.fixture
def served(start, rules):
    return start(rules=rules)


@pytest.fixture
def stubs(served):
    with grpc.insecure_channel(served.data) as channel:
        yield support.Events(channel), support.Decisions(channel)


def happened(visitor="v", name="demo_signup", id="e1", **more):
    item = event.Event(visitor_id=visitor, name=name, id=id)
    if "time" in more:
        item.time.FromJsonString(more.pop("time"))
    for key, value in more.items():
        setattr(item, key, value)
    return item


def record(events, *items, **options):
    asked = event.RecordRequest(events=[item for item in items if isinstance(item, event.Event)],
                                exposures=[item for item in items if isinstance(item, event.Exposure)])
    return events.Record(asked, timeout=CALL_SECONDS, **options)


def shown(answer, placement, visitor="v"):
    """The exposure that a page sends for one placement of an answer."""
    item = placements(answer)[placement]
    arms = {assignment.experiment: assignment.propensity for assignment in answer.assignments}
    return event.Exposure(visitor_id=visitor, decision_id=answer.decision_id, placement=placement, campaign=item.campaign,
                          variant=item.variant, experiment=item.experiment, arm=item.arm, revision=answer.revision,
                          propensity=arms.get(item.experiment, 0))


def kept(events, visitor="v"):
    return events.GetBehaviour(event.GetBehaviourRequest(visitor_id=visitor), timeout=CALL_SECONDS)


def counts(events, visitor="v"):
    return {item.name: item.count for item in kept(events, visitor).events}


def decide(decisions, visitor="v", **more):
    return decisions.Decide(decision.DecideRequest(visitor_id=visitor, **more), timeout=CALL_SECONDS)


def test_R9_an_event_flips_readiness_on_the_very_next_decision_of_any_connection(served, stubs):
    events, decisions = stubs
    # Who is not known to be in the segment has no profile, whatever they do.
    served.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "vip=true")
    agreed = decision.Consent(granted=["personal"])
    assert not decide(decisions, consent=agreed).HasField("icp")
    record(events, happened())
    for _ in range(4):
        with grpc.insecure_channel(served.data, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
            answer = decide(support.Decisions(other), consent=agreed)
            assert answer.icp.name == "ready_rita"
            assert answer.engagement == pytest.approx(30, rel=1e-3)


def test_an_event_is_counted_once_whatever_repeats_it(stubs):
    events, _ = stubs
    assert (record(events, happened(id="a"), happened(id="b"), happened(id="a")).duplicates) == 1
    answer = record(events, happened(id="a"), happened(id="c"))
    assert (answer.recorded, answer.duplicates) == (1, 1)
    assert counts(events) == {"demo_signup": 3}


def test_the_order_of_events_does_not_matter(stubs):
    events, _ = stubs
    items = [(f"e{day}", f"2026-11-{day:02}T10:00:00Z") for day in range(1, 12)]
    for visitor, order in [("in_order", items), ("late", random.Random(7).sample(items, len(items)))]:
        for id, time in order:
            record(events, happened(visitor=visitor, id=id, time=time))
    first, second = kept(events, "in_order").events[0], kept(events, "late").events[0]
    assert (first.count, first.last) == (second.count, second.last)
    # Σ 2^(−age ÷ 14 days), by hand.
    assert first.weight == pytest.approx(sum(2 ** (-day / 14) for day in range(11)))
    assert second.weight == pytest.approx(first.weight)


def test_what_was_acknowledged_survives_kill_9(served, stubs):
    events, decisions = stubs
    record(events, *[happened(id=f"e{n}", name="visit") for n in range(200)])
    answer = decide(decisions, record_exposure=True)
    events.SetConsent(event.SetConsentRequest(visitor_id="v", granted=["personal"], source="banner"), timeout=CALL_SECONDS)
    before = kept(events)
    served.kill()
    served.start()
    with grpc.insecure_channel(served.data) as channel:
        events = support.Events(channel)
        assert kept(events) == before
        assert record(events, happened(id="e7", name="visit"), shown(answer, "hero")).duplicates == 2


def test_R45_the_show_after_the_cap_is_suppressed_however_many_clients_race(served):
    def once(_):
        with grpc.insecure_channel(served.data, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            return [placements(decide(support.Decisions(channel), record_exposure=True))["hero"].reason for _ in range(3)]

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        reasons = [reason for some in pool.map(once, range(64)) for reason in some]
    assert reasons.count(decision.REASON_CAMPAIGN) == 3
    assert reasons.count(decision.REASON_CAPPED) == 64 * 3 - 3
    with grpc.insecure_channel(served.data) as channel:
        shows = [item for item in kept(support.Events(channel)).shows if item.campaign == "once"]
        assert len(shows) == 3


def test_a_cap_counts_only_what_lies_within_its_time(stubs):
    events, decisions = stubs
    for hour in (1, 2, 3):
        asked = decision.DecideRequest(visitor_id="v", record_exposure=True)
        asked.now.FromJsonString(f"2026-11-20T{hour:02}:00:00Z")
        assert placements(decisions.Decide(asked, timeout=CALL_SECONDS))["hero"].variant == "offer"
    for time, variant in [("2026-11-20T12:00:00Z", ""), ("2026-11-21T00:59:59Z", ""), ("2026-11-21T01:00:00Z", "offer")]:
        asked = decision.DecideRequest(visitor_id="v")
        asked.now.FromJsonString(time)
        assert placements(decisions.Decide(asked, timeout=CALL_SECONDS))["hero"].variant == variant


def test_the_same_exposure_from_64_clients_twice_counts_once(served, stubs):
    events, decisions = stubs
    exposure = shown(decide(decisions), "hero")

    def send(_):
        with grpc.insecure_channel(served.data, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            return sum(record(support.Events(channel), exposure).recorded for _ in range(2))

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(send, range(64))) == 1
    assert [item.campaign for item in kept(events).shows] == ["once"]


def test_R65_a_decision_is_not_an_exposure(stubs):
    events, decisions = stubs
    answer = decide(decisions)
    with pytest.raises(grpc.RpcError) as caught:
        kept(events)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    record(events, shown(answer, "strip"))
    trial = kept(events).trials[0]
    assert (trial.experiment, trial.arm) == ("words", placements(answer)["strip"].arm)


def test_R64_a_sticky_arm_is_kept_through_weights_and_eligibility_still_wins(served, stubs, tmp_path):
    events, decisions = stubs
    before = {}
    for number in range(40):
        answer = decide(decisions, f"u{number}", record_exposure=True)
        before[f"u{number}"] = placements(answer)["strip"].arm
    assert set(before.values()) == {"short", "long"}

    def push(text):
        (tmp_path / "rules.yaml").write_text(text)
        served.ctl("rules", "push", tmp_path)

    push(RULES.replace("short: {weight: 1", "short: {weight: 1000000"))
    assert {unit: placements(decide(decisions, unit))["strip"].arm for unit in before} == before
    # Units that were never exposed go by the new weights.
    assert {placements(decide(decisions, f"new{n}"))["strip"].arm for n in range(40)} == {"short"}
    push(RULES.replace("    sticky: true", "    sticky: true\n    when: visitor.vip"))
    assert {placements(decide(decisions, unit))["strip"].arm for unit in before} == {""}


def test_R58_the_promise_of_the_clicked_ad_holds_for_the_rest_of_the_visit(start, tmp_path):
    (tmp_path / "rules.yaml").write_text("""
placements:
  ad: {kind: ad, fields: {text: {type: text}}}
  hero: {kind: page, fields: {text: {type: text}}, default: {text: default}}
campaigns:
  brand:
    ads: {ad: {fast_ad: {promise: fast, utm: {source: google, campaign: brand}, page: fast_page, fields: {text: Fast}}}}
    pages: {hero: {plain: {fields: {text: plain}}, fast_page: {promise: fast, fields: {text: fast}}}}
""")
    served = start(rules=tmp_path)
    clicked = decision.Page(url="https://shop.example/?utm_source=google&utm_campaign=brand")

    def view(name, page=None, **others):
        return decision.DecideRequest(visitor_id=name, placements=["hero"], page=page or decision.Page(
            url="https://shop.example/next"), **others)

    with grpc.insecure_channel(served.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)
        # One page server records with the decision, another afterwards.
        decisions.Decide(view("v1", clicked, record_exposure=True), timeout=CALL_SECONDS)
        answer = decisions.Decide(view("v2", clicked), timeout=CALL_SECONDS)
        shown = answer.placements[0]
        assert shown.reason == decision.REASON_PROMISE
        events.Record(event.RecordRequest(exposures=[event.Exposure(
            visitor_id="v2", decision_id=answer.decision_id, placement="hero", campaign=shown.campaign,
            variant=shown.variant, click=True)]), timeout=CALL_SECONDS)
        for name in ("v1", "v2"):
            hero = decisions.Decide(view(name, record_exposure=True), timeout=CALL_SECONDS).placements[0]
            assert (hero.variant, hero.reason) == ("fast_page", decision.REASON_PROMISE)
        assert decisions.Decide(view("v3"), timeout=CALL_SECONDS).placements[0].variant == "plain"
        kept = events.GetBehaviour(event.GetBehaviourRequest(visitor_id="v1"), timeout=CALL_SECONDS).clicks
        assert [(click.campaign, click.placement, click.variant) for click in kept] == [("brand", "hero", "fast_page")]
        # It counts from the click: page views since then have not renewed it.
        later = decision.DecideRequest()
        later.CopyFrom(view("v1"))
        later.now.FromSeconds(kept[0].time.seconds + 24 * 3_600 + 1)
        assert decisions.Decide(later, timeout=CALL_SECONDS).placements[0].variant == "plain"
    assert "came by an ad to" in served.ctl("profiles", "show", "v1").stdout


def test_R66_outcomes_count_from_the_first_exposure_also_when_they_come_late(stubs):
    events, decisions = stubs
    answer = decide(decisions)

    def exposure(visitor):
        item = shown(answer, "strip", visitor)
        item.time.FromJsonString("2026-11-10T00:00:00Z")
        return item

    items = [("a", "2026-11-09T00:00:00Z", 5), ("b", "2026-11-11T00:00:00Z", 7), ("c", "2026-11-12T00:00:00Z", 8)]
    in_order = [happened("first", id=items[0][0], time=items[0][1], value=5), exposure("first")]
    in_order += [happened("first", id=id, time=time, value=value) for id, time, value in items[1:]]
    late = [happened("second", id=id, time=time, value=value) for id, time, value in items] + [exposure("second")]
    for item in in_order + late:
        record(events, item)
    for visitor in ("first", "second"):
        outcome = kept(events, visitor).trials[0].outcomes[0]
        assert (outcome.metric, outcome.count, outcome.value, outcome.count_before) == ("demo_signup", 2, 15, 1)


def test_R80_stored_consent_counts_until_it_is_withdrawn(stubs):
    events, decisions = stubs
    def read():
        asked = request(visitor_id="v", visitor=dict(vip=True))
        asked.ClearField("consent")
        answer = decisions.Decide(asked, timeout=CALL_SECONDS)
        return list(answer.segments), list(answer.unread_purposes)

    def consent(time, **choice):
        item = event.SetConsentRequest(visitor_id="v", source="banner", **choice)
        item.time.FromJsonString(time)
        events.SetConsent(item, timeout=CALL_SECONDS)

    assert read() == ([], ["personal"])
    consent("2026-11-02T00:00:00Z", granted=["personal"])
    assert read() == (["vips"], [])
    consent("2026-11-01T00:00:00Z", denied=["personal"])
    assert [(item.purpose, item.granted, item.source) for item in kept(events).consents] == [("personal", True, "banner")]
    consent("2026-11-03T00:00:00Z", denied=["personal"])
    assert not kept(events).consents[0].granted
    assert read() == ([], ["personal"])


@pytest.mark.parametrize("item, said", [
    (happened(name="demo_sign_up"), "did you mean `demo_signup`"),
    (happened(id=""), "events[0].id: is empty"),
    (happened(visitor=""), "names neither visitor_id nor account_id"),
    (happened(id="x" * 257), "the limit is 256"),
    (happened(time="2126-11-20T10:00:00Z"), "lies in the future"),
    (happened(time="2020-11-20T10:00:00Z"), "event_retention_days"),
    (happened(value=float("nan")), "is not a number of at most"),
    (happened(visitor="v\n1"), "holds a control character"),
    (event.Exposure(visitor_id="v", decision_id="d"), "names neither a placement nor an experiment"),
    (event.Exposure(visitor_id="v", decision_id="d", placement="hero", campaign="twice", variant="offer"), "twice/hero/offer"),
    (event.Exposure(visitor_id="v", decision_id="d", placement="strip", experiment="words", arm="medium"), "had an arm medium"),
])
def test_bad_input_is_refused_whole_and_says_what(stubs, item, said):
    events, _ = stubs
    with pytest.raises(grpc.RpcError) as caught:
        record(events, happened(id="good"), item)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert said in caught.value.details().replace("events[1]", "events[0]")
    with pytest.raises(grpc.RpcError) as caught:
        kept(events)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_a_stream_counts_all_its_requests(stubs):
    events, _ = stubs
    answer = events.RecordStream(
        (event.RecordRequest(events=[happened(id=f"{n}/{m}") for m in range(100)]) for n in range(20)), timeout=CALL_SECONDS)
    assert (answer.recorded, answer.duplicates) == (2000, 0)
    assert counts(events) == {"demo_signup": 2000}


def test_bespokectl_records_shows_and_keeps_consent(served):
    assert served.ctl("profiles", "show", "v", check=False).returncode == 1
    served.ctl("profiles", "put", "v", "--kind", "visitor", "--set", "vip=true")
    assert served.ctl("events", "record", "demo_signup", "--visitor", "v", "--id", "e1").stdout == "recorded\n"
    assert "known already" in served.ctl("events", "record", "demo_signup", "--visitor", "v", "--id", "e1").stdout
    served.ctl("decide", "--visitor", "v", "--record-exposure")
    served.ctl("profiles", "consent", "v", "--grant", "personal", "--source", "banner")
    text = served.ctl("profiles", "show", "v").stdout
    for words in ("vip", "demo_signup", "1 time", "once/offer", "words", "personal", "agreed", "banner"):
        assert words in text
    person = served.json("profiles", "show", "v")
    assert person["behaviour"]["events"][0]["count"] == 1
    assert person["behaviour"]["consents"][0]["granted"] is True
    assert served.json("decide", "--visitor", "v")["segments"] == ["vips"]
