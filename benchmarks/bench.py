#!/usr/bin/env python3
"""Measures whole decisions beside libgrpc++ with an empty handler and nghttpd: the same sizes, one core for each side.

usage: benchmarks/bench.py [--seconds N] [--rounds N] [--rules DIR]      `make bench` builds first

Core 0 runs the server, core 1 h2load. The three servers take turns, round by round, so that whatever else the machine does
meets them alike; the medians are printed, and written to benchmarks/results/. Ends with 1 when the bar is missed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))
sys.dont_write_bytecode = True
import harness  # noqa: E402

SERVER_CORE, LOAD_CORE = "0", "1"
CONNECTIONS, STREAMS = 4, 32
WARM_UP_REQUESTS = 20_000
LATENCY_REQUESTS = 100_000
# Requests a second of Decide over those of libgrpc++ with an empty handler.
BAR = 2.0
PLACEMENTS = ["search_ad", "landing_hero", "side_offer"]
COMMON = """
page { url: "https://www.kaffa.example/office?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=espresso"
       country: "GB" language: "en-GB" device: "desktop" }
consent { granted: "personalisation" }
""" + "\n".join(f'placements: "{name}"' for name in PLACEMENTS)
STORED = 'visitor_id: "v0001"\n' + COMMON
ATTRIBUTES = {
    "visitor": dict(title="Head of Office", department="office", seniority="manager", age=38, timezone="Europe/London",
                    product_awareness="high", need="task", objection="price", preferred_format="tasting", satisfaction=4.2),
    "account": dict(company="Marlow, Finch & Co", domain="marlow-finch.example", industry="software", sic="7372",
                    employees=140, sites=2, annual_revenue=18_500_000.0, coffee_budget=14_000.0, country="GB", growth=0.31),
}


def attribute(entity, name, of):
    kind = {str: "string", int: "int", float: "double"}[type(of)]
    return f'{entity} {{ key: "{name}" value {{ {kind}: {json.dumps(of)} }} }}'


INLINE = 'visitor_id: "bench"\n' + "\n".join(
    attribute(entity, name, of) for entity, named in ATTRIBUTES.items() for name, of in named.items()) + COMMON
CASES = [("stored", "the profile is stored, the request names it", STORED),
         ("inline", "20 attributes travel in the request", INLINE)]


class Server:
    """A server to measure: its process, where it listens, how to call it."""

    def __init__(self, name, process, address):
        self.name, self.process, self.address = name, process, address

    def cpu_seconds(self):
        return harness.cpu_seconds(self.process.pid)


def pinned(core):
    return ["taskset", "-c", core]


def start_bespoke(rules, stack):
    daemon = harness.Daemon(rules=rules, arguments=["--threads", "1"], prefix=pinned(SERVER_CORE))
    stack.append(daemon.close)
    daemon.start()
    for kind in ("account", "visitor"):
        daemon.ctl("profiles", "import", harness.SAMPLE / f"{kind}s.csv", "--kind", kind)
    return daemon, Server("bespoke", daemon.process, daemon.data)


def build_grpc(folder):
    """Compiles the libgrpc++ server with stubs made from proto/."""
    proto = harness.ROOT / "proto"
    plugin = subprocess.run(["which", "grpc_cpp_plugin"], capture_output=True, text=True, check=True).stdout.strip()
    names = [path.relative_to(proto).as_posix() for path in sorted((proto / "bespoke").rglob("*.proto"))]
    subprocess.run(["protoc", f"-I{proto}", "-I/usr/include", f"--cpp_out={folder}", f"--grpc_out={folder}",
                    f"--plugin=protoc-gen-grpc={plugin}", *names], check=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "grpc++", "protobuf"], capture_output=True, text=True,
                           check=True).stdout.split()
    names = ("value", "explanation", "decision")
    sources = [folder / f"bespoke/v1/{name}.{kind}.cc" for name in names for kind in ("pb", "grpc.pb")]
    subprocess.run(["g++", "-std=c++17", "-O2", "-DNDEBUG", "-o", folder / "grpc_empty_server", f"-I{folder}",
                    HERE / "grpc_empty_server.cc", *sources, *flags], check=True)
    return folder / "grpc_empty_server"


def end(process):
    process.kill()
    process.wait()


def start_grpc(binary, reply, stack):
    process = subprocess.Popen([*pinned(SERVER_CORE), binary, "127.0.0.1:0", reply], stdout=subprocess.PIPE, text=True)
    stack.append(lambda: end(process))
    port = process.stdout.readline().strip()
    if not port:
        raise harness.Failure("the libgrpc++ server did not start")
    return Server("libgrpc++", process, f"127.0.0.1:{port}")


def start_nghttpd(reply, folder, stack):
    """nghttpd answers a POST with the file at its path: the bytes of a whole gRPC reply."""
    page = folder / harness.DECIDE.lstrip("/")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_bytes(harness.framed(reply))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*pinned(SERVER_CORE), "nghttpd", "--no-tls", "-n", "1", "-a", "127.0.0.1", "-d", folder,
                                str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.append(lambda: end(process))
    ready = threading.Event()
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            ready.wait(0.01)
    return Server("nghttpd", process, f"127.0.0.1:{port}")


def load(server, body, requests, *extra):
    result = harness.Load(server.address, body, requests, CONNECTIONS, STREAMS, prefix=pinned(LOAD_CORE), extra=extra).result()
    if result.succeeded != requests:
        raise harness.Failure(f"{server.name} failed requests:\n{result.output}")
    return result


def latency(server, body):
    """p50 and p99 in µs as h2load saw them, from its log of every request."""
    with tempfile.TemporaryDirectory(prefix="bespoke-latency-") as folder:
        log = pathlib.Path(folder) / "log"
        load(server, body, LATENCY_REQUESTS, f"--log-file={log}")
        times = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
    return times[len(times) // 2], times[len(times) * 99 // 100]


def measure_case(name, about, body, servers, options):
    print(f"\n{name}: {about}; request {len(body)} bytes")
    counts, rounds = {}, {server.name: [] for server in servers}
    for server in servers:
        counts[server.name] = int(load(server, body, WARM_UP_REQUESTS).rate * options.seconds)
    for number in range(options.rounds):
        for server in servers:
            before = server.cpu_seconds()
            result = load(server, body, counts[server.name])
            cpu = (server.cpu_seconds() - before) / result.total * 1e6
            rounds[server.name].append((result.rate, cpu))
            print(f"  round {number + 1}  {server.name:<10}{result.rate:>10,.0f} requests/s{cpu:>8.2f} µs CPU", flush=True)
    rows = {}
    for server in servers:
        rates, cpus = zip(*rounds[server.name])
        p50, p99 = latency(server, body)
        rows[server.name] = {"requests_per_second": statistics.median(rates), "cpu_microseconds": statistics.median(cpus),
                             "p50_microseconds": p50, "p99_microseconds": p99, "rounds": rounds[server.name]}
    return rows


def table(rows):
    """The medians as Markdown, with the ratios to the others."""
    ours = rows["bespoke"]
    lines = ["| server | requests/s | CPU µs/request | p50 µs | p99 µs | Bespoke's requests/s ÷ its | its CPU ÷ Bespoke's |",
             "|---|--:|--:|--:|--:|--:|--:|"]
    for name, row in rows.items():
        lines.append(f"| {name} | {row['requests_per_second']:,.0f} | {row['cpu_microseconds']:.2f} | {row['p50_microseconds']} "
                     f"| {row['p99_microseconds']} | {ours['requests_per_second'] / row['requests_per_second']:.2f} "
                     f"| {row['cpu_microseconds'] / ours['cpu_microseconds']:.2f} |")
    return "\n".join(lines)


def write_results(results, options):
    day = datetime.date.today().isoformat()
    command = f"make bench      # {options.rounds} rounds of {options.seconds} s, {CONNECTIONS} connections of {STREAMS} streams"
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    parts = [f"# Decide beside libgrpc++ and nghttpd, {day}\n\n    {command}\n\nServer on core {SERVER_CORE}, h2load on core "
             f"{LOAD_CORE}; {model}. Medians of interleaved rounds. libgrpc++ has an\nempty handler, nghttpd sends a file; "
             "Bespoke decodes, decides on config/rules, and encodes.\n"]
    for case, about, sizes, rows in results:
        parts.append(f"\n## {case}: {about}\n\nRequest {sizes[0]} bytes, reply {sizes[1]} bytes.\n\n{table(rows)}\n")
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.md").write_text("".join(parts))
    content = {"day": day, "command": command, "cpu": model, "cases": {case: rows for case, _, _, rows in results}}
    (folder / f"{day}.json").write_text(json.dumps(content, indent=2) + "\n")
    return folder / f"{day}.md"


def reply_bytes(address, body):
    """The reply of one call, by curl."""
    with tempfile.NamedTemporaryFile(prefix="bespoke-body-") as file:
        file.write(harness.framed(body))
        file.flush()
        reply = subprocess.run(["curl", "--silent", "--http2-prior-knowledge", "--data-binary", f"@{file.name}", "-H",
                                "content-type: application/grpc", "-H", "te: trailers", f"http://{address}{harness.DECIDE}"],
                               capture_output=True, check=True).stdout
    if len(reply) < 6:
        raise harness.Failure("the daemon does not answer the benchmark's request")
    return reply[5:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=3, help="length of a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rules", type=pathlib.Path, default=harness.RULES)
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("two cores are needed: one for the server, one for the load")
    stack, results = [], []
    try:
        with tempfile.TemporaryDirectory(prefix="bespoke-bench-") as folder:
            folder = pathlib.Path(folder)
            print("Building the libgrpc++ server", flush=True)
            binary = build_grpc(folder)
            daemon, bespoke = start_bespoke(options.rules, stack)
            for case, about, text in CASES:
                body = harness.encode("bespoke.v1.DecideRequest", text)
                reply = reply_bytes(bespoke.address, body)
                (folder / f"{case}.reply").write_bytes(reply)
                others = []
                servers = [bespoke, start_grpc(binary, folder / f"{case}.reply", others),
                           start_nghttpd(reply, folder / case, others)]
                stack += others
                rows = measure_case(case, about, body, servers, options)
                results.append((case, about, (len(body), len(reply)), rows))
                for stop in others:
                    stop()
                    stack.remove(stop)
                print("\n" + table(rows))
            errors = sum(int(item.get("errors", 0)) for item in daemon.json("stats")["methods"])
            if errors:
                raise harness.Failure(f"{errors} calls ended with an error")
    except harness.Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    finally:
        for stop in reversed(stack):
            stop()
    print(f"\nWritten: {write_results(results, options).relative_to(harness.ROOT)}")
    ratios = [rows["bespoke"]["requests_per_second"] / rows["libgrpc++"]["requests_per_second"] for *_, rows in results]
    met = min(ratios) >= BAR
    print(f"Bar: at least {BAR:g} × the requests/s of libgrpc++ with an empty handler: {'met' if met else 'MISSED'} "
          f"({', '.join(f'{ratio:.2f}' for ratio in ratios)})")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
