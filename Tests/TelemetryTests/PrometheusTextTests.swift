internal import Telemetry
internal import Testing

@Suite struct PrometheusTextTests {
    @Test func `A counter has help, type and a line per sample`() {
        var text = PrometheusText()
        text.counter(
            "calls_total", help: "Calls so far.",
            samples: [.init(3, labels: [("method", "Decide"), ("code", "OK")]), .init(0.5)])
        #expect(
            text.text == """
                # HELP calls_total Calls so far.
                # TYPE calls_total counter
                calls_total{method="Decide",code="OK"} 3
                calls_total 0.5

                """)
    }

    @Test func `Help and label values are escaped as the format asks`() {
        var text = PrometheusText()
        text.gauge("g", help: "a\\b\n\"c\"", samples: [.init(1, labels: [("l", "a\\b\n\"c\"")])])
        #expect(text.text == "# HELP g a\\\\b\\n\"c\"\n# TYPE g gauge\ng{l=\"a\\\\b\\n\\\"c\\\"\"} 1\n")
    }

    @Test(arguments: [
        (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-3, "-3"), (1e-7, "1e-07"),
        (12_345_678_901, "12345678901"), (1e300, "1e+300"),
    ])
    func `Numbers are written so that they read back alike`(value: Double, written: String) {
        var text = PrometheusText()
        text.gauge("g", help: "h", value: value)
        #expect(text.text.split(separator: "\n").last == "g \(written)")
    }

    @Test func `A histogram ends with an infinite bucket equal to its count`() {
        var text = PrometheusText()
        text.histogram(
            "d", help: "h",
            samples: [.init(labels: [("m", "x")], buckets: [(0.1, 1), (1, 2)], sum: 3.5, count: 4)])
        #expect(
            text.text.split(separator: "\n").dropFirst(2) == [
                "d_bucket{m=\"x\",le=\"0.1\"} 1", "d_bucket{m=\"x\",le=\"1\"} 2", "d_bucket{m=\"x\",le=\"+Inf\"} 4",
                "d_sum{m=\"x\"} 3.5", "d_count{m=\"x\"} 4",
            ])
    }

    @Test func `Calls become a histogram in seconds and counts by code, with buckets that never fall`() throws {
        let recorder = LatencyRecorder(methods: ["Decide"])
        for value in 1...1_000 as ClosedRange<UInt64> {
            recorder.record(method: 0, microseconds: value * value, status: value == 7 ? 3 : 0)
        }
        var text = PrometheusText()
        text.calls(recorder.snapshot())
        let lines = text.text.split(separator: "\n")
        var previous = 0
        for line in lines where line.hasPrefix("bespoke_calls_duration_seconds_bucket") {
            let count = try #require(line.split(separator: " ").last.flatMap { Int($0) })
            #expect(count >= previous)
            previous = count
        }
        #expect(previous == 1_000)
        #expect(lines.contains("bespoke_calls_duration_seconds_count{method=\"Decide\"} 1000"))
        #expect(lines.contains("bespoke_calls_total{method=\"Decide\",code=\"OK\"} 999"))
        #expect(lines.contains("bespoke_calls_total{method=\"Decide\",code=\"INVALID_ARGUMENT\"} 1"))
    }
}
