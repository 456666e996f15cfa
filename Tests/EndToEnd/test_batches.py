"""Batches that take long: they hold nobody up, are answered by one rule set, and have a bound."""
import grpc
import pytest
import support
from support import CALL_SECONDS, decision, refused, request

TEXT = "ab" * 2_000
CONDITIONS = 240


def rules(folder, name):
    """Each condition looks through the whole text, and none holds."""
    lines = ["attributes: {visitor: {text: {type: string}}}",
             f"placements: {{slot: {{kind: page, fields: {{text: {{}}}}, default: {{text: {name}}}}}}}", "campaigns:"]
    for number in range(CONDITIONS):
        lines += [f"  c{number}:", f"    priority: {number}", f"    when: visitor.text.contains('a{number}b')",
                  f"    pages: {{slot: {{v{number}: {{fields: {{text: never}}}}}}}}"]
    target = folder / name
    target.mkdir()
    (target / "rules.yaml").write_text("\n".join(lines) + "\n")
    return target


def batch(count):
    return decision.BatchDecideRequest(requests=[request(visitor=dict(text=TEXT), consent=())] * count)


@pytest.fixture
def slow(start, tmp_path):
    return start(rules=rules(tmp_path, "first"), arguments=["--threads", "1"])


def test_while_a_long_batch_is_decided_others_are_answered(slow):
    with grpc.insecure_channel(slow.data) as one, \
            grpc.insecure_channel(slow.data, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
        decide = support.Decisions(other).Decide
        decide(request(consent=()), timeout=CALL_SECONDS)
        long = support.Decisions(one).BatchDecide.future(batch(200), timeout=CALL_SECONDS)
        answered = 0
        while not long.done():
            decide(request(consent=()), timeout=CALL_SECONDS)
            answered += 1
        assert len(long.result().responses) == 200
        assert {item.placements[0].fields["text"] for item in long.result().responses} == {"first"}
        # Before the batch is begun, amid it, and after its end.
        assert answered > 10


def test_a_batch_is_answered_by_one_rule_set(slow, tmp_path):
    second = rules(tmp_path, "second")
    with grpc.insecure_channel(slow.data) as channel:
        decisions = support.Decisions(channel)
        asked = [decisions.BatchDecide.future(batch(60), timeout=CALL_SECONDS) for _ in range(3)]
        slow.ctl("rules", "push", second)
        asked += [decisions.BatchDecide.future(batch(60), timeout=CALL_SECONDS)]
        for call in asked:
            revisions = {item.revision for item in call.result().responses}
            assert len(revisions) == 1 and len(call.result().responses) == 60
        assert call.result().responses[0].placements[0].fields["text"] == "second"


def test_a_batch_that_takes_too_much_work_is_refused(slow):
    with grpc.insecure_channel(slow.data) as channel:
        decisions = support.Decisions(channel)
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "requests[", "one batch may"):
            decisions.BatchDecide(batch(900), timeout=CALL_SECONDS)


def test_batches_that_nobody_waits_for_are_not_gone_on_with(slow):
    with grpc.insecure_channel(slow.data) as channel:
        decisions = support.Decisions(channel)
        for _ in range(200):
            call = decisions.BatchDecide.future(batch(200), timeout=CALL_SECONDS)
            call.cancel()
        # Were they, this one would find no place.
        assert len(decisions.BatchDecide(batch(200), timeout=CALL_SECONDS).responses) == 200
