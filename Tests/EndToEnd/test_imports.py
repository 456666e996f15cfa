"""Files of other programs, read through mappings, as docs/imports.md shows it. Requirement R87."""
import csv
import json
import re
import signal
import subprocess
import time

import pytest
from support import ROOT, harness

IMPORT = ROOT / "config" / "import"
GUIDE = ROOT / "docs" / "imports.md"
MAPPINGS = sorted(path.stem for path in IMPORT.glob("*.yaml") if path.stem != "attributes")
REFUSED = 1
WRONG_USAGE = 2

RITA = "rita.vega@marlow-finch.example"
SAM = "sam@tidewater.example"
# What people read off the sample files, by mapping and id; a value that is None is not there.
EXPECTED = {
    "typeform_responses": {
        RITA: {"role": "decides", "team_size": 140, "budget": 14000.0, "start_wanted": "2026-03-01T00:00:00Z",
               "interests": ["coffee", "plants"], "form_answered_at": "2026-01-12T09:33:42Z", "lead_source": "form"},
        SAM: {"role": "uses", "budget": 1250.5},
        "lee@two-desks.example": {"role": None, "budget": 1_200_000.0, "interests": None}},
    "limesurvey_responses": {
        "jörg@kueche.example": {"title": "Küchenchef", "role": "decides", "recommends": 9, "satisfaction": 4.5,
                                "budget": 12500.0, "language": "de", "surveyed_at": "2026-01-14T08:12:45Z"},
        "ada@hof.example": {"budget": 1_250_000.0, "satisfaction": 5.0, "surveyed_at": "2026-07-02T16:03:00Z"},
        "tom@hof.example": {"role": None, "title": None, "recommends": 6}},
    "meta_lead_ads": {
        "olga@teehaus.example": {"title": "Inhaberin – Café", "lead_source": "instagram", "campaign": "Spring tasting",
                                 "form_answered_at": "2026-02-03T14:03:22Z"},
        "kim@two-desks.example": {"lead_source": "facebook", "form_answered_at": "2026-02-04T01:11:05Z"}},
    "mailchimp_audience": {
        RITA: {"email_rating": 4, "country": "GB", "tags": ["office", "tasting"], "newsletter": True,
               "subscribed_at": "2025-11-02T08:15:00Z"},
        "noor@fernmill.example": {"country": "US", "tags": None, "newsletter": True}},
    "mailchimp_unsubscribed": {
        "ada@hof.example": {"email_rating": 2, "country": "CH", "tags": ["tasting"], "newsletter": False},
        "tom@hof.example": {"newsletter": False}},
    "intercom_users": {
        RITA: {"visits": 31, "chats": 2, "last_seen": "2026-01-20T11:02:13Z", "tags": ["beta", "vip"], "language": "en"},
        SAM: {"chats": 0, "country": "PT"},
        "lee@two-desks.example": {"last_seen": None, "chats": None, "visits": 1}},
    "matomo_visitors": {
        RITA: {"visits": 12, "minutes_on_site": 5.5, "last_seen": "2026-01-20T10:42:13Z", "device": "desktop",
               "country": "GB", "language": "en", "campaign": "spring_tasting"},
        "noor@fernmill.example": {"device": "mobile", "minutes_on_site": 0.75},
        "kim@two-desks.example": {"device": None, "country": None, "language": "fr"}},
    "hubspot_contacts": {
        RITA: {"title": "Head of Office, EMEA", "seniority": "manager", "role": "decides", "lifecycle": "mql",
               "customer_since": "2026-07-01T09:30:00Z", "interests": ["coffee", "plants"], "newsletter": True},
        SAM: {"seniority": "c_level", "lifecycle": "customer", "customer_since": "2026-01-15T09:00:00Z", "newsletter": False},
        "lee@two-desks.example": {"role": None, "lifecycle": None, "newsletter": None}},
    "salesforce_accounts": {
        "marlow-finch.example": {"company": "Marlow, Finch & Co", "industry": "software", "employees": 140,
                                 "annual_revenue": 18_500_000.0, "country": "GB", "is_customer": True,
                                 "customer_since": "2024-03-14T00:00:00Z"},
        "tidewater.example": {"employees": 1860, "annual_revenue": 61_000_000.0, "is_customer": False,
                              "customer_since": "2025-11-02T16:05:00Z"},
        "cafe-vila.example": {"company": "Café Vila", "annual_revenue": None, "is_customer": None}},
    "shopify_customers": {
        "noor@fernmill.example": {"newsletter": True, "lifetime_value": 1640.5, "orders": 4, "tags": ["gold", "subscriber"]},
        "olga@teehaus.example": {"newsletter": False, "country": "DE", "orders": 1, "tags": None}},
    "stripe_customers": {
        RITA: {"customer_since": "2025-02-11T12:30:00Z", "is_late_payer": False, "plan": "team", "lifetime_value": 1188.0},
        SAM: {"is_late_payer": True, "plan": "business", "orders": 11},
        "lee@two-desks.example": {"plan": None, "orders": 0}},
    "surveymonkey_responses": {
        RITA: {"role": "decides", "recommends": 9, "surveyed_at": "2026-01-12T09:33:42Z"},
        SAM: {"role": None, "recommends": 3, "surveyed_at": "2026-01-13T16:04:05Z"}},
    "linkedin_connections": {
        RITA: {"title": "Head of Office, EMEA", "subscribed_at": "2026-01-14T00:00:00Z", "lead_source": "linkedin"},
        "lee@two-desks.example": {"title": "Founder", "subscribed_at": "2025-02-02T00:00:00Z"}},
    "ga4_users": {RITA: {"visits": 31}, SAM: {"visits": 1004}},
    "delighted_responses": {
        RITA: {"recommends": 9, "satisfaction": 4.68, "surveyed_at": "2026-01-12T10:00:00Z", "tags": ["billing", "support"]},
        SAM: {"recommends": 3, "satisfaction": 2.4, "surveyed_at": "2026-01-13T13:30:15Z", "language": "pt"}},
}


