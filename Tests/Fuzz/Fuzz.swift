internal import CEL
internal import Decisioning
internal import Glibc
internal import Ruleset

/// Feeds libFuzzer's inputs to what reads text from outside: `make fuzz`. libFuzzer brings the program's `main`.
///
/// FUZZ_READER names the reader: `rules` (a YAML file, checked, linted and compiled), `cel` (an expression, checked and evaluated) or
/// `template` (a field's text). A crash, more than a second for one input, or more memory than the limit fails, and the input is kept.
enum Fuzz {
    static let read: @Sendable ([UInt8]) -> Void = {
        let reader = getenv("FUZZ_READER").map { String(cString: $0) } ?? ""
        guard let read = readers[reader] else {
            print("FUZZ_READER must be one of \(readers.keys.sorted().joined(separator: ", "))")
            exit(2)
        }
        return read
    }()

    private static let readers: [String: @Sendable ([UInt8]) -> Void] = [
        "rules": { _ = RuleCheck([RuleFile(path: "rules.yaml", content: $0)], today: "2026-11-20") },
        "cel": { bytes in
            guard let source = String(validating: bytes, as: UTF8.self) else { return }
            if case .success(let checked) = environment.check(source) {
                _ = Program(checked.root).evaluate(Nobody())
            }
        },
        "template": { bytes in
            let text = String(decoding: bytes, as: UTF8.self).map { $0 == "'" ? "''" : String($0) }.joined()
            let file = frame + "        shown: {fields: {text: '" + text + "'}}\n"
            _ = RuleSetLoader.load([RuleFile(path: "rules.yaml", content: Array(file.utf8))])
        },
    ]

    private static let environment: Environment = {
        var environment = Environment()
        environment.declareVariable("now", type: .timestamp)
        environment.declareVariable("text", type: .string)
        environment.declareVariable("numbers", type: .list(.int))
        return environment
    }()

    private static let frame = """
        attributes: {visitor: {title: {type: string}}}
        placements: {hero: {kind: page, fields: {text: {max_length: 40}}}}
        campaigns:
          one:
            pages:
              hero:

        """

    private struct Nobody: Activation {
        func variable(_ name: String) -> Outcome? { nil }
        func field(_ path: [String]) -> Outcome { .unknown }
        func isPresent(_ path: [String]) -> Bool { false }
        func call(_ function: String, _ arguments: [Value]) -> Outcome? { nil }
    }
}

/// Source: llvm.org/docs/LibFuzzer.html, "Fuzz target".
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    Fuzz.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
