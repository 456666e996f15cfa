"""The sample files are what their script writes, and its columns are what config/rules declares."""
import csv
import subprocess
import sys

from support import ROOT

SAMPLE = ROOT / "config" / "sample"


def test_the_sample_is_written_again_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, SAMPLE / "generate.py", tmp_path], check=True)
    for name in ("visitors.csv", "accounts.csv"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), f"{name} is stale: run config/sample/generate.py"


def test_every_sample_has_a_thousand_rows_of_their_own():
    for name in ("visitors.csv", "accounts.csv"):
        with open(SAMPLE / name, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len({row["id"] for row in rows}) == 1_000


def test_every_visitor_links_to_an_account_that_is_there():
    with open(SAMPLE / "accounts.csv", newline="", encoding="utf-8") as file:
        accounts = {row["id"] for row in csv.DictReader(file)}
    with open(SAMPLE / "visitors.csv", newline="", encoding="utf-8") as file:
        linked = {row["account"] for row in csv.DictReader(file)} - {""}
    assert linked <= accounts
