import Model
import Testing

@Suite("W31: domains beyond ASCII")
struct DomainNameTests {
    /// Source: RFC 3492, §7.1, and names in use.
    static let pairs = [
        ("zürich.example", "xn--zrich-kva.example"), ("bücher.example", "xn--bcher-kva.example"),
        ("他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"),
        ("почемужеонинеговорятпорусски.example", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example"),
        ("ليهمابتكلموشعربي؟.example", "xn--egbpdaj6bu4bxfgehfvwxn.example"),
        ("3年b組金八先生.example", "xn--3b-ww4c5e180e575a65lsy2b.example"),
        ("münchen.straße.example", "xn--mnchen-3ya.xn--strae-oqa.example"), ("🇺🇦.example", "xn--e77hhb.example"),
        ("plain.example", "plain.example"), ("a-b.example", "a-b.example"),
    ]

    @Test("Both spellings lead to each other", arguments: pairs)
    func spellings(readable: String, ascii: String) {
        #expect(DomainName.ascii(readable) == ascii && DomainName.ascii(ascii) == ascii)
        #expect(DomainName.readable(ascii) == readable && DomainName.readable(readable) == readable)
        #expect(DomainName.readable(ascii.uppercased()) == readable)
    }

    @Test(
        "What stands for no letters beyond ASCII, or for other letters than it would be written as, stays what it is",
        arguments: [
            "xn--acme-.example", "xn--.example", "xn--a.example", "xn---.example", "xn--99999999.example",
            "xn--zzzzzzzzzzzzzzzzzzzz.example", "xn--z-zbb.example", "xn--wca.example",
            "xn--\(String(repeating: "a", count: 80)).example",
        ])
    func others(domain: String) {
        #expect(DomainName.readable(domain) == domain && DomainName.ascii(domain) == domain)
    }

    @Test("Whatever is decoded is encoded as it was, for any label")
    func inverse() {
        var random = SystemRandomNumberGenerator()
        let letters = Array("abcxyz019-")
        for _ in 0..<20_000 {
            let label = String((0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement() ?? "a" })
            let domain = "xn--\(label).example"
            let readable = DomainName.readable(domain)
            #expect(readable == domain || DomainName.ascii(readable) == domain, "\(domain)")
        }
    }

    @Test("A label that is too long stays as it is")
    func long() {
        let label = String(repeating: "ü", count: 80)
        #expect(DomainName.ascii("\(label).example") == "\(label).example")
    }
}
