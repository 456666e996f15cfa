internal import Histogram

/// Records how long calls take and how they end, for one event loop.
///
/// Single writer: the loop that made it. Everything is allocated up front, so that recording neither allocates nor
/// locks. Not Sendable on purpose: whoever wants the figures hops onto the loop and takes a `snapshot()`.
///
/// Dynamic exclusivity checks are off: it lives on one event loop, and no property is accessed while it is being changed. They
/// cost five in a hundred of a Decide.
package final class LatencyRecorder {
    /// Longer calls are recorded as this long, and counted as beyond; the exact maximum is kept apart.
    package static let microsecondsMax: UInt64 = 60_000_000
    /// Codes 0 (OK) to 16, as gRPC numbers them; others count as 2 (UNKNOWN).
    package static let statusCodeCount = 17

    private let methods: [String]
    @exclusivity(unchecked) private var histograms: [Histogram<UInt64>]
    /// By method, then by status code.
    @exclusivity(unchecked) private var codes: [UInt64]
    @exclusivity(unchecked) private var sums: [UInt64]
    @exclusivity(unchecked) private var maxima: [UInt64]
    @exclusivity(unchecked) private var beyond: [UInt64]

    /// - Parameter methods: Names such as `bespoke.v1.DecisionService/Decide`; their indices name them in `record`.
    package init(methods: [String]) {
        self.methods = methods
        histograms = methods.map { _ in Self.makeHistogram() }
        codes = [UInt64](repeating: 0, count: methods.count * Self.statusCodeCount)
        sums = [UInt64](repeating: 0, count: methods.count)
        maxima = sums
        beyond = sums
    }

    /// Notes one finished call.
    ///
    /// - Parameters:
    ///   - method: Index into the methods given at the start.
    ///   - microseconds: From the arrival of the request's head to the last byte of the reply; 0 counts as 0.
    ///   - status: The gRPC status code sent.
    /// - Precondition: `method` is such an index.
    package func record(method: Int, microseconds: UInt64, status: Int) {
        let clamped = min(microseconds, Self.microsecondsMax)
        histograms[method].record(clamped)
        let code = status >= 0 && status < Self.statusCodeCount ? status : 2
        codes[method * Self.statusCodeCount + code] &+= 1
        sums[method] &+= microseconds
        if microseconds > maxima[method] { maxima[method] = microseconds }
        if microseconds > Self.microsecondsMax { beyond[method] &+= 1 }
    }

    /// Adds what was recorded since the start to `total`.
    ///
    /// Copies the counts, never the arrays: a shared array would make the next `record` copy it.
    package func merge(into total: inout LatencySnapshot) {
        for index in methods.indices {
            let first = index * Self.statusCodeCount
            total.add(
                name: methods[index], histogram: histograms[index],
                codes: codes[first..<first + Self.statusCodeCount], sumMicroseconds: sums[index],
                maximum: maxima[index],
                beyond: beyond[index])
        }
    }

    /// What was recorded since the start, one entry per method in the order given.
    package func snapshot() -> LatencySnapshot {
        var total = LatencySnapshot()
        merge(into: &total)
        return total
    }

    /// 1 µs steps, 3 significant digits, and a fixed size of 139 kB.
    static func makeHistogram() -> Histogram<UInt64> {
        Histogram<UInt64>(
            lowestDiscernibleValue: 1, highestTrackableValue: microsecondsMax, numberOfSignificantValueDigits: .three)
    }
}
