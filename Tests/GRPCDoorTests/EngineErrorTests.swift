internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Testing

/// The one table from errors to statuses.
@Suite struct EngineErrorTests {
    @Test func `Every kind has the status that callers know`() {
        let codes = EngineError.Kind.allCases.map { Status(EngineError($0, "words")).code }
        let expected: [Status.Code] = [
            .invalidArgument, .notFound, .alreadyExists, .aborted, .failedPrecondition, .dataLoss, .resourceExhausted,
            .unavailable, .unavailable, .cancelled, .internalError,
        ]
        #expect(codes == expected)
        #expect(Status(EngineError("it broke")).message == "it broke")
    }
}
