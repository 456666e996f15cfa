internal import Ledger
internal import Model
internal import Profiles
internal import Ruleset
internal import Store

/// Reads every entry of a journal that nobody writes, decodes it, and lists what is not as it was written.
package struct JournalVerification {
    /// What was found.
    package struct Report: Sendable {
        /// Rows that were read, bad ones included, by family.
        package var rows: [(kind: String, count: UInt64)] = []
        package var bad: UInt64 = 0
        /// The first 1,000.
        package var badRows: [BadRow] = []

        /// A row that is not as it was written.
        package struct BadRow: Sendable {
            package let kind: String
            /// As text.
            package let key: String
            package let reason: String
        }

        /// Nothing yet.
        package init() {}

        /// - Parameter key: As text.
        mutating func add(_ kind: String, key: String, _ reason: String) {
            bad += 1
            guard badRows.count < Self.listedMax else { return }
            badRows.append(BadRow(kind: kind, key: key, reason: reason))
        }

        private static let listedMax = 1_000
    }

    private let path: String
    private let forms: StoredForms
    private let progress: (UInt64, UInt64) -> Void
    private let isStopped: () -> Bool

    private static let rowsBetweenReports: UInt64 = 65_536

    /// - Parameters:
    ///   - path: A folder that holds a journal.
    ///   - forms: How values stand in it.
    ///   - progress: Is told from time to time rows read and about how many there are.
    ///   - isStopped: Asked from time to time.
    package init(
        path: String, forms: StoredForms, progress: @escaping (UInt64, UInt64) -> Void = { _, _ in },
        isStopped: @escaping () -> Bool = { false }
    ) {
        (self.path, self.forms) = (path, forms)
        self.progress = progress
        self.isStopped = isStopped
    }

    /// Goes on after damage as far as can be read. Blocks the thread.
    package func run(into report: inout Report) {
        let journal: DiskStore
        do throws(StoreError) {
            journal = try DiskStore.openForReading(path: path)
        } catch {
            return report.add("journal", key: "", error.description)
        }
        let expected = StoreFamily.allCases.reduce(UInt64(0)) { $0 + UInt64(journal.estimatedCount($1)) }
        let schema = schema(of: journal, &report)
        var total: UInt64 = 0
        for family in StoreFamily.allCases where !isStopped() {
            var check = RowCheck(family, schema, forms)
            var count: UInt64 = 0
            do throws(StoreError) {
                let unreadable = try journal.readThrough(family) { key, value in
                    count += 1
                    total += 1
                    if let fault = check.fault(key, value) { report.add(family.name, key: Self.text(key), fault) }
                    guard total % Self.rowsBetweenReports == 0 else { return true }
                    progress(total, expected)
                    return !isStopped()
                }
                if let unreadable { report.add(family.name, key: Self.text(unreadable), unreadable.reason) }
            } catch {
                report.add(family.name, key: "", error.description)
            }
            report.rows.append((family.name, count))
        }
    }

    /// Without a schema the profiles' attributes are not compared with it.
    private func schema(of journal: DiskStore, _ report: inout Report) -> ProfileSchema? {
        do {
            guard let stored = try journal.get(.meta, key: ProfileStore.schemaKey) else { return ProfileSchema() }
            return try stored.withUnsafeBytes { try ProfileSchema(decoding: $0) }
        } catch is ProfileError {
            // Found once more as an entry, with its key.
            return nil
        } catch {
            report.add(StoreFamily.meta.name, key: "profiles.schema", "\(error)")
            return nil
        }
    }

    private static func text(_ entries: UnreadableEntries) -> String {
        func end(_ key: [UInt8]?, _ none: String) -> String { key.map { $0.withUnsafeBytes(text) } ?? none }
        return "between \(end(entries.after, "the first")) and \(end(entries.before, "the last"))"
    }

    /// Text as it is; other bytes as `\x` and two hexadecimal digits.
    static func text(_ key: UnsafeRawBufferPointer) -> String {
        let isText = !key.contains { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }
        if isText, let text = String(validating: key, as: UTF8.self) { return text }
        return key.map { byte in
            if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") { return String(Unicode.Scalar(byte)) }
            return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// What an entry of a family must be.
private struct RowCheck {
    private let family: StoreFamily
    private let forms: StoredForms
    private var records: RecordChecker
    /// Of the names in which behaviour is written: they are stored without gaps.
    private var names = NameBook()

    init(_ family: StoreFamily, _ schema: ProfileSchema?, _ forms: StoredForms) {
        (self.family, self.forms) = (family, forms)
        records = RecordChecker(schema, family == .accounts ? .account : .visitor)
    }

    /// - Returns: What is wrong; nil when nothing is.
    mutating func fault(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> String? {
        switch family {
        case .visitors, .accounts: return records.fault(in: value, key: key)
        case .visitorBehaviour, .accountBehaviour:
            guard (1...ProfileLimits.idBytesMax).contains(key.count) else { return "is stored under no id" }
            return BehaviourView(value) == nil ? "cannot be decoded" : nil
        case .events:
            guard EventKey.isValid(key) else { return "is stored under a key that no event has" }
            return EventLogEntry(value) == nil ? "cannot be decoded" : nil
        case .outbox:
            guard key.count == 8 else { return "is stored under no number" }
            return waitingFault(value)
        case .links: return LinkFormat.link(key, value) == nil ? "cannot be decoded" : nil
        case .aliases:
            do throws(ProfileError) {
                _ = try MergeRecord(decoding: value)
                return nil
            } catch {
                return error.description
            }
        case .consents:
            return ConsentEntry(place: key.suffix(12), value: value) == nil ? "cannot be decoded" : nil
        case .rules: return rulesFault(key, value)
        case .meta: return metaFault(key, value)
        }
    }

    private func waitingFault(_ value: UnsafeRawBufferPointer) -> String? {
        do {
            guard let record = try Change(decoding: value).record else { return nil }
            _ = try record.withUnsafeBytes { try forms.events.decode($0) }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func rulesFault(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> String? {
        guard key.count == 8 else { return "is stored under no number" }
        do {
            let record = try forms.rules.decode(value)
            return RuleSetLoader.revision(record.files).digest == record.revision
                ? nil : "has other files than its revision says"
        } catch {
            return "\(error)"
        }
    }

    private mutating func metaFault(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> String? {
        if key.starts(with: TokenStore.prefix) { return TokenStore.fault(key, value, forms.tokens) }
        if key.elementsEqual(ProfileStore.schemaKey) {
            do throws(ProfileError) {
                _ = try ProfileSchema(decoding: value)
            } catch {
                return error.description
            }
        } else if key.starts(with: BehaviourStore.nameKey) {
            let number = key.dropFirst(BehaviourStore.nameKey.count).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            if !names.load(number: number, entry: Array(value)) { return "is not the name that follows the one before" }
        } else if key.starts(with: GoalCounter.keyPrefix), value.count != 8 {
            return "is no count of what a campaign has delivered"
        } else if key.starts(with: Objections.keyPrefix), BehaviourView(value) == nil {
            return "is no choice of somebody who was erased"
        } else if key.elementsEqual(MetaKey.sequence) || key.starts(with: MetaKey.cursor), value.count != 8 {
            return "is no number of a change"
        } else if key.starts(with: ProfileStore.erasedKey), value.count != 8 {
            return "is no time of an erasure"
        }
        return nil
    }
}
