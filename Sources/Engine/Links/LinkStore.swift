package import Ledger
internal import Store
package import Logging
internal import Model
package import Profiles

/// Which account somebody belongs to by network or e-mail domain: in memory for decisions, in the journal before it holds.
package actor LinkStore {
    private let ledger: Ledger
    private let loops: LoopRegistry
    private let logger: Logger
    /// Those that hold.
    package private(set) var links = AccountLinks([])
    private let turns = Turns()
    private var isLoaded = false

    /// Nothing holds before it is loaded.
    package init(ledger: Ledger, loops: LoopRegistry, logger: Logger) {
        self.ledger = ledger
        self.loops = loops
        self.logger = logger
    }

    /// Takes in what the journal holds.
    package func load() async throws(EngineError) {
        do {
            try await publish(try stored().map(\.link))
            isLoaded = true
        } catch {
            throw EngineError("the links to accounts cannot be loaded: \(error)")
        }
        guard !links.isEmpty else { return }
        logger.info(
            "links to accounts loaded",
            metadata: ["networks": "\(links.networkCount)", "domains": "\(links.domainCount)"])
    }

    /// Puts links in place of all from before.
    ///
    /// - Parameters:
    ///   - links: Sorted by their sources, each source once.
    ///   - count: How many links the caller means to replace; nil for however many there are.
    /// - Returns: How many there were before.
    /// - Throws: `EngineError` of the kind `conflict` when there are others than `count`, or all would be replaced by none without it.
    package func replace(_ links: [AccountLinks.Link], replacing count: Int? = nil) async throws -> Int {
        await turns.take()
        defer { turns.end() }
        try checkLoaded()
        let before = self.links.networkCount + self.links.domainCount
        guard count == nil || count == before else {
            throw EngineError(
                .conflict, "there are \(before) links, not \(count ?? 0); look at what changed and send them again")
        }
        guard !links.isEmpty || before == 0 || count != nil else {
            throw EngineError(
                .conflict, "this would remove all \(before) links; say so with replaces: \(before)")
        }
        var changes = Changes(for: ledger)
        // Both in the order of keys: they are gone over side by side.
        var stored = try stored().makeIterator()
        var old = stored.next()
        for link in links {
            while let before = old, before.link.source < link.source {
                changes.append(.link(key: before.key, account: nil))
                old = stored.next()
            }
            if let same = old, !(link.source < same.link.source) { old = stored.next() }
            changes.append(.link(key: LinkFormat.key(link.source), account: Array(link.account.utf8)))
        }
        while let left = old {
            changes.append(.link(key: left.key, account: nil))
            old = stored.next()
        }
        if !changes.isEmpty { try await ledger.submit(changes) }
        try await publish(links)
        logger.notice(
            "links to accounts replaced",
            metadata: ["networks": "\(self.links.networkCount)", "domains": "\(self.links.domainCount)"])
        return before
    }

    /// Removes the links to an account.
    ///
    /// - Returns: How many, and where bytes of them may still stand on disk.
    func erase(account: String) async throws -> (count: Int, range: StoreRange) {
        await turns.take()
        defer { turns.end() }
        try checkLoaded()
        let stored = try stored()
        var changes = Changes(for: ledger)
        // By bytes: two ids can look alike.
        let isErased = { (link: AccountLinks.Link) in link.account.utf8.elementsEqual(account.utf8) }
        for (key, link) in stored where isErased(link) { changes.append(.link(key: key, account: nil)) }
        let kept = stored.map(\.link).filter { !isErased($0) }
        if kept.count < stored.count {
            try await ledger.submit(changes)
            try await publish(kept)
        }
        return (stored.count - kept.count, StoreRange(.links, from: [0], through: [0xff]))
    }

    private func checkLoaded() throws(EngineError) {
        guard isLoaded else { throw EngineError(.notReady, "the stored links are being loaded; try again later") }
    }

    private func publish(_ links: [AccountLinks.Link]) async throws {
        let links = AccountLinks(links)
        if links.domainCount > 0, !PublicSuffixes.system.isKnown {
            logger.warning(
                "there is no list of public suffixes: subdomains lead to the account of their domain only where a link says *."
            )
        }
        self.links = links
        _ = await loops.onEach { $0.links = links.isEmpty ? nil : links }
    }

    private func stored() throws(EngineError) -> [(key: [UInt8], link: AccountLinks.Link)] {
        var found: [(key: [UInt8], link: AccountLinks.Link)] = []
        var fault: String?
        do {
            try ledger.scan(.links) { key, value in
                guard let link = LinkFormat.link(key, value) else {
                    fault = "a link is damaged, or of a newer version"
                    return false
                }
                found.append((Array(key), link))
                return true
            }
        } catch {
            throw EngineError("\(error)")
        }
        if let fault { throw EngineError(fault) }
        return found
    }
}

/// Links as the journal keeps them: under `n`, 16 bytes and the prefix length, or `d` and the domain, the account's id.
enum LinkFormat {
    private static let network = UInt8(ascii: "n")
    private static let domain = UInt8(ascii: "d")

    static func key(_ source: AccountLinks.Link.Source) -> [UInt8] {
        switch source {
        case .network(let range):
            [UInt8](unsafeUninitializedCapacity: 18) { key, count in
                key[0] = network
                UnsafeMutableRawBufferPointer(key).storeBytes(
                    of: range.first.bits.bigEndian, toByteOffset: 1, as: UInt128.self)
                key[17] = UInt8(range.prefixLength)
                count = 18
            }
        case .domain(let name): [domain] + Array(name.utf8)
        }
    }

    /// - Returns: nil for what is no link.
    static func link(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> AccountLinks.Link? {
        let account = value.bindMemory(to: UInt8.self)
        guard let kind = key.first, ProfileID.fault(in: account) == nil else { return nil }
        let id = String(decoding: account, as: UTF8.self)
        switch kind {
        case network:
            guard key.count == 18 else { return nil }
            let bits = UInt128(bigEndian: key.loadUnaligned(fromByteOffset: 1, as: UInt128.self))
            guard let range = IPNetwork(bits: bits, prefixLength: Int(key[17])) else { return nil }
            return AccountLinks.Link(.network(range), account: id)
        case domain:
            return AccountLinks.Link(.domain(String(decoding: key.dropFirst(), as: UTF8.self)), account: id)
        default: return nil
        }
    }
}
