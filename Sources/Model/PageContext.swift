/// The page view for which is decided. Absent and empty texts count as missing.
///
/// Host, path, query and the UTM values are taken from `url` when a rule first asks for them.
package struct PageContext: BitwiseCopyable {
    /// The full URL, or one without scheme and host.
    package var url: BorrowedText?
    /// The address of the page before.
    package var referrer: BorrowedText?
    /// IPv4 or IPv6 address in text.
    package var ip: BorrowedText?
    /// ISO 3166-1 alpha-2.
    package var country: BorrowedText?
    /// BCP 47.
    package var language: BorrowedText?
    /// Such as `mobile`.
    package var device: BorrowedText?

    /// Takes UTF-8 texts without NUL, borrowed until the workspace begins its next decision.
    package init(
        url: BorrowedText? = nil, referrer: BorrowedText? = nil, ip: BorrowedText? = nil,
        country: BorrowedText? = nil, language: BorrowedText? = nil, device: BorrowedText? = nil
    ) {
        self.url = url
        self.referrer = referrer
        self.ip = ip
        self.country = country
        self.language = language
        self.device = device
    }
}