@pytest.fixture
def ours(start):
    """A daemon with the sample rules: they declare what the ready mappings fill."""
    return start(rules=ROOT / "config" / "rules")


def features(daemon, identifier, kind):
    """Plain values by attribute."""
    stored = daemon.json("profiles", "get", identifier, "--kind", kind)
    values = {}
    for name, feature in stored["features"].items():
        (form, value), = feature["value"].items()
        if form == "strings":
            value = sorted(value["values"])
        values[name] = int(value) if form == "int" else value
    return values


def mapping(tmp_path, text, name="mapping.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", MAPPINGS)
def test_r87_each_ready_mapping_imports_its_sample(ours, name):
    kind = "account" if name == "salesforce_accounts" else "visitor"
    answer = ours.json("profiles", "import", IMPORT / f"{name}.csv", "--mapping", IMPORT / f"{name}.yaml")
    assert (int(answer["written"]), int(answer["rejected"])) == (len(EXPECTED[name]), 0)
    for identifier, expected in EXPECTED[name].items():
        found = features(ours, identifier, kind)
        assert {key: found.get(key) for key in expected} == expected


def test_r87_the_ten_usual_sources_have_a_mapping():
    words = ["Surveys of SurveyMonkey", "Contacts of LinkedIn", "Web analytics of Google", "Forms", "Surveys", "Social",
             "E-mail", "E-mail that is not wanted any more", "Chat", "Web analytics", "CRM", "Accounts", "Shop", "Billing",
             "CX platform"]
    heads = [(IMPORT / f"{name}.yaml").read_text().split(":")[0].removeprefix("# ") for name in MAPPINGS]
    assert sorted(heads) == sorted(words)


def test_a_mapping_links_visitors_to_accounts(ours):
    ours.ctl("profiles", "import", IMPORT / "hubspot_contacts.csv", "--mapping", IMPORT / "hubspot_contacts.yaml")
    assert ours.json("profiles", "get", RITA, "--kind", "visitor")["accountId"] == "marlow-finch.example"


def test_a_dry_run_shows_the_first_rows_as_they_would_be(ours):
    arguments = ["profiles", "import", IMPORT / "typeform_responses.csv", "--mapping", IMPORT / "typeform_responses.yaml",
                 "--dry-run"]
    text = ours.ctl(*arguments).stdout
    for words in [RITA, "team_size", "140", "budget", "14000", "[coffee, plants]", "3 visitors would be written"]:
        assert words in text, text
    rows = ours.json(*arguments)["firstRows"]
    assert [row["id"] for row in rows] == list(EXPECTED["typeform_responses"])
    assert int(ours.json("status").get("visitors", 0)) == 0


MAPPING = "kind: visitor\nid: E-mail\ncolumns:\n  Team: {attribute: team_size, decimal: comma}\n  Note: ignore\n"


@pytest.mark.parametrize("text, words", [
    (MAPPING + "other: ignore\n", ["mapping.yaml:6:1", "`other`", "`others`"]),
    (MAPPING.replace("decimal", "decimals"), ["mapping.yaml:4:32", "`decimals`", "`decimal`"]),
    (MAPPING.replace("team_size", "teamsize"), ["mapping.yaml:4:21", "visitor.teamsize", "`team_size`"]),
    (MAPPING.replace("comma", "coma"), ["mapping.yaml:4:41", "`coma`", "`comma`"]),
    (MAPPING.replace("decimal: comma", "date: us"), ["mapping.yaml:4:38", "`date` is for times", "int"]),
    (MAPPING.replace("id: E-mail\n", ""), ["mapping.yaml:1:1", "needs `id`"]),
    (MAPPING.replace("visitor", "visitors"), ["mapping.yaml:1:7", "`visitors`", "`visitor`"]),
    (MAPPING + "  Since: {attribute: last_seen, date: DD.MM.yyyy}\n", ["mapping.yaml:6:39", "dd"]),
    (MAPPING + "  Since: {attribute: last_seen, zone: Europe/Lisboa}\n", ["mapping.yaml:6:39", "Europe/Lisboa"]),
    (MAPPING + "  Role: {attribute: role, values: {Boss: decide}}\n", ["mapping.yaml:6:42", "decide", "`decides`"]),
    (MAPPING + "constants: {team_size: 3}\n", ["mapping.yaml:6:13", "`team_size`", "`Team`"]),
    ("kind: [", ["mapping.yaml:2:1", "YAML"]), ("", ["mapping.yaml:1:1", "empty"])])
