/// The caller's side: workers on loan, batches out, answers in, and what to do when one dies.
#include "isolated_pool.hpp"

#include "isolated_worker.hpp"

#include "keyway/core/error.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <utility>

namespace keyway::workflows {
namespace {

using isolated::AnswerHeader;
using Kind = IsolatedAnswer::Kind;

/// A batch is held twice, here and in the worker.
constexpr std::size_t kBatchRequests = 256, kBatchBytes = 1 << 20;
/// An answer beyond this is a worker that has lost its mind.
constexpr std::uint64_t kMaxAnswerBytes = 256ull << 20;
/// A worker may sleep this many times longer than it may compute.
constexpr int kPatience = 10;

/// Owns a socket.
class Socket {
public:
    Socket() = default;
    explicit Socket(int number) : number_(number) {}
    Socket(Socket&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Socket() {
        if (number_ >= 0) close(number_);
    }
    int get() const { return number_; }

private:
    int number_ = -1;
};

struct Worker {
    pid_t pid = -1;
    Socket socket;
    bool is_fresh = true;  ///< has not seen a request yet
};

/// True unless the process waits for a processor or has been stopped: of those silence says nothing.
bool sleeps(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');  // a name may hold blanks and brackets
    const char state = name_end != std::string::npos && name_end + 2 < line.size() ? line[name_end + 2] : 'S';
    return state != 'R' && state != 'T';
}

/// Waits in steps and counts those in which the worker sleeps: neither a job that the batch system suspends
/// nor a worker on a machine with too much to do ages meanwhile. What computes for ever meets its own clock.
class Wait {
public:
    explicit Wait(double max_seconds)
        : step_ms_(static_cast<int>(std::clamp(max_seconds * 1000, 10.0, 1000.0))),
          steps_(static_cast<int>(std::min(1e6, std::ceil(kPatience * max_seconds * 1000 / step_ms_)))) {}

    /// False when patience has ended.
    bool until(const Worker& worker, short event) const {
        for (int step = 0; step < steps_; step += sleeps(worker.pid) ? 1 : 0) {
            pollfd what{worker.socket.get(), event, 0};
            const int ready = poll(&what, 1, step_ms_);
            if (ready > 0 || (ready < 0 && errno != EINTR))
                return true;  // the call itself says what is wrong
        }
        return false;
    }

private:
    int step_ms_, steps_;
};

enum class Transfer { done, closed, stuck, garbled };

Transfer send_all(const Worker& worker, std::string_view bytes, const Wait& wait) {
    while (!bytes.empty()) {
        const ssize_t sent =
            send(worker.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait.until(worker, POLLOUT)) return Transfer::stuck;
        } else if (errno != EINTR) {
            return Transfer::closed;
        }
    }
    return Transfer::done;
}

/// Answers of one worker, read through a buffer.
class AnswerStream {
public:
    AnswerStream(const Worker& worker, const Wait& wait) : worker_(worker), wait_(wait) {}

    Transfer next(IsolatedAnswer& answer) {
        AnswerHeader header;
        if (const auto end = fill(sizeof header); end != Transfer::done) return end;
        std::memcpy(&header, buffer_.data() + at_, sizeof header);
        if (header.bytes > kMaxAnswerBytes || header.kind > Kind::out_of_memory) return Transfer::garbled;
        if (const auto end = fill(sizeof header + header.bytes); end != Transfer::done) return end;
        answer.kind = header.kind;
        answer.text.assign(buffer_, at_ + sizeof header, header.bytes);
        at_ += sizeof header + header.bytes;
        return Transfer::done;
    }

private:
    Transfer fill(std::size_t bytes) {
        if (at_ > 0 && buffer_.size() - at_ < bytes) {
            buffer_.erase(0, at_);
            at_ = 0;
        }
        while (buffer_.size() - at_ < bytes) {
            char block[16384];
            const ssize_t got = recv(worker_.socket.get(), block, sizeof block, MSG_DONTWAIT);
            if (got > 0)
                buffer_.append(block, static_cast<std::size_t>(got));
            else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
                if (!wait_.until(worker_, POLLIN)) return Transfer::stuck;
            } else if (got == 0 || errno != EINTR)
                return Transfer::closed;
        }
        return Transfer::done;
    }

    const Worker& worker_;
    const Wait& wait_;
    std::string buffer_;
    std::size_t at_ = 0;
};

/// The first requests that make a batch, as they go over the wire.
std::pair<std::string, std::size_t> batch_of(std::span<const std::string> requests,
                                             const RecordGuard& guard) {
    isolated::BatchHeader header{0, 0, guard.max_seconds, guard.max_memory_mb};
    std::string text(sizeof header, '\0');
    for (const auto& request : requests) {
        if (header.requests == kBatchRequests || (header.requests > 0 && text.size() > kBatchBytes)) break;
        const std::uint64_t bytes = request.size();
        text.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
        text += request;
        ++header.requests;
    }
    header.bytes = text.size() - sizeof header;
    std::memcpy(text.data(), &header, sizeof header);
    return {std::move(text), header.requests};
}

std::string words_for(int status) {
    if (status >= 0 && WIFSIGNALED(status))
        return fmt::format("killed its process with signal {} ({})", WTERMSIG(status),
                           strsignal(WTERMSIG(status)));
    if (status >= 0 && WIFEXITED(status))
        return fmt::format("ended its process with code {}", WEXITSTATUS(status));
    return "its process is gone";
}

}  // namespace

struct IsolatedPool::Impl {
    Function function;
    mutable std::mutex mutex;  ///< of everything below
    pid_t server = -1;
    Socket control;
    std::vector<Worker> idle;

