#!/usr/bin/env python3
"""Measures `bespokectl profiles import`: a CSV file of 20 columns, plain and through a mapping.

usage: benchmarks/bench_import.py [--rows N] [--rounds N]      `make bench-import` builds first

The command runs on one core and the daemon on another, and once more both on the same. Every import is one call, all or
nothing, on disk at its end; a file beyond the limit of a call is read twice, or once with --skip-invalid. Each figure is
the median of the rounds; what was measured is printed and written to benchmarks/results/. Ends with 1 when a bar is missed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE, DAEMON_CORE = CORES[0], CORES[-1]
# Of each program's own work, which is what one core does, and of both together as they run beside each other.
ROWS_MIN = 200_000
BARS = ["rows_per_processor_second", "daemon_rows_per_processor_second", "rows_per_second"]
WORDS = [("rows_per_processor_second", "rows for a second of the command's processor time"),
         ("rows_per_second", "rows a second from its start to its end, the daemon's work and disk included"),
         ("daemon_rows_per_processor_second", "rows for a second of the daemon's processor time"),
         ("client_megabytes", "megabytes of the command's memory at most")]
ROLES = ["decides", "buys", "uses", "advises"]
SENIORITIES = ["owner", "c_level", "vp", "director", "manager", "specialist"]
GERMAN_ROLES = dict(zip(["Leitung", "Einkauf", "Nutzung", "Beratung"], ROLES))
ATTRIBUTES = dict(
    title="string", role="string", seniority="string", country="string", language="string", industry="string",
    need="string", department="string", team_size="int", visits="int", orders="int", budget="double", spend="double",
    satisfaction="double", newsletter="bool", customer="bool", interests="strings", last_seen="timestamp")
ALLOWED = dict(role=ROLES, seniority=SENIORITIES)

PLAIN_HEADER = ["id", "account", *ATTRIBUTES]
MAPPED_HEADER = ["E-mail", "Firma", "Titel", "Rolle", "Ebene", "Land", "Sprache", "Branche", "Bedarf", "Abteilung", "Team",
                 "Besuche", "Bestellungen", "Budget", "Umsatz", "Zufriedenheit", "Newsletter", "Kunde", "Themen", "Zuletzt"]
MAPPING = """
kind: visitor
id: {column: E-mail, case: lower}
account: Firma
delimiter: ";"
columns:
  Titel: title
  Rolle: {attribute: role, values: {Leitung: decides, Einkauf: buys, Nutzung: uses, Beratung: advises, unbekannt: }}
  Ebene: {attribute: seniority, case: lower}
  Land: {attribute: country, case: upper}
  Sprache: language
  Branche: industry
  Bedarf: need
  Abteilung: department
  Team: team_size
  Besuche: visits
  Bestellungen: orders
  Budget: {attribute: budget, decimal: comma}
  Umsatz: {attribute: spend, decimal: comma, suffixes: {EUR: 1}}
  Zufriedenheit: {attribute: satisfaction, suffixes: {"%": 0.01}}
  Newsletter: {attribute: newsletter, values: {Ja: true, Nein: false}}
  Kunde: {attribute: customer, values: {Ja: true, Nein: false}}
  Themen: {attribute: interests, separator: ",", values: {Kaffee: coffee, Pflanzen: plants}}
  Zuletzt: {attribute: last_seen, date: eu, zone: Europe/Berlin}
