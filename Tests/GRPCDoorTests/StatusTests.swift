import Engine
import GRPC
import GRPCDoor
import Model
import Profiles
import Testing
import Wire

@Suite("Errors as gRPC has them")
struct StatusTests {
    @Test func `What the engine refuses has a code and words`() {
        let cases: [(Status, Status.Code, String)] = [
            (Status(DecideError.notReady), .unavailable, "bespokectl rules push"),
            (Status(DecideError.attributeNameNotText(.visitor, .notUTF8)), .invalidArgument, "visitor: a name: is not"),
            (
                Status(DecideError.notInForm(.country, "Suisse")), .invalidArgument,
                "page.country: \"Suisse\" is not two"
            ),
            (Status(DecideError.previewRefused("no")), .permissionDenied, "no"),
            (
                Status(DecideError.wrongPreviewToken), .permissionDenied,
                "preview.token: is not that of `preview_token`"
            ),
            (Status(DecideError.previewRecords), .invalidArgument, "leave out record_exposure"),
            (Status(DecideError.shownToNobody), .invalidArgument, "visitor_id or account_id"),
            (Status(DecideError.shownLater), .invalidArgument, "in the future"),
            (Status(DecideError.notRecorded(.notReady)), .unavailable, "bespokectl rules push"),
            (
                Status(DecideError.unknownInPreview("preview.segments", "segment", "vop", among: ["vip"])), .notFound,
                "did you mean `vip`?"
            ),
            (Status(ExperimentError.notReady), .unavailable, "bespokectl rules push"),
            (Status(ExperimentError.measuresNothing(experiment: "x")), .failedPrecondition, "give it `metrics`"),
            (Status(ExperimentError.unknown("metric", "ordr", known: ["order"])), .notFound, "did you mean `order`?"),
            (Status(ExperimentError.unknown("metric", "ordr", known: [])), .notFound, "metric ordr: there is no such"),
            (
                Status(ExperimentError.unknown("metric", "ordr", known: ["lead", "demo"])), .notFound,
                "metric ordr: there is no such; there are: demo, lead"
            ),
            (Status(ExperimentError.tooManyGroups(by: "plan", max: 50)), .invalidArgument, "plan has more than 50"),
            (Status(BehaviourError.tooMany(count: 1_001)), .invalidArgument, "1001"),
            (Status(BehaviourError.unknownPurpose(name: "x", known: [])), .notFound, "consent purpose x"),
            (Status(BehaviourError.person(.foreign)), .failedPrecondition, "another daemon"),
            (Status(PersonError.present(id: "ann")), .alreadyExists, "erase the person first"),
            (Status(PersonError.notMerged(id: "ann")), .notFound, "\"ann\""),
            (Status(WireError.overBudget(message: "M", budgetBytes: 7)), .resourceExhausted, "7 bytes"),
            (Status(WireError.malformed(message: "M")), .invalidArgument, "M"),
        ]
        for (status, code, words) in cases {
            #expect(status.code == code && status.message.contains(words), "\(status)")
        }
    }
}
