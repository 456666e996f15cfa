package import Ruleset

#if canImport(Glibc)
    internal import Glibc
#endif

/// What commands on rule folders share.
package enum RuleTools {
    /// The rule files of a folder.
    ///
    /// - Throws: `Failure` naming what cannot be read.
    package static func files(_ folder: String) throws(Failure) -> [RuleFile] {
        do throws(RuleFolderError) {
            return try RuleFolder.read(folder)
        } catch {
            throw Failure("FAILED", error.description)
        }
    }

    /// The same, with warnings about files that are not read.
    ///
    /// - Throws: `Failure` naming what cannot be read.
    package static func contents(_ folder: String) throws(Failure) -> RuleFolder.Contents {
        do throws(RuleFolderError) {
            return try RuleFolder.contents(folder)
        } catch {
            throw Failure("FAILED", error.description)
        }
    }

    /// What a daemon would call the folder's rule set; words where it is none.
    ///
    /// - Throws: `Failure` naming what cannot be read.
    package static func revision(_ folder: String) throws(Failure) -> String {
        do throws(RuleFolderError) {
            return RuleSetLoader.load(try RuleFolder.read(folder)).ruleSet?.revision.digest ?? "not readable"
        } catch {
            throw Failure("INVALID_ARGUMENT", "\(error)")
        }
    }

    /// Writes what has changed of a folder's files.
    ///
    /// - Parameters:
    ///   - new: The same files as `old`, in the same order.
    /// - Throws: `Failure` naming what cannot be written.
    package static func write(_ new: RuleFiles, over old: RuleFiles, in folder: String) throws(Failure) {
        for (old, new) in zip(old, new) where old != new {
            try Files.replaceWhole(folder + "/" + new.path, new.content)
        }
    }

    /// A file that is not YAML, said with its place.
    package static func explained<Value>(_ body: () throws(Diagnostic) -> Value) throws(Failure) -> Value {
        do throws(Diagnostic) {
            return try body()
        } catch {
            let place = "\(error.position.file):\(error.position.line):\(error.position.column)"
            throw Failure("INVALID_ARGUMENT", "\(place): \(error.message)")
        }
    }

    /// Writes the new content beside the file and puts it in its place, so that a failure leaves the old one whole.
    package static func replace(_ path: String, _ content: [UInt8]) throws(Failure) {
        guard let real = realpath(path, nil) else { throw Files.failure(path) }
        defer { free(real) }
        let target = String(cString: real)
        var status = stat()
        guard stat(target, &status) == 0 else { throw Files.failure(path) }
        let cut = target.lastIndex(of: "/") ?? target.startIndex
        let folder = String(target[..<cut])
        let name = ".\(target[target.index(after: cut)...]).new"
        try Files.write(content, to: name, in: folder)
        guard chmod(folder + "/" + name, status.st_mode & 0o7777) == 0, rename(folder + "/" + name, target) == 0 else {
            let failure = Files.failure(path)
            unlink(folder + "/" + name)
            throw failure
        }
    }
}
