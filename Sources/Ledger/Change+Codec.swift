internal import Model

/// Why a kept change cannot be read.
package enum ChangeError: Error, Equatable, CustomStringConvertible {
    /// A newer version wrote it.
    case newer(version: UInt8)
    /// Its kind is not known here: a newer version wrote it.
    case unknownKind(UInt8)
    /// It is not as it was written.
    case damaged(String)

    /// One sentence for the operator.
    package var description: String {
        switch self {
        case .newer(let version):
            "it is written in form \(version), and this version reads form \(Change.version); start the version that wrote it"
        case .unknownKind(let kind):
            "it is of kind \(kind), which this version does not know; start the version that wrote it"
        case .damaged(let reason): "it is damaged: \(reason)"
        }
    }
}

/// The form in which a change is kept for a reader: a zero, the version, the kind, an entity, a number, then up to six texts, each with its
/// length. A record of a sink's spool as of version 0.1.0 begins with no zero, and is read too.
extension Change {
    static let version: UInt8 = 1
    /// Of one change; a rule set with all its files is the largest.
    private static let bytesMax = 64 << 20
    private static let headBytes = 13
    private static let none: UInt32 = .max
    private static let noEntity: UInt8 = 0xff
    private static let textsMax = 6

    /// What the parts of a change are laid out as.
    private struct Form {
        var entity: Entity?
        var number: UInt64 = 0
        var texts: [[UInt8]?] = []
    }

