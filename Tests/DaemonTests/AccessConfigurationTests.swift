internal import Access
internal import Daemon
internal import Testing

@Suite struct AccessConfigurationTests {
    private func load(_ text: String, environment: [String: String] = [:]) throws(ConfigurationError) -> Configuration {
        try Configuration.load(file: ("bespoked.yaml", text), environment: environment, flags: [:])
    }

    private static let tls = "tls_certificate: a.pem\ntls_key: b.pem\n"

    @Test func `Secrets are shown nowhere`() throws {
        let configuration = try load(
            "preview_token: correct-horse-battery\nsink: http://h:1/x\nsink_authorization: Bearer staple\n")
        var dumped = ""
        dump(configuration, to: &dumped)
        let shown = ConfigurationKey.all.map { $0.value(in: configuration) }.joined(separator: "\n")
        for text in ["\(configuration)", String(reflecting: configuration), dumped, shown] {
            #expect(!text.contains("horse") && !text.contains("staple"))
        }
        #expect(shown.contains("***"))
        // Nor in what is refused.
        let long = String(repeating: "s3cr3t", count: 2)
        do {
            _ = try load("", environment: ["BESPOKE_PREVIEW_TOKEN": long])
            Issue.record("it is too short")
        } catch {
            #expect(!error.description.contains("s3cr3t"))
        }
    }

    @Test func `Roles of certificates are read by name`() throws {
        let text =
            Self.tls
            + "tls_client_authority: c.pem\ncertificate_roles: \"Web.example=decide, ops.example = operator\"\n"
        let configuration = try load(text)
        #expect(configuration.certificateRoles == ["web.example": .decide, "ops.example": .operator])
        let key = try #require(ConfigurationKey.named("certificate_roles"))
        #expect(key.value(in: configuration) == "ops.example=operator, web.example=decide")
    }

    @Test(arguments: [
        "data_access: closed", "certificate_roles: a=decide",
        tls + "tls_client_authority: c\ncertificate_roles: a=root",
        tls + "tls_client_authority: c\ncertificate_roles: a",
        tls + "tls_client_authority: c\ncertificate_roles: \"a=decide, A=admin\"",
        "admin_listen: 0.0.0.0:7877", tls + "admin_listen: here",
    ])
    func `What does not hold together is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try load(text) }
    }

    @Test func `What opens the door is warned of`() throws {
        #expect(Configuration().warnings.isEmpty && Configuration().dataAccess == .roles)
        #expect(try load("data_access: open").warnings.count == 1)
        #expect(try load("listen: 0.0.0.0:7878").warnings.count == 1)
        #expect(!Configuration().requestConsentReopens)
        #expect(try load("request_consent_reopens: true").warnings.count == 1)
        #expect(try load("listen: \"[::]:7878\"\ndata_access: open").warnings.count == 2)
        for host in ["localhost", "127.0.0.9", "[::1]"] {
            #expect(try load("listen: \"\(host):7878\"").warnings.isEmpty)
        }
        #expect(try load(Self.tls + "listen: 0.0.0.0:7878").warnings.isEmpty)
    }
}
