internal import Model
internal import Wire

/// A decision to be explained: `bespoke.v1.ExplainRequest`.
package struct ExplainRequest: Sendable, Hashable, WireMessage {
    package static let codec = WireCodec<Self>(
        name: "bespoke.v1.ExplainRequest",
        decode: { (bytes, _) throws(WireError) in
            do throws(ProtoReader.Malformed) {
                return try ExplainRequest(reading: ProtoReader(bytes))
            } catch {
                throw .malformed(message: "bespoke.v1.ExplainRequest")
            }
        },
        encode: { (message, _) in message.bytes })

    /// The encoded DecideRequest, untouched, so that the decision has the id that Decide gives it.
    package var request: [UInt8]
    package var skipsNearestMisses: Bool

    private static let requestNumber: UInt8 = 1
    private static let skipNumber: UInt8 = 2

    package init(request: [UInt8], skipsNearestMisses: Bool = false) {
        self.request = request
        self.skipsNearestMisses = skipsNearestMisses
    }

    private init(reading reader: ProtoReader) throws(ProtoReader.Malformed) {
        self.init(request: [])
        var reader = reader
        while let field = try reader.next() {
            switch (field.number, field.wireType) {
            // A field that comes twice is merged, which for encoded messages is joining them.
            case (UInt32(Self.requestNumber), ProtoReader.delimited): request += field.bytes.bytes
            case (UInt32(Self.skipNumber), ProtoReader.varint): skipsNearestMisses = field.bits != 0
            default: break
            }
        }
    }

    private var bytes: [UInt8] {
        var bytes = [Self.requestNumber << 3 | ProtoReader.delimited]
        var count = request.count
        while count >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: count) | 0x80)
            count >>= 7
        }
        bytes.append(UInt8(count))
        bytes += request
        if skipsNearestMisses { bytes += [Self.skipNumber << 3 | ProtoReader.varint, 1] }
        return bytes
    }
}
