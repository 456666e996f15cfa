internal import CBespokeProto

/// A question about the services: `grpc.reflection.v1.ServerReflectionRequest`.
package struct ServerReflectionRequest: Sendable, Hashable, WireMessage {
    /// What is asked.
    package enum Question: Sendable, Hashable {
        /// The name of a .proto file.
        case fileByFilename(String)
        /// The full name of a service, method, message or enum.
        case fileContainingSymbol(String)
        case fileContainingExtension(type: String, number: Int32)
        case allExtensionNumbersOfType(String)
        case listServices(String)
    }

    package static let codec = WireCodec<Self>(
        "grpc.reflection.v1.ServerReflectionRequest", grpc__reflection__v1__server_reflection_request__unpack)

    package var host: String
    /// nil: none that is known here.
    package var question: Question?

    package init(host: String = "", question: Question?) {
        self.host = host
        self.question = question
    }
}

extension ServerReflectionRequest: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest>) throws(WireError) {
        host = try raw.pointee.host.string("host")
        switch raw.pointee.message_request_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
            question = .fileByFilename(try raw.pointee.file_by_filename.string("file_by_filename"))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
            question = .fileContainingSymbol(try raw.pointee.file_containing_symbol.string("file_containing_symbol"))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
            guard let asked = raw.pointee.file_containing_extension else {
                question = nil
                return
            }
            question = .fileContainingExtension(
                type: try asked.pointee.containing_type.string("file_containing_extension.containing_type"),
                number: asked.pointee.extension_number)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
            question = .allExtensionNumbersOfType(
                try raw.pointee.all_extension_numbers_of_type.string("all_extension_numbers_of_type"))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
            question = .listServices(try raw.pointee.list_services.string("list_services"))
        default:
            question = nil
        }
    }

    func raw(in arena: Arena) throws(WireError) -> UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionRequest> {
        let raw = try arena.make(grpc__reflection__v1__server_reflection_request__init)
        raw.pointee.host = try arena.text(host)
        switch question {
        case .fileByFilename(let name):
            raw.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
            raw.pointee.file_by_filename = try arena.text(name)
        case .fileContainingSymbol(let symbol):
            raw.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
            raw.pointee.file_containing_symbol = try arena.text(symbol)
        case .fileContainingExtension(let type, let number):
            raw.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION
            let asked = try arena.make(grpc__reflection__v1__extension_request__init)
            asked.pointee.containing_type = try arena.text(type)
            asked.pointee.extension_number = number
            raw.pointee.file_containing_extension = asked
        case .allExtensionNumbersOfType(let type):
            raw.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE
            raw.pointee.all_extension_numbers_of_type = try arena.text(type)
        case .listServices(let content):
            raw.pointee.message_request_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
            raw.pointee.list_services = try arena.text(content)
        case nil:
            break
        }
        return raw
    }
}

/// The answer to one question: `grpc.reflection.v1.ServerReflectionResponse`.
package struct ServerReflectionResponse: Sendable, Hashable, WireMessage {
    /// What is answered.
    package enum Answer: Sendable, Hashable {
        /// Encoded FileDescriptorProto messages.
        case files([[UInt8]])
        case extensionNumbers(type: String, numbers: [Int32])
        /// Full names.
        case services([String])
        /// - Parameter code: A gRPC status code.
        case error(code: Int32, message: String)
    }

    package static let codec = WireCodec<Self>(
        "grpc.reflection.v1.ServerReflectionResponse", grpc__reflection__v1__server_reflection_response__unpack)

    package var validHost: String
    package var originalRequest: ServerReflectionRequest?
    package var answer: Answer?

    package init(validHost: String, originalRequest: ServerReflectionRequest?, answer: Answer?) {
        self.validHost = validHost
        self.originalRequest = originalRequest
        self.answer = answer
    }
}

extension ServerReflectionResponse: MappedMessage {
    init(_ raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>) throws(WireError) {
        validHost = try raw.pointee.valid_host.string("valid_host")
        if let original = raw.pointee.original_request {
            originalRequest = try decoded(original, "original_request")
        }
        answer = try Self.answer(raw)
    }