"""


def write_rules(folder):
    folder.mkdir()
    lines = ["attributes:", "  visitor:"]
    for name, form in ATTRIBUTES.items():
        values = f", values: [{', '.join(ALLOWED[name])}]" if name in ALLOWED else ""
        lines.append(f"    {name}: {{type: {form}{values}}}")
    (folder / "attributes.yaml").write_text("\n".join(lines) + "\n")


def write_files(folder, count):
    """The same people twice: as the daemon names things, and as an export in German does."""
    seeded = random.Random(20)
    pick = seeded.randrange
    roles = list(GERMAN_ROLES.items())
    with open(folder / "plain.csv", "w") as plain, open(folder / "mapped.csv", "w") as mapped:
        plain.write(",".join(PLAIN_HEADER) + "\n")
        mapped.write(";".join(MAPPED_HEADER) + "\n")
        for number in range(count):
            person, firm = f"person.{number}@firm-{number % 5_000}.example", f"firm-{number % 5_000}.example"
            german_role, role = roles[pick(4)]
            seniority, country, language = SENIORITIES[pick(6)], f"C{pick(120)}", f"l{pick(40)}"
            words = [f"Head of things {pick(400)}", f"industry {pick(60)}", f"need {pick(12)}", f"department {pick(30)}"]
            team, visits, orders = pick(20_000), pick(200), pick(50)
            budget, spend, percent = pick(100_000_000), pick(1_000_000), pick(100)
            newsletter, customer = pick(2), pick(2)
            year, month, day, hour, minute = 2020 + pick(6), 1 + pick(12), 1 + pick(28), pick(24), pick(60)
            plain.write(
                f"{person},{firm},{words[0]},{role},{seniority},{country},{language},{words[1]},{words[2]},{words[3]},"
                f"{team},{visits},{orders},{budget / 100:.2f},{spend / 100:.2f},{percent / 100},"
                f"{'true' if newsletter else 'false'},{'yes' if customer else 'no'},coffee|plants|topic {pick(90)},"
                f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z\n")
            thousands = f"{budget // 100:,}".replace(",", ".")
            mapped.write(
                f"{person.title()};{firm};{words[0]};{german_role};{seniority.upper()};{country.lower()};{language};"
                f"{words[1]};{words[2]};{words[3]};{team};{visits};{orders};{thousands},{budget % 100:02};"
                f"{spend // 100},{spend % 100:02} EUR;{percent}%;{'Ja' if newsletter else 'Nein'};"
                f"{'Ja' if customer else 'Nein'};\"Kaffee, Pflanzen, topic {pick(90)}\";"
                f"{day:02}.{month:02}.{year} {hour:02}:{minute:02}\n")
    (folder / "mapping.yaml").write_text(MAPPING)


def run(daemon, arguments, count):
    """One import, on a core of its own."""
    command = ["taskset", "-c", str(CLIENT_CORE), harness.binary("bespokectl"), "--address", daemon.admin, "--output",
               "json", "profiles", "import", *map(str, arguments)]
    daemon_before = daemon.cpu_seconds()
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    answer = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise harness.Failure(f"{' '.join(command)} ended with {process.returncode}: {answer.decode()}")
    found = json.loads(answer)
    if int(found["written"]) != count or not found["committed"]:
        raise harness.Failure(f"not all of the {count} rows were written: {answer.decode()}")
    return {"rows_per_processor_second": count / (usage.ru_utime + usage.ru_stime), "rows_per_second": count / seconds,
            "daemon_rows_per_processor_second": count / (daemon.cpu_seconds() - daemon_before),
            "client_megabytes": usage.ru_maxrss / 1_024}


def measure(folder, count, rounds):
    write_rules(folder / "rules")
    write_files(folder, count)
    plain = [folder / "plain.csv", "--kind", "visitor"]
    ways = {"plain": (plain, DAEMON_CORE),
            "mapping": ([folder / "mapped.csv", "--mapping", folder / "mapping.yaml"], DAEMON_CORE),
            "plain, both on one core": (plain, CLIENT_CORE)}
    measured = {way: [] for way in ways}
    for number in range(rounds):
        for way, (arguments, core) in ways.items():
            # A daemon of its own: every import writes new people.
            with harness.Daemon(rules=folder / "rules", prefix=["taskset", "-c", str(core)]) as daemon:
                measured[way].append(run(daemon, arguments, count))
            print(f"round {number + 1}, {way}: {measured[way][-1]['rows_per_second']:,.0f} rows a second", flush=True)
    return {way: {name: statistics.median(one[name] for one in some) for name, _ in WORDS} for way, some in measured.items()}


def report(results, count, rounds, load):
    """Prints and writes what was measured; returns the bars that were missed."""
    lines = [f"# Import of CSV, {datetime.date.today()}", "",
             f"{platform.machine()}, one core for the command and one for the daemon, load average before the run {load:.1f}, "
             f"{rounds} rounds.", "", f"{count:,} rows of 20 columns, in one call, all or nothing, on disk at the end.", "",
             f"| what | {' | '.join(results)} |", "|---" * (1 + len(results)) + "|"]
    lines += [f"| {words} | {' | '.join(f'{figures[name]:,.0f}' for figures in results.values())} |" for name, words in WORDS]
    lines.append("")
    missed = []
    for way, figures in results.items():
        for name in BARS:
            holds = figures[name] >= ROWS_MIN
            lines.append(f"{'holds' if holds else 'MISSED'}: {way}, {name} {figures[name]:,.0f}, bar {ROWS_MIN:,}")
            missed += [] if holds else [name]
    text = "\n".join(lines) + "\n"
    print(text)
    path = HERE / "results" / f"{datetime.date.today()}-import"
    path.with_suffix(".md").write_text(text)
    path.with_suffix(".json").write_text(
        json.dumps({"load_average": load, "rows": count, "rounds": rounds, "results": results}, indent=1) + "\n")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=700_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if len(CORES) < 2:
        raise harness.Failure("one core for the command and another for the daemon are needed")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bespoke-bench-") as folder:
        results = measure(pathlib.Path(folder), options.rows, options.rounds)
    return 1 if report(results, options.rows, options.rounds, load) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except harness.Failure as failure:
        sys.exit(f"error: {failure}")
