import Daemon
import Testing

@Suite("Secrets stay out of what prints a configuration")
struct SecretSettingTests {
    @Test("Neither a description nor a dump shows a token")
    func hidden() throws {
        let text =
            "preview_token: 0123456789abcdef\nsink: http://127.0.0.1:9/\nsink_authorization: Bearer hush-hush-hush\n"
        let configuration = try Configuration.load(file: ("bespoked.yaml", text), environment: [:], flags: [:])
        var dumped = ""
        dump(configuration, to: &dumped)
        for shown in [dumped, "\(configuration)", String(reflecting: configuration)] {
            #expect(!shown.contains("0123456789abcdef") && !shown.contains("hush"))
            #expect(shown.contains("***"))
        }
    }
}
