internal import Conditions
internal import Glibc
internal import Model

extension Evaluator {
    /// - Returns: The value that a node computes.
    func scalar(_ row: Row<Node>) -> Scalar {
        let node = table.pointee.nodes[row]
        switch node.operation {
        case .slot: return value(Row(node.a))
        case .constant: return table.pointee.constants[Row(node.a)]
        case .truth: return verdict(Row(node.a)).scalar
        case .chooseScalar:
            let condition = verdict(Row(node.a))
            return condition.isSettled ? scalar(Row(condition.isYes ? node.b : node.c)) : condition.scalar
        case .fit: return certainFit(Row(node.a))
        case .engagement: return certainEngagement()
        case .grade: return certainGrade()
        case .persona: return certainPersona()
        case .role: return certainRole()
        case .stage: return certainStage()
        case .negate, .size, .toDouble: return unary(node, scalar(Row(node.a)))
        default: return binary(node.operation, scalar(Row(node.a)), scalar(Row(node.b)))
        }
    }

    private func unary(_ node: Node, _ value: Scalar) -> Scalar {
        switch (node.operation, value.kind) {
        case (.negate, .int):
            let (result, overflow) = Int64(0).subtractingReportingOverflow(value.int)
            return overflow ? .failed : Scalar(result)
        case (.negate, .double): return Scalar(-value.double)
        case (.size, .string): return charge(value.text.count) ? Scalar(codePointCount(value.text)) : .failed
        case (.size, .strings): return Scalar(Int64(value.count))
        case (.toDouble, .int): return Scalar(Double(value.int))
        default: return value
        }
    }

    private func binary(_ operation: Node.Operation, _ left: Scalar, _ right: Scalar) -> Scalar {
        guard left.isKnown, right.isKnown else { return Scalar.lack(left, right).scalar }
        switch (left.kind, right.kind) {
        case (.int, .int): return Evaluator.arithmetic(operation, left.int, right.int)
        case (.double, .double): return Evaluator.arithmetic(operation, left.double, right.double)
        default: return Evaluator.timeArithmetic(operation, left, right)
        }
    }

    private static func arithmetic(_ operation: Node.Operation, _ left: Int64, _ right: Int64) -> Scalar {
        let result: (partialValue: Int64, overflow: Bool)
        switch operation {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide: result = left.dividedReportingOverflow(by: right)
        default: result = left.remainderReportingOverflow(dividingBy: right)
        }
        return result.overflow ? .failed : Scalar(result.partialValue)
    }

    private static func arithmetic(_ operation: Node.Operation, _ left: Double, _ right: Double) -> Scalar {
        switch operation {
        case .add: Scalar(left + right)
        case .subtract: Scalar(left - right)
        case .multiply: Scalar(left * right)
        default: Scalar(left / right)
        }
    }

    /// Timestamps and durations; their sums stay within the years 1 to 9999.
    private static func timeArithmetic(_ operation: Node.Operation, _ left: Scalar, _ right: Scalar) -> Scalar {
        let result =
            operation == .add
            ? left.microseconds.addingReportingOverflow(right.microseconds)
            : left.microseconds.subtractingReportingOverflow(right.microseconds)
        guard !result.overflow else { return .failed }
        let isTimestamp = (left.kind == .timestamp) != (right.kind == .timestamp)
        guard isTimestamp else { return Scalar(durationMicroseconds: result.partialValue) }
        let timestamp = Timestamp(microseconds: result.partialValue)
        return timestampRange.contains(timestamp) ? Scalar(timestamp) : .failed
    }

    /// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z, as CEL bounds them.
    private static let timestampRange =
        Timestamp(microseconds: -62_135_596_800_000_000)...Timestamp(microseconds: 253_402_300_799_999_999)

    private func codePointCount(_ text: BorrowedText) -> Int64 {
        var count: Int64 = 0
        for byte in text.bytes where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    // MARK: Order

    @inline(__always)
    func order(_ left: Int64, _ right: Int64) -> Order {
        left == right ? .same : left < right ? .ascending : .descending
    }

    @inline(__always)
    func order(_ left: Double, _ right: Double) -> Order {
        left == right ? .same : left < right ? .ascending : left > right ? .descending : .none
    }

    /// How two known values of one type, or two numbers, stand to each other.
    func order(_ left: Scalar, _ right: Scalar) -> Order {
        switch (left.kind, right.kind) {
        case (.int, .int): order(left.int, right.int)
        case (.double, .double): order(left.double, right.double)
        case (.int, .double): order(left.int, right.double)
        case (.double, .int): order(right.int, left.double).mirrored
        case (.string, .string): byteOrder(left.text, right.text)
        case (.bool, .bool), (.timestamp, .timestamp), (.duration, .duration):
            order(left.microseconds, right.microseconds)
        default: .none
        }
    }

    /// An integer and a double by their exact values.
    private func order(_ left: Int64, _ right: Double) -> Order {
        if right.isNaN { return .none }
        if right >= 0x1p63 { return .ascending }
        if right < -0x1p63 { return .descending }
        let whole = right.rounded(.down)
        let wholeOrder = order(left, Int64(whole))
        return wholeOrder == .same && whole < right ? .ascending : wholeOrder
    }

    // MARK: Texts

    func contains(_ text: BorrowedText, _ part: BorrowedText) -> Bool {
        guard let start = text.start, let partStart = part.start, part.count > 0 else { return part.count == 0 }
        var rest = UnsafeRawPointer(start)
        let last = UnsafeRawPointer(start) + (text.count - part.count)
        // A long text of one letter is compared with a long part at every place.
        var compared = 0
        defer { _ = charge(compared / Work.comparedBytesOfUnit) }
        while rest <= last, let hit = memchr(rest, Int32(partStart[0]), last - rest + 1) {
            if memcmp(hit, partStart, part.count) == 0 { return true }
            compared += part.count
            rest = UnsafeRawPointer(hit) + 1
        }
        return false
    }

    /// - Parameter digits: At least 20 bytes.
    /// - Returns: A view of the end of `digits`.
    func decimal(_ value: Int64, in digits: UnsafeMutableBufferPointer<UInt8>) -> BorrowedText {
        var position = digits.count
        var rest = value.magnitude
        repeat {
            position -= 1
            digits[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 {
            position -= 1
            digits[position] = UInt8(ascii: "-")
        }
        guard let start = digits.baseAddress else { return .empty }
        return BorrowedText(start: UnsafePointer(start + position), count: digits.count - position)
    }
}

extension Order {
    fileprivate var mirrored: Order {
        switch self {
        case .ascending: .descending
        case .descending: .ascending
        case .same, .none: self
        }
    }
}
