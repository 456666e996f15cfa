internal import Model
internal import Profiles
internal import Testing

@Suite struct ProfileSchemaTests {
    @Test func `Ids are given in order, kept for ever, and found again with the old type`() throws {
        var schema = ProfileSchema()
        #expect(try schema.declare([(name: "a", type: .int), (name: "b", type: .string)], of: .visitor))
        #expect(try !schema.declare([(name: "b", type: .string)], of: .visitor))
        #expect(schema.attribute(named: "a", of: .visitor) == nil)
        #expect(schema.attribute(named: "b", of: .visitor)?.id == 1)
        #expect(try schema.declare([(name: "a", type: .double), (name: "c", type: .bool)], of: .visitor))
        #expect(schema.attribute(named: "a", of: .visitor)?.id == 2)
        #expect(try !schema.declare([(name: "a", type: .int)], of: .visitor))
        #expect(schema.attribute(named: "a", of: .visitor)?.id == 0)
        #expect(schema.attributes(of: .visitor).map(\.isDeclared) == [true, false, false, false])
        #expect(schema.attributes(of: .account).isEmpty)
        #expect(try schema.declare([(name: "a", type: .int)], of: .account))
        #expect(schema.attribute(named: "a", of: .account)?.id == 0)
    }

    @Test func `A name that is not declared is answered with the nearest that is`() throws {
        let schema = try makeSchema([(name: "employees", type: .int), (name: "country", type: .string)])
        #expect(try schema.declaredAttribute(named: "country", of: .visitor).id == 1)
        let error = ProfileError.unknownAttribute(name: "employes", suggestion: "employees")
        #expect(throws: error) { try schema.declaredAttribute(named: "employes", of: .visitor) }
        #expect("\(error)".contains("did you mean employees?"))
        #expect(throws: ProfileError.unknownAttribute(name: "country", suggestion: nil)) {
            try schema.declaredAttribute(named: "country", of: .account)
        }
        #expect(schema.attribute(named: "country", of: .request) == nil)
    }

    @Test func `A name declared twice and too many attributes are refused, with nothing changed`() throws {
        var schema = try makeSchema()
        let before = schema
        #expect(throws: ProfileError.duplicateAttribute(name: "a")) {
            try schema.declare([(name: "a", type: .int), (name: "a", type: .bool)], of: .visitor)
        }
        #expect(throws: ProfileError.tooManyAttributes) {
            try schema.declare((0...ProfileLimits.attributesMax).map { (name: "n\($0)", type: .int) }, of: .account)
        }
        #expect(schema == before)
    }

    @Test func `Encoding and decoding gives the same ids`() throws {
        var schema = try makeSchema()
        _ = try schema.declare([(name: "x", type: .strings)], of: .account)
        var decoded = try schema.encoded().withUnsafeBytes { try ProfileSchema(decoding: $0) }
        #expect(decoded.attributes(of: .visitor).allSatisfy { !$0.isDeclared })
        #expect(try !decoded.declare(attributesOfEveryType, of: .visitor))
        #expect(try !decoded.declare([(name: "x", type: .strings)], of: .account))
        #expect(decoded == schema)
    }

    @Test func `Damage anywhere is found`() throws {
        let bytes = try makeSchema().encoded()
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x04
            #expect(throws: ProfileError.self) { try damaged.withUnsafeBytes { try ProfileSchema(decoding: $0) } }
            #expect(throws: ProfileError.self) {
                try bytes[..<index].withUnsafeBytes { try ProfileSchema(decoding: $0) }
            }
        }
    }
}
