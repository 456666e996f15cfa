internal import Ledger
internal import Store
internal import Model
internal import Profiles

/// Records events and exposures of one request: checks each, counts it once, and gathers what changes.
///
/// Lives inside the store's lock.
package struct BehaviourRecorder {
    /// A visitor or account.
    struct Unit: Hashable {
        let entity: Entity
        let id: String
    }

    /// What happened, by names.
    package struct Event: Sendable {
        package var id: String
        package var visitorID = ""
        package var accountID = ""
        package var name: String
        var time = Timestamp(microseconds: 0)
        package var value = 0.0
        package var decisionID = ""
        /// Whether the call named the account.
        var hasOwnAccount = false
        /// The account for which it counts, where that is another than `accountID`.
        var countedAccountID = ""

        /// An event as it is reported, for a visitor, an account or both.
        package init(
            id: String, visitorID: String = "", accountID: String = "", name: String, value: Double = 0,
            decisionID: String = ""
        ) {
            (self.id, self.visitorID, self.accountID) = (id, visitorID, accountID)
            (self.name, self.value, self.decisionID) = (name, value, decisionID)
        }
    }

    let rules: BehaviourRules
    /// What is known of the disk.
    var reads: DiskReads
    private(set) var book: NameBook
    private(set) var newKeys: Set<[UInt8]> = []
    private(set) var recorded: UInt64 = 0
    private(set) var duplicates: UInt64 = 0
    /// Events and exposures that are not recorded for lack of consent.
    private(set) var notAgreed: UInt64 = 0

    let store: BehaviourStore
    private(set) var entries: [(key: [UInt8], entry: EventLogEntry)] = []
    /// Each has its entry among those, and the account's behind it; and what readers are told of it.
    private var happened: [(hasCopy: Bool, record: EventRecord?)] = []
    /// Whether readers are told.
    let isTold: Bool
    /// The account that the sink is told of what is recorded next and names none: that of the visitor's profile, where it may be read.
    var profileAccountID = ""
    private(set) var changed: [Unit: Behaviour] = [:]
    private var consents = ConsentHistory()
    /// Choices as the history has them now, by id.
    var consentEntries: [String: [ConsentEntry]] { consents.entries }
    /// What becomes of people's ids and profiles; published behind what has changed.
    private(set) var people: [PersonPublication] = []
    private let goals: GoalBook
    /// One for each exposure that counts.
    private var delivered: [GoalCounter] = []

    init(store: BehaviourStore, rules: BehaviourRules, goals: GoalBook, book: NameBook, reads: DiskReads) {
        self.store = store
        self.rules = rules
        self.goals = goals
        self.book = book
        self.reads = reads
        isTold = store.ledger.wanted.contains(.event)
    }

    // MARK: Events

    /// Counts an event, unless it is known.
    mutating func record(_ event: Event, number: UInt32) throws(BehaviourError) {
        var event = event
        event.visitorID = store.aliases.canonical(event.visitorID)
        var entry = EventLogEntry(.event, at: event.time)
        entry.name = number
        entry.value = event.value
        entry.decisionID = event.decisionID
        if event.hasOwnAccount, !event.visitorID.isEmpty {
            (entry.account, entry.hasOwnAccount) = (event.accountID, true)
        }
        let units = units(
            event.visitorID, event.countedAccountID.isEmpty ? event.accountID : event.countedAccountID)
        guard let key = try newKey(units, id: "e" + event.id, entry) else { return }
        if isTold { tell(EventRecord(event, id: EventKey.digestText(key))) }
        for unit in units { apply(event, number, to: unit) }
    }

    private mutating func apply(_ event: Event, _ number: UInt32, to unit: Unit) {
        let rules = rules
        change(unit) { behaviour in
            behaviour.add(event: number, at: event.time, halfLifeMicroseconds: rules.halfLives[number] ?? 0)
            for experiment in rules.experimentsByMetric[number] ?? [] {
                guard let experimentRules = rules.experimentsByNumber[experiment], experimentRules.unit == unit.entity
                else { continue }
                behaviour.count(
                    number, at: event.time, value: event.value, for: experiment,
                    windowMicroseconds: experimentRules.windowMicroseconds)
            }
        }
    }

    private mutating func tell(_ record: EventRecord) {
        var record = record
        if record.accountID.isEmpty { record.accountID = profileAccountID }
        happened[happened.count - 1].record = record
    }

    // MARK: Exposures

    /// Counts an exposure, unless it is known.
    ///
    /// - Parameters:
    ///   - creative: Number of what was shown, or nil for a placement's default.
    ///   - arm: Numbers of the experiment and its arm, or nil.
    mutating func record(
        _ exposure: Exposure, creative: UInt32?, arm: (experiment: UInt32, arm: UInt32)?
    ) throws(BehaviourError) {
        var exposure = exposure
        exposure.visitorID = store.aliases.canonical(exposure.visitorID)
        var entry = EventLogEntry(.exposure, at: exposure.time)
        if let name = creative ?? rules.defaults[exposure.placement] { entry.name = name }
        if let arm { (entry.experiment, entry.arm) = arm }
        entry.propensity = exposure.propensity
        entry.decisionID = exposure.decisionID
        entry.revision = exposure.revision
        entry.isClick = exposure.isClick
        if !exposure.visitorID.isEmpty {
            (entry.account, entry.hasOwnAccount) = (exposure.accountID, exposure.hasOwnAccount)
        }
        let units = units(exposure.visitorID, exposure.accountID)
        let id = "x\(exposure.decisionID)/\(exposure.placement.isEmpty ? exposure.experiment : exposure.placement)"
        guard let key = try newKey(units, id: id, entry, isDecidedNow: exposure.isDecidedNow) else { return }
        if isTold { tell(EventRecord(exposure, id: EventKey.digestText(key))) }
        if let creative { delivered += goals.counters(creative, isClick: exposure.isClick, at: exposure.time) }
        let rules = rules
        for unit in units {
            if let creative, !rules.caps(unit.entity, creative).isEmpty {
                change(unit) { $0.add(show: creative, at: exposure.time) { rules.caps(unit.entity, $0) } }
            }
            if let creative, exposure.isClick, unit.entity == .visitor || exposure.visitorID.isEmpty {
                change(unit) { $0.add(click: creative, at: exposure.time) }
            }
            if let arm {
                try begin(arm.experiment, arm.arm, Float(exposure.propensity), at: exposure.time, unit)
            }
        }
    }

    /// The first exposure of a unit to an experiment; a later one changes nothing.
    private mutating func begin(
        _ experiment: UInt32, _ arm: UInt32, _ propensity: Float, at time: Timestamp, _ unit: Unit
    ) throws(BehaviourError) {
        guard let experimentRules = rules.experimentsByNumber[experiment], experimentRules.unit == unit.entity else {
            return
        }
        let known = behaviour(of: unit).trials.first { $0.experiment == experiment }
        if let known, known.since.microseconds <= time.microseconds { return }
        // What came before an exposure that comes late is read again from the journal.
        let history = known == nil && isLatest(time, unit) ? [] : history(of: unit)
        change(unit) { behaviour in
            behaviour.trials.removeAll { $0.experiment == experiment }
            behaviour.outcomes.removeAll { $0.experiment == experiment }
            var trial = Behaviour.Trial(experiment: experiment, arm: arm, since: time, propensity: propensity)
            if let known {
                (trial.isKept, trial.isJoined) = (known.isKept, known.isJoined)
                trial.hasSeenOtherArm = known.hasSeenOtherArm
            }
            behaviour.trials.append(trial)
            for metric in experimentRules.metrics {
                let isCounted = history.isEmpty
                behaviour.outcomes.append(
                    Behaviour.Outcome(
                        experiment: experiment, metric: metric, count: 0,
                        countBefore: isCounted ? behaviour.count(of: metric) : 0, value: 0))
            }
            for entry in history where experimentRules.metrics.contains(entry.name) {
                behaviour.count(
                    entry.name, at: entry.time, value: entry.value, for: experiment,
                    windowMicroseconds: experimentRules.windowMicroseconds)
            }
        }
    }

    private func isLatest(_ time: Timestamp, _ unit: Unit) -> Bool {
        behaviour(of: unit).events.allSatisfy { $0.last.microseconds <= time.microseconds }
    }

    /// The events of a unit, those of this request included; of a person with several ids those of all, each once.
    private mutating func history(of unit: Unit) -> [EventLogEntry] {
        var history: [EventLogEntry] = []
        var known: Set<[UInt8]> = []
        let ids = unit.entity == .visitor ? store.aliases.ids(unit.id) : [unit.id]
        for id in ids {
            for (digest, entry) in log(unit.entity, id) where entry.kind == .event {
                if ids.count == 1 || known.insert(digest).inserted { history.append(entry) }
            }
        }
        return history
    }

    /// What is retained one by one of one id, this request included, each with the digest that names it.
    mutating func log(_ entity: Entity, _ id: String) -> [(digest: [UInt8], entry: EventLogEntry)] {
        let prefix = EventKey.prefix(entity, id)
        var log: [(digest: [UInt8], entry: EventLogEntry)] = []
        for (key, value) in reads.entries(.events, under: prefix) {
            guard let entry = value.withUnsafeBytes({ EventLogEntry($0) }) else { continue }
            log.append((Array(key.dropFirst(prefix.count)), entry))
        }
        return log
            + entries.filter { $0.key.starts(with: prefix) }.map { (Array($0.key.dropFirst(prefix.count)), $0.entry) }
    }

    /// Forgets arms that were first seen before a time, and what was done since.
    mutating func forgetTrials(of unit: Unit, before time: Timestamp) {
        // Erased, or forgotten, since it was looked for: a record written now would stand under the erased id.
        guard behaviour(of: unit).trials.contains(where: { $0.since < time }) else { return }
        change(unit) { behaviour in
            let old = behaviour.trials.filter { $0.since < time }.map(\.experiment)
            behaviour.trials.removeAll { old.contains($0.experiment) }
            behaviour.outcomes.removeAll { old.contains($0.experiment) }
        }
    }

    // MARK: Consent

    /// Whether a visitor agrees to what something needs: by the request, as far as what is stored lets it, else by what is stored,
    /// else by default.
    func isAgreed(_ needs: [ConsentGate.Need], _ visitorID: String, _ asked: ConsentGate.Asked) -> Bool {
        guard !needs.isEmpty else { return true }
        let id = store.aliases.canonical(visitorID)
        let stored = id.isEmpty ? [] : behaviour(of: Unit(entity: .visitor, id: id)).consents
        return rules.gate.isAgreed(needs, asked: asked, stored: stored)
    }

    /// The same for what is to be recorded: counts what is not.
    mutating func noteAgreed(_ needs: [ConsentGate.Need], _ visitorID: String, _ asked: ConsentGate.Asked) -> Bool {
        let isAgreed = isAgreed(needs, visitorID, asked)
        if !isAgreed { notAgreed += 1 }
        return isAgreed
    }

    /// Keeps a choice in the history; it is the one that holds unless a newer one is known.
    ///
    /// - Parameter time: Nil for now: then it holds whatever the clock says, also behind one that was made while it was ahead.
    mutating func setConsent(
        _ visitorID: String, _ purpose: UInt32, isGranted: Bool, source: UInt32, at given: Timestamp?,
        now: Timestamp, textVersion: String = ""
    ) throws(BehaviourError) {
        let id = store.aliases.canonical(visitorID)
        let time = given ?? newest(purpose, of: id, now)
        let choice = Behaviour.Consent(purpose: purpose, source: source, isGranted: isGranted, time: time)
        let held = behaviour(of: Unit(entity: .visitor, id: id)).consents.first { $0.purpose == purpose }
        consents.add(
            ConsentEntry(choice: choice, textVersion: textVersion), of: id, &reads,
            isKept: held.map { $0.isGranted != isGranted } ?? false)
        change(Unit(entity: .visitor, id: id)) { behaviour in
            let consent = Behaviour.Consent(purpose: purpose, source: source, isGranted: isGranted, time: time)
            guard let index = behaviour.consents.firstIndex(where: { $0.purpose == purpose }) else {
                behaviour.consents.append(consent)
                return
            }
            let known = behaviour.consents[index]
            // Of two choices of one moment, the denial counts.
            let isNewer =
                time.microseconds > known.time.microseconds
                || time.microseconds == known.time.microseconds && !isGranted
            if isNewer { behaviour.consents[index] = consent }
        }
    }

    /// Now, or right behind the choice that holds.
    private mutating func newest(_ purpose: UInt32, of id: String, _ now: Timestamp) -> Timestamp {
        let stored = behaviour(of: Unit(entity: .visitor, id: id)).consents
        guard let known = stored.first(where: { $0.purpose == purpose })?.time, known.microseconds > now.microseconds
        else { return now }
        return Timestamp(microseconds: known.microseconds + 1)
    }

    /// - Returns: The number of a source of consent.
    mutating func source(_ name: String) -> UInt32 { book.number(.source, name) }

    // MARK: Units

    private func units(_ visitorID: String, _ accountID: String) -> [Unit] {
        var units: [Unit] = []
        if !visitorID.isEmpty { units.append(Unit(entity: .visitor, id: visitorID)) }
        if !accountID.isEmpty, visitorID.isEmpty || rules.countsAccounts {
            units.append(Unit(entity: .account, id: accountID))
        }
        return units
    }

    /// The first unit's entry tells whether the event is new; the others get one for what comes late.
    ///
    /// - Returns: Its key; nil when it is known.
    private mutating func newKey(
        _ units: [Unit], id: String, _ entry: EventLogEntry, isDecidedNow: Bool = false
    ) throws(BehaviourError) -> [UInt8]? {
        let keys = units.map { EventKey.key($0.entity, $0.id, event: id) }
        guard let first = keys.first else {
            throw .invalid(field: "visitor_id", problem: "is empty, and so is account_id; name one of them")
        }
        guard !isKnown(first, units[0], id, isDecidedNow) else {
            duplicates += 1
            return nil
        }
        newKeys.formUnion(keys)
        var entry = entry
        // So that whoever is forgotten is taken out there too.
        if units.count == 2 { entry.count(forAccount: units[1].id) }
        for key in keys {
            entries.append((key, entry))
            entry.isCopy = true
            entry.removeAccount()
        }
        happened.append((units.count == 2, nil))
        recorded += 1
        return first
    }

    /// Whether it was recorded before, be it under another id before that was known to be the same person's.
    private mutating func isKnown(_ key: [UInt8], _ unit: Unit, _ event: String, _ isDecidedNow: Bool) -> Bool {
        if newKeys.contains(key) { return true }
        // The id of what is decided this moment holds the moment: if it stands somewhere, then in line.
        if isDecidedNow { return reads.isInLine(.events, key) }
        if reads.value(.events, key) != nil { return true }
        guard unit.entity == .visitor else { return false }
        for id in store.aliases.others(of: unit.id)
        where reads.value(.events, EventKey.key(.visitor, id, event: event)) != nil { return true }
        return false
    }

    func behaviour(of unit: Unit) -> Behaviour {
        if let changed = changed[unit] { return changed }
        var id = unit.id
        return id.withUTF8 { id in
            let stored = store.table(unit.entity).find(id).flatMap { BehaviourView($0.payload) }
            let view = stored ?? (unit.entity == .visitor ? store.objections.find(id) : nil)
            return view.map(Behaviour.init) ?? Behaviour()
        }
    }

    mutating func change(_ unit: Unit, _ body: (inout Behaviour) -> Void) {
        var behaviour = behaviour(of: unit)
        body(&behaviour)
        changed[unit] = behaviour
    }

    mutating func publish(_ publication: PersonPublication) { people.append(publication) }

    /// Publishes what has changed, and writes it with the events down for the journal.
    ///
    /// - Returns: What takes it back in memory; for whoever holds the store's lock.
    func finish(into changes: inout Changes) -> @Sendable () -> Void {
        write(into: &changes)
        consents.write(into: &changes)
        for counter in delivered { counter.add(1) }
        for counter in delivered where counter.isWhole {
            changes.append(.goal(key: counter.key, delivered: counter.stored))
        }
        var undo = RecordUndo()
        for (unit, behaviour) in changed {
            var behaviour = behaviour
            behaviour.version &+= 1
            let bytes = behaviour.encoded()
            let id = Array(unit.id.utf8)
            undo.put(id, bytes, in: store.table(unit.entity))
            changes.append(.behaviour(unit.entity, id: id, record: bytes))
        }
        // Last, so that whoever is led to another id finds there what has moved.
        let profiles = people.map { $0.run(store, &changes, &undo) }
        return { [undo, delivered] in
            for former in profiles.reversed() { former.run() }
            undo.run()
            for counter in delivered { counter.takeBack(1) }
        }
    }
}

