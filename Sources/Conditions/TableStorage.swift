package import Model

/// Memory of a decision table: texts and rows at stable addresses, freed together.
package final class TableStorage {
    private var blocks: [UnsafeMutableRawPointer] = []
    private var texts: [String: BorrowedText] = [:]
    private var chunk: UnsafeMutablePointer<UInt8>?
    private var chunkFree = 0

    private static let chunkByteCount = 64 * 1024

    /// Holds nothing yet.
    package init() {}

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// Copies rows to a fixed address.
    package func freeze<Item: BitwiseCopyable>(_ rows: [Item]) -> UnsafePointer<Item> {
        let copy = UnsafeMutablePointer<Item>.allocate(capacity: max(rows.count, 1))
        copy.initialize(from: rows, count: rows.count)
        blocks.append(UnsafeMutableRawPointer(copy))
        return UnsafePointer(copy)
    }

    /// Copies rows to a fixed address, with their count.
    package func buffer<Item: BitwiseCopyable>(_ rows: [Item]) -> UnsafeBufferPointer<Item> {
        rows.isEmpty
            ? UnsafeBufferPointer(start: nil, count: 0) : UnsafeBufferPointer(start: freeze(rows), count: rows.count)
    }

    /// The text's bytes at a fixed address; equal texts share one.
    package func text(_ text: String) -> BorrowedText {
        // Strings compare by canonical equivalence, texts by bytes.
        if let known = texts[text], known.bytes.elementsEqual(text.utf8) { return known }
        let copy = store(text)
        texts[text] = copy
        return copy
    }

    /// The value, its texts at fixed addresses.
    package func scalar(_ value: AttributeValue) -> Scalar {
        switch value {
        case .string(let value): Scalar(text(value))
        case .strings(let values): Scalar(buffer(values.map { text($0) }))
        default: value.plain ?? .missing
        }
    }

    /// Forgets which texts are known; their bytes stay.
    package func endInterning() {
        texts = [:]
    }

    private func store(_ text: String) -> BorrowedText {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return .empty }
            let target = reserve(bytes.count)
            target.initialize(from: start, count: bytes.count)
            return BorrowedText(start: UnsafePointer(target), count: bytes.count)
        }
    }

    private func reserve(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        if byteCount > TableStorage.chunkByteCount / 4 { return block(byteCount) }
        if chunkFree < byteCount {
            chunk = block(TableStorage.chunkByteCount)
            chunkFree = TableStorage.chunkByteCount
        }
        guard let chunk else { preconditionFailure("A chunk was just made.") }
        let target = chunk + (TableStorage.chunkByteCount - chunkFree)
        chunkFree -= byteCount
        return target
    }

    private func block(_ byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: byteCount)
        blocks.append(UnsafeMutableRawPointer(block))
        return block
    }
}
