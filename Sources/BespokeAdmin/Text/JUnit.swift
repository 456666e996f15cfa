package import Messages
package import Ruleset

/// The outcome of a rule set's own tests in JUnit's XML form, as build servers read it.
///
/// Source: github.com/testmoapp/junitxml.
package enum JUnit {
    /// - Parameters:
    ///   - tests: In file order.
    ///   - failures: What was not met; each names its test.
    /// - Returns: An XML document with a line end.
    package static func document(_ tests: [RuleTest], failures: [RuleTestFailureMessage]) -> String {
        let failed = Dictionary(grouping: failures) { $0.test }
        let cases = tests.map { test in
            let head =
                "    <testcase classname=\"rules\" name=\"\(escaped(test.name))\" file=\"\(escaped(test.position.file))\""
                + " line=\"\(test.position.line)\""
            guard let failures = failed[test.name] else { return head + "/>\n" }
            let words = failures.map { failure in
                let text = "\(failure.path): expected \(failure.expected), got \(failure.actual)"
                let place = "\(failure.file):\(failure.line):\(failure.column)"
                return "      <failure message=\"\(escaped(text))\">\(escaped(place))</failure>\n"
            }
            return head + ">\n" + words.joined() + "    </testcase>\n"
        }
        let count = tests.count { failed[$0.name] != nil }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="\(tests.count)" failures="\(count)">
              <testsuite name="rules" tests="\(tests.count)" failures="\(count)" errors="0" skipped="0">
            \(cases.joined())  </testsuite>
            </testsuites>

            """
    }

    /// What XML 1.0 cannot hold is left out.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            default:
                let isAllowed = scalar.value >= 0x20 && scalar.value != 0xfffe && scalar.value != 0xffff
                if isAllowed { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
