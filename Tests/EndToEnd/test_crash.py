"""What survives kill -9, a disk that fails and one that is full. `make crash-test` runs many more rounds."""
import os
import pathlib
import subprocess

import crash
import grpc
import pytest
import support
from support import CALL_SECONDS, profile


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
    # The disk is well again, and still nothing is retried.
    trigger.unlink()
    with crash.channel_to(daemon) as channel, support.refused(grpc.StatusCode.UNAVAILABLE, "journal"):
        put = profile.PutProfileRequest(profile=crash.made("later", 1))
        support.Profiles(channel).PutProfile(put, timeout=CALL_SECONDS)
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


def test_when_the_disk_is_full_it_stops_acknowledging_says_so_and_loses_nothing(tmp_path, small_disk, start):
    model = crash.Model(6)
    daemon = start(rules=crash.rule_folder(tmp_path), data_directory=small_disk / "data")
    balloon = small_disk / "balloon"

    def fill():
        with open(balloon, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65_536))
            except OSError:
                pass

    refuses_writes_but_decides(model, daemon, fill)
    daemon.kill()
    balloon.unlink()
    daemon.start()
    crash.check_now(model, daemon)