    explicit Impl(Function function_in) : function(function_in) {}
    ~Impl() { end_server(); }

    void end_server() {
        idle.clear();
        control = Socket();
        if (server > 0) {
            kill(server, SIGKILL);
            while (waitpid(server, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
        server = -1;
    }

    void start_server() {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) refuse(errno);
        Socket ours(ends[0]);
        const Socket theirs(ends[1]);
        server = fork();
        if (server == 0) isolated::serve(ends[1], function);
        if (server < 0) refuse(errno);
        control = std::move(ours);
    }

    [[noreturn]] static void refuse(int error) {
        throw Error(ErrorKind::failure,
                    fmt::format("cannot start a process to read ligands in: {}", std::strerror(error)),
                    "raise the limit on processes or memory, use fewer --threads, or take --isolation none");
    }

    /// One question to the server; false when it is gone.
    template <class Reply>
    bool ask(isolated::Command command, Reply& reply, Socket* attached) {
        if (server < 0 || send(control.get(), &command, sizeof command, MSG_NOSIGNAL) != sizeof command)
            return false;
        alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
        iovec body{&reply, sizeof reply};
        msghdr message{};
        message.msg_iov = &body;
        message.msg_iovlen = 1;
        message.msg_control = space;
        message.msg_controllen = sizeof space;
        ssize_t got;
        do got = recvmsg(control.get(), &message, MSG_CMSG_CLOEXEC);
        while (got < 0 && errno == EINTR);
        if (got != sizeof reply) return false;
        const cmsghdr* header = CMSG_FIRSTHDR(&message);
        if (attached && header && header->cmsg_type == SCM_RIGHTS) {
            int number;
            std::memcpy(&number, CMSG_DATA(header), sizeof number);
            *attached = Socket(number);
        }
        return true;
    }

    Worker new_worker() {
        const std::scoped_lock lock(mutex);
        for (int attempt = 0; attempt < 2; ++attempt) {
            if (server < 0) start_server();
            Worker worker;
            isolated::Spawned reply;
            if (ask({0}, reply, &worker.socket)) {
                if (reply.pid < 0) refuse(reply.error);
                worker.pid = reply.pid;
                return worker;
            }
            end_server();  // somebody killed it
        }
        refuse(ECHILD);
    }

    Worker borrow() {
        {
            const std::scoped_lock lock(mutex);
            if (!idle.empty()) {
                Worker worker = std::move(idle.back());
                idle.pop_back();
                return worker;
            }
        }
        return new_worker();
    }

    void give_back(Worker&& worker) {
        const std::scoped_lock lock(mutex);
        idle.push_back(std::move(worker));
    }

    /// How the worker ended; waits for it. -1 when nobody knows.
    int end_of(const Worker& worker) {
        const std::scoped_lock lock(mutex);
        isolated::Ended reply;
        if (ask({worker.pid}, reply, nullptr)) return reply.status;
        end_server();
        return -1;
    }
};

IsolatedPool::IsolatedPool(Function function) : impl_(std::make_unique<Impl>(function)) {}
IsolatedPool::~IsolatedPool() = default;

void IsolatedPool::start() {
    const std::scoped_lock lock(impl_->mutex);
    if (impl_->server < 0) impl_->start_server();
}

std::vector<pid_t> IsolatedPool::idle_workers() const {
    const std::scoped_lock lock(impl_->mutex);
    std::vector<pid_t> pids;
    for (const auto& worker : impl_->idle) pids.push_back(worker.pid);
    return pids;
}

std::vector<IsolatedAnswer> IsolatedPool::run(std::span<const std::string> requests,
                                              const RecordGuard& guard) {
    const Wait wait(guard.max_seconds);
    std::vector<IsolatedAnswer> answers;
    answers.reserve(requests.size());
    std::optional<Worker> worker;
    while (answers.size() < requests.size()) {
        if (!worker) worker = impl_->borrow();
        const auto [batch, count] = batch_of(requests.subspan(answers.size()), guard);
        const std::size_t before = answers.size();
        IsolatedAnswer answer;
        Transfer transfer = send_all(*worker, batch, wait);
        // Also after a failure to send: what was answered before the end still lies in the socket.
        for (AnswerStream stream(*worker, wait); answers.size() < before + count;) {
            if (transfer != Transfer::stuck) transfer = stream.next(answer);
            if (transfer != Transfer::done || answer.kind != Kind::answered) break;
            answers.push_back(std::exchange(answer, {}));
        }
        const bool was_alone = worker->is_fresh && answers.size() == before;
        worker->is_fresh = false;
        if (answers.size() == before + count) continue;

        // A request has ended the worker: the next in line, unless answers waited with it to be sent.
        if (transfer == Transfer::stuck || transfer == Transfer::garbled) kill(worker->pid, SIGKILL);
        const int status = impl_->end_of(*worker);
        const bool ran_out_of_time =
            status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == isolated::kTimeoutSignal;
        worker.reset();
        if (transfer == Transfer::done) {  // it said itself why it leaves
            if (answer.kind == Kind::out_of_memory)
                answer.text = fmt::format("needs more than {} MB of memory", guard.max_memory_mb);
        } else if (transfer == Transfer::stuck || ran_out_of_time) {
            answer = {Kind::timed_out, fmt::format("takes more than {} s", guard.max_seconds)};
        } else {
            answer = {Kind::crashed, words_for(status)};
        }
        if (was_alone || ran_out_of_time)  // of its time a worker gives account itself
            answers.push_back(std::move(answer));
        else
            worker = impl_->new_worker();  // perhaps an earlier request or somebody else is to blame
    }
    if (worker) impl_->give_back(std::move(*worker));
    return answers;
}

}  // namespace keyway::workflows
