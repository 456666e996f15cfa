import BespokeAdmin
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct FilesTests {
    private let folder = TemporaryFolder()

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func `A file takes its place whole, with the mode that is asked for`() throws {
        let path = folder.path + "/a"
        try Files.replaceWhole(path, [1, 2], mode: 0o600)
        #expect(try Files.content(path, bytesMax: 2) == [1, 2])
        #expect(mode(path) == 0o600)
        writeFile(path + ".part", [9])
        try Files.replaceWhole(path, [3], mode: 0o600)
        #expect(mode(path) == 0o600)
        #expect(folder.names() == ["a"])
    }

    @Test func `What is too large, or not there, is said with its name`() throws {
        let path = folder.path + "/a"
        try Files.replaceWhole(path, [1, 2, 3])
        let large = #expect(throws: Failure.self) { try Files.content(path, bytesMax: 2) }
        #expect(large?.code == "RESOURCE_EXHAUSTED" && large?.message?.hasPrefix(path) == true)
        let missing = #expect(throws: Failure.self) { try Files.content(path + "x", bytesMax: 2) }
        #expect(missing?.message == "\(path)x: No such file or directory; did you mean `\(path)`?")
        #expect(try Files.contentIfThere(path + "x", bytesMax: 2) == nil)
        try Files.remove(path + "x")
    }

    @Test func `Nothing is written over, and no link is followed`() throws {
        try Files.write([1], to: "b/c", in: folder.path)
        #expect(try Files.content(folder.path + "/b/c", bytesMax: 9) == [1])
        #expect(throws: Failure.self) { try Files.write([2], to: "b/c", in: folder.path) }
        symlink("/nowhere", folder.path + "/link")
        #expect(throws: Failure.self) { try Files.write([2], to: "link", in: folder.path) }
    }

    @Test(arguments: [
        ("a/b.yaml", true), ("../a", false), ("/a", false), ("a//b", false), ("a/./b", false), ("", false),
    ])
    func `Paths that lead out are told`(path: String, isSafe: Bool) {
        #expect(Files.isSafe(path) == isSafe)
    }

    @Test func `A folder is taken only when it is empty`() throws {
        try Files.makeEmptyFolder(folder.path + "/new")
        try Files.makeEmptyFolder(folder.path + "/new")
        writeFile(folder.path + "/new/a", [1])
        let failure = #expect(throws: Failure.self) { try Files.makeEmptyFolder(folder.path + "/new") }
        #expect(failure?.code == "ALREADY_EXISTS")
    }

    @Test func `Paths are made absolute`() {
        #expect(Files.absolute("/a/b") == "/a/b")
        #expect(Files.absolute("b").hasPrefix("/") && Files.absolute("b").hasSuffix("/b"))
    }

    @Test func `A file is read in pieces, as often as needed, and its changes are seen`() throws {
        let path = folder.path + "/a"
        writeFile(path, Array("hello".utf8))
        let reader = try FileReader(path)
        #expect(reader.byteCount == 5 && reader.isSame(path) && !reader.hasChanged)
        #expect(try reader.head(byteCount: 2) == Array("he".utf8))
        for _ in 0..<2 {
            #expect(try reader.next { Array($0) } == Array("hello".utf8))
            #expect(reader.fraction == 1)
            #expect(try reader.next { $0.count } == nil)
            try reader.rewind()
        }
        writeFile(path, Array("hello again".utf8))
        #expect(reader.hasChanged)
        #expect(throws: Failure.self) { try FileReader(folder.path) }
    }
}
