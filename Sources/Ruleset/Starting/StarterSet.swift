/// A small rule set to begin with: every main section once, explained, with tests that pass.
package enum StarterSet {
    /// The name of the schema that the files name for editors, beside them.
    package static let schemaName = "bespoke.schema.json"

    /// The files, in canonical form, and the schema.
    package static var files: [RuleFile] {
        let rules = [
            ("attributes.yaml", attributes), ("audiences.yaml", audiences), ("campaigns.yaml", campaigns),
            ("experiments.yaml", experiments), ("policies.yaml", policies), ("tests.yaml", tests),
        ]
        let line = "# yaml-language-server: $schema=\(schemaName)\n"
        return rules.map { RuleFile(path: $0.0, content: Array((line + $0.1).utf8)) } + [
            RuleFile(path: "lists/target_accounts.txt", content: Array(targetAccounts.utf8)),
            RuleFile(path: schemaName, content: Array(RuleSchema.json().utf8)),
        ]
    }

    private static let attributes = """
        # What the rules may ask about. A value that is not known is *unknown*, never "no".

        attributes:
          # The person who looks at the page.
          visitor:
            department: {type: string, values: [marketing, sales, finance, it, other]}
            seniority:  {type: string, values: [owner, director, manager, specialist]}
            objection:  {type: string, values: [price, time, risk]}
            # Sensitive: read only with the consent that `purpose` names (see policies.yaml).
            income: {type: double, unit: USD/year, sensitive: true, purpose: personalisation}
          # The company they work for.
          account:
            domain:         {type: string}
            industry:       {type: string, values: [software, retail, health, other]}
            employees:      {type: int, unit: people, max_age: 365d}
            annual_revenue: {type: double, unit: USD/year, max_age: 365d}
            budget:         {type: double, unit: USD/year, max_age: 365d}
            country:        {type: string, description: ISO 3166-1 alpha-2}

        # What people do, and the points of engagement it gives. Points halve after each half-life.
        events:
          demo_signup:  {points: 40, half_life: 14d, max_points: 40}
          pricing_view: {points: 5, half_life: 7d, max_points: 25}
          purchase:     {points: 0}

        lists:
          # One value a line.
          target_accounts: {file: lists/target_accounts.txt, of: account.domain}
          competitors:     {values: [rival.example, other-rival.example]}

        """

    private static let audiences = """
        # Who it is. Segments are broad groups; an ideal customer profile (ICP) says who fits best; a persona says how to talk to
        # them.

        segments:
          businesses:  has(account.industry)
          target_list: in_list('target_accounts', account.domain)
          # `has(…)` first: whose domain nobody knows is none.
          competitors: has(account.domain) && in_list('competitors', account.domain)
          wealthy:     visitor.income > 200000.0

        icps:
          growing_company:
            title: A company of 20 to 500 people with money to spend
            of: account
            segment: businesses
            owner: marketing
            review_by: 2030-12-31
            # All of these must be true ...
            required:
              - between(account.employees, 20, 500)
              - has(account.annual_revenue)
            # ... and none of these.
            excluded:
              - in_segment('competitors')
            # Points make the fit, from 0 to 100.
            criteria:
              - {when: account.budget >= 10000.0, points: 30, category: able, owner: sales}
              - {when: account.annual_revenue >= 1000000.0, points: 20, category: able, owner: sales}
              - {when: events.demo_signup.count > 0, points: 30, category: ready, owner: marketing}
              - {when: in_segment('target_list'), points: 20, category: acquisition, owner: marketing}
            # It matches from the lowest tier on.
            tiers: {a: 70, b: 40}

          small_shop:
            title: A shop of 5 to 19 people
            of: account
            segment: businesses
            owner: marketing
            review_by: 2030-12-31
            required:
              - account.industry == "retail"
              - between(account.employees, 5, 19)
            criteria:
              - {when: account.annual_revenue >= 300000.0, points: 60, category: able, owner: sales}
              - {when: events.pricing_view.count >= 2, points: 40, category: willing, owner: marketing}
            tiers: {a: 60}

          too_small:
            # A negative profile: whom your sales team should not call.
            title: Keen to buy, without the budget
            negative: true
            of: account
            segment: businesses
            owner: sales
            review_by: 2030-12-31
            required:
              - account.employees < 5
            criteria:
              - {when: account.annual_revenue < 250000.0, points: 50, category: able, owner: sales}
              - {when: account.budget < 1000.0, points: 50, category: able, owner: sales}
            tiers: {a: 0}

        engagement: {hot: 40, warm: 10, cold: 0}

        grades:
          fit: {a: 70, b: 40, c: 0}
          engagement: {1: 40, 2: 10, 3: 0}
          mql: fit('growing_company') >= 40.0 && engagement >= 10.0

        # The first that holds counts, from top to bottom: roles, personas and stages.
        roles:
          decision_maker: visitor.seniority in ["owner", "director"]
          champion:       visitor.department == "marketing"

        personas:
          mara:
            title: Mara, marketing manager
            icp: growing_company
            when: role == "champion"
            goals: [one tool instead of five]
            pains: [reports by hand]
            fears: [a wrong purchase decision]
            objections: {price: From 100 USD a month, risk: Cancel any month}
            outcome: A report that writes itself
            formats: [demo, guide]

        stages:
          choosing: events.pricing_view.count >= 3
          looking:  events.pricing_view.count > 0

        """

    private static let campaigns = """
        # Where something can be shown, and what is shown to whom.
        #
        # For each placement the campaign with the highest priority whose `when` is true wins, and of its variants the first
        # whose own `when` is true. If nothing applies, the placement's default is shown.

        placements:
          search_ad:
            kind: ad
            fields: {headline: {max_length: 40}, text: {max_length: 90}}
            default: {headline: Reports that write themselves, text: For teams of every size.}
          hero:
            kind: page
            fields: {headline: {max_length: 80}, text: {max_length: 200}, link: {type: url}}
            default: {headline: Reports that write themselves, text: See how it works., link: "https://www.example.com/"}

        campaigns:
          demo:
            title: Book a demo
            priority: 100
            when: is_icp('growing_company')
            ads:
              search_ad:
                ad_price:
                  promise: price
                  # Every ad has its own UTM values: they tell from which one a visitor comes.
                  fields: {headline: All reports for 100 USD a month, text: One bill instead of five.}
                  utm: {source: google, medium: cpc, campaign: demo, content: price}
                  page: hero_price
            pages:
              hero:
                # What an ad promises its page must keep.
                hero_price:
                  when: visitor.objection == "price"
                  promise: price
                  fields:
                    headline: All reports for 100 USD a month
                    text: '{{ persona.objections.price | default: "No hidden costs" }}.'
                    link: "https://www.example.com/pricing"
                hero_demo:
                  fields:
                    headline: 'Your {{ request.utm.term | default: "reports" | max: 30 }} in a day'
                    text: Talk to a specialist now.
                    link: "https://www.example.com/demo"

          grow_first:
            title: Help for those who are not ready to buy
            priority: 200
            when: is_icp('too_small')
            pages:
              hero:
                templates:
                  fields: {headline: Grow first, text: Free templates until you need more., link: "https://www.example.com/free"}

          instalments:
            title: Pay in instalments
            priority: 50
            when: visitor.objection == "price"
            excluded: in_segment('wealthy')
            pages:
              hero:
                pay_monthly:
                  fields: {headline: Pay monthly, text: "Twelve payments, without interest.", link: "https://www.example.com/pay"}

        # Where leads go: the first that applies, so the last should always apply.
        routes:
          demo_request:
            - {to: sales_team, schedule: {timezone: Europe/Lisbon, days: [mon, tue, wed, thu, fri], hours: "09:00-18:00"}}
            - {to: callback_form}

        """

    private static let experiments = """
        # A/B tests. Experiments of one layer share its 1,000,000 slots, so that nobody is in two of them.

        layers:
          landing: {unit: visitor}

        # These visitors see defaults everywhere: what everything is compared with.
        holdout: {share: 0.02, salt: holdout_1}

        experiments:
          demo_headline:
            title: Does a shorter headline bring more demos?
            layer: landing
            slots: [0, 500000]
            when: is_icp('growing_company')
            placement: hero
            arms:
              control: {weight: 1}
              short:   {weight: 1, fields: {headline: Reports in a day}}  # bespoke:allow arm-over-promise it says the same
            metrics: [demo_signup, purchase]

        """

    private static let policies = """
        # What always holds, whatever a campaign says.

        policies:
          consent:
            personalisation: {covers: [visitor], default: denied}
            measurement:     {covers: [events], default: granted}
          # Nothing beats a legal block.
          blocked:
            - {when: account.country == "KP", because: We do not serve this region for legal reasons, if_unknown: allow}
          caps:
            - {per: visitor, shows: 20, within: 1d}

        """

    private static let tests = """
        # What must come out. A push is refused unless all of them do: write one for each border that you care about.

        tests:
          - name: a company of 500 people that has money fits
            now: 2026-11-20T10:00:00Z
            consent: [personalisation]
            visitor: {department: marketing, seniority: manager}
            account: {industry: software, employees: 500, annual_revenue: 5000000.0, budget: 20000.0}
            expect: {icp: growing_company, tier: b, persona: mara, role: champion}

          - name: at 501 people it does not
            now: 2026-11-20T10:00:00Z
            account: {industry: software, employees: 501, annual_revenue: 5000000.0, budget: 20000.0}
            expect: {icp: none}

          - name: an ad's promise is kept on the page
            now: 2026-11-20T10:00:00Z
            consent: [personalisation]
            visitor: {department: marketing, objection: price}
            account: {industry: software, employees: 100, annual_revenue: 5000000.0, budget: 20000.0}
            request: {url: "https://www.example.com/?utm_source=google&utm_medium=cpc&utm_campaign=demo&utm_content=price"}
            expect: {placements: {hero: {variant: hero_price, reason: promise}}}

          - name: who is too small gets help, not a call
            now: 2026-11-20T10:00:00Z
            account: {industry: retail, employees: 3, annual_revenue: 100000.0}
            expect: {icp: too_small, placements: {hero: {campaign: grow_first, variant: templates}}}

          - name: a blocked region gets the default
            now: 2026-11-20T10:00:00Z
            account: {country: KP, industry: retail, employees: 3, annual_revenue: 100000.0}
            expect: {placements: {hero: {reason: blocked}}}

          - name: without data nothing is assumed
            now: 2026-11-20T10:00:00Z
            expect: {icp: none, placements: {hero: {reason: default}}}

        """

    private static let targetAccounts = """
        # Companies that we should like to win, one a line.
        marlow-finch.example
        northpier.example

        """
}
