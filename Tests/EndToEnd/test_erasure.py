"""R81: what is kept of a person is shown, and erasing leaves nothing, on disk too."""
import pathlib
import time

import grpc
import pytest
import support
from support import CALL_SECONDS, decision, event

RULES = """
attributes:
  visitor: {title: {type: string, source: crm}, note: {type: string}}
events: {visit: {points: 1}}
segments: {known: has(visitor.title) && visitor.note != "x" && events.visit.count > 0}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns:
  hello:
    caps: [{per: visitor, shows: 3, within: 1d}]
    pages: {hero: {plain: {fields: {text: Hi}}}}
policies: {consent: {personal: {covers: [], default: granted}}}
"""
# Texts that stand nowhere else, so that any of their bytes that are left would be found.
PERSON, OTHER = "person-7f3a91c2", "somebody-else"
TITLE, NOTE = "Duchess-of-Zembla-55e1", "likes-purple-elephants-9c04"


@pytest.fixture
def served(start, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path)


def fill(daemon, person, title, note):
    for n in range(3):
        daemon.ctl("profiles", "put", person, "--kind", "visitor", "--set", f"title={title}", "--set", f"note={note}-{n}")
    with grpc.insecure_channel(daemon.data) as channel:
        events, decisions = support.Events(channel), support.Decisions(channel)
        events.Record(event.RecordRequest(events=[
            event.Event(id=f"{person}-event-{n}", visitor_id=person, name="visit") for n in range(50)]), timeout=CALL_SECONDS)
        decisions.Decide(decision.DecideRequest(visitor_id=person, record_exposure=True), timeout=CALL_SECONDS)
        events.SetConsent(event.SetConsentRequest(visitor_id=person, denied=["personal"], source="banner"), timeout=CALL_SECONDS)


def found(folder, *words):
    """The files that hold one of the words."""
    return [path.name for path in pathlib.Path(folder).rglob("*") if path.is_file()
            and any(word.encode() in path.read_bytes() for word in words)]


def test_R81_erasing_leaves_nothing_of_the_person_and_everything_of_others(served):
    fill(served, PERSON, TITLE, NOTE)
    fill(served, OTHER, "Gardener", "likes-roses")
    assert found(served.directory, PERSON, TITLE, NOTE)
    answer = served.json("profiles", "erase", PERSON)
    assert answer["hadProfile"] is True and answer["hadBehaviour"] is True and answer["events"] == 51
    assert len(answer["receipt"]) == 32 and PERSON not in answer["receipt"]
    deadline = time.monotonic() + 10
    while found(served.directory, PERSON, TITLE, NOTE) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found(served.directory, PERSON, TITLE, NOTE) == []
    assert served.ctl("profiles", "show", PERSON, check=False).returncode == 1
    for _ in range(2):
        shown = served.json("profiles", "show", OTHER)
        assert shown["behaviour"]["events"][0]["count"] == 50 and len(shown["behaviour"]["shows"]) == 1
        served.kill()
        served.start()
        assert served.ctl("profiles", "show", PERSON, check=False).returncode == 1
    assert found(served.directory, PERSON, TITLE, NOTE) == []


def test_a_later_import_can_leave_the_erased_out(served, tmp_path):
    fill(served, PERSON, TITLE, NOTE)
    served.ctl("profiles", "erase", PERSON)
    served.kill()
    served.start()
    (tmp_path / "people.csv").write_text(f"id,title\n{PERSON},Count\nnew,Baker\n")
    asked = ["profiles", "import", tmp_path / "people.csv", "--kind", "visitor"]
    refused = served.ctl(*asked, "--respect-erasure", check=False)
    assert refused.returncode == 1 and "asked to be forgotten" in refused.stderr
    assert served.ctl("profiles", "get", "new", "--kind", "visitor", check=False).returncode == 1
    served.ctl(*asked, "--respect-erasure", "--skip-invalid")
    assert served.ctl("profiles", "get", PERSON, "--kind", "visitor", check=False).returncode == 1
    served.ctl("profiles", "get", "new", "--kind", "visitor")
    # Without the flag the person has come back of their own will.
    served.ctl(*asked)
    assert served.json("profiles", "get", PERSON, "--kind", "visitor")["version"] == 1


def test_show_names_purposes_and_sources(served):
    fill(served, PERSON, TITLE, NOTE)
    text = served.ctl("profiles", "show", PERSON).stdout
    for words in (TITLE, "crm", "visit", "50 times", "personal", "denied", "banner", "hello/plain"):
        assert words in text


def test_erasing_nobody_succeeds_and_says_so(served):
    assert "nothing was kept" in served.ctl("profiles", "erase", "nobody").stdout
