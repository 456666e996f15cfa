package import Model

/// One event or exposure as the journal keeps it: for counting each once, for what comes late, and for export.
package struct EventLogEntry: Sendable, Equatable {
    /// What it is.
    package enum Kind: UInt8, Sendable {
        case event = 0
        case exposure = 1
    }

    package var kind: Kind
    /// Whether the same stands under another unit too, and only that one is to be exported.
    package var isCopy = false
    /// Whether a click on an ad brought the page view on which it was shown.
    package var isClick = false
    package var time: Timestamp
    package var value = 0.0
    /// The share of units that get the arm.
    package var propensity = 0.0
    /// Number of the event's name, or of the creative shown: campaign, placement and variant, the first and last of which are empty for
    /// the placement's default.
    package var name = EventLogEntry.none
    /// Numbers of the experiment and of the arm shown.
    package var experiment = EventLogEntry.none
    package var arm = EventLogEntry.none
    /// At most 255 bytes, likewise `revision`.
    package var decisionID = ""
    package var revision = ""
    /// The account that a visitor's entry was counted for too, or that it named itself; empty when there is none.
    package var account = ""
    /// The account that a visitor's entry was counted for, where that is another than the one that it named; empty elsewhere.
    package var countedAccount = ""
    /// Whether the call named the account: it belongs to the entry then, whatever the visitor's profile says.
    package var hasOwnAccount = false

    /// No number.
    package static let none = UInt32.max
    private static let format: UInt8 = 1
    /// With an account.
    private static let accountFormat: UInt8 = 2
    /// With an account that the call named.
    private static let ownAccountFormat: UInt8 = 3
    /// With an account that the call named, and another for which it counts.
    private static let bothAccountsFormat: UInt8 = 4
    private static let textMax = 255
    /// In the byte of the kind.
    private static let copyFlag: UInt8 = 0x80
    private static let clickFlag: UInt8 = 0x40

    /// Something at a time.
    package init(_ kind: Kind, at time: Timestamp) {
        self.kind = kind
        self.time = time
    }

    // Layout, little-endian: format and kind (1 byte each), lengths of the texts (1 byte each), name, experiment and arm (4 each), time,
    // value and propensity (8 each), then the texts; in formats 2 and 3 then the account; in format 4 the length of
    // the account that the call named (2 bytes), that account, and the one that it counts for.
    private static let nameOffset = 4
    private static let timeOffset = 16
    private static let textOffset = 40

    /// - Returns: Nil for bytes that are no entry of this format.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.textOffset, (Self.format...Self.bothAccountsFormat).contains(bytes[0]),
            let kind = Kind(rawValue: bytes[1] & ~(Self.copyFlag | Self.clickFlag))
        else { return nil }
        let end = Self.textOffset + Int(bytes[2]) + Int(bytes[3])
        guard bytes[0] == Self.format ? bytes.count == end : bytes.count > end else { return nil }
        func load<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type = Value.self) -> Value {
            bytes.loadUnaligned(fromByteOffset: offset, as: type)
        }
        var accountEnd = bytes.count
        var accountOffset = end
        if bytes[0] == Self.bothAccountsFormat {
            guard bytes.count > end + 2 else { return nil }
            accountOffset = end + 2
            accountEnd = accountOffset + Int(UInt16(littleEndian: load(end)))
            guard accountEnd > accountOffset, accountEnd < bytes.count else { return nil }
        }
        self.init(kind, at: Timestamp(microseconds: load(Self.timeOffset)))
        isCopy = bytes[1] & Self.copyFlag != 0
        isClick = bytes[1] & Self.clickFlag != 0
        name = load(Self.nameOffset)
        experiment = load(Self.nameOffset + 4)
        arm = load(Self.nameOffset + 8)
        value = load(Self.timeOffset + 8)
        propensity = load(Self.timeOffset + 16)
        let revisionOffset = Self.textOffset + Int(bytes[2])
        decisionID = String(decoding: bytes[Self.textOffset..<revisionOffset], as: UTF8.self)
        revision = String(decoding: bytes[revisionOffset..<end], as: UTF8.self)
        account = String(decoding: bytes[accountOffset..<accountEnd], as: UTF8.self)
        countedAccount = String(decoding: bytes[accountEnd...], as: UTF8.self)
        hasOwnAccount = bytes[0] >= Self.ownAccountFormat
    }

    /// The account that a visitor's entry was counted for too; empty when it was for none.
    package var accountCountedFor: String { countedAccount.isEmpty ? account : countedAccount }

    /// Notes that a visitor's entry counts for an account too.
    package mutating func count(forAccount id: String) {
        if hasOwnAccount, account != id { countedAccount = id } else { account = id }
    }

    /// Forgets which account it has, as copies do.
    package mutating func removeAccount() { (account, countedAccount, hasOwnAccount) = ("", "", false) }

    /// The form that `init` reads.
    package func encoded() -> [UInt8] {
        let texts = [decisionID, revision].map { Array($0.utf8.prefix(Self.textMax)) }
        let kindByte = kind.rawValue | (isCopy ? Self.copyFlag : 0) | (isClick ? Self.clickFlag : 0)
        let hasBoth = !countedAccount.isEmpty && !account.isEmpty
        let format =
            hasBoth
            ? Self.bothAccountsFormat
            : account.isEmpty ? Self.format : hasOwnAccount ? Self.ownAccountFormat : Self.accountFormat
        var bytes: [UInt8] = [format, kindByte, UInt8(texts[0].count), UInt8(texts[1].count)]
        func append<Value: FixedWidthInteger>(_ value: Value) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
        append(name)
        append(experiment)
        append(arm)
        append(time.microseconds)
        append(value.bitPattern)
        append(propensity.bitPattern)
        bytes += texts[0] + texts[1]
        if hasBoth { append(UInt16(account.utf8.count)) }
        return bytes + account.utf8 + (hasBoth ? Array(countedAccount.utf8) : [])
    }
}
