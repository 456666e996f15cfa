package import Model

/// A write of one profile: values named are replaced or forgotten, the others stay.
package struct ProfileChange: Sendable {
    /// One value to be written.
    package struct Value: Sendable {
        /// The attribute's id in the schema.
        package var attribute: UInt16
        /// Nil to forget the stored value. An int is accepted for a double.
        package var value: AttributeValue?
        /// When it was learnt, in seconds since 1970; 0: not known.
        package var observedAtSeconds: Int64

        /// A value to be stored, or nil to forget what is stored.
        package init(attribute: UInt16, value: AttributeValue?, observedAtSeconds: Int64) {
            self.attribute = attribute
            self.value = value
            self.observedAtSeconds = observedAtSeconds
        }
    }

    /// 1 to 256 bytes of UTF-8 without control characters.
    package var id: String
    /// Each attribute once, in any order.
    package var values: [Value]
    /// The id of the visitor's account; empty to end the link, nil to leave it as it is.
    package var account: String?
    /// Write only if the stored version is this; 0: only if there is no such profile; nil: in any case.
    package var expectedVersion: UInt64?
    /// When it is written, in seconds since 1970; 0: not known, then the profile does not expire.
    package var writtenAtSeconds: Int64

    /// By default a write that changes nothing but the version.
    package init(
        id: String, values: [Value] = [], account: String? = nil, expectedVersion: UInt64? = nil,
        writtenAtSeconds: Int64 = 0
    ) {
        self.writtenAtSeconds = writtenAtSeconds
        self.id = id
        self.values = values
        self.account = account
        self.expectedVersion = expectedVersion
    }
}

/// What a write has made of a profile.
package struct ProfileWrite: Sendable, Equatable {
    /// Now stored; 1 for a new profile.
    package let version: UInt64
    /// What the journal keeps under the id, for `ProfileTable.load`.
    package let record: [UInt8]
}
