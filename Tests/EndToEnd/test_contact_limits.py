"""R54: how often one person is written to, over several channels."""
import itertools

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, placements

RULES = """
attributes:
  visitor: {title: {type: string}}
placements:
  email: {kind: page, fields: {text: {type: text}}}
  message: {kind: page, fields: {text: {type: text}}}
  call: {kind: page, fields: {text: {type: text}}}
campaigns:
  follow_up:
    caps:
      - {per: visitor, shows: 2, within: 30d, placement: email}
      - {per: visitor, shows: 1, within: 30d, placement: message}
      - {per: visitor, shows: 3, within: 30d}
    pages:
      email: {mail: {fields: {text: Shall we talk?}}}
      message: {text: {fields: {text: A quick question}}}
      call: {script: {fields: {text: Ask about the trial}}}
"""


@pytest.fixture
def decisions(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    with grpc.insecure_channel(start(rules=tmp_path).data) as channel:
        yield support.Decisions(channel)


def touch(decisions, visitor, channel, now="2026-11-20T10:00:00Z"):
    """Asks what to send over one channel, as a sender does that sends it; returns the reason."""
    asked = decision.DecideRequest(visitor_id=visitor, placements=[channel], record_exposure=True)
    asked.now.FromJsonString(now)
    return placements(decisions.Decide(asked, timeout=CALL_SECONDS))[channel].reason


def test_R54_after_two_emails_and_one_message_the_fourth_touch_is_suppressed(decisions):
    for number, order in enumerate(sorted(set(itertools.permutations(["email", "email", "message"])))):
        visitor = f"v{number}"
        assert [touch(decisions, visitor, channel) for channel in order] == [decision.REASON_CAMPAIGN] * 3
        for channel in ("email", "message", "call"):
            assert touch(decisions, visitor, channel) == decision.REASON_CAPPED
    # Others are written to as before.
    assert touch(decisions, "somebody else", "email") == decision.REASON_CAMPAIGN


def test_R54_each_channel_has_its_own_limit(decisions):
    mails = [touch(decisions, "v", "email") for _ in range(3)]
    assert mails == [decision.REASON_CAMPAIGN, decision.REASON_CAMPAIGN, decision.REASON_CAPPED]
    # What was suppressed does not count.
    assert [touch(decisions, "v", "message") for _ in range(2)] == [decision.REASON_CAMPAIGN, decision.REASON_CAPPED]


def test_R54_the_limit_holds_for_its_time_and_through_kill_9(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path)
    with grpc.insecure_channel(daemon.data) as channel:
        for name in ("email", "message", "email"):
            assert touch(support.Decisions(channel), "v", name, now="2026-10-01T10:00:00Z") == decision.REASON_CAMPAIGN
    daemon.kill()
    daemon.start()
    with grpc.insecure_channel(daemon.data) as channel:
        decisions = support.Decisions(channel)
        assert touch(decisions, "v", "call", now="2026-10-31T09:59:59Z") == decision.REASON_CAPPED
        assert touch(decisions, "v", "call", now="2026-10-31T10:00:00Z") == decision.REASON_CAMPAIGN
