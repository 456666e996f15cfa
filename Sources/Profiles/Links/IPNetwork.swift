package import Model

/// A range of addresses that begin alike.
package struct IPNetwork: Sendable, Hashable {
    /// Why a text is none.
    package enum Fault: Error, Equatable, Sendable {
        case notANetwork
        /// The address has bits behind the prefix.
        case bitsBehindPrefix
    }

    package let first: IPAddress
    /// Of 128; for version 4, 96 more than written.
    package let prefixLength: Int

    /// A network as it was; nil when it cannot have been one.
    package init?(bits: UInt128, prefixLength: Int) {
        guard (0...128).contains(prefixLength),
            prefixLength == 128 || bits & (UInt128.max >> UInt128(prefixLength)) == 0
        else { return nil }
        first = IPAddress(bits: bits)
        self.prefixLength = prefixLength
    }

    /// The last address.
    package var last: IPAddress {
        IPAddress(bits: prefixLength == 128 ? first.bits : first.bits | UInt128.max >> UInt128(prefixLength))
    }

    /// Reads CIDR notation such as `192.0.2.0/24` or `2001:db8::/32`, or a single address.
    ///
    /// Source: RFC 4632, section 3.1.
    package init(_ text: UnsafeBufferPointer<UInt8>) throws(Fault) {
        let slash = text.firstIndex(of: UInt8(ascii: "/")) ?? text.endIndex
        let head = UnsafeBufferPointer(rebasing: text[..<slash])
        guard let address = IPAddress(head) else { throw .notANetwork }
        let width = head.contains(UInt8(ascii: ":")) ? 128 : 32
        var length = width
        if slash < text.endIndex {
            let digits = text[(slash + 1)...]
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.count == 1 || digits.first != UInt8(ascii: "0")
            else { throw .notANetwork }
            length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard length <= width else { throw .notANetwork }
        }
        prefixLength = length + 128 - width
        first = address
        guard prefixLength == 128 || address.bits & (UInt128.max >> UInt128(prefixLength)) == 0 else {
            throw .bitsBehindPrefix
        }
    }

    /// The same for a String.
    package init(_ text: String) throws(Fault) {
        var text = text
        var fault = Fault.notANetwork
        let network = text.withUTF8 { bytes -> IPNetwork? in
            do throws(Fault) {
                return try IPNetwork(bytes)
            } catch {
                fault = error
                return nil
            }
        }
        guard let network else { throw fault }
        self = network
    }
}
