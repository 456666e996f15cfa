internal import BespokeAdmin
internal import Foundation
internal import Importing
internal import Messages
internal import Model
internal import Ruleset
internal import Testing

/// Whole exports, with the columns that those programs write beside the ones that a mapping reads.
extension ShippedMappingsTests {
    @Test("W34: LimeSurvey: a mark, semicolons, all cells in quotes, an empty line at the end, surveys without dates")
    func limesurvey() throws {
        let head =
            "\u{feff}\"id\";\"submitdate\";\"lastpage\";\"startlanguage\";\"seed\";\"startdate\";\"datestamp\";\"ipaddr\";\"refurl\";"
            + "\"EMAIL\";\"TITEL\";\"ROLLE\";\"ROLLE[other]\";\"NPS\";\"ZUFRIEDEN\";\"BUDGET\";\"THEMEN[SQ001]\";\"interviewtime\"\r\n"
        let loaded = try load(
            "limesurvey_responses",
            head
                + "\"1\";\"2026-01-14 09:12:45\";\"3\";\"de-informal\";\"1042117356\";\"2026-01-14 09:05:10\";\"2026-01-14 09:12:45\";"
                + "\"198.51.100.7\";\"https://kueche.example/?a=1;b=2\";\"\u{a0}Jörg@Kueche.example\u{200b}\";\"Koch; \"\"Chef\"\"\n(Küche)\";"
                + "\"A1\";\"\";\"9\";\"87.5\";\"12500.5\";\"Y\";\"455.04\"\r\n"
                + "\"2\";\"\";\"1\";\"pt-BR\";\"7\";\"\";\"\";\"\";\"\";\"ada@hof.example\";\"\";\"-oth-\";\"Pförtnerin\";\"10\";\"\";\"\";\"\";\"\"\r\n"
                + "\"3\";\"1980-01-01 00:00:00\";\"3\";\"en\";\"8\";\"\";\"\";\"\";\"\";\"tom@hof.example\";\"\";\"A3\";\"\";\"0\";\"0\";\"1234\";\"\";\"\"\r\n"
                + "\"4\";\"2026-01-15 10:00:00\";\"3\";\"en\";\"9\";\"\";\"\";\"\";\"\";\"\";\"\";\"A3\";\"\";\"5\";\"\";\"\";\"\";\"\"\r\n\r\n"
        )
        #expect(loaded.ids == ["jörg@kueche.example", "ada@hof.example", "tom@hof.example"] && loaded.leftOut == 1)
        let (jörg, ada, tom) = ("jörg@kueche.example", "ada@hof.example", "tom@hof.example")
        #expect(loaded.value(jörg, "title") == .string("Koch; \"Chef\"\n(Küche)"))
        #expect(loaded.value(jörg, "surveyed_at") == TimestampText.parse("2026-01-14T08:12:45Z").map { .timestamp($0) })
        #expect(loaded.value(jörg, "satisfaction") == .double(4.5) && loaded.value(jörg, "budget") == .double(12_500.5))
        #expect(loaded.value(jörg, "role") == .string("decides"))
        #expect([jörg, ada, tom].map { loaded.value($0, "language") } == ["de", "pt", "en"].map { .string($0) })
        #expect(loaded.value(ada, "role") == nil && loaded.value(ada, "surveyed_at") == nil)
        #expect(loaded.value(tom, "surveyed_at") == nil && loaded.value(tom, "recommends") == .int(0))
        #expect(loaded.value(tom, "satisfaction") == .double(1))
    }

