internal import CZlib
internal import NIOCore

/// gzip for messages. Source: RFC 1952; zlib.h, `deflateInit2` and `inflateInit2` with 16 added to the window bits.
enum Gzip {
    enum Failure: Error, Equatable {
        /// Not gzip, or cut short.
        case malformed
        /// More than the limit when expanded.
        case tooLong
    }

    private static let gzipWindowBits: Int32 = 15 + 16
    private static let chunkBytes = 16 * 1024

    static func expand(_ input: ByteBuffer, bytesMax: Int) throws(Failure) -> ByteBuffer {
        let result: Result<ByteBuffer, Failure> = input.withUnsafeReadableBytes { bytes in
            do throws(Failure) { return .success(try expand(bytes, bytesMax: bytesMax)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// - Throws: `.tooLong` as soon as the output passes `bytesMax`; no more than that is ever held.
    static func expand(_ input: UnsafeRawBufferPointer, bytesMax: Int) throws(Failure) -> ByteBuffer {
        var stream = z_stream()
        guard inflateInit2_(&stream, gzipWindowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        var output = ByteBuffer()
        var code = Z_OK
        while code == Z_OK {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: chunkBytes) { room in
                stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(min(room.count, Int(UInt32.max)))
                let offered = Int(stream.avail_out)
                code = inflate(&stream, Z_NO_FLUSH)
                return offered - Int(stream.avail_out)
            }
            guard output.readableBytes <= bytesMax else { throw .tooLong }
            if code == Z_BUF_ERROR { throw .malformed }
        }
        guard code == Z_STREAM_END, stream.avail_in == 0 else { throw .malformed }
        return output
    }

    /// - Returns: nil when zlib has no memory; the message is then sent as it is.
    static func compress(_ input: UnsafeRawBufferPointer) -> ByteBuffer? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, 1, Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        var output = ByteBuffer()
        var code = Z_OK
        let bound = Int(deflateBound(&stream, UInt(input.count)))
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { room in
            stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(room.count)
            let offered = Int(stream.avail_out)
            code = deflate(&stream, Z_FINISH)
            return offered - Int(stream.avail_out)
        }
        return code == Z_STREAM_END ? output : nil
    }
}
