"""DecisionService over grpcio, an independent client: unary calls, sync and asyncio."""
import asyncio
import re

import grpc
import pytest
import support
from support import CALL_SECONDS, OLIVE, decision, placements, request


def test_a_stored_profile_is_decided_by_its_id_alone(decisions):
    answer = decisions.Decide(request(visitor_id="v0001"), timeout=CALL_SECONDS)
    assert answer.icp.name == "office_olive" and answer.icp.tier == "a"
    assert answer.persona.name == "olive"
    hero = placements(answer)["landing_hero"]
    assert (hero.campaign, hero.variant, hero.reason) == ("office_trial", "hero_price", decision.REASON_CAMPAIGN)
    assert "Marlow, Finch & Co" in hero.fields["text"]


def test_attributes_of_the_request_win_over_the_stored_profile(decisions):
    answer = decisions.Decide(request(visitor_id="v0001", visitor=dict(objection="time")), timeout=CALL_SECONDS)
    assert placements(answer)["landing_hero"].variant == "hero_speed"


def test_without_consent_nothing_personal_is_read_and_the_answer_says_so(decisions):
    answer = decisions.Decide(request(visitor_id="v0005", consent=()), timeout=CALL_SECONDS)
    hero = placements(answer)["landing_hero"]
    assert not answer.HasField("icp")
    assert (hero.campaign, hero.reason) == ("", decision.REASON_DEFAULT)
    assert hero.lacked_consent
    assert list(answer.unread_purposes) == ["personalisation"]


def test_an_anonymous_visitor_gets_every_default(decisions):
    answer = decisions.Decide(decision.DecideRequest(), timeout=CALL_SECONDS)
    assert not answer.HasField("icp")
    assert [item.placement for item in answer.placements] == ["search_ad", "landing_hero", "side_offer"]
    assert {item.reason for item in answer.placements} == {decision.REASON_DEFAULT}


def test_the_fit_is_the_sum_of_its_subscores(decisions):
    answer = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    scores = answer.icp.subscores
    total = sum(getattr(scores, field.name) for field in scores.DESCRIPTOR.fields)
    # 25 + 20 + 15 + 10 points of 100.
    assert answer.icp.fit == pytest.approx(70)
    assert total == pytest.approx(answer.icp.fit)


@pytest.mark.parametrize("employees, icp", [(19, ""), (20, "office_olive"), (500, "office_olive"), (501, "")])
def test_both_sides_of_each_boundary_are_told_apart(decisions, employees, icp):
    asked = request(visitor=OLIVE["visitor"], account={**OLIVE["account"], "employees": employees})
    assert decisions.Decide(asked, timeout=CALL_SECONDS).icp.name == icp


def test_the_page_keeps_the_promise_of_the_clicked_ad(decisions):
    url = "https://www.kaffa.example/l?utm_source=google&utm_medium=cpc&utm_campaign=office_trial&utm_content=trial_speed"
    olive = dict(visitor={**OLIVE["visitor"], "objection": "price"}, account=OLIVE["account"])
    plain = decisions.Decide(request(**olive), timeout=CALL_SECONDS)
    clicked = decisions.Decide(request(**olive, page=dict(url=url)), timeout=CALL_SECONDS)
    assert placements(plain)["landing_hero"].variant == "hero_price"
    assert placements(clicked)["landing_hero"].variant == "hero_speed"
    assert placements(clicked)["landing_hero"].reason == decision.REASON_PROMISE


@pytest.mark.parametrize("content, variant", [("trial_speed", "hero_speed"), ("trial_price", "hero_price")])
def test_W10_a_stranger_who_clicks_an_ad_of_the_shipped_rules_gets_its_page(decisions, content, variant):
    url = f"https://www.kaffa.example/l?utm_source=google&utm_medium=cpc&utm_campaign=office_trial&utm_content={content}"
    answer = decisions.Decide(request(page=dict(url=url)), timeout=CALL_SECONDS)
    hero = placements(answer)["landing_hero"]
    assert (hero.variant, hero.reason, answer.icp.name) == (variant, decision.REASON_PROMISE, "")


