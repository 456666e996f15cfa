/// Codes of countries and languages that occur, and what people write for them.
enum PageCodes {
    /// Source: ISO 3166-1 alpha-2, as of 2024, with XK, which is in general use.
    private static let countries = Set(
        """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI \
        CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ \
        GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
        LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG \
        PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK \
        TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
        """.split(separator: " ").map(String.init))

    /// Source: ISO 639-1.
    private static let languages = Set(
        """
        aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi \
        fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv \
        kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm \
        rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa \
        wo xh yi yo za zh zu
        """.split(separator: " ").map(String.init))

    private static let countryWords: [String: String] = [
        "uk": "GB", "el": "GR", "en": "GB", "germany": "DE", "deutschland": "DE", "ger": "DE", "deu": "DE",
        "austria": "AT",
        "österreich": "AT", "switzerland": "CH", "schweiz": "CH", "france": "FR", "frankreich": "FR", "fra": "FR",
        "italy": "IT", "italien": "IT", "spain": "ES", "spanien": "ES", "usa": "US", "united states": "US",
        "united kingdom": "GB", "gbr": "GB", "great britain": "GB", "england": "GB", "netherlands": "NL",
        "niederlande": "NL", "poland": "PL", "polen": "PL", "norway": "NO", "norwegen": "NO", "sweden": "SE",
        "schweden": "SE", "denmark": "DK", "dänemark": "DK", "belgium": "BE", "belgien": "BE", "japan": "JP",
        "china": "CN", "india": "IN", "indien": "IN", "canada": "CA", "kanada": "CA", "ukraine": "UA", "russia": "RU",
    ]

    private static let languageWords: [String: String] = [
        "german": "de", "deutsch": "de", "ger": "de", "deu": "de", "english": "en", "englisch": "en", "eng": "en",
        "french": "fr", "französisch": "fr", "fra": "fr", "spanish": "es", "spanisch": "es", "italian": "it",
        "italienisch": "it", "dutch": "nl", "polish": "pl", "portuguese": "pt", "japanese": "ja", "jp": "ja",
        "chinese": "zh", "cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "ukrainian": "uk", "ua": "uk",
        "norwegian": "no", "swedish": "sv", "danish": "da",
    ]

    /// Whether two capital letters are the code of a country, or one that ISO 3166-1 leaves to whoever needs one.
    static func isCountry(_ code: String) -> Bool {
        countries.contains(code) || code == "AA" || code == "ZZ" || code.hasPrefix("X") || ("QM"..."QZ").contains(code)
    }

    /// - Returns: Nil when no country is meant.
    static func country(_ text: String) -> String? { countryWords[text.lowercased()] }

    /// Whether a text could be the language of a browser: an ISO 639 code, and parts behind a hyphen. Codes of three letters are taken.
    static func isLanguage(_ text: String) -> Bool {
        let code = text.prefix { $0 != "-" }
        guard code.allSatisfy({ ("a"..."z").contains($0) }) else { return false }
        return languages.contains(String(code)) || (code.count == 3 && languageWords[String(code)] == nil)
    }

    /// - Returns: Nil when no language is meant.
    static func language(_ text: String) -> String? {
        let lowered = text.lowercased().replacing("_", with: "-")
        if let word = languageWords[lowered] { return word }
        let parts = text.split(whereSeparator: { $0 == "-" || $0 == "_" }).map(String.init)
        guard let code = parts.first?.lowercased(), languages.contains(code), parts.count <= 2 else { return nil }
        return parts.count == 1 ? code : "\(code)-\(parts[1].uppercased())"
    }
}
