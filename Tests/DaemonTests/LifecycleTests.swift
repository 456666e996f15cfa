import Daemon
import GRPC
import Synchronization
import Testing

@Suite struct ServiceManagerTests {
    private func manager(_ environment: [String: String]) throws -> ServiceManager {
        try ServiceManager(environment: environment, processID: 7)
    }

    @Test func `without a service manager nothing is handed over and nobody is told`() throws {
        let manager = try manager([:])
        #expect(manager.inherited.isEmpty)
        #expect(manager.watchdogMicroseconds == nil)
    }

    @Test func `sockets have the names that they were given`() throws {
        let manager = try manager(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "admin:data"])
        #expect(manager.inherited.map(\.name) == ["admin", "data"])
        #expect(manager.inherited.map(\.descriptor) == [3, 4])
    }

    @Test(arguments: [nil, "bespoked.socket:bespoked.socket:bespoked.socket"])
    func `without names of their own they come in order`(names: String?) throws {
        var environment = ["LISTEN_PID": "7", "LISTEN_FDS": "3"]
        environment["LISTEN_FDNAMES"] = names
        #expect(try manager(environment).inherited.map(\.name) == ["data", "operations", "admin"])
    }

    @Test func `what is meant for another process is passed over`() throws {
        #expect(try manager(["LISTEN_PID": "8", "LISTEN_FDS": "1"]).inherited.isEmpty)
        #expect(try manager(["WATCHDOG_PID": "8", "WATCHDOG_USEC": "5"]).watchdogMicroseconds == nil)
        #expect(try manager(["WATCHDOG_PID": "7", "WATCHDOG_USEC": "5"]).watchdogMicroseconds == 5)
    }

    @Test(arguments: ["data:data", "data:other"])
    func `sockets that are not known are refused`(names: String) {
        #expect(throws: DaemonError.self) {
            try manager(["LISTEN_PID": "7", "LISTEN_FDS": "2", "LISTEN_FDNAMES": names])
        }
    }
}

@Suite struct AlarmsTests {
    @Test func `an alarm is told when it begins, and once a minute while it goes on`() {
        var alarms = Alarms()
        #expect(alarms.heed([.load: 0], at: 0).isEmpty)
        #expect(alarms.heed([.load: 3], at: 1).map(\.count) == [3])
        #expect(alarms.heed([.load: 9], at: 2).isEmpty)
        #expect(alarms.heed([.load: 9, .memory: 1], at: 3).map(\.alarm) == [.memory])
        #expect(alarms.heed([.load: 10, .memory: 1], at: 61).map(\.count) == [7])
        #expect(alarms.heed([.load: 10, .memory: 1], at: 500).isEmpty)
    }
}

@Suite struct DescriptorsTests {
    @Test(arguments: [(10_000, 20_000, 10_000), (10_000, 10_640, 10_000), (10_000, 10_639, 9_999), (10_000, 256, 128)])
    func `there are as many connections as descriptors are left for`(wanted: Int, limit: Int, found: Int) {
        #expect(Descriptors.connections(wanted: wanted, limit: limit) == found)
    }
}

@Suite struct MemoryGuardTests {
    @Test func `beyond the limit what fills memory is refused until there is room again`() {
        let used = Used()
        let memory = MemoryGuard(bytesMax: 100) { UInt64(used.bytes.load(ordering: .relaxed)) }
        let second: UInt64 = 1_000_000_000
        #expect(memory.refusal(at: second) == nil)
        used.bytes.store(101, ordering: .relaxed)
        // It looks ten times a second only.
        #expect(memory.refusal(at: second + 1) == nil)
        #expect(memory.refusal(at: 2 * second)?.code == .resourceExhausted)
        #expect(memory.refusals == 1)
        used.bytes.store(100, ordering: .relaxed)
        #expect(memory.refusal(at: 3 * second) == nil)
    }

    private final class Used: Sendable {
        let bytes = Atomic<Int>(0)
    }
}

@Suite struct SharedPageTests {
    @Test func `however often a page is asked for, it is made a few times`() async {
        let made = Made()
        let page = SharedPage {
            .init(status: 200, body: "\(made.count.add(1, ordering: .relaxed).newValue)")
        }
        for _ in 0..<50 { _ = await page.page() }
        let count = made.count.load(ordering: .relaxed)
        // Slow machines let a second or two pass meanwhile.
        #expect((5...20).contains(count), "\(count)")
        #expect(await page.page().body == "\(made.count.load(ordering: .relaxed))")
    }

    private final class Made: Sendable {
        let count = Atomic<Int>(0)
    }
}

@Suite struct HeapTrimTests {
    @Test func `memory is given back once much has become free, and again when as much has`() {
        var trim = HeapTrim()
        // What was given back counts as free still; used again and then free again it is given back again.
        let free = [31, 33, 33, 60, 65, 10, 42]
        #expect(free.map { trim.isDue(free: $0 << 20) } == [false, true, false, false, true, false, true])
    }
}
