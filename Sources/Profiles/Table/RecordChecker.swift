package import Model

/// Checks records of the journal without taking them into a table.
package struct RecordChecker {
    /// Of the schema's attributes, by id; nil when the schema is not known.
    private let types: [AttributeType]?
    private var cells: [PackedCell] = []

    /// - Parameter schema: Nil when it cannot be read: then only the records themselves are checked.
    package init(_ schema: ProfileSchema?, _ entity: Entity) {
        types = schema?.attributes(of: entity).map(\.type)
    }

    /// - Returns: What is wrong with a record that is stored under a key; nil when nothing is.
    package mutating func fault(in record: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> String? {
        // Handed over, so that the array is not shared while it grows.
        var reused = cells
        cells = []
        reused.removeAll(keepingCapacity: true)
        do throws(ProfileError) {
            let profile = try RecordFormat.read(record, cells: consume reused)
            cells = profile.cells
            guard key.elementsEqual(profile.id) else { return "is the record of another id" }
            guard let types else { return nil }
            for cell in profile.cells
            where Int(cell.attribute) >= types.count || types[Int(cell.attribute)] != cell.type {
                return "has attribute \(cell.attribute) as \(cell.type.name), unlike the schema"
            }
            return nil
        } catch {
            return error.description
        }
    }
}