extension BehaviourRecorder {
    /// What happened, in its order.
    private func write(into changes: inout Changes) {
        var next = 0
        for (hasCopy, record) in happened {
            let row = row(next)
            let copy = hasCopy ? self.row(next + 1) : nil
            next += hasCopy ? 2 : 1
            let told = record.map(store.outbox.encoded)
            let happening = Change.Happening(row: row, copy: copy, record: told)
            changes.append(entries[next - 1].entry.kind == .event ? .event(happening) : .exposure(happening))
        }
    }

    private func row(_ index: Int) -> Change.Row {
        Change.Row(key: entries[index].key, entry: entries[index].entry.encoded())
    }
}

extension Behaviour {
    /// Counts something that happened for a metric of an experiment: after the first exposure as its outcome, sooner as what was before.
    fileprivate mutating func count(
        _ metric: UInt32, at time: Timestamp, value: Double, for experiment: UInt32, windowMicroseconds: Int64
    ) {
        guard let trial = trials.first(where: { $0.experiment == experiment }) else { return }
        let index: Int
        if let known = outcomes.firstIndex(where: { $0.experiment == experiment && $0.metric == metric }) {
            index = known
        } else {
            outcomes.append(Outcome(experiment: experiment, metric: metric, count: 0, countBefore: 0, value: 0))
            index = outcomes.count - 1
        }
        if time.microseconds < trial.since.microseconds {
            outcomes[index].countBefore &+= 1
        } else if time.microseconds - trial.since.microseconds <= windowMicroseconds {
            outcomes[index].count &+= 1
            outcomes[index].value += value
        }
    }
}