def test_a_wrong_mapping_is_refused_with_place_and_suggestion(ours, tmp_path, text, words):
    path = mapping(tmp_path, text)
    file = tmp_path / "people.csv"
    file.write_text("E-mail,Team,Note\na@b.example,3,\n")
    done = ours.ctl("profiles", "import", file, "--mapping", path, check=False)
    assert done.returncode == REFUSED
    for word in words:
        assert word in done.stderr, done.stderr
    failed = ours.ctl("--output", "json", "profiles", "import", file, "--mapping", path, check=False)
    assert words[0] in json.loads(failed.stderr)["error"]["message"]


@pytest.mark.parametrize("header, words", [
    ("e-mail,Team,Note", ["no column `E-mail`", "did you mean `e-mail`?"]),
    ("E-mail,Tean,Note", ["no column `Team`", "did you mean `Tean`?"]),
    ("E-mail,Team,Note,Phone", ["does not name the column `Phone`", "others: ignore"]),
    ("E-mail,Team,Team,Note", ["`Team` 2 times"])])
def test_a_file_that_does_not_fit_the_mapping_is_refused(ours, tmp_path, header, words):
    file = tmp_path / "people.csv"
    file.write_text(header + "\n")
    done = ours.ctl("profiles", "import", file, "--mapping", mapping(tmp_path, MAPPING), check=False)
    assert done.returncode == REFUSED
    for word in words:
        assert word in done.stderr, done.stderr


