package import GRPC
internal import Messages
internal import NIOCore

/// `grpc.reflection.v1.ServerReflection`, and `v1alpha` for older clients: the same messages under both names.
///
/// Source: github.com/grpc/grpc/blob/master/doc/server-reflection.md
package struct ReflectionService: Sendable {
    private let services: [String]

    /// Where older clients ask; no .proto names it.
    package static let formerPath = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    private static let notFound: Int32 = 5
    private static let unimplemented: Int32 = 12

    /// - Parameter services: Full names of the services that the port serves.
    package init(services: [String]) {
        self.services = services
    }

    /// Adds its methods.
    package func register(in router: inout ServiceRouter) {
        for path in [Methods.ServerReflection.serverReflectionInfo.path, Self.formerPath] {
            router.stream(path) { stream in
                for try await message in stream.messages {
                    let request = try ServerReflectionRequest(message)
                    try await stream.send(answer(request))
                }
            }
        }
    }

    private func answer(_ request: ServerReflectionRequest) -> ServerReflectionResponse {
        ServerReflectionResponse(validHost: request.host, originalRequest: request, answer: found(request))
    }

    private func found(_ request: ServerReflectionRequest) -> ServerReflectionResponse.Answer {
        switch request.question {
        case .listServices:
            return .listServicesResponse(ListServiceResponse(service: services.map { ServiceResponse(name: $0) }))
        case .fileByFilename(let name):
            guard let files = Self.fileAndDependencies(named: name) else {
                return Self.refusal(Self.notFound, "no file \(name)")
            }
            return .fileDescriptorResponse(FileDescriptorResponse(fileDescriptorProto: files))
        case .fileContainingSymbol(let symbol):
            guard
                let file = BespokeDescriptors.files.first(where: { $0.symbols.contains(symbol) }),
                let files = Self.fileAndDependencies(named: file.name)
            else { return Self.refusal(Self.notFound, "no symbol \(symbol)") }
            return .fileDescriptorResponse(FileDescriptorResponse(fileDescriptorProto: files))
        case .fileContainingExtension, .allExtensionNumbersOfType:
            return Self.refusal(Self.notFound, "there are no extensions")
        case nil:
            return Self.refusal(Self.unimplemented, "the request names no question that is known here")
        }
    }

    private static func refusal(_ code: Int32, _ message: String) -> ServerReflectionResponse.Answer {
        .errorResponse(ErrorResponse(errorCode: code, errorMessage: message))
    }

    /// The file first, then everything it imports, each once.
    private static func fileAndDependencies(named name: String) -> [[UInt8]]? {
        var names = [name]
        var index = 0
        var files: [[UInt8]] = []
        while index < names.count {
            guard let file = BespokeDescriptors.files.first(where: { $0.name == names[index] }) else { return nil }
            files.append(file.bytes)
            for dependency in file.dependencies where !names.contains(dependency) { names.append(dependency) }
            index += 1
        }
        return files
    }
}
