/// The silent context: for tests and for callers who want nothing said.
#include "keyway/core/context.hpp"

namespace keyway {
namespace {

class NullLog : public LogSink {
    void write(LogLevel, std::string_view) override {}
};

class NullProgress : public Progress {
    void start(std::string_view, std::string_view, std::optional<std::uint64_t>) override {}
    void update(std::uint64_t, std::string_view) override {}
    void finish() override {}
};

}  // namespace

Context silent_context() {
    static NullLog log;
    static NullProgress progress;
    static const StopFlag never{false};
    return {log, progress, never};
}

}  // namespace keyway
