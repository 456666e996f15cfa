import BespokeAdmin
import TestSupport
import Importing
import Foundation
import Messages
import Model
import Profiles
import Ruleset
import Testing
import Wire

@Suite("What is exported is read back alike")
struct ImportRoundTripTests {
    private static let attributes: [Attribute] = {
        let position = SourcePosition(file: "a.yaml", line: 1, column: 1)
        let named = AttributeType.allCases.flatMap { type in
            ["\(type.name)_one", "\(type.name)_two"].map { ($0, type) }
        }
        return (named + [("id", .string), ("account", .int)]).map { name, type in
            Attribute(entity: .visitor, name: name, type: type, position: position)
        }
    }()

    /// How many profiles are drawn; more on request.
    private static let draws =
        ProcessInfo.processInfo.environment["BESPOKE_ROUND_TRIP_DRAWS"].flatMap(Int.init) ?? 3_000

    private func read(_ text: String, _ format: ImportFormat) throws -> (rows: [ProfileMessage], rejects: RejectList) {
        var batches = ProfileBatches(
            kind: .visitor, attributes: Self.attributes, format: format,
            now: Timestamp(microseconds: 1_800_000_000_000_000))
        var messages = try Array(text.utf8).withUnsafeBufferPointer { try batches.feed($0) }
        messages += try batches.finish()
        let rows = try messages.flatMap { message in
            try message.bytes.withUnsafeBytes { try ImportProfilesRequest(decoding: $0) }.rows
        }
        return (try rows.map { try $0.content.get() }, batches.rejects)
    }

    private func check(_ profiles: [ProfileMessage], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let export = ProfileExport(Self.attributes, kind: .visitor)
        let csv = try read(export.head + profiles.map(export.line).joined(), .csv)
        #expect(csv.rejects.shown.isEmpty, sourceLocation: sourceLocation)
        #expect(csv.rows.count == profiles.count, sourceLocation: sourceLocation)
        let lines = try read(profiles.map { $0.json.line() + "\n" }.joined(), .ndjson)
        #expect(lines.rejects.shown.isEmpty, sourceLocation: sourceLocation)
        for (index, profile) in profiles.enumerated() {
            // Since when a value is known stands in JSON lines only.
            let untimed = Self.sorted(profile, keepsTimes: false)
            let found = csv.rows.indices.contains(index) ? Self.sorted(csv.rows[index], keepsTimes: true) : nil
            #expect(found == untimed, sourceLocation: sourceLocation)
            let line = lines.rows.indices.contains(index) ? Self.sorted(lines.rows[index], keepsTimes: true) : nil
            #expect(line == Self.sorted(profile, keepsTimes: true), sourceLocation: sourceLocation)
            guard found == untimed else { return }
        }
    }

    private static func sorted(_ profile: ProfileMessage, keepsTimes: Bool) -> ProfileMessage {
        ProfileMessage(
            kind: profile.kind, id: profile.id, accountID: profile.accountID,
            features: profile.features.map {
                FeatureMessage(name: $0.name, value: $0.value, observedAt: keepsTimes ? $0.observedAt : nil)
            }.sorted { $0.name < $1.name })
    }

    private func profile(_ value: AttributeValue, _ name: String) -> ProfileMessage {
        ProfileMessage(kind: .visitor, id: "v", features: [FeatureMessage(name: name, value: value)])
    }

    @Test(
        "W25: single odd values",
        arguments: [
            .string(""), .string(" "), .string("\u{a0}x\u{200b}"), .string("a\nb"), .string("\r\n"), .string("\r"),
            .string(",\u{301}"), .string("\"\u{301}"), .string("\"\""), .string("a,\"b\"\n"), .string("#"),
            .string("=1+1"), .string("\u{feff}"), .string("null"), .string("sep=;"), .string("\u{1}\u{7f}"),
            .string(String(repeating: "é", count: 2_048)), .strings([]), .strings([""]), .strings(["a|b"]),
            .strings(["[\"a\"]"]), .strings(["[a", "b]"]), .strings([" a", "b\u{3000}"]), .strings(["a", ""]),
            .strings(["\\", "\"", "\u{1f600}\u{1}"]), .strings(["a\nb", "c"]),
            .strings((0..<256).map { "member \($0)|" }), .int(.min), .int(.max), .double(-0.0),
            .double(.leastNonzeroMagnitude), .double(.greatestFiniteMagnitude), .double(0.1), .double(1e16),
            .double(9_007_199_254_740_992), .bool(false), .timestamp(Timestamp(microseconds: -62_135_596_800_000_000)),
            .timestamp(Timestamp(microseconds: 253_402_300_799_999_999)), .timestamp(Timestamp(microseconds: -1)),
        ] as [AttributeValue])
    func odd(value: AttributeValue) throws {
        try check([profile(value, value.type.name + "_one")])
    }

    @Test("W25: thousands of drawn profiles")
    func drawn() throws {
        var random = Draw(seed: 25)
        for _ in 0..<Self.draws / 100 { try check((0..<100).map { _ in random.profile(Self.attributes) }) }
    }

