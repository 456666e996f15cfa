"""Backups of a daemon that serves: whole, incremental, refused where they must be, and without those who were erased."""
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time
import urllib.request

import grpc
import pytest
import support
from support import CALL_SECONDS, admin, decision, event, harness, profile

RULES = """
attributes:
  visitor: {title: {type: string}, n: {type: int}}
  account: {industry: {type: string}}
events: {visit: {points: 1}}
placements: {hero: {kind: page, fields: {text: {type: text}}, default: {text: Hello}}}
campaigns:
  hello: {when: visitor.n > 0, pages: {hero: {plain: {fields: {text: Hi}}}}}
"""
PERSON, TITLE = "person-51c0ffee77", "Baroness-of-Ruritania-0b2f"


@pytest.fixture
def served(start, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    return start(rules=tmp_path / "rules")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


def put(daemon, person, title="Gardener", n=1):
    daemon.ctl("profiles", "put", person, "--kind", "visitor", "--set", f"title={title}", "--set", f"n={n}")


def back_up(daemon, folder, *options):
    return daemon.json("profiles", "backup", folder, *options)


def import_large(daemon, tmp_path, rows=30_000):
    """About 30 MB that do not compress."""
    rng = random.Random(7)
    with open(tmp_path / "large.csv", "w") as file:
        file.write("id,n,title\n")
        for n in range(rows):
            file.write(f"large-{n},1,{rng.randbytes(450).hex()}\n")
    daemon.ctl("profiles", "import", tmp_path / "large.csv", "--kind", "visitor")


def started_from(generation, start, tmp_path):
    """A daemon on a copy of a generation, made by hand: each is a whole journal."""
    data = tmp_path / f"data-{time.monotonic_ns()}"
    data.mkdir()
    shutil.copytree(pathlib.Path(generation) / "journal", data / "journal")
    return start(rules=None, data_directory=data)


def found(folder, *words):
    """The files that hold one of the words."""
    def holds(path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return False
        return any(word.encode() in content for word in words)
    return [path.name for path in pathlib.Path(folder).rglob("*") if path.is_file() and holds(path)]


def rows(receipt):
    return {row["kind"]: int(row["rows"]) for row in receipt["rows"]}


def test_a_daemon_on_a_generation_has_what_was_there_when_it_was_taken(served, start, tmp_path, folder):
    for n in range(20):
        put(served, f"v{n}", n=n + 1)
    served.ctl("profiles", "put", "acme", "--kind", "account", "--set", "industry=software")
    with grpc.insecure_channel(served.data) as channel:
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id=f"e{n}", visitor_id="v1", name="visit") for n in range(5)]), timeout=CALL_SECONDS)
    receipt = back_up(served, folder)
    assert receipt["generation"] == 1 and receipt["path"] == str(folder / "generation-1")
    assert int(receipt["bytes"]) == int(receipt["copiedBytes"]) + 36 and receipt["generations"] == [1]
    files = [path for path in (folder / "generation-1" / "journal").iterdir()]
    assert sum(path.stat().st_size for path in files) == int(receipt["bytes"])
    counts = rows(receipt)
    assert [counts[kind] for kind in ("visitors", "accounts", "events", "visitor_behaviour", "rules")] == [20, 1, 5, 1, 1]
    # What comes later is not in it.
    put(served, "later")
    served.ctl("profiles", "delete", "v3", "--kind", "visitor")
    copy = started_from(receipt["path"], start, tmp_path)
    assert copy.json("profiles", "get", "v3", "--kind", "visitor")["features"]["n"]["value"] == {"int": 4}
    assert copy.json("profiles", "show", "v1")["behaviour"]["events"][0]["count"] == 5
    assert copy.ctl("profiles", "get", "later", "--kind", "visitor", check=False).returncode == 1
    assert copy.json("status")["revision"] == served.json("status")["revision"]