    @Test("W34: Mailchimp: quoted names, places, tags in quotes of their own, people who came by an import")
    func mailchimp() throws {
        let loaded = try load(
            "mailchimp_audience",
            #"""
            "Email Address","First Name","Last Name",Address,"Phone Number",Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\#
            CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS
            Rita@Acme.example,Rita,Vega,"1 Main St  Bern BE 3000",,05/14,5,"2025-11-02 08:15:00",198.51.100.7,"2025-11-02 08:15:00",\#
            198.51.100.7,46.9,7.4,1,2,Europe/Zurich,ch,be,"2026-01-02 10:00:00",501,a1b2,"[{""note"":""met""}]","""VIP, Gold"",""Blog"""
            sam@acme.example,,,,,,2,,,"2015-03-16 14:40:47",,,,,,,,,"2015-03-16 14:40:47",502,a1b3,,

            """#)
        #expect(loaded.ids == ["rita@acme.example", "sam@acme.example"])
        #expect(loaded.value("rita@acme.example", "tags") == .strings(["VIP, Gold", "Blog"]))
        #expect(loaded.value("rita@acme.example", "country") == .string("CH"))
        #expect(loaded.value("sam@acme.example", "subscribed_at") == nil)
        #expect(loaded.value("sam@acme.example", "newsletter") == .bool(true))
    }

    @Test(
        "W34: Mailchimp: who has unsubscribed is never loaded as a subscriber", arguments: ["UNSUB_TIME", "CLEAN_TIME"])
    func unsubscribed(_ column: String) throws {
        let text =
            "Email Address,MEMBER_RATING,OPTIN_TIME,CC,REGION,\(column),TAGS\nann@acme.example,2,,,,2026-01-09 07:30:00,\n"
        #expect { _ = try load("mailchimp_audience", text) } throws: { "\($0)".contains("column `\(column)`: t") }
        guard column == "UNSUB_TIME" else {
            #expect { _ = try load("mailchimp_unsubscribed", text) } throws: { "\($0)".contains("CLEAN_TIME") }
            return
        }
        let loaded = try load("mailchimp_unsubscribed", text)
        #expect(loaded.value("ann@acme.example", "newsletter") == .bool(false))
        let since = loaded.rows.first?.values.first { $0.name == "newsletter" }?.observedAtSeconds
        #expect(since == TimestampText.parse("2026-01-09T07:30:00Z")?.seconds)
    }

    @Test("W34: Meta: UTF-16 with tabs, offsets with a colon, ads of nobody, leads of the testing tool")
    func meta() throws {
        let loaded = try load(
            "meta_lead_ads",
            "\u{feff}id\tcreated_time\tad_id\tad_name\tadset_id\tadset_name\tcampaign_id\tcampaign_name\tform_id\tform_name\tis_organic\t"
                + "platform\twhat_do_you_need?\tfull_name\tphone_number\temail\tinbox_url\tlead_status\n"
                + "l:1201\t2026-02-03T14:03:22+05:30\tag:77\tFirst cup\tas:8\tAll\tc:9\tSpring tasting, \"mild\"\tf:9\tForm\tfalse\tig\t"
                + "coffee_&_tea\tOlga Brandt\tp:+4930123\tOlga@Teehaus.example\thttps://x.example\tCREATED\n"
                + "l:1202\t2026-02-03T20:11:05-05:00\t\t\t\t\t\t\tf:9\tForm\ttrue\tfb\t\tKim\tp:+1\tkim@two-desks.example\t\tcomplete\n"
                + "l:1203\t2026-02-03T20:11:05-05:00\t\t\t\t\t\t\tf:9\tForm\ttrue\t\t<test lead: dummy data for what_do_you_need?>\t"
                + "<test lead: dummy data for full_name>\tp:<test lead: dummy data for phone_number>\t<test lead: dummy data for email>\t\tCREATED\n"
                + "l:1204\t2026-02-03T20:11:05-05:00\t\t\t\t\t\t\tf:9\tForm\tfalse\tfb\t\tAnon\tp:+1\t\t\tCREATED\n",
            .utf16LittleEndian)
        #expect(loaded.ids == ["olga@teehaus.example", "kim@two-desks.example"] && loaded.leftOut == 2)
        let (olga, kim) = ("olga@teehaus.example", "kim@two-desks.example")
        #expect(
            loaded.value(olga, "form_answered_at")
                == TimestampText.parse("2026-02-03T08:33:22Z").map { .timestamp($0) })
        #expect(loaded.value(olga, "campaign") == .string("Spring tasting, \"mild\""))
        #expect(loaded.value(kim, "lead_source") == .string("facebook") && loaded.value(kim, "campaign") == nil)
    }

    @Test("W34: Intercom: people without an address, languages with a country, times in UTC or none")
    func intercom() throws {
        let loaded = try load(
            "intercom_users",
            #"""
            Name,Email,User ID,Phone,Signed up (UTC),First seen (UTC),Last seen (UTC),Last heard from (UTC),Web sessions,Conversations,\#
            City,Country,Country code,Browser language,Tags,Company ID,Company name,Unsubscribed from Emails
            Rita Vega,Rita@Acme.example,u1,,2025-01-02 09:00:00,2025-01-02 09:00:00,2026-01-20 11:02:13,,31,2,Bern,Switzerland,ch,de-CH,\#
            "vip, beta",Acme.example,Acme,false
            ,,U2,,,,,,1,,,,,en,,,,false

            """#)
        #expect(loaded.ids == ["rita@acme.example", "u2"] && loaded.rows[0].account == "acme.example")
        #expect(loaded.value("rita@acme.example", "language") == .string("de"))
        #expect(loaded.value("rita@acme.example", "country") == .string("CH"))
        #expect(loaded.value("rita@acme.example", "tags") == .strings(["vip", "beta"]))
        #expect(loaded.value("u2", "visits") == .int(1) && loaded.value("u2", "last_seen") == nil)
    }

    @Test("W34: Delighted: comments of several lines, people without an address, locales with a country")
    func delighted() throws {
        let loaded = try load(
            "delighted_responses",
            #"""
            Response ID,Email,Name,Score,Satisfaction,Comment,Permalink,Created at,Updated at,Tags,Locale,Plan (property)
            r1,Rita@Acme.example,"Vega, Rita",10,100,"Fast,
            ""friendly""",https://app.delighted.com/r/1,"Mon, 12 Jan 2026 10:00:00 +0000",,"support,billing",pt-BR,team
            r2,,,0,,,https://app.delighted.com/r/2,"Tue, 13 Jan 2026 08:30:15 -0500",,,,
            r3,sam@acme.example,,0,0,,https://app.delighted.com/r/3,"Tue, 13 Jan 2026 08:30:15 -0500",,,,

            """#)
        #expect(loaded.ids == ["rita@acme.example", "sam@acme.example"] && loaded.leftOut == 1)
        #expect(loaded.value("rita@acme.example", "satisfaction") == .double(5))
        #expect(loaded.value("rita@acme.example", "language") == .string("pt"))
        #expect(loaded.value("sam@acme.example", "recommends") == .int(0))
        #expect(loaded.value("sam@acme.example", "satisfaction") == .double(1))
    }

    // MARK: Events

    private func events(_ name: String, _ text: String) throws -> (rows: [EventRows.Row], leftOut: Int) {
        let rules = try #require(RuleSetLoader.load(try RuleFolder.read(Self.config + "/rules")).ruleSet)
        let names = rules.events.map(\.name)
        let bytes = try Data(contentsOf: URL(filePath: "\(Self.config)/import/events/\(name).yaml"))
        let found = ImportMappingLoader.loadEvents(RuleFile(path: name, content: Array(bytes)), events: names)
        let mapping = try #require(found.mapping, "\(found.diagnostics)")
        var rows = EventRows(mapping: mapping, events: names, format: .csv, now: Self.now)
        let events = try Array(text.utf8).withUnsafeBufferPointer { try rows.feed($0) } + rows.feed(nil)
        #expect(rows.rejects.shown.isEmpty, "\(rows.rejects.shown)")
        return (events, rows.leftOutCount)
    }

    @Test("W34: orders: further lines of an order with and without its time, orders over the counter")
    func orders() throws {
        let head =
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
            + "Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Cancelled at,Id,Tags\n"
        let found = try events(
            "orders",
            head
                + "#1050,Noor@Fernmill.example,paid,2026-10-12 10:00:07 -0500,unfulfilled,,yes,EUR,\"1,600.50\",0.00,40.00,\"1,640.50\",,0.00,DHL,"
                + "2026-10-12 10:00:00 -0500,1,\"Beans, 1 kg\",62.95,,555,\n"
                + "#1050,noor@fernmill.example,,,,,,,,,,,,,,,1,Cups,37.95,,,\n"
                + "#1050,noor@fernmill.example,,,,,,,,,,,,,,2026-10-12 10:00:00 -0500,1,Tea,7.95,,,\n"
                + "#1051,,paid,2026-10-13 09:30:00 +0200,,,no,EUR,5.00,0.00,0.00,5.00,,,,2026-10-13 09:30:00 +0200,1,Tea,5.00,,556,\n"
                + "#1052,olga@teehaus.example,refunded,2026-10-13 09:30:00 +0200,,,no,EUR,0.00,0.00,0.00,0.00,FREE,5.00,,2026-10-13 09:30:00 +0200,1,"
                + "Tea,5.00,2026-10-14 09:30:00 +0200,557,\n")
        #expect(found.rows.map(\.event.id) == ["#1050", "#1050", "#1052"] && found.leftOut == 2)
        #expect(found.rows.map(\.event.value) == [1_640.5, 0, 0])
        #expect(found.rows.map(\.event.name) == ["order", "order", "order"])
        #expect(found.rows[0].event.visitorID == "noor@fernmill.example")
        #expect(found.rows[0].event.time == TimestampText.parse("2026-10-12T15:00:00Z"))
    }

    @Test("W34: tickets: a column that sums up, people without an address, summer time")
    func tickets() throws {
        let found = try events(
            "tickets",
            #"""
            Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,Assignee,Group,\#
            Subject,Tags,Status,Priority,Via,Ticket type,Created at,Updated at,Assigned at,Organization,Due date,Solved at
            1,501,Rita Vega,361,-,Rita@Acme.example,acme.example,Rita Vega,Ana,Support,"Invoice, ""again""",invoice,Open,-,Mail,-,\#
            2026-07-14 11:05,2026-07-14 11:05,-,-,-,-
            1,502,Caller +351,362,-,-,-,Ana,Ana,Support,Call,-,Solved,-,Phone,-,2026-10-15 16:40,2026-10-15 16:40,-,-,-,-
            1,503,Sam,363,-,,,Ana,Ana,Support,Chat,-,Solved,-,Chat,-,2026-10-15 16:40,2026-10-15 16:40,-,-,-,-

            """#)
        #expect(found.rows.map(\.event.id) == ["501"] && found.leftOut == 2)
        #expect(found.rows[0].event.visitorID == "rita@acme.example" && found.rows[0].event.name == "ticket")
        #expect(found.rows[0].event.time == TimestampText.parse("2026-07-14T10:05:00Z"))
    }

    @Test("W34: e-mail activity: opens and clicks of all sorts of capitals, each its own event")
    func emailActivity() throws {
        let found = try events(
            "email_activity",
            #"""
            \#u{feff}Email Address,Action,Timestamp,URL,IP
            Rita@Acme.example\#u{a0},Open,2026-10-02 08:15:00,,198.51.100.7
            rita@acme.example,CLICK,2026-10-02T08:16:10+00:00,"https://example.com/?a=1,2",198.51.100.7
            rita@acme.example,open,2026-10-02 08:15:00 UTC,,198.51.100.7

            """#)
        #expect(found.rows.map(\.event.name) == ["email_open", "email_click", "email_open"])
        #expect(found.rows.allSatisfy { $0.event.visitorID == "rita@acme.example" })
        #expect(Set(found.rows.map(\.event.id)).count == 3)
    }
}
