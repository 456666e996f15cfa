/// The one form that texts of a page view have, so that conditions see what they ask for: an address as RFC 5952 writes it, a country in
/// two capital letters, a device in lower case.
package enum PageForm {
    /// What has such a form.
    package enum Field: String, CaseIterable, Sendable {
        case ip
        case country
        case device

        /// What should stand there, in words.
        package var words: String {
            switch self {
            case .ip: "one IPv4 or IPv6 address, such as 192.0.2.7"
            case .country: "two letters, as ISO 3166-1 alpha-2 has them, such as DE"
            case .device: "text"
            }
        }
    }

    /// - Parameters:
    ///   - text: UTF-8, not empty.
    ///   - room: Gives memory for so many bytes, which the result may borrow; called only where the form is another; nil: there is none.
    /// - Returns: The text in its form, which may be the text itself; nil for what is none, or for lack of room.
    package static func normal(
        _ field: Field, _ text: BorrowedText, room: (Int) -> UnsafeMutablePointer<UInt8>?
    ) -> BorrowedText? {
        switch field {
        case .ip:
            guard let address = IPAddress(text.bytes) else { return nil }
            // Without a colon there is but one way to write it.
            guard text.bytes.contains(UInt8(ascii: ":")) else { return text }
            guard let target = room(IPAddress.textBytesMax) else { return nil }
            return BorrowedText(start: UnsafePointer(target), count: address.write(to: target))
        case .country:
            guard text.count == 2, text.bytes.allSatisfy({ isLower($0 | 0x20) }) else { return nil }
            return cased(text, room) { isLower($0) ? $0 & ~0x20 : $0 }
        case .device:
            return cased(text, room) { isLower($0 | 0x20) ? $0 | 0x20 : $0 }
        }
    }

    /// The same for a String: nil for what is none.
    package static func normal(_ field: Field, _ text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(bytes.count, IPAddress.textBytesMax)) { room in
                normal(field, BorrowedText(start: bytes.baseAddress, count: bytes.count)) { _ in room.baseAddress }
                    .map { String(decoding: $0.bytes, as: UTF8.self) }
            }
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func cased(
        _ text: BorrowedText, _ room: (Int) -> UnsafeMutablePointer<UInt8>?, _ letter: (UInt8) -> UInt8
    ) -> BorrowedText? {
        let bytes = text.bytes
        guard bytes.contains(where: { letter($0) != $0 }) else { return text }
        guard let target = room(bytes.count) else { return nil }
        for index in bytes.indices { target[index] = letter(bytes[index]) }
        return BorrowedText(start: UnsafePointer(target), count: bytes.count)
    }
}
