internal import CBespokeProto
package import Wire

/// One .proto file as reflection serves it.
package struct DescriptorFile: Sendable, Hashable {
    /// Such as `bespoke/v1/decision.proto`.
    package let name: String
    /// An encoded google.protobuf.FileDescriptorProto.
    package let bytes: [UInt8]
    /// Names of the files that it imports.
    package let dependencies: [String]
    /// Full names of its messages, enums, services and methods.
    package let symbols: Set<String>
}

/// The descriptors of every file in proto/ and what they import.
package enum BespokeDescriptors {
    /// In an order in which every file follows those it imports.
    package static let files: [DescriptorFile] = {
        do throws(WireError) {
            return try encodedSet.withUnsafeBytes { (set) in Result { () throws(WireError) in try parse(set) } }.get()
        } catch {
            preconditionFailure("the descriptor set that was built in is whole: \(error)")
        }
    }()

    /// The encoded google.protobuf.FileDescriptorSet.
    package static var encodedSet: [UInt8] {
        Array(UnsafeBufferPointer(start: bespoke_descriptor_set, count: Int(bespoke_descriptor_set_size)))
    }

    /// Reads a google.protobuf.FileDescriptorSet.
    ///
    /// - Throws: `.malformed`, `.invalid` for a name that is not text.
    package static func parse(_ set: UnsafeRawBufferPointer) throws(WireError) -> [DescriptorFile] {
        var files: [DescriptorFile] = []
        var reader = FieldReader(set)
        while let field = try reader.next() {
            if field.number == 1, let file = field.content { files.append(try DescriptorFile(file)) }
        }
        return files
    }
}

extension DescriptorFile {
    // Field numbers. Source: google/protobuf/descriptor.proto.
    fileprivate init(_ file: UnsafeRawBufferPointer) throws(WireError) {
        var name = ""
        var package = ""
        var dependencies: [String] = []
        var reader = FieldReader(file)
        while let field = try reader.next() {
            guard let content = field.content else { continue }
            switch field.number {
            case 1: name = try FieldReader.text(content)
            case 2: package = try FieldReader.text(content)
            case 3: dependencies.append(try FieldReader.text(content))
            default: continue
            }
        }
        var symbols: Set<String> = []
        reader = FieldReader(file)
        while let field = try reader.next() {
            guard let content = field.content else { continue }
            switch field.number {
            case 4: try Self.collect(message: content, in: package, depth: 0, into: &symbols)
            case 5: try Self.collect(enumeration: content, in: package, into: &symbols)
            case 6: try Self.collect(service: content, in: package, into: &symbols)
            default: continue
            }
        }
        self.init(name: name, bytes: [UInt8](file), dependencies: dependencies, symbols: symbols)
    }

    private static let nestingMax = 32

    private static func collect(
        message: UnsafeRawBufferPointer, in scope: String, depth: Int, into symbols: inout Set<String>
    ) throws(WireError) {
        guard depth < nestingMax else { throw FieldReader.malformed }
        let name = join(scope, try name(of: message))
        symbols.insert(name)
        var reader = FieldReader(message)
        while let field = try reader.next() {
            guard let content = field.content else { continue }
            switch field.number {
            case 3: try collect(message: content, in: name, depth: depth + 1, into: &symbols)
            case 4: try collect(enumeration: content, in: name, into: &symbols)
            // Fields and oneofs.
            case 2, 8: symbols.insert(join(name, try Self.name(of: content)))
            default: continue
            }
        }
    }

    private static func collect(
        enumeration: UnsafeRawBufferPointer, in scope: String, into symbols: inout Set<String>
    ) throws(WireError) {
        symbols.insert(join(scope, try name(of: enumeration)))
        var reader = FieldReader(enumeration)
        while let field = try reader.next() {
            guard field.number == 2, let value = field.content else { continue }
            // As in C++, values are siblings of their enum. Source: google/protobuf/descriptor.h, EnumValueDescriptor::full_name.
            symbols.insert(join(scope, try Self.name(of: value)))
        }
    }

    private static func collect(
        service: UnsafeRawBufferPointer, in scope: String, into symbols: inout Set<String>
    ) throws(WireError) {
        let name = join(scope, try name(of: service))
        symbols.insert(name)
        var reader = FieldReader(service)
        while let field = try reader.next() {
            guard field.number == 2, let method = field.content else { continue }
            symbols.insert(join(name, try Self.name(of: method)))
        }
    }

    /// Field 1 of messages, fields, enums, their values, services and methods alike.
    private static func name(of descriptor: UnsafeRawBufferPointer) throws(WireError) -> String {
        var reader = FieldReader(descriptor)
        while let field = try reader.next() {
            if field.number == 1, let content = field.content { return try FieldReader.text(content) }
        }
        throw FieldReader.malformed
    }

    private static func join(_ scope: String, _ name: String) -> String {
        scope.isEmpty ? name : "\(scope).\(name)"
    }
}

/// Walks over the fields of an encoded message without knowing its type.
private struct FieldReader {
    struct Field {
        let number: UInt64
        /// Of a length-delimited field; nil for numbers.
        let content: UnsafeRawBufferPointer?
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    static var malformed: WireError { .malformed(message: "google.protobuf.FileDescriptorSet") }

    static func text(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed }
        return text
    }

    /// - Returns: The next field, or nil at the end.
    mutating func next() throws(WireError) -> Field? {
        guard offset < bytes.count else { return nil }
        let tag = try varint()
        switch tag & 7 {
        case 0:
            _ = try varint()
            return Field(number: tag >> 3, content: nil)
        case 1: return Field(number: tag >> 3, content: try take(8, keep: false))
        case 2: return Field(number: tag >> 3, content: try take(varint(), keep: true))
        case 5: return Field(number: tag >> 3, content: try take(4, keep: false))
        default: throw Self.malformed
        }
    }

    private mutating func take(_ count: UInt64, keep: Bool) throws(WireError) -> UnsafeRawBufferPointer? {
        guard count <= UInt64(bytes.count - offset) else { throw Self.malformed }
        defer { offset += Int(count) }
        return keep ? UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)]) : nil
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard offset < bytes.count else { throw Self.malformed }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw Self.malformed
    }
}
