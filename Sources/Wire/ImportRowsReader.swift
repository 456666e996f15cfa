package import Model

/// Reads the rows of an encoded `bespoke.v1.ImportProfilesRequest` where they stand, one after the other, without making messages of
/// them: `ImportProfilesRequest` says the same of the same bytes. Field numbers are those of profile.proto.
///
/// The arena is reset before each row: what a row points to is gone with the next one.
package struct ImportRowsReader {
    /// One row, with where it stands in its source.
    package struct Row {
        /// 0 when the source has no lines.
        package let line: UInt64
        /// A row that is wrong in itself does not spoil its message.
        package let content: Result<BorrowedProfile, ImportReject>
    }

    /// Nil when the message says nothing of them.
    package let options: ImportOptions?
    static let message = "bespoke.v1.ImportProfilesRequest"
    private let arena: Arena
    private var fields: ProtoReader

    /// - Parameters:
    ///   - message: Lives as long as the reader and its rows.
    ///   - arena: For the rows only.
    /// - Throws: `.malformed`.
    package init(_ message: UnsafeRawBufferPointer, arena: Arena) throws(WireError) {
        self.arena = arena
        fields = ProtoReader(message)
        var reader = fields
        var found: ImportOptions?
        while let field = try Self.next(&reader) {
            guard field.number == 1 else { continue }
            try Self.read(field, into: &found)
        }
        options = found
    }

    /// - Returns: The next row; nil at the end.
    /// - Throws: `.malformed`, `.overBudget`: nothing after it can be read.
    package mutating func next() throws(WireError) -> Row? {
        while let field = try Self.next(&fields) {
            guard field.number == 2 else { continue }
            return try row(try Self.delimited(field))
        }
        return nil
    }

    private func row(_ bytes: BorrowedText) throws(WireError) -> Row {
        arena.reset()
        var reader = ProtoReader(bytes)
        var line: UInt64 = 0
        var parts = ProfileParts()
        var hasProfile = false
        while let field = try Self.next(&reader) {
            switch field.number {
            case 1: line = try Self.number(field)
            case 2:
                hasProfile = true
                try parts.read(try Self.delimited(field), arena)
            default: continue
            }
        }
        let id = parts.id.problem == nil ? parts.id : .empty
        do throws(WireError) {
            guard hasProfile else { throw .invalid(field: "profile", problem: "is missing") }
            return Row(line: line, content: .success(try parts.profile(arena)))
        } catch {
            guard case .invalid = error else { throw error }
            let reason = "\(error)"
            return Row(line: line, content: .failure(ImportReject(line: line, id: String(id), reason: reason)))
        }
    }

    private static func read(_ field: ProtoReader.Field, into options: inout ImportOptions?) throws(WireError) {
        var found = options ?? ImportOptions()
        var reader = ProtoReader(try delimited(field))
        while let field = try next(&reader) {
            switch field.number {
            case 1: found.skipInvalid = try number(field) != 0
            case 2: found.dryRun = try number(field) != 0
            case 3: found.respectErasure = try number(field) != 0
            default: continue
            }
        }
        options = found
    }

    fileprivate static var malformed: WireError { .malformed(message: ImportRowsReader.message) }

    @inline(__always)
    fileprivate static func next(_ reader: inout ProtoReader) throws(WireError) -> ProtoReader.Field? {
        do throws(ProtoReader.Malformed) { return try reader.next() } catch { throw malformed }
    }

    @inline(__always)
    fileprivate static func delimited(_ field: ProtoReader.Field) throws(WireError) -> BorrowedText {
        guard field.wireType == ProtoReader.delimited else { throw malformed }
        return field.bytes
    }

    @inline(__always)
    fileprivate static func number(_ field: ProtoReader.Field) throws(WireError) -> UInt64 {
        guard field.wireType == ProtoReader.varint else { throw malformed }
        return field.bits
    }
}

/// The fields of a `bespoke.v1.Profile`, unchecked.
private struct ProfileParts {
    var id = BorrowedText.empty
    private var kind: Int32 = 0
    private var account = BorrowedText.empty
    private var entries = ArenaList<BorrowedText>()

    /// Merges an encoded profile into what was read before.
    mutating func read(_ bytes: BorrowedText, _ arena: Arena) throws(WireError) {
        var reader = ProtoReader(bytes)
        while let field = try ImportRowsReader.next(&reader) {
            switch field.number {
            case 1: kind = Int32(truncatingIfNeeded: try ImportRowsReader.number(field))
            case 2: id = try ImportRowsReader.delimited(field)
            case 3: account = try ImportRowsReader.delimited(field)
            case 4:
                guard entries.append(try ImportRowsReader.delimited(field), in: arena) else {
                    throw Self.overBudget(arena)
                }
            case 5: _ = try ImportRowsReader.number(field)
            default: continue
            }
        }
    }

    /// - Throws: `.invalid` for what is wrong with this profile; `.malformed`, `.overBudget`.
    func profile(_ arena: Arena) throws(WireError) -> BorrowedProfile {
        // What cannot be read at all goes before what is merely wrong.
        let features = try self.features(arena)
        guard kind == 1 || kind == 2 else {
            throw .invalid(field: "kind", problem: "must be PROFILE_KIND_VISITOR or PROFILE_KIND_ACCOUNT")
        }
        let entity: Entity = kind == 2 ? .account : .visitor
        if let problem = id.problem { throw .invalid(field: "profile.id", problem: problem.rawValue) }
        if let problem = account.problem { throw .invalid(field: "profile.account_id", problem: problem.rawValue) }
        return BorrowedProfile(entity: entity, id: id, account: account, features: try features.get())
    }

    private func features(
        _ arena: Arena
    ) throws(WireError) -> Result<UnsafeBufferPointer<BorrowedFeature>, WireError> {
        let entity: Entity = kind == 2 ? .account : .visitor
        let bytes = entries.items
        guard let features = arena.allocate(BorrowedFeature.self, count: bytes.count) else {
            throw Self.overBudget(arena)
        }
        var fault: WireError?
        for index in 0..<bytes.count {
            do throws(WireError) {
                features.initializeElement(at: index, to: try FeatureEntry.read(bytes[index], of: entity, arena: arena))
            } catch {
                guard case .invalid = error else { throw error }
                fault = fault ?? error
            }
        }
        if let fault { return .failure(fault) }
        return .success(UnsafeBufferPointer(features))
    }

    private static func overBudget(_ arena: Arena) -> WireError {
        .overBudget(message: ImportRowsReader.message, budgetBytes: arena.budgetBytes)
    }
}
