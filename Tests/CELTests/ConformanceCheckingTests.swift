import CEL
import Testing

/// A published case that expects an error of the evaluation must not owe it to the checker.
@Suite struct ConformanceCheckingTests {
    /// Cases whose error the checker finds already, by `file/section/name`, each with its reason.
    static let foundEarlier: [String: String] = [
        "network_ext/ip_type/parse_invalid_ipv6": "a constant that is no address",
        "network_ext/ip_type/parse_invalid_ipv6_with_zone": "a constant that is no address",
        "network_ext/cidr/parse_invalid_cidr_ipv4_in_ipv6": "a constant that is no network",
        "timestamps/timestamp_range/from_string_over": "a constant beyond the year 9999",
        "timestamps/duration_range/from_string_under": "a constant beyond 292 years",
        "timestamps/duration_range/from_string_over": "a constant beyond 292 years",
        "timestamps/duration_range/add_under": "both constants are beyond 292 years",
        "timestamps/duration_range/add_over": "both constants are beyond 292 years",
        "timestamps/duration_range/sub_under": "both constants are beyond 292 years",
    ]

    @Test func `Published cases that are to be checked pass the checker`() throws {
        for test in try ConformanceTests.cases() where test.isChecked && Self.foundEarlier[test.name] == nil {
            var environment = Environment()
            for name in test.bindings.keys { environment.declareVariable(name, type: .dyn) }
            if case .failure(let failure) = environment.check(test.expression) {
                Issue.record("\(test.testDescription): \(failure.issues.map(\.message))")
            }
        }
    }

    @Test func `What the checker finds in constants, the evaluation finds as well`() throws {
        let cases = try ConformanceTests.cases().filter { Self.foundEarlier[$0.name] != nil }
        #expect(cases.count == Self.foundEarlier.count)
        for test in cases {
            #expect(test.expected == nil)
            #expect(Verdict(try Sample.evaluate(test.expression)) == .failure, "\(test.testDescription)")
        }
    }

    /// The published cases of sums beyond the range start from constants beyond it.
    @Test(arguments: [
        "duration('2500000h') + duration('2500000h')", "duration('-2500000h') - duration('2500000h')",
        "timestamp('9999-12-31T23:59:59Z') + duration('1s')", "timestamp('0001-01-01T00:00:00Z') - duration('1s')",
        "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", "9223372036854775807 + 1",
        "-9223372036854775808 - 1", "9223372036854775807 * 2", "-9223372036854775808 / -1", "-(-9223372036854775808)",
        "1 / 0", "1 % 0", "1u / 0u", "0u - 1u", "18446744073709551615u + 1u", "-9223372036854775808 % -1",
        "int(9.3e18)", "int(0.0 / 0.0)", "uint(-1)", "uint(1.9e19)", "int(18446744073709551615u)",
        "math.abs(-9223372036854775808)",
    ])
    func `Sums beyond a range are errors of the evaluation`(_ source: String) throws {
        #expect(Sample.issues(source).isEmpty, "\(Sample.issues(source))")
        #expect(Verdict(try Sample.evaluate(source)) == .failure)
    }
}
