/// Why a function has no result; its place is added by the evaluator.
package struct Fault: Error, Sendable {
    package let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// What an evaluation may still cost.
struct Meter {
    /// That may still be taken.
    private(set) var steps: Int
    private let limits: Limits
    /// Once set, nothing is evaluated further: no `||` makes up for it.
    private(set) var isExhausted = false

    static let unlimited = Meter(limits: .default, steps: .max)

    init(limits: Limits) {
        self.init(limits: limits, steps: limits.stepsMax)
    }

    private init(limits: Limits, steps: Int) {
        self.limits = limits
        self.steps = steps
    }

    var exhausted: Fault { Fault("the evaluation takes more than \(limits.stepsMax) steps") }

    mutating func charge(_ count: Int) throws(Fault) {
        steps -= count
        guard steps >= 0 else {
            isExhausted = true
            steps = 0
            throw exhausted
        }
    }

    /// The cost of looking at so many bytes.
    mutating func charge(bytes: Int) throws(Fault) {
        try charge(bytes / 16)
    }

    /// The cost of making so many bytes.
    mutating func charge(newBytes count: Int) throws(Fault) {
        try check(bytes: count)
        try charge(bytes: count)
    }

    /// - Throws: When a text would be too long.
    func check(bytes count: Int) throws(Fault) {
        guard 0...limits.sizeMax ~= count else {
            throw Fault("a text or bytes would be longer than \(limits.sizeMax) bytes")
        }
    }

    /// The cost of a new list or map with these members: all that they hold counts again, so that a small structure that
    /// shares its parts cannot stand for a huge one.
    mutating func charge(members: some Collection<Value>) throws(Fault) {
        guard members.count <= limits.sizeMax else {
            throw Fault("a list or map would have more than \(limits.sizeMax) members")
        }
        for member in members { try weigh(member) }
    }

    mutating func weigh(_ value: Value) throws(Fault) {
        try charge(1)
        switch value {
        case .list(let members): for member in members { try weigh(member) }
        case .map(let map):
            for entry in map.entries {
                try charge(1)
                try weigh(entry.value)
            }
        default: break
        }
    }
}
