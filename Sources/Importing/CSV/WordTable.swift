/// Looks words up by their bytes, without making a String of each cell.
final class WordTable<Value: Sendable>: Sendable {
    private struct Slot: Sendable, BitwiseCopyable {
        var hash: UInt32 = 0
        /// In `bytes`.
        var start = 0
        var count = 0
        /// -1 in an empty slot.
        var value = -1
    }

    /// Open addressing, at most half full.
    private let slots: [Slot]
    private let bytes: [UInt8]
    private let values: [Value]
    /// For words beyond ASCII, of which there are several forms that mean the same.
    private let words: [String: Value]

    init(_ words: [String: Value]) {
        self.words = words
        var size = 4
        while size < 2 * words.count { size *= 2 }
        var slots = [Slot](repeating: Slot(), count: size)
        var bytes: [UInt8] = []
        var values: [Value] = []
        for (text, value) in words {
            let word = Array(text.utf8)
            let hash = word.withUnsafeBufferPointer { Self.hash($0) }
            var index = Int(hash) & (size - 1)
            while slots[index].value >= 0 { index = (index + 1) & (size - 1) }
            slots[index] = Slot(hash: hash, start: bytes.count, count: word.count, value: values.count)
            bytes += word
            values.append(value)
        }
        self.slots = slots
        self.bytes = bytes
        self.values = values
    }

    subscript(word: UnsafeBufferPointer<UInt8>) -> Value? {
        guard !values.isEmpty else { return nil }
        guard word.allSatisfy({ $0 < 0x80 }) else { return words[String(decoding: word, as: UTF8.self)] }
        let hash = Self.hash(word)
        var index = Int(hash) & (slots.count - 1)
        while slots[index].value >= 0 {
            if slots[index].hash == hash, isWord(at: slots[index], word) { return values[slots[index].value] }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    func contains(_ word: UnsafeBufferPointer<UInt8>) -> Bool { self[word] != nil }

    private func isWord(at slot: Slot, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
        guard slot.count == word.count else { return false }
        for index in 0..<word.count where bytes[slot.start + index] != word[index] { return false }
        return true
    }

    /// The words are our own side's, so nobody can make them collide.
    ///
    /// Source: G. Fowler, L. C. Noll, K.-P. Vo, FNV-1a.
    private static func hash(_ word: UnsafeBufferPointer<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in word { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash ^ hash >> 15
    }
}
