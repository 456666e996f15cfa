import Foundation
import Messages
import Testing
import Wire

@Suite struct BespokeDescriptorsTests {
    @Test func `Every file is there, after those it imports`() {
        var seen: Set<String> = []
        for file in BespokeDescriptors.files {
            #expect(seen.isSuperset(of: file.dependencies), "\(file.name)")
            seen.insert(file.name)
        }
        #expect(
            seen == [
                "google/protobuf/timestamp.proto", "bespoke/v1/value.proto", "bespoke/v1/decision.proto",
                "bespoke/v1/explanation.proto", "bespoke/v1/event.proto", "bespoke/v1/profile.proto",
                "bespoke/v1/admin.proto",
                "grpc/health/v1/health.proto",
                "grpc/reflection/v1/reflection.proto",
            ])
    }

    @Test(arguments: [
        ("bespoke.v1.DecisionService", "bespoke/v1/decision.proto"),
        ("bespoke.v1.DecisionService.Decide", "bespoke/v1/decision.proto"),
        ("bespoke.v1.DecideRequest.VisitorEntry", "bespoke/v1/decision.proto"),
        ("bespoke.v1.Reason", "bespoke/v1/decision.proto"),
        ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
        ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
    ])
    func `A symbol is found in the file that declares it, and only there`(symbol: String, name: String) {
        #expect(BespokeDescriptors.files.filter { $0.symbols.contains(symbol) }.map(\.name) == [name])
    }

    @Test(
        "W48: fields, oneofs and values of enums are symbols too",
        arguments: [
            ("bespoke.v1.DecideRequest.visitor_id", "bespoke/v1/decision.proto"),
            ("bespoke.v1.Value.kind", "bespoke/v1/value.proto"),
            ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"),
            ("google.protobuf.Timestamp.seconds", "google/protobuf/timestamp.proto"),
        ])
    func fieldsAndValues(symbol: String, name: String) {
        #expect(BespokeDescriptors.files.filter { $0.symbols.contains(symbol) }.map(\.name) == [name])
    }

    @Test func `The set is the one that was generated from proto/`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let source = try String(
            contentsOf: root.appending(path: "Sources/CBespokeProto/bespoke_descriptor_set.c"), encoding: .utf8)
        let generated = source.split { !$0.isHexDigit && $0 != "x" }.compactMap { word in
            word.hasPrefix("0x") ? UInt8(word.dropFirst(2), radix: 16) : nil
        }
        #expect(generated == BespokeDescriptors.encodedSet)
    }

    @Test func `A descriptor set that is cut off or nested without end is refused`() throws {
        let file = try #require(BespokeDescriptors.files.first { $0.name == "bespoke/v1/value.proto" })
        let cut: [UInt8] = [0x0a, UInt8(truncatingIfNeeded: 0x7f)] + file.bytes.prefix(20)
        #expect(throws: WireError.self) { try cut.withUnsafeBytes { try BespokeDescriptors.parse($0) } }
        var message: [UInt8] = [0x0a, 1, 0x61]
        for _ in 0..<200 { message = [0x0a, 1, 0x61, 0x1a] + varint(message.count) + message }
        let nested: [UInt8] = [0x22] + varint(message.count) + message
        let set: [UInt8] = [0x0a] + varint(nested.count) + nested
        #expect(throws: WireError.self) { try set.withUnsafeBytes { try BespokeDescriptors.parse($0) } }
    }

    private func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
    }
}
