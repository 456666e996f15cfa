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

    @Test("an anonymous visitor keeps the promise; one who may not see the page does not")
    func eligibility() throws {
        let query = "?utm_source=google&utm_campaign=shop"
        #expect(try page(query, x: nil).variant == "fast_page")
        #expect(try page(query, x: 0).reason == .default)
        #expect(try page(query, x: 13).variant == "top_page")
        #expect(try page(query + "&utm_content=50%25%20off%20%26%20more", x: 100).variant == "top_page")
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
