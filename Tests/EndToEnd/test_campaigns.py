"""R30, R66: what campaigns have brought, counted again here from the same exposures and events."""
import collections
import csv
import datetime
import io
import random

import grpc
import pytest
import support
from support import CALL_SECONDS

from bespoke.v1 import event_pb2, profile_pb2

RULES = """
attributes:
  visitor: {budget: {type: int}, boss: {type: bool}}
events: {signup: {points: 5}, order: {points: 9}}
segments: {all: has(visitor.budget)}
icps:
  large:
    {of: visitor, segment: all, required: [visitor.budget >= 100], tiers: &tiers {a: 0},
     criteria: &criteria [{when: visitor.boss, points: 1, category: able}]}
  small: {of: visitor, segment: all, required: [visitor.budget < 100], criteria: *criteria, tiers: *tiers}
grades: {fit: {a: 0}, engagement: {"1": 0}, mql: visitor.boss}
placements: {slot: {kind: page, fields: {text: {}}}, side: {kind: page, fields: {text: {}}}}
campaigns:
  one: {pages: {slot: {one_a: {fields: {text: a}}}, side: {one_b: {fields: {text: b}}}}}
  two: {pages: {slot: {two_a: {fields: {text: a}}}}}
  three: {pages: {slot: {three_a: {fields: {text: a}}}}}
"""
CREATIVES = [("one", "slot", "one_a"), ("one", "side", "one_b"), ("two", "slot", "two_a")]
WINDOW_DAYS = 7
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


class History:
    """What some visitors and accounts have seen and done, in random order, recorded in another, some of it twice."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.shown, self.done, self.profiles = [], [], {}
        for number in range(60):
            unit = {"account_id": f"acme {number}"} if number % 10 == 0 else {"visitor_id": f"v{number}"}
            if number % 10:
                self.profiles[f"v{number}"] = (draw.randrange(200), draw.random() < 0.4) if number % 7 else None
            for _ in range(draw.randrange(6)):
                self.shown.append((unit, draw.choice(CREATIVES), self.time(draw), draw.random() < 0.2))
            for _ in range(draw.randrange(5)):
                self.done.append((unit, draw.choice(["signup", "order"]), self.time(draw), draw.randrange(100) / 4))
        self.draw = draw

    @staticmethod
    def time(draw):
        return NOW - datetime.timedelta(days=30 * draw.random())

    def record(self, events):
        requests = []
        for number, (unit, (campaign, placement, variant), time, click) in enumerate(self.shown):
            exposure = event_pb2.Exposure(
                **unit, decision_id=f"d{number}", placement=placement, campaign=campaign, variant=variant, click=click)
            exposure.time.FromDatetime(time.replace(tzinfo=None))
            requests.append(event_pb2.RecordRequest(exposures=[exposure]))
        for number, (unit, name, time, value) in enumerate(self.done):
            event = event_pb2.Event(**unit, id=f"e{number}", name=name, value=value)
            event.time.FromDatetime(time.replace(tzinfo=None))
            requests.append(event_pb2.RecordRequest(events=[event]))
        requests += self.draw.sample(requests, len(requests) // 5)
        self.draw.shuffle(requests)
        for one in requests:
            events.Record(one, timeout=CALL_SECONDS)

    def group(self, unit):
        profile = self.profiles.get(unit.get("visitor_id"))
        return "none" if profile is None else "large" if profile[0] >= 100 else "small"

    def expected(self, metric, by=None, since=None):
        rows = collections.defaultdict(lambda: [0, 0, 0, 0, 0, 0.0, 0])
        units = {tuple(unit.items()): unit for unit, *_ in self.shown}
        for unit in units.values():
            for campaign in {creative[0] for other, creative, *_ in self.shown if other == unit}:
                shows = [(time, click) for other, creative, time, click in self.shown
                         if other == unit and creative[0] == campaign]
                first = min(time for time, _ in shows)
                if since and first < since:
                    continue
                after = [value for other, name, time, value in self.done
                         if other == unit and name == metric and first <= time <= first + datetime.timedelta(days=WINDOW_DAYS)]
                profile = self.profiles.get(unit.get("visitor_id"))
                row = rows[campaign, self.group(unit) if by else ""]
                for index, amount in enumerate([1, len(shows), sum(click for _, click in shows), bool(after), len(after),
                                                sum(after), bool(profile and profile[1])]):
                    row[index] += amount
        if not by:
            for campaign in ("one", "two", "three"):
                rows[campaign, ""]
        return dict(rows)


@pytest.fixture(scope="module")
def history():
    return History(11)


@pytest.fixture
def daemon(start, tmp_path, history):
    (tmp_path / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path)
    with grpc.insecure_channel(daemon.admin) as channel:
        for visitor, profile in history.profiles.items():
            if profile is not None:
                stored = profile_pb2.Profile(kind=profile_pb2.PROFILE_KIND_VISITOR, id=visitor)
                stored.features["budget"].value.int = profile[0]
                stored.features["boss"].value.bool = profile[1]
                support.Profiles(channel).PutProfile(profile_pb2.PutProfileRequest(profile=stored), timeout=CALL_SECONDS)
        history.record(support.Events(channel))
    return daemon


def results(daemon, *arguments):
    text = daemon.ctl("campaigns", "results", "--format", "csv", "--window-days", WINDOW_DAYS, *arguments).stdout
    rows = {}
    for line in csv.DictReader(io.StringIO(text)):
        key = (line["campaign"], line.get("icp", ""))
        rows[key] = [float(line[name]) for name in ("units", "shows", "clicks", "converted", "outcomes", "value", "leads")]
    return rows


def test_R66_outcomes_by_campaign_and_profile_are_those_that_happened(daemon, history):
    for metric in ("signup", "order"):
        assert results(daemon, "--metric", metric) == history.expected(metric)
        assert results(daemon, "--metric", metric, "--by", "icp") == history.expected(metric, by="icp")
    since = NOW - datetime.timedelta(days=12)
    expected = history.expected("order", since=since)
    assert results(daemon, "--metric", "order", "--since", since.isoformat().replace("+00:00", "Z")) == expected


def test_R30_the_share_of_qualified_leads_is_told_by_campaign(daemon, history):
    row = history.expected("signup")["one", ""]
    one = next(line for line in daemon.json("campaigns", "results", "--metric", "signup", "--window-days", WINDOW_DAYS)
               if line["campaign"] == "one")
    assert (one["leads"], one["units"]) == (row[6], row[0])
    text = daemon.ctl("campaigns", "results", "--metric", "signup").stdout
    share = f"{round(100 * row[6] / row[0], 2):g}%"
    assert share in next(line for line in text.splitlines() if line.startswith("one"))


def test_an_unknown_event_is_refused_with_the_nearest_name(daemon):
    done = daemon.ctl("campaigns", "results", "--metric", "singup", check=False)
    assert done.returncode == 1 and "did you mean `signup`?" in done.stderr