    /// The form that `init(decoding:)` reads.
    package func encoded() -> [UInt8] {
        let form = form
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headBytes + form.texts.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        bytes += [0, Self.version, kind.rawValue, form.entity?.rawValue ?? Self.noEntity]
        withUnsafeBytes(of: form.number.littleEndian) { bytes += $0 }
        bytes.append(UInt8(form.texts.count))
        for text in form.texts {
            withUnsafeBytes(of: (text.map { UInt32($0.count) } ?? Self.none).littleEndian) { bytes += $0 }
            if let text { bytes += text }
        }
        return bytes
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: For whatever this version cannot read to the last byte.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(ChangeError) {
        guard let first = bytes.first, bytes.count <= Self.bytesMax else {
            throw .damaged("it has \(bytes.count) bytes")
        }
        guard first == 0 else {
            self = try Self.formerRecord(bytes)
            return
        }
        guard bytes.count >= Self.headBytes else { throw .damaged("it is cut short") }
        guard bytes[1] == Self.version else { throw .newer(version: bytes[1]) }
        guard let kind = Kind(rawValue: bytes[2]) else { throw .unknownKind(bytes[2]) }
        var form = Form()
        if bytes[3] != Self.noEntity {
            guard let entity = Entity(rawValue: bytes[3]) else { throw .damaged("there is no entity \(bytes[3])") }
            form.entity = entity
        }
        form.number = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
        let count = Int(bytes[12])
        guard count <= Self.textsMax else { throw .damaged("it has \(count) parts") }
        var rest = bytes[Self.headBytes...]
        for _ in 0..<count { form.texts.append(try Self.text(&rest)) }
        guard rest.isEmpty else { throw .damaged("\(rest.count) bytes follow it") }
        self = try Self.change(kind, form)
    }

    private static func text(_ rest: inout Slice<UnsafeRawBufferPointer>) throws(ChangeError) -> [UInt8]? {
        guard rest.count >= 4 else { throw .damaged("it is cut short") }
        let count = UnsafeRawBufferPointer(rebasing: rest.prefix(4)).loadUnaligned(as: UInt32.self)
        rest = rest.dropFirst(4)
        guard UInt32(littleEndian: count) != none else { return nil }
        guard rest.count >= Int(UInt32(littleEndian: count)) else { throw .damaged("it is cut short") }
        defer { rest = rest.dropFirst(Int(UInt32(littleEndian: count))) }
        return Array(rest.prefix(Int(UInt32(littleEndian: count))))
    }

    /// What version 0.1.0 left for a sink: the record alone, whose first field tells what it is of.
    private static func formerRecord(_ bytes: UnsafeRawBufferPointer) throws(ChangeError) -> Change {
        guard bytes.count > 2, bytes[0] == 0x08 else { throw .damaged("it begins with \(bytes[0])") }
        let record = Array(bytes)
        let happening = Happening(row: Row(key: [], entry: []), record: record)
        switch bytes[1] {
        case 1: return .decision(record: record)
        case 2: return .exposure(happening)
        case 3: return .event(happening)
        default: throw .unknownKind(bytes[1])
        }
    }

    private var form: Form {
        switch self {
        case .rules(let number, let record, let forgotten):
            Form(number: number, texts: [record, forgotten?.bigEndianBytes])
        case .schema(let bytes), .formerNames(let bytes): Form(texts: [bytes])
        case .profile(let entity, let id, let record), .behaviour(let entity, let id, let record):
            Form(entity: entity, texts: [id, record])
        case .imported(let entity, let count): Form(entity: entity, number: count)
        case .event(let happening), .exposure(let happening):
            Form(texts: [
                happening.row.key, happening.row.entry, happening.copy?.key, happening.copy?.entry, happening.record,
            ])
        case .decision(let record): Form(texts: [record])
        case .forgotten(let key): Form(texts: [key])
        case .erasure(let key, let time):
            Form(number: UInt64(bitPattern: time?.microseconds ?? 0), texts: [key, time == nil ? nil : []])
        case .name(let number, let entry): Form(number: UInt64(number), texts: [entry])
        case .consent(let key, let value), .merge(let key, let value), .link(let key, let value),
            .goal(let key, let value), .objection(let key, let value), .backups(let key, let value),
            .token(let key, let value), .handover(let key, let value):
            Form(texts: [key, value])
        case .objectionSecret(let key, let secret): Form(texts: [key, secret])
        }
    }

    private static func change(_ kind: Kind, _ form: Form) throws(ChangeError) -> Change {
        func text(_ place: Int) throws(ChangeError) -> [UInt8] {
            guard place < form.texts.count, let text = form.texts[place] else {
                throw .damaged("it lacks part \(place + 1)")
            }
            return text
        }
        func optional(_ place: Int) -> [UInt8]? { place < form.texts.count ? form.texts[place] : nil }
        func entity() throws(ChangeError) -> Entity {
            guard let entity = form.entity, entity != .request else { throw .damaged("it does not say of whom it is") }
            return entity
        }
        func happening() throws(ChangeError) -> Happening {
            let copy = try optional(2).map { key throws(ChangeError) in Row(key: key, entry: try text(3)) }
            return Happening(row: Row(key: try text(0), entry: try text(1)), copy: copy, record: optional(4))
        }
        switch kind {
        case .rules:
            return .rules(
                number: form.number, record: try text(0), forgotten: optional(1).flatMap { UInt64(bigEndian: $0) })
        case .schema: return .schema(try text(0))
        case .formerNames: return .formerNames(try text(0))
        case .profile: return .profile(try entity(), id: try text(0), record: optional(1))
        case .behaviour: return .behaviour(try entity(), id: try text(0), record: optional(1))
        case .imported: return .imported(try entity(), profiles: form.number)
        case .event: return .event(try happening())
        case .exposure: return .exposure(try happening())
        case .decision: return .decision(record: try text(0))
        case .forgotten: return .forgotten(key: try text(0))
        case .erasure:
            let time = Timestamp(microseconds: Int64(bitPattern: form.number))
            return .erasure(key: try text(0), at: optional(1) == nil ? nil : time)
        case .name:
            guard let number = UInt32(exactly: form.number) else { throw .damaged("no name has that number") }
            return .name(number: number, entry: try text(0))
        case .consent: return .consent(key: try text(0), entry: optional(1))
        case .merge: return .merge(key: try text(0), record: optional(1))
        case .link: return .link(key: try text(0), account: optional(1))
        case .goal: return .goal(key: try text(0), delivered: optional(1))
        case .objection: return .objection(key: try text(0), record: optional(1))
        case .backups: return .backups(key: try text(0), list: optional(1))
        case .token: return .token(key: try text(0), record: optional(1))
        case .handover: return .handover(key: try text(0), record: optional(1))
        case .objectionSecret: return .objectionSecret(key: try text(0), secret: try text(1))
        }
    }
}
