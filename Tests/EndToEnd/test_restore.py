"""A backup is put back: whole, only where no daemon works, and never over what is there."""
import os
import shutil
import subprocess

import pytest
from support import harness
from test_backup import PERSON, TITLE, back_up, put, rows, served  # noqa: F401
from test_verify import fill, flip, largest, verify


def restore(folder, data, *options):
    command = [harness.binary("bespoked"), "restore", str(folder), "--data-directory", str(data), *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=harness.COMMAND_SECONDS, check=False)


def content(folder):
    """Every file below with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def backed_up(served, tmp_path):  # noqa: F811
    """A daemon with three thousand profiles, and a folder with two generations: without and with one more person."""
    fill(served, tmp_path)
    back_up(served, tmp_path / "b")
    put(served, PERSON, TITLE)
    back_up(served, tmp_path / "b")
    return served


def test_what_was_backed_up_serves_again_in_a_new_place(backed_up, start, tmp_path):
    before = sorted(backed_up.ctl("profiles", "export", "--kind", "visitor").stdout.splitlines())
    backed_up.kill()
    done = restore(tmp_path / "b", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert "restored generation 2" in done.stdout and "3001 visitors" in done.stdout and "erase them again" in done.stdout
    second = start(rules=None, data_directory=tmp_path / "data")
    assert sorted(second.ctl("profiles", "export", "--kind", "visitor").stdout.splitlines()) == before
    assert second.json("profiles", "show", "large-1")["behaviour"]["events"][0]["count"] == 15
    report, code = verify(second)
    assert code == 0 and rows(report)["events"] == 100
    # It is the same data: its next backup goes on where the last one ended, and shares its files.
    put(second, "after")
    receipt = back_up(second, tmp_path / "b")
    assert receipt["generations"] == [1, 2, 3] and int(receipt["copiedBytes"]) < int(receipt["bytes"]) / 10
    assert verify(second, "--backup", tmp_path / "b")[1] == 0


def test_after_damage_replace_puts_the_old_journal_aside(backed_up, tmp_path):
    backed_up.kill()
    flip(largest(backed_up.directory / "journal"))
    damaged = content(backed_up.directory / "journal")
    refused = restore(tmp_path / "b", backed_up.directory)
    assert refused.returncode == 1 and "is there already" in refused.stderr and "--replace" in refused.stderr
    assert content(backed_up.directory / "journal") == damaged
    done = restore(tmp_path / "b", backed_up.directory, "--replace", "--generation", "1")
    assert done.returncode == 0 and "journal.replaced-1" in done.stdout
    assert content(backed_up.directory / "journal.replaced-1") == damaged
    backed_up.start()
    assert backed_up.json("status")["visitors"] == 3000
    assert backed_up.ctl("profiles", "get", PERSON, "--kind", "visitor", check=False).returncode == 1
    backed_up.kill()
    assert "journal.replaced-2" in restore(tmp_path / "b", backed_up.directory, "--replace").stdout
    backed_up.start()
    backed_up.ctl("profiles", "get", PERSON, "--kind", "visitor")


def test_a_folder_that_a_daemon_works_in_is_refused(backed_up, tmp_path):
    for options in [[], ["--replace"]]:
        refused = restore(tmp_path / "b", backed_up.directory, *options)
        assert refused.returncode == 1
        assert ("open in another process" if options else "is there already") in refused.stderr
    put(backed_up, "after")
    assert sorted(path.name for path in backed_up.directory.iterdir()) == [
        "acknowledged", "addresses.json", "bespoke.sock", "journal"]
    backed_up.kill()
    backed_up.start()
    backed_up.ctl("profiles", "get", "after", "--kind", "visitor")


def test_a_damaged_backup_is_refused_and_an_earlier_generation_named(backed_up, tmp_path):
    backed_up.kill()
    before = content(backed_up.directory / "journal")
    flip(largest(tmp_path / "b" / "generation-2" / "journal"), 100)
    refused = restore(tmp_path / "b", backed_up.directory, "--replace")
    assert refused.returncode == 1 and "damaged" in refused.stderr and "another generation" in refused.stderr
    assert restore(tmp_path / "b", tmp_path / "new").returncode == 1
    assert list((tmp_path / "new").iterdir()) == []
    assert content(backed_up.directory / "journal") == before
    refused = restore(tmp_path / "b", tmp_path / "new", "--generation", "9")
    assert refused.returncode == 1 and "no generation 9; it has 1, 2" in refused.stderr
    assert "has no backup" in restore(tmp_path / "none", tmp_path / "new").stderr


def test_a_backup_of_a_newer_version_is_refused_by_name(backed_up, tmp_path):
    backed_up.kill()
    receipt = tmp_path / "b" / "generation-2" / "receipt"
    receipt.write_text(receipt.read_text().replace("bespoke backup 1", "bespoke backup 2"))
    refused = restore(tmp_path / "b", tmp_path / "new")
    assert refused.returncode == 1 and "newer version" in refused.stderr and "bespoke backup 2" in refused.stderr
    assert not (tmp_path / "new" / "journal").exists()


def test_what_a_restore_left_that_was_cut_short_is_in_nobodys_way(backed_up, tmp_path):
    backed_up.kill()
    (tmp_path / "data").mkdir()
    shutil.copytree(backed_up.directory / "journal", tmp_path / "data" / "journal.restoring")
    assert restore(tmp_path / "b", tmp_path / "data").returncode == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["journal"]


def test_a_disk_without_room_is_named_and_the_old_journal_stays(backed_up, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small],
                                           capture_output=True).returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    try:
        refused = restore(tmp_path / "b", small / "data")
        assert refused.returncode == 1 and "bytes free" in refused.stderr
        assert list((small / "data").iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def test_wrong_usage_is_said_before_anything_is_touched(tmp_path):
    for options in [["--generation", "0"], ["--generation", "x"], ["--nonsense"]]:
        assert restore(tmp_path, tmp_path / "data", *options).returncode not in (0, 1)
    assert not (tmp_path / "data").exists()