def test_a_mapping_says_kind_delimiter_and_encoding(ours, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("E-mail,Team,Note\na@b.example,3,\n")
    for flags in (["--kind", "visitor"], ["--delimiter", ";"], ["--encoding", "utf-16"]):
        done = ours.ctl("profiles", "import", file, "--mapping", mapping(tmp_path, MAPPING), *flags, check=False)
        assert done.returncode == WRONG_USAGE and "leave them out" in done.stderr
    assert ours.ctl("profiles", "import", file, check=False).returncode == WRONG_USAGE


def test_cells_are_refused_in_the_words_of_the_file(ours, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("E-mail,Team,Note,Since\na@b.example,\"1.5\",,\nc@d.example,,,01/02/2999\ne@f.example,,,31.12.2025\n")
    text = MAPPING + "  Since: {attribute: last_seen, date: us, past: true}\n"
    done = ours.ctl("profiles", "import", file, "--mapping", mapping(tmp_path, text), check=False)
    assert done.returncode == REFUSED
    for words in ["line 2 (a@b.example): Team: is not a number such as 1.234,5 (\"1.5\")", "line 3", "Since: is still to come",
                  "line 4", "Since: is not a time written as us (\"31.12.2025\")"]:
        assert words in done.stderr, done.stderr


def test_an_encoding_can_be_said_without_a_mapping(ours, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes("id,title\nx,Café\n".encode("cp1252"))
    done = ours.ctl("profiles", "import", file, "--kind", "visitor", check=False)
    assert done.returncode == REFUSED and "windows-1252" in done.stderr
    ours.ctl("profiles", "import", file, "--kind", "visitor", "--encoding", "windows-1252")
    assert features(ours, "x", "visitor") == {"title": "Café"}


# --- JSON lines ------------------------------------------------------------------------------------------------------

def test_r87_json_lines_are_read(ours, tmp_path):
    file = tmp_path / "people.ndjson"
    file.write_text('{"id": "x", "account": "a", "attributes": {"team_size": 3, "budget": 2, "newsletter": true, "title": "Chef",'
                    ' "interests": ["coffee", "tea"], "last_seen": "2026-01-20T10:42:13Z", "role": null}}\n\n{"id": 17}\r\n')
    answer = ours.json("profiles", "import", file, "--kind", "visitor")
    assert (int(answer["written"]), int(answer["rejected"])) == (2, 0)
    assert features(ours, "x", "visitor") == {
        "team_size": 3, "budget": 2.0, "newsletter": True, "title": "Chef", "interests": ["coffee", "tea"],
        "last_seen": "2026-01-20T10:42:13Z"}
    assert ours.json("profiles", "get", "x", "--kind", "visitor")["accountId"] == "a"
    assert features(ours, "17", "visitor") == {}


def test_an_export_of_json_lines_comes_in_again(ours, start, tmp_path):
    ours.ctl("profiles", "import", IMPORT / "hubspot_contacts.csv", "--mapping", IMPORT / "hubspot_contacts.yaml")
    exported = ours.ctl("profiles", "export", "--kind", "visitor", "--format", "ndjson", "--not-agreed").stdout
    file = tmp_path / "export.jsonl"
    file.write_text(exported)
    other = start(rules=ROOT / "config" / "rules")
    other.ctl("profiles", "import", file, "--kind", "visitor")
    for identifier in EXPECTED["hubspot_contacts"]:
        assert features(other, identifier, "visitor") == features(ours, identifier, "visitor")


def test_json_lines_are_read_through_a_mapping(ours, tmp_path):
    file = tmp_path / "people.txt"
    file.write_text('{"e": " A@B.example ", "company": {"domain": "b.example", "staff": "1.200"}, "seen": 1768905733,'
                    ' "note": [1]}\n')
    path = mapping(tmp_path, "kind: visitor\nid: {column: e, case: lower}\naccount: company.domain\ncolumns:\n"
                             "  note: ignore\n  company.staff: {attribute: team_size, decimal: comma}\n"
                             "  seen: {attribute: last_seen, date: unix_s}\n")
    ours.ctl("profiles", "import", file, "--format", "ndjson", "--mapping", path)
    assert features(ours, "a@b.example", "visitor") == {"team_size": 1200, "last_seen": "2026-01-20T10:42:13Z"}
    file.write_text('{"e": "c@d.example", "more": {"phone": "1"}}\n')
    done = ours.ctl("profiles", "import", file, "--format", "ndjson", "--mapping", path, check=False)
    assert done.returncode == REFUSED and "line 1 (c@d.example): more.phone: is not named by the mapping" in done.stderr


@pytest.mark.parametrize("line, words", [
    ('{"id": "x", "attributes": {"team_size": "many"}}', "line 2 (x): team_size: is not a whole number"),
    ('{"id": "x", "attributes": {"team_size": true}}', "line 2 (x): team_size: is a boolean, which is no int"),
    ('{"id": "x", "attributes": {"title": 3}}', "line 2 (x): title: is a number, which is no string"),
    ('{"id": "x", "attributes": {"tags": ["a", 1]}}', "line 2 (x): tags: must be an array of texts"),
    ('{"id": "x", "attributes": {"tittle": "a"}}', "line 2 (x): tittle: is no attribute of the rule set; did you mean `title`?"),
    ('{"id": "x", "title": "a"}', "line 2 (x): title: is not known; put it within `attributes`"),
    ('{"id": "x", "atributes": {}}', "line 2 (x): atributes: is not known; did you mean `attributes`?"),
    ('{"account": "x"}', "line 2: id: is missing"), ('{"id": ""}', "line 2: id: is empty"),
    ("[]", "line 2: the line holds an array"),
    ('{"id": "x", "id": "y"}', 'line 2: column 13: the member "id" stands twice'),
    ('{"id": "x"} {"id": "y"}', "line 2: column 13: there is more behind the end"), ("id,team_size", "line 2: column 1:")])
def test_a_bad_json_line_is_refused_with_line_and_key(ours, tmp_path, line, words):
    file = tmp_path / "people.ndjson"
    file.write_text('{"id": "good"}\n' + line + "\n")
    done = ours.ctl("profiles", "import", file, "--kind", "visitor", check=False)
    assert done.returncode == REFUSED and words in done.stderr, done.stderr
    assert ours.ctl("profiles", "get", "good", "--kind", "visitor", check=False).returncode == REFUSED


@pytest.mark.parametrize("name", ["endless.ndjson", "endless.csv"])
def test_a_line_of_a_gigabyte_is_refused_in_little_memory(ours, tmp_path, name):
    file = tmp_path / name
    with open(file, "wb") as out:
        out.write(b"id\n" if name.endswith("csv") else b"")
        out.truncate(1 << 30)
    command = ["prlimit", f"--data={256 << 20}", harness.binary("bespokectl"), "--address", ours.admin, "profiles", "import",
               file, "--kind", "visitor"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
    assert done.returncode == REFUSED and "longer than 1048576 bytes" in done.stderr, done.stderr


# --- Rejects ---------------------------------------------------------------------------------------------------------

def rejects(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("flags, code", [([], REFUSED), (["--dry-run"], REFUSED), (["--skip-invalid"], 0)])
def test_r87_every_reject_is_in_the_file_that_is_asked_for(ours, tmp_path, flags, code):
    file, found = tmp_path / "people.csv", tmp_path / "rejects.csv"
    # More than are listed on the screen, and than fit into one piece of the file.
    bad = '"many, ""or"" few"'
    file.write_text("id,team_size,title\n" + "".join(f"p{n},{bad if n % 2 else n},t{n}\n" for n in range(40_000)))
    found.write_text("from the last time")
    done = ours.ctl("profiles", "import", file, "--kind", "visitor", "--rejects", found, *flags, check=False)
    assert done.returncode == code, done.stderr
    rows = rejects(found)
    assert [int(row["line"]) for row in rows] == list(range(3, 40_002, 2))
    assert {row["column"] for row in rows} == {"team_size"}
    assert {row["value"] for row in rows} == {'many, "or" few'}
    assert "whole number" in rows[0]["reason"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["people.csv", "rejects.csv"]


def test_the_rejects_name_each_bad_cell_and_what_the_daemon_refuses(ours, tmp_path):
    file, found = tmp_path / "people.csv", tmp_path / "rejects.csv"
    ours.ctl("profiles", "put", "gone", "--kind", "visitor", "--set", "title=Chef")
    ours.ctl("profiles", "erase", "gone", "--kind", "visitor")
    file.write_text("id,team_size,newsletter\n,many,maybe\ngone,1,\nx,1\n")
    ours.ctl("profiles", "import", file, "--kind", "visitor", "--rejects", found, "--respect-erasure", check=False)
    assert [(row["line"], row["column"], row["value"]) for row in rejects(found)] == [
        ("2", "id", ""), ("2", "team_size", "many"), ("2", "newsletter", "maybe"), ("4", "", ""), ("3", "", "gone")]
    file.write_text("id\nx\n")
    ours.ctl("profiles", "import", file, "--kind", "visitor", "--rejects", found)
    assert found.read_text() == "line,column,reason,value\n"


def test_the_rejects_stay_as_they_were_when_the_import_cannot_be_done(ours, tmp_path):
    file, found = tmp_path / "people.csv", tmp_path / "rejects.csv"
    found.write_text("from the last time")
    file.write_text("id,nonsense\nx,1\n")
    assert ours.ctl("profiles", "import", file, "--kind", "visitor", "--rejects", found, check=False).returncode == REFUSED
    assert found.read_text() == "from the last time"
    done = ours.ctl("profiles", "import", file, "--kind", "visitor", "--rejects", file, check=False)
    assert done.returncode == REFUSED and "is the file that is imported" in done.stderr
    assert file.read_text() == "id,nonsense\nx,1\n"


# --- Several calls ---------------------------------------------------------------------------------------------------

MANY = 60_000
UNREACHABLE = 3
# So small that each message, of 500 rows, is a call of its own.
SMALL_CALLS = ["--kind", "visitor", "--call-bytes", "1"]


@pytest.fixture
def many(tmp_path):
    file = tmp_path / "many.csv"
    file.write_text("id,team_size\n" + "".join(f"p{n},{n}\n" for n in range(MANY)))
    return file


def visitors(daemon):
    return int(daemon.json("status").get("visitors", 0))


def checkpoint_of(file):
    return file.with_name(file.name + ".bespoke-resume")


def begin(daemon, file, *flags):
    """Starts an import; returns when its first call has been written."""
    command = [harness.binary("bespokectl"), "--address", daemon.admin, "profiles", "import", str(file), *SMALL_CALLS, *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    daemon.wait_until(lambda: checkpoint_of(file).exists() or process.poll() is not None, "a call is written")
    assert process.poll() is None, process.communicate()
    return process


def expect_all_once(daemon, file, *flags):
    """Repeats the import that was broken off; what was written before it is not written again."""
    done = daemon.ctl("profiles", "import", file, *SMALL_CALLS, *flags)
    assert "written by the run before" in done.stderr and f"{MANY:,} visitors written" in done.stdout, done
    assert visitors(daemon) == MANY and not checkpoint_of(file).exists()
    assert daemon.json("profiles", "get", "p0", "--kind", "visitor")["version"] == 1
    last = daemon.json("profiles", "get", f"p{MANY - 1}", "--kind", "visitor")
    assert (last["version"], last["features"]["team_size"]["value"]["int"]) == (1, MANY - 1)


@pytest.mark.parametrize("flags", [[], ["--skip-invalid"]])
def test_r87_an_import_goes_on_after_its_command_was_killed(ours, many, flags):
    process = begin(ours, many, *flags)
    process.kill()
    process.communicate()
    assert 0 < visitors(ours) < MANY
    expect_all_once(ours, many, *flags)


def test_r87_an_import_goes_on_after_the_daemon_was_killed(ours, many):
    process = begin(ours, many)
    ours.kill()
    _, words = process.communicate(timeout=harness.COMMAND_SECONDS)
    # The call was under way, or the next one about to begin.
    assert process.returncode in (REFUSED, UNREACHABLE) and "repeat the command to go on behind them" in words, words
    ours.start()
    assert 0 < visitors(ours) < MANY
    expect_all_once(ours, many)


# --- Large calls -----------------------------------------------------------------------------------------------------

LARGE = 40_000


def large_file(path, word):
    """More than the journal writes through its log: 13 MB as records."""
    path.write_text("id,title\n" + "".join(f"p{n},{word} {n} {'filler ' * 40}\n" for n in range(LARGE)))
    return path


def words_of_everybody(daemon):
    """How many visitors there are, and the first words of their titles."""
    rows = list(csv.DictReader(daemon.ctl("profiles", "export", "--kind", "visitor", "--not-agreed").stdout.splitlines()))
    return len(rows), {row["title"].split()[0] for row in rows}


def test_kill_9_during_a_large_import_leaves_all_of_it_or_nothing(ours, tmp_path):
    daemon = ours
    journal = daemon.directory / "journal"
    command = [harness.binary("bespokectl"), "--address", daemon.admin, "profiles", "import", "--kind", "visitor"]
    began = time.monotonic()
    subprocess.run(command + [large_file(tmp_path / "first.csv", "first")], check=True, capture_output=True)
    whole = time.monotonic() - began
    assert words_of_everybody(daemon) == (LARGE, {"first"})
    allowed, seen = {"first"}, set()
    for number in range(8):
        # Mostly towards the end, where it is written.
        with subprocess.Popen(command + [large_file(tmp_path / "next.csv", f"next{number}")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            time.sleep(whole * (0.3 + 0.8 * number / 7))
            daemon.kill()
            done = process.wait(timeout=harness.COMMAND_SECONDS) == 0
        # What was acknowledged is there; otherwise what was there before, or all of the new.
        allowed = {f"next{number}"} if done else allowed | {f"next{number}"}
        daemon.start()
        count, words = words_of_everybody(daemon)
        assert count == LARGE and len(words) == 1 and words <= allowed, (number, count, words, allowed)
        assert not (journal / "incoming.sst").exists()
        allowed = words
        seen.add(done)
    assert False in seen, "some imports were cut off"


def test_a_large_import_survives_backup_verification_and_a_restart(ours, start, tmp_path):
    daemon = ours
    daemon.ctl("profiles", "import", large_file(tmp_path / "people.csv", "here"), "--kind", "visitor")
    assert any(path.stat().st_size > 100_000 for path in (daemon.directory / "journal").glob("*.sst"))
    daemon.ctl("profiles", "erase", "p17", "--kind", "visitor")
    daemon.ctl("profiles", "verify")
    daemon.ctl("profiles", "backup", tmp_path / "backup")
    daemon.kill()
    daemon.start()
    assert words_of_everybody(daemon) == (LARGE - 1, {"here"})
    restored = tmp_path / "restored"
    done = subprocess.run([harness.binary("bespoked"), "restore", tmp_path / "backup", "--data-directory", restored],
                          capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    again = start(rules=None, data_directory=restored)
    assert words_of_everybody(again) == (LARGE - 1, {"here"})


def test_the_command_needs_no_more_memory_for_a_large_file(ours, tmp_path):
    """The daemon is held up, so that whatever the command does not wait with would pile up in it."""
    file = tmp_path / "people.csv"
    file.write_text("id,title\n" + "".join(f"p{n},{'x' * 4_000}\n" for n in range(60_000)))
    command = ["prlimit", f"--data={160 << 20}", harness.binary("bespokectl"), "--address", ours.admin, "profiles", "import",
               file, "--kind", "visitor"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(20):
            ours.signal(signal.SIGSTOP)
            time.sleep(0.05)
            ours.signal(signal.SIGCONT)
            time.sleep(0.05)
        words = process.communicate(timeout=harness.COMMAND_SECONDS)
    assert process.returncode == 0 and "60,000 visitors written" in words[0], words


def test_a_file_that_changed_does_not_go_on(ours, many):
    process = begin(ours, many)
    process.kill()
    process.communicate()
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--skip-invalid", check=False)
    assert done.returncode == REFUSED and "other options" in done.stderr, done.stderr
    with open(many, "a", encoding="utf-8") as file:
        file.write("more,1\n")
    before = visitors(ours)
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, check=False)
    assert done.returncode == REFUSED and f"{many} has changed since" in done.stderr, done.stderr
    assert visitors(ours) == before
    checkpoint_of(many).unlink()
    ours.ctl("profiles", "import", many, *SMALL_CALLS)
    assert visitors(ours) == MANY + 1


def test_one_bad_row_in_a_file_of_several_calls_keeps_everything_out(ours, many, tmp_path):
    with open(many, "a", encoding="utf-8") as file:
        file.write("bad,many\n")
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--rejects", tmp_path / "rejects.csv", check=False)
    assert done.returncode == REFUSED and f"line {MANY + 2} (bad): team_size" in done.stderr, done.stderr
    assert "nothing was written" in done.stdout and visitors(ours) == 0
    assert [row["line"] for row in rejects(tmp_path / "rejects.csv")] == [str(MANY + 2)]
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--skip-invalid")
    assert f"{MANY:,} visitors written, 1 row refused" in done.stdout and not checkpoint_of(many).exists()


def test_what_only_the_daemon_refuses_keeps_a_file_of_several_calls_out_too(ours, many):
    ours.ctl("profiles", "erase", f"p{MANY - 1}", "--kind", "visitor")
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--respect-erasure", check=False)
    assert done.returncode == REFUSED and "was erased" in done.stderr and visitors(ours) == 0
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--respect-erasure", "--skip-invalid")
    assert f"{MANY - 1:,} visitors written, 1 row refused" in done.stdout and visitors(ours) == MANY - 1


def test_what_is_no_checkpoint_is_left_alone(ours, many, tmp_path):
    note = tmp_path / "note"
    note.write_text("dear diary")
    done = ours.ctl("profiles", "import", many, *SMALL_CALLS, "--checkpoint", note, check=False)
    assert done.returncode == REFUSED and "does not say how far" in done.stderr and note.read_text() == "dear diary"
    note.unlink()
    ours.ctl("profiles", "import", many, *SMALL_CALLS, "--checkpoint", note)
    assert visitors(ours) == MANY and not note.exists()


# --- Since when, and what is not read -----------------------------------------------------------------------------------

def test_w9_a_row_dated_january_counts_as_learnt_in_january(ours):
    name = "surveymonkey_responses"
    ours.ctl("profiles", "import", IMPORT / f"{name}.csv", "--mapping", IMPORT / f"{name}.yaml")
    stored = ours.json("profiles", "get", RITA, "--kind", "visitor")["features"]
    assert {feature["observedAt"] for feature in stored.values()} == {"2026-01-12T09:33:42Z"}


def test_w9_nothing_is_learnt_in_the_future(ours, tmp_path):
    path = tmp_path / "future.ndjson"
    path.write_text('{"id": "v", "features": {"title": {"value": {"string": "x"}, "observedAt": "2999-01-01T00:00:00Z"}}}\n')
    done = ours.ctl("profiles", "import", path, "--kind", "visitor", check=False)
    assert done.returncode == REFUSED and "still to come" in done.stderr


def test_w34_it_is_said_where_the_rows_end(ours):
    name = "salesforce_accounts"
    done = ours.ctl("profiles", "import", IMPORT / f"{name}.csv", "--mapping", IMPORT / f"{name}.yaml")
    assert "the rows end before line 6" in done.stderr and "4 rows" in done.stderr


def test_w25_an_export_comes_in_again_alike(ours, start, tmp_path):
    odd = {"title": {"string": ' "a",\nb '}, "campaign": {"string": ""}, "tags": {"strings": {"values": ["a|b", " c", ""]}},
           "interests": {"strings": {"values": []}}, "budget": {"double": 0.1}, "team_size": {"int": str(2**63 - 1)}}
    line = tmp_path / "odd.ndjson"
    line.write_text(json.dumps({"id": "v", "features": {name: {"value": value} for name, value in odd.items()}}) + "\n")
    ours.ctl("profiles", "import", line, "--kind", "visitor")
    before = ours.json("profiles", "get", "v", "--kind", "visitor")["features"]
    assert {name: before[name]["value"] for name in odd} == odd
    csv_file = tmp_path / "out.csv"
    csv_file.write_text(ours.ctl("profiles", "export", "--kind", "visitor", "--not-agreed").stdout)
    ours.ctl("profiles", "delete", "v", "--kind", "visitor")
    ours.ctl("profiles", "import", csv_file, "--kind", "visitor")
    after = ours.json("profiles", "get", "v", "--kind", "visitor")["features"]
    assert {name: after[name]["value"] for name in after} == {name: before[name]["value"] for name in before}


# --- Events ---------------------------------------------------------------------------------------------------------------

EVENTS = IMPORT / "events"


def days_ago(days):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() - days * 86_400))


def orders(tmp_path, rows, name="orders.csv"):
    path = tmp_path / name
    path.write_text("Name,Email,Created at,Total\n" + "".join(f"{','.join(row)}\n" for row in rows))
    return path


def counted(daemon):
    """Name, time and value of what is recorded."""
    records = [json.loads(line) for line in daemon.ctl("events", "export", "--kind", "event").stdout.splitlines()]
    return sorted((record["name"], record["time"], record.get("value", 0)) for record in records)


def test_events_come_from_files_once_and_at_their_own_time(ours, tmp_path):
    early, late = days_ago(9), days_ago(2)
    path = orders(tmp_path, [("#1", "RITA@x.example", early, '"$1,640.50"'), ("#1", "rita@x.example", early, ""),
                             ("#2", "rita@x.example", late, "89.00")])
    answers = [ours.json("events", "import", path, "--mapping", EVENTS / "orders.yaml") for _ in range(2)]
    assert [(int(answer["recorded"]), int(answer["duplicates"])) for answer in answers] == [(2, 1), (0, 3)]
    records = counted(ours)
    assert [(name, value) for name, _, value in records] == [("order", 1640.5), ("order", 89)]
    assert [moment[:19].replace("T", " ") for _, moment, _ in records] == [early, late]


def test_rows_without_an_id_are_known_by_what_they_say(ours, tmp_path):
    path = tmp_path / "activity.ndjson"
    lines = [{"Email Address": "sam@x.example", "Action": "Open", "Timestamp": days_ago(3), "URL": str(number)}
             for number in range(3)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines + lines[:1]))
    answers = [ours.json("events", "import", path, "--mapping", EVENTS / "email_activity.yaml") for _ in range(2)]
    assert [(int(answer["recorded"]), int(answer["duplicates"])) for answer in answers] == [(3, 1), (0, 4)]


def test_what_a_mapping_leaves_out_is_counted_in_json_too(ours, tmp_path):
    path = orders(tmp_path, [("#1", "rita@x.example", days_ago(1), "1"), ("#2", "", days_ago(1), "1")])
    for more in (["--dry-run"], []):
        assert int(ours.json("events", "import", path, "--mapping", EVENTS / "orders.yaml", *more)["leftOut"]) == 1
    people = tmp_path / "people.csv"
    people.write_text("Email,Kind\na@x.example,real\nb@x.example,test\nTotal,2\nc@x.example,real\n")
    ends = mapping(tmp_path, """
        kind: visitor
        id: Email
        columns: {Kind: ignore}
        skip_when: {Kind: test}
        stop_at: [Total]
        constants: {title: x}
        """)
    for more in (["--dry-run"], []):
        answer = ours.json("profiles", "import", people, "--mapping", ends, *more)
        ending = {name: int(number) for name, number in answer["ending"].items()}
        assert (int(answer["written"]), int(answer["leftOut"]), ending) == (1, 1, {"line": 4, "rowCount": 2})


@pytest.mark.parametrize("row,words", [
    (("#3", "", "NOW", "1"), "Email"), (("#3", "a@x.example", "2999-01-01", "1"), "still to come"),
    (("#3", "a@x.example", "", "1"), "time: is missing"), (("#3", "a@x.example", "NOW", "1.5x"), "Total"),
])
def test_one_bad_event_keeps_the_file_out(ours, tmp_path, row, words):
    row = [days_ago(1) if cell == "NOW" else cell for cell in row]
    path = orders(tmp_path, [("#2", "rita@x.example", days_ago(1), "1"), row])
    found = tmp_path / "rejects.csv"
    # As shipped it leaves orders without an address out.
    strict = mapping(tmp_path, (EVENTS / "orders.yaml").read_text().replace('skip_when: {Email: "", Created at: ""}\n', ""))
    done = ours.ctl("events", "import", path, "--mapping", strict, "--rejects", found, check=False)
    assert done.returncode == REFUSED and words in done.stderr and "line 3" in done.stderr
    assert found.read_text().splitlines()[1].startswith("3,")
    assert counted(ours) == []
    answer = ours.json("events", "import", path, "--mapping", strict, "--skip-invalid")
    assert (int(answer["recorded"]), int(answer["rejected"])) == (1, 1)


def test_events_that_only_the_daemon_refuses_are_named_by_their_line(ours, tmp_path):
    rows = [(f"#{number}", "rita@x.example", days_ago(1), "1") for number in range(20)]
    rows[13] = ("#13", "rita@x.example", "2001-01-01", "1")
    path = orders(tmp_path, rows)
    done = ours.ctl("events", "import", path, "--mapping", EVENTS / "orders.yaml", check=False)
    assert done.returncode == REFUSED and "line 15" in done.stderr and "retained" in done.stderr
    checkpoint = tmp_path / "orders.csv.bespoke-resume"
    assert checkpoint.exists()
    checkpoint.unlink()
    answer = ours.json("events", "import", path, "--mapping", EVENTS / "orders.yaml", "--skip-invalid")
    assert (int(answer["recorded"]) + int(answer["duplicates"]), int(answer["rejected"])) == (19, 1)


def test_an_import_of_events_goes_on_where_it_was(ours, tmp_path):
    moment = days_ago(1)
    rows = [(f"#{number}", f"v{number % 100}@x.example", moment, "1") for number in range(15_000)]
    rows[12_345] = ("#12345", "v@x.example", "2001-01-01", "1")
    path = orders(tmp_path, rows)
    arguments = ("events", "import", path, "--mapping", EVENTS / "orders.yaml")
    assert ours.ctl(*arguments, check=False).returncode == REFUSED
    done = ours.ctl(*arguments, check=False)
    assert done.returncode == REFUSED and "12,345 events sent by the run before" in done.stderr
    path.write_text(path.read_text().replace("2001-01-01", moment))
    done = ours.ctl(*arguments, check=False)
    assert done.returncode == REFUSED and "has changed" in done.stderr


# --- The guide -------------------------------------------------------------------------------------------------------

def test_the_guide_explains_every_key_and_every_mapping():
    text = GUIDE.read_text()
    for key in ["kind", "id", "account", "delimiter", "encoding", "columns", "others", "constants", "attribute", "optional",
                "case", "values", "decimal", "suffixes", "prefixes", "language", "observed_at", "skip", "comment", "header_rows",
                "stop_at", "pass_over", "visitor", "factor", "offset", "date", "zone", "past", "separator"]:
        assert f"`{key}`" in text, key
    for name in MAPPINGS:
        assert f"{name}.yaml" in text, name
