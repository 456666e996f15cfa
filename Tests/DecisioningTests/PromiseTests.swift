import Foundation
import Model
import Testing

@Suite("The promise of a clicked ad")
struct PromiseTests {
    private static let rules = """
        attributes:
          visitor: {x: {type: int}, timezone: {type: string}}
        placements:
          ad: {kind: ad, fields: {text: {max_length: 40}, link: {type: url}}}
          page: {kind: page, fields: {text: {max_length: 40}}, default: {text: default}}
          other: {kind: page, fields: {text: {max_length: 40}}, default: {text: default}}
        campaigns:
          shop:
            priority: 1
            when: visitor.x > 0
            excluded: visitor.x == 13
            ads:
              ad:
                fast_ad:
                  promise: fast
                  fields: {text: Fast, link: "https://shop.example/?a=1#top"}
                  utm: {source: google, campaign: shop}
                  page: fast_page
                cheap_ad:
                  promise: cheap
                  fields: {text: Cheap, link: "https://shop.example/"}
                  utm: {source: google, campaign: shop, content: "50% off & more"}
                  page: cheap_page
            pages:
              page:
                plain_page: {fields: {text: plain}}
                fast_page:
                  promise: fast
                  schedule: {timezone: UTC, hours: "09:00-17:00"}
                  fields: {text: fast}
                fast_night_page: {promise: fast, fields: {text: fast at night}}
                cheap_page: {promise: cheap, when: visitor.x < 100, fields: {text: cheap}}
          top:
            priority: 9
            when: visitor.x > 0
            pages: {page: {top_page: {fields: {text: top}}}}
        """

    private func page(_ query: String, x: Int64?, now: String = "2026-11-20T10:00:00Z") throws -> Answer.Placement {
        var inputs = Harness.Inputs()
        inputs.now = now
        inputs.url = "https://shop.example/land\(query)"
        if let x { inputs.visitor["x"] = .int(x) }
        return try #require(try Harness(PromiseTests.rules).decide(inputs)["page"])
    }

    @Test("the page that the ad names is shown before any priority")
    func kept() throws {
        let page = try page("?utm_source=google&utm_campaign=shop", x: 1)
        #expect(page.variant == "fast_page")
        #expect(page.campaign == "shop")
        #expect(page.promise == "fast")
        #expect(page.reason == .promise)
    }

    @Test(
        "the most specific ad counts, values that no ad declares do not matter",
        arguments: [
            ("?utm_source=google&utm_campaign=shop&utm_content=50%25+off+%26+more", "cheap_page"),
            ("?utm_content=other&utm_source=google&utm_campaign=shop", "fast_page"),
            ("?utm_source=google&utm_campaign=shop&utm_term=shoes&gclid=1", "fast_page"),
            ("?utm_source=bing&utm_campaign=shop", "top_page"), ("?utm_source=google", "top_page"), ("", "top_page"),
        ])
    func matching(_ query: String, _ variant: String) throws {
        #expect(try page(query, x: 1).variant == variant)
    }

    @Test("outside the hours of the page another with the same promise is shown")
    func otherHours() throws {
        let query = "?utm_source=google&utm_campaign=shop"
        #expect(try page(query, x: 1, now: "2026-11-20T08:59:59Z").variant == "fast_night_page")
        #expect(try page(query, x: 1, now: "2026-11-20T09:00:00Z").variant == "fast_page")
        #expect(try page(query, x: 1, now: "2026-11-20T17:00:00Z").variant == "fast_night_page")
    }

    @Test("W10: the click is enough, whatever conditions say; an exclusion stands against it")
    func eligibility() throws {
        let query = "?utm_source=google&utm_campaign=shop"
        #expect(try page(query, x: nil).variant == "fast_page")
        #expect(try page(query, x: 0).variant == "fast_page")
        #expect(try page(query, x: 0).reason == .promise)
        #expect(try page(query, x: 13).variant == "top_page")
        let cheap = query + "&utm_content=50%25%20off%20%26%20more"
        #expect(try page(cheap, x: 100).variant == "cheap_page")
        #expect(try page(cheap, x: nil).variant == "cheap_page")
    }

    @Test(
        "W10: `keep_promise: eligible` asks for the conditions, and unknown is not yes",
        arguments: [
            (nil, "default"), (0, "default"), (1, "cheap_page"), (13, "top_page"), (100, "top_page"),
        ] as [(Int64?, String)])
    func onlyEligible(_ x: Int64?, _ variant: String) throws {
        let rules = PromiseTests.rules.replacingOccurrences(
            of: "excluded: visitor.x == 13", with: "excluded: visitor.x == 13\n    keep_promise: eligible")
        var inputs = Harness.Inputs()
        inputs.url = "https://shop.example/?utm_source=google&utm_campaign=shop&utm_content=50%25+off+%26+more"
        if let x { inputs.visitor["x"] = .int(x) }
        let page = try #require(try Harness(rules).decide(inputs)["page"])
        #expect((page.variant.isEmpty ? "default" : page.variant) == variant)
    }

    @Test("W10: a closed campaign keeps no promise; hours of a time zone that is unknown are not known to be closed")
    func closed() throws {
        var inputs = Harness.Inputs()
        inputs.url = "https://shop.example/?utm_source=google&utm_campaign=shop"
        func decide(_ schedule: String, _ timezone: String?) throws -> String {
            let rules = PromiseTests.rules.replacingOccurrences(
                of: "excluded: visitor.x == 13", with: "excluded: visitor.x == 13\n    " + schedule)
            inputs.visitor = timezone.map { ["timezone": .string($0)] } ?? [:]
            return try #require(try Harness(rules).decide(inputs)["page"]).variant
        }
        #expect(try decide("ends: 2026-11-20T10:00:00Z", nil) == "")
        #expect(try decide("ends: 2026-11-20T10:00:01Z", nil) == "fast_page")
        let hours = "schedule: {timezone: visitor, hours: \"00:00-12:00\"}"
        #expect(try decide(hours, "Europe/Lisbon") == "fast_page")
        #expect(try decide(hours, "Asia/Tokyo") == "")
        #expect(try decide(hours, nil) == "fast_page")
    }

