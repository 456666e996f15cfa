internal import Histogram

/// Latencies and outcomes of calls by method, summed over event loops.
package struct LatencySnapshot: Sendable {
    /// In the order in which they were first added.
    package private(set) var methods: [MethodLatency] = []

    /// Nothing recorded.
    package init() {}

    /// Adds what another loop recorded; methods are matched by name.
    package mutating func merge(_ other: LatencySnapshot) {
        for method in other.methods {
            add(
                name: method.name, histogram: method.histogram, codes: method.statusCounts[...],
                sumMicroseconds: method.sumMicroseconds, maximum: method.maximum, beyond: method.beyond)
        }
    }

    mutating func add(
        name: String, histogram: Histogram<UInt64>, codes: ArraySlice<UInt64>, sumMicroseconds: UInt64, maximum: UInt64,
        beyond: UInt64
    ) {
        let index = methods.firstIndex { $0.name == name } ?? methods.count
        if index == methods.count { methods.append(MethodLatency(name: name)) }
        methods[index].add(
            histogram: histogram, codes: codes, sumMicroseconds: sumMicroseconds, maximum: maximum, beyond: beyond)
    }
}

/// How long the calls of one method took and how they ended.
package struct MethodLatency: Sendable {
    /// As it was given to the recorder.
    package let name: String
    /// Calls by gRPC status code, 0 to 16.
    package private(set) var statusCounts = [UInt64](repeating: 0, count: LatencyRecorder.statusCodeCount)
    /// The sum of all durations.
    package private(set) var sumMicroseconds: UInt64 = 0
    /// The longest call in µs, exact even beyond `LatencyRecorder.microsecondsMax`; 0 without calls.
    package private(set) var maximum: UInt64 = 0
    /// Calls that took longer than `LatencyRecorder.microsecondsMax`.
    package private(set) var beyond: UInt64 = 0
    fileprivate var histogram = LatencyRecorder.makeHistogram()

    fileprivate init(name: String) {
        self.name = name
    }

    /// Calls in all.
    package var count: UInt64 { histogram.totalCount }
    /// Calls that did not end with OK.
    package var errors: UInt64 { statusCounts.dropFirst().reduce(0, &+) }

    /// A percentile in µs, to 3 significant digits; 0 without calls.
    package var p50: UInt64 { percentile(50) }
    /// As `p50`.
    package var p90: UInt64 { percentile(90) }
    /// As `p50`.
    package var p99: UInt64 { percentile(99) }
    /// As `p50`.
    package var p999: UInt64 { percentile(99.9) }

    /// The time in µs that no more than (100 − `percent`) % of the calls exceeded; 0 without calls.
    package func percentile(_ percent: Double) -> UInt64 {
        min(histogram.valueAtPercentile(percent), maximum)
    }

    /// Upper bounds in µs of the buckets that `/metrics` shows; they never change, so that series stay comparable.
    package static let bucketBounds: [UInt64] = [
        25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000, 5_000_000, 10_000_000,
    ]

    /// Calls that took at most each of `bucketBounds`, to 3 significant digits of the bound.
    package var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        var low: UInt64 = 0
        return Self.bucketBounds.map { bound in
            // Ranges that start behind the previous bound's own step, so that no step is counted twice.
            total += histogram.count(within: low...bound)
            low = histogram.highestEquivalentForValue(bound) + 1
            return total
        }
    }

    fileprivate mutating func add(
        histogram other: Histogram<UInt64>, codes: ArraySlice<UInt64>, sumMicroseconds: UInt64, maximum: UInt64,
        beyond: UInt64
    ) {
        histogram.add(other)
        for (index, code) in zip(statusCounts.indices, codes) { statusCounts[index] &+= code }
        self.sumMicroseconds &+= sumMicroseconds
        self.maximum = max(self.maximum, maximum)
        self.beyond &+= beyond
    }
}
