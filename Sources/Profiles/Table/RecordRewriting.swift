internal import Model

/// Gives a profile of the journal another id, account and texts. All else stays: versions, times, numbers, which attributes there are.
package struct RecordRewriting {
    /// By what an id of a visitor, or that of an account, is replaced.
    package typealias Replacement = ([UInt8]) -> [UInt8]

    private let id: Replacement
    private let account: Replacement
    private let text: (UInt16, [UInt8]) -> [UInt8]

    /// - Parameter text: Gets the attribute's id too. Two texts must not become one.
    package init(
        id: @escaping Replacement, account: @escaping Replacement, text: @escaping (UInt16, [UInt8]) -> [UInt8]
    ) {
        (self.id, self.account, self.text) = (id, account, text)
    }

    /// - Returns: The record, and the id under which it is to be stored.
    /// - Throws: `ProfileError.corrupt` for damage, and where the record would be too long.
    package func rewrite(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ProfileError) -> (id: [UInt8], record: [UInt8]) {
        var profile = try RecordFormat.read(bytes)
        let newID = id(Array(profile.id))
        let newAccount = profile.account.isEmpty ? [] : account(Array(profile.account))
        // Beyond what a record may have, so that what is too long is seen.
        var writer = PackedWriter(
            capacity: min(16 * bytes.count, ProfileLimits.recordBytesMax) + 2 * ProfileLimits.textBytesMax)
        let text = text
        newID.withUnsafeBufferPointer { id in
            newAccount.withUnsafeBufferPointer { account in
                (profile.id, profile.account) = (id, account)
                RecordFormat.write(profile, to: &writer) { cell, writer in
                    Self.write(cell, text, to: &writer)
                }
            }
        }
        guard !writer.overflowed, writer.count <= ProfileLimits.recordBytesMax else {
            throw .corrupt("a profile would be longer than \(ProfileLimits.recordBytesMax) bytes")
        }
        return (newID, Array(writer.contents))
    }

    private static func write(_ cell: PackedCell, _ text: (UInt16, [UInt8]) -> [UInt8], to writer: inout PackedWriter) {
        guard cell.type == .string || cell.type == .strings else {
            return writer.bytes(cell.start, count: cell.count)
        }
        var cursor = PackedCursor(cell.start)
        let count = cell.type == .strings ? cursor.varint() : 1
        if cell.type == .strings { writer.varint(count) }
        for _ in 0..<count {
            let length = Int(cursor.varint() >> 1)
            let replaced = text(cell.attribute, Array(UnsafeBufferPointer(start: cursor.next, count: length)))
            replaced.withUnsafeBufferPointer { PackedValue.write($0, to: &writer) }
            cursor.skip(length)
        }
    }
}
