// libgrpc++ at its best: one thread, the asynchronous completion-queue API, raw bytes, and a handler that does nothing.
//
// It parses no request and decides nothing; every answer is the same bytes. What it costs is gRPC alone, and that is what a
// whole decision of Bespoke is held against.
//
// usage: grpc_empty_server HOST:PORT REPLY_FILE      prints its port once it serves; ends with SIGTERM
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <grpcpp/server_builder.h>

#include "bespoke/v1/decision.grpc.pb.h"

namespace {

// The method is registered, so that calls are matched by a table; its messages stay bytes.
using Service = bespoke::v1::DecisionService::WithRawMethod_Decide<bespoke::v1::DecisionService::Service>;

// Calls that wait for a request at once: more than the load has streams, so that none waits for a free one.
constexpr int kWaitingCalls = 1024;

class Call {
public:
    Call(Service& service, grpc::ServerCompletionQueue& queue, const grpc::ByteBuffer& reply)
        : service_(service), queue_(queue), reply_(reply) {
        Wait();
    }

    // The next event of this call: a request has come, or its reply has been sent.
    void Proceed(bool ok) {
        if (!ok) return;
        if (waiting_) {
            waiting_ = false;
            state_->responder.Finish(reply_, grpc::Status::OK, this);
        } else {
            Wait();
        }
    }

private:
    struct State {
        grpc::ServerContext context;
        grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder{&context};
        grpc::ByteBuffer request;
    };

    void Wait() {
        // A context serves one call: libgrpc++ has no way to use it again.
        state_ = std::make_unique<State>();
        waiting_ = true;
        service_.RequestDecide(&state_->context, &state_->request, &state_->responder, &queue_, &queue_, this);
    }

    Service& service_;
    grpc::ServerCompletionQueue& queue_;
    const grpc::ByteBuffer& reply_;
    std::unique_ptr<State> state_;
    bool waiting_ = true;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: grpc_empty_server HOST:PORT REPLY_FILE\n");
        return 2;
    }
    std::ifstream file(arguments[2], std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const grpc::Slice slice(content);
    const grpc::ByteBuffer reply(&slice, 1);

    Service service;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(arguments[1], grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    builder.AddChannelArgument(GRPC_ARG_OPTIMIZATION_TARGET, "throughput");
    builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kWaitingCalls);
    const auto queue = builder.AddCompletionQueue();
    const auto server = builder.BuildAndStart();
    if (!server || port == 0) {
        std::fprintf(stderr, "cannot listen on %s\n", arguments[1]);
        return 1;
    }
    std::vector<std::unique_ptr<Call>> calls;
    for (int index = 0; index < kWaitingCalls; ++index) {
        calls.push_back(std::make_unique<Call>(service, *queue, reply));
    }
    std::printf("%d\n", port);
    std::fflush(stdout);
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
        static_cast<Call*>(tag)->Proceed(ok);
    }
    return 0;
}
