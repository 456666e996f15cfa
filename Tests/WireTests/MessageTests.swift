import Messages
import Model
import TestSupport
import Testing
import Wire

@Suite struct MessageTests {
    @Test func `Every message comes back as it was sent`() throws {
        for message in Samples.all {
            let back = try message.decoding(message.encoded())
            #expect(isEqual(back, message), "\(type(of: message).name)")
        }
    }

    @Test func `Equal messages have equal bytes, however their maps were filled`() throws {
        var one = DecideRequestMessage()
        var other = DecideRequestMessage()
        let names = (0..<50).map { "name_\($0)" }
        for name in names { one.visitor[name] = .string(name) }
        for name in names.reversed() { other.visitor[name] = .string(name) }
        #expect(try one.encoded() == other.encoded())
    }

    @Test func `The bytes are those of the protobuf encoding`() throws {
        // Written by hand from protobuf.dev/programming-guides/encoding.
        let get: [UInt8] = [0x08, 2, 0x12, 2, 0x61, 0x31]
        #expect(try GetProfileRequest(kind: .account, id: "a1").encoded() == get)
        let put: [UInt8] = [
            0x0a, 0x11, 0x08, 1, 0x12, 1, 0x76, 0x22, 0x0a, 0x0a, 1, 0x61, 0x12, 5, 0x0a, 3, 0x10, 0x80, 1,
            0x12, 1, 0x62, 0x18, 0,
        ]
        let request = PutProfileRequest(
            profile: ProfileMessage(kind: .visitor, id: "v", features: [FeatureMessage(name: "a", value: .int(128))]),
            remove: ["b"], expectedVersion: 0)
        #expect(try request.encoded() == put)
        #expect(try decodingBytes(put, as: PutProfileRequest.self) == request)
    }

    @Test func `Fields of a newer version are skipped`() throws {
        let known = try HealthCheckRequest(service: "a").encoded()
        #expect(try decodingBytes(known + [0xa2, 0x06, 1, 0x78], as: HealthCheckRequest.self).service == "a")
    }

