// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func product(_ name: String, _ package: String) -> Target.Dependency { .product(name: name, package: package) }

/// One job per target; arrows point down the list only.
func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let nio: [Target.Dependency] = [
    product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
]

let package = Package(
    name: "bespoke",
    products: [
        .executable(name: "bespoked", targets: ["bespoked"]),
        .executable(name: "bespokectl", targets: ["bespokectl"]),
        .library(name: "BespokeClient", targets: ["BespokeClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Executables: flags, configuration, wiring.
        .executableTarget(
            name: "bespoked",
            dependencies: ["Daemon", product("ArgumentParser", "swift-argument-parser")],
            swiftSettings: strict),
        .executableTarget(
            name: "bespokectl",
            dependencies: [
                "BespokeAdmin", "BespokeClient", "GRPC", "Importing", "Reports", "Messages", "Wire", "Model",
                product("ArgumentParser", "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ExampleSwift", dependencies: ["BespokeClient"], path: "examples/swift", swiftSettings: strict),
        .executableTarget(
            name: "ExperimentBenchmark", dependencies: ["Decisioning", "Store", "Model", "Profiles", "Ruleset"],
            path: "benchmarks/ExperimentBenchmark", swiftSettings: strict),
        .executableTarget(
            name: "MatchingBenchmark", dependencies: ["Decisioning", "Model", "Ruleset"],
            path: "benchmarks/MatchingBenchmark", swiftSettings: strict),
        .executableTarget(
            name: "ProfileBenchmark", dependencies: ["Store", "Profiles", "Model"],
            path: "benchmarks/ProfileBenchmark", swiftSettings: strict),

        // What the command line shows and reads, without its flags.
        target(
            "BespokeAdmin",
            ["Importing", "Reports", "Messages", "Wire", "Model", "Ruleset", "Experimentation", "Decisioning"]),
        // What is computed from the daemon's answers, as values that whoever shows them renders.
        target("Reports", ["Model", "Experimentation"]),
        // Files that people hand over, as rows.
        target("Importing", ["Messages", "Wire", "Model", "Profiles", "Ruleset", "CXXHash"]),
        target("BespokeClient", ["GRPC", "Messages", "Wire", "Model"] + nio),
        target(
            "Daemon",
            [
                "Access", "CMalloc", "GRPCDoor", "Engine", "GRPC", "Messages", "Ruleset", "Profiles", "Ledger", "Store",
                "Telemetry",
                "Model",
                product("Logging", "swift-log"), product("NIOHTTP1", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
                product("UnixSignals", "swift-service-lifecycle"), product("Yams", "Yams"),
            ] + nio),

        // The doors, and what they ask.
        target(
            "GRPCDoor",
            [
                "Access", "Engine", "GRPC", "Messages", "Wire", "Profiles", "Decisioning", "Experimentation", "Ruleset",
                "Telemetry", "Model",
            ]
                + [product("NIOCore", "swift-nio")]),
        target(
            "Engine",
            [
                "Access", "Decisioning", "Experimentation", "Ruleset", "Profiles", "Ledger", "Store", "Telemetry",
                "Model",
                "CXXHash", product("DequeModule", "swift-collections"), product("Logging", "swift-log"),
            ]),

        // Who may do what.
        target("Access", ["CCrypto", "Model"]),

        // The wire.
        target("GRPC", ["HTTP2", "CZlib", product("NIOSSL", "swift-nio-ssl"), product("NIOTLS", "swift-nio")] + nio),
        target("HTTP2", ["CNghttp2"]),
        target("Wire", ["CBespokeProto", "Model"]),
        target("Messages", ["CBespokeProto", "Wire", "Model"]),

        // The decision.
        target("Decisioning", ["Matching", "Conditions", "Ruleset", "CEL", "Experimentation", "Model", "CXXHash"]),
        target("Matching", ["Conditions", "Model"]),
        target("Conditions", ["CEL", "Model", "CXXHash"]),
        target("Ruleset", ["CEL", "Model", "CXXHash", product("Yams", "Yams")]),
        target("CEL", ["CRE2", "Model"]),

        target("Experimentation", ["Model", "CXXHash", product("RealModule", "swift-numerics")]),

        // What is held.
        target("Profiles", ["Model", "CXXHash", product("Atomics", "swift-atomics")]),
        target("Ledger", ["Store", "Model"]),
        target("Store", ["CRocksDB", "CXXHash"]),
        target("Telemetry", [product("Histogram", "hdrhistogram-swift")]),
        target("Model"),

        // C and C++ boundary.
        systemLibrary("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
        systemLibrary("CProtobufC", pkgConfig: "libprotobuf-c", apt: "libprotobuf-c-dev"),
        systemLibrary("CRocksDB", pkgConfig: "rocksdb", apt: "librocksdb-dev"),
        systemLibrary("CXXHash", pkgConfig: "libxxhash", apt: "libxxhash-dev"),
        .systemLibrary(name: "CMalloc"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        .target(name: "CBespokeProto", dependencies: ["CProtobufC"]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        .target(
            name: "TestSupport", dependencies: ["Ledger", "Store", "Model"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("ModelTests", ["Model"]),
        tests("AccessTests", ["Access", "Model", "Messages"]),
        tests("CELTests", ["TestSupport", "CEL"]),
        tests("RulesetTests", ["TestSupport", "Ruleset"]),
        tests("ConditionsTests", ["Conditions", "CEL", "Model"]),
        tests("MatchingTests", ["Matching", "Conditions", "CEL", "Model"]),
        tests("DecisioningTests", ["TestSupport", "Decisioning", "Experimentation", "Ruleset", "CEL", "Model"]),
        tests("ExperimentationTests", ["TestSupport", "Experimentation", "Model"], exclude: ["References"]),
        tests("ProfilesTests", ["TestSupport", "Profiles", "Model", "CXXHash"]),
        tests("StoreTests", ["TestSupport", "Ledger", "Store"]),
        tests("LedgerTests", ["TestSupport", "Ledger", "Store", "Model"]),
        tests("TelemetryTests", ["Telemetry"]),
        tests(
            "BespokeAdminTests",
            ["TestSupport", "BespokeAdmin", "Importing", "Decisioning", "Ruleset", "Model", "Messages", "Wire"]),
        tests("ReportsTests", ["Reports", "BespokeAdmin", "Experimentation", "Model", "Messages", "Wire"]),
        tests(
            "ImportingTests",
            ["TestSupport", "Importing", "BespokeAdmin", "Model", "Profiles", "Ruleset", "Messages", "Wire"]),
        tests("BespokeClientTests", ["TestSupport", "BespokeClient", "GRPC", "Model", "Messages", "Wire"] + nio),
        tests("HTTP2Tests", ["HTTP2"]),
        tests("GRPCTests", ["TestSupport", "GRPC", product("NIOEmbedded", "swift-nio")] + nio),
        tests("WireTests", ["TestSupport", "Messages", "Wire", "Model"]),
        tests("MessagesTests", ["Messages", "Wire", "Model"], exclude: ["Fixtures"]),
        tests(
            "GRPCDoorTests",
            ["GRPCDoor", "Engine", "Decisioning", "GRPC", "Messages", "Wire", "Profiles", "Ruleset", "Model"]),
        tests(
            "EngineTests",
            [
                "TestSupport", "Access", "Engine", "GRPCDoor", "Messages", "Wire", "Decisioning", "Experimentation",
                "Ruleset", "Profiles", "Ledger", "Store", "Telemetry", "Model", product("Logging", "swift-log"),
            ]),
        tests("DaemonTests", ["TestSupport", "Access", "Daemon", "GRPC", "Store", "Model"]),
    ],
    cxxLanguageStandard: .cxx17
)

// `make fuzz` builds this with libFuzzer, everything else without.
if Context.environment["BESPOKE_FUZZ"] != nil {
    package.products.append(.executable(name: "Fuzz", targets: ["Fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "BespokeAdmin", "CEL", "Daemon", "Decisioning", "GRPC", "HTTP2", "Importing", "Model", "Ruleset",
                "Messages", "Wire",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzz",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
