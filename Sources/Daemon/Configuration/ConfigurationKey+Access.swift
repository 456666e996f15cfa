internal import Access

extension ConfigurationKey {
    /// Who may do what. docs/security.md says more of each.
    static let access: [ConfigurationKey] = [
        ConfigurationKey(
            name: "data_access",
            help:
                "roles: the data port lets processes of this machine decide and record, others nothing without a credential; open: everybody may everything.",
            isReloadable: false,
            apply: { configuration, text in
                guard let access = Configuration.DataAccess(rawValue: text) else { return "is neither roles nor open" }
                configuration.dataAccess = access
                return nil
            }, current: { $0.dataAccess.rawValue }),
        flag(
            "request_consent_reopens", \.requestConsentReopens,
            "Whether the consent of a request opens purposes that the person's stored choice denies: true or false."),
        ConfigurationKey(
            name: "admin_listen",
            help: "Address of AdminService over TCP, with TLS and credentials only; unset: on the Unix socket alone.",
            isReloadable: false,
            apply: { configuration, text in
                guard !text.isEmpty else {
                    configuration.adminListen = nil
                    return nil
                }
                guard let endpoint = Configuration.Endpoint(text) else { return Configuration.Endpoint.problem }
                configuration.adminListen = endpoint
                return nil
            }, current: { $0.adminListen?.description ?? "" }),
        ConfigurationKey(
            name: "certificate_roles",
            help:
                "Roles of client certificates by their alternative name, such as web-1.example=decide, ops.example=operator; others have decide.",
            isReloadable: false, apply: applyCertificateRoles,
            current: {
                $0.certificateRoles.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.name)" }
                    .joined(separator: ", ")
            }),
    ]

    private static func applyCertificateRoles(_ configuration: inout Configuration, _ text: String) -> String? {
        var roles: [String: Role] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map { String($0).trimmed }
            guard pair.count == 2, !pair[0].isEmpty, let role = Role(name: pair[1]) else {
                return
                    "is not NAME=ROLE, separated by commas; roles are \(Role.allCases.map(\.name).joined(separator: ", "))"
            }
            guard roles.updateValue(role, forKey: pair[0].lowercased()) == nil else {
                return "names \(pair[0]) twice"
            }
        }
        configuration.certificateRoles = roles
        return nil
    }
}

extension String {
    /// Without the spaces around it.
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
