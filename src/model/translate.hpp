/// LibTorch's exceptions as keyway's: the one place, used at every entry of the network library.
#pragma once

#include "keyway/core/error.hpp"

#include <c10/util/Exception.h>

#include <new>
#include <string>
#include <utility>

namespace keyway::model {

/// Runs `work`; c10::Error and lack of memory become Error(failure), everything else passes.
template <class Work>
decltype(auto) translated(const char* what, Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        throw Error(ErrorKind::failure, std::string(what) + ": " + text.substr(0, text.find('\n')),
                    text.find("out of memory") != std::string::npos
                        ? "the device has not enough memory; make batches smaller or use --device cpu"
                        : "");
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::failure, std::string(what) + ": out of memory",
                    "make batches smaller or use fewer threads");
    }
}

}  // namespace keyway::model
