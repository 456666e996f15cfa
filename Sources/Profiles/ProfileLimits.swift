/// What a profile may hold; all input is held to it before anything is stored.
package enum ProfileLimits {
    /// Of the id of a visitor or an account.
    package static let idBytesMax = 256
    /// Of one text, or of one member of a set.
    package static let textBytesMax = 4_096
    /// Of one set.
    package static let setMembersMax = 256
    /// Members of all sets of a profile together, so that readers know how much room they need.
    package static let profileMembersMax = 4_096
    /// Of a profile in its journal form, in which every text is spelt out.
    package static let recordBytesMax = 60_000
    /// Names with their types that were ever declared for one kind of profile.
    package static let attributesMax = 4_096
    /// The end of the year 9999 in seconds: the latest time that is accepted anywhere.
    package static let secondsMax: Int64 = 253_402_300_799
    /// How far the clocks of those who say since when something is known may be ahead.
    package static let observedAheadSecondsMax: Int64 = 300
    /// The start of the year 1 in seconds: the earliest timestamp that is accepted as a value.
    package static let secondsMin: Int64 = -62_135_596_800
}
