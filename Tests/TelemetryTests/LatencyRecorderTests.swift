internal import Telemetry
internal import Testing

@Suite struct LatencyRecorderTests {
    /// The exact percentile by sorting: what the histogram may differ from by 0.1 %.
    private func exactPercentile(_ values: [UInt64], _ percent: Double) -> UInt64 {
        let sorted = values.sorted()
        let rank = max(1, Int((percent * Double(sorted.count) / 100).rounded(.up)))
        return sorted[rank - 1]
    }

    @Test func `Percentiles agree with sorting, to three digits`() {
        let recorder = LatencyRecorder(methods: ["a"])
        var state: UInt64 = 42
        var values: [UInt64] = []
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = (state >> 33) % (1 << ((state >> 20) % 25))
            values.append(value)
            recorder.record(method: 0, microseconds: value, status: 0)
        }
        let method = recorder.snapshot().methods[0]
        for (percent, found) in [(50, method.p50), (90, method.p90), (99, method.p99), (99.9, method.p999)] {
            let exact = exactPercentile(values, percent)
            #expect(found >= exact)
            #expect(Double(found) <= Double(exact) * 1.001 + 1)
        }
        #expect(method.maximum == values.max())
        #expect(method.count == 20_000)
        #expect(method.sumMicroseconds == values.reduce(0, +))
    }

    @Test func `Without calls every figure is zero`() {
        let method = LatencyRecorder(methods: ["a"]).snapshot().methods[0]
        #expect(method.count == 0)
        #expect(method.errors == 0)
        #expect([method.p50, method.p90, method.p99, method.p999, method.maximum] == [0, 0, 0, 0, 0])
    }

    @Test func `Calls beyond the range are clamped, counted, and keep their maximum`() {
        let recorder = LatencyRecorder(methods: ["a"])
        recorder.record(method: 0, microseconds: LatencyRecorder.microsecondsMax, status: 0)
        recorder.record(method: 0, microseconds: LatencyRecorder.microsecondsMax + 1, status: 4)
        recorder.record(method: 0, microseconds: .max / 4, status: 4)
        let method = recorder.snapshot().methods[0]
        #expect(method.beyond == 2)
        #expect(method.count == 3)
        #expect(method.maximum == UInt64.max / 4)
        #expect(method.p50 >= LatencyRecorder.microsecondsMax)
    }

    @Test func `Outcomes are counted by status code; unknown codes count as UNKNOWN`() {
        let recorder = LatencyRecorder(methods: ["a", "b"])
        for status in [0, 0, 3, 16, 17, -1] { recorder.record(method: 1, microseconds: 10, status: status) }
        let methods = recorder.snapshot().methods
        #expect(methods[0].count == 0)
        #expect(methods[1].errors == 4)
        #expect(methods[1].statusCounts[0] == 2)
        #expect(methods[1].statusCounts[2] == 2)
        #expect(methods[1].statusCounts[3] == 1)
        #expect(methods[1].statusCounts[16] == 1)
    }

    @Test func `Merging loops equals recording everything in one`() {
        let loops = [LatencyRecorder(methods: ["a", "b"]), LatencyRecorder(methods: ["a", "b"])]
        let one = LatencyRecorder(methods: ["a", "b"])
        for value in 0..<5_000 as Range<UInt64> {
            let status = value.isMultiple(of: 7) ? 13 : 0
            loops[Int(value % 2)].record(method: Int(value % 3 == 0 ? 1 : 0), microseconds: value * 97, status: status)
            one.record(method: Int(value % 3 == 0 ? 1 : 0), microseconds: value * 97, status: status)
        }
        let merged = loops.map { $0.snapshot() }.reduce(into: LatencySnapshot()) { $0.merge($1) }
        for (left, right) in zip(merged.methods, one.snapshot().methods) {
            #expect(left.name == right.name)
            #expect(left.statusCounts == right.statusCounts)
            #expect(
                [left.p50, left.p90, left.p99, left.p999, left.maximum] == [
                    right.p50, right.p90, right.p99, right.p999, right.maximum,
                ])
            #expect(left.cumulativeCounts == right.cumulativeCounts)
        }
    }

    @Test func `Buckets hold what took at most their bound`() {
        let recorder = LatencyRecorder(methods: ["a"])
        for value in [0, 25, 26, 1_000, 1_001, 30_000_000] as [UInt64] {
            recorder.record(method: 0, microseconds: value, status: 0)
        }
        let method = recorder.snapshot().methods[0]
        let counts = Dictionary(uniqueKeysWithValues: zip(MethodLatency.bucketBounds, method.cumulativeCounts))
        #expect(counts[25] == 2)
        #expect(counts[50] == 3)
        #expect(counts[500] == 3)
        #expect(counts[1_000] == 4)
        #expect(counts[2_500] == 5)
        #expect(counts[10_000_000] == 5)
    }
}
