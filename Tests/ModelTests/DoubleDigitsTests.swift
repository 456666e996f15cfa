import Model
import Testing

@Suite("Whole numbers that a double does not hold")
struct DoubleDigitsTests {
    @Test(
        "are told from those that it does",
        arguments: [
            ("9007199254740993", true), ("-9007199254740993", true), ("+9007199254740993.00", true),
            ("9007199254740992", false), ("9007199254740991", false), ("9007199254740994", false),
            ("1152921504606847000", false), ("1152921504606847001", true), ("18446744073709551615", true),
            ("0.1", false), ("9007199254740993.5", false), ("9.007199254740993e15", false), ("1e300", false),
            ("123456789012345678901234567890", false),
        ])
    func areLost(_ text: String, _ isLost: Bool) throws {
        let value = try #require(Double(text))
        #expect(DoubleDigits.areLost(by: value, text) == isLost)
    }
}
