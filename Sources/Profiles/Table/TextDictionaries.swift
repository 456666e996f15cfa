internal import CXXHash
internal import Model

/// Texts that occur again and again, by attribute, each with a small code; append-only while the process runs.
///
/// The writer adds, readers look up codes that they found in rows. That needs no atomics: an entry is written before
/// the row that first uses its code is published (release), a reader finds the code by loading that row's slot
/// (acquire), and neither an entry nor anything on the way to it is ever changed or moved after that.
///
/// A text gets a code when it is seen a second time within a while, so that texts of a single person (an address, a
/// name) stay in that person's row and go with it, and memory is bounded.
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
    private let dictionaries: UnsafeMutableBufferPointer<Dictionary?>
    private var arena = TextArena()
    private let seed: UInt64
    private(set) var byteCount = 0

    /// The writer's side of one dictionary.
    private struct Dictionary {
        var count = 0
        /// Open addressing: the upper half of the hash, then the code + 1; 0 is free. A power of two.
        var places: UnsafeMutableBufferPointer<UInt64>
        /// Fingerprints of texts seen lately, each in the place its hash says. A power of two.
        let recent: UnsafeMutableBufferPointer<UInt32>

        init(recentCount: Int) {
            places = Self.makePlaces(16)
            recent = .allocate(capacity: recentCount)
            recent.initialize(repeating: 0)
        }

        static func makePlaces(_ count: Int) -> UnsafeMutableBufferPointer<UInt64> {
            let places = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
            places.initialize(repeating: 0)
            return places
        }

        /// - Precondition: There is a free place.
        func place(_ word: UInt64, hash: UInt64) {
            let mask = places.count - 1
            var index = Int(truncatingIfNeeded: hash) & mask
            while places[index] != 0 { index = (index + 1) & mask }
            places[index] = word
        }
    }

    init(seed: UInt64) {
        let count = ProfileLimits.attributesMax + 1
        directory = .allocate(capacity: count)
        directory.initialize(repeating: nil, count: count)
        dictionaries = .allocate(capacity: count)
        dictionaries.initialize(repeating: nil)
        self.seed = seed
    }

    deinit {
        for index in dictionaries.indices {
            dictionaries[index]?.places.deallocate()
            dictionaries[index]?.recent.deallocate()
            guard let chunks = directory[index] else { continue }
            for chunk in 0..<Self.chunkCount { chunks[chunk]?.deallocate() }
            chunks.deallocate()
        }
        dictionaries.deallocate()
        directory.deallocate()
    }

    /// The text with a code that a row holds.
    @inline(__always)
    static func text(_ code: UInt64, of dictionary: Int, in directory: Directory) -> BorrowedText {
        let entry = entry(code, of: dictionary, in: directory)
        return BorrowedText(start: entry + 1, count: Int(entry[0]))
    }

    /// Where the text with a code stands, for as long as the dictionaries live.
    @inline(__always)
    static func entry(_ code: UInt64, of dictionary: Int, in directory: Directory) -> Entry {
        guard let chunk = directory[dictionary]?[Int(code) / chunkLength] else {
            preconditionFailure("a row holds only codes that were given out before it was published")
        }
        return chunk[Int(code) % chunkLength]
    }

    /// - Returns: The code of a text, when it has one or has just earned one and the code is no longer than the text.
    mutating func code(of text: UnsafeBufferPointer<UInt8>, in dictionary: Int) -> UInt64? {
        guard text.count >= 2, text.count <= Self.textBytesMax, let start = text.baseAddress else { return nil }
        return code(of: text, hash: XXH64(start, text.count, seed), in: dictionary)
    }

    /// As `code(of:in:)`, for a text whose length fits and whose hash is known.
    mutating func code(of text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Int) -> UInt64? {
        let known =
            dictionaries[dictionary] ?? Dictionary(recentCount: dictionary == Self.accounts ? 65_536 : 8_192)
        if dictionaries[dictionary] == nil { dictionaries[dictionary] = known }
        if let code = find(text, hash: hash, in: known, number: dictionary) { return code }
        return Self.isSeenAgain(hash, in: known) ? add(text, hash: hash, to: dictionary) : nil
    }

    private func find(
        _ text: UnsafeBufferPointer<UInt8>, hash: UInt64, in dictionary: Dictionary, number: Int
    ) -> UInt64? {
        let mask = dictionary.places.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while dictionary.places[index] != 0 {
            let word = dictionary.places[index]
            if (word ^ hash) >> 32 == 0 {
                let code = (word & 0xFFFF_FFFF) - 1
                if Self.text(code, of: number, in: directory).isEqual(text) { return code }
            }
            index = (index + 1) & mask
        }
        return nil
    }

    private static func isSeenAgain(_ hash: UInt64, in dictionary: Dictionary) -> Bool {
        let fingerprint = UInt32(truncatingIfNeeded: hash >> 32) | 1
        let place = Int(truncatingIfNeeded: hash) & (dictionary.recent.count - 1)
        if dictionary.recent[place] == fingerprint { return true }
        dictionary.recent[place] = fingerprint
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
        guard var changed = dictionaries[dictionary] else { return }
        changed.count += 1
        if changed.count * 4 > changed.places.count * 3 {
            let old = changed.places
            changed.places = Dictionary.makePlaces(old.count * 2)
            for word in old where word != 0 {
                let text = Self.text((word & 0xFFFF_FFFF) - 1, of: dictionary, in: directory)
                changed.place(word, hash: XXH64(text.start, text.count, seed))
            }
            old.deallocate()
        }
        changed.place((hash & ~0xFFFF_FFFF) | UInt64(code + 1), hash: hash)
        dictionaries[dictionary] = changed
    }
}

extension BorrowedText {
    @inline(__always)
    func isEqual(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where bytes[index] != other[index] { return false }
        return true
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