    private static func answer(
        _ raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>
    ) throws(WireError) -> Answer? {
        switch raw.pointee.message_response_case {
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE:
            guard let found = raw.pointee.file_descriptor_response else { return nil }
            return .files(
                (0..<found.pointee.n_file_descriptor_proto).map { index in
                    decodedBytes(found.pointee.file_descriptor_proto[index])
                })
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE:
            guard let found = raw.pointee.all_extension_numbers_response else { return nil }
            return .extensionNumbers(
                type: try found.pointee.base_type_name.string("all_extension_numbers_response.base_type_name"),
                numbers: Array(
                    UnsafeBufferPointer(
                        start: found.pointee.extension_number, count: found.pointee.n_extension_number)))
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE:
            guard let found = raw.pointee.list_services_response else { return nil }
            var names: [String] = []
            for index in 0..<found.pointee.n_service {
                guard let service = found.pointee.service[index] else { continue }
                names.append(try service.pointee.name.string("list_services_response.service[\(index)].name"))
            }
            return .services(names)
        case GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE:
            guard let found = raw.pointee.error_response else { return nil }
            return .error(
                code: found.pointee.error_code,
                message: try found.pointee.error_message.string("error_response.error_message"))
        default:
            return nil
        }
    }

    func raw(
        in arena: Arena
    ) throws(WireError) -> UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse> {
        let raw = try arena.make(grpc__reflection__v1__server_reflection_response__init)
        raw.pointee.valid_host = try arena.text(validHost)
        if let originalRequest { raw.pointee.original_request = try originalRequest.raw(in: arena) }
        switch answer {
        case .files(let files):
            try Self.set(files, on: raw, in: arena)
        case .extensionNumbers(let type, let numbers):
            try Self.set(type, numbers, on: raw, in: arena)
        case .services(let names):
            try Self.set(names, on: raw, in: arena)
        case .error(let code, let message):
            let response = try arena.make(grpc__reflection__v1__error_response__init)
            response.pointee.error_code = code
            response.pointee.error_message = try arena.text(message)
            raw.pointee.error_response = response
            raw.pointee.message_response_case =
                GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE
        case nil:
            break
        }
        return raw
    }

    private static func set(
        _ files: [[UInt8]], on raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>,
        in arena: Arena
    ) throws(WireError) {
        let response = try arena.make(grpc__reflection__v1__file_descriptor_response__init)
        response.pointee.n_file_descriptor_proto = files.count
        response.pointee.file_descriptor_proto = try arena.makeArray(ProtobufCBinaryData.self, count: files.count)
        for index in files.indices {
            response.pointee.file_descriptor_proto[index] = try arena.copy(files[index])
        }
        raw.pointee.file_descriptor_response = response
        raw.pointee.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
    }

    private static func set(
        _ type: String, _ numbers: [Int32],
        on raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>, in arena: Arena
    ) throws(WireError) {
        let response = try arena.make(grpc__reflection__v1__extension_number_response__init)
        response.pointee.base_type_name = try arena.text(type)
        response.pointee.n_extension_number = numbers.count
        response.pointee.extension_number = try arena.makeArray(Int32.self, count: numbers.count)
        for index in numbers.indices { response.pointee.extension_number[index] = numbers[index] }
        raw.pointee.all_extension_numbers_response = response
        raw.pointee.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE
    }

    private static func set(
        _ services: [String], on raw: UnsafeMutablePointer<Grpc__Reflection__V1__ServerReflectionResponse>,
        in arena: Arena
    ) throws(WireError) {
        let response = try arena.make(grpc__reflection__v1__list_service_response__init)
        response.pointee.n_service = services.count
        response.pointee.service = try arena.makeArray(
            UnsafeMutablePointer<Grpc__Reflection__V1__ServiceResponse>?.self, count: services.count)
        for index in services.indices {
            let service = try arena.make(grpc__reflection__v1__service_response__init)
            service.pointee.name = try arena.text(services[index])
            response.pointee.service[index] = service
        }
        raw.pointee.list_services_response = response
        raw.pointee.message_response_case =
            GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE
    }
}
