"""What survives kill -9, a disk that fails and one that is full. `make crash-test` runs many more rounds."""
import os
import pathlib
import shutil
import subprocess

import crash
import grpc
import pytest
import support
from support import CALL_SECONDS, harness, profile


def test_kill_9_during_puts_and_imports_loses_nothing_acknowledged():
    acknowledged, cut_off = crash.run(10, seed=4)
    assert acknowledged > 0 and cut_off > 0


def refuses_writes_but_decides(model, daemon, break_disk):
    """Breaks the disk under writers, and looks at what still works."""
    def break_after_some_writes():
        daemon.wait_until(lambda: model.acknowledged >= 50, "50 writes are acknowledged")
        break_disk()

    model.write_until(daemon, break_after_some_writes)
    status, text = crash.readyz(daemon)
    assert status == 503 and "journal has stopped accepting writes" in text, text
    with crash.channel_to(daemon) as channel:
        with support.refused(grpc.StatusCode.UNAVAILABLE, "journal"):
            put = profile.PutProfileRequest(profile=crash.made("late", 1))
            support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
        support.Decisions(channel).Decide(support.request(consent=()), timeout=CALL_SECONDS)


def writes_again(model, daemon):
    """Without a restart, and with nothing of what was refused."""
    daemon.wait_until(lambda: crash.readyz(daemon)[0] == 200, "the journal accepts writes again")
    for unit in [unit for units in model.puts for unit in units] + model.imports:
        unit.possible = unit.possible[:1]
    model.unsure = False
    crash.check_now(model, daemon)
    with crash.channel_to(daemon) as channel:
        put = profile.PutProfileRequest(profile=crash.made("later", 1))
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
        assert crash.read(support.Profiles(channel), "late") is None
        assert crash.read(support.Profiles(channel), "later") == 1


def test_when_writes_fail_it_stops_acknowledging_says_so_and_loses_nothing(tmp_path, start):
    shim = tmp_path / "failing_writes.so"
    source = pathlib.Path(__file__).with_name("failing_writes.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, source], check=True)
    trigger = tmp_path / "fail"
    data = tmp_path / "data"
    model = crash.Model(5)
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=data, environment={
        "LD_PRELOAD": str(shim), "FAIL_WHEN": str(trigger), "FAIL_BELOW": str(data)})
    refuses_writes_but_decides(model, daemon, trigger.touch)
    # The disk is well again: what was refused is not retried, and what comes is taken.
    trigger.unlink()
    writes_again(model, daemon)
    daemon.kill()
    daemon.start()
    crash.check_now(model, daemon)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 16 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder],
                                           capture_output=True).returncode != 0:
        pytest.skip("a small file system can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_an_import_that_the_disk_has_no_room_for_is_refused_alone(tmp_path, small_disk, start):
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    file = tmp_path / "people.csv"
    file.write_text("id,text\n" + "".join(f"p{n},{'x' * 400}\n" for n in range(40_000)))
    done = daemon.ctl("profiles", "import", file, "--kind", "visitor", check=False)
    assert done.returncode == 1 and "bytes left, and this takes up to" in done.stderr, done
    assert int(daemon.json("status").get("visitors", 0)) == 0
    assert crash.readyz(daemon)[0] == 200
    file.write_text("id,text\np1,one\n")
    daemon.ctl("profiles", "import", file, "--kind", "visitor")
    daemon.kill()
    daemon.start()
    assert int(daemon.json("status")["visitors"]) == 1


class Balloon:
    """Takes all the room of a small disk but some bytes."""

    def __init__(self, path):
        self.path = path

    def fill(self, leaving=0):
        with open(self.path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4_096))
            except OSError:
                file.truncate(os.fstat(file.fileno()).st_size - leaving)


def test_when_the_disk_is_full_it_stops_acknowledging_says_so_and_loses_nothing(tmp_path, small_disk, start):
    model = crash.Model(6)
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    balloon = Balloon(small_disk / "balloon")
    refuses_writes_but_decides(model, daemon, balloon.fill)
    daemon.kill()
    balloon.path.unlink()
    daemon.start()
    crash.check_now(model, daemon)


