internal import Model

/// The entries of the three maps of values in a `bespoke.v1.DecideRequest`, left where they stand, and the rest of the message
/// for protobuf-c, which would decode each entry at the price of two messages.
struct AttributeEntries: BitwiseCopyable {
    /// The message without the maps.
    private(set) var rest: UnsafeRawBufferPointer

    private var visitor = ArenaList<BorrowedText>()
    private var account = ArenaList<BorrowedText>()
    private var request = ArenaList<BorrowedText>()

    /// Their field numbers. Source: decision.proto.
    private static let maps: ClosedRange<UInt32> = 3...5

    /// - Parameters:
    ///   - message: It lives as long as the entries.
    ///   - arena: Where the lists, and the rest if there are any entries, are laid out.
    /// - Throws: `.malformed`, `.overBudget`.
    init(takenFrom message: UnsafeRawBufferPointer, arena: Arena) throws(WireError) {
        rest = message
        var kept: UnsafeMutableRawPointer?
        var keptCount = 0
        var reader = ProtoReader(message)
        var runStart = reader.position
        do throws(ProtoReader.Malformed) {
            var fieldStart = reader.position
            while let field = try reader.next() {
                defer { fieldStart = reader.position }
                guard Self.maps.contains(field.number) else { continue }
                guard field.wireType == ProtoReader.delimited else { throw ProtoReader.Malformed() }
                if kept == nil { kept = arena.allocate(byteCount: message.count) }
                guard let kept, append(field, arena) else { break }
                keptCount += Self.copy(from: runStart, to: fieldStart, into: kept + keptCount)
                runStart = reader.position
            }
        } catch {
            throw .malformed(message: "\(DecideRequestView.name)")
        }
        guard !arena.isExhausted else {
            throw .overBudget(message: "\(DecideRequestView.name)", budgetBytes: arena.budgetBytes)
        }
        guard let kept else { return }
        keptCount += Self.copy(from: runStart, to: reader.position, into: kept + keptCount)
        rest = UnsafeRawBufferPointer(start: kept, count: keptCount)
    }

    /// The encoded entries of one entity, in the order in which they came.
    @inline(__always)
    subscript(entity: Entity) -> UnsafeBufferPointer<BorrowedText> {
        switch entity {
        case .visitor: visitor.items
        case .account: account.items
        case .request: request.items
        }
    }

    private mutating func append(_ field: ProtoReader.Field, _ arena: Arena) -> Bool {
        switch field.number {
        case 3: visitor.append(field.bytes, in: arena)
        case 4: account.append(field.bytes, in: arena)
        default: request.append(field.bytes, in: arena)
        }
    }

    private static func copy(
        from start: UnsafePointer<UInt8>?, to end: UnsafePointer<UInt8>?, into room: UnsafeMutableRawPointer
    ) -> Int {
        guard let start, let end, end > start else { return 0 }
        room.copyMemory(from: start, byteCount: end - start)
        return end - start
    }
}

/// A list that grows in an arena.
struct ArenaList<Item: BitwiseCopyable>: BitwiseCopyable {
    private var start: UnsafeMutablePointer<Item>?
    private var capacity = 0
    private(set) var count = 0

    private static var firstCapacity: Int { 16 }

    init() {}

    /// Valid until the arena's next reset.
    var items: UnsafeBufferPointer<Item> { UnsafeBufferPointer(start: start, count: count) }

    /// - Returns: false when the arena's budget is spent.
    @inline(__always)
    mutating func append(_ item: Item, in arena: Arena) -> Bool {
        if count == capacity, !grow(arena) { return false }
        guard let start else { return false }
        (start + count).initialize(to: item)
        count += 1
        return true
    }

    private mutating func grow(_ arena: Arena) -> Bool {
        let wanted = max(Self.firstCapacity, capacity * 2)
        guard let room = arena.allocate(Item.self, count: wanted), let target = room.baseAddress else { return false }
        if let start { target.initialize(from: start, count: count) }
        start = target
        capacity = wanted
        return true
    }
}
