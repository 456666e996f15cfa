"""R59: campaigns that deliver a goal evenly, counted from what was recorded as shown."""
import datetime
import random
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, placements

from bespoke.v1 import event_pb2

RULES = """
attributes:
  visitor: {title: {type: string}}
placements:
  banner: {kind: ad, fields: {text: {}, link: {type: url}}}
  slot: {kind: page, fields: {text: {}}}
campaigns:
  spring:
    starts: START
    ends: END
    goal: {GOAL}
    ads:
      banner: {spring_ad: {promise: cheap, utm: {source: news, campaign: spring}, page: spring_page, fields: {text: Spring}}}
    pages:
      slot: {spring_page: {promise: cheap, fields: {text: Spring}}}
"""
DAYS = 10


def midnight(days):
    today = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + datetime.timedelta(days=days)


def rules(folder, goal):
    """A campaign of ten days that ended last midnight."""
    text = RULES.replace("START", f"{midnight(-DAYS):%Y-%m-%d}").replace("END", f"{midnight(0):%Y-%m-%d}")
    (folder / "rules.yaml").write_text(text.replace("GOAL", goal))
    return folder


def ask(decisions, visitor, now, placement="slot", record=True, **fields):
    asked = decision.DecideRequest(visitor_id=visitor, placements=[placement], record_exposure=record, **fields)
    asked.now.FromDatetime(now.replace(tzinfo=None))
    answer = decisions.Decide(asked, timeout=CALL_SECONDS)
    return answer, placements(answer)[placement]


def progress(daemon):
    return [(goal["measure"], int(goal["delivered"]), int(goal["due"])) for goal in daemon.json("status")["goals"]]


def test_R59_shows_are_delivered_to_within_5_percent_and_evenly(start, tmp_path):
    daemon = start(rules=rules(tmp_path, "shows: 1000, placement: slot"))
    generator = random.Random(7)
    with grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        shown = 0
        for view in range(DAYS * 400):
            now = midnight(-DAYS) + datetime.timedelta(days=view // 400, hours=(view % 400) * 24 / 400 * generator.random())
            shown += ask(decisions, f"v{view}", now)[1].reason == decision.REASON_CAMPAIGN
            if view % 400 == 399:
                assert abs(shown - (view // 400 + 1) * 100) <= 50, view
    assert abs(shown - 1_000) <= 50
    assert progress(daemon) == [("shows", shown, 1_000)]
    assert f"spring: {shown:,} of 1,000 shows, ended" in daemon.ctl("status").stdout
    with urllib.request.urlopen(f"http://{daemon.operations}/metrics", timeout=CALL_SECONDS) as page:
        assert f'bespoke_goal_delivered{{campaign="spring",measure="shows"}} {shown}\n' in page.read().decode()


@pytest.fixture
def clicks(start, tmp_path):
    return start(rules=rules(tmp_path, "clicks: 10"))


def test_clicks_count_once_and_only_when_an_ad_led_to_the_page(clicks):
    noon = midnight(-DAYS) + datetime.timedelta(days=2.45)
    with grpc.insecure_channel(clicks.data) as channel:
        decisions, events = support.Decisions(channel), support.Events(channel)
        for number in range(3):
            assert ask(decisions, f"v{number}", noon, "banner")[1].reason == decision.REASON_CAMPAIGN
        assert progress(clicks)[0][1] == 0
        page = decision.Page(url="https://www.example.com/?utm_source=news&utm_campaign=spring")
        for number in range(3):
            answer, slot = ask(decisions, f"v{number}", noon, page=page, record=False)
            assert slot.reason == decision.REASON_PROMISE
            exposure = event_pb2.Exposure(
                visitor_id=f"v{number}", decision_id=answer.decision_id, placement="slot", campaign=slot.campaign,
                variant=slot.variant, revision=answer.revision, click=True)
            exposure.time.FromDatetime(noon.replace(tzinfo=None))
            for _ in range(2):
                events.Record(event_pb2.RecordRequest(exposures=[exposure]), timeout=CALL_SECONDS)
        assert progress(clicks)[0][1] == 3
        # Three of ten are due after a quarter of the time: the ad waits, and its page keeps the promise all the same.
        assert ask(decisions, "w", noon, "banner")[1].reason == decision.REASON_PACED
        assert ask(decisions, "w", noon, page=page)[1].reason == decision.REASON_PROMISE
        assert ask(decisions, "w", noon + datetime.timedelta(days=2), "banner")[1].reason == decision.REASON_CAMPAIGN


def test_what_was_delivered_survives_kill_9_and_pushes(start, tmp_path):
    folder = rules(tmp_path, "shows: 100")
    daemon = start(rules=folder)
    noon = midnight(-DAYS) + datetime.timedelta(days=5.5)

    def show(number):
        with grpc.insecure_channel(daemon.data) as channel:
            return ask(support.Decisions(channel), f"v{number}", noon)[1].reason

    assert [show(number) for number in range(7)] == [decision.REASON_CAMPAIGN] * 7
    daemon.kill()
    daemon.start()
    assert progress(daemon) == [("shows", 7, 100)]
    # A larger goal goes on counting; one in clicks begins anew; back again, what was shown meanwhile is counted too.
    rules(folder, "shows: 200")
    daemon.ctl("rules", "push", folder)
    assert progress(daemon) == [("shows", 7, 200)]
    rules(folder, "clicks: 50")
    daemon.ctl("rules", "push", folder)
    assert progress(daemon) == [("clicks", 0, 50)]
    assert show(100) == decision.REASON_CAMPAIGN
    rules(folder, "shows: 100")
    daemon.ctl("rules", "push", folder)
    assert progress(daemon) == [("shows", 8, 100)]
    daemon.kill()
    daemon.start()
    assert progress(daemon) == [("shows", 8, 100)]


def test_the_decision_id_tells_whether_a_campaign_waited(start, tmp_path):
    daemon = start(rules=rules(tmp_path, "shows: 10"))
    now = midnight(-DAYS) + datetime.timedelta(hours=1)
    with grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        before, _ = ask(decisions, "same", now, record=False)
        assert ask(decisions, "other", now)[1].reason == decision.REASON_CAMPAIGN
        after, slot = ask(decisions, "same", now, record=False)
    assert slot.reason == decision.REASON_PACED
    assert before.decision_id != after.decision_id
