package import Model

/// Why a profile, a change of one, or a stored record of one is refused. Descriptions say what, where and how to mend
/// it.
package enum ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An id that is empty, too long, or holds control characters.
    case badID(IDFault)
    /// As `badID`, for the account that a visitor belongs to; or an account linked to an account.
    case badAccount(IDFault)
    case unknownAttribute(name: String, suggestion: String?)
    case duplicateAttribute(name: String)
    case wrongType(attribute: String, expected: AttributeType, found: AttributeType)
    case notFinite(attribute: String)
    case textTooLong(attribute: String, bytes: Int)
    case textHoldsNUL(attribute: String)
    case tooManyMembers(attribute: String, count: Int)
    case timestampOutOfRange(attribute: String)
    /// The time at which a value was learnt is not after 1970 or not before the year 10,000.
    case observedTimeOutOfRange(attribute: String, seconds: Int64)
    /// The time at which a value was learnt is still to come.
    case observedTimeToCome(attribute: String)
    case tooManyMembersInProfile(count: Int)
    case profileTooLarge
    /// The stored version (0: there is no such profile) is not the one that the writer expects.
    case versionMismatch(expected: UInt64, actual: UInt64)
    case tooManyAttributes
    /// The rule set lists the values that the attribute may have, and this is none of them.
    case valueNotAllowed(attribute: String, value: String, allowed: [String])
    /// Other rules have come since the profiles were checked, and say otherwise what they may hold.
    case rulesChanged(Entity)
    /// The person asked to be forgotten, and who writes respects it.
    case erased
    /// The id has become another id of somebody since the row was read.
    case merged
    /// A stored record or schema is damaged, or was written by a newer version.
    case corrupt(String)

    /// What is wrong with an id.
    package enum IDFault: Equatable, Sendable {
        case empty
        case tooLong(bytes: Int)
        case controlCharacter
        case notUTF8
        case notAllowed

        package var words: String {
            switch self {
            case .empty: "is empty; give 1 to \(ProfileLimits.idBytesMax) bytes"
            case .tooLong(let bytes): "is \(bytes) bytes long; the longest is \(ProfileLimits.idBytesMax) bytes"
            case .controlCharacter: "holds a control character; remove it"
            case .notUTF8: "is not valid UTF-8"
            case .notAllowed: "is set on an account; only visitors belong to one"
            }
        }
    }

    /// What is wrong and how to mend it.
    package var description: String {
        switch self {
        case .badID(let fault): "the id \(fault.words)"
        case .badAccount(let fault): "the account id \(fault.words)"
        case .unknownAttribute(let name, let suggestion):
            "the attribute \(name) is not declared in the rule set"
                + (suggestion.map { "; did you mean \($0)?" } ?? "; declare it under attributes first")
        case .duplicateAttribute(let name): "the attribute \(name) is given twice; give it once"
        case .wrongType(let attribute, let expected, let found):
            "\(attribute) is declared as \(expected.name), but the value is of type \(found.name)"
        case .valueNotAllowed(let attribute, let value, let allowed):
            "\(attribute) cannot be \"\(value)\"; it is one of \(allowed.joined(separator: ", "))"
        case .notFinite(let attribute): "\(attribute) is not a finite number"
        case .textTooLong(let attribute, let bytes):
            "\(attribute) is \(bytes) bytes long; the longest text is \(ProfileLimits.textBytesMax) bytes"
        case .textHoldsNUL(let attribute): "\(attribute) holds a NUL character; remove it"
        case .tooManyMembers(let attribute, let count):
            "\(attribute) has \(count) members; the most is \(ProfileLimits.setMembersMax)"
        case .timestampOutOfRange(let attribute): "\(attribute) is outside the years 1 to 9999"
        case .observedTimeOutOfRange(let attribute, let seconds):
            "the observation time of \(attribute), \(seconds) s, is outside the years 1970 to 9999"
        case .observedTimeToCome(let attribute):
            "the observation time of \(attribute) lies in the future; look at the caller's clock"
        case .tooManyMembersInProfile(let count):
            "the sets of the profile have \(count) members together; the most is \(ProfileLimits.profileMembersMax)"
        case .profileTooLarge:
            "the profile is larger than \(ProfileLimits.recordBytesMax) bytes; remove values"
        case .versionMismatch(let expected, let actual):
            actual == 0
                ? "version \(expected) was expected, but there is no such profile; read it again"
                : "version \(expected) was expected, but the stored version is \(actual); read it again"
        case .tooManyAttributes:
            "more than \(ProfileLimits.attributesMax) attributes were declared for one kind of profile, past ones "
                + "included"
        case .rulesChanged(let entity):
            "the rule set has changed what \(entity.name)s may hold while they were sent; send them again"
        case .erased: "was erased, and asked to be forgotten"
        case .merged: "has become another id of somebody meanwhile; send it again"
        case .corrupt(let what): "stored data cannot be read: \(what); restore a backup with `bespoked restore`"
        }
    }
}

extension ProfileError {
    /// - Parameter found: The type that a value has; nil for a value that no type has.
    init(_ refusal: PackedValue.Refusal, attribute: String, expected: AttributeType, found: AttributeType?) {
        switch refusal {
        case .wrongType: self = .wrongType(attribute: attribute, expected: expected, found: found ?? expected)
        case .notFinite: self = .notFinite(attribute: attribute)
        case .timestampOutOfRange: self = .timestampOutOfRange(attribute: attribute)
        }
    }
}
