import Daemon
import TestSupport
import Testing

@Suite struct ConfigurationFilesTests {
    private let folder = TemporaryFolder()

    private func problems(_ change: (inout Configuration) -> Void) -> [String] {
        var configuration = Configuration()
        configuration.dataDirectory = folder.path + "/not/there/yet"
        change(&configuration)
        return configuration.problemsOfFiles
    }

    private func file(_ name: String, _ text: String) -> String {
        writeFile(folder.path + "/" + name, Array(text.utf8))
        return folder.path + "/" + name
    }

    @Test func `A data directory that can be made is none`() {
        #expect(problems { _ in }.isEmpty)
        #expect(problems { $0.dataDirectory = folder.path }.isEmpty)
    }

    @Test func `A data directory that is a file is one`() {
        let path = file("data", "")
        #expect(problems { $0.dataDirectory = path } == ["data_directory \(path): is not a folder"])
        #expect(problems { $0.dataDirectory = path + "/below" }.first?.hasPrefix("data_directory \(path)") == true)
    }

    @Test func `Certificates that are not there, or are none, are named`() {
        let nowhere = folder.path + "/nowhere.pem"
        let missing = problems { ($0.tlsCertificate, $0.tlsKey) = (nowhere, file("key.pem", "x")) }
        #expect(missing == ["tls_certificate \(nowhere): No such file or directory"])
        let wrong = problems { ($0.tlsCertificate, $0.tlsKey) = (file("a.pem", "x"), file("b.pem", "x")) }
        #expect(wrong.count == 1)
        #expect(wrong.first?.hasSuffix("has no certificate in PEM form") == true, "\(wrong)")
    }

    @Test func `Rules that are refused, or not there, are named with the place`() {
        let nowhere = problems { $0.rules = folder.path + "/nowhere" }
        #expect(nowhere.first?.hasPrefix("rules \(folder.path)/nowhere: ") == true)
        _ = file("rules.yaml", "segments:\n  s: 1 +\n")
        let refused = problems { $0.rules = folder.path }
        #expect(refused.first?.contains("are refused: rules.yaml:2: ") == true, "\(refused)")
        _ = file("rules.yaml", "segments:\n  s: \"true\"\n")
        #expect(problems { $0.rules = folder.path }.isEmpty)
    }

    @Test func `A socket's path that is too long is named`() {
        let long = "/" + String(repeating: "x", count: 110)
        #expect(problems { $0.adminSocket = long }.first?.contains("107 bytes") == true)
    }
}
