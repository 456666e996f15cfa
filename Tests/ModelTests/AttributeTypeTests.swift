import Model
import Testing

@Suite("Types of attributes") struct AttributeTypeTests {
    @Test func `What stands in records on disk keeps its meaning`() {
        #expect(AttributeType.allCases.map(\.rawValue) == Array(0..<UInt8(AttributeType.allCases.count)))
        #expect(AttributeType.allCases.prefix(6) == [.bool, .int, .double, .string, .strings, .timestamp])
        #expect(AttributeType.allCases.count <= 8, "Records have three bits for it.")
    }

    @Test func `Names and kinds lead back to the type`() {
        for type in AttributeType.allCases {
            #expect(AttributeType(name: type.name) == type && AttributeType(type.kind) == type)
        }
        #expect(AttributeType(name: "Int") == nil)
        for kind in [Scalar.Kind.missing, .stale, .unconsented, .missingAndUnconsented, .failed] {
            #expect(AttributeType(kind) == nil)
        }
    }

    @Test func `A value that is no text goes to the request path and back`() {
        for value in [AttributeValue.bool(true), .int(-7), .double(2.5), .timestamp(Timestamp(microseconds: 3))] {
            #expect(value.plain?.kind == value.type.kind && value.plain.flatMap { AttributeValue($0) } == value)
        }
        #expect(AttributeValue.string("a").plain == nil && AttributeValue.strings(["a"]).plain == nil)
    }

    @Test func `A row of an import keeps values of every type`() {
        var row = ImportCells()
        for value in [
            AttributeValue.bool(false), .int(5), .double(0.5), .timestamp(Timestamp(microseconds: 9)), .string("é"),
            .strings(["a", "b"]), .strings([]),
        ] {
            let kept = row.value(value)
            #expect(row.owned(kept) == value)
        }
    }
}