    @Test("W10: a promise of an earlier click holds for a stranger too")
    func keptForStranger() throws {
        var inputs = Harness.Inputs()
        let now = try timestamp(inputs.now).microseconds
        inputs.clicks = [("shop/page/cheap_page", Timestamp(microseconds: now - 1_000_000))]
        #expect(try Harness(PromiseTests.rules).decide(inputs)["page"]?.variant == "cheap_page")
    }

    @Test(
        "W12: an empty UTM value is none: no click, and no end of a promise that is kept",
        arguments: [
            "?utm_source=&utm_medium=", "?utm_source&utm_campaign=", "?utm_term=", "?utm_source=%20",
            "?utm_source=+&utm_term=%C2%A0",
            "?utm_campaign=%E2%80%8B",
        ])
    func emptyValues(_ query: String) throws {
        var inputs = Harness.Inputs()
        inputs.url = "https://shop.example/next\(query)"
        let now = try timestamp(inputs.now).microseconds
        inputs.clicks = [("shop/page/fast_page", Timestamp(microseconds: now - 1_000_000))]
        #expect(try Harness(PromiseTests.rules).decide(inputs)["page"]?.variant == "fast_page")
        for blank in ["", "%20", "+%E3%80%80"] {
            #expect(try page("?utm_source=\(blank)&utm_source=google&utm_campaign=shop", x: 1).variant == "fast_page")
        }
    }

    @Test(
        "W11: the UTM values of an ad replace those of its link",
        arguments: [
            ("https://shop.example/l?utm_source=house", "https://shop.example/l?utm_source=google&utm_campaign=shop"),
            (
                "https://shop.example/l?a=1&utm_campaign=x&b&utm_medium=cpc#top",
                "https://shop.example/l?a=1&b&utm_medium=cpc&utm_source=google&utm_campaign=shop#top"
            ),
            ("/l?utm%5Fsource=house&utm_source=", "/l?utm_source=google&utm_campaign=shop"),
            ("/l?#f", "/l?utm_source=google&utm_campaign=shop#f"),
            ("/l?xutm_source=1&utm_sources=2", "/l?xutm_source=1&utm_sources=2&utm_source=google&utm_campaign=shop"),
        ])
    func linkWithUTM(_ link: String, _ landing: String) throws {
        let rules = PromiseTests.rules.replacingOccurrences(of: "https://shop.example/?a=1#top", with: link)
        var inputs = Harness.Inputs()
        inputs.visitor["x"] = .int(1)
        let harness = try Harness(rules)
        let ad = try #require(try harness.decide(inputs)["ad"])
        #expect(ad.landingURL == landing)
        inputs.url = ad.landingURL
        #expect(try harness.decide(inputs)["page"]?.variant == "fast_page")
    }

    @Test("the address of a click carries the values that bring its page")
    func landingURL() throws {
        var inputs = Harness.Inputs()
        inputs.visitor["x"] = .int(1)
        let ad = try #require(try Harness(PromiseTests.rules).decide(inputs)["ad"])
        #expect(ad.variant == "fast_ad")
        #expect(ad.page == "fast_page")
        #expect(ad.landingURL == "https://shop.example/?a=1&utm_source=google&utm_campaign=shop#top")
    }

    @Test(
        "R58: the promise of the click holds for the rest of the visit, until another ad is clicked",
        arguments: [
            ("", 0.0, "fast_page"), ("", 23.9, "fast_page"), ("", 24.1, "top_page"), ("?a=1", 2, "fast_page"),
            ("?utm_source=google&utm_campaign=shop&utm_content=50%25+off+%26+more", 2, "cheap_page"),
            ("?utm_source=elsewhere", 2, "top_page"),
        ])
    func keptForTheVisit(_ query: String, _ hours: Double, _ variant: String) throws {
        var inputs = Harness.Inputs()
        inputs.now = "2026-11-20T10:00:00Z"
        inputs.url = "https://shop.example/next\(query)"
        inputs.visitor["x"] = .int(1)
        let now = try timestamp(inputs.now).microseconds
        inputs.clicks = [("shop/page/fast_page", Timestamp(microseconds: now - Int64(hours * 3_600e6)))]
        let harness = try Harness(PromiseTests.rules)
        let page = try #require(try harness.decide(inputs)["page"])
        #expect(page.variant == variant)
        #expect(page.reason == (variant == "top_page" ? .campaign : .promise))
        // Whoever may not see it any more does not.
        inputs.visitor["x"] = .int(13)
        #expect(try harness.decide(inputs)["page"]?.reason != .promise)
    }

    @Test("R58: for how long is the rule set's to say")
    func keptAsLongAsTheRulesSay() throws {
        var inputs = Harness.Inputs()
        inputs.visitor["x"] = .int(1)
        let now = try timestamp(inputs.now).microseconds
        inputs.clicks = [("shop/page/fast_page", Timestamp(microseconds: now - 3_601_000_000))]
        let harness = try Harness(PromiseTests.rules + "\npolicies: {keep_promise: 1h}\n")
        #expect(try harness.decide(inputs)["page"]?.variant == "top_page")
        inputs.clicks = [("shop/page/fast_page", Timestamp(microseconds: now - 3_599_000_000))]
        #expect(try harness.decide(inputs)["page"]?.variant == "fast_page")
    }
}
