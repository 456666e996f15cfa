"""Explain: the same decision as Decide, with every condition that mattered."""
import grpc
import pytest
from support import CALL_SECONDS, OLIVE, decision, explanation_pb2, request


def explained(decisions, asked, **options):
    return decisions.Explain(decision.ExplainRequest(request=asked, **options), timeout=CALL_SECONDS)


@pytest.mark.parametrize("asked", [dict(visitor_id="v0001"), OLIVE, dict(), dict(visitor_id="v0005", consent=())])
def test_the_decision_explained_is_the_one_that_decide_makes(decisions, asked):
    asked = request(**asked)
    asked.now.FromJsonString("2026-11-20T10:00:00Z")
    answer, decided = explained(decisions, asked).decision, decisions.Decide(asked, timeout=CALL_SECONDS)
    if asked.visitor or asked.account:
        # The id is made of the request's bytes, and a map has many encodings.
        answer.decision_id = decided.decision_id = ""
    assert answer == decided


def test_each_placement_names_its_candidates_in_order_with_the_reason_that_each_lost(decisions):
    explanation = explained(decisions, request(visitor_id="v0001")).explanation
    hero = next(item for item in explanation.placements if item.placement == "landing_hero")
    assert [item.priority for item in hero.candidates] == sorted((item.priority for item in hero.candidates), reverse=True)
    fates = {item.campaign: explanation_pb2.Fate.Name(item.fate) for item in hero.candidates}
    assert fates["office_trial"] == "FATE_CHOSEN" and fates["hotel_tour"] == "FATE_NOT_ELIGIBLE"


def test_what_would_change_the_answer_does_change_it(decisions):
    asked = request(**OLIVE)
    answer = explained(decisions, asked)
    miss = next(item for item in answer.explanation.nearest_misses if item.of == "placements.landing_hero")
    for change in miss.changes:
        entity, name = change.path.split(".")
        getattr(asked, entity)[name].CopyFrom(change.value)
    hero = next(item for item in decisions.Decide(asked, timeout=CALL_SECONDS).placements if item.placement == "landing_hero")
    assert (f"{hero.campaign}/{hero.variant}" if hero.variant else "default") == miss.answer


def test_the_search_can_be_left_out(decisions):
    answer = explained(decisions, request(**OLIVE), skip_nearest_misses=True)
    assert not answer.explanation.nearest_misses and answer.explanation.icps


def test_what_decide_refuses_is_refused_in_the_same_words(decisions):
    asked = request(placements=["nowhere"])
    with pytest.raises(grpc.RpcError) as decide:
        decisions.Decide(asked, timeout=CALL_SECONDS)
    with pytest.raises(grpc.RpcError) as explain:
        explained(decisions, asked)
    assert (explain.value.code(), explain.value.details()) == (decide.value.code(), decide.value.details())


def test_bespokectl_explains_as_a_tree_and_as_json(daemon):
    asked = ["explain", "--visitor", "v0001", "--consent", "personalisation"]
    text = daemon.ctl(*asked).stdout
    assert "✓ office_olive matches: fit 85" in text
    assert "✗ hotel_tour, priority 110: does not apply" in text
    assert "account.coffee_budget is 14000.0 USD/year" in text
    assert "What would change it" in text
    answer = daemon.json(*asked)
    olive = next(icp for icp in answer["explanation"]["icps"] if icp["name"] == "office_olive")
    assert olive["matches"] == "true" and olive["criteria"][0]["points"] == 25
    assert answer["decision"]["icp"]["name"] == "office_olive"
