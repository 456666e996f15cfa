package import Model
internal import Store

/// Something that has changed, for good: what a ledger puts in order, numbers, and makes durable.
///
/// What a store keeps is the materialised form of changes: each stands for rows that it puts or removes (`write`). Where a reader wants it,
/// the change itself is kept too until that reader has taken it (`Ledger.tail`).
package enum Change: Sendable, Equatable {
    /// A row of an event or exposure, under its visitor or account.
    package struct Row: Sendable, Equatable {
        package var key: [UInt8]
        /// As `EventLogEntry` encodes it.
        package var entry: [UInt8]

        /// A row as it will be stored.
        package init(key: [UInt8], entry: [UInt8]) { (self.key, self.entry) = (key, entry) }
    }

    /// Something that happened.
    package struct Happening: Sendable, Equatable {
        package var row: Row
        /// The same of the account for which it counts too.
        package var copy: Row?
        /// In words, as `EventRecord` is encoded; nil where no reader is told of it.
        package var record: [UInt8]?

        /// What happened, with the rows that are kept of it.
        package init(row: Row, copy: Row? = nil, record: [UInt8]? = nil) {
            (self.row, self.copy, self.record) = (row, copy, record)
        }
    }

    /// What a change is about; the raw values stand on disk and are never used again for something else.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case rules = 1
        case schema, profile, imported, event, exposure, decision, forgotten, behaviour, consent, erasure, merge, link,
            name
        case goal, objection, objectionSecret, backups, token, formerNames, handover
    }

    /// Several kinds.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// One of each.
        package init(_ kinds: some Sequence<Kind>) { rawValue = kinds.reduce(0) { $0 | 1 << UInt32($1.rawValue) } }

        /// Whether a kind is among them.
        package func contains(_ kind: Kind) -> Bool { rawValue & 1 << UInt32(kind.rawValue) != 0 }
    }

    /// Rules were pushed, as the history keeps them; `forgotten` numbers the push that is now too old.
    case rules(number: UInt64, record: [UInt8], forgotten: UInt64?)
    /// The attributes of stored profiles, as `ProfileSchema` encodes them.
    case schema([UInt8])
    /// Every other name that attributes have ever had, a line each.
    case formerNames([UInt8])
    /// What a profile is now; nil: it is gone.
    case profile(Entity, id: [UInt8], record: [UInt8]?)
    /// So many profiles came in at once. Their rows come with the import (`Changes.append(importOf:count:byteCount:rows:)`).
    case imported(Entity, profiles: UInt64)
    /// Somebody did something.
    case event(Happening)
    /// Something was shown, or an arm was met.
    case exposure(Happening)
    /// An answer was given: readers are told, nothing is kept of it.
    case decision(record: [UInt8])
    /// An event or exposure is kept no longer.
    case forgotten(key: [UInt8])
    /// What is kept in sum of what a visitor or account did, as `Behaviour` encodes it; nil: nothing any more.
    case behaviour(Entity, id: [UInt8], record: [UInt8]?)
    /// A choice in the history of consent, as `ConsentEntry` encodes it; nil: it is kept no longer.
    case consent(key: [UInt8], entry: [UInt8]?)
    /// Whose digest this is asked to be forgotten; nil: they are back.
    case erasure(key: [UInt8], at: Timestamp?)
    /// An id became another one of a person, as `MergeRecord` encodes it; nil: it is a person's own.
    case merge(key: [UInt8], record: [UInt8]?)
    /// A network or domain belongs to an account; nil: to none.
    case link(key: [UInt8], account: [UInt8]?)
    /// A name in which behaviour is written got its number.
    case name(number: UInt32, entry: [UInt8])
    /// What a campaign with a goal has delivered; nil: it is not counted any more.
    case goal(key: [UInt8], delivered: [UInt8]?)
    /// What somebody who was erased had denied; nil: nothing.
    case objection(key: [UInt8], record: [UInt8]?)
    /// What digests of the erased are made with.
    case objectionSecret(key: [UInt8], secret: [UInt8])
    /// The backups of a folder; nil: there are none.
    case backups(key: [UInt8], list: [UInt8]?)
    /// What is known of a token, under a hash of it; nil: it is forgotten.
    case token(key: [UInt8], record: [UInt8]?)
    /// Data of persons was given to somebody; nil: that is remembered no longer.
    case handover(key: [UInt8], record: [UInt8]?)

    /// What it is about.
    package var kind: Kind {
        switch self {
        case .rules: .rules
        case .schema: .schema
        case .formerNames: .formerNames
        case .profile: .profile
        case .imported: .imported
        case .event: .event
        case .exposure: .exposure
        case .decision: .decision
        case .forgotten: .forgotten
        case .behaviour: .behaviour
        case .consent: .consent
        case .erasure: .erasure
        case .merge: .merge
        case .link: .link
        case .name: .name
        case .goal: .goal
        case .objection: .objection
        case .objectionSecret: .objectionSecret
        case .backups: .backups
        case .token: .token
        case .handover: .handover
        }
    }

    /// What happened in words, as `EventRecord` is encoded; nil where there are none.
    package var record: [UInt8]? {
        switch self {
        case .event(let happening), .exposure(let happening): happening.record
        case .decision(let record): record
        default: nil
        }
    }
}

