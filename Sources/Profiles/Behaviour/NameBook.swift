/// Numbers for the names of events, creatives, experiments, arms, purposes and sources: a name keeps its number for good.
package struct NameBook: Sendable {
    /// What is named.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case event = 0x65
        case creative = 0x63
        case experiment = 0x78
        case arm = 0x61
        case purpose = 0x70
        case source = 0x73
    }

    /// Names that are not stored yet.
    package private(set) var unstored: [(number: UInt32, entry: [UInt8])] = []
    private var numbers: [String: UInt32] = [:]
    private var names: [(kind: Kind, name: String)] = []

    /// No names.
    package init() {}

    package var count: Int { names.count }

    /// - Returns: The number of a name; a new one for a new name.
    package mutating func number(_ kind: Kind, _ name: String) -> UInt32 {
        let key = NameBook.key(kind, name)
        if let number = numbers[key] { return number }
        let number = UInt32(names.count)
        numbers[key] = number
        names.append((kind, name))
        unstored.append((number, Array(key.utf8)))
        return number
    }

    /// - Returns: The number of a name, or nil when it has none.
    package func known(_ kind: Kind, _ name: String) -> UInt32? { numbers[NameBook.key(kind, name)] }

    /// - Returns: The name behind a number; empty for one that is not known.
    package func name(_ number: UInt32) -> String { number < names.count ? names[Int(number)].name : "" }

    /// The form in which the name behind a number is stored.
    ///
    /// - Precondition: The number is below the count.
    package func entry(_ number: UInt32) -> [UInt8] {
        let (kind, name) = names[Int(number)]
        return Array(NameBook.key(kind, name).utf8)
    }

    /// All names of a kind with their numbers.
    package func all(_ kind: Kind) -> [(number: UInt32, name: String)] {
        names.indices.filter { names[$0].kind == kind }.map { (UInt32($0), names[$0].name) }
    }

    /// Says that what was unstored is stored.
    package mutating func markStored() { unstored = [] }

    /// Forgets the names from a number on: they were not kept, nor anything that is written in them.
    package mutating func truncate(to count: Int) {
        guard names.count > count else { return }
        for (kind, name) in names[count...] { numbers[NameBook.key(kind, name)] = nil }
        names.removeSubrange(count...)
        unstored.removeAll { $0.number >= count }
    }

    /// Takes in a stored name.
    ///
    /// - Returns: Whether it is the next one: numbers are stored without gaps.
    package mutating func load(number: UInt32, entry: [UInt8]) -> Bool {
        guard number == names.count, let first = entry.first, let kind = Kind(rawValue: first) else { return false }
        let key = String(decoding: entry, as: UTF8.self)
        numbers[key] = number
        names.append((kind, String(key.dropFirst())))
        return true
    }

    private static func key(_ kind: Kind, _ name: String) -> String {
        String(Unicode.Scalar(kind.rawValue)) + name
    }
}
