internal import Access
internal import Foundation
internal import Messages
internal import Testing

@Suite("The table of rights")
struct MethodRightsTests {
    @Test("has each method of proto/ once, and no other")
    func complete() {
        let formerReflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        let rows = MethodRights.table.map(\.path)
        #expect(Set(rows).count == rows.count)
        for path in Methods.paths { #expect(rows.contains(path), "say in MethodRights.table who may call \(path)") }
        for path in rows where path != formerReflection {
            #expect(Methods.paths.contains(path), "\(path) is no method")
        }
    }

    @Test("closes what it does not name to all but admin")
    func unknown() {
        #expect(MethodRights.of("/bespoke.v1.AdminService/New").roles == .admin)
        for row in MethodRights.table { #expect(row.roles.contains(.admin)) }
    }

    @Test("is what docs/security.md shows")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/security.md"), encoding: .utf8)
        #expect(page.contains(MethodRights.markdown), "put this into docs/security.md:\n\(MethodRights.markdown)")
        for role in Role.allCases { #expect(page.contains("| `\(role.name)` | \(role.purpose) |")) }
    }

    @Test("lets nobody but privacy and admin read what is stored of persons")
    func personal() {
        for method in ["GetProfile", "ExportProfiles", "DeleteProfile", "EraseProfile"] {
            #expect(MethodRights.of("/bespoke.v1.ProfileService/\(method)").roles == [.privacy, .admin])
        }
        for method in ["GetBehaviour", "ExportEvents"] {
            #expect(MethodRights.of("/bespoke.v1.EventService/\(method)").roles == [.privacy, .admin])
        }
    }

    @Test("names roles so that they are found again", arguments: Role.allCases)
    func names(role: Role) {
        #expect(Role(name: role.name) == role)
        #expect(Role(name: role.name.uppercased()) == nil)
        #expect(RoleSet(role).roles == [role])
    }
}
