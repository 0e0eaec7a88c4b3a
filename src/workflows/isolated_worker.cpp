/// Server and worker of `IsolatedPool`. Both leave by _exit only: buffers and handlers belong to the parent.
#include "isolated_worker.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <string_view>

namespace keyway::workflows::isolated {
namespace {

static_assert(kTimeoutSignal == SIGPROF);

/// Where the one socket that a child keeps ends up.
constexpr int kSocket = 3;

/// Keeps `socket` and nothing else that was open. The standard streams lead nowhere: a dying library's last
/// words must not reach the user's table, and a pipe must end when the parent does.
void keep_only(int socket) {
    if (socket != kSocket && dup2(socket, kSocket) < 0) _exit(1);
    closefrom(kSocket + 1);
    const int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0) _exit(1);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, stream);
    close(nowhere);
}

/// Ctrl-C and a batch system's SIGTERM go to the whole group; the parent decides what they mean.
void leave_signals_to_the_parent() {
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) std::signal(signal, SIG_IGN);
    for (const int signal : {SIGPIPE, SIGPROF, SIGXFSZ, SIGCHLD}) std::signal(signal, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool receive_all(void* out, std::size_t bytes) {
    auto* next = static_cast<char*>(out);
    while (bytes > 0) {
        const ssize_t got = recv(kSocket, next, bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        next += got;
        bytes -= static_cast<std::size_t>(got);
    }
    return true;
}

/// What has been answered and not been sent. Each send wakes the parent, so answers go in groups.
class Answers {
public:
    /// The first answer of a batch goes at once, the next groups grow: a request that kills its worker, and
    /// what waited here with it, is soon the first without an answer.
    void start_batch() { group_ = 1; }

    void add(IsolatedAnswer::Kind kind, std::string_view text) {
        const AnswerHeader header{text.size(), kind};
        waiting_.reserve(waiting_.size() + sizeof header + text.size());  // throws before anything is written
        waiting_.append(reinterpret_cast<const char*>(&header), sizeof header);
        waiting_ += text;
        if (++count_ < group_ && waiting_.size() < kMostBytes) return;
        send();
        group_ = std::min(2 * group_, kMostAnswers);
    }

    /// Also from a signal handler.
    void send() {
        for (std::size_t at = 0; at < waiting_.size();) {
            const ssize_t sent = ::send(kSocket, waiting_.data() + at, waiting_.size() - at, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent <= 0) _exit(0);  // the parent is gone
            at += static_cast<std::size_t>(sent);
        }
        waiting_.clear();
        count_ = 0;
    }

private:
    static constexpr std::size_t kMostAnswers = 16, kMostBytes = 1 << 16;
    std::string waiting_;
    std::size_t count_ = 0, group_ = 1;
};

Answers& answers() {
    static Answers answers;
    return answers;
}

/// Nothing that waits is touched while the clock runs.
void send_and_die(int signal) {
    answers().send();
    std::signal(signal, SIG_DFL);
    raise(signal);
}

/// Private writable memory of this process [bytes].
rlim_t data_bytes() {
    std::ifstream file("/proc/self/statm");
    rlim_t pages = 0;
    for (int column = 0; column < 6; ++column) file >> pages;  // the sixth: data
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// If the machine runs out of memory, a worker is the one to go.
void volunteer_for_the_memory_killer() {
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "900", 3) != 3) errno = 0;  // a wish, not a need
    close(file);
}

void allow_memory(rlim_t base_bytes, std::uint64_t max_memory_mb) {
    rlimit limit{};
    getrlimit(RLIMIT_DATA, &limit);
    const rlim_t wanted = base_bytes + static_cast<rlim_t>(max_memory_mb) * 1024 * 1024;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    setrlimit(RLIMIT_DATA, &limit);
}

/// Starts the clock of one record; 0 stops it.
void allow_seconds(double seconds) {
    itimerval timer{};
    timer.it_value.tv_sec = static_cast<time_t>(seconds);
    timer.it_value.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
    setitimer(ITIMER_PROF, &timer, nullptr);
}

[[noreturn]] void leave(IsolatedAnswer::Kind kind, std::string_view text) {
    allow_seconds(0);
    answers().send();
    answers().add(kind, text);
    answers().send();
    _exit(0);
}

[[noreturn]] void work(int socket, IsolatedPool::Function function) {
    keep_only(socket);
    prctl(PR_SET_NAME, "keyway-worker");
    volunteer_for_the_memory_killer();
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    const rlim_t base_bytes = data_bytes();
    std::signal(kTimeoutSignal, send_and_die);
    std::string payload;
    for (BatchHeader batch; receive_all(&batch, sizeof batch);) {
        payload.resize(batch.bytes);
        if (!receive_all(payload.data(), payload.size())) break;
        allow_memory(base_bytes, batch.max_memory_mb);
        answers().start_batch();
        const char* next = payload.data();
        for (std::uint64_t i = 0; i < batch.requests; ++i) {
            std::uint64_t bytes = 0;
            std::memcpy(&bytes, next, sizeof bytes);
            next += sizeof bytes;
            allow_seconds(batch.max_seconds);
            try {
                const std::string answer = function({next, bytes});
                allow_seconds(0);
                answers().add(IsolatedAnswer::Kind::answered, answer);
            } catch (const std::bad_alloc&) {
                leave(IsolatedAnswer::Kind::out_of_memory, "");  // what else lacks memory now is not known
            } catch (const std::exception& error) {
                leave(IsolatedAnswer::Kind::crashed, error.what());
            }
            next += bytes;
        }
        answers().send();
    }
    _exit(0);
}

void spawn(IsolatedPool::Function function) {
    Spawned reply;
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        const pid_t server = getpid();
        reply.pid = fork();
        if (reply.pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != server) _exit(0);
            work(ends[1], function);
        }
    }
    if (reply.pid < 0) reply.error = errno;

    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
    iovec body{&reply, sizeof reply};
    msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    if (reply.pid > 0) {
        message.msg_control = space;
        message.msg_controllen = sizeof space;
        cmsghdr* attached = CMSG_FIRSTHDR(&message);
        attached->cmsg_level = SOL_SOCKET;
        attached->cmsg_type = SCM_RIGHTS;
        attached->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(attached), &ends[0], sizeof(int));
    }
    if (sendmsg(kSocket, &message, MSG_NOSIGNAL) < 0) _exit(0);
    for (const int end : ends)
        if (end >= 0) close(end);
}

void wait_for(pid_t pid) {
    Ended reply;
    while (waitpid(pid, &reply.status, 0) < 0)
        if (errno != EINTR) {
            reply.status = -1;
            break;
        }
    if (send(kSocket, &reply, sizeof reply, MSG_NOSIGNAL) < 0) _exit(0);
}

}  // namespace

void serve(int control, IsolatedPool::Function function) {
    keep_only(control);
    leave_signals_to_the_parent();
    prctl(PR_SET_NAME, "keyway-forker");
    for (Command command; receive_all(&command, sizeof command);) {
        if (command.pid == 0)
            spawn(function);
        else
            wait_for(command.pid);
    }
    _exit(0);  // the parent is gone, however it went; the workers follow
}

}  // namespace keyway::workflows::isolated