/// Keys of the journal's events: kind of unit, its id with its length, then the digest of the event's own id.
enum EventKey {
    static func prefix(_ entity: Entity, _ id: String) -> [UInt8] {
        let id = Array(id.utf8)
        return [entity.rawValue, UInt8(truncatingIfNeeded: id.count >> 8), UInt8(truncatingIfNeeded: id.count)] + id
    }

    /// The prefix of the unit whose the key is.
    static func prefix(of key: [UInt8]) -> [UInt8] { Array(key.dropLast(digestBytes)) }

    /// Whether a key is one that `key` makes.
    static func isValid(_ key: UnsafeRawBufferPointer) -> Bool {
        guard key.count > prefixBytes + digestBytes, Entity(rawValue: key[0]) != nil else { return false }
        return key.count == prefixBytes + Int(key[1]) << 8 + Int(key[2]) + digestBytes
    }

    private static let prefixBytes = 3
    static let digestBytes = 16

    /// Whose a valid key is, and its digest as text.
    static func parts(_ key: UnsafeRawBufferPointer) -> (entity: Entity, id: String, digest: String)? {
        guard isValid(key), let entity = Entity(rawValue: key[0]) else { return nil }
        let id = String(decoding: key[prefixBytes..<(key.count - digestBytes)], as: UTF8.self)
        return (entity, id, digestText(Array(key.suffix(digestBytes))))
    }

