internal import Dispatch
internal import Synchronization

extension DiskStore {
    /// Ranges for each thread, so that one that meets a large range does not keep the others waiting.
    private static let rangesPerThread = 8

    /// As `Store.scan` says.
    package func scan(
        _ family: StoreFamily, threads: Int,
        _ body: @Sendable (_ thread: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) {
        precondition(threads >= 1, "somebody has to read")
        let database = try openDatabase()
        let bounds = try Self.bounds(database, family, ranges: threads == 1 ? 1 : threads * Self.rangesPerThread)
        let scan = ConcurrentScan(database: database, family: family, bounds: bounds)
        withoutActuallyEscaping(body) { body in
            let group = DispatchGroup()
            for thread in 0..<threads {
                // A serial queue has a thread of its own: those that Swift's tasks share stay free meanwhile.
                DispatchQueue(label: "bespoke.journal.scan").async(group: group) { scan.run(thread, body) }
            }
            group.wait()
        }
        if let reason = scan.failure.withLock({ $0 }) { throw .unreadable(reason: reason) }
    }

    private static func bounds(
        _ database: Database, _ family: StoreFamily, ranges: Int
    ) throws(StoreError) -> [[UInt8]] {
        do {
            return try database.splitKeys(family, parts: ranges)
        } catch {
            throw .unreadable(reason: error.message)
        }
    }
}

/// What the threads of one scan share.
private final class ConcurrentScan: Sendable {
    typealias Body = @Sendable (_ thread: Int, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool

    let failure = Mutex<String?>(nil)
    private let database: Database
    private let family: StoreFamily
    private let bounds: [[UInt8]]
    private let next = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init(database: Database, family: StoreFamily, bounds: [[UInt8]]) {
        self.database = database
        self.family = family
        self.bounds = bounds
    }

    /// Takes ranges until none is left.
    func run(_ thread: Int, _ body: Body) {
        while !isStopped.load(ordering: .relaxed) {
            let range = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard range <= bounds.count else { return }
            let start = range == 0 ? nil : bounds[range - 1]
            let end = range == bounds.count ? nil : bounds[range]
            do throws(Database.Failure) {
                try database.scan(family, from: start, to: end) { key, value in
                    guard body(thread, key, value) else {
                        isStopped.store(true, ordering: .relaxed)
                        return false
                    }
                    return !isStopped.load(ordering: .relaxed)
                }
            } catch {
                isStopped.store(true, ordering: .relaxed)
                failure.withLock { $0 = $0 ?? error.message }
            }
        }
    }
}
