package import Decisioning
package import Model

/// Why a question cannot be decided. Cases carry the facts; a door puts them into words.
package enum DecideError: Error {
    /// No rule set is served yet.
    case notReady
    case attributeNameNotText(Entity, TextProblem)
    case unknownAttribute(Entity, String, table: DecisionTable)
    case wrongType(AttributeIndex, Scalar.Kind, table: DecisionTable)
    case valueNotAllowed(AttributeIndex, String, table: DecisionTable)
    case notInForm(PageForm.Field, String)
    case unknownPlacement(String, table: DecisionTable)
    case unknownRoute(String, table: DecisionTable)
    case unknownPurpose(String, table: DecisionTable)
    case unknownEvent(String, table: DecisionTable)
    case previewRefused(String)
    /// A secret was sent, and it is not the right one.
    case wrongPreviewToken
    /// The texts of the question times the conditions of the rules would hold the loop.
    case tooMuchWork
    /// A preview that asks for its exposures to be recorded.
    case previewRecords
    /// The field, what should stand there, what stands there, what could.
    case unknownInPreview(String, String, String, among: [String])
    /// What is to be recorded as shown was shown to nobody who has an id.
    case shownToNobody
    /// What is to be recorded as shown would be shown later than now.
    case shownLater
    /// What was shown cannot be recorded.
    case notRecorded(BehaviourError)
}
