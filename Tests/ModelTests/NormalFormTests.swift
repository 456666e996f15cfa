import Foundation
import Model
import Testing

@Suite("W20: texts have one form")
struct NormalFormTests {
    private func isCertain(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBufferPointer(NormalForm.isCertain)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "What is written in several ways becomes one",
        arguments: [
            ("Zu\u{308}rich", "Z\u{fc}rich"), ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", "한국"),
            ("\u{212b}", "\u{c5}"), ("A\u{30a}", "\u{c5}"), ("\u{2126}", "\u{3a9}"),
            ("q\u{307}\u{323}", "q\u{323}\u{307}"),
            ("\u{b4}", "\u{b4}"), ("ﬁ", "ﬁ"), ("", ""), ("\u{308}", "\u{308}"), ("ấ", "\u{1ea5}"),
        ])
    func forms(written: String, normal: String) {
        #expect(bytes(written.normalForm) == bytes(normal))
        #expect(isCertain(normal) || bytes(normal.normalForm) == bytes(normal))
    }

    @Test(
        "Texts of many scripts are certain as they are usually written, without being looked at twice",
        arguments: [
            "Zürich", "한국", "Київ", "Αθήνα", "日本語テキスト", "北京", "עברית", "ไทยก็", "हिन्दी", "Việt Nam", "🇺🇦👩‍👩‍👧", "İstanbul",
        ])
    func common(text: String) {
        #expect(isCertain(text))
    }

    @Test("Whatever is called certain is what Foundation makes of it, alone and behind other characters")
    func certain() {
        var certain = 0
        for value in UInt32(0)...0xffff {
            // Foundation takes U+1176 for the vowel behind the last that composes.
            guard value != 0x1176, let scalar = Unicode.Scalar(value) else { continue }
            for text in [String(scalar), "a\(scalar)", "ᄀ\(scalar)", "か\(scalar)", "\(scalar)\u{301}"] {
                guard isCertain(text) else { continue }
                certain += 1
                #expect(
                    bytes(text) == bytes(text.precomposedStringWithCanonicalMapping), "U+\(String(value, radix: 16))")
            }
        }
        #expect(certain > 200_000)
    }

    @Test("Bytes that are no text are not called certain beyond their end")
    func malformed() {
        for bytes: [UInt8] in [[0xe0], [0xe3, 0x81], [0xf0, 0x9f], [0x41, 0xcc], [0xff, 0xff, 0xff]] {
            #expect(bytes.withUnsafeBufferPointer { !NormalForm.isCertain($0) })
        }
    }
}