    @Test("W25: files of the version before are read as then")
    func before() throws {
        let found = try read("id,account,string_one,strings_one\nv,,,a|b\nw,acme,\" x \",\n", .csv)
        #expect(found.rejects.shown.isEmpty)
        #expect(
            found.rows == [
                ProfileMessage(
                    kind: .visitor, id: "v",
                    features: [FeatureMessage(name: "strings_one", value: .strings(["a", "b"]))]),
                ProfileMessage(
                    kind: .visitor, id: "w", accountID: "acme",
                    features: [FeatureMessage(name: "string_one", value: .string(" x "))]),
            ])
    }

    @Test("A file that puts every cell in quotes says nothing with empty ones")
    func quotesEverywhere() throws {
        let found = try read("\"id\",\"string_one\",\"string_two\"\n\"v\u{a0}\",\"\",\" x\"\n", .csv)
        #expect(found.rows.map(\.id) == ["v"])
        #expect(found.rows.first?.features == [FeatureMessage(name: "string_two", value: .string("x"))])
    }

    @Test("W23: white space and invisible characters around ids and cells are taken off, in JSON lines too")
    func spaces() throws {
        for edge in ["\u{a0}", "\u{3000}", "\u{200b}", "\u{feff}", "\u{202f}", "\u{2003}\u{2060}"] {
            let csv = try read("id,account,int_one,string_one\nv\(edge),\(edge)a,\(edge)7\(edge),\(edge)x\n", .csv)
            let lines = try read(
                "{\"id\": \"\(edge)v\", \"account\": \"a\(edge)\", \"attributes\": {\"int_one\": \"7\(edge)\"}}\n",
                .ndjson)
            for found in [csv, lines] {
                #expect(found.rejects.shown.isEmpty)
                #expect(found.rows.map(\.id) == ["v"] && found.rows.map(\.accountID) == ["a"])
                #expect(found.rows.first?.features.first?.value == .int(7))
            }
            #expect(csv.rows.first?.features.last?.value == .string("x"))
        }
    }

    @Test("W24: one byte order mark is taken off")
    func mark() throws {
        #expect(try read("\u{feff}id,int_one\nv,7\n", .csv).rows.map(\.id) == ["v"])
        #expect(try read("\u{feff}{\"id\": \"v\"}\n", .ndjson).rows.map(\.id) == ["v"])
    }

    @Test("Times of observation of an export are taken over, and refused when they are to come")
    func observed() throws {
        let features = { (time: String) in
            "{\"id\": \"v\", \"features\": {\"int_one\": {\"value\": {\"int\": \"7\"}, \"observedAt\": \"\(time)\"}}}\n"
        }
        let good = try read(features("2026-01-05T10:00:00Z"), .ndjson)
        #expect(good.rows.first?.features.first?.observedAt == TimestampText.parse("2026-01-05T10:00:00Z"))
        let bad = try read(features("2999-01-05T10:00:00Z"), .ndjson)
        #expect(bad.rejects.shown.first?.reason.contains("int_one.observedAt: is still to come") == true)
    }
}

/// Profiles with values of every kind, the odd ones often.
private struct Draw {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func word() -> UInt64 { random.next() }
    private mutating func below(_ limit: Int) -> Int { random.below(limit) }

    private static let parts = [
        "", " ", "|", "\"", ",", "\n", "\r", "\t", "[", "]", "\\", "\u{a0}", "\u{feff}", "\u{200b}", "\u{301}", "é",
        "日本", "😀", "a", "b", "null", "#", ";", "'", "\u{1}", "\u{85}", "1", "-", "true", "\u{2028}",
    ]

    private mutating func text() -> String { (0..<below(6)).map { _ in Self.parts[below(Self.parts.count)] }.joined() }

    private mutating func value(_ type: AttributeType) -> AttributeValue {
        switch type {
        case .bool: return .bool(below(2) == 0)
        case .int: return .int(Int64(bitPattern: word()) >> Int64(below(64)))
        case .double:
            let value = Double(bitPattern: word())
            return .double(below(3) == 0 || !value.isFinite ? Double(below(100_000)) / 100 : value)
        case .string: return .string(text())
        case .strings: return .strings((0..<below(5)).map { _ in text() })
        case .timestamp:
            let span: Int64 = 315_537_897_599_999_999
            return .timestamp(Timestamp(microseconds: Int64(word() % UInt64(span)) - 62_135_596_800_000_000))
        }
    }

    mutating func profile(_ attributes: [Attribute]) -> ProfileMessage {
        let edges = ["", " ", "\u{a0}", "é"]
        let id = edges[below(4)] + "v\(below(1_000))\"," + edges[below(4)]
        var features: [FeatureMessage] = []
        for attribute in attributes where below(2) == 0 {
            let time = below(2) == 0 ? nil : Timestamp(microseconds: Int64(below(1_700_000_000)) * 1_000_000)
            features.append(FeatureMessage(name: attribute.name, value: value(attribute.type), observedAt: time))
        }
        return ProfileMessage(
            kind: .visitor, id: id, accountID: below(3) == 0 ? "" : "a" + edges[below(4)], features: features)
    }
}
