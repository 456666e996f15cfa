internal import Model

/// Finds attributes by their names, at the price of a comparison when profiles name them in the same order.
struct AttributeNames: ~Copyable {
    /// What stood at a place of the profile before.
    private struct Known {
        let start: UnsafeMutablePointer<UInt8>
        let count: Int
        let attribute: Int
    }

    private let rules: ProfileRules
    private var known: [Known] = []

    init(_ rules: ProfileRules) {
        self.rules = rules
    }

    deinit {
        for name in known { name.start.deallocate() }
    }

    /// - Parameter place: Of the name among those of its profile.
    /// - Returns: The attribute's id.
    /// - Throws: `ProfileError.unknownAttribute`.
    @inline(__always)
    mutating func find(_ name: BorrowedText, at place: Int) throws(ProfileError) -> Int {
        if place < known.count {
            let before = known[place]
            if before.count == name.count, Self.isSame(before.start, name) { return before.attribute }
        }
        return try look(name, place)
    }

    @inline(never)
    private mutating func look(_ name: BorrowedText, _ place: Int) throws(ProfileError) -> Int {
        let attribute = Int(try rules.attribute(named: name).id)
        let start = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, name.count))
        _ = UnsafeMutableBufferPointer(start: start, count: name.count).initialize(from: name.bytes)
        let found = Known(start: start, count: name.count, attribute: attribute)
        if place < known.count {
            known[place].start.deallocate()
            known[place] = found
        } else if place == known.count {
            known.append(found)
        } else {
            start.deallocate()
        }
        return attribute
    }

    @inline(__always)
    private static func isSame(_ start: UnsafePointer<UInt8>, _ name: BorrowedText) -> Bool {
        guard let other = name.start else { return true }
        for index in 0..<name.count where start[index] != other[index] { return false }
        return true
    }
}