def test_once_a_full_disk_has_room_again_writes_go_on_without_a_restart(tmp_path, small_disk, start):
    model = crash.Model(7)
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    balloon = Balloon(small_disk / "balloon")
    for _ in range(2):
        refuses_writes_but_decides(model, daemon, balloon.fill)
        said = daemon.ctl("status", check=False)
        assert said.returncode == 1 and "make room or mend the disk" in said.stdout + said.stderr, said
        balloon.path.unlink()
        writes_again(model, daemon)
        with crash.channel_to(daemon) as channel:
            support.Profiles(channel).DeleteProfile(
                profile.DeleteProfileRequest(kind=crash.VISITOR, id="later"), timeout=CALL_SECONDS)
        model.acknowledged = 0
    daemon.kill()
    daemon.start()
    crash.check_now(model, daemon)


def test_a_start_on_a_full_disk_decides_and_recovers_by_itself(tmp_path, small_disk, start):
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    with crash.channel_to(daemon) as channel:
        put = profile.PutProfileRequest(profile=crash.made("kept", 5))
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    daemon.kill()
    balloon = Balloon(small_disk / "balloon")
    # Enough for the list of addresses, too little for the journal.
    balloon.fill(leaving=65_536)
    daemon.start()
    with crash.channel_to(daemon) as channel:
        support.Decisions(channel).Decide(support.request(consent=()), timeout=CALL_SECONDS)
        assert crash.read(support.Profiles(channel), "kept") == 5
        with support.refused(grpc.StatusCode.UNAVAILABLE, "make room"):
            put = profile.PutProfileRequest(profile=crash.made("late", 1))
            support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    assert crash.readyz(daemon)[0] == 503
    balloon.path.unlink()
    daemon.wait_until(lambda: crash.readyz(daemon)[0] == 200, "the journal accepts writes again")
    with crash.channel_to(daemon) as channel:
        put = profile.PutProfileRequest(profile=crash.made("later", 1))
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    daemon.kill()
    daemon.start()
    with crash.channel_to(daemon) as channel:
        assert [crash.read(support.Profiles(channel), id_) for id_ in ("kept", "late", "later")] == [5, None, 1]


@pytest.mark.parametrize("loss", ["log", "journal"])
def test_a_journal_that_lacks_what_was_acknowledged_is_told_and_takes_no_writes(tmp_path, start, loss):
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=tmp_path / "data")
    mark, journal = tmp_path / "data" / "acknowledged", tmp_path / "data" / "journal"
    with crash.channel_to(daemon) as channel:
        for number in range(50):
            put = profile.PutProfileRequest(profile=crash.made(f"v{number}", number))
            support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    daemon.kill()
    daemon.start()
    assert crash.readyz(daemon)[0] == 200
    with crash.channel_to(daemon) as channel:
        put = profile.PutProfileRequest(profile=crash.made("last", 1))
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    daemon.kill()
    if loss == "log":
        for log in journal.glob("*.log"):
            log.write_bytes(b"")
    else:
        shutil.rmtree(journal)
    checked = subprocess.run([harness.binary("bespoked"), "check", "--data-directory", daemon.directory],
                             capture_output=True, text=True, timeout=60)
    assert checked.returncode == 1 and "problem  journal" in checked.stdout
    daemon.start()
    code, said = crash.readyz(daemon)
    assert code == 503 and "lacks changes that were acknowledged" in said and str(mark) in said
    with crash.channel_to(daemon) as channel:
        if loss == "log":
            support.Decisions(channel).Decide(support.request(consent=()), timeout=CALL_SECONDS)
            with support.refused(grpc.StatusCode.UNAVAILABLE, "bespoked restore --replace"):
                support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
    daemon.kill()
    mark.unlink()
    daemon.start()
    assert crash.readyz(daemon)[0] == 200
    with crash.channel_to(daemon) as channel:
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)


def test_a_start_on_a_read_only_disk_decides_and_makes_its_admin_socket_once_it_can(tmp_path, small_disk, start):
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    daemon.ctl("status")
    data = daemon.data
    daemon.kill()
    # Its addresses cannot be told in a file.
    (daemon.directory / "addresses.json").unlink()
    daemon.arguments += ["--listen", data]
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    daemon.start(wait=False)
    daemon.wait_until(lambda: "Read-only file system" in daemon.log_text() and "listening" in daemon.log_text(), "it serves")
    with grpc.insecure_channel(data) as channel:
        support.Decisions(channel).Decide(support.request(consent=()), timeout=CALL_SECONDS, wait_for_ready=True)
    assert daemon.ctl("status", check=False).returncode != 0
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    daemon.wait_until(lambda: daemon.ctl("status", check=False).returncode == 0, "the admin socket is there and the journal well")
    put = profile.PutProfileRequest(profile=crash.made("later", 1))
    with grpc.insecure_channel(data) as channel:
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
