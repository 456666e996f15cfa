internal import Ledger
package import Model
internal import Profiles
internal import Store

/// Hands out the exposures and events that are retained one by one.
package struct EventExport {
    /// What is asked for.
    package struct Question: Sendable {
        /// Nil for events and exposures.
        package var kind: EventRecord.Kind?
        package var since: Timestamp?
        package var until: Timestamp?

        /// Everything of a kind.
        package init(_ kind: EventRecord.Kind?) { self.kind = kind }
    }

    /// Some of the answer.
    package struct Part: Sendable {
        package var records: [EventRecord]
        /// Of how many visitors something was left out.
        package var notAgreed: UInt64
    }

    private let behaviour: BehaviourStore
    private let profiles: ProfileStore
    private let question: Question
    private var position: [UInt8]? = []
    /// The last visitor of whom something was left out: entries come visitor by visitor.
    private var lastWithheld = ""

    /// Nothing is read yet.
    package init(_ question: Question, _ behaviour: BehaviourStore, _ profiles: ProfileStore) {
        (self.question, self.behaviour, self.profiles) = (question, behaviour, profiles)
    }

    /// Entries looked at before they are sent: other work gets its turn, and no file is held for long.
    private static let lookedAtOnce = 10_000

    /// What is asked for of one visit after the other to the disk.
    ///
    /// - Returns: nil at the end.
    /// - Throws: When the disk cannot be read.
    package mutating func next() throws(EngineError) -> Part? {
        guard let start = position else { return nil }
        let part: Part
        (part, position) = question.kind == .consent ? try consents(from: start) : try entries(from: start)
        return part
    }

    /// - Returns: What is asked for among the next choices of consent, and where to go on.
    private func consents(from start: [UInt8]) throws(EngineError) -> (part: Part, next: [UInt8]?) {
        var found: [(id: String, entry: ConsentEntry)] = []
        var next: [UInt8]?
        var count = 0
        do throws(StoreError) {
            try behaviour.ledger.scan(.consents, from: start) { key, value in
                guard count < Self.lookedAtOnce else {
                    next = Array(key)
                    return false
                }
                count += 1
                guard let id = EventKey.id(inConsent: key),
                    let entry = ConsentEntry(place: key.suffix(12), value: value)
                else { return true }
                let time = entry.choice.time
                if question.since.map({ time >= $0 }) ?? true, question.until.map({ time < $0 }) ?? true {
                    found.append((id, entry))
                }
                return true
            }
        } catch {
            throw EngineError(error)
        }
        let book = behaviour.withBook { $0 }
        return (Part(records: found.map { record($0.id, $0.entry, book) }, notAgreed: 0), next)
    }

    private func record(_ id: String, _ entry: ConsentEntry, _ book: NameBook) -> EventRecord {
        let digest = (EventKey.prefix(.visitor, id) + entry.place).withUnsafeBytes { Hash.of($0, seed: 0) }
        var record = EventRecord(.consent, id: digest.text, at: entry.choice.time)
        record.visitorID = behaviour.aliases.canonical(id)
        record.accountID = accountID(ofVisitor: id, behaviour.rules?.gate)
        record.name = book.name(entry.choice.purpose)
        record.reason = entry.choice.isGranted ? "granted" : "denied"
        (record.source, record.textVersion) = (book.name(entry.choice.source), entry.textVersion)
        return record
    }

    /// - Returns: What is asked for among the next entries, of how many visitors something is left out, and where to go on.
    private mutating func entries(from start: [UInt8]) throws(EngineError) -> (part: Part, next: [UInt8]?) {
        var found: [Entry] = []
        var next: [UInt8]?
        var count = 0
        do throws(StoreError) {
            try behaviour.ledger.scan(.events, from: start) { key, value in
                guard count < Self.lookedAtOnce else {
                    next = Array(key)
                    return false
                }
                count += 1
                guard let (entity, id, digest) = EventKey.parts(key), let entry = EventLogEntry(value),
                    isAskedFor(entry)
                else { return true }
                found.append((entity, id, digest, entry))
                return true
            }
        } catch {
            throw EngineError(error)
        }
        let book = behaviour.withBook { $0 }
        let gate = behaviour.rules?.gate
        var records: [EventRecord] = []
        var notAgreed: UInt64 = 0
        for item in found where !isToldTwice(item) {
            if isAgreed(item.entry, item.entity, item.id, gate) {
                records.append(record(item.entity, item.id, item.digest, item.entry, book, gate))
            } else if item.id != lastWithheld {
                notAgreed += 1
                lastWithheld = item.id
            }
        }
        return (Part(records: records, notAgreed: notAgreed), next)
    }

    private typealias Entry = (entity: Entity, id: String, digest: String, entry: EventLogEntry)

    /// Whether it was recorded under the id of the person too, of whom this is another one.
    private func isToldTwice(_ found: Entry) -> Bool {
        guard found.entity == .visitor else { return false }
        let person = behaviour.aliases.canonical(found.id)
        guard person != found.id else { return false }
        return (try? behaviour.ledger.get(.events, key: EventKey.key(person, digest: found.digest))) != nil
    }

    /// The account that a visitor's profile names, if that may be read.
    ///
    /// - Parameter found: What a link led to when this was recorded; told where the profile names none.
    private func accountID(ofVisitor id: String, _ gate: ConsentGate?, else found: String = "") -> String {
        let mayRead = gate.map { behaviour.isAgreed($0, $0.needs(of: .visitor), .visitor, id) } ?? true
        guard mayRead else { return "" }
        let account = profiles.get(.visitor, id: id)?.account ?? ""
        return account.isEmpty ? found : account
    }

    /// Whether the visitor still agrees to what it needed to record this. What is kept of an account was agreed to by whoever did it.
    private func isAgreed(_ entry: EventLogEntry, _ entity: Entity, _ id: String, _ gate: ConsentGate?) -> Bool {
        guard let gate, entity == .visitor else { return true }
        let needs = entry.kind == .event ? gate.needs(ofEvent: entry.name) : gate.exposures
        return behaviour.isAgreed(gate, needs, entity, id)
    }

    private func isAskedFor(_ entry: EventLogEntry) -> Bool {
        guard !entry.isCopy else { return false }
        if let kind = question.kind, kind != (entry.kind == .event ? .event : .exposure) { return false }
        if let since = question.since, entry.time < since { return false }
        if let until = question.until, entry.time >= until { return false }
        return true
    }

    private func record(
        _ entity: Entity, _ id: String, _ digest: String, _ entry: EventLogEntry, _ book: NameBook,
        _ gate: ConsentGate?
    ) -> EventRecord {
        var record = EventRecord(entry.kind == .event ? .event : .exposure, id: digest, at: entry.time)
        if entity == .account {
            record.accountID = id
        } else {
            record.visitorID = behaviour.aliases.canonical(id)
            record.accountID = entry.hasOwnAccount ? entry.account : accountID(ofVisitor: id, gate, else: entry.account)
        }
        let name = book.name(entry.name)
        switch entry.kind {
        case .event: (record.name, record.value) = (name, entry.value)
        case .exposure:
            if let name = CreativeName(name) {
                (record.campaign, record.placement, record.variant) = (name.campaign, name.placement, name.variant)
            }
            record.experiment = book.name(entry.experiment)
            // An arm's name begins with that of its experiment.
            record.arm = String(book.name(entry.arm).dropFirst(record.experiment.count + 1))
            (record.propensity, record.revision) = (entry.propensity, entry.revision)
            record.isClick = entry.isClick
        }
        record.decisionID = entry.decisionID
        return record
    }
}