/// Keys of single values, which are stored in the family `meta`.
package enum MetaKey {
    /// The attributes of stored profiles.
    package static let schema = Array("profiles.schema".utf8)
    /// Names that attributes had before.
    package static let formerNames = Array("profiles.renames".utf8)
    /// Followed by the number of a name.
    package static let name = Array("behaviour.name.".utf8)

    /// The number of the last change that is on disk.
    package static let sequence = Array("journal.sequence".utf8)
    /// Followed by a reader's name: the number of the last change that it has taken.
    package static let cursor = Array("journal.cursor.".utf8)
}

extension Change {
    /// Puts and removes the rows that it stands for; an import's come with it.
    func write(into batch: inout StoreBatch) {
        switch self {
        case .rules(let number, let record, let forgotten):
            batch.put(.rules, key: number.bigEndianBytes, value: record)
            if let forgotten { batch.delete(.rules, key: forgotten.bigEndianBytes) }
        case .schema(let schema): batch.put(.meta, key: MetaKey.schema, value: schema)
        case .formerNames(let names): batch.put(.meta, key: MetaKey.formerNames, value: names)
        case .profile(let entity, let id, let record):
            batch.set(entity == .account ? .accounts : .visitors, id, record)
        case .imported, .decision: break
        case .event(let happening), .exposure(let happening):
            batch.put(.events, key: happening.row.key, value: happening.row.entry)
            if let copy = happening.copy { batch.put(.events, key: copy.key, value: copy.entry) }
        case .forgotten(let key): batch.delete(.events, key: key)
        case .behaviour(let entity, let id, let record):
            batch.set(entity == .account ? .accountBehaviour : .visitorBehaviour, id, record)
        case .consent(let key, let entry): batch.set(.consents, key, entry)
        case .erasure(let key, let time):
            batch.set(.meta, key, time.map { withUnsafeBytes(of: $0.microseconds.littleEndian, Array.init) })
        case .merge(let key, let record): batch.set(.aliases, key, record)
        case .link(let key, let account): batch.set(.links, key, account)
        case .name(let number, let entry):
            batch.put(.meta, key: MetaKey.name + withUnsafeBytes(of: number.bigEndian, Array.init), value: entry)
        case .goal(let key, let value), .objection(let key, let value), .backups(let key, let value),
            .token(let key, let value), .handover(let key, let value):
            batch.set(.meta, key, value)
        case .objectionSecret(let key, let secret): batch.put(.meta, key: key, value: secret)
        }
    }
}

extension StoreBatch {
    /// Puts a value, or removes what is there.
    fileprivate mutating func set(_ family: StoreFamily, _ key: [UInt8], _ value: [UInt8]?) {
        if let value { put(family, key: key, value: value) } else { delete(family, key: key) }
    }
}

extension UInt64 {
    var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian, Array.init) }

    /// Of eight bytes, the highest first; nil for any other count.
    init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