def test_generations_share_what_has_not_changed_and_keep_removes_the_oldest(served, start, tmp_path, folder):
    import_large(served, tmp_path, rows=2_000)
    first = back_up(served, folder)
    put(served, "second")
    second = back_up(served, folder)
    assert int(second["copiedBytes"]) < int(second["bytes"]) / 20
    shared = [path for path in (folder / "generation-2" / "journal").glob("*.sst")
              if (folder / "generation-1" / "journal" / path.name).exists()]
    assert shared and all(path.stat().st_ino == (folder / "generation-1" / "journal" / path.name).stat().st_ino
                          for path in shared)
    third = back_up(served, folder, "--keep", "2")
    assert third["generations"] == [2, 3] and not (folder / "generation-1").exists()
    assert first["generation"] == 1 and sorted(path.name for path in folder.iterdir()) == ["generation-2", "generation-3"]
    # What the first one had is still in those that shared it.
    copy = started_from(third["path"], start, tmp_path)
    assert copy.json("status")["visitors"] == 2001
    copy.ctl("profiles", "get", "large-1999", "--kind", "visitor")


def test_R81_the_next_backup_has_nothing_of_who_was_erased_and_the_receipt_names_the_earlier_ones(
        served, start, tmp_path, folder):
    import_large(served, tmp_path, rows=500)
    put(served, PERSON, TITLE)
    with grpc.insecure_channel(served.data) as channel:
        support.Events(channel).Record(event.RecordRequest(events=[
            event.Event(id=f"{PERSON}-event-{n}", visitor_id=PERSON, name="visit") for n in range(20)]), timeout=CALL_SECONDS)
    before = [back_up(served, folder), back_up(served, folder)]
    assert found(before[1]["path"], PERSON) and found(before[1]["path"], TITLE)
    answer = served.json("profiles", "erase", PERSON)
    assert [(one["directory"], one["generation"]) for one in answer["backups"]] == [(str(folder), 1), (str(folder), 2)]
    assert [one["takenAt"] for one in answer["backups"]] == [one["takenAt"] for one in before]
    after = back_up(served, folder)
    assert found(after["path"], PERSON, TITLE) == []
    # In what files it shares with the earlier ones neither: they were written anew.
    copy = started_from(after["path"], start, tmp_path)
    assert copy.ctl("profiles", "show", PERSON, check=False).returncode == 1
    assert copy.json("status")["visitors"] == 500
    # Once the earlier generations are gone, the person is.
    last = back_up(served, folder, "--keep", "1")
    assert last["generations"] == [4] and found(folder, PERSON, TITLE) == []
    assert [one["generation"] for one in served.json("profiles", "erase", "nobody")["backups"]] == [4]


def test_while_a_backup_is_written_decisions_writes_and_erasure_go_on(served, start, tmp_path, folder):
    import_large(served, tmp_path)
    put(served, PERSON, TITLE)
    process = subprocess.Popen([harness.binary("bespokectl"), "--address", served.admin, "profiles", "backup", str(folder)])
    try:
        with grpc.insecure_channel(served.data) as channel:
            profiles, decisions = support.Profiles(channel), support.Decisions(channel)
            number = 0
            while not (folder / "generation-1.partial" / "journal").exists():
                assert process.poll() is None
            second = served.ctl("profiles", "backup", folder, check=False)
            assert second.returncode == 1 and "already" in second.stderr
            while process.poll() is None:
                number += 1
                write = profile.Profile(kind=profile.PROFILE_KIND_VISITOR, id=f"new-{number}", features={
                    "n": profile.Feature(value=support.value(number))})
                profiles.PutProfile(profile.PutProfileRequest(profile=write), timeout=CALL_SECONDS)
                decided = decisions.Decide(decision.DecideRequest(visitor_id=f"new-{number}"), timeout=CALL_SECONDS)
                assert support.placements(decided)["hero"].campaign == "hello"
                if number == 3:
                    answer = served.json("profiles", "erase", PERSON)
                    # The old files were held by the backup; now neither it nor anything else holds them.
                    assert [one["generation"] for one in answer["backups"]] == [1]
                    assert (folder / "generation-1").exists()
        assert process.returncode == 0 and number >= 3
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while found(served.directory, PERSON, TITLE) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found(served.directory, PERSON, TITLE) == []
    copy = started_from(folder / "generation-1", start, tmp_path)
    assert int(copy.json("status")["visitors"]) >= 30_001


