/// A text that nobody is to see who does not need it: it prints as `***` wherever it lands, in logs, errors and dumps, and is compared
/// in time that does not depend on where it differs.
package struct Secret: Sendable, Hashable {
    private let bytes: [UInt8]

    /// - Parameter text: What is to be hidden; UTF-8.
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// What stands where a secret would.
    package static let mask = "***"

    /// How long it is, in bytes.
    package var byteCount: Int { bytes.count }

    /// The text itself, for the one place that sends or checks it. Its name is meant to be noticed in a review.
    package func revealed() -> String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes themselves, for the one place that sends or checks them.
    package func revealedBytes() -> [UInt8] { bytes }

    package static func == (left: Secret, right: Secret) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { ConstantTime.areEqual(left, $0) }
        }
    }

    /// Its length alone: a hash of the bytes would tell of them.
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes.count) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    /// `dump` and whatever prints a value that holds this one go by the mirror.
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Comparisons whose time tells nothing of the content.
package enum ConstantTime {
    /// - Returns: Whether all bytes are the same. Only a difference in length shows in the time.
    package static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<left.count { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
