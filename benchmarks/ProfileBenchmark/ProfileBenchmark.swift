internal import Dispatch
internal import Foundation
internal import Store
internal import Model
internal import Profiles
internal import Synchronization

/// Fills a journal with profiles of 20 features, loads it as the daemon does, and looks profiles up.
///
/// usage: ProfileBenchmark fill|load JOURNAL COUNT [THREADS]; prints one line of JSON. `make bench-profiles` calls it.
@main
enum ProfileBenchmark {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4, let count = Int(arguments[3]) else {
            print("usage: ProfileBenchmark fill|load JOURNAL COUNT [THREADS]")
            exit(2)
        }
        switch arguments[1] {
        case "fill": try await fill(arguments[2], count)
        case "load": try await load(arguments[2], count, threads: arguments.count > 4 ? Int(arguments[4]) ?? 1 : 1)
        default: exit(2)
        }
    }

    /// The schema's attributes, in order.
    static let declared: [(name: String, type: AttributeType)] = [
        ("title", .string), ("department", .string), ("seniority", .string), ("country", .string),
        ("language", .string), ("industry", .string), ("need", .string), ("stage", .string), ("segment", .string),
        ("interests", .strings), ("age", .int), ("visits", .int), ("orders", .int), ("employees", .int),
        ("spend", .double), ("satisfaction", .double), ("subscribed", .bool), ("customer", .bool),
        ("first_seen", .timestamp), ("last_seen", .timestamp),
    ]
    /// Different values of each text attribute.
    private static let distinct = [400, 30, 8, 120, 40, 60, 12, 7, 25]

    static func schema() throws -> ProfileSchema {
        var schema = ProfileSchema()
        _ = try schema.declare(declared, of: .visitor)
        return schema
    }

    /// The same profile for the same number in every run; benchmarks/bench_profiles.py makes Redis' hashes alike.
    static func change(_ number: Int) -> ProfileChange {
        var random = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 | 1
        func below(_ limit: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random >> 11) % limit
        }
        let day: Int64 = 86_400_000_000
        let values: [AttributeValue] = declared.enumerated().map { index, attribute in
            switch attribute.type {
            case .string: .string("\(attribute.name) \(below(distinct[index]))")
            case .strings: .strings((0..<3).map { "topic \($0 * 20 + below(20))" })
            case .int: .int(Int64(below([80, 200, 50, 20_000][index - 10])))
            case .double: .double(Double(below(index == 14 ? 1_000_000 : 50)) / (index == 14 ? 100 : 10))
            case .bool: .bool(below(2) == 0)
            default: .timestamp(Timestamp(microseconds: (19_700 + Int64(below(900))) * day))
            }
        }
        return ProfileChange(
            id: id(number),
            values: values.enumerated().map {
                .init(attribute: UInt16($0), value: $1, observedAtSeconds: 1_763_000_000)
            }, writtenAtSeconds: 1_763_000_000)
    }

    /// Ids in an order that has nothing to do with the number, as those of cookies.
    static func id(_ number: Int) -> String {
        let mixed = UInt64(truncatingIfNeeded: number) &* 0xD6E8_FEB8_6659_FD93
        return String(mixed, radix: 36)
    }

    private static func fill(_ path: String, _ count: Int) async throws {
        let store = try DiskStore.open(path: path)
        let table = ProfileTable(entity: .visitor)
        let schema = try schema()
        table.adopt(schema)
        // With it a daemon can start on this store.
        var first = StoreBatch()
        first.put(.meta, key: Array("profiles.schema".utf8), value: schema.encoded())
        try store.write([first], isSynced: true)
        var seconds = 0.0
        for start in stride(from: 0, to: count, by: 10_000) {
            let changes = (start..<min(start + 10_000, count)).map(change)
            let before = DispatchTime.now()
            var batch = StoreBatch()
            for change in changes {
                batch.put(.visitors, key: Array(change.id.utf8), value: try table.put(change).record)
            }
            try store.write([batch], isSynced: true)
            seconds += Self.seconds(since: before)
        }
        // A daemon puts its files in order as it runs.
        try store.scrub([StoreRange(.visitors, from: [0], through: [0xFF])])
        store.close()
        show(["profiles": Double(count), "written_per_second": Double(count) / seconds])
    }

    private static func load(_ path: String, _ count: Int, threads: Int) async throws {
        var options = StoreOptions()
        options.defersCompaction = true
        let store = try DiskStore.open(path: path, options: options)
        let before = residentBytes()
        let start = DispatchTime.now()
        let startProcessor = processorSeconds()
        let table = ProfileTable(entity: .visitor)
        table.adopt(try schema())
        table.reserve(store.estimatedCount(.visitors))
        let loaders = (0..<threads).map { _ in ProfileLoader(table) }
        try store.scan(.visitors, threads: threads) { thread, _, value in
            do {
                try loaders[thread].load(value)
                return true
            } catch {
                preconditionFailure("the journal's profiles can be read: \(error)")
            }
        }
        for loader in loaders { loader.finish() }
        let seconds = seconds(since: start)
        let processor = processorSeconds() - startProcessor
        let memory = table.memory
        store.close()
        let resident = residentBytes() - before
        precondition(table.count == count, "all profiles are there: \(table.count)")
        let cold = lookup(table, count, lookups: min(count, 1_000_000), distinct: count)
        let warm = lookup(table, count, lookups: 1_000_000, distinct: 100)
        let busy = lookupWhileWriting(table, count)
        show([
            "profiles": Double(count), "loaded_per_second": Double(count) / seconds,
            "loaded_per_processor_second": Double(count) / processor,
            "resident_bytes_per_profile": Double(resident) / Double(count),
            "held_bytes_per_profile": Double(memory.rowBytes + memory.indexBytes + memory.dictionaryBytes)
                / Double(count),
            "lookup_cold_microseconds": cold, "lookup_warm_microseconds": warm,
            "lookup_while_writing_microseconds": busy.microseconds,
            "writes_meanwhile_per_second": busy.writesPerSecond,
        ])
    }

    /// Cold lookups while another thread writes profiles as fast as it can.
    private static func lookupWhileWriting(
        _ table: ProfileTable, _ count: Int
    ) -> (microseconds: Double, writesPerSecond: Double) {
        let isOver = Atomic<Bool>(false)
        let written = Atomic<Int>(0)
        let measured = Mutex((microseconds: 0.0, seconds: 1.0))
        DispatchQueue.concurrentPerform(iterations: 2) { role in
            guard role == 0 else {
                var number = 0
                while !isOver.load(ordering: .relaxed) {
                    guard (try? table.put(change(number % count))) != nil else {
                        preconditionFailure("what was written once can be written again")
                    }
                    number += 1
                }
                return written.store(number, ordering: .relaxed)
            }
            let start = DispatchTime.now()
            let microseconds = lookup(table, count, lookups: min(count, 1_000_000), distinct: count)
            measured.withLock { $0 = (microseconds, Self.seconds(since: start)) }
            isOver.store(true, ordering: .relaxed)
        }
        let (microseconds, seconds) = measured.withLock { $0 }
        return (microseconds, Double(written.load(ordering: .relaxed)) / seconds)
    }

    /// Microseconds of one lookup that reads a value's presence; ids are spelt before the clock runs.
    private static func lookup(_ table: ProfileTable, _ count: Int, lookups: Int, distinct: Int) -> Double {
        var texts: [UInt8] = []
        var ends: [Int] = []
        for number in 0..<lookups {
            texts += id(number &* 7_919 % distinct).utf8
            ends.append(texts.count)
        }
        var versions: UInt64 = 0
        let start = DispatchTime.now()
        texts.withUnsafeBufferPointer { texts in
            var from = 0
            for end in ends {
                versions += table.find(UnsafeBufferPointer(rebasing: texts[from..<end]))?.version ?? 0
                from = end
            }
        }
        let seconds = seconds(since: start)
        precondition(versions >= UInt64(lookups), "every profile is found")
        return seconds * 1e6 / Double(lookups)
    }

    private static func seconds(since start: DispatchTime) -> Double {
        Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) / 1e9
    }

    /// What this process has used of all cores.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Anonymous memory of this process: what the kernel's page cache holds does not count.
    private static func residentBytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            return (Int(line.split(separator: " ").dropLast().last ?? "") ?? 0) * 1_024
        }
        return 0
    }

    private static func show(_ figures: [String: Double]) {
        let fields = figures.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        print("{\(fields.joined(separator: ", "))}")
    }
}
