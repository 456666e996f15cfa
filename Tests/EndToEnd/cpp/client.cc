// A client of libgrpc++, an implementation of gRPC that shares no code with Bespoke. Ends with 0 when all is well.
//
// usage: client HOST:PORT                          in clear text
//        client HOST:PORT AUTHORITY [CERTIFICATE KEY]   over TLS: only what `decide` may, and with a certificate to be shown
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "bespoke/v1/decision.grpc.pb.h"
#include "bespoke/v1/profile.grpc.pb.h"

namespace v1 = bespoke::v1;

namespace {

void expect(bool holds, const std::string& what) {
    if (holds) {
        std::printf("%s\n", what.c_str());
        return;
    }
    std::fprintf(stderr, "not so: %s\n", what.c_str());
    std::exit(1);
}

void expect(const grpc::Status& status, const std::string& what) {
    if (!status.ok()) {
        std::fprintf(stderr, "status %d: %s\n", status.error_code(), status.error_message().c_str());
    }
    expect(status.ok(), what);
}

void set_deadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
}

v1::DecideRequest olive() {
    v1::DecideRequest request;
    request.set_visitor_id("v0001");
    request.mutable_consent()->add_granted("personalisation");
    return request;
}

void decide(v1::DecisionService::Stub& stub) {
    v1::DecideResponse answer;
    grpc::ClientContext context;
    set_deadline(context);
    expect(stub.Decide(&context, olive(), &answer), "Decide is answered");
    expect(answer.icp().name() == "office_olive" && answer.placements_size() == 3, "the decision is Olive's");

    grpc::ClientContext compressed;
    set_deadline(compressed);
    compressed.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    expect(stub.Decide(&compressed, olive(), &answer), "a gzip request is answered");

    grpc::ClientContext refused;
    set_deadline(refused);
    auto wrong = olive();
    wrong.add_placements("nowhere");
    const auto status = stub.Decide(&refused, wrong, &answer);
    expect(status.error_code() == grpc::StatusCode::NOT_FOUND && status.error_message().find("nowhere") != std::string::npos,
           "an unknown placement is not found, by name");
}

void batch(v1::DecisionService::Stub& stub) {
    v1::BatchDecideRequest request;
    for (int index = 0; index < 1000; ++index) {
        *request.add_requests() = olive();
    }
    v1::BatchDecideResponse answer;
    grpc::ClientContext context;
    set_deadline(context);
    expect(stub.BatchDecide(&context, request, &answer), "a batch of 1,000 is answered");
    expect(answer.responses_size() == 1000 && answer.responses(999).icp().name() == "office_olive", "all of it");
}

void side_by_side(const std::shared_ptr<grpc::Channel>& channel) {
    std::vector<std::future<bool>> calls;
    for (int thread = 0; thread < 4; ++thread) {
        calls.push_back(std::async(std::launch::async, [&channel] {
            const auto stub = v1::DecisionService::NewStub(channel);
            for (int call = 0; call < 500; ++call) {
                grpc::ClientContext context;
                set_deadline(context);
                v1::DecideResponse answer;
                if (!stub->Decide(&context, olive(), &answer).ok() || answer.icp().name() != "office_olive") return false;
            }
            return true;
        }));
    }
    for (auto& call : calls) {
        expect(call.get(), "500 calls of one thread among four are answered");
    }
}

void import(v1::ProfileService::Stub& stub) {
    grpc::ClientContext context;
    set_deadline(context);
    v1::ImportProfilesResponse answer;
    auto writer = stub.ImportProfiles(&context, &answer);
    for (int message = 0; message < 20; ++message) {
        v1::ImportProfilesRequest request;
        if (message == 0) request.mutable_options()->set_dry_run(true);
        for (int index = 0; index < 50; ++index) {
            auto* row = request.add_rows();
            row->set_line(message * 50 + index + 2);
            row->mutable_profile()->set_kind(v1::PROFILE_KIND_VISITOR);
            row->mutable_profile()->set_id("cpp-" + std::to_string(message * 50 + index));
            (*row->mutable_profile()->mutable_features())["age"].mutable_value()->set_int_(30);
        }
        expect(writer->Write(request), "a message of the stream is taken");
    }
    writer->WritesDone();
    expect(writer->Finish(), "the import is answered");
    expect(answer.written() == 1000 && !answer.committed(), "1,000 profiles would be written");
}

void profiles(v1::ProfileService::Stub& stub) {
    v1::PutProfileRequest put;
    put.mutable_profile()->set_kind(v1::PROFILE_KIND_VISITOR);
    put.mutable_profile()->set_id("cpp");
    (*put.mutable_profile()->mutable_features())["title"].mutable_value()->set_string("Ingénieure");
    v1::PutProfileResponse stored;
    grpc::ClientContext putting;
    set_deadline(putting);
    expect(stub.PutProfile(&putting, put, &stored), "a profile is put");

    v1::GetProfileRequest get;
    get.set_kind(v1::PROFILE_KIND_VISITOR);
    get.set_id("cpp");
    v1::Profile read;
    grpc::ClientContext getting;
    set_deadline(getting);
    expect(stub.GetProfile(&getting, get, &read), "and read");
    expect(read.features().at("title").value().string() == "Ingénieure" && read.version() == stored.version(), "as it was");
}

std::string content(const char* path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    expect(file.good() && !text.str().empty(), std::string(path) + " is read");
    return text.str();
}

std::shared_ptr<grpc::ChannelCredentials> credentials(int count, char** arguments) {
    if (count == 2) return grpc::InsecureChannelCredentials();
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = content(arguments[2]);
    if (count == 5) {
        options.pem_cert_chain = content(arguments[3]);
        options.pem_private_key = content(arguments[4]);
    }
    return grpc::SslCredentials(options);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2 && count != 3 && count != 5) {
        std::fprintf(stderr, "usage: client HOST:PORT [AUTHORITY [CERTIFICATE KEY]]\n");
        return 2;
    }
    const std::string address = arguments[1];
    const auto channel = grpc::CreateChannel(address, credentials(count, arguments));
    const auto decisions = v1::DecisionService::NewStub(channel);
    const auto stored = v1::ProfileService::NewStub(channel);
    decide(*decisions);
    batch(*decisions);
    side_by_side(channel);
    if (count == 2) {
        import(*stored);
        profiles(*stored);
    }
    std::printf("all is well\n");
    return 0;
}
