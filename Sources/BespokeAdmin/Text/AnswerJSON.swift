package import Messages
package import Model

extension CheckRulesResponse {
    /// The protobuf JSON form without what a push would change of what is served, of which nothing was asked.
    package var jsonAlone: JSON {
        guard case .object(let members) = json else { return json }
        let comparing: Set<String> = ["previousRevision", "moves", "endings", "orphans", "withoutArms"]
        return .object(members.filter { !comparing.contains($0.name) })
    }
}

extension ImportProfilesResponse {
    /// The protobuf JSON form.
    ///
    /// - Parameter firstRows: Of a dry run: profiles as they would be written; nil leaves the member out.
    package func json(firstRows: [ImportRow]?) -> JSON {
        guard let firstRows, case .object(let members) = json else { return json }
        let profiles = firstRows.compactMap { row -> JSON? in
            guard case .success(let profile) = row.content else { return nil }
            return profile.json
        }
        return .object(members + [.init("firstRows", .array(profiles))])
    }
}
