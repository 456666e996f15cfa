import GRPC
import NIOCore
import Testing

@Suite struct PlainWordsTests {
    @Test func `The system's words stand alone`() {
        #expect(
            PlainWords.of(IOError(errnoCode: 98, reason: "bind(descriptor:ptr:bytes:)")) == "Address already in use")
        #expect(PlainWords.of(IOError(errnoCode: 111, reason: "connect")) == "Connection refused")
    }

    @Test func `Names of cases are sentences`() {
        let words = [
            PlainWords.of(SocketAddressError.unixDomainSocketPathTooLong),
            PlainWords.of(ChannelError.connectTimeout(.seconds(1))), PlainWords.of(ChannelError.eof),
            PlainWords.of(Status(.unavailable, "in its own words")),
        ]
        #expect(words[0].contains("107 bytes"))
        #expect(words[1] == "no answer in time")
        #expect(words[2] == "the connection was closed")
        #expect(words[3] == "in its own words")
    }

    @Test func `Files that are no certificates are said to be none`() {
        do {
            _ = try TLS(certificateChainPath: "/nowhere", privateKeyPath: "/nowhere", clientAuthorityPath: nil)
            Issue.record("there is no such file")
        } catch {
            #expect(!PlainWords.of(error).contains("failedTo"))
            #expect(PlainWords.of(error).contains("file") || PlainWords.of(error).contains("PEM"))
        }
    }
}
