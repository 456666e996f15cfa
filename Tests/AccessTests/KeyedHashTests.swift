import Access
import Model
import Testing

@Suite struct KeyedHashTests {
    @Test func `It is HMAC with SHA-256 over purpose, zero and bytes`() {
        let hash = KeyedHash(key: Secret("0123456789abcdef"))
        let digest = hash.digest("text", Array("rita".utf8))
        #expect(digest.count == 32)
        // Source: printf 'text\0rita' | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef
        #expect(digest.prefix(8).map { String($0, radix: 16) }.joined(separator: " ") == "8 46 b9 c2 51 7f 11 52")
    }

    @Test func `Another key, another purpose and other bytes have other digits, as many as are wanted`() {
        let hash = KeyedHash(key: Secret("0123456789abcdef"))
        let other = KeyedHash(key: Secret("0123456789abcdeg"))
        let digits = hash.digits("text", [1], count: 200)
        #expect(digits.count == 200 && digits == hash.digits("text", [1], count: 200))
        #expect(digits.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        #expect(Set(digits.prefix(64)).count > 8 && digits.prefix(64) != digits[64..<128])
        let others = [
            other.digits("text", [1], count: 8), hash.digits("id", [1], count: 8), hash.digits("text", [2], count: 8),
        ]
        for text in others { #expect(text != Array(digits.prefix(8))) }
    }
}