def test_breaking_a_backup_off_leaves_nothing_of_it(served, tmp_path, folder):
    import_large(served, tmp_path)
    with grpc.insecure_channel(served.admin) as channel:
        call = support.Admin(channel).Backup(admin.BackupRequest(directory=str(folder)), timeout=CALL_SECONDS)
        first = next(iter(call))
        assert 0 < first.progress.copied_bytes < first.progress.total_bytes
        call.cancel()
    served.wait_until(lambda: not list(folder.iterdir()), "nothing of the backup is left", seconds=30)
    served.wait_until(lambda: not (served.directory / "checkpoint").exists(), "the data directory is as before", seconds=30)
    # The call has been told to end; the next may begin once it has.
    served.wait_until(lambda: "being written" not in served.ctl("profiles", "backup", folder, check=False).stderr,
                      "the next backup is taken", seconds=30)
    assert [path.name for path in folder.iterdir()] == ["generation-1"]


def test_what_a_backup_left_that_was_cut_short_goes(served, folder):
    put(served, PERSON, TITLE)
    back_up(served, folder)
    served.kill()
    # As kill -9 in the midst of it leaves things: links to the journal's files, and a generation in part.
    shutil.copytree(served.directory / "journal", served.directory / "checkpoint", copy_function=os.link)
    shutil.copytree(folder / "generation-1", folder / "generation-2.partial")
    (folder / "generation-1.removed").mkdir()
    served.start()
    assert not (served.directory / "checkpoint").exists()
    assert back_up(served, folder)["generations"] == [1, 2]
    assert sorted(path.name for path in folder.iterdir()) == ["generation-1", "generation-2"]


def test_folders_that_cannot_be_used_are_refused_with_the_reason(served, tmp_path):
    inside = tmp_path / "link"
    inside.symlink_to(served.directory)
    (tmp_path / "file").write_text("")
    for path, *words in [("backups", "absolute"), (served.directory / "b", "in the data directory"),
                         (served.directory, "in the data directory"), (inside / "b", "in the data directory"),
                         (tmp_path / "no" / "such", "the folder above"), (tmp_path / "file", "Not a directory"),
                         ("/proc/b", "cannot be used"), ("/" + "x" * 1_100, "absolute")]:
        refused = served.ctl("profiles", "backup", path, check=False)
        assert refused.returncode == 1 and all(word in refused.stderr for word in words), (path, refused.stderr)
    assert served.ctl("profiles", "backup", tmp_path / "b", "--keep", "0", check=False).returncode == 2
    # None of these counts as a backup.
    assert served.json("profiles", "erase", "nobody")["backups"] == []


def test_two_daemons_do_not_share_a_folder(served, start, tmp_path, folder):
    back_up(served, folder)
    other = start(rules=tmp_path / "rules")
    refused = other.ctl("profiles", "backup", folder, "--keep", "1", check=False)
    assert refused.returncode == 1 and "another daemon's data" in refused.stderr
    assert (folder / "generation-1" / "receipt").exists() and not (folder / "generation-2").exists()


def test_a_disk_without_room_is_named_and_nothing_is_left_on_it(served, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small],
                                           capture_output=True).returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    try:
        import_large(served, tmp_path)
        refused = served.ctl("profiles", "backup", small / "b", check=False)
        assert refused.returncode == 1 and "bytes free" in refused.stderr and "make room" in refused.stderr
        assert list((small / "b").iterdir()) == []
        # Writes of the daemon itself are not touched by it.
        put(served, "after")
        assert served.json("status")["ready"] is True
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def test_metrics_say_when_the_newest_was_taken(served, folder):
    def taken():
        with urllib.request.urlopen(f"http://{served.operations}/metrics", timeout=CALL_SECONDS) as page:
            lines = page.read().decode().splitlines()
        return float(next(line for line in lines if line.startswith("bespoke_backup_time_seconds")).split()[1])

    assert taken() == 0
    back_up(served, folder)
    assert abs(taken() - time.time()) < 600
    served.kill()
    served.start()
    assert abs(taken() - time.time()) < 600