    @Test(
        arguments: [
            ([0x12, 1, 0xff], "id"), ([0x12, 2, 0x61, 0], "id"), ([0x12, 2, 0xc0, 0x80], "id"),
            ([0x12, 1, 0x61], "kind"),
        ] as [([UInt8], String)])
    func `Text is checked, and the error names the field`(tail: [UInt8], field: String) {
        let kind: [UInt8] = field == "kind" ? [] : [0x08, 1]
        #expect(throws: WireError.self) {
            do throws(WireError) {
                _ = try decodingBytes(kind + tail, as: GetProfileRequest.self)
            } catch {
                #expect("\(error)".hasPrefix("\(field):"))
                throw error
            }
        }
    }

    @Test func `An error deep in a message names the whole path`() throws {
        var bytes = try PutProfileRequest(
            profile: ProfileMessage(
                kind: .visitor, id: "v",
                features: [
                    FeatureMessage(name: "x", value: .int(1)),
                    FeatureMessage(name: "interests", value: .strings(["??"])),
                ])
        ).encoded()
        let at = try #require(bytes.firstRange(of: [0x3f, 0x3f]))
        bytes[at.lowerBound] = 0xff
        #expect(
            throws: WireError.invalid(
                field: "profile.features[1].interests.strings.values[0]", problem: "is not valid UTF-8")
        ) {
            _ = try decodingBytes(bytes, as: PutProfileRequest.self)
        }
    }

    @Test(arguments: [4_096, 4_097])
    func `A text may have 4,096 bytes`(count: Int) throws {
        let message = ProfileMessage(
            kind: .visitor, id: "v",
            features: [FeatureMessage(name: "a", value: .string(String(repeating: "x", count: count)))])
        let bytes = try message.encoded()
        #expect((try? decodingBytes(bytes, as: ProfileMessage.self)) == (count == 4_096 ? message : nil))
    }

    @Test(arguments: [256, 257])
    func `A set may have 256 members`(count: Int) throws {
        let message = ProfileMessage(
            kind: .visitor, id: "v", features: [FeatureMessage(name: "a", value: .strings((0..<count).map { "\($0)" }))]
        )
        let bytes = try message.encoded()
        #expect((try? decodingBytes(bytes, as: ProfileMessage.self)) == (count == 256 ? message : nil))
    }

    @Test(
        arguments: [
            (-62_135_596_800_000_000, true), (-62_135_596_800_000_001, false), (253_402_300_799_999_999, true),
            (253_402_300_800_000_000, false),
        ] as [(Int64, Bool)])
    func `Times lie between the years 1 and 9999`(microseconds: Int64, isAccepted: Bool) throws {
        let message = EventMessages.request(last: Timestamp(microseconds: microseconds))
        guard isAccepted else {
            #expect(throws: WireError.self) { try message.encoded() }
            return
        }
        #expect(try message.decoding(message.encoded()) == message)
    }

    @Test func `A bad row of an import is itemised and its neighbours are read`() throws {
        let good = ImportRow(line: 2, profile: ProfileMessage(kind: .visitor, id: "good"))
        let bad = ImportRow(
            line: 3,
            profile: ProfileMessage(
                kind: .visitor, id: "bad", features: [FeatureMessage(name: "a", value: .string("??"))]))
        var bytes = try ImportProfilesRequest(rows: [good, bad, good]).encoded()
        let at = try #require(bytes.firstRange(of: [0x3f, 0x3f]))
        bytes[at.lowerBound] = 0
        let rows = try decodingBytes(bytes, as: ImportProfilesRequest.self).rows
        #expect(rows[0] == good && rows[2] == good)
        guard case .failure(let reject) = rows[1].content else {
            Issue.record("the row was accepted")
            return
        }
        #expect(reject.line == 3 && reject.id == "bad")
        #expect(reject.reason.contains("features[0].a") && reject.reason.contains("NUL"))
    }

    @Test func `A message that grows too much is refused`() throws {
        let empties = [UInt8](repeating: 0, count: 20_000).enumerated().map { $0.offset % 2 == 0 ? UInt8(0x0a) : 0 }
        #expect(throws: WireError.overBudget(message: "bespoke.v1.BatchDecideRequest", budgetBytes: 100_000)) {
            _ = try decodingBytes(empties, as: BatchDecideRequestMessage.self, budgetBytes: 100_000)
        }
    }

    @Test func `Whatever bytes come, decoding ends in a message or an error`() throws {
        var generator = SeededGenerator(seed: 1)
        for message in Samples.all {
            let bytes = try message.encoded()
            for _ in 0..<400 {
                var mutant = bytes
                for _ in 0...Int.random(in: 0..<3, using: &generator) where !mutant.isEmpty {
                    let index = mutant.indices.randomElement(using: &generator) ?? 0
                    switch UInt8.random(in: 0..<4, using: &generator) {
                    case 0: mutant[index] = .random(in: 0...255, using: &generator)
                    case 1: mutant[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    case 2: mutant.removeSubrange(index...)
                    default: mutant.insert(.random(in: 0...255, using: &generator), at: index)
                    }
                }
                if let read = try? message.decoding(mutant, budgetBytes: 64 * 1_024) {
                    // What was accepted is text and times that can be sent again, except for rejected rows.
                    if !(read is ImportProfilesRequest) { _ = try read.encoded() }
                }
            }
        }
    }
}

private func isEqual(_ left: any WireMessage, _ right: any WireMessage) -> Bool {
    func compare<Value: Equatable>(_ left: Value) -> Bool { left == right as? Value }
    guard let left = left as? any Equatable else { return "\(left)" == "\(right)" }
    return compare(left)
}

private enum EventMessages {
    static func request(last: Timestamp) -> DecideRequestMessage {
        var request = DecideRequestMessage()
        request.events = ["demo": EventSummaryMessage(count: 1, last: last)]
        return request
    }
}
