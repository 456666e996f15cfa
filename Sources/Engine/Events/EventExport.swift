internal import Engine
internal import GRPC
internal import GRPCDoor
internal import Ledger
internal import Messages
internal import Model
internal import Profiles
internal import Store

/// Hands out the exposures and events that are retained one by one.
struct EventExport: Sendable {
    let behaviour: BehaviourStore
    let profiles: ProfileStore

    /// Entries looked at before they are sent: other work gets its turn, and no file is held for long.
    private static let lookedAtOnce = 10_000
    private static let sentAtOnce = 500

    func run(_ request: ExportEventsRequest, _ stream: ServerStream) async throws {
        guard request.kind != .decision else {
            throw Status(
                .invalidArgument, "kind: decisions are not kept; a sink gets them (settings sink and sink_decisions)")
        }
        if let since = request.since, let until = request.until, since >= until {
            throw Status(.invalidArgument, "since: is not before until, so nothing lies between them")
        }
        var next: [UInt8]? = []
        // The last visitor of whom something was left out: entries come visitor by visitor.
        var lastWithheld = ""
        while let start = next {
            let (records, notAgreed, following) =
                request.kind == .consent
                ? try consents(request, from: start) : try part(request, from: start, &lastWithheld)
            if notAgreed > 0 { try await stream.send(ExportEventsResponse(records: [], notAgreed: notAgreed)) }
            for index in stride(from: 0, to: records.count, by: Self.sentAtOnce) {
                let some = records[index..<min(index + Self.sentAtOnce, records.count)]
                try await stream.send(ExportEventsResponse(records: Array(some)))
            }
            next = following
        }
    }

    /// - Returns: What is asked for among the next choices of consent, and where to go on.
    private func consents(
        _ request: ExportEventsRequest, from start: [UInt8]
    ) throws(Status) -> (records: [EventRecord], notAgreed: UInt64, next: [UInt8]?) {
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
                if request.since.map({ time >= $0 }) ?? true, request.until.map({ time < $0 }) ?? true {
                    found.append((id, entry))
                }
                return true
            }
        } catch {
            throw Status(error)
        }
        let book = behaviour.withBook { $0 }
        return (found.map { record($0.id, $0.entry, book) }, 0, next)
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
    private func part(
        _ request: ExportEventsRequest, from start: [UInt8], _ lastWithheld: inout String
    ) throws(Status) -> (records: [EventRecord], notAgreed: UInt64, next: [UInt8]?) {
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
                    Self.isAskedFor(entry, request)
                else { return true }
                found.append((entity, id, digest, entry))
                return true
            }
        } catch {
            throw Status(error)
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
        return (records, notAgreed, next)
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

    private static func isAskedFor(_ entry: EventLogEntry, _ request: ExportEventsRequest) -> Bool {
        guard !entry.isCopy else { return false }
        if let kind = request.kind, kind != (entry.kind == .event ? .event : .exposure) { return false }
        if let since = request.since, entry.time < since { return false }
        if let until = request.until, entry.time >= until { return false }
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
