internal import Foundation
internal import Importing
internal import Model
internal import Profiles
internal import Ruleset
internal import Testing

/// What those programs write, with what their exports have now and then: rows without an address, several values in a cell, numbers as
/// people in other countries write them.
@Suite("W34: the shipped mappings load the exports of their programs as they come")
struct ShippedMappingsTests {
    static let config = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "config").path
    static let now = Timestamp(microseconds: 1_900_000_000_000_000)

    struct Loaded {
        var rows: [ProfileCSV.Row] = []
        var leftOut = 0

        var ids: [String] { rows.map(\.id) }

        func value(_ id: String, _ attribute: String) -> AttributeValue? {
            rows.first { $0.id == id }?.values.first { $0.name == attribute }?.value
        }
    }

    func load(_ name: String, _ text: String, _ encoding: String.Encoding = .utf8) throws -> Loaded {
        let attributes = try #require(
            RuleSetLoader.load(try RuleFolder.read(Self.config + "/rules")).ruleSet
        ).attributes
        let bytes = try Data(contentsOf: URL(filePath: "\(Self.config)/import/\(name).yaml"))
        let found = ImportMappingLoader.load(
            RuleFile(path: name, content: Array(bytes)), attributes: attributes)
        let mapping = try #require(found.mapping, "\(found.diagnostics)")
        let columns = attributes.filter { $0.entity == mapping.entity }.map {
            ProfileCSV.Column(name: $0.name, type: $0.type, allowed: $0.values)
        }
        var csv = ProfileCSV(columns: columns, mapping: mapping, now: Self.now)
        let content = Array(try #require(text.data(using: encoding)))
        let rows = try csv.rows(content, pieceLength: 7)
        #expect(rows.flatMap(\.rejects).isEmpty, "\(rows.flatMap(\.rejects))")
        return Loaded(rows: rows, leftOut: csv.leftOutCount)
    }

    @Test("LinkedIn: three lines of notes, and people who let nobody have their address")
    func linkedin() throws {
        let loaded = try load(
            "linkedin_connections",
            """
            \u{feff}Notes:
            "When exporting your connection data, you may notice that some of the email addresses are missing."

            First Name,Last Name,URL,Email Address,Company,Position,Connected On
            Rita,Vega,https://www.linkedin.com/in/rita-vega,Rita@acme.example,Acme,"Head, Office",14 Jan 2026
            Lee,Park,https://www.linkedin.com/in/Lee-Park,,Two Desks,Founder,02 Feb 2025

            """)
        #expect(loaded.ids == ["rita@acme.example", "https://www.linkedin.com/in/lee-park"])
        #expect(loaded.value("rita@acme.example", "title") == .string("Head, Office"))
    }

    @Test("Shopify: customers without an address have their number")
    func shopify() throws {
        let loaded = try load(
            "shopify_customers",
            """
            Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Country Code,Total Spent,Total Orders,Tags
            '7001,Noor,Aziz,noor@fernmill.example,yes,US,"1,640.50",4,"gold, subscriber"
            '7002,,,,no,de,89.00,1,
            """)
        #expect(loaded.ids == ["noor@fernmill.example", "'7002"])
        #expect(loaded.value("noor@fernmill.example", "lifetime_value") == .double(1_640.5))
        #expect(loaded.value("noor@fernmill.example", "tags") == .strings(["gold", "subscriber"]))
    }

    @Test("HubSpot: several buying roles in a cell, contacts without an address")
    func hubspot() throws {
        let head =
            "Record ID,First Name,Last Name,Email,Company Domain Name,Job Title,Seniority,Buying Role,Lifecycle Stage,Create Date\n"
        let loaded = try load(
            "hubspot_contacts",
            head + """
                301,Rita,Vega,Rita@acme.example,ACME.example,Head,Manager,DECISION_MAKER;BUDGET_HOLDER,Lead,2026-07-01 10:30
                302,Sam,Low,sam@acme.example,,,,OTHER; BUDGET_HOLDER,Other,2026-01-15 09:00
                303,,,,,,,OTHER,,
                """)
        #expect(loaded.ids == ["rita@acme.example", "sam@acme.example", "303"])
        #expect(loaded.value("rita@acme.example", "role") == .string("decides"))
        #expect(loaded.value("sam@acme.example", "role") == .string("buys"))
        #expect(loaded.value("303", "role") == nil && loaded.rows[0].account == "acme.example")
    }

    @Test(
        "Salesforce: American numbers with their signs, a report's name and copyright behind the rows",
        arguments: [
            ("$1.2M", 1_200_000), ("\"$1,234.50\"", 1_234.5), ("\"USD 1,000,000\"", 1_000_000), ("$0", 0),
            ("1000", 1_000),
            ("\"($1,000.00)\"", -1_000), ("\"$1,234.50\u{A0}\"", 1_234.5), ("$3 B", 3_000_000_000),
        ] as [(String, Double)])
    func salesforce(revenue: String, dollars: Double) throws {
        let loaded = try load(
            "salesforce_accounts",
            """
            "Account ID","Account Name","Website","Industry","Employees","Annual Revenue","Billing Country","Type","Created Date"
            "001A","Caf\u{e9}","https://Acme.example","Technology","1,860",\(revenue),"United Kingdom","Customer","3/14/2024"



            "Accounts by region"
            "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."
            """, .isoLatin1)
        #expect(loaded.rows.count == 1 && loaded.value(loaded.ids[0], "employees") == .int(1_860))
        #expect(loaded.value(loaded.ids[0], "annual_revenue") == .double(dollars))
        #expect(loaded.value(loaded.ids[0], "company") == .string("Café"))
    }

    @Test("Words that a mapping does not list stand for what it says of all others")
    func otherWords() throws {
        let accounts = try load(
            "salesforce_accounts",
            "Account ID,Account Name,Website,Industry,Employees,Annual Revenue,Billing Country,Type,Created Date\n"
                + "001A,Acme,,Manufacturing,10,,France,Technology Partner,\n001B,Bank,bank.example,Banking,,,,Customer - Direct,\n"
        )
        #expect(accounts.ids == ["001a", "bank.example"])
        #expect(accounts.value("001a", "industry") == nil && accounts.value("001a", "is_customer") == nil)
        #expect(accounts.value("bank.example", "is_customer") == .bool(true))
        let customers = try load(
            "stripe_customers",
            "id,Description,Email,Name,Created (UTC),Delinquent,Plan,Status,Total Spend,Payment Count,Currency\n"
                + "cus_01,,,,2025-02-11 12:30,false,price_custom,active,1188.00,1,eur\n")
        #expect(customers.ids == ["cus_01"] && customers.value("cus_01", "plan") == nil)
        let visits = try load(
            "matomo_visitors",
            "idVisit,userId,visitorType,visitCount,visitDuration,lastActionTimestamp,deviceType,countryCode,languageCode,campaignName\n"
                + "1,rita@acme.example,new,1,45,1768909333,Smart display,us,en-us,\n")
        #expect(
            visits.value("rita@acme.example", "device") == nil && visits.value("rita@acme.example", "visits") == .int(1)
        )
    }

    @Test("Surveys and forms: answers of nobody who can be named are left out, and counted")
    func answers() throws {
        let forms = try load(
            "typeform_responses",
            "\u{feff}#,What is your e-mail address?,What do you do?,How many people are you?,What is your budget?,"
                + "When do you want to start?,What interests you?,Response Type,Submit Date (UTC)\n"
                + "k1,Rita@Acme.example,Something else,140,14k,2026-03-01,\"coffee, plants\",completed,2026-01-12 09:33:42\n"
                + "k2,,I buy,12,\"1,250.50 €\",,,completed,2026-01-13 16:04:05\n")
        #expect(forms.ids == ["rita@acme.example"] && forms.leftOut == 1)
        #expect(
            forms.value("rita@acme.example", "budget") == .double(14_000)
                && forms.value("rita@acme.example", "role") == nil)
        let survey = try load(
            "surveymonkey_responses",
            "Respondent ID,Collector ID,Date Created,Date Modified,IP Address,Email Address,What is your role?,,"
                + "How likely are you to recommend us?\n,,,,,,Response,Other (please specify),Response\n"
                + "1,4,01/12/2026 09:30:11 AM,01/12/2026 09:33:42 AM,198.51.100.7,rita@acme.example,Else,Porter,9\n"
                + "2,4,01/13/2026 04:02:40 PM,01/13/2026 04:04:05 PM,198.51.100.9,,I buy,,3\n")
        #expect(survey.ids == ["rita@acme.example"] && survey.leftOut == 1)
        #expect(survey.value("rita@acme.example", "recommends") == .int(9))
    }

    @Test("GA4: a preamble, a row that adds all up, and users who are not set: left out, and counted")
    func analytics() throws {
        let loaded = try load(
            "ga4_users",
            """
            # ----------------------------------------
            # User explorer
            # Account: Marlow, "Finch"
            # 20260101-20260131
            # ----------------------------------------

            Effective user ID,Stream name,Event count,Sessions
            ,,"1,292","1,035",Grand total
            rita@acme.example,Web,12,"1,003"
            (not set),Web,1200,900
            ,Web,3,1
            """)
        #expect(loaded.ids == ["rita@acme.example"] && loaded.leftOut == 3)
        #expect(loaded.value("rita@acme.example", "visits") == .int(1_003))
    }

    @Test("Matomo: visits of nobody who has signed in are left out, and counted")
    func visits() throws {
        let loaded = try load(
            "matomo_visitors",
            """
            idVisit,userId,visitorType,visitCount,visitDuration,lastActionTimestamp,deviceType,countryCode,languageCode,campaignName
            9001,rita@acme.example,returning,12,330,1768905733,Desktop,gb,en-gb,spring
            9002,,new,1,45,1768909333,Smartphone,us,en-us,
            """)
        #expect(loaded.ids == ["rita@acme.example"] && loaded.leftOut == 1)
    }
}
