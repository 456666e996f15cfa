"""Previews (R56) on the real daemon: who may, what is forced, and that nothing of it counts."""
import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event, harness, refused

SECRET = "a-secret-of-some-length"
RULES = """
attributes: {visitor: {size: {type: int}}}
segments: {large: visitor.size > 100}
placements:
  hero: {kind: page, fields: {headline: {type: text}}, default: {headline: Hello}}
campaigns:
  giants:
    when: in_segment('large')
    caps: [{per: visitor, shows: 1, within: 1d}]
    pages: {hero: {size: {fields: {headline: Huge}}}}
experiments:
  words: {placement: hero, arms: {control: {weight: 1}, loud: {weight: 0, fields: {headline: LOUD}}}}
"""


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


@pytest.fixture
def previewed(start, rules):
    return start(rules=rules, environment={"BESPOKE_PREVIEW_TOKEN": SECRET})


@pytest.fixture
def data(previewed):
    with grpc.insecure_channel(previewed.data) as channel:
        yield channel


def request(**preview):
    return decision.DecideRequest(visitor_id="v1", preview=decision.Preview(**preview))


def test_r56_the_data_port_previews_for_whoever_knows_the_secret(data):
    decide = support.Decisions(data).Decide
    answer = decide(request(token=SECRET, variants={"hero": "giants/size"}, arms={"words": "loud"}), timeout=CALL_SECONDS)
    hero = answer.placements[0]
    assert answer.preview and answer.decision_id.startswith("preview-") and len(answer.decision_id) == 40
    assert (hero.campaign, hero.reason, dict(hero.fields)) == ("giants", decision.REASON_FORCED, {"headline": "LOUD"})
    assert [(a.arm, a.forced, a.propensity) for a in answer.assignments] == [("loud", True, 0)]
    plain = decide(decision.DecideRequest(visitor_id="v1"), timeout=CALL_SECONDS)
    assert not plain.preview and plain.placements[0].fields["headline"] == "Hello"


@pytest.mark.parametrize("preview, code, words", [
    (dict(segments=["large"]), grpc.StatusCode.PERMISSION_DENIED, "preview.token: is missing"),
    (dict(token="a-secret-of-some-lengtH", segments=["large"]), grpc.StatusCode.PERMISSION_DENIED, "is not that of"),
    (dict(token=SECRET + "x", segments=["large"]), grpc.StatusCode.PERMISSION_DENIED, "is not that of"),
    (dict(token=SECRET, segments=["larg"]), grpc.StatusCode.NOT_FOUND, "did you mean `large`?"),
    (dict(token=SECRET, arms={"words": "lod"}), grpc.StatusCode.NOT_FOUND, "did you mean `loud`?"),
    (dict(token=SECRET, arms={"word": "loud"}), grpc.StatusCode.NOT_FOUND, "did you mean `words`?"),
    (dict(token=SECRET, variants={"hero": "giants"}), grpc.StatusCode.NOT_FOUND, "CAMPAIGN/VARIANT"),
])
def test_a_preview_is_refused_in_words(data, preview, code, words):
    with refused(code, words):
        support.Decisions(data).Decide(request(**preview), timeout=CALL_SECONDS)


def test_r56_a_preview_is_never_an_exposure(data):
    decide = support.Decisions(data).Decide
    asked = request(token=SECRET, segments=["large"])
    asked.record_exposure = True
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "never an exposure"):
        decide(asked, timeout=CALL_SECONDS)
    asked.record_exposure = False
    answer = decide(asked, timeout=CALL_SECONDS)
    shown = event.Exposure(visitor_id="v1", decision_id=answer.decision_id, placement="hero", campaign="giants", variant="size")
    with refused(grpc.StatusCode.INVALID_ARGUMENT, "decision_id", "preview"):
        support.Events(data).Record(event.RecordRequest(exposures=[shown]), timeout=CALL_SECONDS)
    # Looked at as often as one likes: the cap of one show a day is not touched.
    assert decide(asked, timeout=CALL_SECONDS).placements[0].campaign == "giants"


def test_without_a_secret_the_data_port_takes_no_previews(start, rules):
    with grpc.insecure_channel(start(rules=rules).data) as channel:
        with refused(grpc.StatusCode.PERMISSION_DENIED, "preview_token"):
            support.Decisions(channel).Decide(request(token="anything", segments=["large"]), timeout=CALL_SECONDS)


def test_bespokectl_previews_over_the_admin_socket(previewed):
    text = previewed.ctl("decide", "--visitor", "v1", "--as-segment", "large", "--at", "2030-01-01T00:00:00Z").stdout
    assert text.startswith("Preview: not what the visitor sees") and "Huge" in text and "2030-01-01" in text
    answer = previewed.json("decide", "--visitor", "v1", "--force", "words=loud", "--force", "hero=giants/size")
    assert answer["preview"] and answer["placements"][0]["reason"] == "forced"
    assert answer["placements"][0]["fields"] == {"headline": "LOUD"}
    explained = previewed.json("explain", "--visitor", "v1", "--as-segment", "large")
    assert explained["decision"]["segments"] == ["large"]
    wrong = previewed.ctl("decide", "--force", "words", check=False)
    assert wrong.returncode == 2 and "EXPERIMENT=ARM" in wrong.stderr


def test_a_short_secret_is_refused_at_the_start(start, rules):
    with pytest.raises(harness.Failure, match="preview_token is shorter"):
        start(rules=rules, environment={"BESPOKE_PREVIEW_TOKEN": "short"})
