internal import BespokeAdmin
internal import CEL
internal import Decisioning
internal import Glibc
internal import Messages
internal import Model
internal import Ruleset

/// Feeds libFuzzer's inputs to what reads text from outside: `make fuzz`. libFuzzer brings the program's `main`.
///
/// FUZZ_READER names the reader. A crash, a memory error, more than a second for one input, or more memory than the limit
/// fails, and the input is kept.
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
        "rules": { bytes in
            let check = RuleCheck(files(bytes), today: "2026-11-20")
            if let ruleSet = check.ruleSet, let table = check.table { _ = RuleCoverage(ruleSet, table: table) }
        },
        "cel": { FuzzedExpression.evaluate($0) },
        "template": { FuzzedTemplate.render($0) },
        "mapping": { bytes in
            _ = ImportMappingLoader.load(RuleFile(path: "mapping.yaml", content: bytes), attributes: importAttributes)
        },
        "frames": { FuzzedWire.frames($0) },
        "headers": { FuzzedWire.headers($0) },
        "messages": { FuzzedWire.messages($0) },
        "protobuf": { FuzzedWire.protobuf($0) },
        "csv": { FuzzedFiles.table($0) },
        "configuration": { FuzzedFiles.configuration($0) },
        "json": { bytes in
            guard let json = try? JSONParser.parse(bytes) else { return }
            precondition((try? JSONParser.parse(Array(json.line().utf8))) == json, "What is written reads the same.")
            _ = try? DecideRequestMessage(json)
        },
    ]

    /// The attributes that the mappings in config/import fill.
    private static let importAttributes: [Attribute] = {
        let files = (try? RuleFolder.read("config/import")) ?? []
        return RuleSetLoader.load(files.filter { $0.path == "attributes.yaml" }).ruleSet?.attributes ?? []
    }()

    /// Several files in one input: a line `%% PATH` begins the next; what stands before the first is `rules.yaml`.
    private static func files(_ bytes: [UInt8]) -> [RuleFile] {
        var files: [RuleFile] = []
        var path = "rules.yaml"
        var content: [UInt8] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.starts(with: "%% ".utf8), files.count < 16 {
                files.append(RuleFile(path: path, content: content))
                (path, content) = (String(decoding: line.dropFirst(3), as: UTF8.self), [])
            } else {
                content += line + [UInt8(ascii: "\n")]
            }
        }
        return files + [RuleFile(path: path, content: content)]
    }
}

/// Source: llvm.org/docs/LibFuzzer.html, "Fuzz target".
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    Fuzz.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
