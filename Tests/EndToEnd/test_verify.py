"""What is on disk and in backups is read again and checked; damage is found, named, and says what to do."""
import json
import random
import shutil

import grpc
import pytest
import support
from support import CALL_SECONDS, event
from test_backup import back_up, import_large, put, rows, served  # noqa: F401


def flip(path, position=None):
    """Flips one bit, in the middle unless said otherwise."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 0x04
    with open(path, "r+b") as file:
        file.write(content)


def largest(folder):
    return max(folder.glob("*.sst"), key=lambda path: path.stat().st_size)


def verify(daemon, *options):
    """The report, and whether the command succeeded."""
    done = daemon.ctl("--output", "json", "profiles", "verify", *options, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done.returncode


def fill(daemon, tmp_path, count=3_000):
    import_large(daemon, tmp_path, rows=count)
    daemon.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    with grpc.insecure_channel(daemon.data) as channel:
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id=f"e{n}", visitor_id=f"large-{n % 7}", name="visit") for n in range(100)]), timeout=CALL_SECONDS)
        support.Events(channel).SetConsent(event.SetConsentRequest(visitor_id="large-1", source="banner"), timeout=CALL_SECONDS)


def test_a_whole_journal_and_a_whole_backup_are_found_whole_with_all_their_rows(served, tmp_path):  # noqa: F811
    fill(served, tmp_path)
    served.ctl("profiles", "erase", "large-5")
    receipt = back_up(served, tmp_path / "b")
    report, code = verify(served)
    assert (code, report["bad"], report["badRows"]) == (0, 0, [])
    assert report["path"] == str(served.directory / "journal")
    counts = rows(report)
    assert (counts["visitors"], counts["accounts"], counts["visitor_behaviour"], counts["rules"]) == (2_999, 1, 6, 1)
    assert counts["events"] == 100 - len(range(5, 100, 7))
    for options in [[], ["--generation", "1"]]:
        of_backup, code = verify(served, "--backup", tmp_path / "b", *options)
        assert (code, of_backup["bad"], of_backup["path"]) == (0, 0, receipt["path"])
        assert rows(of_backup) == rows(receipt)
    # Rows are those of the moment, written since included.
    put(served, "later")
    assert rows(verify(served)[0])["visitors"] == 3_000
    assert "all is as it was written" in served.ctl("profiles", "verify").stdout
    assert not (served.directory / "checkpoint").exists()


def test_a_flipped_bit_in_a_file_is_found_by_verify_and_by_the_start(served, tmp_path):  # noqa: F811
    fill(served, tmp_path)
    back_up(served, tmp_path / "b")
    flip(largest(served.directory / "journal"))
    report, code = verify(served)
    assert code == 1 and int(report["bad"]) >= 1
    bad = report["badRows"][0]
    assert bad["kind"] == "visitors" and bad["key"].startswith("between large-") and ".sst" in bad["reason"]
    # What lies on both sides of the damage was read.
    assert 2_500 < rows(report)["visitors"] < 3_000 and rows(report)["events"] == 100
    text = served.ctl("profiles", "verify", check=False).stdout
    assert "restore the newest backup" in text
    # Decisions go on from memory, and the backup is as it was.
    assert served.json("status")["ready"] is True
    assert verify(served, "--backup", tmp_path / "b")[1] == 0
    served.kill()
    served.start(wait=False)
    assert served.wait() == 1
    log = served.log_text()
    assert "cannot be loaded" in log and ".sst" in log and "bespoked restore" in log


@pytest.mark.parametrize("seed", range(12))
def test_no_flipped_bit_in_a_backup_is_missed(served, tmp_path, seed):  # noqa: F811
    fill(served, tmp_path, count=300)
    back_up(served, tmp_path / "b")
    rng = random.Random(seed)
    files = sorted(path for path in (tmp_path / "b").rglob("*") if path.is_file())
    path = files[seed % len(files)]
    flip(path, rng.randrange(path.stat().st_size))
    report, code = verify(served, "--backup", tmp_path / "b")
    assert code == 1 and int(report["bad"]) >= 1
    assert ("file", path.name) in [(row["kind"], row["key"]) for row in report["badRows"]]


def test_a_backup_that_lacks_a_file_or_was_cut_short_is_found(served, tmp_path):  # noqa: F811
    fill(served, tmp_path, count=300)
    back_up(served, tmp_path / "b")
    journal = tmp_path / "b" / "generation-1" / "journal"
    whole = tmp_path / "whole"
    shutil.copytree(journal, whole)
    for name in sorted(path.name for path in journal.iterdir()):
        (journal / name).unlink()
        report, code = verify(served, "--backup", tmp_path / "b")
        assert code == 1 and (name, "is missing") in [(row["key"], row["reason"]) for row in report["badRows"]]
        (journal / name).write_bytes((whole / name).read_bytes()[:-1])
        report, code = verify(served, "--backup", tmp_path / "b")
        assert code == 1 and name in [row["key"] for row in report["badRows"]]
        shutil.copy(whole / name, journal / name)
    (journal / "000999.sst").write_bytes(b"")
    assert verify(served, "--backup", tmp_path / "b")[1] == 1
    (journal / "000999.sst").unlink()
    assert verify(served, "--backup", tmp_path / "b")[1] == 0


def test_what_is_not_there_is_refused_by_name(served, tmp_path):  # noqa: F811
    for options, word in [(["--backup", tmp_path / "none"], "has no backup"), (["--backup", "none"], "absolute")]:
        refused = served.ctl("profiles", "verify", *options, check=False)
        assert refused.returncode == 1 and word in refused.stderr
    back_up(served, tmp_path / "b")
    refused = served.ctl("profiles", "verify", "--backup", tmp_path / "b", "--generation", "7", check=False)
    assert refused.returncode == 1 and "has no generation 7; it has 1" in refused.stderr
    for options in [["--generation", "1"], ["--backup", "/b", "--generation", "0"], ["--backup", ""]]:
        assert served.ctl("profiles", "verify", *options, check=False).returncode == 2
