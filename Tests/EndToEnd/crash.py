#!/usr/bin/env python3
"""Kills the daemon at random moments while it writes, and looks at what the next start finds.

usage: Tests/EndToEnd/crash.py      `make crash-test` builds first; CRASH_ROUNDS and CRASH_SEED say how often and from where

No acknowledged write may be lost and no import be there in part. Every round goes on with the data of the round before.
"""
import os
import pathlib
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import support  # noqa: E402
from support import CALL_SECONDS, event, harness, profile  # noqa: E402

VISITOR = profile.PROFILE_KIND_VISITOR
WRITERS, IDS_OF_WRITER = 3, 8
IMPORTS, ROWS_OF_IMPORT, ROWS_OF_MESSAGE = 2, 60, 20
KILL_SECONDS_MAX = 0.25
RULES = "attributes:\n  visitor:\n    number: {type: int}\n    text: {type: string}\nevents: {visit: {points: 1}}\n"
EVENTS_OF_CALL = 7
ABSENT = None


def made(id_, number):
    """A profile whose two values say the same."""
    return profile.Profile(kind=VISITOR, id=id_, features={
        "number": profile.Feature(value=support.value(number)),
        "text": profile.Feature(value=support.value(f"text {number}"))})


class Unit:
    """What is written as one: a profile, or the profiles of an import. One thread at a time writes it."""

    def __init__(self, ids):
        self.ids = ids
        # What may be there: the last state that was acknowledged, and after it those of which no answer came.
        self.possible = [ABSENT]
        self.next = 1

    def acknowledge(self, state):
        self.possible = [state]


