/// Ordered parallel map: many workers, results in input order, bounded memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace keyway {

/// Pulls items with `next` (caller's thread order, under a lock), runs `work` on `threads` workers and
/// hands results to `consume` in input order on the calling thread. At most `window` items are in
/// flight. The first exception of any stage stops the pool and is rethrown here.
///
/// next:    std::optional<In>()           empty = end of input
/// work:    Out(In&&, worker index)
/// consume: bool(Out&&)                   false = stop early
template <class In, class Out>
void ordered_map(std::size_t threads, std::size_t window, const std::function<std::optional<In>()>& next,
                 const std::function<Out(In&&, std::size_t)>& work,
                 const std::function<bool(Out&&)>& consume) {
    std::mutex mutex;
    std::condition_variable ready, room;
    std::map<std::size_t, Out> finished;  // waiting for their turn
    std::size_t taken = 0, given = 0, running = threads;
    bool ended = false;
    std::exception_ptr failure;

    auto run = [&](std::size_t worker) {
        for (;;) {
            std::optional<In> item;
            std::size_t ticket = 0;
            {
                std::unique_lock lock(mutex);
                room.wait(lock, [&] { return ended || taken - given < window; });
                if (ended) break;
                try {
                    item = next();
                } catch (...) {
                    if (!failure) failure = std::current_exception();
                }
                if (!item) {
                    ended = true;
                    room.notify_all();
                    break;
                }
                ticket = taken++;
            }
            std::optional<Out> out;
            std::exception_ptr thrown;
            try {
                out.emplace(work(std::move(*item), worker));
            } catch (...) {
                thrown = std::current_exception();
            }
            std::unique_lock lock(mutex);
            if (thrown) {
                if (!failure) failure = thrown;
                ended = true;
                room.notify_all();
                ready.notify_all();
                break;
            }
            finished.emplace(ticket, std::move(*out));
            ready.notify_all();
        }
        std::unique_lock lock(mutex);
        --running;
        ready.notify_all();
    };

    std::vector<std::jthread> workers;
    try {
        for (std::size_t i = 0; i < threads; ++i) workers.emplace_back(run, i);
    } catch (...) {  // the system gives no more threads: those that run must not wait for room for ever
        const std::scoped_lock lock(mutex);
        ended = true;
        room.notify_all();
        throw;
    }

    std::unique_lock lock(mutex);
    for (;;) {
        ready.wait(lock, [&] { return finished.count(given) > 0 || running == 0; });
        auto it = finished.find(given);
        if (it == finished.end()) break;  // all workers have left and nothing is next in line
        Out out = std::move(it->second);
        finished.erase(it);
        ++given;
        room.notify_all();
        lock.unlock();
        bool go_on = false;
        std::exception_ptr thrown;
        try {
            go_on = consume(std::move(out));
        } catch (...) {
            thrown = std::current_exception();
        }
        lock.lock();
        if (thrown && !failure) failure = thrown;
        if (!go_on || thrown) {
            ended = true;
            room.notify_all();
            break;
        }
    }
    ended = true;
    room.notify_all();
    lock.unlock();
    workers.clear();  // join
    if (failure) std::rethrow_exception(failure);
}

}  // namespace keyway
