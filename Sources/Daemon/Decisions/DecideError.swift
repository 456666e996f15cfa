internal import Decisioning
internal import Model
internal import Ruleset
internal import Wire
internal import GRPC

/// Why a request cannot be decided. Cases carry the facts; `Status` puts them into words.
enum DecideError: Error {
    case wire(WireError)
    case unknownAttribute(Entity, String, table: DecisionTable)
    case wrongType(AttributeIndex, FeatureValue.Kind, table: DecisionTable)
    case valueNotAllowed(AttributeIndex, String, table: DecisionTable)
    case notInForm(PageForm.Field, String)
    case unknownPlacement(String, table: DecisionTable)
    case unknownRoute(String, table: DecisionTable)
    case unknownPurpose(String, table: DecisionTable)
    case unknownEvent(String, table: DecisionTable)
    case previewRefused(String)
    /// The field, what should stand there, what stands there, what could.
    case unknownInPreview(String, String, String, among: [String])
    indirect case inBatch(index: Int, Status)
}
