internal import TestSupport
internal import Model
internal import Profiles
internal import Testing

@Suite struct AccountLinksTests {
    private func address(_ text: String) -> IPAddress? {
        Array(text.utf8).withUnsafeBufferPointer { IPAddress($0) }
    }

    private func account(_ links: AccountLinks, _ text: String) -> String {
        address(text).map { String(decoding: links.account(of: $0).bytes, as: UTF8.self) } ?? "no address"
    }

    private func account(_ links: AccountLinks, email: String) -> String {
        Array(email.utf8).withUnsafeBufferPointer {
            String(decoding: links.account(ofEmail: $0).bytes, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("0.0.0.0", "::ffff:0:0"), ("192.0.2.7", "::ffff:c000:207"), ("255.255.255.255", "::FFFF:255.255.255.255"),
        ("::", "0:0:0:0:0:0:0:0"), ("::1", "0:0:0:0:0:0:0:1"), ("1::", "1:0:0:0:0:0:0:0"),
        ("2001:db8::8:800:200c:417a", "2001:DB8:0:0:8:800:200C:417A"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ])
    func `Addresses that are written differently are the same`(left: String, right: String) {
        #expect(address(left) != nil)
        #expect(address(left) == address(right))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..3.4", ".1.2.3.4", "1.2.3.", ":", ":::",
        "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::", "::1.2.3", "1:", ":1", "fe80::1/64",
    ])
    func `What is no address is none`(text: String) {
        #expect(address(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", true), ("0.0.0.0/0", true), ("::/0", true), ("2001:db8::/32", true), ("192.0.2.1", true),
        ("192.0.2.1/32", true), ("10.0.0.1/8", false), ("10.0.0.0/33", false), ("10.0.0.0/", false),
        ("10.0.0.0/08", false),
        ("10.0.0.0/-1", false), ("2001:db8::1/32", false), ("::/129", false), ("/8", false), ("10.0.0.0/8/8", false),
    ])
    func `Networks are read in CIDR notation`(text: String, isOne: Bool) {
        let network = try? IPNetwork(text)
        #expect((network != nil) == isOne)
    }

    @Test func `R57: The innermost network that holds the address says the account`() throws {
        let links = AccountLinks([
            .init(.network(try IPNetwork("10.0.0.0/8")), account: "outer"),
            .init(.network(try IPNetwork("10.1.0.0/16")), account: "inner"),
            .init(.network(try IPNetwork("10.1.2.3")), account: "single"),
            .init(.network(try IPNetwork("2001:db8::/32")), account: "six"),
            .init(.domain("acme.example"), account: "acme"),
        ])
        #expect(account(links, "10.0.0.0") == "outer" && account(links, "10.255.255.255") == "outer")
        #expect(account(links, "10.1.0.0") == "inner" && account(links, "10.1.255.255") == "inner")
        #expect(account(links, "10.1.2.3") == "single" && account(links, "10.1.2.4") == "inner")
        #expect(account(links, "::ffff:10.2.0.0") == "outer")
        #expect(account(links, "9.255.255.255").isEmpty && account(links, "11.0.0.0").isEmpty)
        #expect(account(links, "2001:db8:ffff::1") == "six" && account(links, "2001:db9::").isEmpty)
        #expect(account(links, email: "Rita@ACME.example") == "acme" && account(links, email: "acme.example") == "acme")
        #expect(account(links, email: "rita@sales.acme.example") == "acme" && account(links, email: "rita").isEmpty)
        #expect(account(links, email: "@").isEmpty && account(links, email: "").isEmpty)
    }

    private static let suffixes = PublicSuffixes(
        text: "// Comment\ncom\nco.uk\nuk\n*.ck\n!www.ck\ngithub.io // private\nexample\n")

