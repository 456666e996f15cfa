internal import CXXHash
internal import Model

/// Texts that occur again and again, by attribute, each with a small code; append-only while the process runs.
///
/// The writer adds, readers look up codes that they found in rows. That needs no atomics: an entry is written before the row
/// that first uses its code is published (release), a reader finds the code by loading that row's slot (acquire), and neither
/// an entry nor anything on the way to it is ever changed or moved after that.
///
/// A text gets a code when it is seen a second time within a while, so that texts of a single person (an address, a name)
/// stay in that person's row and go with it, and memory is bounded.
struct TextDictionaries: ~Copyable {
    /// Coded texts are at most this long: a longer text is rarely shared.
    static let textBytesMax = 64
    /// Of one attribute.
    static let codesMax = chunkCount * chunkLength
    /// The dictionary of account ids, beside those of the attributes.
    static let accounts = ProfileLimits.attributesMax

    private static let chunkLength = 1_024
    private static let chunkCount = 1_024

    /// A text: its length in one byte, then its bytes.
    typealias Entry = UnsafePointer<UInt8>
    typealias Chunk = UnsafeMutablePointer<Entry>
    /// For readers: dictionary, then code / 1,024, then code % 1,024.
    typealias Directory = UnsafeMutablePointer<UnsafeMutablePointer<Chunk?>?>

    let directory: Directory
    private var dictionaries: [Dictionary?]
    private var arena = TextArena()
    private let seed: UInt64
    private(set) var byteCount = 0

    /// The writer's side of one dictionary.
    private struct Dictionary {
        var count = 0
        /// Open addressing: the upper half of the hash, then the code + 1; 0 is free.
        var codes = [UInt64](repeating: 0, count: 16)
        /// Fingerprints of texts seen lately, each in the place its hash says.
        var recent: [UInt32]

        init(recentCount: Int) {
            recent = [UInt32](repeating: 0, count: recentCount)
        }
    }

    init(seed: UInt64) {
        let count = ProfileLimits.attributesMax + 1
        directory = .allocate(capacity: count)
        directory.initialize(repeating: nil, count: count)
        dictionaries = [Dictionary?](repeating: nil, count: count)
        self.seed = seed
    }

    deinit {
        for index in dictionaries.indices {
            guard let chunks = directory[index] else { continue }
            for chunk in 0..<Self.chunkCount { chunks[chunk]?.deallocate() }
            chunks.deallocate()
        }
        directory.deallocate()
    }

    /// The text with a code that a row holds.
    @inline(__always)
    static func text(_ code: UInt64, of dictionary: Int, in directory: Directory) -> BorrowedText {
        guard let chunk = directory[dictionary]?[Int(code) / chunkLength] else {
            preconditionFailure("a row holds only codes that were given out before it was published")
        }
        let entry = chunk[Int(code) % chunkLength]
        return BorrowedText(start: entry + 1, count: Int(entry[0]))
    }

    /// - Returns: The code of a text, when it has one or has just earned one and the code is no longer than the text.
    mutating func code(of text: UnsafeBufferPointer<UInt8>, in dictionary: Int) -> UInt64? {
        guard text.count >= 2, text.count <= Self.textBytesMax, let start = text.baseAddress else { return nil }
        if dictionaries[dictionary] == nil {
            dictionaries[dictionary] = Dictionary(recentCount: dictionary == Self.accounts ? 65_536 : 8_192)
        }
        let hash = XXH64(start, text.count, seed)
        if let code = find(text, hash: hash, in: dictionary) { return code }
        return isSeenAgain(hash, in: dictionary) ? add(text, hash: hash, to: dictionary) : nil
    }

    private func find(_ text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Int) -> UInt64? {
        guard let entries = dictionaries[dictionary]?.codes else { return nil }
        let mask = entries.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while entries[index] != 0 {
            if entries[index] >> 32 == hash >> 32 {
                let code = (entries[index] & 0xFFFF_FFFF) - 1
                let known = Self.text(code, of: dictionary, in: directory)
                if known.count == text.count, known.bytes.elementsEqual(text) { return code }
            }
            index = (index + 1) & mask
        }
        return nil
    }

    private mutating func isSeenAgain(_ hash: UInt64, in dictionary: Int) -> Bool {
        let fingerprint = UInt32(truncatingIfNeeded: hash >> 32) | 1
        guard let count = dictionaries[dictionary]?.recent.count else { return false }
        let place = Int(truncatingIfNeeded: hash) & (count - 1)
        if dictionaries[dictionary]?.recent[place] == fingerprint { return true }
        dictionaries[dictionary]?.recent[place] = fingerprint
        return false
    }

    private mutating func add(
        _ text: UnsafeBufferPointer<UInt8>, hash: UInt64, to dictionary: Int
    ) -> UInt64? {
        guard let code = dictionaries[dictionary]?.count, code < Self.codesMax else { return nil }
        let chunks = directory[dictionary] ?? makeChunks(of: dictionary)
        let chunk: Chunk
        if let existing = chunks[code / Self.chunkLength] {
            chunk = existing
        } else {
            chunk = .allocate(capacity: Self.chunkLength)
            byteCount += Self.chunkLength * MemoryLayout<Entry>.stride
            chunks[code / Self.chunkLength] = chunk
        }
        (chunk + code % Self.chunkLength).initialize(to: arena.store(text))
        byteCount += text.count + 1
        insert(hash: hash, code: code, into: dictionary)
        return UInt64(code)
    }

    private mutating func makeChunks(of dictionary: Int) -> UnsafeMutablePointer<Chunk?> {
        let chunks = UnsafeMutablePointer<Chunk?>.allocate(capacity: Self.chunkCount)
        chunks.initialize(repeating: nil, count: Self.chunkCount)
        byteCount += Self.chunkCount * MemoryLayout<Chunk?>.stride
        directory[dictionary] = chunks
        return chunks
    }

    private mutating func insert(hash: UInt64, code: Int, into dictionary: Int) {
        guard var entry = dictionaries[dictionary] else { return }
        // Taken out while it is changed, so that its arrays are not copied.
        dictionaries[dictionary] = nil
        entry.count += 1
        if entry.count * 4 > entry.codes.count * 3 {
            let old = entry.codes
            entry.codes = [UInt64](repeating: 0, count: old.count * 2)
            for word in old where word != 0 {
                let text = Self.text((word & 0xFFFF_FFFF) - 1, of: dictionary, in: directory)
                Self.place(word, hash: XXH64(text.start, text.count, seed), in: &entry.codes)
            }
        }
        Self.place((hash & ~0xFFFF_FFFF) | UInt64(code + 1), hash: hash, in: &entry.codes)
        dictionaries[dictionary] = entry
    }

    private static func place(_ word: UInt64, hash: UInt64, in codes: inout [UInt64]) {
        let mask = codes.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while codes[index] != 0 { index = (index + 1) & mask }
        codes[index] = word
    }
}

/// Keeps texts where they are until all go together.
private struct TextArena: ~Copyable {
    private static let blockBytes = 16_384
    private var blocks: [UnsafeMutablePointer<UInt8>] = []
    private var used = blockBytes

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// - Precondition: The text is at most 255 bytes long.
    mutating func store(_ text: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8> {
        if used + text.count + 1 > Self.blockBytes {
            blocks.append(.allocate(capacity: Self.blockBytes))
            used = 0
        }
        let start = blocks[blocks.count - 1] + used
        start.pointee = UInt8(text.count)
        if let base = text.baseAddress { (start + 1).update(from: base, count: text.count) }
        used += text.count + 1
        return UnsafePointer(start)
    }
}
