internal import Messages
internal import Model

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// What is known of a visitor or an account.
public struct Profile: Sendable, Hashable {
    /// Whose profile it is.
    public enum Kind: Sendable, Hashable {
        case visitor
        case account
    }

    /// A value with when it was learnt.
    public struct Feature: Sendable, Hashable {
        /// What is known.
        public var value: Value
        /// nil in a write: the time of the write.
        public var observedAt: Date?

        /// A value, and when it was learnt.
        public init(_ value: Value, observedAt: Date? = nil) {
            self.value = value
            self.observedAt = observedAt
        }
    }

    /// Whose profile it is.
    public var kind: Kind
    /// 1 to 256 bytes without control characters.
    public var id: String
    /// For a visitor: the id of their account.
    public var accountID: String?
    /// By declared name, without the prefix.
    public var features: [String: Feature]
    /// Grows with each write, from 1; not read in a write.
    public private(set) var version: UInt64 = 0

    /// A profile to write.
    public init(_ kind: Kind, id: String, accountID: String? = nil, features: [String: Feature] = [:]) {
        self.kind = kind
        self.id = id
        self.accountID = accountID
        self.features = features
    }
}

/// What a write of a profile demands of the stored one.
public enum ProfilePrecondition: Sendable, Hashable {
    case none
    /// There must be no such profile yet.
    case isAbsent
    /// The stored profile must have this version.
    case hasVersion(UInt64)
}

extension Profile.Kind {
    var wire: ProfileKind { self == .visitor ? .visitor : .account }
}

extension Profile {
    init(_ message: ProfileMessage) {
        self.init(
            message.kind == .visitor ? .visitor : .account, id: message.id,
            accountID: message.accountID.isEmpty ? nil : message.accountID,
            features: Dictionary(
                message.features.map { feature in
                    (feature.name, Feature(Value(feature.value), observedAt: feature.observedAt?.date))
                }, uniquingKeysWith: { _, last in last }))
        version = message.version
    }

    var message: ProfileMessage {
        ProfileMessage(
            kind: kind.wire, id: id, accountID: accountID ?? "",
            features: features.sorted { $0.key < $1.key }.map { name, feature in
                FeatureMessage(
                    name: name, value: feature.value.attributeValue,
                    observedAt: feature.observedAt.map { Timestamp($0) })
            })
    }
}
