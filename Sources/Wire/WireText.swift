internal import CBespokeProto
package import Model

/// What was found of the bytes of a value.
enum TextForm {
    /// Nothing to do: the text is valid and in its one form.
    case sound
    /// Valid, but perhaps not in the form of `NormalForm`.
    case perhapsUnnormal
    case problem(TextProblem)
}

extension BorrowedText {
    /// Validates once, here at the edge, so that everything behind may trust the text.
    ///
    /// - Complexity: O(bytes), eight at a time while they are ASCII.
    package var problem: TextProblem? { isASCII ? nil : textProblem }

    /// The same, and whether the text has to be normalised; ids are not, see `NormalForm`.
    @inline(__always)
    var form: TextForm { isASCII ? .sound : slowForm }

    @inline(never)
    private var slowForm: TextForm {
        if let problem = textProblem { return .problem(problem) }
        return NormalForm.isCertain(bytes) ? .sound : .perhapsUnnormal
    }

    /// The text in its one form.
    ///
    /// - Returns: nil when the arena's budget is spent.
    /// - Precondition: The text was validated.
    func normalised(in arena: Arena) -> BorrowedText? {
        var text = String(decoding: bytes, as: UTF8.self).normalForm
        return text.withUTF8 { bytes in
            guard !bytes.elementsEqual(self.bytes) else { return self }
            guard let room = arena.allocate(UInt8.self, count: bytes.count) else { return nil }
            _ = room.initialize(from: bytes)
            return BorrowedText(start: room.baseAddress, count: bytes.count)
        }
    }

    /// Whether every byte is ASCII, and none is NUL.
    @inline(__always)
    private var isASCII: Bool {
        guard let start, count > 0 else { return true }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawPointer(start)
        var index = 0
        while index + 8 <= count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // The first term is zero when no byte has its high bit, the second when moreover no byte is NUL.
            guard word & highs == 0, (word &- ones) & highs == 0 else { return false }
            index += 8
        }
        while index < count {
            guard start[index] != 0, start[index] < 0x80 else { return false }
            index += 1
        }
        return true
    }
}

extension ProtobufCBinaryData {
    /// The bytes as text; they live as long as the arena's current request.
    var text: BorrowedText { BorrowedText(start: data, count: len) }

    /// See `BorrowedText.problem`.
    var textProblem: TextProblem? { text.problem }

    /// - Throws: `WireError.invalid` naming `field`.
    func validatedText(_ field: @autoclosure () -> String) throws(WireError) -> BorrowedText {
        if let problem = textProblem { throw .invalid(field: field(), problem: problem.rawValue) }
        return text
    }
}
