internal import Decisioning
internal import Model
internal import Profiles

extension Decider {
    private static let emailName = StaticString("email")

    /// The account by the domain of the visitor's e-mail address, then by the network of the page view; empty for none. An e-mail
    /// address, also one that stands as the visitor's id, is read with the purposes of the attribute `email` only; the address of a
    /// page view has none.
    ///
    /// - Parameters:
    ///   - visitorID: Under which the visitor is kept; it, or the one that the request names, may be an e-mail address.
    ///   - row: The visitor's stored profile.
    func linkedAccount(
        _ links: AccountLinks, _ question: Question, _ visitorID: BorrowedText, _ row: ProfileRow?
    ) -> BorrowedText {
        if links.domainCount > 0, workspace.mayRead(snapshot.emailPurposes) {
            for email in [email(in: question), email(in: row), visitorID, question.visitorID] where email.count > 0 {
                guard email.bytes.contains(UInt8(ascii: "@")) else { continue }
                let account = links.account(ofEmail: email.bytes)
                if account.count > 0 { return account }
            }
        }
        guard links.networkCount > 0, let ip = question.page?.ip, let address = IPAddress(ip.bytes) else {
            return .empty
        }
        return links.account(of: address)
    }

    private func email(in question: Question) -> BorrowedText {
        let wanted = UnsafeBufferPointer(start: Self.emailName.utf8Start, count: Self.emailName.utf8CodeUnitCount)
        for named in question.visitor where named.name.bytes.elementsEqual(wanted) && named.value.kind == .string {
            return named.value.text
        }
        return .empty
    }

    private func email(in row: ProfileRow?) -> BorrowedText {
        guard let row, let wanted = snapshot.emailAttribute else { return .empty }
        var found = BorrowedText.empty
        row.forEach(scratch: state.visitorScratch) { attribute, value, _ in
            if attribute == wanted, value.kind == .string { found = value.text }
        }
        return found
    }
}
