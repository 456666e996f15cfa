package import Model

/// Which account somebody belongs to, by the network that they come from or the domain of their e-mail address. Immutable; read from
/// any thread.
package final class AccountLinks: @unchecked Sendable {
    // Sendable: nothing changes after `init`.
    /// One link, as it is given and kept.
    package struct Link: Sendable, Hashable {
        /// What links.
        package enum Source: Sendable, Hashable, Comparable {
            case network(IPNetwork)
            /// In lower case.
            case domain(String)

            /// Domains byte by byte, then networks by their first address, outer ones before those within them.
            package static func < (left: Source, right: Source) -> Bool {
                switch (left, right) {
                case (.network(let left), .network(let right)):
                    (left.first.bits, left.prefixLength) < (right.first.bits, right.prefixLength)
                case (.domain(let left), .domain(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
                case (.domain, .network): true
                case (.network, .domain): false
                }
            }
        }

        package var source: Source
        package var account: String

        package init(_ source: Source, account: String) {
            (self.source, self.account) = (source, account)
        }
    }

    // Disjoint ranges that cover all addresses, by their first: the innermost network counts. `none` for none.
    private let starts: [UInt128]
    private let accounts: [UInt32]
    private let domains: [String: UInt32]
    /// Every account's id, one after the other, and where each begins.
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let offsets: [Int]

    package let networkCount: Int
    package var domainCount: Int { domains.count }

    private static let none = UInt32.max

    /// - Parameter links: Each network and each domain at most once.
    package init(_ links: [Link]) {
        var numbers: [String: UInt32] = [:]
        var bytes: [UInt8] = []
        var offsets = [0]
        var networks: [(network: IPNetwork, account: UInt32)] = []
        var domains: [String: UInt32] = [:]
        for link in links {
            let number: UInt32
            if let known = numbers[link.account] {
                number = known
            } else {
                number = UInt32(numbers.count)
                numbers[link.account] = number
                bytes += Array(link.account.utf8)
                offsets.append(bytes.count)
            }
            switch link.source {
            case .network(let network): networks.append((network, number))
            case .domain(let domain): domains[domain] = number
            }
        }
        (starts, accounts) = Self.flattened(&networks)
        networkCount = networks.count
        self.domains = domains
        self.offsets = offsets
        text = .allocate(capacity: bytes.count)
        _ = text.initialize(fromContentsOf: bytes)
    }

    deinit { text.deallocate() }

    /// Networks lie within each other or apart: outer ones come first, and a stack of those that are open is enough.
    private static func flattened(
        _ networks: inout [(network: IPNetwork, account: UInt32)]
    ) -> (starts: [UInt128], accounts: [UInt32]) {
        networks.sort {
            ($0.network.first.bits, $0.network.prefixLength) < ($1.network.first.bits, $1.network.prefixLength)
        }
        var starts: [UInt128] = [0]
        var accounts = [none]
        var open: [(last: UInt128, account: UInt32)] = []
        func begin(_ account: UInt32, at start: UInt128) {
            if starts.last == start {
                accounts[accounts.count - 1] = account
            } else if accounts.last != account {
                starts.append(start)
                accounts.append(account)
            }
        }
        func close(before start: UInt128?) {
            while let last = open.last, start.map({ last.last < $0 }) ?? true {
                open.removeLast()
                guard last.last < .max else { continue }
                begin(open.last?.account ?? none, at: last.last + 1)
            }
        }
        for (network, account) in networks {
            close(before: network.first.bits)
            begin(account, at: network.first.bits)
            open.append((network.last.bits, account))
        }
        close(before: nil)
        return (starts, accounts)
    }

    package var isEmpty: Bool { networkCount == 0 && domains.isEmpty }

    /// - Returns: The account of the innermost network that holds the address; empty for none. Valid as long as the table.
    package func account(of address: IPAddress) -> BorrowedText {
        var low = 0
        var high = starts.count
        starts.withUnsafeBufferPointer { starts in
            while high - low > 1 {
                let middle = (low + high) / 2
                if starts[middle] <= address.bits { low = middle } else { high = middle }
            }
        }
        return account(accounts[low])
    }

    /// - Parameter email: An address, whose domain is looked up in lower case, or a domain alone.
    /// - Returns: The account; empty for none. A subdomain is another domain. Valid as long as the table.
    package func account(ofEmail email: UnsafeBufferPointer<UInt8>) -> BorrowedText {
        guard !domains.isEmpty, let domain = Self.domain(email), let number = domains[domain] else { return .empty }
        return account(number)
    }

    private func account(_ number: UInt32) -> BorrowedText {
        guard number != Self.none, let start = text.baseAddress else { return .empty }
        let offset = offsets[Int(number)]
        return BorrowedText(start: UnsafePointer(start + offset), count: offsets[Int(number) + 1] - offset)
    }

    /// What stands behind the last `@`, or everything, in lower case; nil when that can be no domain.
    package static func domain(_ email: UnsafeBufferPointer<UInt8>) -> String? {
        let at = email.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        let domain = email[at...]
        guard (1...253).contains(domain.count), domain.contains(UInt8(ascii: ".")),
            domain.first != UInt8(ascii: "."), domain.last != UInt8(ascii: "."),
            domain.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ",") })
        else { return nil }
        return String(decoding: domain, as: UTF8.self).lowercased()
    }
}
