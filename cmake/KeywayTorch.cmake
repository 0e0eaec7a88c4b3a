# LibTorch, wherever it is: CMAKE_PREFIX_PATH or Torch_DIR; the project's own .deps (where `run` puts it); a Python
# that imports it; the system (Debian's libtorch-dev). Gives keyway_torch; link it PRIVATE and keep fmt and spdlog
# out of the files that see its headers (LibTorch ships its own fmt).

function(keyway_python_torch_prefix result)
    set(${result} "" PARENT_SCOPE)
    find_package(Python3 COMPONENTS Interpreter QUIET)
    if(Python3_FOUND)
        execute_process(
            COMMAND ${Python3_EXECUTABLE} -c
                    "import torch; print(torch.utils.cmake_prefix_path if torch.compiled_with_cxx11_abi() else '')"
            OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        set(${result} "${prefix}" PARENT_SCOPE)
    endif()
endfunction()

# TorchConfig warns about kineto, a profiler that LibTorch itself no longer ships.
set(_keyway_log_level "${CMAKE_MESSAGE_LOG_LEVEL}")
set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
find_package(Torch QUIET NO_CMAKE_SYSTEM_PATH NO_SYSTEM_ENVIRONMENT_PATH)
if(NOT Torch_FOUND)
    file(GLOB _keyway_own_torch ${PROJECT_SOURCE_DIR}/.deps/torch-*/torch)
    if(_keyway_own_torch)
        find_package(Torch QUIET PATHS ${_keyway_own_torch} NO_DEFAULT_PATH)
    endif()
endif()
if(NOT Torch_FOUND)
    keyway_python_torch_prefix(_keyway_python_torch)
    if(_keyway_python_torch)
        find_package(Torch QUIET PATHS ${_keyway_python_torch} NO_DEFAULT_PATH)
    endif()
endif()
if(NOT Torch_FOUND)
    find_package(Torch QUIET)
endif()
set(CMAKE_MESSAGE_LOG_LEVEL "${_keyway_log_level}")

if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch was not found. Give its place with -DCMAKE_PREFIX_PATH=<folder of LibTorch>, let ./run "
                        "fetch it, install Debian's libtorch-dev, or build without the network (-DKEYWAY_NETWORK=OFF)")
endif()
if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "this LibTorch (${Torch_DIR}) uses the old C++ ABI and cannot be linked with RDKit and Boost: "
                        "take LibTorch 2.7 or newer, a cxx11-abi build, or Debian's libtorch-dev")
endif()
if(NOT TARGET keyway_torch)
    add_library(keyway_torch INTERFACE IMPORTED)
    target_link_libraries(keyway_torch INTERFACE ${TORCH_LIBRARIES})
    target_include_directories(keyway_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
endif()
message(STATUS "keyway: LibTorch ${Torch_VERSION} from ${Torch_DIR}")

# <ATen/ATen.h> costs 13 s a file. It is precompiled once, in keyway_ops, and shared by whoever calls this.
function(keyway_precompiled_torch target)
    # The header is compiled with -fPIC; an executable would get -fPIE and refuse it.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    target_precompile_headers(${target} REUSE_FROM keyway_ops)
endfunction()
