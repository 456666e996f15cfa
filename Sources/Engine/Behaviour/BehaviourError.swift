package import Model
package import Profiles

/// Why behaviour cannot be recorded. Cases carry the facts; a door puts them into words.
package enum BehaviourError: Error {
    case notReady
    case tooMany(count: Int)
    case invalid(field: String, problem: String)
    case unknownEvent(field: String, name: String, known: [String])
    case unknownPurpose(name: String, known: [String])
    case unknownCreative(field: String, name: String)
    case unknownArm(field: String, experiment: String, arm: String)
    /// The disk does not take it.
    case journal(String)
    /// Too much waits for the disk.
    case overloaded(String)
    case person(PersonError)
}

/// Why it cannot be changed who is who.
package enum PersonError: Error {
    case same(id: String)
    case belongsToAnother(id: String, person: String)
    case tooMany(person: String, count: Int)
    case notMerged(id: String)
    case nested(id: String, parent: String)
    case tooLate(id: String, merged: Timestamp)
    /// Something is kept of somebody who is to come back from a backup.
    case present(id: String)
    /// A backup whose names have other numbers.
    case foreign
    case profile(ProfileError)
    case behaviour(String)
}
