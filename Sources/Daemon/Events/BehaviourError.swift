internal import Model

/// Why behaviour cannot be recorded. Cases carry the facts; `Status` puts them into words.
enum BehaviourError: Error {
    case notReady
    case tooMany(count: Int)
    case invalid(field: String, problem: String)
    case unknownEvent(field: String, name: String, known: [String])
    case unknownPurpose(name: String, known: [String])
    case unknownCreative(field: String, name: String)
    case unknownArm(field: String, experiment: String, arm: String)
    case journal(String)
    case person(PersonError)
}
