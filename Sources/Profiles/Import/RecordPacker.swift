internal import Model

#if canImport(Glibc)
    internal import Glibc
#endif

/// Checks profiles on their way in and writes them as records of the journal, without making values of them.
struct RecordPacker: ~Copyable {
    private let rules: ProfileRules
    private var names: AttributeNames
    private var values = PackedWriter(capacity: 2 * ProfileLimits.recordBytesMax)
    private var record = PackedWriter(capacity: ProfileLimits.recordBytesMax)
    private var cells: [PackedCell] = []
    /// Attributes of which there was a value.
    private(set) var used: Set<UInt16> = []
    private var isUsed: [Bool]
    /// By attribute.
    private var listed: [MetTexts]
    /// The members of one set.
    private var distinct: [BorrowedText] = []

    init(_ rules: ProfileRules) {
        self.rules = rules
        names = AttributeNames(rules)
        isUsed = Array(repeating: false, count: rules.attributes.count)
        listed = Array(repeating: MetTexts(), count: rules.attributes.count)
    }

    /// - Parameters:
    ///   - profile: Of the rules' kind; its texts are UTF-8 without NUL and keep to the limits.
    ///   - now: In seconds since 1970: when it is written, and when values were learnt that do not say.
    /// - Returns: The record, as version 1; good until the next call.
    /// - Throws: `ProfileError`: what is wrong with the profile.
    mutating func pack(
        _ profile: BorrowedProfile, atSeconds now: Int64
    ) throws(ProfileError) -> UnsafeBufferPointer<UInt8> {
        if let fault = ProfileID.fault(in: profile.id.bytes) { throw .badID(fault) }
        if profile.account.count > 0 {
            if rules.entity == .account { throw .badAccount(.notAllowed) }
            if let fault = ProfileID.fault(in: profile.account.bytes) { throw .badAccount(fault) }
        }
        values.reset()
        cells.removeAll(keepingCapacity: true)
        for place in 0..<profile.features.count { try pack(profile.features[place], at: place, now) }
        try sort()
        try RecordMerger.checkMembers(cells)
        record.reset()
        let packed = PackedProfile(
            id: profile.id.bytes, version: 1, account: profile.account.bytes, writtenAtSeconds: now, cells: cells)
        RecordFormat.write(packed, to: &record) { $1.bytes($0.start, count: $0.count) }
        guard !record.overflowed else { throw .profileTooLarge }
        for cell in cells where !isUsed[Int(cell.attribute)] {
            isUsed[Int(cell.attribute)] = true
            used.insert(cell.attribute)
        }
        return record.contents
    }

    @inline(__always)
    private mutating func pack(_ feature: BorrowedFeature, at place: Int, _ now: Int64) throws(ProfileError) {
        let attribute = try names.find(feature.name, at: place)
        let time = feature.observedAtSeconds ?? now
        guard time >= 0, time <= ProfileLimits.secondsMax else {
            throw .observedTimeOutOfRange(attribute: rules.attributes[attribute].name, seconds: time)
        }
        guard time <= now + ProfileLimits.observedAheadSecondsMax else {
            throw .observedTimeToCome(attribute: rules.attributes[attribute].name)
        }
        let start = values.count
        try pack(feature.value, as: attribute)
        guard !values.overflowed else { throw .profileTooLarge }
        cells.append(
            PackedCell(
                attribute: UInt16(attribute), type: rules.types[attribute], observedAtSeconds: time,
                start: values.pointer(at: start), count: values.count - start))
    }

    @inline(__always)
    private mutating func pack(_ value: Scalar, as attribute: Int) throws(ProfileError) {
        switch (rules.types[attribute], value.kind) {
        case (.string, .string): try pack(value.text, of: attribute)
        case (.strings, .strings): try pack(value.texts, of: attribute)
        default:
            if let refusal = PackedValue.write(value, as: rules.types[attribute], to: &values) {
                let expected = rules.attributes[attribute]
                throw ProfileError(
                    refusal, attribute: expected.name, expected: expected.type, found: AttributeValue(value)?.type)
            }
        }
    }

    @inline(__always)
    private mutating func pack(_ text: BorrowedText, of attribute: Int) throws(ProfileError) {
        if rules.areListed[attribute] { try listed[attribute].check(text, of: attribute, rules) }
        PackedValue.write(text.bytes, to: &values)
    }

    private mutating func pack(
        _ members: UnsafeBufferPointer<BorrowedText>, of attribute: Int
    ) throws(ProfileError) {
        guard members.count <= ProfileLimits.setMembersMax else {
            throw .tooManyMembers(attribute: rules.attributes[attribute].name, count: members.count)
        }
        distinct.removeAll(keepingCapacity: true)
        // By bytes: texts that only look alike are different members.
        if members.count <= 16 {
            for member in members where !distinct.contains(where: { $0.hasBytes(of: member) }) {
                distinct.append(member)
            }
        } else {
            var seen: Set<[UInt8]> = []
            for member in members where seen.insert(Array(member.bytes)).inserted { distinct.append(member) }
        }
        values.varint(UInt64(distinct.count))
        for index in distinct.indices { try pack(distinct[index], of: attribute) }
    }

    /// - Throws: `ProfileError.duplicateAttribute`.
    private mutating func sort() throws(ProfileError) {
        for end in 1..<max(1, cells.count) where cells[end].attribute <= cells[end - 1].attribute {
            let cell = cells[end]
            var index = end
            while index > 0, cells[index - 1].attribute > cell.attribute {
                cells[index] = cells[index - 1]
                index -= 1
            }
            if index > 0, cells[index - 1].attribute == cell.attribute {
                throw .duplicateAttribute(name: rules.attributes[Int(cell.attribute)].name)
            }
            cells[index] = cell
        }
    }
}

/// The texts of a list that were met last, so that most are found without looking the list up.
private struct MetTexts {
    private var texts: [[UInt8]] = []

    private static let countMax = 16

    @inline(__always)
    mutating func check(_ text: BorrowedText, of attribute: Int, _ rules: ProfileRules) throws(ProfileError) {
        for met in texts where met.count == text.count && met.withUnsafeBufferPointer({ $0.isSame(as: text) }) {
            return
        }
        try rules.check(text, isListedFor: attribute)
        if texts.count == Self.countMax { texts.removeFirst() }
        texts.append(Array(text.bytes))
    }
}

extension BorrowedText {
    @inline(__always)
    fileprivate func hasBytes(of other: BorrowedText) -> Bool { count == other.count && bytes.isSame(as: other) }
}

extension UnsafeBufferPointer<UInt8> {
    /// - Precondition: Both are of the same length.
    @inline(__always)
    fileprivate func isSame(as other: BorrowedText) -> Bool {
        guard let left = baseAddress, let right = other.start else { return true }
        return memcmp(left, right, count) == 0
    }
}