@pytest.mark.parametrize("page, field", [
    (dict(ip="192.0.2.7, 10.0.0.1"), "page.ip"), (dict(ip="garbage"), "page.ip"), (dict(country="Germany"), "page.country"),
])
def test_W29_what_has_no_normal_form_is_refused_by_name(decisions, page, field):
    with pytest.raises(grpc.RpcError) as refused:
        decisions.Decide(request(page=page), timeout=CALL_SECONDS)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT and field in refused.value.details()
    for page in (dict(ip="::FFFF:192.0.2.7"), dict(country="kp"), dict(device="Mobile")):
        decisions.Decide(request(page=page), timeout=CALL_SECONDS)


def test_an_ad_names_its_page_and_leads_there(decisions):
    answer = decisions.Decide(request(**OLIVE, placements=["search_ad"]), timeout=CALL_SECONDS)
    ad = placements(answer)["search_ad"]
    assert (ad.variant, ad.page, ad.promise) == ("trial_speed", "hero_speed", "speed")
    assert "utm_content=trial_speed" in ad.landing_url


def test_a_search_word_lands_in_the_headline(decisions):
    page = dict(url="https://www.kaffa.example/?utm_term=flat%20white")
    answer = decisions.Decide(request(**OLIVE, page=page), timeout=CALL_SECONDS)
    assert placements(answer)["landing_hero"].fields["headline"] == "Your flat white by tomorrow"


def test_placements_come_in_the_order_asked(decisions):
    answer = decisions.Decide(request(placements=["side_offer", "landing_hero"]), timeout=CALL_SECONDS)
    assert [item.placement for item in answer.placements] == ["side_offer", "landing_hero"]


def test_the_same_inputs_and_time_give_the_same_bytes(decisions):
    asked = request(**OLIVE)
    answers = {decisions.Decide(asked, timeout=CALL_SECONDS).SerializeToString(deterministic=True) for _ in range(20)}
    assert len(answers) == 1
    answer = decision.DecideResponse.FromString(answers.pop())
    assert re.fullmatch("[0-9a-f]{32}", answer.decision_id) and re.fullmatch("[0-9a-f]{32}", answer.revision)
    assert answer.decided_at.ToJsonString() == support.NOW


def test_a_later_time_is_another_decision(decisions):
    first = decisions.Decide(request(**OLIVE), timeout=CALL_SECONDS)
    second = decisions.Decide(request(**OLIVE, now="2026-11-20T10:00:01Z"), timeout=CALL_SECONDS)
    assert first.decision_id != second.decision_id


def test_behaviour_in_the_request_counts_at_once(decisions):
    asked = request(**OLIVE)
    asked.events["tasting_signup"].count = 1
    asked.events["tasting_signup"].last.FromJsonString("2026-11-19T10:00:00Z")
    answer = decisions.Decide(asked, timeout=CALL_SECONDS)
    assert answer.icp.subscores.ready == pytest.approx(15)
    assert answer.icp.fit == pytest.approx(85)


def test_a_batch_is_answered_in_order_with_one_revision(decisions):
    batch = decision.BatchDecideRequest(requests=[request(visitor_id=f"v{number:04}") for number in range(1, 201)])
    answers = decisions.BatchDecide(batch, timeout=CALL_SECONDS).responses
    assert len(answers) == 200
    assert len({answer.revision for answer in answers}) == 1
    single = [decisions.Decide(asked, timeout=CALL_SECONDS) for asked in batch.requests[:20]]
    # The id names the call that decided: a batch or a single one.
    for answer in [*answers[:20], *single]:
        answer.ClearField("decision_id")
    assert list(answers[:20]) == single


async def test_asyncio_calls_run_side_by_side(daemon):
    async with grpc.aio.insecure_channel(daemon.data) as channel:
        stub = support.Decisions(channel)
        answers = await asyncio.gather(*(stub.Decide(request(visitor_id=f"v{number:04}"), timeout=CALL_SECONDS)
                                         for number in range(1, 301)))
    assert len(answers) == 300
    assert answers[0].icp.name == "office_olive" and answers[1].icp.name == "hotel_hugo"
