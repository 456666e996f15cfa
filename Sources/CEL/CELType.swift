/// The type of an expression.
package indirect enum CELType: Sendable, Hashable {
    case bool
    case int
    case uint
    case double
    case string
    case bytes
    case null
    case timestamp
    case duration
    /// Checked at evaluation only.
    case dyn
    case list(CELType)
    case map(key: CELType, value: CELType)
    /// The type of a type value, such as `int` in `type(1) == int`.
    case type(CELType)
    /// A structure with declared fields, such as `visitor`.
    case object(String)
    /// A type without fields that its own functions work on, such as `net.IP`.
    case opaque(String)
    /// A type parameter of a function's signature.
    case parameter(String)
}