    /// The digest at a key's end, as 32 hexadecimal digits: it names the event for its unit.
    static func digestText(_ key: [UInt8]) -> String {
        key.suffix(digestBytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whose a choice of consent is: the key has a time and a purpose in the place of the digest.
    static func id(inConsent key: UnsafeRawBufferPointer) -> String? {
        guard key.count > prefixBytes + consentPlaceBytes else { return nil }
        let count = Int(key[1]) << 8 | Int(key[2])
        guard key.count == prefixBytes + count + consentPlaceBytes else { return nil }
        return String(decoding: key[prefixBytes..<(prefixBytes + count)], as: UTF8.self)
    }

    static let consentPlaceBytes = 12

    /// The key of a visitor's event by its digest as text.
    static func key(_ visitorID: String, digest: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = digest.utf8[...]
        while rest.count >= 2 {
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return prefix(.visitor, visitorID) + bytes
    }

    static func key(_ entity: Entity, _ id: String, event: String) -> [UInt8] {
        let digest = Array(event.utf8).withUnsafeBytes { Hash.of($0, seed: 0) }
        return prefix(entity, id)
            + withUnsafeBytes(of: digest.high.bigEndian, Array.init)
            + withUnsafeBytes(of: digest.low.bigEndian, Array.init)
    }
}

extension EventRecord {
    fileprivate init(_ event: BehaviourRecorder.Event, id: String) {
        self.init(.event, id: id, at: event.time)
        (visitorID, accountID) = (event.visitorID, event.accountID)
        (name, value, decisionID) = (event.name, event.value, event.decisionID)
    }

    fileprivate init(_ exposure: Exposure, id: String) {
        self.init(.exposure, id: id, at: exposure.time)
        (visitorID, accountID) = (exposure.visitorID, exposure.accountID)
        (placement, campaign, variant) = (exposure.placement, exposure.campaign, exposure.variant)
        (experiment, arm, propensity) = (exposure.experiment, exposure.arm, exposure.propensity)
        (decisionID, revision, isClick) = (exposure.decisionID, exposure.revision, exposure.isClick)
    }
}
