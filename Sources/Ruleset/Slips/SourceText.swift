/// The lines of a file as the YAML library counts them: `\n`, `\r\n`, `\r`, and Unicode's own line ends.
enum SourceText {
    /// - Returns: Where each line starts, and where it ends without its line end.
    static func lines(_ content: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < content.count {
            let length = lineEnd(content, index)
            if length > 0 {
                result.append(start..<index)
                start = index + length
            }
            index += max(1, length)
        }
        result.append(start..<content.count)
        return result
    }

    /// Bytes of the line end that stands there, 0 for none.
    private static func lineEnd(_ content: [UInt8], _ index: Int) -> Int {
        switch content[index] {
        case 0x0a: return 1
        case 0x0d: return index + 1 < content.count && content[index + 1] == 0x0a ? 2 : 1
        case 0xc2: return index + 1 < content.count && content[index + 1] == 0x85 ? 2 : 0
        case 0xe2:
            let isSeparator =
                index + 2 < content.count && content[index + 1] == 0x80 && (content[index + 2] & 0xfe) == 0xa8
            return isSeparator ? 3 : 0
        default: return 0
        }
    }
}