    @Test(arguments: [
        ("a@acme.example", "acme"), ("a@mail.acme.example", "acme"), ("a@a.b.MAIL.Acme.example", "acme"),
        ("a@notacme.example", ""), ("a@lab.acme.example", "lab"), ("a@x.lab.acme.example", "lab"),
        ("a@github.io", "github"), ("a@someone.github.io", ""), ("a@shop.co.uk", ""), ("a@co.uk", "kingdom"),
        ("a@other.ck", ""), ("a@www.ck", "cook"), ("a@mail.www.ck", "cook"), ("a@only.example", ""),
        ("a@sub.only.example", "only"), ("a@Zu\u{308}rich.example", "zurich"), ("a@x.Z\u{fc}rich.example", "zurich"),
        ("a@xn--zrich-kva.example", "zurich"),
        ("a@x.XN--ZRICH-KVA.example", "zurich"), ("a@bücher.example", "books"), ("a@xn--acme-.example", ""),
        ("a@..example", ""), ("a@acme.example.", ""), ("a@\"acme.example\"", ""),
    ])
    func `W31: subdomains lead where their domain does, below public suffixes nowhere`(email: String, id: String) {
        let links = AccountLinks(
            [
                .init(.domain("acme.example"), account: "acme"), .init(.domain("*.lab.acme.example"), account: "other"),
                .init(.domain("lab.acme.example"), account: "lab"), .init(.domain("github.io"), account: "github"),
                .init(.domain("co.uk"), account: "kingdom"), .init(.domain("www.ck"), account: "cook"),
                .init(.domain("*.only.example"), account: "only"), .init(.domain("zürich.example"), account: "zurich"),
                .init(.domain("xn--bcher-kva.example"), account: "books"),
            ].filter { $0.account != "other" || id != "lab" }, suffixes: Self.suffixes)
        #expect(account(links, email: email) == id)
    }

    @Test func `W31: what a link says of subdomains goes before what follows from the domain`() {
        let links = AccountLinks(
            [.init(.domain("acme.example"), account: "acme"), .init(.domain("*.acme.example"), account: "plants")],
            suffixes: Self.suffixes)
        #expect(
            account(links, email: "a@acme.example") == "acme" && account(links, email: "a@x.acme.example") == "plants")
        #expect(links.domainCount == 2)
    }

    @Test func `W20: ids of one look stay two`() {
        let links = AccountLinks([
            .init(.domain("a.example"), account: "Z\u{fc}rich"), .init(.domain("b.example"), account: "Zu\u{308}rich"),
        ])
        #expect(Array(account(links, email: "x@a.example").utf8) == Array("Z\u{fc}rich".utf8))
        #expect(Array(account(links, email: "x@b.example").utf8) == Array("Zu\u{308}rich".utf8))
    }

    @Test func `Without links nobody has an account`() {
        let links = AccountLinks([])
        #expect(links.isEmpty && account(links, "10.0.0.1").isEmpty && account(links, email: "a@b.example").isEmpty)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `Any networks answer as looking through all of them does`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var networks: [IPNetwork: String] = [:]
        // Few leading bits, so that networks lie within each other and side by side, up to both ends.
        for number in 0..<400 {
            let length = random.below(33)
            let bits = [UInt32.min, .max, UInt32(truncatingIfNeeded: random.below(1 << 16) << 16)][random.below(3)]
            let masked = length == 0 ? 0 : bits & (UInt32.max << UInt32(32 - length))
            let bytes = [24, 16, 8, 0].map { String(masked >> UInt32($0) & 255) }
            networks[try IPNetwork("\(bytes.joined(separator: "."))/\(length)")] = "account-\(number % 37)"
        }
        let links = AccountLinks(networks.map { .init(.network($0.key), account: $0.value) })
        #expect(links.networkCount == networks.count)
        for _ in 0..<4_000 {
            let near = networks.keys.randomElement().map { random.below(2) == 0 ? $0.first : $0.last }
            let bits = UInt32(truncatingIfNeeded: near?.bits ?? 0) &+ UInt32(random.below(3)) &- 1
            let text = [24, 16, 8, 0].map { String(bits >> UInt32($0) & 255) }.joined(separator: ".")
            guard let address = address(text) else { return }
            let best = networks.filter { $0.key.first <= address && address <= $0.key.last }
                .max { $0.key.prefixLength < $1.key.prefixLength }
            #expect(account(links, text) == best?.value ?? "", "\(text)")
        }
    }
}
