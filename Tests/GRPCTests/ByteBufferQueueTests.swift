import GRPC
import NIOCore
import Testing

@Suite struct ByteBufferQueueTests {
    @Test func `A queue that is never empty keeps little memory, and every byte in its order`() {
        var queue = ByteBuffer()
        var (written, read): (UInt64, UInt64) = (0, 0)
        var wrong = 0
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 8)
        defer { room.deallocate() }
        for _ in 0..<4_000 {
            while queue.readableBytes < 200_000 {
                queue.writeInteger(written)
                written += 1
            }
            let count = queue.dequeue(into: room)
            for word in room[..<count].bindMemory(to: UInt64.self) {
                if UInt64(bigEndian: word) != read { wrong += 1 }
                read += 1
            }
        }
        #expect(wrong == 0)
        #expect(read == 4_000 * 2_048)
        #expect(queue.capacity <= 2 << 20)
    }
}
