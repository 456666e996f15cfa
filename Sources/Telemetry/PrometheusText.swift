/// Writes metrics in Prometheus' text exposition format 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text format details".
package struct PrometheusText: Sendable {
    /// What the HTTP answer says it holds.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// One time series of a metric.
    package struct Sample: Sendable {
        /// What tells the series apart from the others of the metric.
        package var labels: [(name: String, value: String)]
        /// Any double, infinities and NaN included.
        package var value: Double

        /// A sample, by default without labels.
        package init(_ value: Double, labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = value
        }
    }

    /// One time series of a histogram.
    package struct HistogramSample: Sendable {
        /// What tells the series apart from the others of the metric.
        package var labels: [(name: String, value: String)]
        /// Ascending upper bounds with the count of observations at or below each; without `+Inf`.
        package var buckets: [(bound: Double, cumulativeCount: UInt64)]
        /// Of all observations.
        package var sum: Double
        /// Of all observations, those above the last bound included.
        package var count: UInt64

        /// - Parameter buckets: In ascending order of bounds.
        package init(
            labels: [(name: String, value: String)] = [], buckets: [(bound: Double, cumulativeCount: UInt64)],
            sum: Double, count: UInt64
        ) {
            self.labels = labels
            self.buckets = buckets
            self.sum = sum
            self.count = count
        }
    }

    /// What has been written; complete after each call.
    package private(set) var text = ""
    private var names: Set<String> = []

    /// Nothing written.
    package init() {}

    /// Writes a counter, which only grows.
    ///
    /// - Parameters:
    ///   - name: By custom it ends with `_total`; each metric is written once, with all its samples.
    ///   - help: One sentence for the operator.
    /// - Precondition: Names are `[a-zA-Z_:][a-zA-Z0-9_:]*`, label names the same without colons; no metric twice.
    package mutating func counter(_ name: String, help: String, samples: [Sample]) {
        simple(name, type: "counter", help: help, samples: samples)
    }

    /// Writes a counter without labels.
    package mutating func counter(_ name: String, help: String, value: UInt64) {
        counter(name, help: help, samples: [Sample(Double(value))])
    }

    /// Writes a gauge, which goes up and down; otherwise as `counter`.
    package mutating func gauge(_ name: String, help: String, samples: [Sample]) {
        simple(name, type: "gauge", help: help, samples: samples)
    }

    /// Writes a gauge without labels.
    package mutating func gauge(_ name: String, help: String, value: Double) {
        gauge(name, help: help, samples: [Sample(value)])
    }

    /// Writes a histogram with its buckets, `+Inf` included, sum and count; otherwise as `counter`.
    package mutating func histogram(_ name: String, help: String, samples: [HistogramSample]) {
        begin(name, type: "histogram", help: help)
        for sample in samples {
            precondition(
                !sample.labels.contains { $0.name == "le" }, "a histogram writes the label le by itself")
            for bucket in sample.buckets {
                let labels = sample.labels + [("le", Self.number(bucket.bound))]
                line(name + "_bucket", labels: labels, value: String(bucket.cumulativeCount))
            }
            line(name + "_bucket", labels: sample.labels + [("le", "+Inf")], value: String(sample.count))
            line(name + "_sum", labels: sample.labels, value: Self.number(sample.sum))
            line(name + "_count", labels: sample.labels, value: String(sample.count))
        }
    }

    /// Writes the calls of every method: durations as a histogram in seconds, and counts by status code.
    ///
    /// - Parameter prefix: What the names of both metrics begin with.
    package mutating func calls(_ snapshot: LatencySnapshot, prefix: String = "bespoke_calls") {
        histogram(
            prefix + "_duration_seconds", help: "Time from a call's head to the end of its reply.",
            samples: snapshot.methods.map { method in
                let buckets = zip(MethodLatency.bucketBounds, method.cumulativeCounts).map {
                    (bound: Double($0) / 1e6, cumulativeCount: $1)
                }
                return HistogramSample(
                    labels: [("method", method.name)], buckets: buckets, sum: Double(method.sumMicroseconds) / 1e6,
                    count: method.count)
            })
        var samples: [Sample] = []
        for method in snapshot.methods {
            for (code, count) in method.statusCounts.enumerated() where count > 0 || code == 0 {
                samples.append(
                    Sample(Double(count), labels: [("method", method.name), ("code", Self.codeNames[code])]))
            }
        }
        counter(prefix + "_total", help: "Calls by method and status code.", samples: samples)
    }

    /// By number. Source: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
    private static let codeNames = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    private mutating func simple(_ name: String, type: String, help: String, samples: [Sample]) {
        begin(name, type: type, help: help)
        for sample in samples { line(name, labels: sample.labels, value: Self.number(sample.value)) }
    }

    private mutating func begin(_ name: String, type: String, help: String) {
        precondition(Self.isName(name, colons: true), "a metric's name holds letters, digits, _ and :")
        precondition(names.insert(name).inserted, "a metric is written once, with all its samples")
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, labels: [(name: String, value: String)], value: String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            for (index, label) in labels.enumerated() {
                precondition(Self.isName(label.name, colons: false), "a label's name holds letters, digits and _")
                text += "\(index == 0 ? "" : ",")\(label.name)=\"\(Self.escaped(label.value, quotes: true))\""
            }
            text += "}"
        }
        text += " \(value)\n"
    }

    private static func isName(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 48...57,
                UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"): colons
            default: false
            }
        }
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A float as Go's ParseFloat reads it; whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return "\(value)"
    }
}
