"""R57: the address of a page view, or the domain of an e-mail address, leads to the account."""
import concurrent.futures
import ipaddress
import pathlib
import random
import time

import grpc
import pytest
import support
from support import CALL_SECONDS, decision

RULES = """
attributes:
  visitor: {email: {type: string}}
  account: {industry: {type: string}}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns:
  software: {when: account.industry == "software", pages: {hero: {plain: {fields: {text: Software}}}}}
  banks: {when: account.industry == "bank", pages: {hero: {plain: {fields: {text: Bank}}}}}
policies: {consent: {personal: {covers: [], default: granted}}}
"""
LINKS = """account,network,domain
acme,192.0.2.0/24,
northbank,192.0.2.128/25,
acme,,Acme.example
northbank,2001:db8::/32,
northbank,,northbank.example
"""


@pytest.fixture
def served(start, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    daemon = start(rules=tmp_path / "rules")
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    daemon.ctl("profiles", "put", "northbank", "--kind", "account", "--set", "industry=bank")
    return daemon


def link(daemon, tmp_path, text, *flags, check=True):
    (tmp_path / "links.csv").write_text(text)
    return daemon.ctl("accounts", "link", tmp_path / "links.csv", *flags, check=check)


def shown(daemon, visitor="", ip="", email=None, account=""):
    asked = decision.DecideRequest(visitor_id=visitor, account_id=account)
    if ip:
        asked.page.ip = ip
    if email:
        asked.visitor["email"].CopyFrom(support.value(email))
    with grpc.insecure_channel(daemon.data) as channel:
        return support.placements(support.Decisions(channel).Decide(asked, timeout=CALL_SECONDS))["hero"].campaign


def test_R57_an_address_in_the_range_gives_the_attributes_of_the_account(served, tmp_path):
    assert shown(served, ip="192.0.2.7") == ""
    assert link(served, tmp_path, LINKS).stdout == "3 networks and 2 domains lead to accounts\n"
    assert shown(served, ip="192.0.2.7") == "software"
    assert shown(served, ip="192.0.2.128") == "banks"
    assert shown(served, ip="::ffff:192.0.2.200") == "banks"
    assert shown(served, ip="2001:db8:1::9") == "banks"
    assert shown(served, ip="198.51.100.1") == "" and shown(served) == ""
    # What is no address is said, not passed over (W29).
    with support.refused(grpc.StatusCode.INVALID_ARGUMENT, "page.ip"):
        shown(served, ip="not an address")
    # Kept, and there after a crash.
    served.kill()
    served.start()
    assert shown(served, ip="192.0.2.7") == "software"
    # The next file is the whole truth.
    link(served, tmp_path, "network,account\n203.0.113.0/24,acme\n")
    assert shown(served, ip="192.0.2.7") == "" and shown(served, ip="203.0.113.9") == "software"
    # Removing all of them is said, so that a file that was cut off by mistake does not.
    assert "this would remove" in link(served, tmp_path, "account,domain\n", check=False).stderr
    assert shown(served, ip="203.0.113.9") == "software"
    assert link(served, tmp_path, "account,domain\n", "--replaces", "1").stdout.startswith("0 networks and 0 domains")
    served.kill()
    served.start()
    assert shown(served, ip="203.0.113.9") == ""


def test_what_says_more_about_the_person_counts_first(served, tmp_path):
    link(served, tmp_path, LINKS)
    bank, software = "192.0.2.200", "192.0.2.7"
    # Network, domain of the id, stored address, address in the request, stored account, account in the request.
    assert shown(served, "v", ip=bank) == "banks"
    assert shown(served, "rita@ACME.example", ip=bank) == "software"
    served.ctl("profiles", "put", "rita@acme.example", "--kind", "visitor", "--set", "email=rita@northbank.example")
    assert shown(served, "rita@acme.example", ip=software) == "banks"
    assert shown(served, "rita@acme.example", ip=bank, email="r@acme.example") == "software"
    served.ctl("profiles", "put", "rita@acme.example", "--kind", "visitor", "--account", "northbank")
    assert shown(served, "rita@acme.example", ip=software, email="r@acme.example") == "banks"
    assert shown(served, "rita@acme.example", ip=software, account="acme") == "software"
    # A subdomain leads where its domain does; of another domain the network is asked.
    assert shown(served, "x@sales.acme.example", ip=bank) == "software"
    assert shown(served, "x@other.example", ip=bank) == "banks"


def test_W31_links_mean_what_they_say(served, tmp_path):
    link(served, tmp_path, "account,domain\nacme,*.Acme.example\nnorthbank,github.io\n")
    assert shown(served, "x@mail.ACME.example") == "software" and shown(served, "x@acme.example") == ""
    # Anybody can have a name below a public suffix.
    assert shown(served, "x@github.io") == "banks" and shown(served, "x@somebody.github.io") == ""
    for domain, words in [("*.co.uk", "anybody can have a domain below co.uk"), ("acme.example # note", "is none"),
                          ('"""acme.example"""', "is none"), ("*acme.example", "is none")]:
        refused = link(served, tmp_path, f"account,domain\nacme,a.example\nacme,{domain}\n", check=False)
        assert refused.returncode == 1 and "line 3" in refused.stderr and words in refused.stderr


def test_W20_a_text_has_one_form_at_every_door(start, tmp_path):
    decomposed, composed = "Zu\u0308rich", "Z\u00fcrich"
    (tmp_path / "rules" / "lists").mkdir(parents=True)
    (tmp_path / "rules" / "lists" / "cities.txt").write_text(f"\ufeff{decomposed}\nBern\n")
    (tmp_path / "rules" / "RULES.YAML").write_text(f"""\ufeff
attributes:
  visitor: {{city: {{type: string, values: [{decomposed}, Bern]}}, tags: {{type: strings}}}}
lists: {{cities: {{file: lists/cities.txt, of: visitor.city}}}}
placements: {{hero: {{kind: page, fields: {{text: {{}}}}, default: {{text: Hello}}}}}}
campaigns:
  listed:
    when: "in_list('cities', visitor.city) && '{decomposed}' in visitor.tags"
    pages: {{hero: {{v: {{fields: {{text: x}}}}}}}}
policies: {{consent: {{personal: {{covers: [], default: granted}}}}}}
""")
    daemon = start(rules=tmp_path / "rules")
    (tmp_path / "rows.csv").write_text(f"id,city,tags\nimported,{decomposed},{decomposed}|x\n")
    daemon.ctl("profiles", "import", tmp_path / "rows.csv", "--kind", "visitor")
    daemon.ctl("profiles", "put", "put", "--kind", "visitor", "--set", f"city={decomposed}", "--set", f"tags=[{decomposed}]")
    assert shown(daemon, "imported") == shown(daemon, "put") == "listed"
    with grpc.insecure_channel(daemon.data) as channel:
        stub = support.Decisions(channel)
        for form in (decomposed, composed):
            asked = decision.DecideRequest()
            asked.visitor["city"].CopyFrom(support.value(form))
            asked.visitor["tags"].CopyFrom(support.value({form}))
            assert support.placements(stub.Decide(asked, timeout=CALL_SECONDS))["hero"].campaign == "listed"
            explained = stub.Explain(decision.ExplainRequest(request=asked), timeout=CALL_SECONDS)
            assert support.placements(explained.decision)["hero"].campaign == "listed"
    # Ids are hashed as they are sent: two ways to write one are two.
    daemon.ctl("profiles", "put", decomposed, "--kind", "visitor", "--set", "city=Bern")
    assert daemon.ctl("profiles", "get", decomposed, "--kind", "visitor").returncode == 0
    assert daemon.ctl("profiles", "get", composed, "--kind", "visitor", check=False).returncode == 1


def test_explain_and_exposures_know_the_linked_account_too(served, tmp_path):
    link(served, tmp_path, LINKS)
    with grpc.insecure_channel(served.data) as channel:
        stub = support.Decisions(channel)
        asked = decision.DecideRequest(visitor_id="v")
        asked.page.ip = "192.0.2.7"
        asked.now.GetCurrentTime()
        first = stub.Decide(asked, timeout=CALL_SECONDS)
        explained = stub.Explain(decision.ExplainRequest(request=asked), timeout=CALL_SECONDS).decision
        assert support.placements(explained)["hero"].campaign == "software" and explained.decision_id == first.decision_id
        link(served, tmp_path, LINKS.replace("acme,192", "northbank,192"))
        second = stub.Decide(asked, timeout=CALL_SECONDS)
        assert support.placements(second)["hero"].campaign == "banks" and second.decision_id != first.decision_id


def test_links_can_be_looked_up(served, tmp_path):
    link(served, tmp_path, LINKS)
    assert served.ctl("accounts", "find", "--ip", "192.0.2.255").stdout == "northbank\n"
    assert served.json("accounts", "find", "--email", "a@acme.example") == {"accountId": "acme"}
    assert "no link leads" in served.ctl("accounts", "find", "--ip", "8.8.8.8", check=False).stderr
    assert "is no address" in served.ctl("accounts", "find", "--ip", "8.8.8", check=False).stderr


@pytest.mark.parametrize("text, said", [
    ("network,account\n10.0.0.0/8,a\n10.0.0.1/8,b\n", 'line 3: network "10.0.0.1/8" has bits behind its prefix'),
    ("network,account\n10.0.0/8,a\n", 'line 2: network "10.0.0/8" is none; write it like 192.0.2.0/24'),
    ("domain,account\nexample,a\n", 'line 2: domain "example" is none'),
    ("domain,account\na@example.com,a\n", "is none; write it like example.com"),
    ("network,domain,account\n10.0.0.0/8,a.example,a\n", "line 2: names both network and domain"),
    ("network,domain,account\n,,a\n", "line 2: names neither network and domain"),
    ("network,account\n10.0.0.0/8,a\n\n10.0.0.0/8,b\n", 'line 4: "10.0.0.0/8" stands twice'),
    ("domain,account\nA.example,a\na.EXAMPLE,a\n", "stands twice"),
    ("network,account\n10.0.0.0/8,\n", "line 2: account_id: "),
    ("network,account\n10.0.0.0/8\n", "line 2: has 1 fields, the header 2"),
    ("net,account\n", "`net` is not one of network, domain and account"),
    ("account\n", "needs account, and network or domain"), ("", "the file is empty"),
    ("network,account\n\"10.0.0.0/8,a\n", "a closing quote is missing"),
])
def test_one_mistake_and_everything_stays_as_it_was(served, tmp_path, text, said):
    link(served, tmp_path, LINKS)
    refused = link(served, tmp_path, text, check=False)
    assert refused.returncode == 1 and said in refused.stderr, refused.stderr
    assert shown(served, ip="192.0.2.7") == "software"


def test_erasing_an_account_removes_its_links_from_every_file(served, tmp_path):
    name = "account-77c1e0b2"
    link(served, tmp_path, LINKS.replace("acme,", f"{name},"))
    answer = served.json("profiles", "erase", name, "--kind", "account")
    assert answer["links"] == 2
    assert "no link leads" in served.ctl("accounts", "find", "--ip", "192.0.2.7", check=False).stderr
    assert served.ctl("accounts", "find", "--ip", "192.0.2.200").stdout == "northbank\n"

    def files():
        return [path.name for path in pathlib.Path(served.directory).rglob("*")
                if path.is_file() and name.encode() in path.read_bytes()]

    served.wait_until(lambda: not files(), "no file holds the account")
    assert served.json("profiles", "verify")["bad"] == 0


def test_a_million_ranges_are_taken_and_answer_at_once(served, tmp_path):
    chosen = random.sample(range(1 << 24), 1_000_000)
    text = "network,account\n" + "".join(f"{ipaddress.ip_address(n << 8)}/24,acme\n" for n in chosen)
    started = time.monotonic()
    assert link(served, tmp_path, text).stdout.startswith("1,000,000 networks")
    assert time.monotonic() - started < 60
    known = set(chosen)
    for n in random.sample(range(1 << 24), 20) + random.sample(chosen, 20):
        address = str(ipaddress.ip_address((n << 8) + 5))
        assert shown(served, ip=address) == ("software" if n in known else ""), address
    served.kill()
    served.start()
    assert shown(served, ip=str(ipaddress.ip_address((chosen[0] << 8) + 255))) == "software"


def test_of_files_at_the_same_time_one_holds_as_a_whole(served, tmp_path):
    def file(number):
        path = tmp_path / f"{number}.csv"
        path.write_text("account,network,domain\n" + "".join(
            f"{'acme' if number % 2 else 'northbank'},10.{number}.{n}.0/24,\n" for n in range(200)))
        return path

    def holding():
        return {number for number in range(6) for n in (0, 100, 199) if shown(served, ip=f"10.{number}.{n}.7")}

    for _ in range(5):
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: served.ctl("accounts", "link", file(number)), range(6)))
        before = holding()
        assert len(before) == 1
        served.kill()
        served.start()
        assert holding() == before
