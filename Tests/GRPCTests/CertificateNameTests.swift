import GRPC
import Testing

@Suite struct CertificateNameTests {
    @Test(arguments: [
        ("bespoke.internal", "bespoke.internal", true), ("Bespoke.Internal", "bespoke.INTERNAL", true),
        ("bespoke.internal", "*.internal", false), ("a.bespoke.internal", "*.bespoke.internal", true),
        ("a.b.internal", "*.internal", false), ("bespoke.internal", "*.bespoke.internal", false),
        (".bespoke.internal", "*.bespoke.internal", false), ("bespoke.internal", "bespoke.internal.evil", false),
        ("bespoke.internal", "bespoke.internal\0.evil", false), ("localhost", "*", false),
        ("localhost", "localhost", true),
        ("a.bespoke.internal", "a*.bespoke.internal", false), ("", "", true), ("a", "", false),
    ])
    func `A name is carried whole, or with a star for its first label`(name: String, pattern: String, is expected: Bool)
    {
        #expect(CertificateName.matches(name, pattern) == expected)
    }
}
