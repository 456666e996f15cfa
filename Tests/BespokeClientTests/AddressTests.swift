import BespokeClient
import GRPC
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("127.0.0.1:7878", "127.0.0.1:7878"), ("bespoke.example:1", "bespoke.example:1"),
        ("[::1]:65535", "[::1]:65535"),
        ("unix:/run/bespoke.sock", "unix:/run/bespoke.sock"), ("unix:///run/bespoke.sock", "unix:/run/bespoke.sock"),
        ("unix:relative.sock", "unix:relative.sock"),
        ("unix:" + String(repeating: "x", count: 107), "unix:" + String(repeating: "x", count: 107)),
    ])
    func `An address is read as people write it`(text: String, target: String) throws {
        #expect(try Address.parse(text).description == target)
    }

    @Test(arguments: [
        "", "localhost", ":7878", "localhost:", "localhost:0", "localhost:65536", "localhost:-1", "::1:7878", "unix:",
        "unix://", "a b:1", "[]:1", "unix:" + String(repeating: "x", count: 108), "unix:/a\0b", "http://localhost:7878",
    ])
    func `What is no address is refused with a way to mend it`(text: String) {
        #expect {
            try Address.parse(text)
        } throws: { error in
            guard let error = error as? BespokeError else { return false }
            return error.code == .invalidArgument && error.message.hasPrefix("the address \"\(text)\"")
        }
    }
}
