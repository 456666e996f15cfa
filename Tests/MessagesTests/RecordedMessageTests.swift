import Foundation
import Messages
import Model
import Testing
import Wire

/// What the mapping that was written by hand did with random messages, as another protobuf implementation had written them, and with
/// spoilt ones: the same bytes, the same words, the same JSON.
///
/// The errors are those of the mapping by hand too; where two fields are wrong the one that stands first is named.
///
/// `Fixtures/messages.tsv` holds a message's name, its bytes, then `=` for the same bytes, other bytes, or `!` and the error; and its JSON
/// if it has one.
@Suite struct RecordedMessageTests {
    private struct Sample {
        let name: String
        let bytes: [UInt8]
        let result: String
        let json: String?
    }

    @Test func `Every kind of message is recorded`() throws {
        #expect(Set(try Self.samples().map(\.name)) == Set(Self.types.map { $0.name }))
    }

    @Test func `Messages come back as they did`() throws {
        for sample in try Self.samples() {
            let type = try #require(Self.types.first { $0.name == sample.name })
            let (result, json) = Self.comeBack(type, sample.bytes)
            #expect(result == sample.result, "\(sample.name) \(Self.hexadecimal(sample.bytes))")
            if let expected = sample.json { #expect(json == expected, "\(sample.name)") }
        }
    }

    private static func comeBack<Message: WireMessage>(
        _ type: Message.Type, _ bytes: [UInt8]
    ) -> (result: String, json: String?) {
        do {
            let message = try bytes.withUnsafeBytes { try Message(decoding: $0) }
            let again = try message.encoded()
            return (again == bytes ? "=" : hexadecimal(again), json(of: message)?.line())
        } catch {
            return ("!\(error)", nil)
        }
    }

    /// What the command line prints of an answer: of a backup and a verification, their end.
    private static func json(of message: any WireMessage) -> JSON? {
        switch message {
        case let message as BackupResponse: message.receipt?.json
        case let message as VerifyResponse: message.report?.json
        default: (message as? any JSONWritable)?.json
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func samples() throws -> [Sample] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/messages.tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Sample(
                name: parts[0], bytes: bytes(parts[1]), result: parts[2], json: parts.count > 3 ? parts[3] : nil)
        }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.map { $0 < UInt8(ascii: "a") ? $0 - UInt8(ascii: "0") : $0 - UInt8(ascii: "a") + 10 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static let types: [any WireMessage.Type] = [
        PushRulesRequest.self, PushRulesResponse.self, CheckRulesRequest.self, CheckRulesResponse.self,
        GetRulesRequest.self, GetRulesResponse.self, ListRevisionsRequest.self, ListRevisionsResponse.self,
        GetStatusRequest.self, GetStatusResponse.self, GetStatsRequest.self, GetStatsResponse.self,
        GetExperimentRequest.self, GetExperimentResponse.self, BackupRequest.self, BackupResponse.self,
        VerifyRequest.self, VerifyResponse.self, RestoreProfileRequest.self, RestoreProfileResponse.self,
        DecideRequestMessage.self, DecideResponseMessage.self, BatchDecideRequestMessage.self,
        BatchDecideResponseMessage.self, ExplainRequest.self, ExplainResponse.self, RecordRequest.self,
        RecordResponse.self, SetConsentRequest.self, SetConsentResponse.self, GetBehaviourRequest.self,
        BehaviourMessage.self, ExportEventsRequest.self, ExportEventsResponse.self, EventRecord.self,
        PutProfileRequest.self, PutProfileResponse.self, GetProfileRequest.self, ProfileMessage.self,
        DeleteProfileRequest.self, DeleteProfileResponse.self, ExportProfilesRequest.self,
        ExportProfilesResponse.self, EraseProfileRequest.self, EraseProfileResponse.self, MergeProfilesRequest.self,
        MergeProfilesResponse.self, UndoMergeRequest.self, PutAccountLinksRequest.self, PutAccountLinksResponse.self,
        FindAccountRequest.self, FindAccountResponse.self, ImportProfilesRequest.self, ImportProfilesResponse.self,
        HealthCheckRequest.self, HealthCheckResponse.self, HealthListRequest.self, HealthListResponse.self,
        ServerReflectionRequest.self, ServerReflectionResponse.self,
    ]
}
