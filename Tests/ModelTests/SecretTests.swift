internal import Model
internal import Testing

@Suite("A secret")
struct SecretTests {
    private struct Settings { var name = "sink", password: Secret? = Secret("correct horse") }

    @Test("prints as *** in every way in which a value can be printed")
    func prints() {
        let secret = Secret("correct horse")
        var dumped = ""
        dump(Settings(), to: &dumped)
        let all = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(Settings())",
            String(reflecting: Settings()), dumped, "\([secret])",
            "\(Mirror(reflecting: secret).children.map { "\($0)" })",
        ]
        for text in all { #expect(!text.contains("horse") && !text.contains("99, 111"), "\(text)") }
        #expect("\(secret)" == Secret.mask)
        #expect(secret.revealed() == "correct horse" && secret.byteCount == 13)
    }

    @Test("is equal to the same text alone", arguments: ["", "a", "correct hors", "correct horsf", "correct horse "])
    func equality(other: String) {
        #expect(Secret("correct horse") != Secret(other))
        #expect(Secret(other) == Secret(other))
        #expect(Set([Secret(other), Secret(other)]).count == 1)
    }
}
