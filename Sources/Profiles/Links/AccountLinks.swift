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
            /// In lower case; `*.acme.example` for its subdomains alone.
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
    /// What subdomains of a domain lead to.
    private let parents: [String: UInt32]
    /// Every account's id, one after the other, and where each begins.
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let offsets: [Int]

    package let networkCount: Int
    package let domainCount: Int

    private static let none = UInt32.max

    /// - Parameters:
    ///   - links: Each network and each domain at most once.
    ///   - suffixes: Subdomains of one of them are nobody's; of any other domain they lead where it does.
    package init(_ links: [Link], suffixes: PublicSuffixes = .system) {
        // By their bytes: ids are not normalised, and texts of one look can be two ids.
        var numbers: [[UInt8]: UInt32] = [:]
        var bytes: [UInt8] = []
        var offsets = [0]
        var networks: [(network: IPNetwork, account: UInt32)] = []
        var domains: [String: UInt32] = [:]
        var parents: [String: UInt32] = [:]
        var wildcards: [String: UInt32] = [:]
        for link in links {
            let number: UInt32
            let account = Array(link.account.utf8)
            if let known = numbers[account] {
                number = known
            } else {
                number = UInt32(numbers.count)
                numbers[account] = number
                bytes += account
                offsets.append(bytes.count)
            }
            switch link.source {
            case .network(let network): networks.append((network, number))
            case .domain(let domain):
                if let parent = DomainName.parent(ofSubdomains: domain) {
                    wildcards[parent] = number
                } else {
                    // One that was stored before both spellings were one stands there as it was given.
                    let domain = DomainName.readable(domain)
                    domains[domain] = number
                    if suffixes.isKnown, !suffixes.contains(domain) { parents[domain] = number }
                }
            }
        }
        (starts, accounts) = Self.flattened(&networks)
        networkCount = networks.count
        self.domains = domains
        self.parents = parents.merging(wildcards) { _, said in said }
        domainCount = domains.count + wildcards.count
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

    package var isEmpty: Bool { networkCount == 0 && domainCount == 0 }

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
    /// - Returns: The account of the domain, else that of the nearest domain above it; empty for none. Valid as long as the table.
    /// - Complexity: O(labels of the domain).
    package func account(ofEmail email: UnsafeBufferPointer<UInt8>) -> BorrowedText {
        guard domainCount > 0, let domain = Self.domain(email) else { return .empty }
        if let number = domains[domain] { return account(number) }
        guard !parents.isEmpty else { return .empty }
        var rest = domain[...]
        while let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.utf8.index(after: dot)...]
            if let number = parents[String(rest)] { return account(number) }
        }
        return .empty
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
        return DomainName.isDomain(domain) ? DomainName.readable(String(decoding: domain, as: UTF8.self)) : nil
    }
}
