internal import Foundation
internal import Importing
internal import Model
internal import Testing

/// Money as people in several countries write it, members who have left, and visits as Matomo downloads them.
extension ShippedMappingsTests {
    @Test(
        "W34: money of all countries, by the mappings whose files have it",
        arguments: [
            ("$1,234.50", 1_234.5), ("1.234,50 €", 1_234.5), ("12.500,00\u{a0}€", 12_500), ("1,23,456", 123_456),
            ("($1,000.00)", -1_000), ("1188.00", 1_188), ("GBP 7", 7), ("£1,234", 1_234), ("0", 0),
        ] as [(String, Double)])
    func money(text: String, amount: Double) throws {
        let stripe = try load(
            "stripe_customers",
            "id,Email,Created (UTC),Delinquent,Plan,Total Spend,Payment Count\nc,,2025-02-11 12:30,false,,\"\(text)\",1\n"
        )
        #expect(stripe.value("c", "lifetime_value") == .double(amount))
        let shopify = try load(
            "shopify_customers",
            "Customer ID,Email,Accepts Email Marketing,Default Address Country Code,Total Spent,Total Orders,Tags\n"
                + "c,,no,de,\"\(text)\",1,\n")
        #expect(shopify.value("c", "lifetime_value") == .double(amount))
        let typeform = try load(
            "typeform_responses",
            "What is your e-mail address?,What do you do?,How many people are you?,What is your budget?,When do you want to start?,"
                + "What interests you?,Submit Date (UTC)\nc,,1,\"\(text)\",,,\n")
        #expect(typeform.value("c", "budget") == .double(amount))
        let limesurvey = try load(
            "limesurvey_responses",
            "EMAIL;startlanguage;submitdate;TITEL;ROLLE;NPS;ZUFRIEDEN;BUDGET\nc;de;;;;;;\"\(text)\"\n")
        #expect(limesurvey.value("c", "budget") == .double(amount))
    }

    @Test("W34: LinkedIn: members who have left are left out, and counted")
    func formerMembers() throws {
        let loaded = try load(
            "linkedin_connections",
            "Notes:\n\n\nFirst Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
                + "Lee,Park,https://www.linkedin.com/in/lee,,Two Desks,Founder,02 Feb 2025\n,,,,,,28 Sep 2021\n")
        #expect(loaded.ids == ["https://www.linkedin.com/in/lee"] && loaded.leftOut == 1)
    }

    @Test("W34: Matomo: the download is UTF-16 with a mark")
    func wideVisits() throws {
        let loaded = try load(
            "matomo_visitors",
            "\u{feff}idVisit,userId,visitCount,visitDuration,lastActionTimestamp,deviceType,countryCode,languageCode,campaignName\n"
                + "9001,rita@acme.example,12,330,1768905733,Desktop,gb,en-gb,frühling\n", .utf16LittleEndian)
        #expect(loaded.value("rita@acme.example", "campaign") == .string("frühling"))
    }
}