class Model:
    """Every unit, and how it is written and looked at."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.puts = [[Unit([f"put-{writer}-{number}"]) for number in range(IDS_OF_WRITER)] for writer in range(WRITERS)]
        self.imports = [Unit([f"import-{number}-{row}" for row in range(ROWS_OF_IMPORT)]) for number in range(IMPORTS)]
        # Calls of events for one visitor: acknowledged ones, and the one whose answer never came.
        self.recorded, self.unsure = 0, False
        self.acknowledged = 0
        self.cut_off = 0
        self.lock = threading.Lock()

    def write(self, unit, state, call):
        """Writes and notes what is known of it; returns False once the daemon is gone."""
        unit.possible.append(state)
        try:
            call()
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN):
                raise
            with self.lock:
                self.cut_off += 1
            return False
        unit.acknowledge(state)
        with self.lock:
            self.acknowledged += 1
        return True

    def put_on(self, stub, units, seed):
        """Puts and deletes single profiles until the daemon is gone."""
        chosen = random.Random(seed)
        going = True
        while going:
            unit = chosen.choice(units)
            unit.next += 1
            if chosen.randrange(6) == 0:
                asked = profile.DeleteProfileRequest(kind=VISITOR, id=unit.ids[0])
                going = self.write(unit, ABSENT, lambda: stub.DeleteProfile(asked, timeout=CALL_SECONDS))
            else:
                asked = profile.PutProfileRequest(profile=made(unit.ids[0], unit.next))
                going = self.write(unit, unit.next, lambda: stub.PutProfile(asked, timeout=CALL_SECONDS))

    def import_on(self, stub, seed):
        """Imports one group after the other until the daemon is gone."""
        chosen = random.Random(seed)
        going = True
        while going:
            unit = chosen.choice(self.imports)
            unit.next += 1
            rows = [profile.ImportRow(line=line, profile=made(id_, unit.next)) for line, id_ in enumerate(unit.ids, 1)]
            parts = [profile.ImportProfilesRequest(rows=rows[at:at + ROWS_OF_MESSAGE])
                     for at in range(0, len(rows), ROWS_OF_MESSAGE)]

            def send():
                answer = stub.ImportProfiles(iter(parts), timeout=CALL_SECONDS)
                assert answer.committed and answer.written == ROWS_OF_IMPORT, answer

            going = self.write(unit, unit.next, send)

    def record_on(self, stub, _):
        """Records events, some at a time, until the daemon is gone; what was cut off is sent again, as a server would."""
        while True:
            ids = [f"{self.recorded}/{number}" for number in range(EVENTS_OF_CALL)]
            asked = event.RecordRequest(events=[event.Event(visitor_id="visitor", name="visit", id=id_) for id_ in ids])
            self.unsure = True
            try:
                answer = stub.Record(asked, timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN):
                    raise
                with self.lock:
                    self.cut_off += 1
                return
            assert answer.recorded in (0, EVENTS_OF_CALL), f"a call of events was there in part: {answer}"
            self.recorded, self.unsure = self.recorded + 1, False
            with self.lock:
                self.acknowledged += 1

    def check_events(self, stub):
        """The counts are those of the calls that were acknowledged, and perhaps of the one that was cut off."""
        try:
            kept = stub.GetBehaviour(event.GetBehaviourRequest(visitor_id="visitor"), timeout=CALL_SECONDS)
            found = kept.events[0].count
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.NOT_FOUND:
                raise
            found = 0
        possible = [EVENTS_OF_CALL * self.recorded] + ([EVENTS_OF_CALL * (self.recorded + 1)] if self.unsure else [])
        assert found in possible, f"{found} events are counted, but {possible} were recorded"

    def check(self, stub):
        """Looks at every unit; what is found is what is known from then on."""
        for unit in [unit for units in self.puts for unit in units] + self.imports:
            found = {read(stub, id_) for id_ in unit.ids}
            assert len(found) == 1, f"{unit.ids[0]} and its group are there in part: {found}"
            state = found.pop()
            assert state in unit.possible, f"{unit.ids[0]} is {state}, but only {unit.possible} were written last"
            unit.possible = [state]

    def write_until(self, daemon, end):
        """Lets all writers run, ends the daemon by `end`, and waits for them."""
        with channel_to(daemon) as channel:
            stub = support.Profiles(channel)
            problems = []
            work = [(self.put_on, stub, units, self.random.random()) for units in self.puts]
            work.append((self.import_on, stub, self.random.random()))
            work.append((self.record_on, support.Events(channel), None))
            threads = [threading.Thread(target=guarded, args=(problems, *one)) for one in work]
            for thread in threads:
                thread.start()
            end()
            for thread in threads:
                thread.join()
            assert not problems, problems


def guarded(problems, call, *arguments):
    try:
        call(*arguments)
    except Exception as error:  # the thread that waits reports it
        problems.append(error)


def channel_to(daemon):
    """A channel that gives up at once when the daemon is gone."""
    return grpc.insecure_channel(daemon.data, options=[("grpc.enable_retries", 0)])


def read(stub, id_):
    """The number of a profile; its text must say the same."""
    try:
        stored = stub.GetProfile(profile.GetProfileRequest(kind=VISITOR, id=id_), timeout=CALL_SECONDS)
    except grpc.RpcError as error:
        if error.code() != grpc.StatusCode.NOT_FOUND:
            raise
        return ABSENT
    number = stored.features["number"].value.int
    assert stored.features["text"].value.string == f"text {number}", f"{id_} is half of one write: {stored}"
    return number


def readyz(daemon):
    """Status and text of the readiness page."""
    try:
        with urllib.request.urlopen(f"http://{daemon.operations}/readyz", timeout=CALL_SECONDS) as page:
            return page.status, page.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def rule_folder(parent):
    folder = pathlib.Path(parent) / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    return folder


def check_now(model, daemon):
    with channel_to(daemon) as channel:
        model.check(support.Profiles(channel))
        model.check_events(support.Events(channel))


def run(rounds, seed, say=lambda text: None):
    """All rounds; an AssertionError says what was lost. Returns how many writes were acknowledged and cut off."""
    model = Model(seed)
    with tempfile.TemporaryDirectory(prefix="bespoke-crash-") as folder:
        with harness.Daemon(rules=rule_folder(folder), arguments=["--threads", "1"]) as daemon:
            for number in range(1, rounds + 1):
                def kill():
                    time.sleep(model.random.uniform(0, KILL_SECONDS_MAX))
                    daemon.kill()

                model.write_until(daemon, kill)
                daemon.start()
                check_now(model, daemon)
                if number % 50 == 0:
                    say(f"{number} rounds: {model.acknowledged:,} writes acknowledged, {model.cut_off:,} cut off")
    return model.acknowledged, model.cut_off


def main():
    rounds, seed = int(os.environ.get("CRASH_ROUNDS", 200)), int(os.environ.get("CRASH_SEED", time.time_ns() % 1_000_000))
    print(f"{rounds} rounds, CRASH_SEED={seed}", flush=True)
    started = time.monotonic()
    try:
        acknowledged, cut_off = run(rounds, seed, lambda text: print(text, flush=True))
    except AssertionError as error:
        sys.exit(f"FAILED with CRASH_SEED={seed}: {error}")
    print(f"{rounds} kills in {time.monotonic() - started:.0f} s: of {acknowledged:,} acknowledged writes none is lost, "
          f"of {cut_off:,} that were cut off none is there in part")


if __name__ == "__main__":
    main()
