/// Parts of timestamps and durations.
enum TimeFunctions {
    static let methods: [String: FunctionLibrary.Body] = [
        part(.year), part(.month), part(.dayOfYear), part(.dayOfMonth), part(.date), part(.dayOfWeek), part(.hours),
        part(.minutes), part(.seconds), part(.milliseconds),
    ].reduce(into: [:]) { $0[$1.0] = $1.1 }

    private static func part(_ part: CalendarPart) -> (String, FunctionLibrary.Body) {
        (
            part.rawValue,
            { arguments, meter throws(Fault) in
                switch (arguments[0], arguments.count) {
                case (.duration(let duration), 1): return part.value(of: duration).map { .int($0) }
                case (.timestamp(let moment), 1): return .int(try part.value(of: moment, zone: "UTC"))
                case (.timestamp(let moment), 2):
                    guard case .string(let zone) = arguments[1] else { return nil }
                    try meter.charge(100)
                    return .int(try part.value(of: moment, zone: zone))
                default: return nil
                }
            }
        )
    }
}
