/// Made with the Python package xxhash, which has its own build of XXH64.
enum Vectors {
    static let bespoke: [(String, String, UInt32)] = [
        ("hero_button", "v0001", 610_496),
        ("landing", "v0001", 134_816),
        ("holdout_2026", "visitor-42", 73_859),
        ("s", "", 661_019),
        ("", "u", 660_992),
        ("mail_2026", "größe", 549_717),
        ("salt", String(repeating: "x", count: 200), 602_982),
        ("education_length", "00000000-0000-4000-8000-000000000000", 453_100),
    ]
}
